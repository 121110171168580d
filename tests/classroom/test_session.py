"""What a cell shows that runs in the page, without the browser: tests/run_check.py has that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from chipbook.charts import figure, tables


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    monkeypatch.setenv("CHIPBOOK_BUILD", figure.PAGE)
    from chipbook.classroom.session import Session

    return Session()


def shown(session, source: str) -> dict:
    [output] = session.run(source)
    return output.get("data", output)


def test_a_name_of_one_cell_is_there_in_the_next(session) -> None:
    assert session.run("x = 2") == []
    assert shown(session, "x * 3") == {"text/plain": "6"}
    assert session.run("None") == []
    both = session.run("display(x)\nx + 1")
    assert [output["data"]["text/plain"] for output in both] == ["2", "3"]


@pytest.mark.parametrize(
    ("source", "says", "lines"),
    [
        ("x = 1\nx + y", "NameError: name 'y' is not defined", ["line 2: x + y"]),
        ("x = (1\ny", "SyntaxError: '(' was never closed", ["line 1: x = (1"]),
        (
            "def f():\n    return 1 / 0\nf()",
            "ZeroDivisionError: division by zero",
            ["line 2: return 1 / 0", "line 3: f()"],
        ),
        ("import sys\nsys.exit()", "SystemExit", ["line 2: sys.exit()"]),
        (
            "raise ValueError('one,\\ntwo')",
            "ValueError: one,\ntwo",
            ["line 1: raise ValueError('one,\\ntwo')"],
        ),
        (
            "def f(): f()\nf()",
            "RecursionError: maximum recursion depth exceeded",
            ["line 1: def f(): f()", "line 2: f()"],
        ),
        (
            "from chipbook import facts\nfacts['ft25-totl']",
            "Missing: no fact 'ft25-totl': did you mean ft25-total",
            ["line 2: facts['ft25-totl']"],
        ),
    ],
)
def test_an_error_is_what_it_says_and_the_readers_own_lines(session, source, says, lines) -> None:
    output = shown(session, source)
    assert output["evalue"].startswith(says)
    from chipbook.classroom.session import HINTS

    hint = [HINTS[output["ename"]]] if output["ename"] in HINTS else []
    assert output["traceback"] == [*lines, *hint]
    assert bool(hint) is (output["ename"] in ("NameError", "SyntaxError", "ZeroDivisionError"))


def test_a_table_brings_what_the_page_shows_of_it(session) -> None:
    data = shown(
        session,
        "import pandas as pd\nfrom chipbook import show\n"
        "show(pd.DataFrame({'a': ['2025-01-21'], 'b': ['about 3'], 'source_ids': ['x;y']}))",
    )
    assert data[tables.MIME]["rows"] == [["2025-01-21", "about 3", ["x", "y"]]]
    assert data["shown"] == {
        "kinds": ["text", "figure", "sources"],
        "rows": [["21 Jan 2025", "about 3", ["x", "y"]]],
    }


def test_a_chart_of_a_readers_own_is_a_specification_with_a_word_beside_it(
    session, capsys: pytest.CaptureFixture
) -> None:
    data = shown(
        session,
        "import altair as alt, pandas as pd, chipbook\n"
        "alt.Chart(pd.DataFrame({'a': [1]})).mark_bar().encode(x='a:Q')",
    )
    assert data[figure.MIME]["mark"] == {"type": "bar"}
    assert "title is missing" in capsys.readouterr().out


def test_the_outputs_stand_where_the_page_reads_them(
    session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chipbook.classroom.session.OUTPUTS", tmp_path / "outputs.json")
    session.answer("1 + 1")
    assert json.loads((tmp_path / "outputs.json").read_text())[0]["data"] == {"text/plain": "2"}
    own = "class Own:\n    def _repr_mimebundle_(self):\n        return {'x': float('nan')}\nOwn()"
    session.answer(own)
    [output] = json.loads((tmp_path / "outputs.json").read_text())
    assert output["output_type"] == "error"
