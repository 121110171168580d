"""The article's statements, recounted from the raw file, and what the table must hold."""

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from reading import rows

from chipbook import facts
from chipbook.data import resource, split
from chipbook.story.claims import roots
from chipbook.topics.article import (
    ARTICLE,
    FOLLOWED,
    MONEY,
    PARTS,
    SLIPS,
    USERS,
    VERDICTS,
    by_part,
    coded_twice,
    five_months,
    retellings,
    retold_pages,
    shared_slips,
    statements,
    verdict_encoding,
)

DATA = Path(__file__).resolve().parents[2] / "data"


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
    """What the prose says without a number: who loses most, one, none, both wrong in the plan."""
    by = {part: Counter() for part in PARTS}
    for row in raw.values():
        by[row["part"]][row["verdict"]] += 1
    said = {part: count.total() - count["left out"] for part, count in by.items()}
    compared = [part for part in PARTS if set(by[part]) != {"no report found"}]
    faithful = {part: by[part]["faithful"] / said[part] for part in compared}
    assert sorted(faithful, key=faithful.get)[:2] == ["users", "plan"]
    assert by["plan"]["faithful"] == 1
    assert set(by["users"]) <= {"imprecise", "stronger than the report"}
    assert {row["part"] for row in raw.values() if row["verdict"] == "wrong"} == {"plan"}
    assert set(PARTS) - set(compared) == {"explanations", "conclusion"}


def test_the_second_reader_saw_every_statement_and_chance_is_taken_out(raw):
    both = rows("second_verdicts").values()
    said = {key for key, row in raw.items() if row["verdict"] != "left out"}
    assert {row["statement_id"] for row in both} == said
    first, second = (Counter(row[f"verdict_{one}"] for row in both) for one in (1, 2))
    agree = sum(row["verdict_1"] == row["verdict_2"] for row in both)
    assert facts["article-second-agree"].to("statements") == agree
    assert len(coded_twice().query("first != second")) == len(both) - agree
    chance = sum(first[word] * second[word] for word in first) / len(both) ** 2
    expected = (agree / len(both) - chance) / (1 - chance)
    made = facts["article-second-kappa"]
    assert made.value == pytest.approx(expected)
    ends = facts["article-second-kappa-interval"]
    assert ends.low < made.value < ends.high


def test_every_verdict_and_part_can_be_drawn():
    assert set(VERDICTS) == enum("verdict")
    assert set(PARTS) == enum("part")
    for channel in verdict_encoding().values():
        scale = channel.to_dict()["scale"]
        assert len(scale["domain"]) == len(scale["range"]) == len(VERDICTS)


def test_the_order_has_no_gap(raw):
    assert [int(row["order"]) for row in raw.values()] == list(range(1, len(raw) + 1))


def test_our_words_hold_no_number(raw):
    """Numbers come from the facts of a row; a chip's name is none."""
    for key, row in raw.items():
        for column in ("subject", "statement", "report", "reason"):
            assert not re.search(r"\d", row[column].replace("H100", "")), f"{key}, {column}"


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


def test_figures_stand_on_the_side_of_whoever_prints_them():
    table = statements().set_index("id")
    money = table.loc["chips-in-china"]
    assert money["here"].endswith(f"({facts['article-local-usd']}).")
    assert money["there"].endswith(
        f"({facts['ft25-chips-china-usd']}; {facts['ft25-local-share']})."
    )
    assert table.loc["rejection", "here"] == table.loc["rejection", "statement"]


def test_an_unknown_part_is_named():
    with pytest.raises(KeyError, match=r"plans.*plan, setting"):
        statements("plans")


def test_each_part_is_one_row_of_marks_without_a_gap():
    for _, part in by_part().groupby("part"):
        assert sorted(part["place"]) == list(range(1, len(part) + 1))
        ordered = part.sort_values("place")
        assert ordered["said"].is_monotonic_decreasing, "left out comes last"
        assert ordered[ordered["said"]]["severity"].is_monotonic_increasing


