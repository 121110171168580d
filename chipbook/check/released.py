"""What the last released version held, so that no cell changes without a line in the log.

``released.json`` has the version, and of each table its columns and rows: for each cell four
letters, the start of a SHA-256. That is enough to see *that* a cell changed and where; what it
held before is what the log must say.

A number that moves to another row changes a cell of the file and nothing that it says: a cell also
counts as unchanged where the row with the figures that it refers to holds what was released. A text
in our own words may be worded better without a line: its letters are those of the keys in it, which
are its numbers (see :mod:`chipbook.check.texts`). Whose number it is, and of what, is no wording.
"""

import base64
import hashlib
import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from chipbook.check.references import resolved_tables
from chipbook.check.schema import Problem, Table, tables
from chipbook.check.texts import NAMES, own_words
from chipbook.data.braces import keys
from chipbook.data.store import read_package

FILE = "released.json"
LETTERS = 4

Undone = dict[tuple[str, str, str], str]
"""Table, row, column → what the cell held when the last version was released, by the log."""


def semantic(version: str) -> tuple[int, ...]:
    """A ``version`` as numbers that compare: ``"1.10.0"`` → ``(1, 10, 0)``."""
    return tuple(int(part) for part in version.split("."))


def state(folder: Path) -> str:
    """What :data:`FILE` must hold once the package in ``folder`` is released, as text."""
    kept = {name: _state(table) for name, table in tables(folder).items()}
    described = {"version": read_package(folder)["version"], "tables": kept}
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def _state(table: Table) -> dict[str, Any]:
    texts = [column for column in own_words(table) if column not in NAMES]
    rows = {
        key: "".join(letters(row[column], column in texts) for column in table.columns)
        for key, row in table.rows.items()
    }
    return {"columns": table.columns, "texts": texts, "rows": rows}


@cache
def letters(cell: str, text: bool = False) -> str:
    """The letters that stand for a ``cell``, or for the keys in it where it is a ``text`` of ours.

    A number counts as a number ("12" is "12.0").
    """
    if text:
        cell = " ".join(sorted(keys(cell)))
    try:
        number = float(cell)
        cell = repr(number) if math.isfinite(number) else cell
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(cell.encode()).digest())[:LETTERS].decode()


def new_rows(folder: Path) -> list[str]:
    """``table/id`` of each row of ``folder`` that the last release has not; the log is left out."""
    before = json.loads((folder / FILE).read_text(encoding="utf-8"))["tables"]
    return [
        f"{name}/{key}"
        for name, table in tables(folder).items()
        if name != "corrections"
        for key in table.rows
        if key not in before.get(name, {}).get("rows", ())
    ]


def faults(folder: Path) -> list[Problem]:
    """Cells, rows, columns and tables of ``folder`` that changed without the log saying so.

    A line of the log that is newer than the release is undone before the cell is compared. A row
    that is gone needs a line for its column ``id`` with an empty new value; a column or table that
    is gone needs a new major version. New rows, columns and tables are free.
    """
    try:
        before = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return [Problem(f"{folder.name}/{FILE}", "the cells of the last release", str(error))]
    written, version = tables(folder), before["version"]
    whole, undone = resolved_tables(written), _undone(written["corrections"], version)
    found: list[Problem] = []
    if semantic(read_package(folder)["version"])[0] <= semantic(version)[0]:
        found += _gone(f"{folder.name}/datapackage.json", written, before["tables"])
    for name, table in before["tables"].items():
        if name in written:
            found += _changed(written[name], whole[name], table, undone, version)
    return found


def _undone(log: Table, version: str) -> Undone:
    """The first old value of each cell that was corrected after ``version``."""
    undone: Undone = {}
    for row in log:
        if semantic(row["version"]) > semantic(version):
            undone.setdefault((row["resource"], row["row_id"], row["column"]), row["old"])
    return undone


def _gone(file: str, now: dict[str, Table], before: dict[str, Any]) -> Iterator[Problem]:
    for name, table in before.items():
        if name not in now:
            yield Problem(file, f"the table {name}, or a new major version", "none")
            continue
        for column in table["columns"]:
            if column not in now[name].columns:
                expected = f"the column {column} of {name}, or a new major version"
                yield Problem(file, expected, "none")


def _changed(
    now: Table, whole: Table, before: dict[str, Any], undone: Undone, version: str
) -> Iterator[Problem]:
    texts = before.get("texts", ())
    for key, known in before["rows"].items():
        if key not in now.rows:
            if (now.name, key, "id") not in undone:
                expected = f"the row {key} of version {version}, or a line in corrections.csv"
                yield Problem(now.file, f"{expected} that takes it out", "none", key=key)
            continue
        row = now.rows[key]
        stamps = (known[at : at + LETTERS] for at in range(0, len(known), LETTERS))
        for column, was in zip(before["columns"], stamps, strict=True):
            if column not in row:
                continue
            logged = undone.get((now.name, key, column))
            held = {row[column], whole.rows[key][column]} if logged is None else {logged}
            if was not in [letters(cell, column in texts) for cell in held]:
                yield row.problem(column, _expected(version, logged))


def _expected(version: str, logged: str | None) -> str:
    if logged is None:
        return f"what version {version} has, or a line in corrections.csv (make correct)"
    return f"a line in corrections.csv whose old value is what version {version} has"
