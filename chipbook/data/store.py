"""Read the files of the data package: its descriptor, and each table as text or typed.

``datapackage.json`` is the only schema. Nothing here knows a column by name but those of dates.
"""

import csv
import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from chipbook.data.words import DATES

_HERE = Path(__file__).resolve().parent

Row = dict[str, str]
"""A row of a file as it stands there: column → text, empty where the cell is."""

_Place = tuple[Path, list[int], str]
"""Where a cell is, for messages: file, line of each row, column."""


COMMA = " (a comma in a cell needs quotation marks)"
"""What a message adds where a row has too many cells."""


class DataError(ValueError):
    """A data file does not hold what the schema promises."""


class Unreadable(DataError):
    """A file is no table of its schema: in which ``line``, what was ``expected`` and ``found``."""

    def __init__(self, path: Path, line: int, expected: str, found: str, key: str = "") -> None:
        super().__init__(f"{path}: row {line}: expected {expected}, found {found}")
        self.line, self.expected, self.found, self.key = line, expected, found, key


class Missing(KeyError):
    """A row or a cell that a number is made from is not there."""

    def __str__(self) -> str:
        return str(self.args[0])


CANNOT_BE_MADE = (Missing, ZeroDivisionError)
"""What asking for a number raises where something that it needs is not there, or counts nothing."""


def data_dir() -> Path:
    """The folder with datapackage.json: inside an installed wheel, else beside the checkout."""
    inside, beside = _HERE.parent / "_data", _HERE.parents[1] / "data"
    for folder in (inside, beside):
        if (folder / "datapackage.json").is_file():
            return folder
    raise DataError(f"no datapackage.json in {inside} or {beside}: is the installation complete?")


def read_package(folder: Path) -> dict:
    """The descriptor of the package in ``folder``, as it is.

    Raises :class:`DataError` with line and column where it is no JSON.
    """
    path = folder / "datapackage.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        where = f"{path}: line {error.lineno}, column {error.colno}"
        raise DataError(f"{where}: expected JSON, {error.msg}") from None


def read_rows(path: Path, entry: dict) -> dict[int, Row]:
    """The rows of the file at ``path`` as text, by line number; ``entry`` is its resource.

    Raises :class:`Unreadable` where the columns are not those of the schema, a row has too few or
    too many cells, or a quotation mark does not close.
    """
    names = [field["name"] for field in entry["schema"]["fields"]]
    rows = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            if (header := next(reader, [])) != names:
                raise Unreadable(path, 1, "the columns of the schema", _unlike(header, names))
            for row in reader:
                if len(row) != len(names):
                    found = f"{len(row)}{COMMA * (len(row) > len(names))}"
                    raise Unreadable(
                        path, reader.line_num, f"{len(names)} cells", found, "".join(row[:1])
                    )
                rows[reader.line_num] = dict(zip(names, row, strict=True))
        except csv.Error as error:
            raise Unreadable(
                path, reader.line_num, "quotation marks around whole cells", str(error)
            ) from None
    return rows


def _unlike(header: list[str], names: list[str]) -> str:
    """How a ``header`` differs from the ``names`` that it should have."""
    differs = {
        "none of": [name for name in names if name not in header],
        "also": [repr(name) for name in header if name not in names],
        "twice": sorted({name for name in header if header.count(name) > 1}),
    }
    told = [f"{word} {', '.join(found)}" for word, found in differs.items() if found]
    moved = (
        f"{name} before {other}"
        for name, other in zip(header, names, strict=False)
        if name != other
    )
    return "; ".join(told) or f"another order: {next(moved, '')}"


def typed(path: Path, entry: dict, rows: Mapping[int, Row]) -> pd.DataFrame:
    """The ``rows`` of a file as :meth:`Dataset.load` gives them.

    ``path`` names the file in messages, ``entry`` is its resource in the descriptor.
    """
    columns = {}
    for field in entry["schema"]["fields"]:
        name = field["name"]
        cells = [row[name] for row in rows.values()]
        where = (path, list(rows), name)
        columns[name] = _column(cells, field, where)
        if name in DATES:
            expected = "a date, month, year, or two of them with a slash (ISO 8601)"
            days = [found or (None, None) for found in _read(cells, span, expected, where)]
            for i, end in enumerate(("start", "end")):
                ends = [day[i] for day in days]
                columns[f"{name}_{end}"] = pd.Series(ends, dtype="datetime64[s]")
    table = pd.DataFrame(columns)
    fields = entry["schema"]["fields"]
    table.attrs = {
        "resource": entry["name"],
        "title": entry.get("title", entry["name"]),
        "units": {field["name"]: field["unit"] for field in fields if "unit" in field},
        "sources": sorted({s for cell in table.get("source_ids", ()) for s in split(cell)}),
    }
    return table


