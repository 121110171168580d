"""Rules for rows that refer to the one that holds their figure: see :mod:`chipbook.data.refs`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chipbook.check.schema import Problem, Row, Table, Tables, every_row
from chipbook.data import Dataset, split
from chipbook.data.quantity import parse_unit
from chipbook.data.refs import FIGURE, OWN, borrowed, place, resolved


def as_dataset(tables: Tables) -> Dataset:
    """The ``tables`` with their numbers."""
    return Dataset(rows={name: dict(enumerate(t.rows.values())) for name, t in tables.items()})


def resolved_tables(tables: Tables) -> dict[str, Table]:
    """The ``tables`` with the figures filled in that their rows refer to."""
    data = as_dataset(tables)

    def whole(row: Row) -> Row:
        try:
            return row.holding(resolved(row, data.as_written))
        # The derived number that it refers to cannot be made; another rule says why.
        except (LookupError, ArithmeticError, ValueError):
            return row

    return {
        name: replace(table, rows={key: whole(row) for key, row in table.rows.items()})
        for name, table in tables.items()
    }


def references_lead_to_figures(tables: Tables) -> Iterator[Problem]:
    """A row has a figure of its own or names the row that holds it: never both, and not in turn."""
    for row in every_row(tables):
        if row.get("row"):
            yield from _whole_figure(row, tables)
        for column, reference in borrowed(row):
            yield from _lost(row, f"{column}_row", (place(reference)[2],), tables)
            if row[column]:
                yield row.problem(column, f"nothing, because {reference} holds it")
        if row.get("spread") and (row["low"] or row["high"]):
            yield row.problem("spread", "a spread, or ends of a range, not both")


def _whole_figure(row: Row, tables: Tables) -> Iterator[Problem]:
    reference = row["row"]
    yield from _lost(row, "row", ("value", "low", "high"), tables)
    held = held_by(reference, tables)
    for column in FIGURE:
        if column != OWN and column in held and row.get(column):
            yield row.problem(column, f"nothing, because {reference} holds the figure")


def held_by(reference: str, tables: Tables) -> Mapping[str, str]:
    """The cells of the row that ``reference`` leads to in ``tables``; none where it leads nowhere.

    ``reference`` is ``table/row``, with or without a column.
    """
    name, key, _ = place(reference)
    return tables[name].rows.get(key, {}) if name in tables else {}


def _lost(row: Row, column: str, held: tuple[str, ...], tables: Tables) -> Iterator[Problem]:
    """The fault of a reference to a row without a number of its own in one of ``held``."""
    found = held_by(row[column], tables)
    computed = found and place(row[column])[0] == "derived"
    if not computed and not any(found.get(cell) for cell in held):
        yield row.problem(column, "a row that holds the figure itself, as table/row")


def numbers_stand_once(tables: Tables) -> Iterator[Problem]:
    """No two tables have the same number, of one time and from one page, each for itself."""
    seen: dict[tuple, list[Row]] = defaultdict(list)
    for row in every_row(tables):
        number = _number(row)
        said = [(number, page) for page in split(row["source_ids"])] if number else []
        alike = [other for each in said for other in seen[each] if other.table != row.table]
        twins = [f"{other.table}/{other['id']}" for other in alike if _one_time(row, other)]
        for twin in dict.fromkeys(twins):
            yield row.problem("value", f"a reference, because {twin} has the same figure")
        for each in said:
            seen[each].append(row)


def _number(row: Row) -> tuple | None:
    """The figure of a row in base units: dimensions and point, or ends where it has no point."""
    if not row.get("unit"):
        return None
    scale, dims = parse_unit(row["unit"])
    value, *ends = map(row.number, ("value", "low", "high"))
    known = ends if value is None else [value]
    rounded = [None if number is None else round(number * scale, 9) for number in known]
    return None if rounded == [None, None] else (dims, *rounded)


def _one_time(row: Row, other: Row) -> bool:
    """Whether two rows are of one time, as far as both say; an assumption says none."""
    return len({each.get("period") or each.get("date", "") for each in (row, other)} - {""}) < 2
