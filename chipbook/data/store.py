"""Read the data package: typed tables, the facts, the sources.

``datapackage.json`` is the only schema. Nothing here knows a column by name except the evidence
columns that every figure has.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from chipbook.data.quantity import Quantity

_HERE = Path(__file__).resolve().parent


class DataError(ValueError):
    """A data file does not hold what the schema promises."""


def data_dir() -> Path:
    """The folder with datapackage.json: inside an installed wheel, else beside the checkout."""
    inside, beside = _HERE.parent / "_data", _HERE.parents[1] / "data"
    for folder in (inside, beside):
        if (folder / "datapackage.json").is_file():
            return folder
    raise DataError(f"no datapackage.json in {inside} or {beside}: is the installation complete?")


@cache
def package() -> dict:
    """The descriptor, ``datapackage.json``, as it is."""
    path = data_dir() / "datapackage.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        where = f"{path}: line {error.lineno}, column {error.colno}"
        raise DataError(f"{where}: expected JSON, {error.msg}") from None


def digest(resources: list[dict]) -> str:
    """One hash over those of all resources, whatever their order."""
    lines = sorted(f"{entry['name']} {entry['hash']}\n" for entry in resources)
    return f"sha256:{hashlib.sha256(''.join(lines).encode()).hexdigest()}"


def resource(name: str) -> dict:
    """The descriptor of one resource. A wrong name raises ``KeyError`` and lists the near ones."""
    resources = {entry["name"]: entry for entry in package()["resources"]}
    if name not in resources:
        raise KeyError(f"no resource {name!r}: {near(name, resources)}")
    return resources[name]


def near(name: str, known: Mapping[str, object] | set[str]) -> str:
    """Which of the ``known`` names resemble ``name``, for a message."""
    near = difflib.get_close_matches(name, list(known), n=4, cutoff=0.5)
    return "did you mean " + ", ".join(near) + "?" if near else f"{len(known)} names are known"


def load(name: str) -> pd.DataFrame:
    """One table of the data package, typed by its schema, one row per row of the file.

    Texts have their numbers in words, where the file has keys in braces (``{ft25-total}``).
    Numbers become ``Float64`` or ``Int64`` (nullable), columns with an enumeration become
    categoricals in the order of the schema. A column ``period`` or a date of any precision
    ("2025", "2025-03", "2025-01/2025-06") stays text and gains ``<column>_start`` and
    ``<column>_end``, its first and last day. ``.attrs`` holds ``resource``, ``title``, ``units``
    (column → unit, where the schema states one) and ``sources`` (ids used by the rows).

    Raises ``KeyError`` with the near names for an unknown resource, and :class:`DataError` naming
    file, row, column and what was expected for a value that does not fit.
    """
    return _worded(name).copy()


def raw(name: str) -> pd.DataFrame:
    """The table as :func:`load` gives it, with the keys of its texts left in braces."""
    return _table(name).copy()


@cache
def _worded(name: str) -> pd.DataFrame:
    # Not at the top: what is in braces stands in tables.
    from chipbook.data.braces import worded

    return worded(_table(name), _rows_of_file, quantity_of)


@cache
def _table(name: str) -> pd.DataFrame:
    entry = resource(name)
    path = data_dir() / entry["path"]
    fields = entry["schema"]["fields"]
    names = [field["name"] for field in fields]
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header != names:
            raise DataError(f"{path}: row 1: expected the columns {names}, found {header}")
        rows, lines = [], []
        for row in reader:
            if len(row) != len(names):
                raise DataError(
                    f"{path}: row {reader.line_num}: expected {len(names)} cells, found {len(row)}"
                )
            rows.append(row)
            lines.append(reader.line_num)
    columns = {}
    for position, field in enumerate(fields):
        cells = [row[position] for row in rows]
        where = (path, lines, field["name"])
        columns[field["name"]] = _column(cells, field, where)
        if field["name"] in _DATES:
            spans = [_span(cell, where, i) for i, cell in enumerate(cells)]
            columns[f"{field['name']}_start"] = pd.Series(
                [s for s, _ in spans], dtype="datetime64[s]"
            )
            columns[f"{field['name']}_end"] = pd.Series(
                [e for _, e in spans], dtype="datetime64[s]"
            )
    table = pd.DataFrame(columns)
    table.attrs = {
        "resource": name,
        "title": entry.get("title", name),
        "units": {field["name"]: field["unit"] for field in fields if "unit" in field},
        "sources": sorted({s for cell in table.get("source_ids", ()) for s in split(cell)}),
    }
    return table


_DATES = (
    "period",
    "published",
    "date",
    "response_date",
    "later_evidence_date",
    "reviewed",
    "review_by",
    "allowed_from",
    "allowed_until",
)


def _column(cells: list[str], field: dict, where: tuple) -> pd.Series:
    kind, rules = field.get("type", "string"), field.get("constraints", {})
    if kind in ("number", "integer"):
        convert, word = (float, "a number") if kind == "number" else (int, "a whole number")
        values = [
            None if cell == "" else _checked(convert, cell, word, where, i)
            for i, cell in enumerate(cells)
        ]
        return pd.Series(values, dtype="Float64" if kind == "number" else "Int64")
    if kind == "boolean":
        words = {"true": True, "false": False, "": None}
        values = [
            _checked(words.__getitem__, c, "true or false", where, i) for i, c in enumerate(cells)
        ]
        return pd.Series(values, dtype="boolean")
    values = [cell or None for cell in cells]
    if enum := rules.get("enum"):
        for i, value in enumerate(values):
            if value is not None and value not in enum:
                raise _error(where, i, "one of " + ", ".join(enum), value)
        return pd.Series(pd.Categorical(values, categories=enum))
    return pd.Series(values, dtype="str")


def _checked(convert, cell: str, expected: str, where: tuple, i: int):
    try:
        return convert(cell)
    except (ValueError, KeyError):
        raise _error(where, i, expected, cell) from None


def _error(where: tuple, i: int, expected: str, found: str) -> DataError:
    path, lines, column = where
    return DataError(
        f"{path}: row {lines[i]}, column {column}: expected {expected}, found {found!r}"
    )


def _span(cell: str, where: tuple, i: int) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
    if not cell:
        return None, None
    try:
        first, last = span(cell)
    except ValueError:
        expected = "a date, month, year, or two of them with a slash (ISO 8601)"
        raise _error(where, i, expected, cell) from None
    return first, last


def span(period: str) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of an ISO 8601 period: ``2025``, ``2025-03``, ``2025-01/2025-06``.

    Raises ``ValueError`` where the period does not parse or ends before it starts.
    """
    start, _, end = period.partition("/")
    freq = {4: "Y", 7: "M", 10: "D"}
    # pandas would also take "2021-Q3", which is no ISO 8601.
    whole = all(re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", part) for part in (start, end or start))
    if not whole or (end and len(end) != len(start)):
        raise ValueError(f"not an ISO 8601 period: {period!r}")
    first = pd.Period(start, freq=freq[len(start)])
    last = pd.Period(end or start, freq=freq[len(start)])
    if last < first:
        raise ValueError(f"{period!r} ends before it starts")
    return first.start_time.normalize(), last.end_time.normalize()


def split(source_ids: str | None) -> list[str]:
    """The ids in a ``source_ids`` cell: ``"a;b"`` → ``["a", "b"]``."""
    return [part for part in source_ids.split(";") if part] if isinstance(source_ids, str) else []


def sources() -> pd.DataFrame:
    """Every page that the book rests on, indexed by id."""
    return load("sources").set_index("id")


@dataclass(frozen=True)
class Fact:
    """One row of facts.csv, or one derived number, with its quantity.

    ``reports`` are the rows of press_reports that the figure comes from, which hold the answers;
    ``answered`` are those among them whose answer is about this figure, not another part of the
    report. ``period`` and the dates of review are ISO 8601; ``table`` is empty for what we
    compute, and ``module`` is the file of its function.
    """

    id: str
    entity: str
    metric: str
    basis: str
    period: str
    attributed_to: str
    note: str
    quantity: Quantity
    reviewed: str = ""
    review_by: str = ""
    reports: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    table: str = ""
    module: str = ""


class Facts(Mapping[str, Quantity]):
    """Facts and derived numbers by id: ``facts["ft25-total"]`` is a :class:`Quantity`.

    A row of any other table that is a figure can be had as ``facts["peer_capex/meta-fy2025"]``.
    Iteration gives the facts and the derived numbers.
    """

    def __getitem__(self, key: str) -> Quantity:
        return self.fact(key).quantity

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows() | self._derived())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: object) -> bool:
        table, _, row = str(key).partition("/")
        if row:
            names = {entry["name"] for entry in package()["resources"]}
            return table in names and row in _rows_of(table) and "value" in _table(table)
        return key in self._rows() or key in self._derived()

    def frame(self, keys: Mapping[str, str] | list[str], unit: str | None = None) -> pd.DataFrame:
        """Some facts as a table, one row each.

        ``keys`` is a list of ids, or a mapping from the label a reader sees to the id. Columns:
        ``label``, ``id``, ``entity``, ``metric``, ``text`` (the number in words), ``status``,
        ``period``, ``source_ids``; with a ``unit`` also ``value``, ``low`` and ``high``, floats in
        that unit (an open bound or a missing point is missing). Raises ``UnitError`` for a fact
        that is not in ``unit``.
        """
        named = keys if isinstance(keys, Mapping) else {key: key for key in keys}
        rows = []
        for label, key in named.items():
            fact = self.fact(key)
            row = {
                "label": label,
                "id": key,
                "entity": fact.entity,
                "metric": fact.metric,
                "text": str(fact.quantity),
                "status": fact.quantity.status,
                "period": fact.period,
                "source_ids": ";".join(fact.quantity.sources),
            }
            if unit is not None:
                row |= _in_unit(fact.quantity, unit)
            rows.append(row)
        return pd.DataFrame(rows)

    def near(self, key: str) -> str:
        """A sentence with the ids that resemble ``key``."""
        table, _, row = key.partition("/")
        if row and table in {entry["name"] for entry in package()["resources"]}:
            return near(row, _rows_of(table))
        return near(key, self._rows() | self._derived())

    def fact(self, key: str) -> Fact:
        """The fact with its evidence. A wrong id raises ``KeyError`` and lists the near ones."""
        if key in self._derived():
            return self._derived()[key].fact()
        if key in self._rows():
            return _fact(self._rows()[key], "facts", key)
        if key in self:
            table, _, row = key.partition("/")
            return _fact(_rows_of(table)[row], table, key)
        raise KeyError(f"no fact {key!r}: {self.near(key)}")

    @staticmethod
    def _rows() -> dict[str, dict]:
        return _rows_of("facts")

    @staticmethod
    def _derived() -> dict:
        # Not at the top: what is derived is derived from facts.
        from chipbook import topics  # noqa: F401
        from chipbook.data import derived

        return derived.REGISTRY


