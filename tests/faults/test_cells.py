"""What a cell may not type, draw or do, each told in a sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import Popen
from types import SimpleNamespace

import altair as alt
import nbformat
import pandas as pd
import pytest
import small_book
from docutils import nodes
from reading import ROOT

from chipbook import facts
from chipbook.book.gates import denied, numerals
from chipbook.book.gates.code import typed_in_code, unsteady
from chipbook.book.parts import figures
from chipbook.book.site import execute
from chipbook.book.site.execute import CellFailed, run, start
from chipbook.charts import figure
from chipbook.data import sources

TYPED = {
    "title": 'c.properties(title="To 4101 billion")',
    "in braces": 'finding(title="From {ft25-total|amount} to 4102 of them")',
    "in an f-string": 'c.properties(title=f"It gives {x} of 4103 to makers")',
    "without a space": 'alt.Title("C04:4104bn")',
    "in a variable": 'words = "4105 billion"\nc.properties(title=words)',
    "formatted in": 'c.properties(title=f"{4106} billion")',
    "put in": 'title = "%s billion" % 4107',
    "in a method": 'alt.X("x:Q").title("4108 bn")',
    "label of an axis": "alt.Axis(labelExpr=\"'4109 bn'\")",
    "calculated": "c.transform_calculate(z=\"datum.x > 1 ? '4110 bn' : 'less'\")",
    "note of a table": 'show(df, columns, note="4111 billion")',
    "head of a table": 'show(df, {"y": "4112 billion"})',
    "printed": 'print("4113 billion")',
    "printed as a number": "print(4114)",
    "rows": 'pd.DataFrame({"amount": [4115]})',
    "a column": "df.assign(amount=4116)",
    "called with": "bars(4117)",
    "comment": "x  # about 4118 billion",
    "words": 'c.properties(description="More than twelve billion")',
    "column of values": 'pd.DataFrame({"value": [4121]})',
    "column of ends": "df.assign(low=4122)",
    "held": "x = 4123",
    "picked": "[4124, 4125][0]",
    "text of digits": 'float("4126")',
    "title of digits": 'c.properties(title="4127")',
    "difference": 'alt.Title("4128bn - 4129bn")',
    "comparison": 'alt.Title("China > 4130 billion")',
    "currency": 'alt.Title("US4131bn")',
    "bytes": 'b"4132 billion".decode()',
    "comment without a space": "x  #4133 billion",
    "place of a mark": "alt.datum(4134)",
    "end of an axis": 'alt.Y("y:Q").scale(domain=[0, 4135])',
    "ticks": "alt.Axis(values=[0, 4136])",
    "in an expression": 'c.transform_calculate(z="datum.x * 4137")',
    "in a choice": "alt.expr.if_(alt.datum.x, 4138, 0)",
    "compared": 'c.transform_filter("datum.x > 4139")',
}
"""Where a number is typed → the code; the last number in it is the fault."""

FREE = """# Counts of rows, 2025.
c = alt.Chart(load("facts")).mark_bar(size=24, dx=-5).transform_filter("datum.low > 250")
c.encode(alt.X("value:Q", axis=alt.Axis(values=[0, 20, 40], format=".1f"))).properties(
    title=f"{facts['ft25-total']} in {len(rows)} rows", height=alt.Step(40), description="{x|cap}")
