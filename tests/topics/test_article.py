"""The article's statements, recounted from the raw file, and what the table must hold."""

import re
from collections import Counter

import pandas as pd
import pytest
from reading import charts, rows

from chipbook import facts
from chipbook.data import resource, split
from chipbook.story.claims import roots
from chipbook.topics.article import (
    ARTICLE,
    VERDICTS,
    family,
)

SLIPS = ("imprecise", "stronger than the report", "wrong")


@pytest.fixture(scope="module")
def raw() -> dict[str, dict[str, str]]:
    return rows("article_statements")


def enum(column: str) -> set[str]:
    fields = resource("article_statements")["schema"]["fields"]
    return set(next(f for f in fields if f["name"] == column)["constraints"]["enum"])


def test_the_counts_of_the_chapter(raw):
    verdicts = Counter(row["verdict"] for row in raw.values())
    answer = Counter(row["verdict"] for row in raw.values() if row["part"] == "answer")
    expected = {
        "article-statements": len(raw) - verdicts["left out"],
        "article-faithful": verdicts["faithful"],
        "article-imprecise": verdicts["imprecise"],
        "article-stronger": verdicts["stronger than the report"],
        "article-wrong": verdicts["wrong"],
        "article-no-report": verdicts["no report found"],
        "article-slips": sum(verdicts[slip] for slip in SLIPS),
        "article-slips-shared": sum(
            bool(row["same_in"]) and row["verdict"] in SLIPS for row in raw.values()
        ),
        "article-answer": answer.total() - answer["left out"],
        "article-answer-faithful": answer["faithful"],
    }
    assert {key: facts[key].to("statements") for key in expected} == expected


def test_the_sentences_that_stand_on_the_counts(raw):
    """What the prose says without a number: who loses most, and that three slips are shared."""
    by: dict[str, Counter] = {}
    for row in raw.values():
        by.setdefault(row["part"], Counter())[row["verdict"]] += 1
    said = {part: count.total() - count["left out"] for part, count in by.items()}
    compared = [part for part in by if set(by[part]) != {"no report found"}]
    faithful = {part: by[part]["faithful"] / said[part] for part in compared}
    assert sorted(faithful, key=faithful.get)[:2] == ["users", "plan"]
    assert set(by) - set(compared) == {"explanations", "conclusion"}
    assert all(raw[key]["same_in"] for key in ("chips-in-china", "doubling", "doubao-users"))


def test_the_second_reader_saw_every_statement_and_chance_is_taken_out(raw):
    both = rows("second_verdicts").values()
    said = {key for key, row in raw.items() if row["verdict"] != "left out"}
    assert {row["statement_id"] for row in both} == said
    first, second = (Counter(row[f"verdict_{one}"] for row in both) for one in (1, 2))
    agree = sum(row["verdict_1"] == row["verdict_2"] for row in both)
    assert facts["article-second-agree"].to("statements") == agree
    chance = sum(first[word] * second[word] for word in first) / len(both) ** 2
    expected = (agree / len(both) - chance) / (1 - chance)
    made = facts["article-second-kappa"]
    assert made.value == pytest.approx(expected)
    ends = facts["article-second-kappa-interval"]
    assert ends.low < made.value < ends.high


def test_every_verdict_has_a_mark_of_its_own():
    assert set(VERDICTS) == enum("verdict")
    assert len(set(VERDICTS.values())) == len(VERDICTS)


def test_the_clauses_read_on_as_an_article(raw):
    """Paragraphs in order; each clause goes on where the one before it stopped, and ends."""
    said = [row for row in raw.values() if row["clause"]]
    assert [row["id"] for row in raw.values() if not row["clause"]] == [
        key for key, row in raw.items() if row["verdict"] == "left out"
    ]
    places = [int(row["paragraph"]) for row in raw.values()]
    assert places == sorted(places)
    assert set(places) == set(range(1, max(places) + 1))
    ended = True
    for row, after in zip(said, [*said[1:], None], strict=True):
        first = re.sub(r"\{.*?\}", "", row["clause"])[0]
        assert first.isupper() or not ended, row["id"]
        ended = row["clause"].endswith(".")
        assert ended or (after and after["paragraph"] == row["paragraph"]), row["id"]


def test_the_order_has_no_gap(raw):
    assert [int(row["order"]) for row in raw.values()] == list(range(1, len(raw) + 1))


