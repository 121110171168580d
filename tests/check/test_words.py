"""The words of a source are held against the row: its number, its qualifier, its translation."""

import pytest

from chipbook.check.schema import Row, Table
from chipbook.check.words import numbers, quotations_are_short, quoted_words_fit

COLUMNS = "id value unit qualifier low high quoted translation source_ids"

# value (or ends), unit, qualifier, the words, their language, their English.
FITTING = """
12 | billion USD | more than | oltre 12 miliardi di dollari | it | over 12 billion dollars
1 | million chips | about | a total of around one million H20 chips | en |
6.8 | billion USD | about | circa 6,8 miliardi | it | about 6.8 billion
50 | percent | nearly | quasi la metà del traffico | it | almost half of the traffic
114 | million users | exact | 月活1.14亿 | zh | monthly active users 114 million
60 | million users | nearly | 近6000万 | zh | nearly 60 million
16 | billion CNY | about | 160亿元左右 | zh | about 16 billion yuan
1.6 | trillion CNY | more than | 超1.6万亿 | zh | over 1.6 trillion
400 | companies | more than | 400余家 | zh | more than 400 firms
20 | percent | about | ongeveer een vijfde tot 186 miljard | nl | about a fifth
40 | billion CNY | about | rund 40 Milliarden Yuan | de | about 40 billion yuan
1464.98 | CNY | exact | 1.464,98 Yuan | de | 1,464.98 yuan
40000 | cards | exact | 40 000 cartes | fr | 40,000 cards
2 | ratio | about | roughly double the year before | en |
5.6 | billion USD | exact | $5.6bn | en |
59.98 | million users | exact | 5,998 | en |
20000 | cards | exact | an order of 20,000 H200 | en |
36000 | chips | about | etwa 36.000 B200-Chips | de | about 36,000 B200 chips
150 | billion CNY | more than | over 150 billion yuan (US$20.64 billion) | en |
20.64 | billion USD | more than | over 150 billion yuan (US$20.64 billion) | en |
21000 | chips | less than | TPP < 21,000 | en |
7000 | USD | about | 50 tys. juanów (ok. 7 tys. USD) | pl | 50,000 yuan (about 7,000 dollars)
40 | billion CNY | exact | на сумму ¥40 млрд | ru | worth 40 billion yuan
60 | percent | more than | just over 60% | en |
30000 | cards | less than | fewer than 30,000 | en |
10 to 15 | thousand USD | about | about $10,000 to $15,000 | en |
30 | percent | up to | about the most: 30% | en |
7 | chips | exact | several of them | en |
110 | million users | more than | 突破1.9億、1.1億 | zh | passed 190, over 110 million
693 | percent | exact | (+693%/+858% mom) | en |
150 | million users | about | posted users near 150 million | en |
"""

# The same, and the column that is at fault.
BROKEN = """
12 | billion USD | exact | oltre 12 miliardi di dollari | it | over 12 billion | qualifier
186 | billion USD | about | about a fifth to 186 billion | en | | qualifier
114 | million users | exact | 月活1.14亿 | zh | | translation
114 | million users | about | 月活1.14亿 | zh | 114 million a month | qualifier
114 | million users | exact | 月活1.14万 | zh | 11,400 million a month | value
60 | percent | exact | about 60% | en | | qualifier
60 | million users | more than | nearly 60 million | en | | qualifier
60 | percent | exact | 50% of it | en | | value
10 to 15 | thousand USD | about | about $10,000 to $16,000 | en | | high
40 | billion CNY | exact | rund 40 Milliarden Yuan | de | | translation
5 | chips | exact | | en | 5 chips | quoted
70 | percent | exact | 占70% | zh | about 70% | qualifier
100 | million users | exact | 日活1亿4500万 | zh | 145 million a day | value
"""


def rows_of(cases: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in cases.strip().splitlines()]


def columns_at_fault(
    value: str, unit: str, qualifier: str, quoted: str, language: str, translation: str
) -> list[str]:
    """The columns of a row in which the rule finds a fault, with a page in ``language``."""
    low, _, high = value.partition(" to ")
    value, low, high = ("", low, high) if high else (value, "", "")
    cells = ("row", value, unit, qualifier, low, high, quoted, translation, "page")
    row = Row(dict(zip(COLUMNS.split(), cells, strict=True)), "facts", "data/facts.csv", 2)
    page = Row({"id": "page", "language": language}, "sources", "data/sources.csv", 2)
    pages = Table("sources", "data/sources.csv", [], {"page": page}, [])
    tables = {"facts": Table("facts", "data/facts.csv", [], {"row": row}, []), "sources": pages}
    return sorted({problem.column for problem in quoted_words_fit(tables)})


@pytest.mark.parametrize("case", rows_of(FITTING), ids=str)
def test_words_that_say_what_the_row_says_are_no_fault(case):
    assert columns_at_fault(*case) == []


@pytest.mark.parametrize("case", rows_of(BROKEN), ids=str)
def test_the_column_that_its_words_gainsay_is_named(case):
    *cells, column = case
    assert columns_at_fault(*cells) == [column]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("one two three four five six seven eight nine ten eleven", 1),
        ("豆" * 31, 1),
        ("豆" * 30, 0),
    ],
)
def test_a_quotation_is_ten_words_or_thirty_signs(words, told):
    row = Row({"id": "row", "quoted": words}, "facts", "data/facts.csv", 2)
    table = Table("facts", "data/facts.csv", [], {"row": row}, [])
    assert len([*quotations_are_short({"facts": table})]) == told


@pytest.mark.parametrize("words", ["一百六十亿", "hundreds of thousands", "one of two firms"])
def test_what_cannot_be_read_is_no_number(words):
    assert numbers(words) == []
