"""Rules for rows that refer to the one that holds their figure: see :mod:`chipbook.data.refs`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from chipbook.check.schema import Problem, Table
from chipbook.data import Dataset, split
from chipbook.data.quantity import parse_unit
from chipbook.data.refs import FIGURE, OWN, borrowed, place, resolved

# Cells that a row of the table needs, its own or those of the row that holds its figure.
NEEDED = {
    "facts": ("unit", "qualifier", "period", "status", "source_ids"),
    "doubao_timeline": ("status", "source_ids"),
    "chatgpt_users": ("value", "unit", "qualifier", "period", "status", "source_ids"),
    "vendor_shares": ("unit", "qualifier", "period", "status", "source_ids"),
    "assumptions": ("unit", "qualifier", "status", "source_ids"),
    "doubao_shares": ("numerator_value", "denominator_value"),
}


def resolved_tables(tables: dict[str, Table]) -> dict[str, Table]:
    """The ``tables`` with the figures filled in that their rows refer to."""
    data = Dataset(rows={name: dict(enumerate(t.rows.values())) for name, t in tables.items()})

    def whole(row: dict[str, str]) -> dict[str, str]:
        try:
            return resolved(row, data.as_written)
        # The derived number that it refers to cannot be made; another rule says why.
        except (LookupError, ArithmeticError, ValueError):
            return row

    return {
        name: replace(table, rows={key: whole(row) for key, row in table.rows.items()})
        for name, table in tables.items()
    }


def references_lead_to_figures(tables: dict[str, Table]) -> Iterator[Problem]:
    """A row has a figure of its own or names the row that holds it: never both, and not in turn."""
    for table in tables.values():
        for key, row in table.rows.items():
            if row.get("row"):
                yield from _whole_figure(table, key, tables)
            for column, reference in borrowed(row):
                yield from _lost(table, key, f"{column}_row", (place(reference)[2],), tables)
                if row[column]:
                    yield table.problem(key, column, f"nothing, because {reference} holds it")
            if row.get("spread") and (row["low"] or row["high"]):
                yield table.problem(key, "spread", "a spread, or ends of a range, not both")


def _whole_figure(table: Table, key: str, tables: dict[str, Table]) -> Iterator[Problem]:
    reference = table.rows[key]["row"]
    name, row, _ = place(reference)
    held = tables[name].rows.get(row, ()) if name in tables else ()
    yield from _lost(table, key, "row", ("value", "low", "high"), tables)
    for column in FIGURE:
        if column != OWN and column in held and table.rows[key].get(column):
            yield table.problem(key, column, f"nothing, because {reference} holds the figure")


def _lost(
    table: Table, key: str, column: str, held: tuple[str, ...], tables: dict[str, Table]
) -> Iterator[Problem]:
    """The fault of a reference to a row without a number of its own in one of ``held``."""
    name, row, _ = place(table.rows[key][column])
    found = tables[name].rows.get(row, {}) if name in tables else {}
    if not any(found.get(cell) for cell in held) and not (found and name == "derived"):
        yield table.problem(key, column, "a row that holds the figure itself, as table/row")


def figures_are_whole(tables: dict[str, Table]) -> Iterator[Problem]:
    """What the schema cannot ask for: cells that are filled here or in the row referred to."""
    for name, columns in NEEDED.items():
        table = tables[name]
        for key, row in table.rows.items():
            for column in columns:
                if not row[column]:
                    yield table.problem(key, column, "a value, or a reference to its row")


def figures_are_known(tables: dict[str, Table]) -> Iterator[Problem]:
    """A cell ``figure`` is the key of a number: of a fact, of a derived one, or table/row."""
    single = tables["facts"].rows | tables["derived"].rows
    for table in tables.values():
        for key, row in table.rows.items():
            name, _, held = row.get("figure", "").rpartition("/")
            if held and held not in (tables[name].rows if name in tables else single):
                yield table.problem(key, "figure", "the key of a figure, a fact or table/row")


def numbers_stand_once(tables: dict[str, Table]) -> Iterator[Problem]:
    """No two tables have the same number, of one time and from one page, each for itself."""
    seen: dict[tuple, list[tuple[Table, str]]] = defaultdict(list)
    for table in tables.values():
        for key, row in table.rows.items():
            if (number := _number(table, key)) is None:
                continue
            lists = [(*number, page) for page in split(row["source_ids"])]
            twins = {
                f"{other.name}/{twin}": None
                for each in lists
                for other, twin in seen[each]
                if other is not table and _one_time(row, other.rows[twin])
            }
            for twin in twins:
                expected = f"a reference, because {twin} has the same figure"
                yield table.problem(key, "value", expected)
            for each in lists:
                seen[each].append((table, key))


def _number(table: Table, key: str) -> tuple | None:
    """The figure of a row in base units: dimensions and point, or ends where it has no point."""
    if not table.rows[key].get("unit"):
        return None
    scale, dims = parse_unit(table.rows[key]["unit"])
    value, *ends = (table.number(key, column) for column in ("value", "low", "high"))
    known = ends if value is None else [value]
    rounded = [None if number is None else round(number * scale, 9) for number in known]
    return None if rounded == [None, None] else (dims, *rounded)


def _one_time(row: dict[str, str], other: dict[str, str]) -> bool:
    """Whether two rows are of one time, as far as both say; an assumption says none."""
    return len({each.get("period") or each.get("date", "") for each in (row, other)} - {""}) < 2


OF_FILES = (references_lead_to_figures, numbers_stand_once)
"""Rules for the cells as they stand in the files; all others see whole rows."""
