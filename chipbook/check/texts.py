"""No number is typed in a text of the data: each is the key of its row in braces, or no figure.

What is no figure stands in two lists, each entry with its reason: :data:`NO_FIGURE` for patterns,
:data:`NOT_OURS` for columns that hold other things than our words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chipbook.check.schema import Problem, Row, Table, Tables
from chipbook.data.braces import KEY, number
from chipbook.data.quantity import FORMS

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"

NO_FIGURE = (
    (r"\b(?:19|20)\d\d(?:-\d\d){0,2}\b", "years and dates: they say when"),
    (rf"\b\d{{1,2}}(?:(?:, | and | or | to |-)\d{{1,2}})*(?= {_MONTH})", "days of a month"),
    (r"\b\d{1,2}:\d\d\b", "times of day"),
    (r"\b\d+[- ]days?\b", "spans of days, which say what is counted, and the days of a month"),
    (r"\b\d+-bit\b|\b(?:INT|FP)\d+ x \d+\b", "number formats, and how many bits they have"),
    (r"\b[A-Z][A-Za-z]*\d+[A-Za-z]*\b", "names that end in digits: H100, M153, FP16, Q2"),
    (r"\b(?:Ascend 910|910(?:[BCD]|B2)|950PR)(?!\w)", "names of chips"),
    (r"\bRTX (?:Pro 6000D|4090|5090D)(?!\w)", "names of chips"),
    (r"\bSiyuan 590(?: and 690)?\b|\bAtlas (?:350|950)\b", "names of chips and systems"),
    (r"\b(?:Doubao 2\.1|Seedance 2\.0|Qwen 2\.5 14B)(?!\w)|\b32k\b", "names of models"),
    (r"\b(?:21st Century|36Kr\b|3DNews\b)", "names of media"),
    (r"\b3A090\.[abc]\b|\bfootnote 4\b|\bsection 232\b|\b90 FR 5298\b|\b10-K\b", "rules, papers"),
    (r"\b\d+(?:/\d+)? nm\b", "process nodes, which are names by now"),
    (r"\(1 [+−]", "the whole, to which a growth is added"),
)
"""Patterns of numerals that no row needs to hold, and why."""

NOT_OURS = {
    "sources.title": "the title of a page, as it has it",
    "sources.publisher": "a name",
    "sources.relays": "names, and titles of papers",
    "chip": "the name of a product, with how many are in a server",
    "chip_specs.process": "the name of a process",
    "press_reports.amount_unit": "what the amount of the row counts",
    "disagreements.row_ids": "keys of rows",
    "derived.formula": "an expression over keys, which another rule reads",
    "corrections": "what cells held, which no later value may change",
    "searches": "the words of a search, as they were typed",
    "quoted": "the words of others",
    "translation": "the words of others, in English",
    "fragment": "the words of others",
    "response_fragment": "the words of others",
}
"""Free text, ``table.column``, column or table, in which numerals are left as they are, and why."""

_NO_FIGURE = re.compile("|".join(pattern for pattern, _ in NO_FIGURE))
_NUMERAL = re.compile(r"\d(?:[\d.,]*\d)?|[{}]")


def typed(text: str) -> str:
    """The first numeral in ``text`` that is neither bound nor allowed, or stray brace; or none."""
    match = _NUMERAL.search(_NO_FIGURE.sub(" ", KEY.sub(" ", text)))
    return match[0] if match else ""


def texts_name_their_numbers(tables: Tables) -> Iterator[Problem]:
    """Each number in a text is the key of a row that somebody says, never typed or computed."""
    for table in tables.values():
        for column in own_words(table):
            for row in (row for row in table if _NUMERAL.search(row[column])):
                yield from _unknown(tables, row, column)
                if numeral := typed(row[column]):
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
        if not _known(tables, row, match[1]):
            expected = "keys of facts.csv, table/row of a number, table/row.column, or a column"
            yield row.problem(column, expected, match[0])
        elif (match[2] or "") not in FORMS:
            expected = f"a form of a number ({', '.join(FORMS[1:])})"
            yield row.problem(column, expected, match[0])


def _known(tables: Tables, own: Row, key: str) -> bool:
    """Whether a key leads to a number that stands in a table."""
    try:
        number(key, own, lambda name: tables[name].rows)
    except (KeyError, ValueError):
        return False
    return True