def _in_unit(quantity: Quantity, unit: str) -> dict[str, float]:
    low, high = (b if math.isfinite(b) else math.nan for b in quantity.range(unit))
    value = math.nan if quantity.value is None else quantity.to(unit)
    return {"value": value, "low": low, "high": high}


# Columns that say what a row is about, and what of it is measured; each table has some of them.
_ABOUT = ("entity", "company", "vendor", "buyer", "app", "chip", "outlet", "segment", "market")
_MEASURED = (
    "metric",
    "product",
    "stage",
    "measure",
    "scope",
    "series",
    "denominator",
    "definition",
)


def _fact(row: dict, table: str, key: str) -> Fact:
    try:
        quantity = quantity_of(row, name=key)
    except ValueError as error:
        raise DataError(f"{table}.csv: {error}") from None
    text = {name: cell if isinstance(cell, str) else "" for name, cell in row.items()}
    about = [text[name] for name in _ABOUT if text.get(name)]
    measured = [text[name] for name in _MEASURED if text.get(name)]
    reports = (text["report_id"],) if text.get("report_id") else ()
    return Fact(
        id=key,
        entity=about[0] if about else resource(table)["title"],
        metric=", ".join(measured + about[1:]) or resource(table)["title"],
        basis=text.get("basis") or resource(table)["title"].lower(),
        period=text.get("period") or text.get("date", ""),
        attributed_to=text.get("attributed_to") or text.get("data_provider", ""),
        note=text.get("note", ""),
        quantity=quantity,
        reviewed=text.get("reviewed", ""),
        review_by=text.get("review_by", ""),
        reports=reports,
        answered=reports if text.get("reply_scope") == "this figure" else (),
        table=table,
    )