shape, day = "M1,0A1,1,0,1,1,-1,0", "2025-01-23"
place = alt.expr("narrow ? -19 : -9")
ends = alt.Axis(values=[0, 250000], domain=[0, 1060000]), alt.DateTime(year=2025), "x * 3600"
"""

UNSTEADY = {
    "clock": "from datetime import datetime\ndatetime.now()",
    "date": "pd.Timestamp.today()",
    "chance": "import random",
    "chance by numpy": "np.random.rand()",
    "chance in rows": "df.sample(3)",
    "other hosts": 'alt.UrlData("https://example.org/x.csv")',
    "innards": 'facts._rows()["ft25-total"]["value"] = 1',
    "innards by another name": "from chipbook import facts as f\nf._rows()",
    "innards by their name": 'setattr(Quantity, "amount", 1)',
    "clock as text": 'pd.Timestamp("now")',
    "clock of the process": "time.perf_counter()",
    "machine": 'os.environ["HOME"]',
    "hash": 'hash("x")',
    "screen of the reader": 'c.transform_calculate(x="windowSize()[0]")',
}

DOES = {
    "asks a host": ("import urllib.request as u\nu.urlopen('http://127.0.0.1:9')", "a network"),
    "changes the data": ("open('data/a.csv', 'w').write('2')", "may not change data/a.csv"),
    "adds to the data": ("open('data/a.csv', 'a')", "may not change data/a.csv"),
    "removes a file": ("import os\nos.remove('data/a.csv')", "may not change data/a.csv"),
    "moves a file": ("import os\nos.rename('data/a.csv', '/tmp/b')", "may not change data/a.csv"),
    "prints without end": ("while True: print('x' * 1000)", "prints more than 100,000 characters"),
    "shows too much": ("'x' * 3_000_000", "shows more than 2,000,000 characters"),
}


def spec(df: pd.DataFrame | None = None, x: str = "value:Q", **properties: object) -> dict:
    told = {"usermeta": {"sources": [sources().index[0]]}, "title": "What was found"}
    told["description"] = "Each of the two is drawn, with its name and with what it says."
    df = pd.DataFrame({"value": [1.0, 2.0], "name": ["a", "b"]}) if df is None else df
    return alt.Chart(df, **told | properties).mark_bar().encode(alt.X(x), alt.Y("name:N")).to_dict()


def rows(*values: object) -> pd.DataFrame:
    return pd.DataFrame({"value": values, "name": [str(value) for value in values]})


def remote() -> dict:
    chart = spec()
    return chart | {"data": {"url": "https://example.org/x.csv"}}


def linked() -> dict:
    chart = spec()
    chart["encoding"]["href"] = {"value": "javascript:alert(1)"}
    return chart


def pictured() -> dict:
    return spec() | {"mark": {"type": "image", "url": "https://example.org/x.png"}}


def painted() -> dict:
    return spec() | {"mark": {"type": "bar", "fill": "url(https://example.org/x.svg#a)"}}


DRAWN = {
    "a paint from elsewhere": (painted, "elsewhere (url()"),
    "no rows": (lambda: spec(rows().head(0)), "draws no rows"),
    "unknown column": (lambda: spec(x="nosuch:Q"), "no column 'nosuch': the rows have value, name"),
    "text in a quantity": (
        lambda: spec(rows(1, "ten")),
        "'value' is drawn as a quantity and holds 'ten'",
    ),
    "a day as text": (lambda: spec(rows("2025-01-21"), "value:T"), "moves with the time zone"),
    "nothing in a quantity": (lambda: spec(rows(1.0, float("nan"))), "holds None"),
    "no end": (lambda: spec(rows(1.0, float("inf"))), "holds None"),
    "too many rows": (lambda: spec(rows(*range(50_000))), "draws 50000 rows, at most 2000"),
    "remote data": (remote, "elsewhere (url)"),
    "remote picture": (pictured, "elsewhere (url)"),
    "a script as a link": (linked, "elsewhere (href)"),
}


@pytest.fixture(scope="module")
def patterns() -> list[re.Pattern]:
    return numerals.allowed(ROOT / "chapters" / "numerals.toml", "chapters/one")


@pytest.mark.parametrize("where", TYPED)
def test_a_number_typed_into_a_cell_is_found(patterns, where):
    found = [numeral for _, numeral, _ in typed_in_code(TYPED[where], patterns)]
    assert re.findall(r"41\d\d|twelve billion", TYPED[where])[-1] in found


def test_what_is_no_number_of_the_world_passes(patterns):
    assert list(typed_in_code(FREE, patterns)) == []
    assert list(typed_in_code("%pip install x", patterns)) == []
    assert list(typed_in_code("answer = 18 / 20", patterns, supposes=True)) == []
    assert list(unsteady(FREE + "now = row.now.today")) == []


@pytest.mark.parametrize("what", UNSTEADY)
def test_what_another_build_would_have_otherwise_is_refused(what):
    assert list(unsteady(UNSTEADY[what]))


def test_a_hidden_cell_and_its_tags_are_read_with_their_lines(tmp_path):
    head = "---\nkernelspec:\n  name: python3\n---\n\n# One\n\n```{code-cell} ipython3\n"
    text = ':tags: [remove-input, raises-exception]\n\nx = 1\nprint("4119 billion")\n```\n'
    conf = small_book.BOOK + 'extensions = ["myst_nb", *BOOK, "chipbook.book.gates.code"]\n'
    conf += 'nb_execution_mode = "off"\n'
    notebook = head.replace("---\n", "---\nfile_format: mystnb\n", 1) + text
    _, said = small_book.make(tmp_path, {"index": notebook}, conf)
    assert re.search(r"index\.md:13: WARNING: naked number '4119'", said), said
    assert re.search(r"index\.md:\d+: WARNING: the tag 'raises-exception' lets a cell fail", said)


def test_the_caption_in_the_head_of_a_cell_is_no_output(patterns):
    caption = nodes.caption("", "About 4120 chips")
    shown = nodes.container("", nodes.paragraph("", "4121 rows"), nb_element="mime_bundle")
    page = nodes.container("", nodes.figure("", shown, caption), classes=["cell_output"])
    found = [text for _, text in numerals.texts(page) if numerals.naked(text, patterns)]
    assert found == ["About 4120 chips"]


def test_words_are_held_to_a_number_of_the_data():
    words = {"page": "x", "words": "more than half", "number": "'ft25-local-share'"}
    assert numerals.holds(words | {"between": [0.5, 0.7]})
    assert not numerals.holds(words | {"between": [0.7, 0.9]})
    assert not numerals.holds(words | {"number": "ends('ft25-local-share')", "between": [0.6, 1]})


@pytest.mark.parametrize("what", DRAWN)
def test_a_chart_that_would_stand_empty_or_ask_elsewhere_is_refused(what):
    with alt.data_transformers.disable_max_rows():
        make, said = DRAWN[what]
        assert any(said in problem for problem in figure.problems(make()))


def test_a_quantity_may_be_missing_where_the_chart_says_so():
    chart = alt.Chart.from_dict(spec(rows(1.0, None)))
    assert list(figure.problems(chart.transform_filter("isValid(datum.value)").to_dict())) == []
    assert list(figure.problems(spec())) == []


def test_a_broken_expression_names_its_chart(tmp_path, monkeypatch):
    broken = alt.Chart.from_dict(spec()).transform_calculate(x="datum.").to_dict()
    monkeypatch.setattr(figures, "note_sources", lambda *_: None)
    env = SimpleNamespace(docname="chapters/one", doctreedir=tmp_path)
    said = r"chapters/one\.md:12: the chart 'What was found' cannot be drawn: \S"
    with pytest.raises(SystemExit, match=said):
        figures.from_output(env, broken, 12)
    assert list(tmp_path.rglob("*.json")) == []


def test_a_chart_whose_filter_leaves_nothing_is_refused(tmp_path, monkeypatch):
    empty = alt.Chart.from_dict(spec()).transform_filter("datum.value > 1000").to_dict()
    monkeypatch.setattr(figures, "note_sources", lambda *_: None)
    env = SimpleNamespace(docname="chapters/one", doctreedir=tmp_path)
    said = "chapters/one.md:12: the chart 'What was found' cannot be drawn: it draws no rows"
    with pytest.raises(SystemExit, match=said):
        figures.from_output(env, empty, 12)


def test_an_amount_that_only_a_denied_figure_has_needs_its_word():
    """However the code came to it."""

    def said(text: str) -> list[str]:
        output = nodes.container("", nodes.paragraph("", text), classes=["cell_output"])
        page = nodes.container("", nodes.container("", output, classes=["cell"]))
        domain = SimpleNamespace(data={"pages": {}})
        env = SimpleNamespace(docname="x", get_domain=lambda _: domain)
        return [fault for _, fault in denied.faults(SimpleNamespace(env=env), page)]

    amount = format(facts["ft25-local-usd"], "amount")
    assert said(f"It was {amount}.") == [
        f"a cell shows amounts of denied figures and no denial: {amount}"
    ]
    assert said(f"It was {amount}, which was denied.") == []
    assert said(f"It was {amount}, which nobody denies.") != []
    assert said(f"It was {amount}0.") == []


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Popen, Path]]:
    """What runs cells, for a book with one table, and its folder."""
    root = tmp_path_factory.mktemp("book")
    (root / "data").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(execute, "ROOT", root)
        patch.setenv("PYTHONPATH", os.pathsep.join((str(root), str(ROOT))))
        with start() as process:
            yield process, root


@pytest.mark.parametrize("what", DOES)
def test_a_cell_that_goes_out_of_bounds_fails_and_changes_nothing(runner, what):
    process, root = runner
    table = root / "data" / "a.csv"
    table.write_text("1")
    code, said = DOES[what]
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    with pytest.raises(CellFailed, match=said) as failed:
        run(process, page, root, 60)
    assert len(str(failed.value).splitlines()) == 1
    assert table.read_text() == "1"
