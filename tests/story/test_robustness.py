"""Without one source: what falls, what is counted anew, and that the data stay as they were."""

import pickle

import pytest
import reading

from chipbook import facts, load, sources
from chipbook.data import BOOK, Dataset, package
from chipbook.data.refs import redrawn
from chipbook.data.store import CANNOT_BE_MADE, Missing
from chipbook.story.claims import claims
from chipbook.story.robustness import (
    drop_each,
    drop_each_origin,
    origins_by_row,
)
from chipbook.topics.denials import coded
from chipbook.topics.purchase import middle

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
        "facts": table(
            alone=of("a"),
            shared=of("a", "b", value="1", unit="GB", period="2025"),
            near=of("ab"),
            dated=of("ab", "b", value="2"),
        ),
        "article_statements": table(
            told=of("seed", "a"), bare=of("seed"), firm=of("seed", "a", "b")
        ),
        "press_reports": table(report=of("a"), other=of("b")),
        "second_coding": table(again={"report_id": "report"}, twice={"report_id": "other"}),
        "support": table(
            cell=of("a", resource="facts", row_id="shared", column="unit"),
            other=of("a", resource="facts", row_id="shared", column="period"),
            either=of("a", "b", resource="facts", row_id="shared", column="value"),
            figure=of("b", resource="facts", row_id="dated", column="value"),
        ),
    }
)


def test_a_row_falls_with_the_only_page_that_carries_it():
    fallen = {"sources/a", "facts/alone", "article_statements/told", "press_reports/report"}
    # With a report goes what is about it; of a row with two pages, what one of them carries.
    assert SMALL.fallen("a") == fallen | {
        "second_coding/again",
        "facts/shared/unit",
        "facts/shared/period",
    }


def test_a_figure_falls_with_the_last_page_that_carries_it():
    assert "facts/shared" not in SMALL.fallen("b")
    assert "facts/shared" in SMALL.fallen("a", "b")
    assert "facts/dated" in SMALL.fallen("b"), "the other page does not carry its figure"
    left = SMALL.without("a").rows("facts")["shared"]
    assert (left["unit"], left["period"], left["value"]) == ("", "", "1")


def test_rows_can_be_left_out_with_what_is_about_them():
    assert SMALL.fallen(rows=["press_reports/other"]) == {
        "press_reports/other",
        "second_coding/twice",
    }


# What a range is drawn from where some of its ends are gone.
THREE = {"row": "", "low": "1", "value": "4", "high": "9", "spread": "", "distribution": "uniform"}


@pytest.mark.parametrize(
    ("named", "gone", "left"),
    [
        ("low value high", "", ("1", "4", "9", "uniform")),
        ("low value high", "value", ("1", "", "9", "uniform")),
        ("low value high", "high", ("1", "", "4", "uniform")),
        ("low value high", "low high", ("", "4", "", "fixed")),
        ("low value high", "low value high", None),
        # None to all, which is ours, is left; nothing alone, which is ours too, is no finding.
        ("value", "value", ("1", "", "9", "uniform")),
        ("value high", "value high", None),
    ],
)
def test_an_assumption_is_drawn_from_the_ends_that_are_left(named, gone, left):
    written = {**THREE, **{f"{end}_row": f"facts/{end}" for end in named.split()}}
    made = redrawn(written, THREE, lambda key: key.removeprefix("facts/") not in gone.split())
    cells = made and tuple(made[name] for name in ("low", "value", "high", "distribution"))
    assert cells == left


def test_a_fixed_assumption_needs_its_value_alone():
    fixed = {**THREE, "distribution": "fixed", "value_row": "a/v", "high_row": "a/h"}
    assert redrawn(fixed, fixed, lambda key: key != "a/h") == {**fixed, "high": ""}
    assert redrawn(fixed, fixed, lambda key: key != "a/v") is None


def test_every_statement_falls_with_the_article():
    told = {f"article_statements/{key}" for key in ("told", "bare", "firm")}
    assert SMALL.fallen("seed") == {"sources/seed", *told}


def test_other_rows_lose_the_page_from_their_lists_only():
    left = SMALL.without("a").rows("facts")
    pages = {key: row["source_ids"] for key, row in left.items()}
    assert pages == {"shared": "b", "near": "ab", "dated": "ab;b"}
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
    assert outcomes[key].verdict == "moves"
    assert set(outcomes[made].needed) == needed == {REUTERS}
    assert outcomes[made].verdict == "falls"
    assert outcomes[made].tried == len(set.union(*used))


