"""What the last released version held, so that no cell changes without a line in the log.

``released.json`` has the version, and of each table its columns and rows: for each cell four
letters, the start of a SHA-256. That is enough to see *that* a cell changed and where; what it
held before is what the log must say.

A number that moves to another row changes a cell of the file and nothing that it says: a cell also
counts as unchanged where the row with the figures that it refers to holds what was released. A text
in our own words may be worded better without a line: its letters are those of the keys in it, which
are its numbers (see :mod:`chipbook.check.texts`). Whose number it is, and of what, is no wording.

What a column means (type, unit, constraints) has letters too, and changes with a major version. The
log only grows. ``log`` is the digest of its newest entry, which covers all entries before.
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
from chipbook.check.schema import Problem, Table, Tables, tables
from chipbook.check.texts import NAMES, own_words
from chipbook.data.braces import keys
from chipbook.data.store import DataError, read_package

FILE = "released.json"
LETTERS = 4

Undone = dict[tuple[str, str, str], str]
"""Table, row, column → what the cell held when the last version was released, by the log."""


def semantic(version: str) -> tuple[int, ...]:
    """A ``version`` as numbers that compare: ``"1.10.0"`` → ``(1, 10, 0)``."""
    return tuple(int(part) for part in version.split("."))


def state(written: Tables, described: dict[str, Any], log: str) -> str:
    """What :data:`FILE` must hold once tables ``written`` as ``described`` have the ``log``."""
    kept = {
        entry["name"]: _state(written[entry["name"]], entry) for entry in described["resources"]
    }
    held = {"version": described["version"], "log": log, "tables": kept}
    return json.dumps(held, indent=1, ensure_ascii=False) + "\n"


def _state(table: Table, entry: dict[str, Any]) -> dict[str, Any]:
    texts = [column for column in own_words(table) if column not in NAMES]
    rows = {
        key: "".join(letters(row[column], column in texts) for column in table.columns)
        for key, row in table.rows.items()
    }
    return {"columns": table.columns, "texts": texts, "means": _means(entry), "rows": rows}


def _means(entry: dict[str, Any]) -> dict[str, str]:
    """The letters of what a resource, "", and each of its columns mean, whatever it is called.

    A column may take more words than it did: a word that a cell has cannot go.
    """
    schema = entry["schema"]
    told: dict[str, Any] = {"": [schema.get(part) for part in ("primaryKey", "missingValues")]}
    for field in schema["fields"]:
        keys = [key for key in schema.get("foreignKeys", ()) if field["name"] in key["fields"]]
        rules = field.get("constraints", {}) | {"enum": ()}
        told[field["name"]] = [field["type"], field.get("unit"), keys, rules]
    return {name: letters(json.dumps(what, sort_keys=True)) for name, what in told.items()}


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


def kept(folder: Path) -> dict[str, Any]:
    """What :data:`FILE` in ``folder`` holds; raises :class:`DataError` where it is not whole."""
    try:
        held = json.loads((folder / FILE).read_text(encoding="utf-8"))
        for table in [held["tables"]["corrections"], *held["tables"].values()]:
            wide = LETTERS * len(table["columns"])
            if torn := [key for key, stamps in table["rows"].items() if len(stamps) != wide]:
                raise ValueError(f"other letters than {wide} for {torn[0]}")
    except (OSError, ValueError, LookupError, TypeError) as error:
        expected = "the cells of the last release (git checkout brings them back)"
        raise DataError(f"{folder.name}/{FILE}: expected {expected}, found {error}") from None
    return held


def new_rows(folder: Path) -> list[str]:
    """``table/id`` of each row of ``folder`` that the last release has not; the log is left out."""
    before = kept(folder)["tables"]
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
    before = kept(folder)
    written, version = tables(folder), before["version"]
    whole, undone = resolved_tables(written), _undone(written["corrections"], version)
    found: list[Problem] = []
    described = read_package(folder)
    if semantic(described["version"])[0] <= semantic(version)[0]:
        found += _gone(f"{folder.name}/datapackage.json", described, before["tables"])
    found += lost(written, before)
    for name, table in before["tables"].items():
        if name in written:
            found += _changed(written[name], whole[name], table, undone, version)
    return found + list(_log(written["corrections"], before["tables"]["corrections"], version))


def lost(written: Tables, before: dict[str, Any]) -> Iterator[Problem]:
    """Each table as ``written`` that lost rows of the release ``before``, by a cut file perhaps."""
    undone = _undone(written["corrections"], before["version"])
    for name, table in before["tables"].items():
        rows = written[name].rows if name in written else table["rows"]
        gone = [key for key in table["rows"] if key not in rows and (name, key, "id") not in undone]
        if gone:
            more = f" and {len(gone) - 1} more" * (len(gone) > 1)
            expected = f"the row {gone[0]} of version {before['version']}{more}, or for each a line"
            expected += " in corrections.csv that takes it out"
            yield Problem(written[name].file, expected, "none: was the file cut?")


def _log(now: Table, before: dict[str, Any], version: str) -> Iterator[Problem]:
    """New lines of the log stand below the old ones, and are of a version that is to come."""
    old, last = before["rows"], semantic(version)
    if [key for key in now.rows if key in old] != [key for key in old if key in now.rows]:
        yield Problem(now.file, f"the lines of {version} in their order, new ones below", "another")
    for place, row in enumerate(now):
        if row["id"] not in old and not (place >= len(old) and semantic(row["version"]) > last):
            yield row.problem("version", f"below the log of {version} a line of a version above it")


def _undone(log: Table, version: str) -> Undone:
    """The first old value of each cell that was corrected after ``version``."""
    undone: Undone = {}
    for row in log:
        if semantic(row["version"]) > semantic(version):
            undone.setdefault((row["resource"], row["row_id"], row["column"]), row["old"])
    return undone


def _gone(file: str, now: dict[str, Any], before: dict[str, Any]) -> Iterator[Problem]:
    means = {entry["name"]: _means(entry) for entry in now["resources"]}
    for name, table in before.items():
        if name not in means:
            yield Problem(file, f"the table {name}, or a new major version", "none")
            continue
        for column, was in table["means"].items():
            if means[name].get(column) != was:
                expected = f"the column {column} of {name}" if column else f"the table {name}"
                found = "another type, unit or rule" if column in means[name] else "none"
                yield Problem(file, f"{expected} as it was, or a new major version", found)


def _changed(
    now: Table, whole: Table, before: dict[str, Any], undone: Undone, version: str
) -> Iterator[Problem]:
    texts = before.get("texts", ())
    for key, known in before["rows"].items():
        if key not in now.rows:
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
