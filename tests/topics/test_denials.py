"""The chapter's headline numbers by another route, its models, and its charts as they are drawn."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import charts, rows, svg

from chipbook import facts
from chipbook.data import BOOK
from chipbook.story.answers import NOT_YET, TODAY
from chipbook.topics import denials

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bytedance() -> list[dict[str, str]]:
    return [row for row in rows("press_reports").values() if row["group"] == "ByteDance"]


def count(key: str) -> float:
    return facts[key].to("reports")


BORNE = {"borne out", "partly borne out"}


def test_full_denials_and_what_became_of_them(bytedance):
    later = Counter(r["later_status"] for r in bytedance if r["response_type"] == "denied in full")
    assert count("denials-full") == later.total()
    assert count("denials-full-unresolved") == later["unresolved"]
    assert count("denials-full-overtaken") == later["superseded"]
    assert count("denials-full-against") == later["contradicted"]
    assert count("denials-full-borne-whole") == later["borne out"]
    assert count("denials-full-borne-in-part") == later["partly borne out"]
    assert count("denials-full-borne") == sum(later[word] for word in BORNE)
    settled = sum(later[word] for word in BORNE | {"contradicted"})
    assert count("denials-settled") == settled == len(denials.settled())
    share = facts["denials-full-unresolved-share"].to("percent")
    assert share == pytest.approx(100 * later["unresolved"] / later.total())
    assert share > 50, "the chapter leads with: most full denials are unresolved"


def test_rows_not_asked_are_in_no_rate(bytedance):
    answered = [r for r in bytedance if r["response_type"] != "no reply found"]
    assert count("denials-bytedance") == len(bytedance)
    assert count("denials-answered") == len(answered) == len(denials.marks())
    assert count("denials-not-asked") == len(bytedance) - len(answered)
    assert count("denials-coded") == len(rows("press_reports"))
    for grouping in denials.GROUPINGS[:2]:
        table = denials.shares().query("grouping == @grouping and measure == 'contradicted'")
        assert table["n"].sum() == len(answered), f"{grouping}: each answered row once"
    assert "no reply found" not in set(denials.shares()["group"])


def test_kinds_of_evidence(bytedance):
    answered = [r for r in bytedance if r["response_type"] != "no reply found"]
    kinds = {
        "documents": [r for r in answered if r["sourcing"] == "documents"],
        "unnamed": [
            r for r in answered if r["sourcing"] == "anonymous sources" and r["origin"] == "press"
        ],
    }
    for kind, part in kinds.items():
        assert count(f"denials-{kind}") == len(part)
        said = Counter(r["response_type"] for r in part)
        confirmed = said["confirmed"] + said["confirmed in part"]
        assert count(f"denials-{kind}-confirmed") == confirmed
        assert count(f"denials-{kind}-denied") == said["denied in full"]
        assert count(f"denials-{kind}-borne") == sum(r["later_status"] in BORNE for r in part)
    # The title of the chart rests on this.
    documents = facts["denials-documents-borne-interval"].range("percent")
    assert documents[0] > facts["denials-unnamed-borne-interval"].range("percent")[1]


def test_silence_was_not_followed_by_a_contradiction(bytedance):
    silent = [r for r in bytedance if r["response_type"] in ("no response", "declined to comment")]
    assert count("denials-silent") == len(silent)
    assert count("denials-silent-borne") == sum(r["later_status"] in BORNE for r in silent)
    assert not any(r["later_status"] == "contradicted" for r in silent)
    undecided = [r for r in silent if r["later_status"] not in BORNE]
    assert sum(r["later_status"] == "unresolved" for r in undecided) > len(undecided) / 2


def test_peers_overlap_with_bytedance_throughout():
    peers = [r for r in rows("press_reports").values() if r["group"] == "peer"]
    full = [r for r in peers if r["response_type"] == "denied in full"]
    assert count("denials-peers") == len(peers)
    assert count("denials-peers-full") == len(full)
    unresolved = sum(r["later_status"] == "unresolved" for r in full)
    assert count("denials-peers-full-unresolved") == unresolved
    table = denials.shares()
    for _, pair in table[table["grouping"] == denials.GROUPINGS[2]].groupby("measure"):
        assert pair["low"].max() < pair["high"].min()


def test_what_the_timeline_is_said_to_show(bytedance):
    full = Counter(r["date"][:4] for r in bytedance if r["response_type"] == "denied in full")
    assert set(full) == {str(year) for year in range(2019, 2027)}
    assert {year for year, _ in full.most_common(2)} == {"2024", "2025"}
    chips = [r for r in bytedance if r["topic"] == "chip purchases"]
    assert Counter(r["response_type"] for r in chips).most_common(1)[0][0] == "no reply found"
    denied = [r["date"] for r in chips if r["response_type"].startswith("denied")]
    assert min(denied) >= "2024-12"
    assert max(denied) < "2025-05"
    late = {r["response_type"] for r in chips if r["date"] >= "2025-12"}
    assert late <= {"no response", "no reply found"}


def test_no_two_marks_share_a_place():
    table = denials.marks()
    assert not table.duplicated(["place", "line"]).any()
    times = denials.timeline()
    assert len(times) == count("denials-bytedance")
    for _, lane in times.sort_values("date").groupby("lane"):
        assert lane["answer"].nunique() == 1
        assert (lane["date"].diff().dropna().dt.days >= 124).all()
        assert (lane["from"].shift(-1).dropna() > lane["to"].iloc[:-1].to_numpy()).all()


# --- Intervals


def beta_cdf(x: float, a: int, b: int) -> float:
    """Of Beta(a, b) with whole parameters: the chance of at least ``a`` heads in a + b - 1."""
    n = a + b - 1
    return sum(math.comb(n, k) * x**k * (1 - x) ** (n - k) for k in range(a, n + 1))


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 20), st.integers(1, 20))
def test_an_interval_leaves_the_same_tail_on_both_sides(cases, others, out, against):
    low, high = denials.interval(cases, cases + others, prior=(out, against))
    a, b = out + cases, against + others
    assert beta_cdf(low, a, b) == pytest.approx(0.025, abs=1e-6)
    assert beta_cdf(high, a, b) == pytest.approx(0.975, abs=1e-6)


@given(st.integers(0, 80), st.integers(0, 80))
def test_an_interval_holds_the_share_seen(cases, others):
    if cases + others:
        low, high = denials.interval(cases, cases + others)
        assert 0 <= low <= cases / (cases + others) <= high <= 1
        # Turning the question around turns the interval around.
        mirrored = denials.interval(others, cases + others)
        assert mirrored == pytest.approx((1 - high, 1 - low))


def test_an_interval_refuses_what_cannot_be():
    with pytest.raises(ValueError, match="8 cases of 7"):
        denials.interval(8, 7)
    with pytest.raises(ValueError, match="not positive"):
        denials.interval(4, 7, prior=(0, 1))


def test_a_printed_interval_is_the_model_in_whole_percents():
    low, high = denials.interval(4, 7)
    printed = facts["denials-settled-borne-interval"].range("percent")
    assert printed == pytest.approx((round(100 * low), round(100 * high)))


# --- Coding


def plain_kappa(pairs: list[tuple[str, str]]) -> float:
    n = len(pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    observed = sum(a == b for a, b in pairs) / n
    chance = sum(left[word] * right[word] for word in left) / n**2
    return (observed - chance) / (1 - chance)


@pytest.mark.parametrize(
    ("key", "column", "printed"),
    [("answer", "response_type", 0.83), ("later", "later_status", 0.68)],
)
def test_kappa_of_the_two_codings(key, column, printed):
    pairs = [(r[f"{column}_1"], r[f"{column}_2"]) for r in rows("second_coding").values()]
    assert count("denials-coded-twice") == len(pairs)
    assert count(f"denials-{key}-agree") == sum(a == b for a, b in pairs)
    found = facts[f"denials-{key}-kappa"].to("kappa")
    assert found == pytest.approx(plain_kappa(pairs))
    assert found == pytest.approx(printed, abs=0.005)
    low, high = facts[f"denials-{key}-kappa-interval"].range("kappa")
    assert low < found < high


def test_the_first_coding_is_the_one_that_counts():
    press = rows("press_reports")
    for row in rows("second_coding").values():
        for column in ("response_type", "later_status"):
            assert press[row["report_id"]][column] == row[f"{column}_1"]


def test_the_headline_if_the_second_coding_had_won():
    second = {r["report_id"]: r for r in rows("second_coding").values()}
    full = held = silent_against = 0
    for row in rows("press_reports").values():
        other = second.get(row["id"], {})
        answer = other.get("response_type_2", row["response_type"])
        later = other.get("later_status_2", row["later_status"])
        if row["group"] == "ByteDance" and answer == "denied in full":
            full += 1
            held += later == "contradicted"
        silent_against += answer == "declined to comment" and later == "contradicted"
    assert count("denials-second-full") == full
    assert held == count("denials-full-against") - 1
    assert silent_against == 1


CODES = st.sampled_from(denials.ANSWERS)


@given(st.lists(st.tuples(CODES, CODES), min_size=1, max_size=30))
def test_kappa_is_one_only_where_all_agree(pairs):
    first, second = zip(*pairs, strict=True)
    found = denials.kappa(first, second)
    if math.isnan(found):
        assert len(set(first)) == 1
        assert set(first) == set(second)
        return
    assert found == pytest.approx(plain_kappa(pairs))
    assert found == pytest.approx(denials.kappa(second, first))
    assert (found > 1 - 1e-9) == (first == second)


def test_kappa_needs_two_codings_of_the_same_rows():
    with pytest.raises(ValueError, match="1 codes against 2"):
        denials.kappa(["confirmed"], ["confirmed", "confirmed"])


# --- The charts, drawn


@pytest.fixture(scope="module")
def drawn() -> dict[str, dict]:
    """Specification of every chart of the chapter, by the name of its figure."""
    return {name: chart.to_dict() for name, chart in charts("denials").items()}


def words(spec: dict, **values: object) -> list[str]:
    """The texts in the drawing of a chart with some of its inputs set."""
    drawn = svg(spec, **values)
    # Vega keeps the labels that it hides.
    drawn = re.sub(r'<text[^>]* opacity="0".*?</text>', "", drawn)
    return [text.strip() for text in re.findall(r">([^<>]+)</(?:text|tspan)>", drawn)]


@pytest.mark.parametrize("prior", [(1, 1), (18, 2), (2, 18), (20, 20)])
def test_the_chart_of_beliefs_draws_the_model(drawn, prior):
    drawn = words(drawn["fig-belief"], prior_out=prior[0], prior_not=prior[1])
    shown = [tuple(map(int, re.findall(r"\d+", text))) for text in drawn if "% to" in text]
    model = [
        denials.interval(row.cases, row.n, prior)
        for row in denials.beliefs().itertuples(index=False)
    ]
    assert len(shown) == len(model)
    for (low, high), (left, right) in zip(sorted(shown), sorted(model), strict=True):
        assert low == pytest.approx(100 * left, abs=0.6)
        assert high == pytest.approx(100 * right, abs=0.6)


def own_coding(yours: Sequence[str]) -> tuple[int, float]:
    """A reader's codes of the five reports against ours: how many agree, and kappa."""
    ours = denials.five()["ours"]
    return sum(ours == list(yours)), denials.kappa(ours, yours)


