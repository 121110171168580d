"""The model of what the money could buy: its laws, its rows, and the chart that repeats it."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import charts, printed, rows, svg

from chipbook import facts
from chipbook.data import split
from chipbook.topics import purchase as model
from chipbook.topics.purchase import LOCAL, OUTCOMES, READINGS, draw, middle, purchase, simulate

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
    h20 = 40e9 * 0.4 / (12_000 * 7.2712)
    assert cards["h20"] == pytest.approx(h20)
    assert cards["compute"] == pytest.approx((200_000 * 320 + h20 * 148) / 1000)
    assert cards["memory"] == pytest.approx((200_000 * 1600 + h20 * 4000) / 1e6)
    assert cards["power"] == pytest.approx((200_000 * 310 + h20 * 475) / 1e6)


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


def test_the_printed_ranges_by_plain_loops():
    """The headline once more, without arrays: other draws, so other digits, but the same range."""
    import random

    chance = random.Random(7)
    chinese, ratio = [], []
    for _ in range(6000):
        at = {}
        for key, row in ASSUMPTIONS.items():
            low, value, high = (float(row[c]) if row[c] else None for c in ("low", "value", "high"))
            at[key] = {
                "uniform": lambda low=low, high=high: chance.uniform(low, high),
                "triangular": lambda low=low, high=high, value=value: chance.triangular(
                    low, high, value
                ),
                "fixed": lambda value=value: value,
            }[row["distribution"]]()
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
    for drawn, key, unit in (
        (chinese, "buy-local-report", "cards"),
        (ratio, "article-memory", "percent"),
    ):
        cuts = sorted(drawn)
        ends = cuts[len(cuts) // 20], cuts[-len(cuts) // 20]
        assert facts[key].range(unit) == pytest.approx(ends, rel=0.02)


def test_a_range_is_printed_and_never_only_its_middle():
    for key in ("buy-all-report", "buy-all-article", "buy-local-report", "buy-h20-report"):
        assert facts[key].value is None
        assert " to " in str(facts[key])
    assert (simulate()["cards"].between(*facts["buy-all-report"].bounds)).mean() == pytest.approx(
        0.9, abs=0.001
    )


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
        ("fp16-910b", None, "chip_specs/ascend-910b:fp16_dense_tflops", None),
        (
            "fp16-910c",
            "chip_specs/ascend-910c:fp16_dense_tflops",
            None,
            "facts/ascend-910c-780:value",
        ),
        ("fp16-h20", None, "chip_specs/h20:fp16_dense_tflops", None),
        ("memory-910c", None, "chip_specs/ascend-910c:memory_bw_gbs", None),
        ("memory-h20", None, "chip_specs/h20:memory_bw_gbs", None),
        ("power-910b", None, "chip_specs/ascend-910b:tdp_w", None),
        ("power-h20", "chip_specs/h20:tdp_w", None, "facts/h20-tdp-cctv:value"),
        ("power-mlu590", "chip_specs/mlu370-x8:tdp_w", None, "chip_specs/h20:tdp_w"),
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
        ("fp16-mlu590", "value"): 4493 / 16,
        ("memory-910b", "value"): 3200 / 2,
        ("memory-910b", "low"): 1600 * 0.75,
        ("memory-910b", "high"): 1600 * 1.25,
        ("memory-mlu590", "low"): 614.4,
        ("power-910c", "value"): 2 * 310,
        ("power-910c", "low"): 620 * 0.75,
        ("power-910c", "high"): 620 * 1.25,
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
    table = model.counts().set_index("label")
    assert table.loc["910B ordered|2024", "words"] == "more than 100"
    assert table.loc["910B received|by July 2024", "words"] == "less than 30"
    assert table.loc["Nvidia Hopper ordered|2024", "low"] == 230
    low, _ = facts["buy-local-report"].range("cards")
    assert facts["buy-local-over-received"].to("ratio") == pytest.approx(low / 30_000)
    assert facts["buy-local-over-received"].qualifier == "more than"


def test_the_year_before_by_hand():
    hopper = [230_000 * price * 7.2712 / 1e9 for price in (10_000, 15_000)]
    assert facts["check-2024-hopper-cny"].range("billion CNY") == pytest.approx(hopper)
    ordered, received = 100_000 * 90_000 / 1e9, 30_000 * 120_000 / 1e9
    assert facts["check-2024-orders-cny"].to("billion CNY") == pytest.approx(hopper[0] + ordered)
    assert facts["check-2024-received-cny"].to("billion CNY") == pytest.approx(received)
    implied = facts["ft25-implied-2024-cny"].to("billion CNY")
    assert hopper[0] < implied < hopper[1] + received
    assert implied < hopper[0] + ordered


def test_what_the_chapter_says_of_memory_and_compute():
    assert facts["article-compute"].range("percent")[0] > 100
    assert facts["article-memory"].range("percent")[1] < 100
    assert facts["article-cards"].range("percent")[1] < 100
    need = facts["memory-needed-910b"].range("GB/s")
    assert need == pytest.approx((4000 * 90e3 / 15e3 / 7.2712, 4000 * 120e3 / 10e3 / 7.2712))
    assert need[0] > float(ASSUMPTIONS["memory-910b"]["high"])


def test_the_money_abroad_has_ceilings_only():
    assert facts["buy-abroad-h100"].to("chips") == pytest.approx(6.8e9 / 25_000)
    assert facts["buy-abroad-h100"].qualifier == "up to about"
    assert facts["buy-abroad-b200"].to("chips") == pytest.approx(6.8e9 / 69_444)
    assert facts["buy-abroad-b200"].qualifier.startswith("less than")


def test_servers_matter_most_and_then_what_the_text_names():
    table = model.tornado()
    assert facts["server-cut"].to("percent") == pytest.approx(100 * (1 - 8 * 110 / 1400))
    widest = {name: list(part["id"].unique()) for name, part in table.groupby("outcome")}
    assert {order[0] for order in widest.values()} == {"server-factor"}
    assert widest["Compute"][1] == widest["Cards"][1] == "share-910c"
    assert widest["Memory bandwidth"][1] == widest["Power"][1] == "price-h20"
    for _, pair in table.groupby(["outcome", "id"]):
        assert abs(pair["change"].diff().iloc[1]) == pytest.approx(pair["span"].iloc[0])


def test_a_swing_is_the_model_at_an_end():
    low, high = model.swing("share-910c", "compute")
    only = purchase(middle() | {"share-910c": 100})["compute"] / purchase(middle())["compute"]
    assert high == pytest.approx(100 * (only - 1))
    assert low < 0 < high
    with pytest.raises(ValueError, match="no range"):
        model.swing("rate", "cards")


# --- The chart with sliders


@pytest.fixture(scope="module")
def sliders() -> dict:
    """The specification of the chart, from the cells of the chapter."""
    return charts("buying-power")["fig-sliders"].to_dict()


@pytest.mark.parametrize(
    ("share", "huawei", "nvidia"),
    [
        (None, None, None),
        *itertools.product((0, 35, 100), (75, 285), (9000, 20000)),
    ],
)
def test_the_sliders_compute_what_the_model_computes(sliders, share, huawei, nvidia):
    chosen = {"share": share, "huawei": huawei, "nvidia": nvidia}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    drawn = svg(sliders | {"width": 660}, **chosen)
    shown = re.findall(r"<text[^>]*>([^<]+)</text>|<tspan[^>]*>([^<]+)</tspan>", drawn)
    words = [a or b for a, b in shown]

    at = middle()
    values = at | {
        "share-report": at["share-report"] if share is None else share,
        "price-910b": at["price-910b"] if huawei is None else huawei * 1e3,
        "price-h20": at["price-h20"] if nvidia is None else nvidia,
    }
    bought = purchase(values)
    for key in model.PRODUCTS:
        assert any(_close(word, bought[key] / 1e3) for word in words), (key, bought[key], words)
    assert any(_close(word, bought["cards"] / 1e3, " thousand cards") for word in words), words
    assert any(_close(word, bought["compute"] / 1e3, " thousand PFLOPS") for word in words), words


def _close(word: str, thousand: float, unit: str = "") -> bool:
    match = re.fullmatch(rf"([\d,]+){unit}", word)
    return bool(match) and math.isclose(
        float(match[1].replace(",", "")), thousand, abs_tol=0.5 + 1e-6
    )