def test_our_words_hold_no_number(raw):
    """Numbers come from the facts of a row; a chip's name is none."""
    for key, row in raw.items():
        for column in ("subject", "statement", "clause", "report", "reason"):
            words = re.sub(r"\{.*?\}|H100|2025", "", row[column])
            assert not re.search(r"\d", words), f"{key}, {column}"


def test_numbers_in_a_fragment_are_those_of_the_article(raw):
    values = rows("facts")
    for key, row in raw.items():
        numbers = re.findall(r"\b\d+(?:,\d+)?\b(?!H)", row["fragment"].replace("H100", ""))
        article = {
            values[f]["value"]
            for f in split(row["fact_ids"])
            if "as in the article" in values[f]["metric"]
        }
        assert {number.replace(",", ".") for number in numbers} <= article, key


def test_the_article_is_a_source_of_each_row_and_never_of_its_own_slip(raw):
    for key, row in raw.items():
        assert split(row["source_ids"])[0] == ARTICLE, key
        assert ARTICLE not in split(row["same_in"]), key
        # A slip or a reading is shared: what is told rightly has the report itself as company.
        assert not row["same_in"] or row["verdict"] in (*SLIPS, "no report found"), key
        needs_report = row["verdict"] != "no report found"
        assert (len(split(row["source_ids"])) > 1) is needs_report, key


def test_pages_that_share_a_slip_retell_the_same_report(raw):
    pages = rows("sources")
    for row in raw.values():
        for page in split(row["same_in"]):
            assert "Financial Times 2025-01" in pages[page]["relays"]


def test_five_months_are_five_months():
    found = charts("article")["fig-five-months"].to_dict()["datasets"].values()
    (windows,) = (data for data in found if "start" in data[0])
    spans = [[pd.Period(row[end][:7], "M") for end in ("start", "end")] for row in windows]
    assert [(end - start).n for start, end in spans] == [5, 5]
    assert [str(end) for _, end in spans] == ["2024-11", "2025-01"]


RETOLD_BY = ("relays", "restates", "misreads")


@pytest.mark.parametrize("origins", [("ft25-local", "ft25-chips-china"), ("zs-doubao-users",)])
def test_a_tree_has_each_page_that_retells_its_origin(origins):
    """Counted forwards from each claim, where the code counts back from each page."""
    every = rows("claims")
    links = [row for row in rows("relations").values() if row["relation"] in RETOLD_BY]
    pages, moved = {}, {}
    for origin in origins:
        for link in (row for row in links if row["other_id"] == origin):
            page = every[link["claim_id"]]["source_ids"].split(";")[0]
            pages.setdefault(page, link["claim_id"])
            moved[link["claim_id"]] = link["relation"] == "misreads"
            assert set(roots(link["claim_id"])) == {origin}, "one origin"
    table = family(*origins)
    told = table[1:]
    assert set(told["source_ids"].str.split(";").str[0]) == set(pages)
    assert (told["fate"] == "moved").sum() == sum(moved[claim] for claim in pages.values())
    assert list(table["place"]) == list(range(len(table)))
    assert table["source_ids"].iloc[-1] == ARTICLE
    fates = list(told["fate"])
    assert fates == sorted(fates), "kept before moved"


def test_a_tree_prints_what_each_page_prints():
    words = family("ft25-local", "ft25-chips-china").set_index("page")["words"]
    assert words["Reuters"].endswith(str(facts["ft25-local-share"]))
    assert words["EconoTimes"].endswith("without “about”")
    assert words["Rivista.AI"] == f"The article\nall {facts['article-local-usd']}"
    users = family("zs-doubao-users").set_index("page")
    assert users.loc["Rivista.AI", "words"].endswith(f"{facts['doubao-001']:number}")
    # A page without a day comes after those with one.
    assert users.loc["BitNewsBot", "day"] == "no day"
    assert users["column"].max() == users.loc["BitNewsBot", "column"]


def test_the_total_is_retold_as_often_as_the_relations_say():
    links = [row for row in rows("relations").values() if row["relation"] in RETOLD_BY]
    found, fresh = set(), {"ft25-plan"}
    while fresh := {r["claim_id"] for r in links if r["other_id"] in fresh} - found:
        found |= fresh
    misread = {row["claim_id"] for row in links if row["relation"] == "misreads"}
    assert facts["ft25-retellings"].value == len(found)
    assert facts["ft25-retellings-moved"].value == len(found & misread)
