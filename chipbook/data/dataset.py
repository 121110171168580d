"""The tables and the numbers of one state of the data: as published, or as they would be if."""

from __future__ import annotations

import re
from collections import UserDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import pandas as pd

from chipbook.data import braces, refs, store
from chipbook.data.facts import Facts, number
from chipbook.data.quantity import Quantity
from chipbook.data.store import DataError, Missing, Row, near, split
from chipbook.data.words import DATES, STATUSES, STRENGTHS

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

# A report is counted once: the strongest of its pages stands for the others, which repeat it.
_ONE_PAGE = "press_reports"


def _once(
    method: Callable[Concatenate[Dataset, Arguments], Result],
) -> Callable[Concatenate[Dataset, Arguments], Result]:
    """Keep what a method gives, in its dataset."""

    @wraps(method)
    def wrapped(self: Dataset, *args: Arguments.args, **named: Arguments.kwargs) -> Result:
        return self.keep((method.__name__, *args), lambda: method(self, *args, **named))

    return wrapped


class _AsAsked(UserDict[str, Row]):
    """Rows by id, each made when it is asked for: what a row refers to is opened for it alone."""

    def __init__(self, rows: Mapping[str, Row], make: Callable[[Row], Row]) -> None:
        self.data, self._make = dict(rows), make
        self._made: dict[str, Row] = {}

    def __getitem__(self, key: str) -> Row:
        if key not in self._made:
            self._made[key] = self._make(self.data[key])
        return self._made[key]


