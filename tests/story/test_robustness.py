"""Without one source: what falls, what is counted anew, and that the data stay as they were."""

import pickle

import reading

from chipbook import facts, load, sources
from chipbook.data import BOOK, Dataset, package
from chipbook.story.robustness import FALLS, MOVES, STANDS, drop_each
from chipbook.topics.denials import coded

REUTERS = "reuters-2025-01-21-ft-chips"
ARTICLE = "rivista-2025-01-23-seed"


# --- A package made up for the test


def table(**rows: dict[str, str]) -> dict[int, dict[str, str]]:
    return {line: {"id": key, **row} for line, (key, row) in enumerate(rows.items(), 2)}


def of(*pages: str, **cells: str) -> dict[str, str]:
    return {"source_ids": ";".join(pages), **cells}


SMALL = Dataset(
    rows={
        **{name: {} for name in BOOK.names},
        "sources": table(a={}, b={}, ab={}),
        "facts": table(alone=of("a"), shared=of("a", "b"), near=of("ab")),
        "article_statements": table(
            told=of("seed", "a"), bare=of("seed"), firm=of("seed", "a", "b")
        ),
        "assumptions": table(made=of("a", "b", row_ids="facts/alone"), kept=of("b", row_ids="")),
    }
)


def test_a_row_falls_with_the_only_page_that_carries_it():
    fallen = {"sources/a", "facts/alone", "article_statements/told", "assumptions/made"}
    assert SMALL.fallen("a") == fallen


def test_every_statement_falls_with_the_article():
    told = {f"article_statements/{key}" for key in ("told", "bare", "firm")}
    assert SMALL.fallen("seed") == {"sources/seed", *told}


def test_other_rows_lose_the_page_from_their_lists_only():
    left = SMALL.without("a").rows("facts")
    assert {key: row["source_ids"] for key, row in left.items()} == {"shared": "b", "near": "ab"}
    assert SMALL.rows("facts")["shared"]["source_ids"] == "a;b", "the table as it was"


# --- The data


def test_two_numbers_agree_with_a_count_by_hand():
    key = "denials-full"
    rows = [
        row["source_ids"].split(";")
        for row in reading.rows("press_reports").values()
        if row["group"] == "ByteDance" and row["response_type"] == "denied in full"
    ]
    alone = [pages[0] for pages in rows if len(pages) == 1]
    assert alone
    counted = {page: len(rows) - alone.count(page) for page in alone}
    made = "ft25-local-usd"
    parts = {row["id"]: set(row["source_ids"].split(";")) for row in reading.rows("facts").values()}
    used = [parts[part] for part in ("ft25-chips-china-cny", "ft25-local-share", "fx-2025-01-21")]
    needed = {page for pages in used for page in pages if len(pages) == 1}
    outcomes = drop_each([key, made])
    assert {page: left.value for page, left in outcomes[key].without.items()} == counted
    assert outcomes[key].verdict == MOVES
    assert set(outcomes[made].needed) == needed == {REUTERS}
    assert outcomes[made].verdict == FALLS
    assert outcomes[made].sources == len(set.union(*used))


def test_a_number_on_two_pages_stands_and_one_on_a_page_alone_falls():
    outcomes = drop_each(["ft25-actual", "article-local-usd", "article-statements"])
    assert outcomes["ft25-actual"].verdict == STANDS
    assert outcomes["article-local-usd"].needed == [ARTICLE]
    assert outcomes["article-statements"].needed == [ARTICLE], "a count of nothing is no count"


def test_the_page_that_moves_a_number_furthest_is_named():
    outcome = drop_each(["denials-full"])["denials-full"]
    whole = facts["denials-full"].value
    _, left = outcome.furthest
    moves = [abs(other.value - whole) for other in outcome.without.values()]
    assert abs(left.value - whole) == max(moves) > 0


def test_without_a_page_it_is_nowhere():
    left = BOOK.without(ARTICLE)
    assert "article-total-usd" not in left.facts
    for entry in package()["resources"]:
        table = left.load(entry["name"])
        if "source_ids" in table:
            assert not table["source_ids"].str.split(";").map(lambda ids: ARTICLE in ids).any()
    assert ARTICLE not in left.sources().index
    assert ARTICLE in sources().index


def test_models_are_worked_out_from_the_data_they_are_given():
    single = (row["source_ids"] for row in reading.rows("press_reports").values())
    left = BOOK.without(next(pages for pages in single if ";" not in pages))
    whole = len(coded()) + len(coded("peer"))
    assert len(coded(data=left)) + len(coded("peer", data=left)) == whole - 1
    assert left.facts["denials-coded"].value == facts["denials-coded"].value - 1
    assert len(load("press_reports")) == facts["denials-coded"].value == whole


def test_outcomes_survive_a_cache():
    outcomes = drop_each(["ft25-local-usd", "denials-full", "rev24"])
    assert {outcome.verdict for outcome in outcomes.values()} == {FALLS, MOVES, STANDS}
    again = pickle.loads(pickle.dumps(outcomes))
    for key, outcome in outcomes.items():
        assert (again[key].verdict, again[key].needed) == (outcome.verdict, outcome.needed)
        assert str(again[key].furthest) == str(outcome.furthest)
