"""The chapter's headline numbers, recomputed from the raw files by another route."""

import re
from pathlib import Path

import altair as alt
import pytest
import vl_convert
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
    drawn = suppliers.scale().set_index("row")["value"]
    assert list(drawn) == pytest.approx([local, year_before, cambricon, huawei])


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


def test_shares_of_the_trackers_stand_as_in_the_file(raw, counted):
    table = suppliers.shares()
    assert len(table) == len(suppliers.SHARES) == table["row"].nunique()
    expected = [raw[key] if key in raw else counted[key] for key in suppliers.SHARES.values()]
    assert list(table["value"]) == expected
    shares = rows("vendor_shares")
    trackers = [shares[key] for key in suppliers.SHARES.values() if key in shares]
    assert {row["vendor"] for row in trackers} == {"Chinese vendors"}
    assert {row["metric"] for row in trackers} == {"share"}
    assert (table["kind"] == "share").sum() == len(trackers)


def test_only_the_plan_of_bytedance_is_crossed():
    table = suppliers.shares()
    crossed = table[table["answer"] == "denied"]["row"].tolist()
    assert crossed == ["ByteDance's plan, 2025|reported, denied"]
    buyers = suppliers.customers()
    crossed = buyers[buyers["answer"] == "denied"]["row"].tolist()
    assert crossed == ["Cambricon, ByteDance|reported, denied"]


def test_cards_add_up_to_the_chinese_total_and_nearly_to_the_market(counted):
    table = suppliers.cards().set_index("vendor")
    chinese = table[table["origin"] == "Chinese"]["value"].sum()
    assert chinese == counted["chinese-vendors-2025-idc-shipments"]
    assert facts["idc-parts-2025"].to("cards") == table["value"].sum()
    total = counted["all-vendors-2025-idc-shipments"]
    assert table["value"].sum() == pytest.approx(total, rel=0.01)
    huawei = counted["huawei-2025-idc-shipments"] / chinese
    assert facts["huawei-share-domestic-idc"].to("ratio") == pytest.approx(huawei)
    cambricon = counted["cambricon-2025-idc-shipments"] / chinese
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


shares_in_percent = st.floats(0, 100, allow_nan=False)


@given(st.floats(1, 1e7), shares_in_percent)
def test_chips_lie_between_half_the_dies_and_all_of_them(dies, paired):
    chips = suppliers.chips_of(dies, paired)
    assert dies / 2 <= chips * (1 + 1e-12)
    assert chips <= dies
    two_to_a_chip = dies * paired / 100
    assert chips == pytest.approx(two_to_a_chip / 2 + (dies - two_to_a_chip))


@given(st.floats(1, 1e7), shares_in_percent, shares_in_percent)
def test_more_pairs_make_fewer_chips(dies, one, other):
    low, high = sorted((one, other))
    assert suppliers.chips_of(dies, high) <= suppliers.chips_of(dies, low)


@pytest.mark.parametrize("paired", [-1, 101])
def test_a_share_outside_the_whole_is_refused(paired):
    with pytest.raises(ValueError, match="no share in percent"):
        suppliers.chips_of(1000, paired)


@pytest.mark.parametrize("paired", [0, 40, 100])
def test_the_slider_computes_what_the_model_does(paired, raw):
    params = [
        alt.param(name="counted", value="dies as chips"),
        alt.param(name="paired", value=paired),
        alt.param(name="arranged", value="by size"),
    ]
    plot = suppliers.counted_alike(suppliers.huawei_2025(), *params)
    shown = plot.mark_text().encode(alt.Text("shown:Q", format="d"))
    spec = shown.transform_filter(alt.datum.turned).add_params(*params).to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    drawn = int(re.search(r">(\d+)</text>", svg).group(1))
    assert drawn == suppliers.chips_of(raw["huawei-dies-2025"], paired)


def test_customers_and_what_follows_for_the_largest(raw, filed):
    five = 100 * raw["cambricon-top5-2025-cny"] / filed["cambricon-2025-revenue"]
    assert facts["cambricon-top5-2025"].to("percent") == pytest.approx(five)
    low, high = facts["cambricon-top1-2025"].range("percent")
    assert (low, high) == pytest.approx((five / 5, five))
    assert low < raw["bd-cambricon-orders"] < high
    assert facts["cambricon-top1-2025"].value is None


@given(st.lists(st.floats(0.01, 10), min_size=5, max_size=5))
def test_the_largest_of_five_has_at_least_a_fifth(parts):
    assert sum(parts) / 5 <= max(parts) * (1 + 1e-12) <= sum(parts) * (1 + 1e-12)


def test_claim_and_answer_fall_on_one_day():
    table = suppliers.same_day().set_index("step")
    assert str(table.loc["The claim", "date"]) == str(table.loc["The answer", "date"])
    assert table.loc["The answer", "who"] == "Cambricon"
    assert str(facts["cambricon-top5-2025"]) in table.loc["Since then", "words"]


def test_counts_of_cambricon_beside_the_filed_one(counted):
    table = suppliers.cambricon_units().set_index("who")
    filed = counted["cambricon-2025-filed-shipments"]
    goldman = 100 * counted["cambricon-2025-goldman-shipments"] / filed
    assert table.loc["Goldman Sachs, December 2025", "of_filed"] == round(goldman)
    idc = 100 * counted["cambricon-2025-idc-shipments"] / filed
    assert facts["cambricon-idc-of-filed"].to("percent") == pytest.approx(idc)
    assert table.loc["Annual report, March 2026", "of_filed"] == 100


def test_orders_and_yields(raw):
    table = suppliers.ascend_910b().set_index("stage")
    assert set(table["answer"]) == {"reply to another part"}
    assert table.loc["received", "amount"].startswith("less than")
    assert facts["bd-910b-ratio"].qualifier == "less than"
    ratio = 100 * raw["bd-910b-received"] / raw["bd-910b-ordered"]
    assert facts["bd-910b-ratio"].to("percent") == pytest.approx(ratio)
    gain = raw["huawei-910c-yield-2025"] / raw["huawei-910c-yield-2024"]
    assert facts["yield-910c-gain"].to("ratio") == pytest.approx(gain)
    assert list(suppliers.yields()["value"]) == [raw[key] for key in suppliers.YIELDS.values()]
    plan = raw["cambricon-plan-2026"] / raw["cambricon-output-2025"]
    assert facts["cambricon-plan-vs-output"].to("ratio") == pytest.approx(plan)
    twice = raw["ft25-local-share"] / raw["ft25-guidance"]
    assert facts["local-share-vs-guidance"].to("ratio") == pytest.approx(twice)
