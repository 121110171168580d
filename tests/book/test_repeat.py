"""The same data is the same site, wherever it is built and whatever was built before."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import build
from reading import contents, copy_book, edit

from chipbook.data import package
from chipbook.data.version import version
from chipbook.publish.offered import offer

ROW = "br-2025-01-ft-china"
# In the data neither as a number nor, in a drawing, as a coordinate. Near to what stands there, so
# that the words of the prose ("nearly fifteen billion", "nearly twice") still hold.
OTHER = "40.117"
MACHINE = {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A folder for a book on a machine of another zone, language, seed of hashes and rights."""
    for name, value in MACHINE.items():
        monkeypatch.setenv(name, value)
    before = os.umask(0o077)
    yield tmp_path / "a folder, élsewhere"
    os.umask(before)


def test_a_number_put_back_gives_the_same_site_on_another_machine(
    site: Path, elsewhere: Path, tmp_path: Path
) -> None:
    """Byte for byte, with nothing left of the other number, which called itself changed."""
    clean = Path(shutil.copytree(site, tmp_path / "clean"))
    shutil.rmtree(clean / "paper", ignore_errors=True)
    offer(clean)  # takes the links to what was on paper away

    root = copy_book(elsewhere)
    kept = (root / "data/budget_reports.csv").read_bytes()
    edit(root / "data", "budget_reports.csv", ROW, value=OTHER)
    other = build(root)
    stamp = version(root / "data")
    told = contents(other)
    having = {name for name, content in told.items() if OTHER.encode() in content}
    assert {"chapters/numbers.html", "chapters/chip-budget.html"} <= having
    assert {"data/budget_reports.csv", "_static/search-index.js"} <= having
    assert f"Data version {stamp}." in told["index.html"].decode()
    assert [name for name in told if name.endswith(".whl") and f"-{stamp}-" in name]
    # Nothing passes itself off as the release; what the last one was still says a log.
    release = re.escape(package()["version"])
    named = re.compile(
        rf'(Data version |denials-|chipbook-|"version": ?"){release}(?!\+changed)'.encode()
    )
    assert {name for name in told if named.search(told[name])} == {"data/released.json"}

    (root / "data/budget_reports.csv").write_bytes(kept)
    again, wanted = contents(build(root)), contents(clean)
    names = sorted(again.keys() | wanted.keys())
    assert [name for name in names if again.get(name) != wanted.get(name)] == []