class Dataset:
    """The data package of a folder, read as it is asked for, with its numbers in ``facts``.

    :meth:`without` and :meth:`with_cells` give other datasets; none ever changes, so whatever was
    read or computed is kept. ``folder`` is that of the package (the book's own where none is
    given); ``rows`` takes the place of files: table → line number → row.
    """

    def __init__(
        self, folder: Path | None = None, rows: Mapping[str, Mapping[int, Row]] | None = None
    ) -> None:
        self.folder = folder or store.data_dir()
        self._given = rows or {}
        self._kept: dict[tuple, Any] = {}
        self.facts = Facts(self)

    @_once
    def package(self) -> dict:
        """The descriptor, ``datapackage.json``, as it is."""
        return store.read_package(self.folder)

    @cached_property
    def _resources(self) -> dict[str, dict]:
        return {entry["name"]: entry for entry in self.package()["resources"]}

    @property
    def names(self) -> Iterable[str]:
        """The names of the tables, in the order of the package."""
        return self._resources.keys()

    def resource(self, name: str) -> dict:
        """The descriptor of table ``name``; ``KeyError`` with the near ones for a wrong name."""
        if name not in self._resources:
            raise KeyError(f"no resource {name!r}: {near(name, self._resources)}")
        return self._resources[name]

    # --- Tables

    @_once
    def _written(self, name: str) -> Mapping[int, Row]:
        """The rows of a table by line number, as they stand in its file."""
        if name in self._given:
            return self._given[name]
        entry = self.resource(name)
        return store.read_rows(self.folder / entry["path"], entry)

    @_once
    def as_written(self, name: str) -> Mapping[str, Row]:
        """What rows refer to in table ``name``: its rows by id, as they stand in its file.

        Those of ``derived`` have the cell ``value`` alone, the number as it is printed: in percent
        where it is one, else in base units.
        """
        rows = _by_id(self._written(name))
        if name != "derived":
            return rows
        return _AsAsked(rows, lambda row: {"value": f"{self.facts[row['id']].rounded:.12g}"})

    @_once
    def raw(self, name: str) -> Mapping[str, Row]:
        """The rows of table ``name`` by id, the keys of their texts in braces; read-only.

        Each has the figures that it refers to.
        """

        def resolved(row: Row) -> Row:
            try:
                return refs.resolved(row, self.as_written)
            except KeyError as error:
                wrong = f"{row['id']} refers to {error}, which is none"
                raise DataError(f"{name}.csv: {wrong}") from None

        rows = self._written(name)
        return _AsAsked(_by_id(rows), resolved) if _refer(rows) else _by_id(rows)

    @_once
    def rows(self, name: str) -> Mapping[str, Row]:
        """The rows of table ``name`` as text, by id; read-only. An empty cell is an empty text."""
        return _AsAsked(self.raw(name), lambda row: braces.worded(name, row, self.raw))

    @_once
    def _worded(self, name: str) -> Mapping[int, Row]:
        """The same by line number of the file."""
        rows = self.rows(name)
        return {line: rows[row["id"]] for line, row in self._written(name).items()}

    @_once
    def table(self, name: str) -> pd.DataFrame:
        """What :meth:`load` gives for ``name``, itself and not a copy: read-only."""
        entry = self.resource(name)
        return store.typed(self.folder / entry["path"], entry, self._worded(name))

    def load(self, name: str) -> pd.DataFrame:
        """Table ``name`` of the data package, typed by its schema, one row per row of the file.

        Texts have their numbers in words, where the file has keys in braces (``{ft25-total}``).
        Numbers become ``Float64`` or ``Int64`` (nullable), columns with an enumeration become
        categoricals in the order of the schema. A column ``period`` or a date of any precision
        ("2025", "2025-03", "2025-01/2025-06") stays text and gains ``<column>_start`` and
        ``<column>_end``, its first and last day. ``.attrs`` holds ``resource``, ``title``,
        ``units`` (column → unit, where the schema states one) and ``sources`` (ids used by the
        rows).

        Raises ``KeyError`` with the near names for an unknown resource, and ``DataError`` naming
        file, row, column and what was expected for a value that does not fit.
        """
        return self.table(name).copy()

    def sources(self) -> pd.DataFrame:
        """Every page that the book rests on, indexed by id."""
        return self.load("sources").set_index("id")

    def row_cells(self, key: str) -> list[float | str | None]:
        """Value, unit, qualifier, low and high of a row; None for an empty cell.

        ``key`` is that of a fact or ``table/row``. Raises ``KeyError`` for any other. A row that
        refers to another has the cells of the row that holds its figure.
        """
        table, _, name = key.rpartition("/")
        row = self.rows(table or "facts")[name]
        value, low, high = (number(row.get(column)) for column in ("value", "low", "high"))
        return [value, row.get("unit") or None, row.get("qualifier") or None, low, high]

    # --- What formulas are worked out from

    def cell(self, table: str, row: str, column: str) -> Quantity:
        """The cell of ``table`` in ``row`` and ``column`` as a number, with the sources of the row.

        ``value`` is the figure of the row; another ``column`` has the unit of the schema; a date is
        the days since 1970. Raises ``Missing`` for an empty cell.
        """
        if column == "value":
            return self.facts[row if table == "facts" else f"{table}/{row}"]
        cells = self.rows(table)[row]
        if not cells[column]:
            raise Missing(f"{table} has no {column} for {row}")
        fields = {field["name"]: field for field in self.resource(table)["schema"]["fields"]}
        date = column in DATES
        return Quantity.of(
            store.days_since_1970(cells[column]) if date else float(cells[column]),
            "days" if date else fields[column].get("unit", "ratio"),
            status=cells.get("status") or "reported",
            sources=self._pages(table, cells),
        )

    def tally(self, table: str, rows: Iterable[str]) -> Quantity:
        """How many ``rows`` these are, in the unit of the table and with the pages they rest on.

        Raises ``KeyError`` for a table whose resource says no ``unit`` of its rows.
        """
        counted = [self.rows(table)[row] for row in rows]
        pages = dict.fromkeys(page for cells in counted for page in self._pages(table, cells))
        footings = (cells.get("status") or "reported" for cells in counted)
        weakest = max(footings, key=STATUSES.index, default="reported")
        count = Quantity.of(len(counted), self.resource(table)["unit"], sources=tuple(pages))
        return replace(count, rests_on=weakest)

    def _pages(self, table: str, cells: Row) -> tuple[str, ...]:
        if table == "sources":
            return (cells["id"],)
        if "source_ids" not in cells and "report_id" in cells:
            return self._pages(_ONE_PAGE, self.rows(_ONE_PAGE)[cells["report_id"]])
        pages = split(cells.get("source_ids"))
        return (self.strongest(pages),) if table == _ONE_PAGE else tuple(pages)

    def strongest(self, pages: list[str]) -> str:
        """Which of the ``pages`` is nearest to the event, the first among equals."""
        known = self.rows("sources")
        return min(pages, key=lambda page: STRENGTHS.index(known[page]["strength"]))

    # --- Other datasets

    def without(self, *sources: str, rows: Iterable[str] = ()) -> Dataset:
        """The data without some pages and ``rows`` (``table/row``), and what falls with them.

        What falls is told by :meth:`fallen`. An assumption is drawn from the ends that are left.
        """
        fallen = self.fallen(*sources, rows=rows)
        # In words, because a row that a text names may fall.
        left = self._with({name: self._left(name, set(sources), fallen) for name in self.names})
        written = self._written("assumptions")
        drawn = {
            line: again
            for line, row in left._written("assumptions").items()
            if (again := refs.redrawn(written[line], row, left._stands))
        }
        return left._with({"assumptions": drawn})

    def _left(self, name: str, gone: set[str], fallen: set[str]) -> Mapping[int, Row]:
        """The rows of a table by line number that do not fall, without what falls of them."""
        rows = self._worded(name)
        left = {line: row for line, row in rows.items() if f"{name}/{row['id']}" not in fallen}
        # An assumption does not outlive a row that it refers to: it is made of such.
        refer = name != "assumptions" and _refer(rows)
        cells = [key.split("/")[1:] for key in fallen if re.match(f"{name}/.*/", key)]
        for line, row in left.items():
            # Another row that a page carries outlives the one that holds its figure.
            whole = refs.cut(row) if refer and not fallen.isdisjoint(refs.holders(row)) else row
            lost = {column: "" for key, column in cells if key == row["id"]}
            if _names_any(row, gone):
                pages = (page for page in split(row["source_ids"]) if page not in gone)
                lost["source_ids"] = ";".join(pages)
            left[line] = {**whole, **lost} if lost else whole
        return left

    def _with(self, tables: Mapping[str, Mapping[int, Row]]) -> Dataset:
        """The data with other ``tables``, whole; what is the same is not read again."""
        whole = {name: self._worded(name) for name in self.names}
        changed = {name: rows for name, rows in tables.items() if rows != whole[name]}
        other = Dataset(self.folder, whole | changed)
        same = {
            call: found
            for call, found in self._kept.items()
            if call[0] in ("rows", "table") and call[1] not in changed
        }
        held = {("raw", name): _by_id(rows) for name, rows in (whole | changed).items()}
        other._kept = {("package",): self.package(), **same, **held}
        return other

    def _stands(self, reference: str) -> bool:
        """Whether what a row takes from elsewhere is there, or can be computed."""
        table, row, column = refs.place(reference)
        if table != "derived":
            found = self.rows(table).get(row, {})
            return bool(found.get("id") if column == "value" else found.get(column))
        try:
            return bool(self.facts[row])
        except store.CANNOT_BE_MADE:
            return False

    def fallen(self, *sources: str, rows: Iterable[str] = ()) -> set[str]:
        """What nothing carries without these pages and rows: ``table/row``, or with ``/column``.

        A row falls with its last page, and with the row that it is about; a statement of the
        article falls with the article, too. Where ``support`` says which pages carry a figure, it
        falls with the last of these.
        """
        gone, fallen = set(sources), {*rows, *(f"sources/{source}" for source in sources)}
        for name in self.names:
            for row in self.rows(name).values():
                if _names_any(row, gone) and _falls(name, row, split(row["source_ids"]), gone):
                    # A row of support is about a cell, or about the row where that is the figure.
                    what = "{resource}/{row_id}/{column}" if name == "support" else name + "/{id}"
                    fallen.add(what.format_map(row).removesuffix("/value"))
        return fallen | {row for name in self.names for row in self._about(name, fallen)}

    def _about(self, name: str, fallen: set[str]) -> Iterator[str]:
        """Rows of a table that are about a fallen one: they cannot be without its key."""
        schema = self.resource(name)["schema"]
        needed = {f["name"] for f in schema["fields"] if f.get("constraints", {}).get("required")}
        for key in schema.get("foreignKeys", ()):
            (column,), other = key["fields"], key["reference"]["resource"]
            if column in needed:
                for row in self.rows(name).values():
                    if f"{other}/{row[column]}" in fallen:
                        yield f"{name}/{row['id']}"

    def with_cells(self, table: str, cells: Mapping[str, Row]) -> Dataset:
        """The data with other cells in ``table``: ``cells`` maps ids of rows to column → text."""
        written = self._written(table)
        rows = {line: {**row, **cells.get(row["id"], {})} for line, row in written.items()}
        return Dataset(self.folder, {**self._given, table: rows})

    def keep(self, call: tuple, make: Callable[[], Any]) -> Any:
        """What ``make`` gave when it was first asked for under ``call``; see :func:`kept`."""
        if call not in self._kept:
            self._kept[call] = make()
        return self._kept[call]


