"""What counts as a number typed in a text."""

import re

import pytest

from chipbook.check.schema import tables
from chipbook.check.texts import LEFT, NO_FIGURE, NOT_OURS, own_words, typed
from chipbook.data import data_dir


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("40bn yuan", "40"),
        ("up 12.5 percent, or 1,600 chips", "12.5"),
        ("US$7bn in 2025", "7"),
        ("{ft25-total} of 8 cards", "8"),
        ("two halves {of a brace", "{"),
        ("in 2025, on 2025-01-21 at 21:46, 6 and 7 February", ""),
        ("H100, 910B, RTX Pro 6000D and FP16 x 16 at 7 nm", ""),
        ("over twelve billion dollars", "twelve billion"),
        ("a hundred and two percent", "a hundred"),
        ("Nineteen cards", "Nineteen"),
        ("十二亿", "十二亿"),
        ("½ of １２", "½"),
        ("two of them, a third, half of it, between both", ""),
        ("in nineteen draws of twenty, sixteen bits", ""),
        ("{ft25-total|cap} / (1 + {os25-growth}), 23 days after", ""),
    ],
)
def test_a_numeral_is_typed_unless_it_is_bound_or_no_figure(text, found):
    assert typed(text) == found


def test_every_pattern_and_column_left_alone_is_needed():
    found = tables(data_dir())
    texts = "\n".join(
        row[column]
        for table in found.values()
        for column in own_words(table)
        for row in table.rows.values()
    )
    for each in NO_FIGURE:
        pattern = each["pattern"].replace("MONTH", "(?:May|June|July)")
        assert re.search(pattern, texts), f"no text needs {each}"
    for place in LEFT:
        name, key, column = place.split("/")
        text = found[name].rows[key][column]
        assert typed(text), f"{place} needs no leave"
        assert not typed(text, in_words=False), place
    known = {name for table in found.values() for name in (table.name, *table.texts)}
    known |= {f"{table.name}.{column}" for table in found.values() for column in table.texts}
    assert NOT_OURS.keys() <= known
