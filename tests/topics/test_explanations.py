"""Explanations: the matrix against the raw rows, and the models against hand-written ones."""

import re
from fractions import Fraction
from pathlib import Path

import altair as alt
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st
from reading import rows

from chipbook import facts
from chipbook.data import BOOK
from chipbook.topics import explanations as model

ROOT = Path(__file__).resolve().parents[2]
CHANCE = st.floats(0.01, 0.99)


@pytest.fixture(scope="module")
def press() -> dict[str, dict[str, str]]:
    return rows("press_reports")


@pytest.fixture(scope="module")
def counts(press) -> dict[str, int]:
    """Answered rows on ByteDance: denied in full or not, by what became of the claim."""
    found = {}
    for row in press.values():
        if row["group"] != "ByteDance" or row["response_type"] == "no reply found":
            continue
        after = {"borne out": "right", "partly borne out": "right", "contradicted": "wrong"}
        denied = "denied" if row["response_type"] == "denied in full" else "other"
        if row["later_status"] == "superseded":
            continue
        key = f"{after.get(row['later_status'], 'open')} {denied}"
        found[key] = found.get(key, 0) + 1
    return found


# --- The matrix


def test_marks_repeat_what_the_rows_say(press):
    table = model.matrix()
    assert not table.duplicated(["key", "report_id"]).any()
    for row in table.itertuples(index=False):
        raw = press[row.report_id]
        claim = BOOK.rows("press_reports")[row.report_id]["claim"]
        assert (row.date, row.claim, row.later) == (raw["date"], claim, raw["later_status"])
        assert row.source_ids == raw["source_ids"]
        assert row.denied == raw["response_type"].startswith("denied")
        assert row.settled == (raw["later_status"] not in ("unresolved", "superseded"))


def test_a_reason_that_speaks_of_silence_or_denial_has_such_an_answer(press):
    for row in model.matrix().itertuples(index=False):
        answer = press[row.report_id]["response_type"]
        if "silence" in row.reason and "; silence" not in row.reason:
            assert answer == "no response", row
        if row.reason.startswith("Denied") or "was denied" in row.reason:
            assert answer.startswith("denied"), row
        if "was confirmed" in row.reason or "it confirmed" in row.reason:
            assert answer.startswith("confirmed"), row
        if "no comment" in row.reason.lower():
            assert answer in ("declined to comment", "no response"), row
        if "no denial was found" in row.reason:
            assert answer == "no reply found", row


def test_no_explanation_has_marks_on_one_side_only():
    for row in model.explanations().itertuples(index=False):
        sides = model.evidence(row.key)["side"].tolist()
        assert set(sides) == {"for", "against"}
        assert sides.index("against") == sides.count("for"), "for stands first"
    assert model.predictions().notna().all(axis=None)
    with pytest.raises(KeyError, match="two-worlds"):
        model.evidence("two worlds")


def test_reports_on_both_sides_are_those_found_by_going_through_the_marks(press):
    sides = {}
    for row in model.matrix().itertuples(index=False):
        sides.setdefault(row.report_id, set()).add(row.side)
    both = {report for report, found in sides.items() if len(found) == 2}
    assert set(model.shared()["report_id"]) == both
    assert "bd-2025-01-ft-12bn" in both
    assert facts["explanations-shared"].to("reports") == len(both)
    assert facts["explanations-reports"].to("reports") == len(sides)
    settled = [r for r in sides if press[r]["later_status"] not in ("unresolved", "superseded")]
    assert facts["explanations-settled"].to("reports") == len(settled)
    # The answer in two sentences says that most are open.
    assert len(settled) < len(sides) / 2


def test_the_american_explanation_has_one_settled_mark_by_the_company_itself(press):
    marks = model.evidence("scrutiny")
    (report,) = marks.loc[marks["settled"], "report_id"]
    assert press[report]["response_type"] == "confirmed in part"


# --- The calculator


@given(CHANCE, CHANCE, CHANCE)
def test_belief_is_a_probability_and_follows_the_odds(prior, if_right, if_wrong):
    belief = model.posterior(prior, if_right, if_wrong)
    assert 0 <= belief <= 1
    odds = prior / (1 - prior) * if_right / if_wrong
    assert belief == pytest.approx(odds / (1 + odds))


@given(CHANCE, CHANCE)
def test_equal_chances_leave_the_belief_alone(prior, chance):
    assert model.posterior(prior, chance, chance) == pytest.approx(prior)


@given(CHANCE, CHANCE, CHANCE, st.floats(0.001, 0.5))
def test_belief_rises_with_the_prior_and_with_the_ratio(prior, if_right, if_wrong, more):
    def up(value: float) -> float:
        return value + more * (1 - value)

    before = model.posterior(prior, if_right, if_wrong)
    assert model.posterior(up(prior), if_right, if_wrong) > before
    assert model.posterior(prior, up(if_right), if_wrong) > before
    assert model.posterior(prior, if_right, up(if_wrong)) < before


@given(CHANCE, CHANCE, CHANCE)
def test_the_belief_before_is_the_mean_of_the_beliefs_after(prior, if_right, if_wrong):
    denial = prior * if_right + (1 - prior) * if_wrong
    after = denial * model.posterior(prior, if_right, if_wrong)
    none = (1 - denial) * model.posterior(prior, 1 - if_right, 1 - if_wrong)
    assert after + none == pytest.approx(prior)


