"""What the tables hold: the figures of the report, the counts of answers, ids that stay."""

import re
from collections import Counter
from pathlib import Path

import pytest
from reading import printed, rows

from chipbook.data import package as descriptor
from chipbook.data import split
from chipbook.data.quantity import parse_unit

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"


# What the Financial Times reported, as Reuters and the newsletter of the paper print it.
REPORT = {
    "ft25-total": ("12", "billion USD", "more than"),
    "ft25-chips-china-cny": ("40", "billion CNY", "exact"),
    "ft25-chips-china-usd": ("5.5", "billion USD", "exact"),
    "ft25-overseas": ("6.8", "billion USD", "about"),
    "ft25-local-share": ("60", "percent", "about"),
    "ft25-guidance": ("30", "percent", "at least"),
    "ft25-double": ("2", "ratio", "exact"),
    "rt25-capex-cny": ("150", "billion CNY", "more than"),
    "fx-2025-01-21": ("7.2712", "CNY per USD", "exact"),
}


@pytest.mark.parametrize("key", REPORT)
def test_the_report_as_printed(key):
    row = rows("facts")[key]
    assert (row["value"], row["unit"], row["qualifier"]) == REPORT[key]
    assert row["status"] in ("reported", "filed")


def test_a_denied_figure_is_reported_and_its_answer_is_found():
    fact = rows("facts")["ft25-total"]
    report = rows("press_reports")[fact["report_id"]]
    assert (fact["status"], fact["reply_scope"]) == ("reported", "this figure")
    assert report["response_type"] == "denied in full"


def test_the_denial_of_the_chip_does_not_reach_the_purchases_of_2026():
    for row in (rows("facts")["rt26-procurement"], rows("budget_reports")["br-2026-02-reuters"]):
        assert row["report_id"] == "bd-2026-02-seedchip"
        assert row["reply_scope"] == "another part"


def test_what_the_article_says_stands_beside_the_report():
    facts = rows("facts")
    article = {key: row["value"] for key, row in facts.items() if key.startswith("article-")}
    assert article == {
        "article-total-usd": "12",
        "article-local-usd": "5.5",
        "article-overseas-usd": "6.8",
        "article-double": "2",
    }


# Counted by hand when the reports were coded, in the order of LATER.
LATER = ("borne out", "partly borne out", "superseded", "contradicted", "unresolved")
ANSWERS = {
    "denied in full": (1, 3, 1, 2, 33),
    "denied in part": (0, 1, 1, 0, 3),
    "disputed wording": (1, 0, 0, 0, 8),
    "confirmed in part": (2, 21, 0, 0, 0),
    "confirmed": (8, 0, 0, 0, 0),
    "declined to comment": (1, 2, 2, 0, 4),
    "no response": (0, 2, 2, 0, 18),
    "no reply found": (0, 1, 0, 0, 17),
}


def test_answers_and_what_became_of_them():
    counts = Counter(
        (row["response_type"], row["later_status"])
        for row in rows("press_reports").values()
        if row["group"] == "ByteDance"
    )
    assert {a: tuple(counts[a, later] for later in LATER) for a in ANSWERS} == ANSWERS


@pytest.mark.parametrize(
    ("column", "same", "kappa"), [("response_type", 36, 0.83), ("later_status", 33, 0.68)]
)
def test_agreement_of_the_coding_that_was_not_blind(column, same, kappa):
    coded = [row for row in rows("second_coding").values() if row["blind"] == "false"]
    pairs = [(row[f"{column}_1"], row[f"{column}_2"]) for row in coded]
    first, second = (Counter(side) for side in zip(*pairs, strict=True))
    observed = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(first[code] * second[code] for code in first) / len(pairs) ** 2
    assert sum(a == b for a, b in pairs) == same
    assert round((observed - chance) / (1 - chance), 2) == kappa


def test_every_unit_can_be_computed_with():
    for entry in descriptor()["resources"]:
        for field in entry["schema"]["fields"]:
            if field["name"] in ("unit", "count_unit"):
                for unit in field["constraints"]["enum"]:
                    parse_unit(unit)


def test_every_unit_status_and_qualifier_of_the_vocabulary_is_one_list():
    """A word allowed in one table and not in another would be a second vocabulary."""
    for name in ("status", "qualifier"):
        lists = {
            tuple(field["constraints"]["enum"])
            for entry in descriptor()["resources"]
            for field in entry["schema"]["fields"]
            if field["name"] == name
        }
        assert len(lists) == 1, (name, lists)


def test_ids_given_up_are_gone_and_those_that_took_their_place_exist():
    known = {key for entry in descriptor()["resources"] for key in rows(entry["name"])}
    known |= set(printed())
    text = (DATA / "README.md").read_text(encoding="utf-8")
    table = text.split("## Renamed ids")[1].split("## Codebook")[0]
    lines = re.findall(r"^\| (.*`.*) \| (.*) \|$", table, re.M)
    assert len(lines) > 15
    for was, now in lines:
        named = re.findall(r"`([a-z0-9-]+)`", now)
        assert named == [] or set(named) <= known | {"replies", "statements"}, now
        # The id that two articles shared stays with the first of them.
        gone = set(re.findall(r"`([a-z0-9-]+)`", was)) - {"udn-2026-02-11"}
        assert not gone & known, was


def test_what_is_computed_is_not_also_a_row():
    research = printed()
    assert not set(research) & set(rows("facts"))
    for key, row in research.items():
        assert set(split(row["source_ids"])) <= set(rows("sources")), key
