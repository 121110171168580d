"""Explanations: the matrix against the raw rows, and the models against hand-written ones."""

from fractions import Fraction
from pathlib import Path

import jupytext
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import charts, rows, svg

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
    assert not table.duplicated(["name", "report_id"]).any()
    for row in table.itertuples(index=False):
        raw = press[row.report_id]
        claim = BOOK.rows("press_reports")[row.report_id]["claim"]
        assert row.report == f"{raw['date']}: {claim}"
        assert row.since.lower().endswith(f"; {raw['later_status']}.")
        assert row.source_ids == raw["source_ids"]
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
    table, explained = model.matrix(), set(model.explanations()["name"])
    assert len(explained) == 8, "the chapter and its title say so"
    pairs = set(zip(table["name"], table["side"], strict=True))
    assert pairs == {(name, side) for name in explained for side in ("for", "against")}


def test_the_cards_have_one_report_on_each_side():
    space = {}
    notebook = jupytext.read(ROOT / "chapters/explanations.md", fmt="md:myst")
    for cell in notebook.cells:
        if "picked = " in cell.source or "from chipbook import" in cell.source:
            exec(cell.source, space)
    cards = space["cards"]
    assert set(cards.index) == set(model.explanations()["name"])
    assert cards[["for", "against"]].notna().all(axis=None)
    alike = model.explanations()["denial"].str.startswith("As often either way")
    assert alike.sum() == 3, "the text says three of eight"


def test_reports_on_both_sides_are_those_found_by_going_through_the_marks(press):
    sides = {}
    for row in model.matrix().itertuples(index=False):
        sides.setdefault(row.report_id, set()).add(row.side)
    both = {report for report, found in sides.items() if len(found) == 2}
    assert "bd-2025-01-ft-12bn" in both
    assert facts["explanations-shared"].to("reports") == len(both)
    assert facts["explanations-reports"].to("reports") == len(sides)
    settled = [r for r in sides if press[r]["later_status"] not in ("unresolved", "superseded")]
    assert facts["explanations-settled"].to("reports") == len(settled)
    open_still = sum(press[r]["later_status"] == "unresolved" for r in both)
    assert open_still == pytest.approx(len(both) / 2, abs=1), "the text says about half"


# --- The three readers


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


@pytest.mark.parametrize("prior", [20, 50, 80])
def test_the_chart_computes_what_the_model_says(prior):
    drawn = svg(charts("explanations")["fig-readers"].to_dict(), prior=prior)
    for reader, chances in model.READERS.items():
        belief = model.posterior(prior / 100, *chances)
        assert f"{belief:.0%}, “{reader}”" in drawn


def test_the_readers_are_told_as_they_are_drawn():
    """Of twenty reports, ten right and ten wrong: how many of each a reader expects denied."""
    assert [(round(10 * r), round(10 * w)) for r, w in model.READERS.values()] == [
        (9, 9),
        (2, 8),
        (8, 2),
    ]


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
    assert settled < 1, "settled reports alone speak against a report"
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


def ratio(counts: dict[str, int], *, denied_right: bool) -> Fraction:
    """Right reports denied, against wrong ones, with the open ones shared out the hardest way."""
    right_denied, wrong_denied = counts["right denied"], counts["wrong denied"]
    right_other, wrong_other = counts["right other"], counts.get("wrong other", 0)
    if denied_right:
        right_denied += counts["open denied"]
        wrong_other += counts["open other"]
    else:
        wrong_denied += counts["open denied"]
        right_other += counts["open other"]
    right = Fraction(right_denied, right_denied + right_other)
    return right / Fraction(wrong_denied, wrong_denied + wrong_other)


def test_the_ends_lie_on_both_sides_of_one(counts):
    low, high = (ratio(counts, denied_right=right) for right in (False, True))
    assert low < 1 < high
    assert facts["explanations-ratio-lowest"].to("ratio") == pytest.approx(float(low))
    assert facts["explanations-ratio-highest"].to("ratio") == pytest.approx(float(high))


def test_odds_lie_further_from_one_than_chances(counts):
    """So the chapter says of a search that began with denials."""
    right, wrong = counts["right denied"] + counts["open denied"], counts["wrong denied"]
    other = counts.get("wrong other", 0) + counts["open other"]
    odds = Fraction(right, counts["right other"]) / Fraction(wrong, other)
    found = facts["explanations-odds-highest"].to("ratio")
    assert found == pytest.approx(float(odds))
    assert found > facts["explanations-ratio-highest"].to("ratio")
