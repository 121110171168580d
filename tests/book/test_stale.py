"""What the build reads anew, refuses and takes away."""

from __future__ import annotations

import csv
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT

from chipbook.book.site import opened
from chipbook.book.site.build import kept, prune, reading, refuse_faults, sound
from chipbook.data.state import state


def test_the_state_covers_all_that_a_build_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = ("data/facts.csv", "data/README.md", "chipbook/book/x.py", "requirements.txt")
    files += ("chipbook/book/static/x.css", "chapters/numerals.toml", "pyproject.toml")
    files += ("_config.yml", "_toc.yml", "README.md", "CITATION.cff", "LICENSE-TEXT-AND-DATA")
    for name in (*files, "index.md", "chapters/one.md", "chipbook/__pycache__/x.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("altair==1")
    states = [state(tmp_path)]
    for name in files:
        (tmp_path / name).write_text("altair==2")
        states.append(state(tmp_path))
    (tmp_path / "data/facts.csv").rename(tmp_path / "data/claims.csv")
    states.append(state(tmp_path))
    monkeypatch.setenv("BOOK_URL", "https://example.org")
    states.append(state(tmp_path))
    package = tmp_path / "lib" / "Altair-2.dist-info"
    package.mkdir(parents=True)
    monkeypatch.syspath_prepend(package.parent)
    states.append(state(tmp_path))
    package.rename(package.with_name("other-2.dist-info"))
    assert state(tmp_path) == states[-2], "it is not in the lock"
    (tmp_path / "chapters/one.md").rename(tmp_path / "chapters/two.md")
    states.append(state(tmp_path))
    assert len({each["shared"] for each in states}) == len(states)
    # The text of a page is its own matter; what is compiled, nobody's.
    (tmp_path / "index.md").write_text("b")
    assert state(tmp_path)["shared"] == states[-1]["shared"]
    assert state(tmp_path) != states[-1]
    states = [state(tmp_path)]
    (tmp_path / "chipbook/__pycache__/x.pyc").write_text("b")
    assert state(tmp_path) == states[-1]


def test_nothing_kept_is_gone_on_from_but_of_the_site_and_for_pages_changed_since(
    tmp_path: Path,
) -> None:
    page, pickled = tmp_path / "index.md", tmp_path / "environment.pickle"
    app = SimpleNamespace(doctreedir=tmp_path)
    reading(app)
    assert kept(tmp_path) == [], "where nothing was kept, nothing is"
    pickled.write_bytes(b"kept")
    page.write_text("one")
    was = state(tmp_path) | {"kept": kept(tmp_path)}
    assert sound(was, state(tmp_path), tmp_path, kept(tmp_path))
    assert not sound({}, state(tmp_path), tmp_path, kept(tmp_path))
    page.write_text("two")
    os.utime(page, ns=(0, was["kept"][0] + 1))
    assert sound(was, state(tmp_path), tmp_path, kept(tmp_path))
    # Moved there, or copied with its time: Sphinx would not read it.
    os.utime(page, ns=(0, was["kept"][0] - 1))
    assert not sound(was, state(tmp_path), tmp_path, kept(tmp_path))
    page.write_text("one")
    assert sound(was, state(tmp_path), tmp_path, kept(tmp_path))
    # A build that begins to read may be cut.
    reading(app)
    assert not sound(was, state(tmp_path), tmp_path, kept(tmp_path))


def test_a_fault_in_the_data_stops_the_build_with_file_row_and_column(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "data", tmp_path / "data")
    refuse_faults(tmp_path / "data")
    path = tmp_path / "data" / "facts.csv"
    text = path.read_text(encoding="utf-8")
    with path.open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["id"] == "ft25-double")
    assert text.count(f",{row['source_ids']},{row['report_id']},this figure") >= 1
    line = next(line for line in text.splitlines() if line.startswith("ft25-double,"))
    path.write_text(text.replace(line, line.replace(row["source_ids"], "")), encoding="utf-8")
    number = text.splitlines().index(line) + 1
    wanted = rf"facts\.csv: row {number} \(id ft25-double\), column source_ids: expected a value"
    with pytest.raises(SystemExit, match=wanted):
        refuse_faults(tmp_path / "data")
    # Another value alone is no fault: a reader may try one without a new version of the data.
    path.write_text(text.replace("Financial Times, opening", "FT, opening"), encoding="utf-8")
    refuse_faults(tmp_path / "data")


def test_prune_removes_what_no_page_names(tmp_path: Path) -> None:
    charts = tmp_path / "_static" / "charts"
    charts.mkdir(parents=True)
    for name in ("kept.js", "gone.js"):
        (charts / name).write_text("")
    (tmp_path / "index.html").write_text('<div data-src="_static/charts/kept.js">')
    prune(tmp_path)
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"index.html", "kept.js"}


def test_no_code_that_cells_run_shows_what_the_fingerprint_of_the_descriptor_leaves_out() -> None:
    """Those entries change with every edit, and no cell is run again for them."""
    stamps = re.compile(rf"""\[["']({"|".join(opened.STAMPS)})["']\]""")
    rooms = ("data", "story", "charts", "topics")
    found = {
        path.name
        for room in rooms
        for path in (ROOT / "chipbook" / room).glob("*.py")
        if stamps.search(path.read_text(encoding="utf-8"))
    }
    # The archives, which no cell makes, the digest of all tables, which they name, and what stamps.
    assert found == {"downloads.py", "store.py", "version.py"}
