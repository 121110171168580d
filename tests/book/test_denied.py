"""The gate: no denied figure in a chart, table or cell without its denial."""

import altair as alt
import pandas as pd
import pytest
from docutils import nodes

from chipbook import facts, show
from chipbook.book.gates.denied import named, problems
from chipbook.book.parts.figures import chart
from chipbook.book.parts.tables import table_node, table_region
from chipbook.charts import theme
from chipbook.data import load
from chipbook.story.answers import denied_in

PLAIN = "More than twelve billion dollars were planned, as two people said"
TOLD = f"{PLAIN}, and the company denied it"


def budget() -> pd.DataFrame:
    return facts.frame(["ft25-total", "rev24"], "billion USD")


def drawing(title: str, description: str, *, cross: bool = False, caption: str = "") -> chart:
    base = alt.Chart(budget()).encode(alt.X("value:Q"), alt.Y("label:N"))
    layers = base.mark_point() + (base.mark_point(**theme.DENIED) if cross else base.mark_tick())
    spec = layers.properties(title=title, description=description).to_dict()
    node = chart(spec=spec)
    figure = nodes.figure("", nodes.container("", node))
    if caption:
        figure += nodes.caption("", caption)
    return node


def table(df: pd.DataFrame, columns: dict[str, str], note: str = "") -> table_region:
    shown = show(df, columns, note=note).payload()
    node = table_region("", table_node(shown["headers"], shown["kinds"], shown["rows"]))
    node["denied"] = shown["denied"]
    node += nodes.paragraph("", shown["note"])
    return node


def test_a_chart_that_keeps_a_denial_to_itself_is_found():
    assert problems(drawing("A plan", PLAIN)) == [
        "a chart draws denied figures and no denial: ft25-total",
        "the text alternative of a chart leaves out a denial: ft25-total",
    ]


@pytest.mark.parametrize(
    "node",
    [
        {"title": "A plan that was denied", "description": TOLD},
        {"title": "A plan", "description": TOLD, "cross": True},
        {"title": "A plan", "description": TOLD, "caption": "The company called it incorrect."},
    ],
)
def test_a_word_or_the_cross_will_do(node):
    assert problems(drawing(**node)) == []


def test_the_cross_alone_says_nothing_to_a_screen_reader():
    (problem,) = problems(drawing("A plan", PLAIN, cross=True))
    assert "text alternative" in problem


def test_a_table_is_held_to_the_rows_behind_it():
    columns = {"label": "What", "text": "Amount"}
    assert problems(table(budget(), columns)) == [
        "a table shows denied figures and no denial: ft25-total"
    ]
    assert problems(table(budget(), columns, note="The first was denied.")) == []
    assert problems(table(facts.frame(["rev24"]), columns)) == []


def test_rows_are_known_by_fact_and_by_report():
    reports = load("budget_reports").to_dict("records")
    found = denied_in(reports)
    assert "br-2025-01-ft-total" in found
    elsewhere = [row["id"] for row in reports if row["reply_scope"] == "another part"]
    assert elsewhere
    assert not set(elsewhere) & set(found)
    assert denied_in([{"fact": "ft25-local-usd"}, {"id": None}, {}]) == ["ft25-local-usd"]


def test_denied_figures_in_code_are_seen():
    assert named('facts["ft25-total"]; facts["rev24"]; f"{facts[key]}"') == {"ft25-total"}
    assert named('finding(title="From {ft25-total|amount}, {count} times")') == {"ft25-total"}
    assert named("%pip install x") == set()
