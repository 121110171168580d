"""What the last released version held, so that no cell changes without a line in the log.

``released.json`` has the version, and of each table its columns and rows: for each cell four
letters, the start of its SHA-256. That is enough to see *that* a cell changed and where; what it
held before is what the log must say.

A number that moves to another row changes a cell of the file and nothing that it says: a cell also
counts as unchanged where the row as it is loaded holds what was released. A text in our own words
holds no number (see :mod:`chipbook.check.texts`), so it may be worded better without a line.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chipbook.check.schema import Problem, Table, descriptor, tables
from chipbook.check.texts import own_words
from chipbook.data.dataset import Dataset
from chipbook.data.store import Row

FILE = "released.json"
LETTERS = 4

Undone = dict[tuple[str, str, str], str]
"""Table, row, column → what the cell held when the last version was released, by the log."""


def semantic(version: str) -> tuple[int, ...]:
    """A version as numbers that compare: ``"1.10.0"`` → ``(1, 10, 0)``."""
    return tuple(int(part) for part in version.split("."))


def state(folder: Path) -> str:
    """What :data:`FILE` must hold once the package in ``folder`` is released, as text."""
    found = tables(folder)
    kept = {
        name: {
            "columns": columns,
            "rows": {
                key: "".join(letters(row[column]) for column in columns)
                for key, row in found[name].rows.items()
            },
        }
        for name, columns in _columns(folder).items()
    }
    described = {"version": descriptor(folder)["version"], "tables": kept}
    return json.dumps(described, indent=1, ensure_ascii=False) + "\n"


def letters(cell: str) -> str:
    """The letters that stand for a cell; a number counts as a number ("12" is "12.0")."""
    try:
        number = float(cell)
        cell = repr(number) if math.isfinite(number) else cell
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(cell.encode()).digest())[:LETTERS].decode()


def _columns(folder: Path) -> dict[str, list[str]]:
    return {
        entry["name"]: [field["name"] for field in entry["schema"]["fields"]]
        for entry in descriptor(folder)["resources"]
    }


def released(folder: Path) -> dict[str, Any]:
    """:data:`FILE` of the package in ``folder``: ``version`` and ``tables``."""
    return json.loads((folder / FILE).read_text(encoding="utf-8"))


def faults(folder: Path) -> list[Problem]:
    """Cells, rows, columns and tables that differ from the last release without the log saying so.

    A line of the log that is newer than the release is undone before the cell is compared. A row
    that is gone needs a line for its column ``id`` with an empty new value; a column or table that
    is gone needs a new major version. New rows, columns and tables are free.
    """
    try:
        before = released(folder)
    except (OSError, ValueError) as error:
        file = f"{folder.name}/{FILE}"
        return [Problem(file, None, "", "", "the cells of the last release", str(error))]
    now, whole = tables(folder), Dataset(folder)
    undone = _undone(now["corrections"], before["version"])
    major = semantic(descriptor(folder)["version"])[0] > semantic(before["version"])[0]
    found = [] if major else list(_gone(folder, before))
    for name, table in before["tables"].items():
        if name in now:
            loaded = whole.rows(name)
            found += _changed(now[name], loaded, table, undone, before["version"])
    return found


def _undone(log: Table, version: str) -> Undone:
    """The first old value of each cell that was corrected after ``version``."""
    undone: Undone = {}
    for row in log.rows.values():
        if semantic(row["version"]) > semantic(version):
            undone.setdefault((row["resource"], row["row_id"], row["column"]), row["old"])
    return undone


def _gone(folder: Path, before: dict[str, Any]) -> Iterator[Problem]:
    now, file = defaultdict(list, _columns(folder)), f"{folder.name}/datapackage.json"
    for name, table in before["tables"].items():
        for column in table["columns"] if name in now else ():
            if column not in now[name]:
                expected = f"the column {column} of {name}, or a new major version"
                yield Problem(file, None, "", "", expected, "none")
        if name not in now:
            yield Problem(file, None, "", "", f"the table {name}, or a new major version", "none")


def _changed(
    now: Table, loaded: Mapping[str, Row], before: dict[str, Any], undone: Undone, version: str
) -> Iterator[Problem]:
    free = own_words(now)
    for key, known in before["rows"].items():
        if key not in now.rows:
            if (now.name, key, "id") not in undone:
                expected = f"the row {key} of version {version}, or a line in corrections.csv"
                yield Problem(now.file, None, key, "", f"{expected} that takes it out", "none")
            continue
        row = now.rows[key]
        stamps = (known[at : at + LETTERS] for at in range(0, len(known), LETTERS))
        for column, was in zip(before["columns"], stamps, strict=True):
            if column not in row or column in free:
                continue
            logged = undone.get((now.name, key, column))
            held = {row[column], loaded[key][column]} if logged is None else {logged}
            if was not in map(letters, held):
                yield now.problem(key, column, _expected(version, logged))


def _expected(version: str, logged: str | None) -> str:
    if logged is None:
        return f"what version {version} has, or a line in corrections.csv (make correct)"
    return f"a line in corrections.csv whose old value is what version {version} has"
