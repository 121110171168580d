"""The game scores what rows settle and nothing open; the kit holds what was coded twice, blind."""

import pytest

from chipbook.classroom.play import TASKS, read, settled, statements
from chipbook.data import BOOK, braces, facts
from chipbook.story.answers import sign


def test_twelve_statements_true_and_false_about_evenly():
    asked = statements()
    assert len(asked) == 12
    assert sum(one.holds for one in asked) in (5, 6, 7)
    for one in asked:
        # The reason shows the numbers, or the reader could not see why.
        assert braces.keys(one.why), one.id


def test_an_answer_follows_the_numbers():
    """The revenues of two years, each way round; a bound that is open on the other side."""
    more, less = (f"'supplier_financials/cambricon-{year}-revenue'" for year in (2025, 2024))
    assert settled("x", f"{more} > {less}")[0]
    assert not settled("x", f"{more} < {less}")[0]
    assert not settled("x", f"{more} > {more}")[0]
    assert not settled("x", f"{more} < {more}")[0]
    assert settled("x", "'doubao-066' > 1000 * 'doubao-062'")[1] == ("doubao-066", "doubao-062")


@pytest.mark.parametrize(
    ("comparison", "says"),
    [
        ("'ft25-total' > unit(1, 'billion USD')", "ft25-total was denied"),
        ("'ft25-local-cny' > unit(1, 'billion CNY')", "ft25-local-cny rests on a denied report"),
        ("'doubao-002' > unit(1, 'million users')", "doubao-002 is reported, and neither"),
        ("'nvda-h20-q3fy26' > unit(1, 'million USD')", "one of several answers to one question"),
        ("'denials-answer-kappa' > 1", "denials-answer-kappa is computed"),
        ("'doubao-066' > unit(200, 'trillion tokens per day')", "may hold or not"),
        ("count('press_reports') > 3", "names something that has no card"),
        ("1 > 2", "names something that has no card"),
        ("'jv-bytedance' == 1 / 4", "does not compare two formulas by > or <"),
    ],
)
def test_what_is_open_is_refused(comparison, says):
    with pytest.raises(ValueError, match=says) as refused:
        settled("this-one", comparison)
    assert str(refused.value).startswith("this-one: ")


@pytest.mark.parametrize("name", TASKS)
def test_ten_rows_that_were_coded_twice_blind(name):
    task, chosen = TASKS[name], read("kit.toml")[name]
    assert len(chosen) == 10
    for row, why in chosen.items():
        assert task.coded(row)[task.key] == row
        assert 4 < len(why.split()) < 13, row
    for column in task.codes:
        decided = {BOOK.rows(task.table)[row][column] for row in chosen}
        assert decided == set(task.words(column))


def test_no_cross_gives_a_code_away():
    """The words of the reports are plain text, so none of their numbers may need a cross."""
    for row in read("kit.toml")["reports"]:
        texts = [BOOK.raw("press_reports")[row][column] for column in TASKS["reports"].shown]
        assert not [key for key in braces.keys("".join(texts)) if key in facts and sign(key)]
