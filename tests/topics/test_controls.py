"""Export controls: the arithmetic of the rules, the state of each chip, who acted, which way."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from reading import charts, rows, svg

from chipbook import facts
from chipbook.data.quantity import Quantity
from chipbook.topics import controls

ROOT = Path(__file__).resolve().parents[2]


SPECS, STATUS = rows("chip_specs"), rows("chip_export_status")
EVENTS, FACTS, ROUTES = rows("controls_timeline"), rows("facts"), rows("chip_routes")
DAYS = {
    label: f"{pd.Timestamp(moment, unit='ms'):%Y-%m-%d}"
    for label, moment in controls.moments().items()
}


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
    assert facts["tpp-a100"].to("TPP") == float(SPECS["a100"]["fp16_dense_tflops"]) * 16


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


@pytest.fixture(scope="module")
def specs() -> dict[str, dict]:
    """The chapter's charts as Vega-Lite, by the label in the header of their cell."""
    return {name: chart.to_dict() for name, chart in charts("export-controls").items()}


def drawn(chart: dict, **values: object) -> list[str]:
    """The texts of a chart, once each, with other values of its parameters than the default."""
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg(chart | {"width": 640}, **values))
    return list(dict.fromkeys(found))


def test_the_chip_for_china_gave_up_what_the_rule_counts_and_nothing_else():
    table = controls.gap().set_index(["measure", "chip"])["value"]
    for measure, column in (("arithmetic", "fp16_dense_tflops"), ("memory speed", "memory_bw_gbs")):
        part = 100 * float(SPECS["h20"][column]) / float(SPECS["h100"][column])
        assert table[measure, "H20"] == pytest.approx(part, rel=0.01)
        assert table[measure, "H100"] == 100
    _, limit, _, _ = controls.lines_of_the_rules()
    assert table["arithmetic", "H20"] < 100 * limit / 15840 < 100 < table["memory speed", "H20"]


def test_left_of_the_line_of_2023_one_chip_of_nvidia_is_drawn(specs):
    drawn_rows = next(
        found for found in specs["fig-ladder"]["datasets"].values() if "tpp" in found[0]
    )
    _, limit, ceiling, memory = controls.lines_of_the_rules()
    nvidia = [row for row in drawn_rows if row["maker"] == "Nvidia"]
    assert [row["chip"] for row in nvidia if row["tpp"] < limit] == ["H20"]
    inside = {r["chip"] for r in nvidia if r["tpp"] < ceiling and r["bandwidth"] < memory}
    assert {"H200", "H100"} <= inside
    assert "B200" not in inside


# --- Which chip could go to China when


def open_in_the_file(chip: str, day: str) -> bool:
    """Whether the raw table has a window of ``chip`` open on an ISO day, whoever closed it."""
    for row in STATUS.values():
        if row["chip"] == chip and row["access"] == "window":
            first = (row["allowed_from"] + "-01-01"[len(row["allowed_from"]) - 4 :])[:10]
            if first <= day and (not row["allowed_until"] or day < row["allowed_until"]):
                return True
    return False


@pytest.mark.parametrize("day", [*DAYS.values(), "2020-01-01", "2025-04-09"])
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


@pytest.mark.parametrize("label", list(DAYS))
def test_the_page_shows_the_state_of_each_day(specs, label):
    texts = drawn(specs["fig-windows"], chosen=controls.moments()[label])
    words = controls.state_on(DAYS[label])["words"].tolist()
    assert [text for text in texts if text.partition(": ")[0] in controls.CHIPS] == words


def test_every_day_to_choose_tells_another_state():
    pictures = [tuple(controls.state_on(day)["words"]) for day in DAYS.values()]
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
    half = acts[(acts["date"] >= "2025-07") & (acts["date"] < "2026")]
    assert set(half.loc[half["actor"] == "US", "direction"]) == {"eases"}
    assert set(half.loc[half["actor"] == "China", "direction"]) == {"tightens"}


def test_no_mark_of_the_timeline_hides_another_on_a_phone():
    """A phone has about five days a pixel, and a mark is ten pixels wide."""
    for _, line in controls.measures().groupby("level"):
        assert (line["date_start"].diff().dropna().dt.days >= 50).all()


# --- Ways to a strong chip


def test_each_way_has_one_state_on_each_day_and_the_rule_behind_it():
    table = controls.routes()
    assert table.groupby(["day", "lane"]).size().eq(1).all()
    assert len(table) == table["day"].nunique() * table["lane"].nunique() == 9
    spoken = table.dropna(subset="event_id")
    for row in spoken.itertuples():
        assert row.event == f"{EVENTS[row.event_id]['date']}: {EVENTS[row.event_id]['title']}"


def test_buying_took_a_licence_and_renting_abroad_took_none():
    states = controls.routes().astype(str).groupby("way")["state"].agg(set)
    assert states["buy"] == {"refused", "reviewed", "licence", "disputed"}
    assert states["rent"] == {"free", "proposed"}


def test_the_days_of_a_way_join_without_gap():
    for way in {(row["place"], row["way"]) for row in ROUTES.values()}:
        spans = [row for row in ROUTES.values() if (row["place"], row["way"]) == way]
        assert [row["until"] for row in spans[:-1]] == [row["start"] for row in spans[1:]]
        assert not spans[-1]["until"]


def test_one_american_law_names_bytedance_and_no_measure_on_chips_does():
    named = [row for row in EVENTS.values() if "ByteDance" in row["title"] + row["effect"]]
    assert {row["actor"] for row in named if row["direction"] and row["status"] == "filed"} == set()
    assert "China" in {row["actor"] for row in named if row["direction"]}
    law = EVENTS["us-2024-04-24-tiktok"]
    assert law in named
    assert law["id"] not in set(controls.measures()["id"])
