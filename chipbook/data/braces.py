"""Keys in braces: how a text of the data package names the numbers that it speaks of.

``{ft25-total}`` is a fact, ``{peer_capex/meta-fy2025}`` a row of another table, both with their
qualifier; ``{ft25-total|amount}`` is another form of it (see ``Quantity.__format__``).
``{chip_specs/h20.tdp_w}`` is the number in one column of a row. A column alone is that of the row
that the text stands in: ``{value}``, ``{low}``, ``{numerator_value}``. So a text cannot
contradict the number that it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from chipbook.data.quantity import Quantity
from chipbook.data.store import DataError, near

KEY = re.compile(r"\{([^{}|]+)(?:\|(\w+))?\}")
"""A key and, after a bar, its form."""

Row = Mapping[str, Any]


def keys(text: str) -> tuple[str, ...]:
    """The keys in a text, each once, in order."""
    return tuple(dict.fromkeys(match[1] for match in KEY.finditer(text)))


def place(key: str) -> tuple[str, str, str]:
    """Table, row and column of a key: ``("chip_specs", "h20", "tdp_w")``.

    A key without a table is a fact, one without a column the figure of its row, ``value``.
    """
    table, _, rest = key.rpartition("/")
    row, _, column = rest.partition(".")
    return table or "facts", row, column or "value"


def in_words(text: str, number: Callable[[str], Quantity | float]) -> str:
    """The text with its numbers in words; ``number`` gives the one that a key stands for.

    A number without a unit is printed as it is, ``2,039``. Raises what ``number`` raises for a
    key that it does not know, and ``ValueError`` for an unknown form.
    """

    def words(match: re.Match) -> str:
        found = number(match[1])
        if isinstance(found, Quantity):
            return format(found, match[2] or "")
        return f"{found:,.12g}"

    return KEY.sub(words, text)


def worded(
    table: pd.DataFrame,
    rows_of: Callable[[str], Mapping[str, Row]],
    figure: Callable[[Row], Quantity],
) -> pd.DataFrame:
    """A table with the numbers of its texts in words; the same table where no text has any.

    ``rows_of`` gives the rows of a table by id, with their keys still in braces, ``figure`` the
    quantity of a row. Raises :class:`DataError` with table, row and column, and the keys that
    resemble a wrong one.
    """
    name = table.attrs["resource"]
    # The log of corrections quotes cells as they were, braces and all.
    texts = [] if name == "corrections" else table.select_dtypes("str").columns
    found = {}
    for column in texts:
        for i in table.index[table[column].str.contains("{", regex=False, na=False)]:
            row = rows_of(name)[table.at[i, "id"]]
            try:
                found[i, column] = in_words(row[column], _numbers(row, rows_of, figure))
            except (KeyError, ValueError) as error:
                where = f"{name}.csv: row {row['id']}, column {column}"
                raise DataError(f"{where}: {error.args[0]}") from None
    table = table.copy() if found else table
    for (i, column), text in found.items():
        table.at[i, column] = text
    return table


def _numbers(
    own: Row, rows_of: Callable[[str], Mapping[str, Row]], figure: Callable[[Row], Quantity]
) -> Callable[[str], Quantity | float]:
    def number(key: str) -> Quantity | float:
        if key in own:
            row, column = own, key
        else:
            table, row_id, column = place(key)
            rows = rows_of(table)
            if row_id not in rows:
                raise KeyError(f"no number {key!r}: {near(row_id, rows)}")
            row = rows[row_id]
        if column == "value" and "qualifier" in row:
            return figure(row)
        if not isinstance(row.get(column), (int, float)):
            raise KeyError(f"no number {key!r}: {column} is none of {row['id']}")
        # The ends of a range have its unit.
        ends = column in ("low", "high") and "unit" in row
        return Quantity.of(float(row[column]), row["unit"]) if ends else row[column]

    return number
