"""What comes from others is what it says: packages by their hashes, scripts and fonts by theirs."""

import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from reading import ROOT, script

LOCKS = {
    name: dict(
        re.findall(
            r"^(\S+==[^\\\n]+?) \\\n((?: {4}--hash=\S+(?: \\)?\n?)+)",
            (ROOT / name).read_text(encoding="utf-8"),
            re.MULTILINE,
        )
    )
    for name in ("requirements.txt", "requirements-dev.txt")
}
"""Lock → package with version and marker → its hashes."""


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_by_hashes(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    named = [line.removesuffix(" \\") for line in lines if not line.startswith(("#", " "))]
    assert named == list(LOCKS[name])
    hashes = "".join(LOCKS[name].values()).split()
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}|\\", word) for word in hashes)


def test_what_builds_the_book_is_the_same_in_both_locks() -> None:
    few, many = (
        {(name.split(" ;")[0], hashes) for name, hashes in lock.items()} for lock in LOCKS.values()
    )
    assert few <= many


@pytest.mark.parametrize("name", ["README.md", "Makefile"])
def test_nothing_is_installed_without_its_hash(name: str) -> None:
    """Wherever a lock is installed; the book itself is built by the hatchling that the lock has."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    installs = [line for line in lines if re.search(r"(pip install|\$\(UV\)) .*(\.txt| \.)$", line)]
    assert len(installs) == 4
    for line in installs:
        wanted = r"--no-deps --no-build-isolation -e" if line.endswith(" .") else "-hashes|LOCKED"
        assert re.search(wanted, line), line


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What is listed, in a folder of its own."""
    for folder in third_party().FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "maintain").mkdir()
    shutil.copy(ROOT / "maintain" / "third_party.toml", tmp_path / "maintain")
    return tmp_path


def third_party() -> ModuleType:
    return script("third_party")


def test_what_others_made_is_as_it_is_listed() -> None:
    assert third_party().main("check") == 0


def test_a_script_that_changed_came_or_went_is_refused(copy: Path) -> None:
    vendor = copy / "chipbook/book/static/vendor"
    assert list(third_party().faults(copy)) == []
    with (vendor / "vega-6.2.0/vega.min.js").open("a") as file:
        file.write(";")
    (vendor / "vega-6.2.0/more.js").write_text("")
    (vendor / "js-sha256-1.0.0/LICENSE").unlink()
    wanted = (
        "more.js is not listed",
        "LICENSE is listed .* and is not there",
        "min.js has the hash",
    )
    for found, words in zip(third_party().faults(copy), wanted, strict=True):
        assert re.search(words, found), found


def test_the_list_has_each_part_and_each_licence_once(copy: Path) -> None:
    text = third_party().document(copy)
    for part in third_party().listed(copy)["part"]:
        assert f"| {part['name']} | {part['version']} | {part['licence']} |" in text
    for licence in copy.rglob("LICENSE*"):
        assert text.count(licence.read_text(encoding="utf-8").strip()) == 1, licence
