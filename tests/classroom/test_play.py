"""The game scores what rows settle and nothing open; the kit holds what was coded twice, blind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chipbook.classroom.play import GAME_FILE, KIT_FILE, settled, statements
from chipbook.data import BOOK, braces, derived, facts, resource
from chipbook.data.settings import settings
from chipbook.data.words import DATES
from chipbook.story.answers import sign
from chipbook.story.disagreements import disagreements

# Tables of what was published: their dates and the count of their rows settle something.
TEXTS = ("article_statements", "press_reports", "sources")
KIT = settings(KIT_FILE)


def doubts(key: str) -> Iterator[str]:
    """Why a number settles nothing, but for a denial: who says it, or who says otherwise."""
    fact = facts.fact(key)
    if any(key in found.rows for found in disagreements().values()):
        yield f"{key}: one of several answers to one question"
    behind = {} if fact.formula else {key: fact.quantity.status}
    for node in derived.nodes(derived.tree(fact.formula or "0")):
        match node:
            case {"key": part}:
                yield from doubts(part)
            case {"table": table} if table not in TEXTS or node.get("column", "date") not in DATES:
                rows = BOOK.rows(table)
                behind |= {row: rows[row].get("status", "") for row in derived.chosen(node, BOOK)}
    yield from (f"{row}: {s}" for row, s in behind.items() if s not in ("filed", "announced"))


def test_twelve_statements_true_and_false_about_evenly():
    asked = statements()
    assert len(asked) == 12
    assert sum(entry["true"] for entry in asked.values()) in (5, 6, 7)
    for key, entry in asked.items():
        # The reason shows the numbers, or the reader could not see why.
        assert entry["keys"], key
        assert braces.keys(entry["why"]), key


@pytest.mark.parametrize("key", settings(GAME_FILE))
def test_a_statement_rests_on_what_was_filed_announced_or_published(key):
    assert [doubt for part in statements()[key]["keys"] for doubt in doubts(part)] == []


@pytest.mark.parametrize(
    ("key", "doubt"),
    [
        ("ft25-total", "ft25-total: reported"),
        ("nvda-h20-q3fy26", "one of several answers to one question"),
        ("denials-answer-kappa", "computed"),
        ("cambricon-q4-of-2024", "computed"),
        ("6000d-of-h20-bandwidth", "rtx-pro-6000d: estimated"),
    ],
)
def test_what_would_be_doubted(key, doubt):
    assert doubt in "; ".join(doubts(key))


def test_an_answer_follows_the_numbers():
    """The revenues of two years, each way round; a bound that is open on the other side."""
    more, less = (f"'supplier_financials/cambricon-{year}-revenue'" for year in (2025, 2024))
    assert settled(f"{more} > {less}")[0]
    assert not settled(f"{more} < {less}")[0]
    assert not settled(f"{more} > {more}")[0]
    assert not settled(f"{more} < {more}")[0]
    assert settled("'doubao-066' > 1000 * 'doubao-062'") == (True, ["doubao-066", "doubao-062"])


@pytest.mark.parametrize(
    ("comparison", "says"),
    [
        ("'ft25-total' > unit(1, 'billion USD')", "is open; ft25-total: denied"),
        ("'ft25-local-cny' > unit(1, 'billion CNY')", "ft25-local-cny: rests on a denied report"),
        ("'doubao-066' > unit(200, 'trillion tokens per day')", "is open"),
        ("'jv-bytedance' == 1 / 4", "not enough values"),
    ],
)
def test_what_is_open_is_refused(comparison, says):
    with pytest.raises(ValueError, match=says):
        settled(comparison)


@pytest.mark.parametrize("name", KIT)
def test_ten_rows_that_were_coded_twice_blind(name):
    task = KIT[name]
    blind = [row for row in BOOK.rows(task["second"]).values() if row.get("blind") != "false"]
    assert len(task["rows"]) == 10
    for row, why in task["rows"].items():
        assert [one[task["key"]] for one in blind].count(row) == 1
        assert 4 < len(why.split()) < 13, row
        # Its texts stand without cards, and a cross would give an answer away.
        texts = [BOOK.raw(task["table"])[row][column] for column in task["shown"]]
        assert not [key for key in braces.keys("".join(texts)) if key in facts and sign(key)]
    fields = {field["name"]: field for field in resource(task["second"])["schema"]["fields"]}
    for column in task["codes"]:
        decided = {BOOK.rows(task["table"])[row][column] for row in task["rows"]}
        assert decided == set(fields[f"{column}_1"]["constraints"]["enum"])
