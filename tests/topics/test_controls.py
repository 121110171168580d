"""Export controls: the arithmetic of the rules, the state of each chip, the count of measures."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import charts, rows, svg

from chipbook import facts
from chipbook.data.quantity import Quantity
from chipbook.topics import controls

ROOT = Path(__file__).resolve().parents[2]


SPECS, STATUS = rows("chip_specs"), rows("chip_export_status")
EVENTS, FACTS = rows("controls_timeline"), rows("facts")


# --- TPP


@pytest.mark.parametrize(
    ("key", "chip", "column", "bits", "printed"),
    [
        ("tpp-a100", "a100", "int8_dense_tops", 8, 4992),
        ("tpp-h100", "h100", "fp16_dense_tflops", 16, 15840),
        ("tpp-b200", "b200", "int8_dense_tops", 8, 36000),
    ],
)
def test_tpp_is_operations_times_bits(key, chip, column, bits, printed):
    assert facts[key].to("TPP") == float(SPECS[chip][column]) * bits == printed
    assert set(facts[key].sources) == set(SPECS[chip]["source_ids"].split(";"))
    assert facts[key].amount.removesuffix(" TPP") == f"{printed:,}", "not rounded away"


def test_both_lengths_give_the_a100_one_tpp():
    long = controls.spec("a100", "fp16_dense_tflops").to("TFLOPS") * 16
    assert facts["tpp-a100"].to("TPP") == long


def test_computed_tpp_agrees_with_the_table_of_windows():
    for key, row in (("tpp-a100", "a100"), ("tpp-h100", "h100"), ("tpp-b200", "b200")):
        assert facts[key].to("TPP") == float(STATUS[row]["tpp"])
    assert float(SPECS["h20"]["fp16_dense_tflops"]) * 16 == float(FACTS["tpp-h20"]["value"])


def test_ratios_from_the_raw_rows():
    value = {key: float(row["value"]) for key, row in FACTS.items() if row["value"]}
    balance = {
        chip: float(SPECS[chip]["memory_bw_gbs"]) / float(SPECS[chip]["fp16_dense_tflops"])
        for chip in ("h20", "h100")
    }
    expected = {
        "ratio-910c-h200": value["tpp-910c"] / value["tpp-h200"],
        "ratio-910b-h20": value["tpp-910b"] / value["tpp-h20"],
        "ratio-910c-h200-high": value["ascend-910c-800"] * 16 / value["tpp-h200"],
        "h20-of-limit": value["tpp-h20"] / value["tpp-limit-2023"],
        "h20-of-density": value["pd-h20"] / value["tpp-pd-limit-2023"],
        "h20-of-lower": value["tpp-h20"] / value["tpp-lower-2023"],
        "h20-of-lower-density": value["pd-h20"] / value["pd-lower-dense-2023"],
        "h20-of-h100": value["tpp-h20"] / 15840,
        "a100-over-limit": 4992 / value["tpp-limit-2023"] - 1,
        "h200-of-ceiling": value["tpp-h200"] / value["tpp-limit-2026"],
        "b200-vs-ceiling": 36000 / value["tpp-limit-2026"],
        "h20-balance-vs-h100": balance["h20"] / balance["h100"],
        "6000d-of-h20-bandwidth": 1398 / 4000,
    }
    for key, ratio in expected.items():
        assert facts[key].value == pytest.approx(ratio), key
    # The line is a point here: "at least 4,800" must not turn a share into "up to".
    assert not facts["h20-of-limit"].qualifier


def test_an_empty_cell_is_no_zero():
    with pytest.raises(KeyError, match="siyuan-590"):
        controls.spec("siyuan-590", "memory_bw_gbs")


# --- The rules, in Python and in the browser


def test_the_rules_are_those_of_the_facts():
    limits = controls.rules()["limit"].tolist()
    lists = ("tpp-limit-2023", "tpp-pd-limit-2023", "tpp-lower-2023", "pd-lower-dense-2023")
    keys = (*lists, None, "tpp-limit-2026", "dram-limit-2026")
    for limit, key in zip(limits, keys, strict=True):
        raw = FACTS[key]["value"] if key else SPECS["h20"]["memory_bw_gbs"]
        assert limit == float(raw)
    floors = controls.rules().set_index("measure").loc["density", "floor"]
    assert set(floors) == {float(FACTS["tpp-pd-floor-2023"]["value"])}
    assert controls.rules()["source_ids"].str.len().min() > 0


@pytest.mark.parametrize(
    ("chip", "caught"),
    [
        # operations, bits, bandwidth, area → 2023 TPP and density, lower list TPP and density,
        # 2025, 2026 TPP, 2026 memory
        ((148, 16, 4000, 814), [False, False, False, False, True, False, False]),
        ((624, 8, 2039, 826), [True, True, True, True, False, False, False]),
        ((990, 16, 3350, 814), [True, True, True, True, False, False, False]),
        ((2250, 16, 8000, 1600), [True, True, True, True, True, True, True]),
        # As dense as the H100, but below the TPP from which density is looked at at all.
        ((90, 16, 1000, 74), [False, False, False, False, False, False, False]),
        ((110, 16, 1000, 90), [False, True, False, True, False, False, False]),
        # Just under the first list, on a die of the H20's size: the lower list has it twice.
        ((298, 16, 4000, 814), [False, False, True, True, True, False, False]),
        # Over the lower TPP, but thinner than its density; dense enough for its second line only.
        ((160, 16, 1000, 1700), [False, False, False, False, False, False, False]),
        ((110, 16, 1000, 500), [False, False, False, True, False, False, False]),
    ],
)
def test_which_rule_catches_which_chip(chip, caught):
    assert controls.verdicts(*chip)["caught"].tolist() == caught


CHIP = {
    "operations": st.floats(1, 5000),
    "bits": st.sampled_from([4, 8, 16]),
    "bandwidth": st.floats(1, 10_000),
    "area": st.floats(50, 2000),
}


@settings(max_examples=40, deadline=None)
@given(**CHIP)
def test_more_of_anything_never_frees_a_chip(operations, bits, bandwidth, area):
    before = controls.verdicts(operations, bits, bandwidth, area)["caught"]
    after = controls.verdicts(operations * 1.5, bits, bandwidth * 1.5, area)["caught"]
    assert (before <= after).all()


@settings(max_examples=40, deadline=None)
@given(**CHIP)
def test_only_the_product_of_operations_and_bits_counts(operations, bits, bandwidth, area):
    one = controls.verdicts(operations, bits, bandwidth, area)
    other = controls.verdicts(operations * bits, 1, bandwidth, area)
    assert one["verdict"].tolist() == other["verdict"].tolist()


@pytest.fixture(scope="module")
def specs() -> dict[str, dict]:
    """The chapter's charts as Vega-Lite, by the label in the header of their cell."""
    return {name: chart.to_dict() for name, chart in charts("export-controls").items()}


