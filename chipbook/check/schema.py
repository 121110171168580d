"""The data package as text, and whether its files keep the schema."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Self

from chipbook.data.store import COMMA, read_package, read_rows

RAGGED = ("missing-cell", "extra-cell")


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what was expected, what was found; ``row`` is a line number.

    That of a whole ``file`` is in no row of it.
    """

    file: str
    expected: str
    found: str
    row: int | None = None
    key: str = ""
    column: str = ""

    def __str__(self) -> str:
        where = self.file
        if self.row:
            where += f": row {self.row}" + (f" (id {self.key})" if self.key else "")
            where += f", column {self.column}" if self.column else ""
        return f"{where}: expected {self.expected}, found {self.found}"


class Row(dict[str, str]):
    """A row as text, column → cell, with its ``table``, its ``file`` in messages, its ``line``."""

    def __init__(self, cells: Mapping[str, str], table: str, file: str, line: int) -> None:
        super().__init__(cells)
        self.table, self.file, self.line = table, file, line

    def holding(self, cells: Mapping[str, str]) -> Self:
        """The row in its place with other ``cells``."""
        return type(self)(cells, self.table, self.file, self.line)

    def problem(self, column: str, expected: str, found: object = None) -> Problem:
        """A fault in ``column``: what is ``expected``, and the cell or what was ``found`` there."""
        cell = str(self.get(column, "") if found is None else found) or "nothing"
        return Problem(self.file, expected, cell, self.line, self["id"], column)

    def number(self, column: str) -> float | None:
        """The cell in ``column`` as a number; ``None`` where it is empty or there is none."""
        cell = self.get(column, "")
        return float(cell) if cell else None


@dataclass(frozen=True)
class Table:
    """One resource as text: its name, how the file is called in messages, its columns, its rows.

    ``rows`` are by id. ``texts`` are the columns of free text: strings without a pattern or a list
    of values.
    """

    name: str
    file: str
    columns: list[str]
    rows: dict[str, Row]
    texts: list[str]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())


Tables = Mapping[str, Table]
"""Every resource by name."""


def tables(folder: Path) -> dict[str, Table]:
    """Every resource of the package in ``folder`` by name; needs one that keeps its schema."""
    return {entry["name"]: _table(folder, entry) for entry in read_package(folder)["resources"]}


def _table(folder: Path, entry: dict[str, Any]) -> Table:
    name, fields, file = entry["name"], entry["schema"]["fields"], f"{folder.name}/{entry['path']}"
    read = read_rows(folder / entry["path"], entry).items()
    rows = {cells["id"]: Row(cells, name, file, line) for line, cells in read}
    texts = [field["name"] for field in fields if _is_text(field)]
    return Table(name, file, [field["name"] for field in fields], rows, texts)


def every_row(tables: Tables) -> Iterator[Row]:
    """The rows of all the ``tables``."""
    return chain.from_iterable(tables.values())


def _is_text(field: dict[str, Any]) -> bool:
    closed = {"pattern", "enum"} & field.get("constraints", {}).keys()
    return field["type"] == "string" and not closed


def spoilt(folder: Path) -> dict[Path, bytes]:
    """Files of ``folder`` in other bytes than they are published in → what these should be.

    A clone or an editor on Windows may write its own line ends, or a mark of the byte order.
    """
    held = {path: path.read_bytes() for path in sorted(folder.glob("[!._]*")) if path.is_file()}
    whole = {path: text.removeprefix(codecs.BOM_UTF8) for path, text in held.items()}
    whole = {path: re.sub(rb"\r\n?", b"\n", text) for path, text in whole.items()}
    return {path: text for path, text in whole.items() if text != held[path]}


def _ends(folder: Path) -> Iterator[Problem]:
    """All such files as one fault that names the cure."""
    if files := [f"{folder.name}/{path.name}" for path in spoilt(folder)]:
        more = f" and {len(files) - 1} more" * (len(files) > 1)
        cure = "'python -m chipbook.check ends' mends them and keeps your edits"
        found = f"CR or a mark, as Windows writes them: {cure}"
        yield Problem(files[0] + more, "line ends LF and no byte order mark", found)


def faults(folder: Path) -> Iterator[Problem]:
    """Every fault that frictionless finds in the package in ``folder``, and files it does not name.

    It is needed to write data, not to read it, hence imported here.
    """
    import frictionless

    if ends := list(_ends(folder)):
        yield from ends
        return
    path = f"{folder.name}/datapackage.json"
    try:
        described = read_package(folder)
    except (OSError, ValueError) as error:
        yield Problem(path, "a readable descriptor", str(error))
        return
    for entry in described["resources"]:
        entry.pop("hash", None)
        entry.pop("bytes", None)
    named = {entry["path"] for entry in described["resources"]}
    for name in sorted({file.name for file in folder.glob("*.csv")} - named):
        yield Problem(f"{folder.name}/{name}", "a resource in datapackage.json", "none")
    try:
        package = frictionless.Package.from_descriptor(described, basepath=str(folder))
    except frictionless.FrictionlessException as failed:
        for reason in failed.reasons or [failed.error]:
            yield Problem(path, "a data package", reason.message)
        return
    report = package.validate()
    for fault in report.errors:
        yield Problem(path, "a data package", fault.message)
    for task in report.tasks:
        fields = {field.name: field for field in package.get_resource(task.name).schema.fields}
        yield from _of_table(f"{folder.name}/{task.place}", task.errors, fields)


def _of_table(file: str, errors: list[Any], fields: dict[str, Any]) -> Iterator[Problem]:
    """The errors of one table; a row with too few or too many cells is one, not one for a cell."""
    ragged = Counter(error.row_number for error in errors if error.type in RAGGED)
    told = set()
    for error in errors:
        number = getattr(error, "row_number", None)
        if number in ragged and (error.type not in RAGGED or number in told):
            continue
        cells = [str(cell) for cell in getattr(error, "cells", None) or []]
        row = dict(zip(fields, cells, strict=False))
        column = getattr(error, "field_name", "") or getattr(error, "label", "")
        column = column or ", ".join(getattr(error, "field_names", None) or ())
        expected, found = _expected(error, fields.get(column)), row.get(column, "nothing")
        if number in ragged:
            told.add(number)
            more = error.type == "extra-cell"
            count = len(fields) + (ragged[number] if more else -ragged[number])
            column, expected = "", f"{len(fields)} cells"
            found = f"{count}{COMMA if more else ''}"
        found = (found if row else error.note) or "nothing"
        yield Problem(file, expected, found, number, row.get("id", ""), column)


def _expected(error: Any, field: Any) -> str:
    """What the schema wants, in words, from an error of frictionless and the field it is about."""
    note = error.note
    if match := re.fullmatch(r'constraint "(\w+)" is "(.*)"', note, re.DOTALL):
        rule, value = match.groups()
        if rule == "enum":
            return "one of " + ", ".join(field.constraints["enum"])
        if rule == "pattern":
            return f"text that fits its meaning: {field.description.rstrip('.')}"
        return {"required": "a value", "unique": "a value used once"}.get(rule, f"{rule} {value}")
    if match := re.fullmatch(r'type is "(\w+)/\w+"', note):
        return f"a {match[1]}"
    if error.type == "unique-error":
        return f"a value used once ({note})"
    if error.type == "foreign-key":
        return f"a key of the table it refers to ({note})"
    return f"no {error.type.replace('-', ' ')}"