def digest(resources: list[dict]) -> str:
    """One hash over those of all resources, whatever their order."""
    lines = sorted(f"{entry['name']} {entry['hash']}\n" for entry in resources)
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"


def near(name: str, known: Iterable[str]) -> str:
    """Which of the ``known`` names resemble ``name``, for a message."""
    known = list(known)
    found = difflib.get_close_matches(name, known, n=4, cutoff=0.5)
    return "did you mean " + ", ".join(found) + "?" if found else f"{len(known)} names are known"


_KINDS: dict[str, tuple[Callable[[str], Any], str, str]] = {
    "number": (float, "a number", "Float64"),
    "integer": (int, "a whole number", "Int64"),
    "boolean": ({"true": True, "false": False}.__getitem__, "true or false", "boolean"),
}
"""Type of the schema → how a cell is read, what a message calls it, the type in a table."""


def _column(cells: list[str], field: dict, where: _Place) -> pd.Series:
    if field.get("type") in _KINDS:
        read, expected, dtype = _KINDS[field["type"]]
        return pd.Series(_read(cells, read, expected, where), dtype=dtype)
    if enum := field.get("constraints", {}).get("enum"):
        word = dict(zip(enum, enum, strict=True)).__getitem__
        texts = _read(cells, word, "one of " + ", ".join(enum), where)
        return pd.Series(pd.Categorical(texts, categories=enum))
    # Strings of their own in pandas 3, objects in pandas 2; none is missing.
    return pd.Series([cell or None for cell in cells], dtype="str")


def _read(cells: list[str], read: Callable[[str], Any], expected: str, where: _Place) -> list:
    """What the cells of a column say; None for an empty one."""
    path, lines, column = where
    found = []
    for line, cell in zip(lines, cells, strict=True):
        try:
            found.append(read(cell) if cell else None)
        except (ValueError, KeyError):
            place = f"{path}: row {line}, column {column}"
            raise DataError(f"{place}: expected {expected}, found {cell!r}") from None
    return found


@cache
def span(period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of an ISO 8601 period: ``2025``, ``2025-03``, ``2025-01/2025-06``.

    Raises ``ValueError`` where the period does not parse or ends before it starts.
    """
    start, _, end = period.partition("/")
    # pandas would also take "2021-Q3", which is no ISO 8601.
    whole = all(re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", part) for part in (start, end or start))
    if not whole or (end and len(end) != len(start)):
        raise ValueError(f"not an ISO 8601 period: {period!r}")
    first, last = pd.Period(start), pd.Period(end or start)
    if last < first:
        raise ValueError(f"{period!r} ends before it starts")
    return first.start_time.normalize(), last.end_time.normalize()


def date_words(period: str | None, month: str = "%B") -> str:
    """An ISO 8601 ``period`` for readers: ``21 January 2025``, ``2024 to 2025``; "" for none.

    With the ``month`` "%b" in few letters: ``21 Jan 2025``.
    """
    if not isinstance(period, str) or not period:
        return ""
    start, _, end = period.partition("/")
    if end:
        return f"{date_words(start, month)} to {date_words(end, month)}"
    day = span(start)[0]
    return " ".join([str(day.day), f"{day:{month}}", str(day.year)][2 - start.count("-") :])


def days_since_1970(day: str) -> int:
    """Days from 1 January 1970 to an ISO day (the first of a period), for differences of days.

    Raises ``ValueError`` where ``day`` does not parse.
    """
    return (span(day)[0] - pd.Timestamp(0)).days


def split(source_ids: str | None) -> list[str]:
    """The ids in a ``source_ids`` cell: ``"a;b"`` → ``["a", "b"]``."""
    return [part for part in source_ids.split(";") if part] if isinstance(source_ids, str) else []