def drawn(chart: dict, **values: object) -> list[str]:
    """The texts of a chart, drawn with other values of its parameters than the default."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg(chart | {"width": 640}, **values))


@pytest.mark.parametrize(
    "chip",
    [
        {"operations": 148, "bits": 16, "bandwidth": 4000, "area": 814},
        {"operations": 160, "bits": 16, "bandwidth": 4000, "area": 1700},
        {"operations": 990, "bits": 16, "bandwidth": 3350, "area": 814},
        {"operations": 4500, "bits": 8, "bandwidth": 8000, "area": 1600},
        {"operations": 110, "bits": 16, "bandwidth": 1000, "area": 90},
    ],
)
def test_the_calculator_of_the_page_agrees_with_the_model(specs, chip):
    model = controls.verdicts(**chip)
    texts = [text for text in drawn(specs["fig-rules"], **chip) if " · " in text]
    assert len(texts) == len(model)
    for text, row in zip(texts, model.itertuples(), strict=True):
        assert text.startswith(f"{row.rule} · {row.name} ")
        assert text.endswith(f": {row.verdict}")
        measured = f"{row.measured:,.1f}" if row.measure == "density" else f"{row.measured:,.0f}"
        assert f" {measured}, " in text


def test_the_calculator_starts_with_the_h20(specs):
    values = {param["name"]: param["value"] for param in specs["fig-rules"]["params"]}
    assert values == controls.default_chip()
    for param in specs["fig-rules"]["params"]:
        if param["bind"]["input"] == "range":
            steps = (param["value"] - param["bind"]["min"]) / param["bind"]["step"]
            assert steps == int(steps), "the slider can be set back to it"


# --- Which chip could go to China when


def open_in_the_file(chip: str, day: str) -> bool:
    """Whether the raw table has a window of ``chip`` open on an ISO day, whoever closed it."""
    for row in STATUS.values():
        if row["chip"] == chip and row["access"] == "window":
            first = (row["allowed_from"] + "-01-01"[len(row["allowed_from"]) - 4 :])[:10]
            if first <= day and (not row["allowed_until"] or day < row["allowed_until"]):
                return True
    return False


@pytest.mark.parametrize("day", [*controls.days().values(), "2020-01-01", "2025-04-09"])
def test_states_follow_the_windows_of_the_file(day):
    found = controls.state_on(day).set_index("chip")
    assert list(found.index) == list(controls.CHIPS)
    for chip, row in found.iterrows():
        sold = row["us"] in (controls.FREE, controls.LICENCE) and "stop" not in row["china"]
        assert sold == open_in_the_file(chip, day), (chip, day)


def test_what_the_chapter_says_of_the_day_of_the_article():
    assert controls.article_day() == "2025-01-23"
    article = controls.state_on("2025-01-23").set_index("chip")
    assert article.index[article["us"] == controls.FREE].tolist() == ["H20"]
    assert (article["china"] == "").all()


def test_a_stop_by_china_is_none_of_the_american_side():
    card = controls.state_on("2025-12-01").set_index("chip").loc["RTX Pro 6000D"]
    assert (card["us"], card["china"]) == (controls.FREE, "stop reported")


def test_the_states_of_a_chip_join_without_gap():
    for _, spans in controls.states().groupby("chip"):
        assert spans["end"].tolist()[:-1] == spans["start"].tolist()[1:]
        # The chart joins the stretches of one American state; none comes back after another.
        runs = (spans["us"] != spans["us"].shift()).sum()
        assert runs == spans["us"].nunique()


def test_a_day_outside_the_data_is_an_error():
    with pytest.raises(ValueError, match="2019"):
        controls.state_on("2019-01-01")
    day = controls.last_day()
    assert day.date() == max(date.fromisoformat(row["reviewed"]) for row in FACTS.values())
    with pytest.raises(ValueError, match=f"{day:%B %Y}"):
        controls.state_on(f"{day:%Y-%m-%d}")


@pytest.mark.parametrize("label", list(controls.days()))
def test_the_page_shows_the_state_of_each_day(specs, label):
    texts = drawn(specs["fig-windows"], chosen=controls.moments()[label])
    words = controls.state_on(controls.days()[label])["words"].tolist()
    assert [text for text in texts if text.partition(": ")[0] in controls.CHIPS] == words


def test_every_day_to_choose_tells_another_state():
    pictures = [tuple(controls.state_on(day)["words"]) for day in controls.days().values()]
    assert len(set(pictures)) == len(pictures)


def test_days_between_dates():
    article = date(2025, 1, 23)
    days = {
        "h20-days-after-article": date.fromisoformat(EVENTS["us-2025-04-09-h20"]["date"]) - article,
        "diffusion-days-before-article": article
        - date.fromisoformat(EVENTS["us-2025-01-13-diffusion"]["date"]),
        "h20-days-closed": date.fromisoformat(STATUS["h20-from-2025-08"]["allowed_from"])
        - date.fromisoformat(STATUS["h20-until-2025-04"]["allowed_until"]),
    }
    for key, span in days.items():
        assert facts[key].to("days") == span.days
    assert str(facts["h20-days-after-article"]) == "76 days"


# --- Who acted


def test_measures_are_counted_from_the_file():
    rows = [row for key, row in EVENTS.items() if row["direction"]]
    us = [row for row in rows if row["actor"] == "US"]
    china = [row for row in rows if row["actor"] == "China"]
    later = [row for row in china if "2025-07" <= row["date"] < "2026"]
    counts = {
        "us-measures": len(us),
        "us-measures-filed": sum(row["status"] == "filed" for row in us),
        "cn-measures": len(china),
        "cn-measures-reported": sum(row["status"] == "reported" for row in china),
        "cn-measures-2025-h2": len(later),
    }
    for key, n in counts.items():
        assert facts[key].to("measures") == n, key
    assert isinstance(facts["cn-measures"], Quantity)
    assert counts["cn-measures-reported"] > counts["cn-measures"] / 2, "most, says the summary"


def test_directions_as_the_chapter_tells_them():
    acts = controls.measures()
    half = acts[acts["half"] == "2nd half 2025"]
    assert set(half.loc[half["actor"] == "US", "direction"]) == {"eases"}
    assert set(half.loc[half["actor"] == "China", "direction"]) == {"tightens"}
    assert acts.groupby(["half", "level"]).size().max() == 1, "no mark hides another"
    first, last = controls.halves()[0], controls.halves()[-1]
    assert (first, last) == ("2nd half 2022", acts["half"].iloc[-1])


def test_one_american_law_names_bytedance_and_no_measure_on_chips_does():
    named = [row for row in EVENTS.values() if "ByteDance" in row["title"] + row["effect"]]
    assert {row["actor"] for row in named if row["direction"] and row["status"] == "filed"} == set()
    assert "China" in {row["actor"] for row in named if row["direction"]}
    law = EVENTS["us-2024-04-24-tiktok"]
    assert law in named
    assert law["id"] not in set(controls.measures()["id"])


def test_what_stood_on_the_day_was_dated_before_it():
    table_of = controls.standing()
    assert set(table_of["id"]) == {key for key, row in EVENTS.items() if row["on_the_day"]}
    assert (table_of["date_start"] <= "2025-01-23").all()
