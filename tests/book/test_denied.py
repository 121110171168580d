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
from chipbook.story.answers import DENIED, RESTS, sign, signs_in

PLAIN = "More than twelve billion dollars were planned, as two people said"
TOLD = f"{PLAIN}, and the company denied it"


def budget() -> pd.DataFrame:
    return facts.frame(["ft25-total", "rev24"], "billion USD")


def drawing(title: str, description: str, *, cross: dict | None = None, caption: str = "") -> chart:
    base = alt.Chart(budget()).encode(alt.X("value:Q"), alt.Y("label:N"))
    layers = base.mark_point() + (base.mark_point(**cross) if cross else base.mark_tick())
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
        {"title": "A plan", "description": TOLD, "cross": theme.DENIED},
        {"title": "A plan", "description": TOLD, "caption": "The company called it incorrect."},
    ],
)
def test_a_word_or_the_cross_will_do(node):
    assert problems(drawing(**node)) == []


def test_the_cross_alone_says_nothing_to_a_screen_reader():
    (problem,) = problems(drawing("A plan", PLAIN, cross=theme.DENIED))
    assert "text alternative" in problem


def test_the_cross_of_another_kind_is_found():
    (problem,) = problems(drawing("A plan", TOLD, cross=theme.RESTS))
    assert problem == (
        'a chart draws the cross for "rests on a denied report" and no such figure: ft25-total'
    )


def test_every_figure_made_from_a_denied_one_or_retold_from_one_has_a_sign():
    """By another route: the parts of a formula, and the claims of the article."""
    assert {sign(key) for key in ("ft25-total", "ft25-chips-china-usd", "h200-approved")} == {
        DENIED
    }
    rests = ("article-local-usd", "article-total-usd", "ft25-local-usd", "ft25-seed-gap")
    assert {sign(key) for key in (*rests, "article-moved-usd", "buy-all-report")} == {RESTS}
    assert {sign(key) for key in ("rev24", "ft25-actual", "doubao-001", "denials-full")} == {""}
    for key in facts:
        signed = [
            part for part in facts[key].inputs if part != key and part in facts and sign(part)
        ]
        assert not signed or sign(key), (key, signed)


def test_two_keys_of_one_row_have_one_sign():
    for key in (key for key in facts if facts.fact(key).holder in facts):
        assert sign(key) == sign(facts.fact(key).holder), key


def test_a_table_is_held_to_the_rows_behind_it():
    columns = {"label": "What", "text": "Amount"}
    assert problems(table(budget(), columns)) == [
        "a table shows denied figures and no denial: ft25-total"
    ]
    assert problems(table(budget(), columns, note="The first was denied.")) == []
    assert problems(table(facts.frame(["rev24"]), columns)) == []


def test_rows_are_known_by_fact_and_by_report():
    reports = load("budget_reports").to_dict("records")
    found = signs_in(reports)
    assert "br-2025-01-ft-total" in found
    elsewhere = [row["id"] for row in reports if row["reply_scope"] == "another part"]
    assert elsewhere
    assert not set(elsewhere) & set(found)
    assert signs_in([{"fact": "ft25-local-usd"}, {"id": None}, {}]) == {"ft25-local-usd": RESTS}


def test_denied_figures_in_code_are_seen():
    assert named('facts["ft25-total"]; facts["rev24"]; f"{facts[key]}"') == {"ft25-total"}
    assert named('finding(title="From {ft25-total|amount}, {count} times")') == {"ft25-total"}
    assert named("%pip install x") == set()