def test_numbers_that_are_no_probabilities_are_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.posterior(50, 0.5, 0.5)
    with pytest.raises(ValueError, match="impossible"):
        model.posterior(0.5, 0, 0)


def drawn(chart: alt.Chart, field: str, **inputs: float) -> list[float]:
    """What Vega makes of a field, read off the labels of a chart."""
    chart = (
        chart.transform_calculate(words=f"'=' + format(datum.{field}, '.6f')")
        .mark_text()
        .encode(alt.Y("row:N", sort=None), alt.Text("words:N"))
        .add_params(*(alt.param(name=name, value=value) for name, value in inputs.items()))
    )
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    return [float(text) for text in re.findall(r">=([\d.]+)</text>", svg)]


@pytest.mark.parametrize(("prior", "right", "wrong"), [(50, 50, 50), (20, 90, 30), (99, 1, 80)])
def test_the_chart_computes_what_the_model_says(prior, right, wrong):
    chart = model.beliefs_after()
    shown = drawn(chart, "belief", prior=prior, if_right=right, if_wrong=wrong)
    p, r, w = prior / 100, right / 100, wrong / 100
    expected = [p, model.posterior(p, r, w), model.posterior(p, 1 - r, 1 - w)]
    assert shown == pytest.approx(expected, abs=1e-5)


def test_what_is_said_of_strong_evidence_holds():
    after = {times: model.posterior(0.5, times / 100, 0.01) for times in (1, 3, 10, 100)}
    assert after[1] == 0.5
    assert after[3] == pytest.approx(0.75)
    assert after[10] > 0.9
    assert after[100] > 0.99


# --- Past denials


def test_counts_are_those_of_the_raw_rows(counts, press):
    right = counts["right denied"] + counts["right other"]
    wrong = counts["wrong denied"] + counts.get("wrong other", 0)
    expected = {
        "right": right,
        "right-denied": counts["right denied"],
        "wrong": wrong,
        "wrong-denied": counts["wrong denied"],
        "open-denied": counts["open denied"],
        "open-other": counts["open other"],
    }
    for key, n in expected.items():
        assert facts[f"explanations-{key}"].to("reports") == n
    settled = Fraction(counts["right denied"], right) / Fraction(counts["wrong denied"], wrong)
    assert facts["explanations-ratio-settled"].to("ratio") == pytest.approx(float(settled))
    low, high = facts["explanations-ratio-settled-interval"].range("ratio")
    assert low < float(settled) < high < 1, "settled reports alone speak against a report"
    confirmed = [
        row
        for row in press.values()
        if row["group"] == "ByteDance"
        and row["response_type"].startswith("confirmed")
        and row["later_status"] in ("borne out", "partly borne out")
    ]
    assert facts["explanations-right-confirmed"].to("reports") == len(confirmed)


def test_no_full_denial_on_chips_has_been_settled(press):
    rows = [
        row
        for row in press.values()
        if row["group"] == "ByteDance"
        and row["response_type"] == "denied in full"
        and row["topic"] in ("chip purchases", "own chips", "data centres", "export controls")
    ]
    assert facts["explanations-chip-denials"].to("reports") == len(rows)
    assert all(row["later_status"] in ("unresolved", "superseded") for row in rows)
    assert facts["explanations-chip-denials-open"].to("reports") == len(rows)


def test_the_ends_lie_on_both_sides_of_one_and_bound_every_setting(counts):
    low, high = model.tally(0, 1)[2], model.tally(1, 0)[2]
    assert low < 1 < high
    right_other, open_other = counts["right other"], counts["open other"]
    chance = Fraction(counts["right denied"], counts["right denied"] + right_other + open_other)
    assert model.tally(0, 1)[0] == pytest.approx(float(chance))
    assert facts["explanations-ratio-lowest"].to("ratio") == pytest.approx(low)
    assert facts["explanations-ratio-highest"].to("ratio") == pytest.approx(high)


@given(st.floats(0, 1), st.floats(0, 1))
def test_no_share_of_the_open_reports_leaves_the_ends(denied_right, other_right):
    if_right, if_wrong, ratio = model.tally(denied_right, other_right)
    assert 0 <= if_right <= 1
    assert 0 <= if_wrong <= 1
    ends = model.tally(0, 1)[2], model.tally(1, 0)[2]
    assert ends[0] - 1e-9 <= ratio <= ends[1] + 1e-9


def test_a_part_is_refused_beyond_the_whole():
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.tally(50, 50)


def test_odds_lie_further_from_one_than_chances(counts):
    """So the chapter says of a search that began with denials."""
    for end in (0, 1):
        odds = facts["explanations-odds-settled-interval"].range("ratio")[end]
        assert odds < facts["explanations-ratio-settled-interval"].range("ratio")[end]
    right, wrong = counts["right denied"] + counts["open denied"], counts["wrong denied"]
    other = counts.get("wrong other", 0) + counts["open other"]
    odds = Fraction(right, counts["right other"]) / Fraction(wrong, other)
    found = facts["explanations-odds-highest"].to("ratio")
    assert found == pytest.approx(float(odds))
    assert found > facts["explanations-ratio-highest"].to("ratio")