def quantity_of(row: Mapping, name: str = "") -> Quantity:
    """The quantity in a row that has the evidence columns (value, unit, qualifier, low, high …)."""

    def number(column: str) -> float | None:
        cell = row.get(column)
        return None if cell is None or pd.isna(cell) else float(cell)

    return Quantity.of(
        number("value"),
        row["unit"],
        row["qualifier"] if isinstance(row.get("qualifier"), str) else "exact",
        low=number("low"),
        high=number("high"),
        status=row["status"],
        sources=tuple(split(row["source_ids"])),
        name=name or row["id"],
    )


def row_cells(key: str) -> list[float | str | None]:
    """Value, unit, qualifier, low and high of a row as its file has them; None for an empty cell.

    ``key`` is that of a fact or ``table/row``. Raises ``KeyError`` for any other.
    """
    table, _, name = key.rpartition("/")
    row = _rows_of(table or "facts")[name]
    cells = [row.get(column) for column in ("value", "unit", "qualifier", "low", "high")]
    return [None if pd.isna(cell) else cell for cell in cells]


@cache
def _rows_of(name: str) -> dict[str, dict]:
    return {row["id"]: row for row in _worded(name).to_dict("records")}


@cache
def _rows_of_file(name: str) -> dict[str, dict]:
    return {row["id"]: row for row in _table(name).to_dict("records")}


facts = Facts()