def test_the_money_as_it_is_retold():
    values = {key: row for key, row in rows("facts").items() if row["value"]}
    share, rate = (float(values[k]["value"]) for k in ("ft25-local-share", "fx-2025-01-21"))
    split_kept = float(values["ft25-chips-china-cny"]["value"]) * share / 100 / rate
    table = retellings()
    table = table[table["number"] == MONEY]
    assert table[~table["changed"]]["value"].tolist() == pytest.approx([split_kept] * 3)
    relays = ("relay-primapress", "relay-bullishtimes", "article-local-usd")
    printed = [float(values[key]["value"]) for key in relays]
    assert table[table["changed"]]["value"].tolist() == printed
    # The page that keeps the split prints the same share.
    assert values["relay-investing-it"]["value"] == values["ft25-local-share"]["value"]


def test_an_arrow_points_to_the_open_side():
    table = retellings()
    open_side = {"more than": "up", "nearly": "down"}
    direction = {"up": 1, "down": -1, "": 0}
    for row in table.itertuples():
        word = next((side for text, side in open_side.items() if row.words.startswith(text)), "")
        assert row.side == word
        drawn = (row.end > row.value) - (row.end < row.value)
        assert drawn == direction[row.side]
    users = table[table["number"] == USERS]
    assert list(users["side"]) == ["", "down", "up", "up", ""]


def test_five_months_are_five_months():
    windows = five_months()
    months = [
        (pd.Period(row.end, "M") - pd.Period(row.start, "M")).n for row in windows.itertuples()
    ]
    assert months == [5, 5]
    assert windows["end"].dt.strftime("%Y-%m").tolist() == ["2024-11", "2025-01"]


def test_shared_slips_are_those_of_the_table(raw):
    pairs = shared_slips()
    slips = [row for row in raw.values() if row["verdict"] in SLIPS]
    pages = {page for row in slips for page in split(row["same_in"])}
    assert len(pairs) == len(pages) * len(slips)
    assert pairs["shared"].sum() == sum(len(split(row["same_in"])) for row in slips)
    most = pairs[pairs["shared"]].groupby("subject").size().idxmax()
    assert most == "Chips in China"


RETOLD_BY = ("relays", "restates", "misreads")


def test_pages_and_origins_by_the_raw_relations():
    """Counted forwards from each claim, where the code counts back from each page."""
    links = [row for row in rows("relations").values() if row["relation"] in RETOLD_BY]
    misread = {row["claim_id"] for row in links if row["relation"] == "misreads"}
    table = retold_pages()
    assert list(dict.fromkeys(table["subject"])) == list(FOLLOWED.values())
    for key, subject in FOLLOWED.items():
        found, fresh = set(), {key}
        while fresh := {r["claim_id"] for r in links if r["other_id"] in fresh} - found:
            found |= fresh
        moved = table.loc[table["subject"] == subject, "moved"]
        assert (len(moved), moved.sum()) == (len(found), len(found & misread))
        assert {root for name in found for root in roots(name)} == {key}, "one origin each"
    total = table[table["order"] == 0]
    assert facts["ft25-retellings"].value == len(total)
    assert facts["ft25-retellings-moved"].value == total["moved"].sum()


def test_the_answers_beside_the_claims_are_those_of_the_relations():
    denied = {r["other_id"] for r in rows("relations").values() if r["relation"] == "denies"}
    told = dict(row.split("|") for row in retold_pages()["row"])
    words = {key: told[subject] for key, subject in FOLLOWED.items()}
    assert {key for key, word in words.items() if word == "denied"} == denied & set(FOLLOWED)
    assert set(words.values()) == {"denied", "no answer found"}


def test_marks_are_the_retellings_in_order():
    marks = retold_pages()
    for _, row in marks.groupby("order"):
        assert list(row["place"]) == list(range(1, len(row) + 1))
        assert row["article"].is_monotonic_increasing
        others = row[~row["article"]]
        assert others["moved"].is_monotonic_increasing
    assert set(marks.loc[marks["article"], "source_ids"]) == {ARTICLE}
