"""One row holds a figure, and the rows that speak of it refer to that row.

A cell ``row`` names the row that holds the whole figure (``budget_reports/br-2025-01-ft-total``).
A cell ``<column>_row`` names where ``column`` takes its number from: the value of a row, or one
of its columns (``chip_specs/h20/tdp_w``). With a ``spread`` the ends of a range lie that far from
the value. Such cells are empty in the file and filled here, so that readers see whole rows.
"""

from collections.abc import Callable, Iterator, Mapping

from chipbook.data.words import LOWER, UPPER

Row = Mapping[str, str]
"""A row of a file as it stands there: column → text, empty where the cell is."""

_NUMBER = ("value", "unit", "qualifier", "low", "high", "period", "status")
FIGURE = (*_NUMBER, "quoted", "translation", "report_id", "reply_scope", "source_ids")
"""The columns that a row takes from the one that holds its figure, as far as both have them."""

OWN = "source_ids"
"""The one of them that may be filled all the same: a row that rests on other pages names them."""


def place(key: str) -> tuple[str, str, str]:
    """Table, row and column that ``key`` refers to; ``value`` where it names no column."""
    table, row, *column = key.split("/")
    return table, row, column[0] if column else "value"


def borrowed(row: Row) -> Iterator[tuple[str, str]]:
    """Column and reference of each single number that a row takes from elsewhere."""
    for name, key in row.items():
        if name.endswith("_row") and key:
            yield name.removesuffix("_row"), key


def source(table: str, row: Row) -> tuple[str, str, str]:
    """Where the value of ``row`` in ``table`` stands, as :func:`place`: for most, there itself."""
    key = row.get("row") or row.get("value_row")
    return place(key) if key else (table, row["id"], "value")


def holders(row: Row) -> Iterator[str]:
    """The rows (``table/row``) that ``row`` takes its figure or single numbers from."""
    for key in (row.get("row"), *(key for _, key in borrowed(row))):
        if key:
            yield "/".join(place(key)[:2])


def cut(row: Row) -> dict[str, str]:
    """A row as :func:`resolved` gives it, on its own: it refers to nothing any more."""
    names = [name for name in row if name in ("row", "spread") or name.endswith("_row")]
    return dict(row) | dict.fromkeys(names, "")


def resolved(row: Row, rows_of: Callable[[str], Mapping[str, Row]]) -> dict[str, str]:
    """A row with the cells filled that it refers to; one that is whole stays so.

    ``rows_of`` gives the rows of a table by id, as they stand in its file. Raises ``KeyError``
    where a reference leads nowhere.
    """
    whole = dict(row)
    if key := row.get("row"):
        table, name, _ = place(key)
        held = rows_of(table)[name]
        taken = [column for column in FIGURE if column in held and column in row]
        whole |= {column: held[column] for column in taken if column != OWN or not row[OWN]}
    for column, key in borrowed(row):
        table, name, source = place(key)
        whole[column] = rows_of(table)[name][source]
        # "More than" and the like state their bound, which is the number itself.
        if column in ("value", "amount"):
            whole["low"] = whole[column] if row["qualifier"] in LOWER else row["low"]
            whole["high"] = whole[column] if row["qualifier"] in UPPER else row["high"]
    if spread := row.get("spread"):
        value = float(whole["value"])
        whole["low"], whole["high"] = (f"{value + sign * float(spread):.15g}" for sign in (-1, 1))
    return whole


def redrawn(
    written: Row, row: dict[str, str], stands: Callable[[str], bool]
) -> dict[str, str] | None:
    """An assumption without the ends that it takes from what is gone; None where none is left.

    ``written`` is its row as the file has it, ``row`` the same with its cells filled; ``stands``
    says of a reference whether its number is there. Of three ends two leave a range, of two one
    leaves a fixed value. An end of ours that would be left alone is no finding.
    """
    named = dict(borrowed(written))
    if key := written.get("row"):
        named["value"] = key
    lost = {column for column, key in named.items() if not stands(key)}
    if not lost:
        return row
    if row["distribution"] == "fixed":
        return None if "value" in lost else {**row, **dict.fromkeys(lost, "")}
    left = {row[end] for end in ("low", "value", "high") if row[end] and end not in lost}
    if row["spread"] or not left or (len(left) == 1 and lost == named.keys()):
        return None
    ends = sorted(left, key=float)
    if len(ends) == 1:
        return {**row, "low": "", "high": "", "value": ends[0], "distribution": "fixed"}
    return {**row, "low": ends[0], "high": ends[-1], "value": "", "distribution": "uniform"}
