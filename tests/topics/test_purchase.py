"""The model of what the money could buy: its laws, its rows, and what the chapter says of it."""

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import printed, rows

from chipbook import facts
from chipbook.data import split
from chipbook.topics import purchase as model
from chipbook.topics.purchase import LOCAL, OUTCOMES, RATIOS, READINGS, draw, middle, purchase

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


ASSUMPTIONS = rows("assumptions")


# --- The laws of the model


def _bounds(row: dict[str, str]) -> st.SearchStrategy[float]:
    low, high = row["low"] or row["value"], row["high"] or row["value"]
    return st.floats(float(low), float(high))


any_values = st.fixed_dictionaries({key: _bounds(row) for key, row in ASSUMPTIONS.items()})
more = st.floats(1.0, 4.0)
readings = st.sampled_from(sorted(READINGS))
COUNTS = (*OUTCOMES, "chinese", *model.PRODUCTS)
ROUNDING = 1 + 1e-12


@given(any_values, readings, more)
def test_more_money_never_buys_less(values, reading, factor):
    before = purchase(values, reading)
    after = purchase(values | {"money": values["money"] * factor}, reading)
    assert all(after[name] * ROUNDING >= before[name] for name in COUNTS)


@given(any_values, readings, more, st.sampled_from(sorted(model.PRODUCTS)))
def test_a_higher_price_never_buys_more(values, reading, factor, product):
    name = f"price-{product}"
    before = purchase(values, reading)
    after = purchase(values | {name: values[name] * factor}, reading)
    assert all(after[key] <= before[key] * ROUNDING for key in COUNTS)


@given(any_values)
def test_the_article_never_buys_fewer_chinese_cards_than_the_report(values):
    assert purchase(values, "article")["chinese"] >= purchase(values, "report")["chinese"]
    assert purchase(values, "article")["h20"] == 0


@given(any_values, readings)
def test_the_cards_cost_what_the_budget_holds(values, reading):
    cards = purchase(values, reading)
    paid = sum(cards[key] * values[f"price-{key}"] for key in LOCAL)
    paid += cards["h20"] * values["price-h20"] * values["rate"]
    assert paid * values["server-factor"] == pytest.approx(values["money"] * 1e9)


def test_one_product_at_one_price_by_hand():
    """All of Huawei's part on the 910B: the printed division, by the model."""
    values = middle() | {"share-cambricon": 0, "share-910c": 0, "price-910b": 120_000}
    cards = purchase(values)
    assert cards["chinese"] == pytest.approx(40e9 * 0.6 / 120_000)
    assert cards["chinese"] == pytest.approx(facts["buy-910b"].to("cards"))
    h20 = 40e9 * 0.4 / (values["price-h20"] * 7.2712)
    assert cards["h20"] == pytest.approx(h20)
    assert cards["compute"] == pytest.approx((200_000 * values["fp16-910b"] + h20 * 148) / 1000)
    assert cards["memory"] == pytest.approx((200_000 * values["memory-910b"] + h20 * 4000) / 1e6)
    assert cards["power"] == pytest.approx((200_000 * values["power-910b"] + h20 * 475) / 1e6)


# --- The draws


def test_the_same_seed_gives_the_same_draws_and_another_seed_others():
    first, again, other = draw(50, seed=1), draw(50, seed=1), draw(50, seed=2)
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert not np.array_equal(first["price-h20"], other["price-h20"])


def test_every_draw_stays_inside_its_row():
    for key, values in draw(2000).items():
        row = ASSUMPTIONS[key]
        if row["distribution"] == "fixed":
            assert set(values) == {float(row["value"])}
        else:
            assert float(row["low"]) <= values.min() < values.max() <= float(row["high"])


PRICES = [key for key in ASSUMPTIONS if key.startswith("price-")]


@pytest.mark.parametrize("tie", [0, 0.5, 0.8, 1])
def test_prices_are_tied_and_nothing_else_is(tie):
    drawn = pd.DataFrame(draw(20_000, tie=tie))
    drawn = drawn.loc[:, drawn.nunique() > 1]
    # Ranks are what a copula ties; those of a normal pair with correlation r have this one.
    expected = np.where(np.eye(len(drawn.columns)), 1, 0.0)
    priced = drawn.columns.isin(PRICES)
    expected[np.ix_(priced, priced)] = 6 / np.pi * np.arcsin(tie / 2)
    np.fill_diagonal(expected, 1)
    assert drawn.corr("spearman").to_numpy() == pytest.approx(expected, abs=0.03)


