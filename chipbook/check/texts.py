"""No number is typed in a text of the data: each is the key of its row in braces, or no figure.

What is no figure stands in ``texts.toml``, each entry with its reason: patterns, and columns that
hold other things than our words.
"""

import calendar
import re
from collections.abc import Iterator

from chipbook.check.schema import Problem, Row, Table, Tables
from chipbook.data.braces import KEY, number
from chipbook.data.quantity import FORMS
from chipbook.data.settings import settings

_LISTS = settings(__file__)
NO_FIGURE: list[dict[str, str]] = _LISTS["no_figure"]
"""Patterns of numerals that no row needs to hold, and why: ``pattern`` and ``reason``."""
NOT_OURS: dict[str, str] = _LISTS["not_ours"]
"""Free text, ``table.column``, column or table, in which numerals are left as they are, and why."""

NAMES: list[str] = _LISTS["names"]["columns"]
"""Columns of free text where another word is another number."""

_MONTH = f"(?:{'|'.join(calendar.month_name[1:])})"
_NO_FIGURE = re.compile("|".join(each["pattern"] for each in NO_FIGURE).replace("MONTH", _MONTH))
_WORDED = _LISTS["in_words"]["pattern"].replace("NUMBER", _LISTS["in_words"]["number"])
_DIGITS = re.compile(r"\d(?:[\d.,]*\d)?|[{}]")
_NUMERAL = re.compile(f"{_DIGITS.pattern}|{_WORDED}", re.IGNORECASE)
LEFT: dict[str, str] = _LISTS["in_words"]["left"]
"""Texts, ``table/id/column``, that have a number in words, and why."""


def typed(text: str, in_words: bool = True) -> str:
    """The first numeral in ``text`` that is neither bound nor allowed, or stray brace; or none.

    A number in words is one, unless ``in_words`` is false.
    """
    signs = _NUMERAL if in_words else _DIGITS
    match = signs.search(_NO_FIGURE.sub(" ", KEY.sub(" ", text)))
    return match[0] if match else ""


def texts_name_their_numbers(tables: Tables) -> Iterator[Problem]:
    """Each number in a text is the key of a row that somebody says, never typed or computed."""
    for table in tables.values():
        for column in own_words(table):
            for row in (row for row in table if _NUMERAL.search(row[column])):
                yield from _unknown(tables, row, column)
                in_words = f"{table.name}/{row['id']}/{column}" not in LEFT
                if numeral := typed(row[column], in_words):
                    yield row.problem(
                        column, "each number as the key of its row in braces", numeral
                    )


def own_words(table: Table) -> list[str]:
    """The columns of ``table`` that hold text in our words, whose numbers must be keys."""
    return [
        column
        for column in table.texts
        if not {table.name, column, f"{table.name}.{column}"} & NOT_OURS.keys()
    ]


def _unknown(tables: Tables, row: Row, column: str) -> Iterator[Problem]:
    for match in KEY.finditer(row[column]):
        expected = f"a form of a number ({', '.join(FORMS[1:])})"
        try:
            number(match[1], row, lambda name: tables[name].rows)
        except (KeyError, ValueError):
            expected = "keys of facts.csv, table/row of a number, table/row.column, or a column"
        else:
            if (match[2] or "") in FORMS:
                continue
        yield row.problem(column, expected, match[0])
