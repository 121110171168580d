"""Exercises both ways: the solution passes, and what is wrong meets a word that helps."""

from __future__ import annotations

import itertools
import math
import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import reading
from conftest import story_pages
from reading import given_away

from chipbook import Quantity, facts, grade
from chipbook.check.texts import typed
from chipbook.classroom.exercises import EXERCISES, cells, expected

CHAPTERS = [page.rpartition("/")[2] for page in story_pages()[:-1]]
"""All but the ending, which has no exercises."""

LEVELS = ("warm-up", "core", "stretch")
IDS = list(EXERCISES)


class Broken:
    """What raises as soon as one asks what it is."""

    @property
    def __class__(self) -> type:
        raise RuntimeError


class BrokenFloat(float):
    def __format__(self, _: str) -> str:
        raise RuntimeError


def hidden(says: str, id: str, given: object = ()) -> bool:
    """Whether a sentence keeps the answer of an exercise to itself, but for what is ``given``."""
    exercise = EXERCISES[id]
    wanted = expected(exercise["answer"])
    if isinstance(wanted, Quantity):
        return not given_away(says, wanted, exercise.get("within", 1))
    return not any(name in says.casefold() for name in wanted - {str(g).casefold() for g in given})


def made(answer: str | list[str]) -> object:
    """An answer of the file as a reader hands it over."""
    return expected(answer) if isinstance(answer, str) else answer


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_four_exercises_from_warm_up_to_stretch(chapter: str) -> None:
    text = (reading.ROOT / "chapters" / f"{chapter}.md").read_text(encoding="utf-8")
    own = {key: each for key, each in EXERCISES.items() if each["page"] == chapter}
    assert re.findall(r'^grade\("([\w-]+)", answer\)$', text, re.M) == list(own)
    levels = [each["level"] for each in own.values()]
    assert [
        level.lower() for level in re.findall(r"^\*\*([\w-]+): .*\.\*\* ", text, re.M)
    ] == levels
    assert levels == sorted(levels, key=LEVELS.index)
    assert len(levels) == 4
    assert set(levels) == set(LEVELS)
    assert levels.count("stretch") == 1


@pytest.mark.parametrize("id", IDS)
def test_an_answer_by_pencil_to_two_digits_is_right(id: str) -> None:
    wanted = expected(EXERCISES[id]["answer"])
    # A largest factor that fits, rounded up, doesn't fit.
    if isinstance(wanted, Quantity) and id != "share-factor":
        rounded = float(f"{wanted.value:.2g}")
        assert grade(id, rounded).right


@pytest.mark.parametrize("id", IDS)
def test_the_solution_is_right_and_the_cell_of_a_student_is_empty(id: str) -> None:
    ran = reading.run(EXERCISES[id]["page"])
    cell, answer = ran.exercises[id]
    verdict = grade(id, answer)
    assert (verdict.right, repr(verdict)) == (True, "Right.")
    mine, solved = cells(cell)
    names = dict(ran.names)
    exec(mine, names)
    empty = grade(id, names["answer"])
    assert not empty.right
    assert "Nothing yet" in empty.says
    assert set(solved.splitlines()) - set(mine.splitlines()), "nothing is left to find"
    assert not re.search(r"^# (your turn|end)$", solved, re.M)


@pytest.mark.parametrize("id", IDS)
def test_slips_meet_different_words_that_keep_the_answer(id: str) -> None:
    exercise = EXERCISES[id]
    said = []
    for slip in exercise["slips"]:
        answer, written = slip["answer"], slip["says"]
        verdict = grade(id, made(answer))
        assert not verdict.right, written
        assert hidden(verdict.says, id, made(answer) if isinstance(answer, list) else ()), written
        assert typed(written) == ""
        said.append(verdict.says)
    assert len(set(said)) == len(exercise["slips"]) >= 3
    assert "Nothing yet" not in " ".join(said)


@pytest.mark.parametrize("id", IDS)
def test_any_other_answer_meets_a_sentence_that_keeps_the_answer(id: str) -> None:
    wanted = made(EXERCISES[id]["answer"])
    strange = (..., None, "no such name", [], ["no such name"], math.nan, math.inf, 10**400, 1j)
    strange += (True, pd.NA, pd.Series([0.123]), pd.DataFrame({"a": [1]}), np.array(5.0), object())
    strange += (itertools.count(), itertools.repeat("no such name"), Broken(), BrokenFloat("nan"))
    strange += (Decimal(3), Quantity.of(0.123, "GB"), Quantity.of(None, low=0.12, high=0.13))
    if isinstance(wanted, Quantity):
        strange += (wanted * -1, wanted * 10, wanted / 1000, wanted * 1.5, 0)
    else:
        strange += (wanted[1:], [*wanted, "no such name"], 3)
    for answer in strange:
        verdict = grade(id, answer)
        assert not verdict.right, answer
        assert verdict.says.endswith((".", "?"))
        assert hidden(verdict.says, id, answer if type(answer) is list else ()), verdict.says


def test_the_words_say_what_is_off() -> None:
    half = facts["ft25-chips-china-cny"] * 0.5
    words = {
        half * 10: "ten times too large",
        half / 1000: "a thousand times too small",
        half * -1: "the sign is not",
        half * 1.3: "too large",
        half * 0.7: "too small",
        half / facts["fx-2025-01-21"] * 1.3: "yours is USD",
        Quantity.of(50, "percent"): "yours is a plain number",
        half.ends(): "yours is a range",
        "half": "yours is of the type str",
    }
    for answer, part in words.items():
        assert part in grade("budget-half", answer).says
    assert (
        "percent or a share"
        in grade("budget-bound", 100 * made(EXERCISES["budget-bound"]["answer"])).says
    )


def test_a_number_may_be_plain_and_names_in_any_form() -> None:
    half = facts["ft25-chips-china-cny"] * 0.5
    for answer in (half.to("CNY"), half.to("billion CNY"), np.float64(half.to("billion CNY"))):
        assert grade("budget-half", answer).right
    names = EXERCISES["budget-scope"]["answer"]
    for several in (tuple, set, pd.Series, np.array):
        assert grade("budget-scope", several([f" {name.upper()}" for name in names])).right
    assert grade("budget-scope", ", ".join(names)).right
    mixed = grade("budget-scope", ["no such name", names[0]])
    assert "you have 1. Names that do not belong: 1" in mixed.says


def test_an_unknown_exercise_is_the_fault_of_who_wrote_the_cell() -> None:
    with pytest.raises(KeyError, match="no exercise 'budget-haf': did you mean budget-half"):
        grade("budget-haf", 1)


def test_an_exercise_without_its_marks_is_refused() -> None:
    cell = "# Half.\n# your turn\nanswer = 1\nmore = 2\n# end\ngrade('x', answer)"
    assert cells(cell) == (
        "# Half.\n# your turn\nanswer = ...\ngrade('x', answer)",
        "# Half.\nanswer = 1\nmore = 2\ngrade('x', answer)",
    )
    for broken in (cell.replace("# end\n", ""), cell + "\n" + cell):
        with pytest.raises(ValueError, match=r"once each: '# Half\.'"):
            cells(broken)
