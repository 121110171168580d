"""What an exercise says its result means is said in words, which the data may leave behind."""

import pytest
from reading import ROOT

from chipbook.classroom.exercises import EXERCISES, expected


@pytest.mark.parametrize(
    ("key", "nth", "low", "high", "words"),
    [
        ("denials-old", 0, 0.35, 0.5, "Fewer than half of the old ones are open"),
        ("denials-old", 2, 0.9, 1, "nearly all of the young ones"),
        ("denials-strict", 0, 0.33, 0.34, "One in three."),
        ("denials-strict", 1, 0.5, 1, "most of the settled cards spoke for the report"),
        ("denials-belief", 0, 0.8, 0.9, "You began at nine in ten and end a little lower"),
        ("denials-belief", 5, 0.2, 0.25, "ends at not quite one in four"),
        ("share-tracker", 0, 1.5, 2, "more than one and a half users for each of Doubao's"),
        ("share-tracker", 2, 0.7, 0.8, "by aicpb about three quarters of one"),
        ("share-phones", 0, 0.23, 0.27, "About a quarter"),
        ("share-phones", 1, 0.34, 0.5, "down from more than a third"),
        ("share-phones", 2, 0.1, 0.2, "with OPPO's it is less than a fifth"),
        ("share-factor", 0, 1.3, 1.37, "Growth by about a third"),
        ("explanations-reader", 0, 0.4, 0.41, "Two in five"),
        ("explanations-twice", 0, 1 / 18, 1 / 16, "Down to about one in seventeen"),
        ("explanations-open", 0, 0.5, 0.6, "A little more than half as often"),
    ],
)
def test_a_result_is_what_its_meaning_says(key, nth, low, high, words):
    """``nth`` counts the slips from one; zero is the answer."""
    exercise = EXERCISES[key]
    assert words in (ROOT / f"chapters/{exercise['page']}.md").read_text(encoding="utf-8")
    formula = (exercise, *exercise["slips"])[nth]["answer"]
    assert low <= expected(formula).value <= high