def _by_id(rows: Mapping[int, Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows.values()}


def _falls(name: str, row: Row, pages: list[str], gone: set[str]) -> bool:
    """Whether a row of table ``name`` has lost the pages that it needs."""
    if name == "article_statements":
        # It needs the article, and a page to compare it with.
        return pages[0] in gone or (len(pages) > 1 and gone.issuperset(pages[1:]))
    # What we assume ourselves needs no page: see refs.redrawn.
    ours = name == "assumptions" and row["status"] == "computed"
    return gone.issuperset(pages) and not ours


def _refer(rows: Mapping[int, Row]) -> bool:
    """Whether rows of this table may take a figure, or a cell, from elsewhere."""
    columns = next(iter(rows.values()), {})
    return any(column == "row" or column.endswith("_row") for column in columns)


def _names_any(row: Row, pages: set[str]) -> bool:
    # Ids hold one another, but text is quicker to look through than to split.
    named = row.get("source_ids", "")
    return any(page in named for page in pages) and not pages.isdisjoint(split(named))


BOOK = Dataset()
"""The data as published: ``chipbook.load``, ``chipbook.facts`` and ``chipbook.sources`` are its."""


def kept(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Keep what a function of a dataset gives, in that dataset: it goes when the dataset goes.

    ``function`` takes the dataset as the keyword ``data``. Its result is shared, so read-only.
    """

    @wraps(function)
    def wrapped(*args: Arguments.args, **named: Arguments.kwargs) -> Result:
        data = cast(Dataset, named.setdefault("data", BOOK))
        return data.keep((function, *args), lambda: function(*args, **named))

    return wrapped
