"""The chapter's headline numbers, recomputed from the raw files by another route."""

import html
import re
from pathlib import Path

import pandas as pd
import pytest
from reading import charts, rows, svg

from chipbook import facts
from chipbook.story.answers import NOT_YET, OTHER_PART, TODAY
from chipbook.topics.budget import (
    SPENDERS_2025,
    budget_reports,
    budget_totals,
    doubling,
    readings,
    spenders,
)

DATA = Path(__file__).resolve().parents[2] / "data"


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


def test_the_slider_starts_at_the_report_and_its_parts_add_up():
    table = readings()
    share = facts["ft25-local-share"].to("ratio")
    portion = table["rule"].map({"all": 1.0, "share": share, "rest": 1 - share})
    by_reading = (table["budget"] * portion).groupby(table["reading"]).sum()
    assert by_reading["The article"] == pytest.approx(by_reading["The report"])
    drawn = (table["budget"] * portion)[(table["reading"] == "The report") & (table["place"] == 0)]
    # The chart splits the printed dollars, the text the yuan at the day's rate: one cent apart.
    assert drawn.item() == pytest.approx(facts["ft25-local-usd"].to("billion USD"), abs=0.01)


def test_only_the_chips_for_china_double():
    table = doubling().set_index(["what", "year"])["value"]
    assert table["chips for China", "2025"] == 2 * table["chips for China", "2024"]
    assert ("whole plan", "2024") not in table.index


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
    assert list(budget_totals()["published_start"]) == sorted(budget_totals()["published_start"])


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
    beside = spenders().set_index("company")
    assert beside.loc["Tencent", "value"] < beside.loc["Meta", "value"]
    assert set(beside["kind"]) == {"result", "reported plan"}


# --- As known on a day


@pytest.fixture(scope="module")
def reports() -> dict:
    """Specification of the chart of reports, as the chapter's cells make it."""
    return charts("chip-budget")["fig-reports"].to_dict()


def drawing(spec: dict, day: str) -> str:
    return svg(spec | {"width": 632}, as_of=day)


def day_options(spec: dict) -> list[str]:
    (day,) = (p for p in spec["params"] if p["name"] == "as_of")
    return day["bind"]["options"]


def label(row: str, answer: str) -> list[str]:
    return [*row.split("|")[:2], answer]


def test_the_chart_offers_each_day_on_which_something_became_known(reports):
    press = rows("press_reports")
    offered = day_options(reports)
    assert offered[0] == TODAY
    assert offered[1:] == sorted(offered[1:], reverse=True)
    for row in budget_totals().itertuples():
        assert len(row.published) != 10 or row.published in offered
        answered = press.get(row.report_id, {}).get("response_date", "")
        assert len(answered) != 10 or row.answer == "no reply found" or answered in offered


def totals_as_of(day: str) -> pd.DataFrame:
    """The model of the chart: the reports public at the end of a day, with what was answered."""
    totals = budget_totals()
    totals = totals[totals["public"] <= day]
    return totals.assign(answer=totals["answer"].where(totals["answered"] <= day, NOT_YET))


def test_the_chart_on_each_day_draws_the_model(reports):
    for day in [*day_options(reports), "2024-12-30"]:
        drawn = drawing(reports, day)
        texts = re.findall(r"<text[^>]*>(.*?)</text>", drawn, re.DOTALL)
        lines = [re.findall(r"<tspan[^>]*>(.*?)</tspan>", text) for text in texts]
        labels = [[html.unescape(line) for line in text] for text in lines if len(text) == 3]
        model = [label(row.row, row.answer) for row in totals_as_of(day).itertuples()]
        assert sorted(labels) == sorted(model), day
        # A hidden mark has no opacity: neither the circle nor the words can be seen.
        amounts = re.findall(r'<text(?![^>]* opacity="0")[^>]*>([^<]*\d bn)</text>', drawn)
        assert sorted(amounts) == sorted(totals_as_of(day)["words"]), day


def test_no_row_moves_from_day_to_day(reports):
    sizes = {
        re.search(r'viewBox="([^"]+)"', drawing(reports, day))[1] for day in day_options(reports)
    }
    assert len({size.split()[3] for size in sizes}) == 1


def test_what_was_known_of_the_budget_on_a_day():
    before = totals_as_of("2025-01-20").set_index("id")
    assert set(before.index) == {
        "br-2024-12-zheshang-24",
        "br-2024-12-zheshang-25",
        "br-2024-12-ti-total",
    }
    # Denied in January, which day is not known; and answered in December, on another part.
    assert set(before.filter(like="zheshang", axis="index")["answer"]) == {NOT_YET}
    assert before.loc["br-2024-12-ti-total", "answer"] == OTHER_PART
    report = totals_as_of("2025-01-21").set_index("id")
    assert report.loc["br-2025-01-ft-total", "answer"] == "denied"
    assert "br-2025-01-reuters-capex" not in report.index
    later = totals_as_of("2025-01-31").set_index("id")
    assert later.loc["br-2024-12-zheshang-25", "answer"] == "denied in part"
    assert later.loc["br-2024-12-ti-total", "answer"] == OTHER_PART
    assert totals_as_of(TODAY)["answer"].equals(budget_totals()["answer"])