def test_a_number_on_two_pages_stands_and_one_on_a_page_alone_falls():
    outcomes = drop_each(["ft25-actual", "article-local-usd", "article-statements"])
    assert outcomes["ft25-actual"].verdict == "stands"
    assert outcomes["article-local-usd"].needed == [ARTICLE]
    assert outcomes["article-statements"].needed == [ARTICLE], "a count of nothing is no count"


def test_a_column_falls_with_the_page_that_carries_it():
    paper = "reportify-2025-06-cloudmatrix"
    left = BOOK.without(paper)
    assert left.rows("chip_specs")["ascend-910c"]["memory_bw_gbs"] == ""
    assert left.rows("chip_specs")["ascend-910c"]["fp16_dense_tflops"]
    assert "memory-910c" not in middle(data=left)
    outcome = drop_each(["article-memory", "article-compute"])
    assert paper in outcome["article-memory"].needed
    assert paper in facts["article-compute"].sources
    assert paper not in outcome["article-compute"].without


def test_the_model_runs_again_without_the_page_of_one_end():
    page, key = "dzcnc-2025-ascend", "buy-all-report"
    whole, left = BOOK.rows("assumptions")["price-910b"], BOOK.without(page)
    again = left.rows("assumptions")["price-910b"]
    assert whole["distribution"] == "uniform"
    assert (again["distribution"], again["value"]) == ("fixed", whole["high"])
    outcome = drop_each([key])[key]
    assert outcome.without[page].range("cards") == left.facts[key].range("cards")
    assert outcome.without[page].range("cards")[0] < facts[key].range("cards")[0]


def test_without_an_origin_every_figure_that_leads_back_to_it_alone_is_gone():
    rows = origins_by_row()
    assert set().union(*rows.values()) <= claims().keys()
    assert rows["facts/doubao-002"] == set(reading.origins_of("doubao-002"))
    # Three pages carry the total, and one report is behind them.
    page, origin = drop_each(["ft25-total"]), drop_each_origin(["ft25-total"])
    assert page["ft25-total"].verdict == "stands"
    assert origin["ft25-total"].needed == ["ft25-plan"]
    assert rows["facts/ft25-total"] == rows["facts/ft25-local-share"] == {"ft25-plan"}
    # What no claim states is not tried, and what two origins have stands without either.
    assert drop_each_origin(["denials-full"])["denials-full"].tried == 0
    for row in (row for row, found in rows.items() if len(found) > 1 and row in facts):
        outcome = drop_each_origin([row])[row]
        assert (outcome.verdict, outcome.tried) == ("stands", len(rows[row]))


def test_only_what_is_missing_counts_as_falling(monkeypatch):
    whole = facts["ft25-local-usd"]
    for error, falls in (
        (Missing("gone"), True),
        (ZeroDivisionError(), True),
        (KeyError("x"), False),
    ):

        def raising(*_, error=error):
            raise error

        data = Dataset()
        monkeypatch.setattr(data, "without", lambda *_, of=raising: Failing(of))
        monkeypatch.setattr(data, "fallen", lambda *_: {"something"})
        assert isinstance(error, CANNOT_BE_MADE) == falls
        if falls:
            assert drop_each(["ft25-local-usd"], data)["ft25-local-usd"].verdict == "falls"
        else:
            with pytest.raises(KeyError):
                drop_each(["ft25-local-usd"], data)
    assert str(whole) == str(facts["ft25-local-usd"])


class Failing:
    """A dataset whose numbers all fail in one way, and that has lost no row."""

    def __init__(self, failing) -> None:
        self.facts = type("Facts", (), {"__getitem__": failing})()
        self.rows = BOOK.rows


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
    assert {outcome.verdict for outcome in outcomes.values()} == {"falls", "moves", "stands"}
    again = pickle.loads(pickle.dumps(outcomes))
    for key, outcome in outcomes.items():
        assert (again[key].verdict, again[key].needed) == (outcome.verdict, outcome.needed)
        assert str(again[key].furthest) == str(outcome.furthest)


def test_a_second_coding_goes_with_its_report():
    page, key = "scmp-2024-05-30-wapo", "denials-answer-kappa"
    assert {"press_reports", "second_coding"} <= {row.split("/")[0] for row in BOOK.fallen(page)}
    left = drop_each([key])[key].without.get(page, facts[key])
    assert left is not None, "the other reports still have two codings"


def test_what_we_assume_ourselves_needs_no_page():
    page = "reuters-2024-h20-price"
    factor = BOOK.without(page).rows("assumptions")["server-factor"]
    assert (factor["value"], factor["high"], factor["source_ids"]) == ("1", "", "")
    assert "share-article" not in BOOK.without(ARTICLE).rows("assumptions")
