"""A corrected number leaves no trace of the old one anywhere in the site."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import PARTS, ROOT, build

from chipbook.book.site import opened
from chipbook.book.site.build import prune, refuse_faults
from chipbook.data import package
from chipbook.data.state import state
from chipbook.data.version import version

FACT = "ft25-chips-china-cny"
HELD_BY = "br-2025-01-ft-china"
# Neither number occurs in the data or, as a coordinate, in a drawing.
OLD, NEW = "43.717", "61.939"

PRINT = """
import json
from chipbook import facts
print(json.dumps({key: [str(facts[key]), facts[key].amount] for key in facts}))
"""


def copy_of_the_book(root: Path) -> Path:
    """What a build reads, in a folder of its own."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, root / part, ignore=ignore)
        else:
            shutil.copy(source, root / part)
    return root


def correct(root: Path, value: str) -> None:
    """Write another value into the row that holds the figure of the fact."""
    path = root / "data" / "budget_reports.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["id"] == HELD_BY:
            row["value"] = value
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def printed(root: Path) -> dict[str, list[str]]:
    """Every number as it is printed, by id, from the data in ``root``."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", PRINT]
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def texts(site: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every file of the site, and of every file inside its wheel."""
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                for member in wheel.namelist():
                    yield f"{name}!{member}", wheel.read(member).decode("utf-8", "replace")
        elif path.suffix in {".html", ".js", ".json", ".svg", ".csv", ".ipynb", ".md", ".txt"}:
            yield name, path.read_text(encoding="utf-8")


def having(site: Path, words: set[str]) -> dict[str, set[str]]:
    """Which of the words each file has, as whole numbers, for the files that have any."""
    whole = {word: re.compile(rf"(?<![\d.]){re.escape(word)}(?!\.?\d)") for word in words}
    found = {
        name: {word for word, pattern in whole.items() if pattern.search(text)}
        for name, text in texts(site)
    }
    return {name: words for name, words in found.items() if words}


@pytest.mark.slow
def test_a_corrected_number_leaves_no_trace(tmp_path: Path) -> None:
    root = copy_of_the_book(tmp_path)
    correct(root, OLD)
    before, site = printed(root), build(root)
    shown = having(site, {OLD})
    correct(root, NEW)
    after = printed(root)
    build(root)

    changed = {key for key in before if before[key] != after[key]}
    assert FACT in changed
    assert len(changed) > 1, "a computed number depends on the fact"
    # Words that another number still prints, or that a source file holds, are no evidence.
    # So are those of a digit or two: somebody else's share may be 16% as well.
    old = {OLD, *(w for key in changed for w in before[key] if len(re.findall(r"\d", w)) > 2)}
    old -= {word for words in after.values() for word in words}
    for part in ("data", "chapters", "chipbook"):
        old -= {word for words in having(root / part, old).values() for word in words}
    assert OLD in old
    assert len(old) > 1
    # The page of numbers without one source prints what other data than the book's would make.
    assert having(site, old).keys() <= {"chapters/robustness.html"}

    # Nothing passes itself off as the release; what the last one was still says a log.
    release = re.escape(package()["version"])
    named = re.compile(rf'(Data version |denials-|chipbook-|"version": ?"){release}(?!\+changed)')
    told = {name for name, text in texts(site) if named.search(text)}
    assert {name for name in told if "_data/" not in name} == {"data/released.json"}
    assert f"Data version {version(root / 'data')}." in (site / "index.html").read_text("utf-8")
    [wheel] = site.rglob("*.whl")
    assert f"-{version(root / 'data')}-" in wheel.name

    # Files named after their content have another name now.
    stable = {name for name in shown if "charts" not in name and "_downloads" not in name}
    assert {"chapters/numbers.html", "data/budget_reports.csv"} <= stable
    assert stable <= set(having(site, {NEW}))


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