def test_tied_prices_widen_counts_and_narrow_ratios():
    tied = [draw(tie=tie) for tie in (0, 0.5, 0.8)]
    for outcome in ("cards", *RATIOS):
        ends = [np.quantile(model.result(at, outcome), (0.05, 0.95)) for at in tied]
        widths = [high - low for low, high in ends]
        assert widths == sorted(widths, reverse=outcome in RATIOS)


def test_there_is_one_middle_and_it_is_the_middle_of_the_draws():
    at, drawn = middle(), draw()
    for key, row in ASSUMPTIONS.items():
        if row["distribution"] == "fixed":
            assert at[key] == float(row["value"])
        else:
            assert at[key] == pytest.approx(np.median(drawn[key]), rel=0.015)
    for reading, outcome in itertools.product(READINGS, (*OUTCOMES, *RATIOS)):
        half = model.result(at, outcome, reading)
        assert half == pytest.approx(np.median(model.result(drawn, outcome, reading)), rel=0.01)
    table = model.ranges().set_index(["reading", "outcome"])
    assert table.loc[("Report", "Cards"), "middle"] == float(f"{purchase(at)['cards']:.2g}")


def test_the_printed_ranges_by_plain_loops():
    """The headline once more, without arrays: other draws, so other digits, but the same range."""
    import random
    from statistics import NormalDist

    chance, normal = random.Random(7), NormalDist()
    tie = float(ASSUMPTIONS["correlation"]["value"])

    def upwards(row: dict[str, str], part: float) -> float:
        """The value of a row below which lies the ``part`` of its distribution."""
        if row["distribution"] == "fixed":
            return float(row["value"])
        low, high = float(row["low"]), float(row["high"])
        if row["distribution"] == "uniform":
            return low + part * (high - low)
        value = float(row["value"])
        if part < (value - low) / (high - low):
            return low + math.sqrt(part * (high - low) * (value - low))
        return high - math.sqrt((1 - part) * (high - low) * (high - value))

    chinese, ratio = [], []
    for _ in range(6000):
        market, at = chance.gauss(0, 1), {}
        for key, row in ASSUMPTIONS.items():
            own = chance.gauss(0, 1)
            priced = key.startswith("price-")
            score = math.sqrt(tie) * market + math.sqrt(1 - tie) * own if priced else own
            at[key] = upwards(row, normal.cdf(score))
        memory = []
        for reading in ("report", "article"):
            local = at["money"] * 1e9 * at[f"share-{reading}"] / 100
            cambricon = local * at["share-cambricon"] / 100
            large = (local - cambricon) * at["share-910c"] / 100
            bought = {
                "910b": (local - cambricon - large) / at["price-910b"],
                "910c": large / at["price-910c"],
                "mlu590": cambricon / at["price-mlu590"],
                "h20": (at["money"] * 1e9 - local) / at["price-h20"] / at["rate"],
            }
            memory.append(sum(count * at[f"memory-{key}"] for key, count in bought.items()))
            if reading == "report":
                chinese.append(bought["910b"] + bought["910c"] + bought["mlu590"])
        ratio.append(100 * memory[1] / memory[0])
    for drawn, key, unit, step in (
        (chinese, "buy-local-report", "cards", 10_000),
        (ratio, "article-memory", "percent", 1),
    ):
        cuts = sorted(drawn)
        low, high = facts[key].range(unit)
        slack = 0.02 * high
        assert low - slack <= cuts[len(cuts) // 20] <= low + step + slack
        assert high - step - slack <= cuts[-len(cuts) // 20] <= high + slack


def test_a_range_is_printed_and_never_only_its_middle():
    for key in ("buy-all-report", "buy-all-article", "buy-local-report", "buy-h20-report"):
        assert facts[key].value is None
        assert " to " in str(facts[key])
    inside = pd.Series(model.result(draw(), "cards")).between(*facts["buy-all-report"].bounds)
    assert 0.9 <= inside.mean() < 0.94


def test_bars_and_labels_have_one_rounding():
    ratios = model.comparison()
    for low, high, words in ratios[["low", "high", "words"]].itertuples(index=False):
        assert words == f"{low:.0f} to {high:.0f}%"
        assert low == round(low)
        assert high == round(high)
    counts = model.counts().query("model")
    assert len(counts) == 3
    for low, high, words in counts[["low", "high", "words"]].itertuples(index=False):
        assert words.endswith(f": {low * 1000:,.0f} to {high * 1000:,.0f}")


def test_a_range_rests_on_what_moves_it_and_keeps_the_denial():
    local = facts.fact("buy-local-report")
    assert local.answered == ("bd-2025-01-ft-12bn",)
    assert "assumptions/price-910b" in local.quantity.inputs
    assert "assumptions/price-h20" not in local.quantity.inputs
    # Money falls out of a ratio of two readings; the split that was denied does not.
    ratio = facts.fact("article-memory")
    assert "assumptions/money" not in ratio.quantity.inputs
    assert "assumptions/memory-910b" in ratio.quantity.inputs
    assert ratio.answered == local.answered


# --- The rows


def _cited(reference: str) -> dict[str, str]:
    table, row = reference.split("/")
    return rows(table)[row]


@pytest.mark.parametrize("key", ASSUMPTIONS)
def test_an_assumption_names_the_rows_it_is_made_of(key):
    row = ASSUMPTIONS[key]
    made_of = [_cited(reference) for reference in row["row_ids"].split(";")]
    allowed = {source for made in made_of for source in split(made["source_ids"])}
    assert set(split(row["source_ids"])) == allowed
    assert row["distribution"] == "fixed" or (row["low"] and row["high"])
    assert (row["distribution"] != "uniform") == bool(row["value"])


@pytest.mark.parametrize(
    ("key", "low", "value", "high"),
    [
        ("money", None, "facts/ft25-chips-china-cny:value", None),
        ("rate", None, "facts/fx-2025-01-21:value", None),
        (
            "price-910b",
            "chip_prices/ascend-910b-2025-cny:value",
            None,
            "chip_prices/ascend-910b-2024-cny:value",
        ),
        ("price-910c", "chip_prices/ascend-910c-2025-cny:low", None, None),
        ("price-mlu590", None, None, "chip_prices/mlu590-2025-07-cny:value"),
        (
            "price-h20",
            "chip_prices/h20-2025-05-usd:low",
            "chip_prices/h20-2024-usd-order:value",
            "chip_prices/h20-2024-usd:high",
        ),
        (
            "fp16-910b",
            "facts/ascend-910b-fp16-gitee:value",
            "chip_specs/ascend-910b:fp16_dense_tflops",
            "chip_specs/ascend-910b2:fp16_dense_tflops",
        ),
        (
            "fp16-910c",
            "chip_specs/ascend-910c:fp16_dense_tflops",
            None,
            "facts/ascend-910c-800:value",
        ),
        ("fp16-mlu590", "facts/mlu590-fp16-evokernel:value", None, None),
        ("fp16-h20", None, "chip_specs/h20:fp16_dense_tflops", None),
        ("memory-910c", None, "chip_specs/ascend-910c:memory_bw_gbs", None),
        ("memory-h20", None, "chip_specs/h20:memory_bw_gbs", None),
        (
            "memory-910b",
            "facts/ascend-910b-bw-boardor:value",
            "chip_specs/ascend-910b2:memory_bw_gbs",
            "chip_specs/ascend-910b2:memory_bw_gbs",
        ),
        (
            "memory-mlu590",
            "facts/mlu590-bw-evokernel:value",
            None,
            "facts/mlu590-bw-awesomeagents:value",
        ),
        (
            "power-910b",
            "chip_specs/ascend-910b:tdp_w",
            "facts/ascend-910b-power-jishuzhan:value",
            "facts/ascend-910b-power-evokernel:value",
        ),
        ("power-910c", None, "facts/ascend-910c-power-evokernel:value", None),
        ("power-h20", "chip_specs/h20:tdp_w", None, "facts/h20-tdp-cctv:value"),
        (
            "power-mlu590",
            "facts/mlu590-power-evokernel:value",
            None,
            "facts/mlu590-power-awesomeagents:value",
        ),
    ],
)
def test_the_ends_of_an_assumption_are_cells_of_its_rows(key, low, value, high):
    for column, cell in (("low", low), ("value", value), ("high", high)):
        if cell:
            reference, _, name = cell.partition(":")
            assert reference in ASSUMPTIONS[key]["row_ids"].split(";")
            assert float(ASSUMPTIONS[key][column]) == float(_cited(reference)[name])


def test_what_is_ours_was_computed_as_its_note_says():
    rate, at = 7.2712, {key: row for key, row in ASSUMPTIONS.items() if row["status"] == "computed"}
    wanted = {
        ("price-910c", "high"): 28_571 * rate,
        ("price-mlu590", "low"): 6.497e9 * 0.9969 / 117_400,
        ("share-cambricon", "high"): 100 * 6.497 / (40 * 0.6),
        ("server-factor", "high"): 1_400_000 / 8 / 110_000,
        ("money", "low"): 35,
        ("money", "high"): 45,
        ("fp16-mlu590", "high"): 4493 / 16,
        ("power-910c", "low"): 2 * 310,
        ("power-910c", "high"): 2 * 400,
    }
    large, small = 100 * (140_000 + 28_571 * rate) / 2, 300 * 105_000
    wanted["share-910c", "value"] = 100 * large / (large + small)
    for (key, column), number in wanted.items():
        assert float(at[key][column]) == pytest.approx(number, rel=0.01, abs=0.5), (key, column)


# --- Checks and derived numbers


def test_printed_derived_numbers():
    research = printed()
    for key in ("buy-910b", "buy-910b-low", "buy-h20-low", "buy-h20-high"):
        unit = "chips" if "h20" in key else "cards"
        assert facts[key].to(unit) == pytest.approx(float(research[key]["value"]), abs=500)
    for key in ("check-omdia-h20-usd", "check-omdia-h20-cny"):
        row = research[key]
        assert facts[key].to(row["unit"]) == pytest.approx(float(row["value"]), abs=0.05)


def test_the_counts_reported_are_the_counts_compared_with():
    orders = rows("chip_orders")
    assert orders["bytedance-2024-hopper"]["value"] == "230000"
    assert orders["bytedance-2024-ascend-910b"]["qualifier"] == "more than"
    assert orders["bytedance-2024-ascend-910b-received"]["qualifier"] == "less than"
    table = model.counts().set_index("id")
    ends = {
        "bd-910b-ordered": (100, 100, "more than 100,000"),
        "bd-910b-received": (0, 30, "less than 30,000"),
        "chip_orders/bytedance-2024-hopper": (230, 230, "about 230,000"),
    }
    for key, (low, high, words) in ends.items():
        assert tuple(table.loc[key, ["low", "high"]]) == (low, high)
        assert table.loc[key, "words"].endswith(words)
    low, _ = facts["buy-local-report"].range("cards")
    assert facts["buy-local-over-received"].to("ratio") == pytest.approx(low / 30_000)
    assert facts["buy-local-over-received"].qualifier == "more than"


def test_the_year_before_by_hand():
    # "About 230,000" is rounded to tens of thousands.
    ends = (225_000, 10_000), (235_000, 15_000)
    hopper = [count * price * 7.2712 / 1e9 for count, price in ends]
    assert facts["check-2024-hopper-cny"].range("billion CNY") == pytest.approx(hopper)
    ordered, received = 100_000 * 90_000 / 1e9, 30_000 * 120_000 / 1e9
    assert facts["check-2024-orders-cny"].to("billion CNY") == pytest.approx(hopper[0] + ordered)
    assert facts["check-2024-received-cny"].to("billion CNY") == pytest.approx(received)
    implied = facts["ft25-implied-2024-cny"].to("billion CNY")
    assert hopper[0] < implied < hopper[1] + received
    assert implied < hopper[0] + ordered


@pytest.mark.parametrize(
    ("panel", "assumption", "left_out"),
    [
        ("ascend-910b-bandwidth", "memory-910b", {"ascend-910b-bw-orientdeck"}),
        (
            "ascend-910b-compute",
            "fp16-910b",
            {"ascend-910b-fp16-orientdeck", "ascend-910b-fp16-jishuzhan"},
        ),
        ("ascend-910b-power", "power-910b", set()),
        ("mlu590-bandwidth", "memory-mlu590", set()),
        ("mlu590-power", "power-mlu590", set()),
    ],
)
def test_a_range_runs_over_the_pages_that_print_it(panel, assumption, left_out):
    row = ASSUMPTIONS[assumption]
    pages = split(rows("disagreements")[panel]["row_ids"])
    kept = [float(rows("facts")[key]["value"]) for key in pages if key not in left_out]
    assert (float(row["low"]), float(row["high"])) == (min(kept), max(kept))
    assert left_out < set(pages)
    assert bool(left_out) == ("left out" in row["rationale"])


def test_no_page_is_said_to_tell_of_tax_that_was_not_read_for_it():
    told = {key: row for key, row in rows("chip_prices").items() if row["vat"]}
    assert told
    assert {row["source_ids"] for row in told.values()} == {"reuters-2024-h20-price"}


def test_what_the_chapter_says_of_memory_and_compute():
    assert facts["article-compute"].range("percent")[0] > 100
    assert facts["article-memory"].range("percent")[1] < 100
    assert facts["article-cards"].range("percent")[1] < 100
    need = facts["memory-needed-910b"].range("GB/s")
    assert need == pytest.approx((4000 * 90e3 / 15e3 / 7.2712, 4000 * 120e3 / 10e3 / 7.2712))
    printed_by = split(rows("disagreements")["ascend-910b-bandwidth"]["row_ids"])
    assert max(float(rows("facts")[key]["value"]) for key in printed_by) == facts[
        "ascend-910b-bw-orientdeck"
    ].to("GB/s")
    assert need[0] > facts["ascend-910b-bw-orientdeck"].to("GB/s")


def test_the_money_abroad_has_ceilings_only():
    assert facts["buy-abroad-h100"].to("chips") == pytest.approx(6.8e9 / 25_000)
    assert facts["buy-abroad-h100"].qualifier == "up to about"
    assert facts["buy-abroad-b200"].to("chips") == pytest.approx(6.8e9 / 69_444)
    assert facts["buy-abroad-b200"].qualifier.startswith("less than")


def test_servers_move_every_amount_most_and_no_ratio():
    assert facts["server-cut"].to("percent") == pytest.approx(100 * (1 - 8 * 110 / 1400))
    for outcome in OUTCOMES:
        reach = {name: max(map(abs, model.swing(name, outcome))) for name in model.drawn()}
        assert max(map(abs, model.swing("server-factor", outcome))) > max(reach.values())
    for ratio in RATIOS:
        assert model.swing("server-factor", ratio) == pytest.approx((0, 0), abs=1e-9)
        assert model.swing("money", ratio) == pytest.approx((0, 0), abs=1e-9)


def test_the_table_of_assumptions_says_what_each_moves():
    table = model.assumptions().set_index("id")
    low, high = model.swing("share-910c", "compute")
    assert table.loc["share-910c", "compute"] == f"{low:+.0f} to {high:+.0f}%"
    assert table.loc["server-factor", "memory"] == "+0 to -37%"
    assert table.loc["money", ["cards", "compute", "memory"]].nunique() == 1
    assert table.loc["rate", ["cards", "compute", "memory"]].isna().all()
    assert table.loc["fp16-910b", ["cards", "memory"]].isna().all()
    assert table.loc["price-mlu590", "cards"].startswith("+")


def test_the_cards_of_the_chips_hold_the_cells_of_their_rows():
    table = model.chips().set_index("chip")
    spec, h100 = rows("chip_specs")["h20"], rows("chip_specs")["h100"]
    assert list(table["maker"]) == ["Nvidia", "Huawei", "Huawei", "Cambricon", "Nvidia"]
    assert spec["fp16_dense_tflops"] == "148"
    assert table.loc["H20", "compute"] == "148 trillion/s"
    table["speed"] = table["speed"].str.removesuffix(" TB/s")
    assert float(table.loc["H20", "speed"]) == float(spec["memory_bw_gbs"]) / 1000
    assert float(table.loc["H100 (SXM)", "speed"]) == float(h100["memory_bw_gbs"]) / 1000
    row = ASSUMPTIONS["fp16-910b"]
    assert table.loc["Ascend 910B", "compute"] == f"{row['low']} to {row['high']} trillion/s"
    assert set(split(row["source_ids"])) <= set(split(table.loc["Ascend 910B", "source_ids"]))


def test_prices_are_in_yuan_beside_the_range_of_the_model():
    table = model.prices().set_index("id")
    assert set(table["card"]) == set(model.PRODUCTS.values())
    order = table.loc["chip_prices/ascend-910b-2024-09-usd"]
    assert order["low"] == order["high"] == pytest.approx(38.75 * 7.2712)
    assert (order["least"], order["most"]) == (90, 120)
    launch = table.loc["chip_prices/h20-2024-usd"]
    assert (launch["low"], launch["high"]) == pytest.approx((12 * 7.2712, 15 * 7.2712))
    assert launch["high"] == pytest.approx(launch["most"])


def test_one_draw_in_twenty_lies_beyond_each_end():
    for name, values in draw().items():
        if name in model.drawn():
            low, high = model.ends(name)
            assert (values < low).mean() == pytest.approx(0.05, abs=0.01)
            assert (values > high).mean() == pytest.approx(0.05, abs=0.01)
    assert model.ends("server-factor")[0] == 1
    with pytest.raises(ValueError, match="no range"):
        model.ends("rate")


def test_a_swing_is_the_model_at_an_end():
    low, high = model.swing("share-910c", "compute")
    most = middle() | {"share-910c": np.quantile(draw()["share-910c"], 0.95)}
    only = purchase(most)["compute"] / purchase(middle())["compute"]
    assert high == pytest.approx(100 * (only - 1), rel=0.02)
    assert low < 0 < high
