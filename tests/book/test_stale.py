"""What the build reads anew, refuses and takes away."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT

from chipbook.book.site import build as building
from chipbook.book.site import opened
from chipbook.book.site.build import digest, prune, refuse_faults


def test_digest_covers_data_code_and_versions(tmp_path: Path) -> None:
    files = ("data/facts.csv", "data/README.md", "chipbook/book/x.py", "requirements.txt")
    files += ("chipbook/book/static/x.css", "chapters/numerals.toml", "pyproject.toml")
    seen = set()
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("a")
    (tmp_path / "chipbook/__pycache__").mkdir()
    for name in files:
        (tmp_path / name).write_text("b")
        seen.add(digest(tmp_path))
    (tmp_path / "data/facts.csv").rename(tmp_path / "data/claims.csv")
    seen.add(digest(tmp_path))
    assert len(seen) == len(files) + 1


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
    (tmp_path / "old.html").write_text('<div data-src="_static/charts/gone.js">')
    prune(tmp_path, {"index"})
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"index.html", "kept.js"}


@pytest.mark.parametrize(
    ("exception", "warnings", "edited", "kept"),
    [
        (None, 0, False, True),
        (None, 1, False, False),
        (ValueError(), 0, False, False),
        (None, 0, True, False),
    ],
)
def test_only_a_build_that_ended_well_is_built_upon(
    tmp_path: Path, exception: Exception | None, warnings: int, edited: bool, kept: bool
) -> None:
    (tmp_path / "data").mkdir()
    for name in ("requirements.txt", "pyproject.toml", "data/a.csv"):
        (tmp_path / name).write_text("1")
    config = SimpleNamespace(chipbook_digest=digest(tmp_path))
    trees = tmp_path / "trees"
    app = SimpleNamespace(doctreedir=trees, srcdir=tmp_path, config=config, _warncount=warnings)
    building.begin(app, config)
    pickle = trees / building.ENV_PICKLE_FILENAME
    pickle.write_text("")
    if edited:
        (tmp_path / "data/a.csv").write_text("2")
    building.end(app, exception)
    building.begin(app, config)
    assert pickle.exists() == kept
    # Cut, so that nothing was said of its end.
    building.begin(app, config)
    assert not pickle.exists()


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
