"""What the reading of code says a page reads."""

import ast

import pytest

from chipbook.book import consumers
from chipbook.book.consumers import QUANTITY, behind, reads


@pytest.fixture
def module(monkeypatch):
    """``module(name, source)`` puts a made-up module of the book beside the real ones."""
    real, made = consumers._code, {}
    monkeypatch.setattr(consumers, "_code", lambda name: made.get(name) or real(name))
    consumers._summary.cache_clear()
    yield lambda name, source: made.update({name: consumers._Code(ast.parse(source), name)})
    consumers._summary.cache_clear()


def test_cells_that_load_a_table():
    found = reads(
        [
            "%pip install x\nfrom chipbook import load",
            'press = load("press_reports")\nasked = press["response_type"] != "not asked"',
            'later = press[asked].query("later_status == origin").sort_values("date_start")',
            "for row in later.itertuples():\n    print(row.claim)",
        ]
    )
    columns = {"response_type", "later_status", "origin", "date", "claim"}
    assert found == {"press_reports": columns}


def test_only_the_functions_that_are_called_count(module):
    module(
        "chipbook.topics.made",
        "from chipbook.data import load, sources\n"
        "KEPT = ['vendor', 'released']\n"
        "def specs():\n    return load('chip_specs')[KEPT]\n"
        "def other():\n    return load('tokens')['value']\n"
        "def both():\n    return specs(), other()\n",
    )
    cell = "from chipbook.topics.made import other, specs\nspecs()['process']"
    assert reads([cell]) == {"chip_specs": {"vendor", "released", "process"}}
    assert set(reads(["from chipbook.topics import made as m\nm.both()"])) == {
        "chip_specs",
        "tokens",
    }
    assert reads(["from chipbook.topics.made import specs"]) == {}


def test_a_function_reads_what_it_is_given(module):
    module(
        "chipbook.topics.made",
        "from chipbook.data import load\n"
        "def rows(name):\n    return load(name)\n"
        "def named(table):\n    return table['vendor'] + table.metric\n"
        "def again(n):\n    return again(n - 1) if n else load('replies')['party']\n",
    )
    start = "from chipbook.topics.made import again, named, rows\n"
    assert reads([start + "named(rows('vendor_shares'))"]) == {
        "vendor_shares": {"vendor", "metric"}
    }
    assert reads([start + "again(3)"]) == {"replies": {"party"}}


def test_numbers_are_read_from_their_rows():
    assert reads(['from chipbook import facts\nfacts["ft25-total"]']) == {"facts": set(QUANTITY)}
    found = reads(['use(f"chip_orders/{row}", f"{facts[key]}", "ft25-sum")'])
    assert found == {"chip_orders": set(QUANTITY), "facts": set(QUANTITY)}
    assert set(behind("ft25-sum")) == {"facts"}
    assert set(behind("bd-vs-cambricon-2025")) == {"facts", "supplier_financials"}


def test_names_that_are_no_columns():
    cell = (
        "from chipbook import load\nimport altair as alt\n"
        'table = load("tokens")\n'
        'alt.Chart(table).encode(alt.X("value:Q").title("note")).properties(title=3)\n'
        'out = [{"low": row["high"], "made_up": 1} for _, row in table.iterrows()]\n'
        'load("no_such_table")\n'
    )
    assert reads([cell]) == {"tokens": {"value", "note", "high"}}
    assert reads(["def load(x): return x\nload('tokens')['value']"]) == {}


def test_column_names_that_are_put_together():
    cell = 'from chipbook import load\nboth = load("second_coding")\nboth[f"{what}_2"]'
    assert reads([cell]) == {"second_coding": {"response_type_2", "later_status_2", "sourcing_2"}}
    assert reads([cell.replace("{what}_2", "{what}")]) == {"second_coding": set()}


def test_a_real_function_as_read_by_hand():
    """Not all that its module loads (orders, cards) belongs to a chapter that calls it."""
    found = reads(["from chipbook.topics import suppliers\nsuppliers.same_day()"])
    # One of its two numbers is a part of the filed revenue.
    assert set(found) == {"press_reports", "replies", "facts", "supplier_financials"}
    assert found["press_reports"] == {"id", "date", "outlet", "claim", "source_ids"}
    assert found["replies"] == {"id", "date", "party", "reply", "source_ids"}
