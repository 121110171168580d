"""The gate: the title of a chart that a reader can set names no number of another state."""

import re

import altair as alt
import pandas as pd
import pytest

from chipbook.book.gates.numerals import elsewhere
from chipbook.charts.drawing import draw


def untold(title: str) -> list[str]:
    """What the gate says of a menu that shows one of two words, on three rows of two kinds."""
    menu = alt.param(name="pick", value="low", bind=alt.binding_select(options=["low", "high"]))
    rows = pd.DataFrame(
        {"pick": ["low", "high", "high"], "words": ["12 bn", "2,900 bn", "4,100 bn"]}
    )
    chart = alt.Chart(rows).mark_text().encode(text="words:N", y="words:N").add_params(menu)
    spec = chart.transform_filter("datum.pick == pick").to_dict()
    return elsewhere(title, draw(spec, "one").wide, spec, [re.compile("H20")])


@pytest.mark.parametrize(
    ("title", "numerals"),
    [
        ("It is 12 billion", []),
        ("It is 2,900 billion", ["2,900"]),
        ("Of 3 figures 2 are high", []),
        ("Of 5 figures one is of the H20", ["5"]),
        ("It is a lot", []),
    ],
)
def test_a_title_names_what_the_first_state_shows(title, numerals):
    assert untold(title) == numerals