@pytest.mark.parametrize(
    "yours",
    [
        tuple(denials.five()["second"]),
        tuple(denials.five()["ours"]),
        ("confirmed",) * 5,
        ("no response", "denied in full", "denied in full", "denied in part", "denied in part"),
    ],
)
def test_the_chart_of_your_own_coding_draws_the_model(drawn, yours):
    inputs = dict(zip(denials.five()["parameter"], yours, strict=True))
    drawn = words(drawn["fig-own-coding"], **inputs)
    agree, kappa = own_coding(yours)
    assert f"{agree} of 5" in drawn
    assert f"{kappa:.2f}".replace("-", "\N{MINUS SIGN}") in drawn
    assert drawn.count("=") == agree


def test_our_coding_can_be_covered(drawn):
    drawn = words(drawn["fig-own-coding"], cover=True)
    assert "3 of 5" not in drawn
    assert "=" not in drawn
    assert drawn.count("?") >= 5


def test_the_five_reports_start_from_the_second_coding():
    second = {r["report_id"]: r["response_type_2"] for r in rows("second_coding").values()}
    table = denials.five()
    assert list(table["second"]) == [second[key] for key in table["id"]]
    agree, kappa = own_coding(table["second"])
    assert agree == 3
    assert facts["denials-five-kappa"].to("kappa") == pytest.approx(kappa)
    one_more = [*table["second"][:4], table["ours"].iloc[4]]
    assert own_coding(one_more)[0] == 4
    assert facts["denials-five-kappa-one-more"].to("kappa") == pytest.approx(
        plain_kappa(list(zip(table["ours"], one_more, strict=True)))
    )


