"""One row holds a figure: what refers to it follows it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from reading import ROOT, as_written, edit, rows

from chipbook import facts, load
from chipbook.data import refs

AFTER = """
import chipbook
from chipbook import facts, load
from chipbook.topics import budget, purchase
share = load("assumptions").set_index("id").loc["share-report"]
print(facts["ft25-total"], facts["ft25-local-share"], facts["ft25-local-cny"], sep="|")
print(round(budget.budget_reports().set_index("id").loc["br-2025-01-ft-total", "cny"], 2))
print(*share[["low", "value", "high"]], purchase.middle()["share-report"])
print(purchase.middle()["money"])
print(load("assumptions").set_index("id").loc["share-cambricon", "high"])
"""


def test_one_cell_changes_text_chart_and_model_alike(tmp_path):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(ROOT / "chipbook", tmp_path / "chipbook")
    data, total = tmp_path / "data", {"value": "13", "value_usd_bn": "13", "low": "13"}
    edit(data, "facts.csv", "ft25-local-share", value="50")
    edit(data, "budget_reports.csv", Path(as_written("facts")["ft25-total"]["row"]).name, **total)
    china = Path(as_written("facts")["ft25-chips-china-cny"]["row"]).name
    edit(data, "budget_reports.csv", china, value="30")
    done = subprocess.run(
        [sys.executable, "-c", AFTER],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "more than $13 billion|about 50%|about 15 billion yuan",
        "94.53",  # 13 billion dollars at the rate of that day
        "45.0 50.0 55.0 50.0",
        "30.0",
        "43.0",
    ]


def test_a_row_that_refers_has_the_figure_and_its_own_words():
    fact = facts.fact("ft25-total")
    assert fact.holder == "budget_reports/br-2025-01-ft-total"
    assert facts.fact("ft25-double").holder == "facts/ft25-double"
    assert str(fact.quantity) == str(facts[fact.holder])
    assert fact.metric == "planned spending on AI infrastructure, worldwide"
    assert fact.reports == ("bd-2025-01-ft-12bn",)


@pytest.mark.parametrize("table", ["facts", "doubao_timeline", "vendor_shares", "chatgpt_users"])
def test_every_reference_leads_to_the_same_number(table):
    named = {key: row["row"] for key, row in as_written(table).items() if row["row"]}
    assert named
    for key, holder in named.items():
        mine = facts[key if table == "facts" else f"{table}/{key}"]
        assert (mine.value, *mine.bounds) == (facts[holder].value, *facts[holder].bounds)
        assert not as_written(holder.split("/")[0])[holder.split("/")[1]].get("row")


def test_a_number_alone_keeps_the_words_of_its_row():
    row = {"id": "a", "value": "", "value_row": "t/b/usd", "unit": "USD", "qualifier": "up to"}
    row |= {"low": "", "high": ""}
    held = {"b": {"usd": "7", "qualifier": "exact"}}
    found = refs.resolved(row, {"t": held}.__getitem__)
    assert (found["value"], found["low"], found["high"]) == ("7", "", "7")
    assert found["qualifier"] == "up to"


def test_a_spread_lies_on_both_sides_of_the_value():
    share = load("assumptions").set_index("id").loc["share-report"]
    value = float(rows("facts")["ft25-local-share"]["value"])
    assert share["low"] < share["value"] == value
    assert value - share["low"] == share["high"] - value


def test_a_row_takes_a_derived_number_as_it_is_printed():
    table = load("assumptions").set_index("id")
    assert facts["cambricon-revenue-of-local"].to("percent") != 27
    assert table.loc["share-cambricon", "high"] == 27
    assert table.loc["price-mlu590", "low"] == 55200
    assert table.loc["power-910c", ["low", "high"]].tolist() == [620, 800]
