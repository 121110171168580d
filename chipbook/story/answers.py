"""The company's answer beside each figure of a coded report, and since when it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import pandas as pd

from chipbook.data import BOOK, facts
from chipbook.data.settings import settings
from chipbook.data.words import DENIALS
from chipbook.story.claims import denied_claims, relations, roots, stating

ANSWER_WORDS = settings(__file__)
NO_REPLY_FOUND = "no reply found"
OTHER_PART = "reply to another part"

DENIED, RESTS = "denied", "rests on a denied report"
"""The two signs of a figure, in words: an answer contests it, or something that it is made from."""

TODAY = "9999-12-31"
"""Stands for the present in a chart that shows what was known on a day: after every date."""


def with_answers(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with a column ``answer``: what the company said to the report of each row.

    ``table`` has ``report_id`` (a row of press_reports, or missing) and ``reply_scope``. An answer
    that was about another part of the report is not an answer to the figure, and says so.
    """
    answers = table["report_id"].map(lambda report: reports()[report]["response_type"], "ignore")
    said = answers.map(ANSWER_WORDS).fillna(NO_REPLY_FOUND)
    elsewhere = (table["reply_scope"].astype("str") == "another part") & said.ne(NO_REPLY_FOUND)
    return table.assign(answer=said.mask(elsewhere, OTHER_PART))


def reports() -> Mapping[str, Mapping[str, str]]:
    """Rows of press_reports by id, as text."""
    return BOOK.rows("press_reports")


@cache
def sign(key: str) -> str:
    """The sign of the figure ``key``: :data:`DENIED`, :data:`RESTS`, or nothing.

    Denied is what somebody says, where the answer to its report covers it or its claim is denied.
    What is computed from a figure with a sign, or retells a denied claim, rests on it.
    """
    fact = facts.fact(key)
    stated, denied = {claim.id for claim in stating(key)}, denied_claims()
    said = fact.table and fact.quantity.status != "computed"
    if said and (contests(fact.answered) or stated & denied):
        return DENIED
    told = stated.union(*map(roots, stated)) & denied
    made_of = (part for part in fact.quantity.inputs if part in facts and part != key)
    return RESTS if told or any(map(sign, made_of)) else ""


def sign_in_words(key: str) -> str:
    """The :func:`sign` of the figure ``key`` for readers: no stronger than the strongest denial."""
    if sign(key) != DENIED:
        return sign(key)
    coded = (reports()[report]["response_type"] for report in facts.fact(key).answered)
    said = {ANSWER_WORDS[answer] for answer in coded if answer in DENIALS}
    stated = {claim.id for claim in stating(key)}
    said |= {r.done for r in relations() if r.relation == "denies" and r.other_id in stated}
    return min(said, key=list(ANSWER_WORDS.values()).index)


def contests(answered: Iterable[str]) -> bool:
    """Whether the answer to one of the reports ``answered``, by their ids, contests it."""
    return any(reports()[report]["response_type"] in DENIALS for report in answered)


def signs_in(rows: Iterable[Mapping]) -> dict[str, str]:
    """The figures with a sign among rows that are shown, sorted, each with its sign.

    A row is known by a column ``id`` or ``fact`` with the key of a figure, or by ``report_id``
    with ``reply_scope``; rows that keep none of them say nothing on whose figures they are.
    """
    found = {}
    for row in rows:
        for key in (row.get("id"), row.get("fact")):
            if isinstance(key, str) and key in facts and (word := sign(key)):
                found[key] = word
        report = reports().get(row.get("report_id", ""))
        about_figure = row.get("reply_scope") == "this figure" and "value" in row
        if report and about_figure and contests([report["id"]]):
            found[str(row.get("id") or report["id"])] = DENIED
    return dict(sorted(found.items()))


def known_from(last_days: pd.Series) -> pd.Series:
    """``last_days`` of dates as ISO text, which sorts; what has no date is known today."""
    return last_days.dt.strftime("%Y-%m-%d").fillna(TODAY)