def test_the_timeline_counts_what_is_chosen(drawn, bytedance):
    chips = sum(r["topic"] == "chip purchases" for r in bytedance)
    assert f"{chips} reports" in words(drawn["fig-timeline"], topic="chip purchases")
    assert f"{len(bytedance)} reports" in words(drawn["fig-timeline"])


@pytest.mark.parametrize("name", ["fig-marks", "fig-timeline"])
def test_every_row_has_its_label(drawn, name):
    drawn = " ".join(words(drawn[name]))
    for answer in denials.ANSWERS:
        assert answer in drawn


# --- As known on a day

DAYS = [*denials.days(), "2022-01-15", "2026-02-11", TODAY]


def drawn_as(spec: dict, layer: int, text: str, **values: object) -> list[str]:
    """What the transforms of a layer leave on a day, one text a mark, by the chart's own code."""
    only = spec["layer"][layer]
    plain = {
        "data": only.get("data", spec.get("data")),
        "datasets": spec["datasets"],
        # Far apart, or Vega might hide one text under another.
        "transform": [*only["transform"], {"calculate": text, "as": "told"}],
        "mark": "text",
        "encoding": {
            "y": {"field": "told", "type": "nominal", "axis": None},
            "text": {"field": "told"},
        },
        "params": [{k: v for k, v in p.items() if k != "views"} for p in spec["params"]],
    }
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg(plain, **values))


