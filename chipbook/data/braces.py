"""Keys in braces: how a text of the data package names the numbers that it speaks of.

``{ft25-total}`` is a fact, ``{peer_capex/meta-fy2025}`` a row of another table, both with their
qualifier; ``{ft25-total|amount}`` is another form of it (see ``Quantity.__format__``).
``{chip_specs/h20.tdp_w}`` is the number in one column of a row. A column alone is that of the row
that the text stands in: ``{value}``, ``{low}``, ``{numerator_value}``. So a text cannot
contradict the number that it speaks of.
"""

import re
from collections.abc import Callable, Mapping

from chipbook.data.facts import quantity_of
from chipbook.data.quantity import Quantity
from chipbook.data.store import DataError, Row, near

KEY = re.compile(r"\{([^{}|]+)(?:\|(\w+))?\}")
"""A key and, after a bar, its form."""


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


def worded(name: str, row: Row, table: Callable[[str], Mapping[str, Row]]) -> Row:
    """A ``row`` of table ``name`` with the numbers of its texts in words.

    ``table`` gives the rows of any table by id, keys still in braces. Raises ``DataError`` with
    table, row and column, and the keys that resemble a wrong one.
    """
    # The log of corrections quotes cells as they were, braces and all.
    if name == "corrections":
        return row
    return row | {c: _cell(name, row, c, table) for c, text in row.items() if "{" in text}


def _cell(name: str, row: Row, column: str, table: Callable[[str], Mapping[str, Row]]) -> str:
    try:
        return in_words(row[column], lambda key: number(key, row, table))
    except (KeyError, ValueError) as error:
        where = f"{name}.csv: row {row['id']}, column {column}"
        raise DataError(f"{where}: {error.args[0]}") from None


def number(key: str, own: Row, table: Callable[[str], Mapping[str, Row]]) -> Quantity | float:
    """The number that ``key`` stands for in a text of the row ``own``.

    ``table`` gives the rows of any table by id. Raises ``KeyError`` for a key that leads to none,
    ``ValueError`` as :meth:`Quantity.of`.
    """
    if key in own:
        row, column = own, key
    else:
        name, row_id, column = place(key)
        rows = table(name)
        if row_id not in rows:
            raise KeyError(f"no number {key!r}: {near(row_id, rows)}")
        row = rows[row_id]
    if column == "value" and "qualifier" in row:
        return quantity_of(row)
    if not re.fullmatch(r"-?\d+(\.\d+)?", row.get(column, "")):
        raise KeyError(f"no number {key!r}: {row['id']} has none in {column}")
    # The ends of a range have its unit.
    ends = column in ("low", "high") and "unit" in row
    return Quantity.of(float(row[column]), row["unit"]) if ends else float(row[column])
