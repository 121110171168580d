"""The chapter's headline numbers, recomputed from the raw files by another route."""

import re
from itertools import pairwise

import pytest
from reading import charts, rows, svg

from chipbook import facts
from chipbook.topics.budget import (
    NEST,
    SPENDERS_2025,
    budget_reports,
    scopes,
    spenders,
)


@pytest.fixture(scope="module")
def raw() -> dict[str, float]:
    return {key: float(row["value"]) for key, row in rows("facts").items() if row["value"]}


def test_the_split_of_the_report(raw):
    china, share, rate = raw["ft25-chips-china-cny"], raw["ft25-local-share"], raw["fx-2025-01-21"]
    local = china * share / 100 / rate
    nvidia = china * (100 - share) / 100 / rate
    assert facts["ft25-local-usd"].to("billion USD") == pytest.approx(local)
    assert facts["ft25-nvidia-china-usd"].to("billion USD") == pytest.approx(nvidia)
    total = raw["ft25-chips-china-usd"] + raw["ft25-overseas"]
    assert facts["ft25-sum"].to("billion USD") == pytest.approx(total)
    assert facts["ft25-local-of-total"].to("percent") == pytest.approx(100 * local / total)
    assert facts["article-moved-usd"].to("billion USD") == pytest.approx(
        raw["article-local-usd"] - local
    )


def test_the_parts_fit_the_reported_total(raw):
    assert facts["ft25-sum"].to("billion USD") > raw["ft25-total"]
    assert facts["ft25-total"].qualifier == "more than"


def data_of(figure: str, column: str) -> list[dict]:
    """The rows that a chart of the chapter draws, known by a column of theirs."""
    datasets = charts("chip-budget")[figure].to_dict()["datasets"].values()
    return next(rows for rows in datasets if rows and column in rows[0])


def test_the_slider_starts_at_the_report_and_its_parts_add_up():
    share = facts["ft25-local-share"].to("ratio")
    portion = {"all": 1.0, "share": share, "rest": 1 - share}
    parts = [
        (row["column"], row["budget"] * portion[row["rule"]], row["rule"])
        for row in data_of("fig-two-readings", "rule")
    ]
    article, report = (sum(p[1] for p in parts if p[0] == column) for column in (0, 1))
    assert article == pytest.approx(report)
    (drawn,) = (amount for _, amount, rule in parts if rule == "share")
    # The chart splits the printed dollars, the text the yuan at the day's rate: one cent apart.
    assert drawn == pytest.approx(facts["ft25-local-usd"].to("billion USD"), abs=0.01)


def test_only_the_chips_for_china_double():
    table = {(row["what"], row["year"]): row["value"] for row in data_of("fig-doubling", "year")}
    part = "chips bought in China"
    assert table[part, "2025"] == 2 * table[part, "2024"]
    assert set(table) - {(part, "2024"), (part, "2025")} == {("the whole plan", "2025")}


def test_reports_are_counted_and_converted_as_the_files_say():
    money = [row for row in rows("budget_reports").values() if row["unit"] != "percent"]
    table = budget_reports().set_index("id")
    assert len(table) == len(money)
    rates = {"2025-01": 7.2712, "2026-05": 200 / 29.4}
    for row in money:
        value, yuan = float(row["value"]), row["unit"] == "billion CNY"
        if yuan or row["published"][:7] in rates:
            rate = 1 if yuan else rates[row["published"][:7]]
            assert table.loc[row["id"], "cny"] == pytest.approx(value * rate), row["id"]
    assert set(table.index[table["looks_back"]]) == {
        "br-2024-09-reuters",
        "br-2024-12-zheshang-24",
        "br-2025-12-ft-25",
        "br-2025-12-scmp-25",
    }
    totals = [row for row in money if row["scope"] in ("capex", "AI infrastructure")]
    assert facts["reports-of-totals"].to("reports") == len(totals)
    assert table["published_start"].is_monotonic_increasing


def test_an_answer_is_shown_only_for_the_figure_it_was_about():
    press = rows("press_reports")
    table = budget_reports().set_index("id")
    for key, row in rows("budget_reports").items():
        if key not in table.index:
            continue
        if table.loc[key, "answer"] in ("denied", "denied in part"):
            assert row["reply_scope"] == "this figure"
            assert press[row["report_id"]]["response_type"].startswith("denied")
    assert table.loc["br-2026-02-reuters", "answer"] == "reply to another part"


def test_the_four_spenders_add_up():
    raw = rows("peer_capex")
    four = sum(
        float(raw[key]["value"]) for key in SPENDERS_2025 if raw[key]["unit"] == "billion USD"
    )
    assert facts["four-2025"].to("billion USD") == pytest.approx(four)
    plan = facts["rt25-capex-usd"].to("billion USD")
    assert facts["bd-vs-four"].to("percent") == pytest.approx(100 * plan / four)
    assert facts["bd-vs-four"].qualifier == "more than"
    beside = spenders()
    drawn = beside.groupby("row", sort=False)["value"].sum()
    assert drawn["Four American firms"] == pytest.approx(four)
    assert drawn["Tencent"] < beside.set_index("company").loc["Meta", "value"]
    assert set(beside["kind"]) == {"result", "reported plan"}


def test_each_report_of_the_year_lies_in_the_box_of_what_it_counts():
    raw = rows("budget_reports")
    reports, boxes = scopes()
    money = {
        key for key, row in raw.items() if row["period"] == "2025" and row["unit"] != "percent"
    }
    assert set(reports["id"]) == money, "every report of 2025"
    names = list(NEST)
    for row in reports.itertuples():
        inside = {names[n] for n, box in boxes.iterrows() if box["top"] < row.y < box["bottom"]}
        deepest = names.index(raw[row.id]["drawn_in"])
        outside = row.drawn_in == "rented capacity"
        assert inside == ({row.drawn_in} if outside else set(names[: deepest + 1])), row.id
        # No edge runs through its mark or words.
        assert all(abs(edge - row.y) >= 20 for edge in (*boxes["top"], *boxes["bottom"])), row.id
    assert set(reports.loc[reports["january"], "value"].round(1)) == {12.0, 40.0, 6.8}


@pytest.mark.parametrize("share", [0, 5, 60, 100])
def test_the_two_readings_as_the_slider_draws_them(share):
    """The split of the report alone follows; words stand beside each bar, never over each other."""
    spec = charts("chip-budget")["fig-two-readings"].to_dict() | {"width": 632}
    drawn = svg(spec, ft25_local_share=share)
    text = r"<text[^>]*translate\(([\d.]+),([\d.]+)\)[^>]*>(<tspan.*?)</text>"
    found = [
        (float(x), float(y), re.findall(r">([^<]+)</tspan>", words))
        for x, y, words in re.findall(text, drawn, re.DOTALL)
    ]
    part = {"all": 1, "share": share / 100, "rest": 1 - share / 100}
    amounts = [row["budget"] * part[row["rule"]] for row in data_of("fig-two-readings", "rule")]
    said = sorted(lines[-1] for _, _, lines in found)
    assert said == sorted(f"${amount:.1f} bn" for amount in amounts if amount)
    columns = {x for x, _, _ in found}
    assert len(columns) == 2
    for column in columns:
        spans = sorted((y, y + 15 * len(lines)) for x, y, lines in found if x == column)
        assert all(one[1] <= two[0] for one, two in pairwise(spans))
