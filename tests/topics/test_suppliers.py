"""The chapter's headline numbers, recomputed from the raw files by another route."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import printed, rows

from chipbook import facts
from chipbook.topics import suppliers

ROOT = Path(__file__).resolve().parents[2]


def values(name: str) -> dict[str, float]:
    return {key: float(row["value"]) for key, row in rows(name).items() if row["value"]}


@pytest.fixture(scope="module")
def raw() -> dict[str, float]:
    return values("facts")


@pytest.fixture(scope="module")
def filed() -> dict[str, float]:
    return values("supplier_financials")


@pytest.fixture(scope="module")
def counted() -> dict[str, float]:
    return values("vendor_shares")


def test_the_plan_beside_the_sales(raw, filed):
    local = raw["ft25-chips-china-cny"] * raw["ft25-local-share"] / 100
    cambricon = filed["cambricon-2025-revenue"] / 1000
    assert facts["bd-vs-cambricon-2025"].to("ratio") == pytest.approx(local / cambricon)
    year_before = filed["cambricon-2024-revenue"] / 1000
    assert facts["bd-vs-cambricon-2024"].to("ratio") == pytest.approx(local / year_before)
    huawei = filed["huawei-ai-chips-2025-revenue"] / 1000 * raw["fx-2025-12-22"]
    assert facts["huawei-ai-2025-cny"].to("billion CNY") == pytest.approx(huawei)
    both = facts["bd-vs-both-2025"].to("percent")
    assert both == pytest.approx(100 * local / (huawei + cambricon))


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("bd-vs-cambricon-2025", "ratio"),
        ("bd-910b-ratio", "percent"),
        ("cambricon-top5-2025", "percent"),
        ("cambricon-sold-2024", "units"),
        ("cambricon-rev-per-card", "CNY per units"),
        ("huawei-share-domestic-idc", "percent"),
    ],
)
def test_printed_numbers_agree(key, unit):
    research = printed()[key]
    assert unit.startswith(research["unit"])
    places = len(research["value"].partition(".")[2])
    # The last digit that is printed, and for rounded hundreds the last that is not a zero.
    step = 10.0**-places if places else 10.0 ** len(re.search(r"0*$", research["value"]).group())
    now = facts[key].to(unit)
    assert now == pytest.approx(float(research["value"]), abs=step / 2 + 1e-9)
    assert facts.fact(key).period == research["period"]


def test_the_shares_are_those_of_the_file_in_their_periods(raw, counted):
    table = suppliers.shares().set_index("id")
    for key, row in table.iterrows():
        assert row["value"] == {**raw, **counted}[key.removeprefix("vendor_shares/")]
    idc = table[table["what"] == "by IDC"]
    assert {key for key in rows("vendor_shares") if f"vendor_shares/{key}" in idc.index} == {
        "chinese-vendors-2023-01-to-2023-06-idc-share",
        "chinese-vendors-2024-idc-share",
        "chinese-vendors-2025-idc-share",
    }
    assert [f"{day:%Y-%m-%d}" for day in idc["end"]] == ["2023-06-30", "2024-12-31", "2025-12-31"]
    asked = table.loc["ft25-guidance"]
    assert (f"{asked['start']:%Y-%m-%d}", f"{asked['end']:%Y-%m-%d}") == (
        "2025-01-01",
        "2025-12-31",
    )


def test_cards_add_up_to_the_chinese_total_and_nearly_to_the_market(counted):
    cards = {
        key.removesuffix("-2025-idc-shipments"): value
        for key, value in counted.items()
        if key.endswith("-2025-idc-shipments")
    }
    total, chinese = cards.pop("all-vendors"), cards.pop("chinese-vendors")
    rest = counted["other-chinese-vendors-2025-computed-shipments"]
    assert sum(cards.values()) + rest == facts["idc-parts-2025"].to("cards")
    assert sum(cards.values()) + rest == pytest.approx(total, rel=0.01)
    assert sum(cards.values()) - cards["nvidia"] - cards["amd"] + rest == chinese
    huawei = cards["huawei"] / chinese
    assert facts["huawei-share-domestic-idc"].to("ratio") == pytest.approx(huawei)
    cambricon = cards["cambricon"] / chinese
    assert facts["cambricon-share-domestic-idc"].to("ratio") == pytest.approx(cambricon)


def test_quarters_add_up_to_the_filed_years(filed):
    table = suppliers.cambricon_quarters()
    for year in ("2024", "2025"):
        for measure in ("revenue", "net profit"):
            part = table[table["quarter"].str.startswith(year) & table["measure"].eq(measure)]
            assert len(part) == 4
            whole = filed[f"cambricon-{year}-{measure.replace(' ', '-')}"]
            # Some quarters are printed in whole millions.
            assert part["value"].sum() == pytest.approx(whole, abs=2)


def test_the_forecast_of_a_quarter_is_not_drawn(filed):
    profits = suppliers.cambricon_quarters()["value"]
    assert filed["cambricon-2024-q4-net-profit-forecast"] not in set(profits)


def test_before_the_article_the_accounts_show_losses(filed):
    table = suppliers.cambricon_quarters().set_index(["measure", "quarter"])["value"]
    profit = table["net profit"]
    assert (profit[["2024 Q1", "2024 Q2", "2024 Q3"]] < 0).all()
    assert (profit.loc["2024 Q4":] > 0).all()
    first = 100 * filed["cambricon-2025-q1-revenue"] / filed["cambricon-2024-revenue"]
    assert facts["cambricon-q1-2025-of-2024"].to("percent") == pytest.approx(first)
    last = 100 * filed["cambricon-2024-q4-revenue"] / filed["cambricon-2024-revenue"]
    assert facts["cambricon-q4-of-2024"].to("percent") == pytest.approx(last)


def test_dies_and_chips_of_huawei(raw):
    dies, pairs = raw["huawei-dies-2025"], raw["huawei-910c-2025"]
    assert facts["huawei-dies-as-910c"].to("chips") == dies / 2
    assert facts["huawei-dies-left"].to("dies") == dies - 2 * pairs
    assert facts["huawei-bloomberg-chips"].to("chips") == pairs + dies - 2 * pairs
    plan = raw["huawei-2025-ft-910b"] + raw["huawei-2025-ft-910c"]
    assert facts["huawei-2025-ft-plan"].to("chips") == plan
    ratio = facts["huawei-idc-vs-kessler"]
    assert ratio.to("ratio") == pytest.approx(raw["huawei-2025-idc"] / raw["huawei-2025-kessler"])
    assert ratio.qualifier == "at least about"


def test_answers_on_huawei_keep_their_units_and_dates(raw):
    table = suppliers.huawei_2025()
    assert table["said"].is_monotonic_increasing
    assert table["unit"].value_counts()["dies"] == 1
    assert set(table["unit"]) == {"chips", "cards", "units", "dies"}
    known = [raw[row["fact"]] for row in rows("huawei_answers").values() if row["fact"] in raw]
    assert set(known) <= set(table["value"])
    # A month in which it was said is never after every page that relays it was published.
    published = {key: row["published"] for key, row in rows("sources").items()}
    for row in table.itertuples():
        dates = [published[source] for source in row.source_ids.split(";")]
        assert row.said <= max(dates)[:7] or len(max(dates)) == 4


def test_each_stage_says_who_counts_there():
    table = suppliers.stages().set_index("stage")
    assert list(table["place"]) == [0, 1, 2, 3, 4]
    assert table.loc["Die", "counted"] == f"{facts['huawei-dies-2025']}; Bloomberg"
    assert table.loc["Chip", "counted"].count("|") == 2
    nobody = table[table["counted"] == suppliers.NO_COUNT]
    assert list(nobody.index) == ["Wafer", "Server"]
    assert (nobody["source_ids"] == "").all()


def test_customers_and_what_follows_for_the_largest(raw, filed):
    five = 100 * raw["cambricon-top5-2025-cny"] / filed["cambricon-2025-revenue"]
    assert facts["cambricon-top5-2025"].to("percent") == pytest.approx(five)
    low, high = facts["cambricon-top1-2025"].range("percent")
    assert (low, high) == pytest.approx((five / 5, five))
    assert low < raw["bd-cambricon-orders"] < high
    assert facts["cambricon-top1-2025"].value is None
    table = suppliers.customers().set_index("id")
    assert tuple(table.loc["bd-cambricon-orders", ["low", "high"]]) == (50, 100)
    assert tuple(table.loc["cambricon-top1-2025", ["low", "high"]]) == pytest.approx((low, high))


@given(st.lists(st.floats(0.01, 10), min_size=5, max_size=5))
def test_the_largest_of_five_has_at_least_a_fifth(parts):
    assert sum(parts) / 5 <= max(parts) * (1 + 1e-12) <= sum(parts) * (1 + 1e-12)


def test_claim_and_answer_fall_on_one_day():
    table = suppliers.same_day().set_index("step")
    assert str(table.loc["The claim", "date"]) == str(table.loc["The answer", "date"])
    assert table.loc["The answer", "who"] == "Cambricon"
    assert str(facts["cambricon-top5-2025"]) in table.loc["Since then", "words"]


def test_orders_and_yields(raw, counted):
    table = suppliers.ascend().set_index("what")
    assert table.loc["Planned for 2026", "amount"] == "may exceed 40 billion yuan"
    assert list(table["answer"]) == ["reply to another part"] * 2 + ["no reply found"] * 2
    assert table.loc["Ordered in 2025", "amount"] == "none"
    told = rows("statements")["hw26-none-2025"]
    assert table.loc["Ordered in 2025", "source_ids"] == told["source_ids"]
    assert table.loc["Received by July 2024", "amount"].startswith("less than")
    assert facts["bd-910b-ratio"].qualifier == "less than"
    ratio = 100 * raw["bd-910b-received"] / raw["bd-910b-ordered"]
    assert facts["bd-910b-ratio"].to("percent") == pytest.approx(ratio)
    gain = raw["huawei-910c-yield-2025"] / raw["huawei-910c-yield-2024"]
    assert facts["yield-910c-gain"].to("ratio") == pytest.approx(gain)
    plan = raw["cambricon-plan-2026"] / raw["cambricon-output-2025"]
    assert facts["cambricon-plan-vs-output"].to("ratio") == pytest.approx(plan)
    twice = raw["ft25-local-share"] / raw["ft25-guidance"]
    assert facts["local-share-vs-guidance"].to("ratio") == pytest.approx(twice)
    idc = counted["cambricon-2025-idc-shipments"] / counted["cambricon-2025-filed-shipments"]
    assert facts["cambricon-idc-of-filed"].to("ratio") == pytest.approx(idc)
