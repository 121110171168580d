"""The calls that chart cells share: their examples, and that together they draw what they say."""

from __future__ import annotations

import doctest
import inspect

import altair as alt
import pandas as pd
import pytest

from chipbook import charts, facts, theme
from chipbook.charts import drawing
from chipbook.charts.spec import datasets

ROWS = pd.DataFrame(
    {
        "row": ["Wire|May 2025", "Broker|an estimate"],
        "low": [12.5, 80.0],
        "high": [20.0, 95.0],
        "words": ["12.5\nin all", "eighty"],
        "status": ["reported", "estimated"],
        "answer": ["denied", "no reply found"],
    }
)


def plot() -> alt.Chart:
    return alt.Chart(ROWS).encode(charts.named_rows(), alt.X("low:Q"))


def drawn(chart: alt.Chart | alt.LayerChart) -> str:
    with alt.theme.enable("chipbook"):
        return drawing.draw(chart.to_dict(), "k").wide


def test_every_call_has_an_example_that_holds() -> None:
    found = [test for test in doctest.DocTestFinder().find(charts) if test.examples]
    calls = {name for name, call in vars(charts).items() if inspect.isfunction(call)}
    shared = {name for name in calls if not name.startswith("_")}
    assert len(shared) > 10
    assert shared <= {test.name.rpartition(".")[2] for test in found}
    assert doctest.testmod(charts).failed == 0


def test_names_of_rows_and_words_break_their_lines() -> None:
    svg = drawn(charts.status_marks(plot()) + charts.direct_labels(plot()))
    for half in ("Wire", "May 2025", "12.5", "in all"):
        assert f">{half}</tspan>" in svg
    assert "|" not in svg


def test_a_cross_stands_on_denied_rows_alone() -> None:
    layers = charts.denied_crosses(plot()).to_dict()
    assert layers["mark"]["shape"] == theme.DENIED["shape"]
    assert drawn(charts.denied_crosses(plot())).count("M-5,-5L5,5") == 1
    both = alt.Chart(ROWS.assign(answer=["wording disputed", "denied in part"]))
    both = both.encode(charts.named_rows(), alt.X("low:Q"))
    assert drawn(charts.denied_crosses(both)).count("M-5,-5L5,5") == 2


def test_a_mark_tells_a_value_by_shape_outline_and_inside() -> None:
    looks = {
        "reported": ("square", "chart-1", "chart-bg"),
        "estimated": ("circle", "chart-2", "chart-2"),
    }
    svg = drawn(plot().mark_point().encode(**charts.marked("status", looks)))
    for _, outline, inside in looks.values():
        colours = f'fill="{theme.colour(inside)}" stroke="{theme.colour(outline)}"'
        assert svg.count(colours) == 1
    shapes = charts.marked("status", looks)["shape"].to_dict()["scale"]
    assert shapes == {"domain": list(looks), "range": ["square", "circle"]}


def test_words_stand_left_where_there_is_no_room() -> None:
    svg = drawn(charts.two_sided_labels(plot(), alt.datum.low > 50, gap=9))
    assert 'text-anchor="start"' in svg[: svg.index("in all")].rpartition("<text")[2]
    assert 'text-anchor="end"' in svg[: svg.index(">eighty<")].rpartition("<text")[2]


def test_a_halo_lies_under_every_word() -> None:
    labels = charts.two_sided_labels(plot(), alt.datum.low > 50)
    svg, paper = drawn(charts.haloed(labels)), theme.colour("chart-bg")
    assert svg.count(f'stroke="{paper}"') == len(ROWS)
    on_top = svg[: svg.rindex(">eighty<")].rpartition("<text")[2]
    assert "stroke" not in on_top
    assert labels.layer[0].mark.to_dict() == charts.direct_labels(plot()).mark.to_dict()


def test_a_line_is_drawn_once_and_is_no_row_of_the_data() -> None:
    chart = charts.status_marks(plot()) + charts.reference_line(x=50, strokeDash=[7, 3])
    chart += charts.note("half", 50, alt.value(2))
    svg = drawn(chart)
    assert svg.count('stroke-dasharray="7,3"') == 1
    assert svg.count(">half<") == 1
    assert len(datasets(chart.to_dict())) == 1


def test_words_of_a_chart_take_numbers_by_key() -> None:
    made = charts.finding(
        title="It was {ft25-total|amount}",
        subtitle="billion\n    dollars,\N{NO-BREAK SPACE}in {count} reports",
        description="From {ft25-total}.",
        count=3,
    )
    assert made["title"].text == f"It was {facts['ft25-total']:amount}"
    assert made["title"].subtitle == "billion dollars,\N{NO-BREAK SPACE}in 3 reports"
    assert made["description"] == f"From {facts['ft25-total']}."


def test_an_unknown_key_is_named_with_those_near_it() -> None:
    with pytest.raises(KeyError, match=r"no fact 'ft25-totl'.*ft25-total"):
        charts.finding(title="{ft25-totl}", subtitle="", description="")


def test_a_menu_shows_words_and_gives_values() -> None:
    menu = charts.menu("day", "Day", {"the article": 23, "today": 99}, value=99)
    assert menu.param.value == 99
    bind = menu.param.bind.to_dict()
    assert (bind["options"], bind["labels"]) == ([23, 99], ["the article", "today"])