def timeline_as_of(day: str) -> pd.DataFrame:
    """The model of the chart: what was known of the reports at the end of a day."""
    table = denials.timeline()
    below = table["lane"].max() + 1
    table = table[table["public"] <= day]
    known = table["answered"] <= day
    return table.assign(
        lane=table["lane"].where(known, below),
        response=table["response"].where(known, NOT_YET),
        outcome=table["outcome"].where(table["settled"] <= day, "unresolved"),
    )


@pytest.mark.parametrize("day", sorted(set(DAYS)))
def test_the_timeline_on_a_day_draws_the_model(drawn, day):
    text = (
        "datum.id + '|' + datum.level + '|' + datum.became + '|' + (datum.said == datum.response)"
    )
    table = timeline_as_of(day)
    answers = denials.timeline().set_index("id")["response"]
    model = {
        f"{row.id}|{row.lane:g}|{row.outcome}|{str(row.response == answers[row.id]).lower()}"
        for row in table.itertuples()
    }
    for layer in (0, 1):
        assert set(drawn_as(drawn["fig-timeline"], layer, text, as_of=day)) == model
    assert f"{len(table)} reports" in words(drawn["fig-timeline"], as_of=day)


def test_what_was_known_of_the_reports_on_a_day(bytedance):
    """By another route: from the file, with the dates as text."""
    day = "2025-01-22"
    table = timeline_as_of(day).set_index("id")

    def by_then(date: str) -> bool:
        # A month or year is over before the day only if it sorts before the day's own.
        return bool(date) and (date <= day if len(date) == 10 else date < day[: len(date)])

    assert set(table.index) == {r["id"] for r in bytedance if by_then(r["date"])}
    for row in (r for r in bytedance if r["id"] in table.index):
        known = row["response_type"] == "no reply found" or by_then(row["response_date"])
        said = BOOK.rows("press_reports")[row["id"]]["response"]
        assert (table.loc[row["id"], "response"] == said) == known, row["id"]
        if not by_then(row["later_evidence_date"]):
            assert table.loc[row["id"], "outcome"] == "unresolved"
    assert table.loc["bd-2025-01-ft-12bn", "answer"] == "denied in full"
    assert timeline_as_of(TODAY).equals(denials.timeline())


def test_a_mark_without_a_dated_answer_lies_below_all_rows(drawn):
    table = timeline_as_of("2024-12-31")
    below = table["response"] == NOT_YET
    assert 0 < below.sum() < 10
    assert table.loc[below, "lane"].min() > denials.timeline()["lane"].max()
    (bottom,) = {
        layer["encoding"]["y"]["scale"]["domain"][1] for layer in drawn["fig-timeline"]["layer"][:2]
    }
    assert table["lane"].max() <= bottom
