"""Data in other bytes than the published ones is refused, told apart, or never comes about."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from reading import ROOT, edit

from chipbook.book.site.build import refuse_faults
from chipbook.check.__main__ import main
from chipbook.data import data_dir
from chipbook.data.version import stamp, version


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_clone_made_for_windows_has_the_published_bytes(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(data_dir(), source / "data")
    shutil.copy(ROOT / ".gitattributes", source)
    git(source, "init")
    git(source, "add", ".")
    git(source, "commit", "-m", "Data")
    git(tmp_path, "clone", "-c", "core.autocrlf=true", "source", "clone")
    assert contents(tmp_path / "clone" / "data") == contents(data_dir())


@pytest.mark.parametrize(
    ("names", "head", "end"),
    [
        (["facts.csv"], b"", b"\r\n"),
        (["datapackage.json"], b"\xef\xbb\xbf", b"\n"),
        (["CHANGELOG.md", "facts.csv"], b"\xef\xbb\xbf", b"\r\n"),
    ],
)
def test_line_ends_of_windows_are_refused_in_a_sentence_and_mended(copy, capsys, names, head, end):
    before = contents(copy)
    for name in names:
        (copy / name).write_bytes(head + before[name].replace(b"\n", end))
    with pytest.raises(SystemExit) as refused:
        refuse_faults(copy)
    _, sentence = str(refused.value).split("\n")
    named = f"data/{names[0]}" + " and 1 more" * (len(names) - 1)
    assert sentence.startswith(f"{named}: expected line ends LF")
    assert "python -m chipbook.check ends" in sentence
    assert main(["--data", str(copy), "check"]) == 1
    assert capsys.readouterr().err == f"{sentence}\n1 fault\n"
    assert main(["--data", str(copy), "ends"]) == 0
    assert contents(copy) == before


def test_data_that_is_not_the_release_has_a_version_that_says_so(copy):
    released = version(copy)
    described = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    for value in ("55", "50"):
        edit(copy, "facts.csv", "ft25-local-share", value=value)
        assert version(copy) == stamp(copy, described) == f"{released}+changed"
    # What the front page of the repository tells its readers to try.
    refuse_faults(copy)
    shutil.copy(data_dir() / "facts.csv", copy)
    assert version(copy) == released
