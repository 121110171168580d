"""The data package as text, and whether its files keep the schema.

``schema.toml`` says what the descriptor must be, as a JSON Schema, and what a cell of each type.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Self

from chipbook.data.quantity import UnitError, parse_unit
from chipbook.data.settings import settings
from chipbook.data.store import Unreadable, read_package, read_rows

_ASKED = settings(__file__)

MOST = 160
"""Signs of a cell or a message that a fault shows."""


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
        return f"{where}: expected {self.expected}, found {self.found}".replace("\n", "\\n")


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
    fields, rows = entry["schema"]["fields"], {row["id"]: row for row in _rows(folder, entry)}
    texts = [field["name"] for field in fields if _is_text(field)]
    names = [field["name"] for field in fields]
    return Table(entry["name"], f"{folder.name}/{entry['path']}", names, rows, texts)


def _rows(folder: Path, entry: dict[str, Any]) -> list[Row]:
    """The rows of the file of an ``entry``, also those that have one id."""
    read, file = read_rows(folder / entry["path"], entry), f"{folder.name}/{entry['path']}"
    return [Row(cells, entry["name"], file, line) for line, cells in read.items()]


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


def faults(folder: Path) -> Iterator[Problem]:
    """Every fault of the files in ``folder``; each check needs what the one before it has seen."""
    for check in (_files, _ends, _descriptor, _resources, _tables):
        found = list(check(folder))
        yield from found
        if found:
            return


def _files(folder: Path) -> Iterator[Problem]:
    """What is no file to be read: a folder, a link, a pipe, what nobody may open, nothing."""
    named = {folder / name for name in _ASKED["files"]}
    for path in sorted(named | {path for path in folder.rglob("*") if path.suffix == ".csv"}):
        found = "none" if not path.exists() else "a folder" if path.is_dir() else "a pipe or device"
        if path.is_symlink() or path.parent != folder:
            found = "a link" if path.is_symlink() else "one in a folder of its own"
        elif path.is_file():
            try:
                path.read_bytes().decode()
                continue
            except OSError as error:
                found = str(error.strerror)
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                found = f"the byte {error.object[error.start]:#x} in line {line}: save it as UTF-8"
        where = path.relative_to(folder.parent).as_posix()
        yield Problem(where, "a file of the folder, in UTF-8", found)


def _ends(folder: Path) -> Iterator[Problem]:
    """All such files as one fault that names the cure."""
    if files := [f"{folder.name}/{path.name}" for path in spoilt(folder)]:
        more = f" and {len(files) - 1} more" * (len(files) > 1)
        cure = "'python -m chipbook.check ends' mends them and keeps your edits"
        found = f"CR or a mark, as Windows writes them: {cure}"
        yield Problem(files[0] + more, "line ends LF and no byte order mark", found)


def _descriptor(folder: Path) -> Iterator[Problem]:
    """What the descriptor is not that ``schema.toml`` asks for, each with its place in it."""
    # It is needed to write data, not to read it.
    from jsonschema import Draft202012Validator

    path = f"{folder.name}/datapackage.json"
    try:
        described = read_package(folder)
    except ValueError as error:
        yield Problem(path, "a readable descriptor", str(error))
        return
    for fault in Draft202012Validator(_ASKED["descriptor"]).iter_errors(described):
        where, part = [], described
        for step in fault.absolute_path:
            part = part[step]
            named = isinstance(step, int) and isinstance(part, dict)
            where.append(str(part.get("name", step) if named else step))
        expected = f"{fault.schema.get('description', '')} ({'/'.join(where) or 'the whole'})"
        found = fault.message if len(fault.message) < MOST else "something else"
        yield Problem(path, expected, found)


def _resources(folder: Path) -> Iterator[Problem]:
    """Tables that stand twice in the descriptor, that the rules need, or without entry or file."""
    path, entries = f"{folder.name}/datapackage.json", read_package(folder)["resources"]
    names, files = ([entry[part] for entry in entries] for part in ("name", "path"))
    for name in sorted({name for part in (names, files) for name in part if part.count(name) > 1}):
        yield Problem(path, "one resource of a name, and one of a path", f"{name} twice")
    for name in _ASKED["needed"]:
        if name not in names:
            yield Problem(path, f"a resource {name}, which the rules read", "none")
    there = {file.name for file in folder.glob("*.csv")}
    for name in sorted(there ^ {*files}):
        expected = "a resource in datapackage.json" if name in there else "a file"
        yield Problem(f"{folder.name}/{name}", expected, "none")


def _tables(folder: Path) -> Iterator[Problem]:
    """What is wrong with header, rows and cells of each table, then with the keys between them."""
    entries, read = read_package(folder)["resources"], dict[str, dict[str, Row]]()
    for entry in entries:
        file = f"{folder.name}/{entry['path']}"
        try:
            rows = _rows(folder, entry)
        except Unreadable as error:
            yield Problem(file, error.expected, error.found, error.line, error.key)
            continue
        if not rows:
            yield Problem(file, "rows below the header", "none: was the file cut?")
        for field in entry["schema"]["fields"]:
            column, above = field["name"], set[str]()
            for row in rows:
                if expected := _expected(row, field, above):
                    yield row.problem(column, expected, row[column][:MOST])
                above.add(row[column])
        read[entry["name"]] = {row["id"]: row for row in rows}
    for entry in entries:
        for key in entry["schema"].get("foreignKeys", ()):
            (column,), of = key["fields"], key["reference"]["resource"]
            for row in read.get(entry["name"], {}).values():
                if row[column] and of in read and row[column] not in read[of]:
                    yield row.problem(column, f"a key of the table it refers to, {of}")


def _expected(row: Row, field: Mapping[str, Any], above: set[str]) -> str:
    """What a cell is not and should be, in words; ``above`` are the cells above it."""
    column, rules = field["name"], field.get("constraints", {})
    cell, asked = row[column], _ASKED["types"].get(field["type"])
    if not cell:
        return "a value" if rules.get("required") else ""
    if asked and not re.fullmatch(asked["pattern"], cell):
        return asked["expected"]
    if f"{row.table}.{column}" not in _ASKED["as_it_is"]:
        for signs in _ASKED["signs"]:
            if re.search(signs["pattern"], cell):
                return f"{signs['expected']}: {cell[:MOST]!a} has others"
    if cell not in rules.get("enum", [cell]):
        return "one of " + ", ".join(rules["enum"])
    if column == "unit":
        try:
            parse_unit(cell)
        except UnitError as error:
            return f"a unit of chipbook/data/quantity.toml ({error})"
    if not re.fullmatch(rules.get("pattern", "(?s).*"), cell, re.ASCII):
        return f"text that fits its meaning: {field['description'].rstrip('.')}"
    for bound, fits in (("minimum", float.__ge__), ("maximum", float.__le__)):
        if bound in rules and not fits(float(cell), float(rules[bound])):
            return f"{bound} {rules[bound]}"
    return "a value used once" if rules.get("unique") and cell in above else ""
