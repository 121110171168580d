"""The company's answer beside each figure of a coded report, and since when it is known."""

from collections.abc import Iterable, Mapping, Set
from functools import cache
from typing import NamedTuple

import pandas as pd

from chipbook.data import BOOK, facts
from chipbook.data.settings import settings
from chipbook.data.words import DENIALS
from chipbook.story.claims import claims, relations, roots, stating

ANSWER_WORDS: dict[str, str] = settings(__file__)["answers"]
"""Code of an answer → what a reader is told."""

NO_REPLY_FOUND = "no reply found"
OTHER_PART = "reply to another part"

DENIED, RESTS = "denied", "rests on a denied report"
"""The two signs of a figure, in words: an answer contests it, or something that it is made from."""


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


class Answer(NamedTuple):
    """An answer to a ``report``: ``word`` for readers, ``who`` gave it, its ``day`` (ISO 8601)."""

    day: str
    who: str
    word: str
    report: str


def answer_to(report: str) -> Answer:
    """The answer to the coded ``report``, by its id; no day where none is known."""
    row = reports()[report]
    return Answer(row["response_date"], row["company"], ANSWER_WORDS[row["response_type"]], report)


def _denials(answered: Iterable[str], stated: Set[str]) -> set[Answer]:
    """The answers that contest the reports ``answered`` or deny the claims ``stated``, by ids."""
    found = {answer_to(report) for report in answered if contests([report])}
    for denial in relations():
        if denial.relation == "denies" and denial.other_id in stated:
            said = claims()[denial.claim_id]
            if contests([said.report_id]):
                found.add(answer_to(said.report_id))
            else:
                found.add(Answer(denial.date, said.outlet, denial.done, said.report_id))
    return found


@cache
def denials(key: str) -> Set[Answer]:
    """The answers that contest the figure ``key`` itself: none to what we compute from it."""
    fact = facts.fact(key)
    if not fact.table or fact.quantity.status == "computed":
        return frozenset()
    return _denials(fact.answered, {claim.id for claim in stating(key)})


@cache
def rests_on(key: str) -> Set[Answer]:
    """The answers that contest what the figure ``key`` is computed from, or retells."""
    stated = {claim.id for claim in stating(key)}
    made_of = (part for part in facts[key].inputs if part in facts and part != key)
    return _denials((), stated.union(*map(roots, stated))).union(*map(behind, made_of))


def behind(key: str) -> Set[Answer]:
    """The answers behind the :func:`sign` of the figure ``key``."""
    return denials(key) or rests_on(key)


def sign(key: str) -> str:
    """The sign of the figure ``key``: :data:`DENIED`, :data:`RESTS`, or nothing.

    Denied is what somebody says, where the answer to its report covers it or its claim is denied.
    What is computed from a figure with a sign, or retells a denied claim, rests on it.
    """
    return DENIED if denials(key) else RESTS if rests_on(key) else ""


def sign_in_words(key: str) -> str:
    """The :func:`sign` of the figure ``key`` for readers: no stronger than the strongest denial."""
    said = {answer.word for answer in denials(key)}
    return min(said, key=list(ANSWER_WORDS.values()).index, default=sign(key))


def contests(answered: Iterable[str]) -> bool:
    """Whether the answer to one of the reports ``answered``, by their ids, contests it."""
    return any(reports()[report]["response_type"] in DENIALS for report in answered)


def signed(row: Mapping) -> dict[str, tuple[str, Set[Answer]]]:
    """The figures with a sign in a ``row`` that is shown, each with it and the answers behind it.

    A row is known by a column ``id`` or ``fact`` with the key of a figure, or by ``report_id``
    with ``reply_scope``; one that keeps none of them says nothing on whose figure it is.
    """
    found: dict[str, tuple[str, Set[Answer]]] = {}
    for key in (row.get("id"), row.get("fact")):
        if isinstance(key, str) and key in facts and (word := sign(key)):
            found[key] = word, behind(key)
    report = row.get("report_id", "")
    about_figure = row.get("reply_scope") == "this figure" and "value" in row
    if report in reports() and about_figure and contests([report]):
        found[str(row.get("id") or report)] = DENIED, {answer_to(report)}
    return found


def signs_in(rows: Iterable[Mapping]) -> dict[str, str]:
    """The figures with a sign among ``rows``, as :func:`signed`, sorted, each with its sign."""
    return dict(sorted((key, word) for row in rows for key, (word, _) in signed(row).items()))


def answered(row: Mapping) -> tuple[str, Set[Answer]]:
    """What was said to the figure, or the report, of a ``row``, in a word, and the answers."""
    found = signed(row).values()
    given = set[Answer]().union(*(answers for _, answers in found))
    about = row.get("report_id") if row.get("reply_scope") == "this figure" else row.get("id")
    if not found and isinstance(about, str) and about in reports():
        given = {answer_to(about)}
    rests = found and all(word == RESTS for word, _ in found)
    return RESTS if rests else merged(given).word, given


def elsewhere(row: Mapping[str, str]) -> set[Answer]:
    """The answer to another part of the report that the figure of a ``row`` is from, if any."""
    if row["reply_scope"] != "another part":
        return set()
    return {answer_to(row["report_id"])._replace(word=OTHER_PART)}


def merged(answers: Iterable[Answer]) -> Answer:
    """All ``answers`` as one, by their days: what differs in them stands side by side."""
    columns = zip(*sorted(answers), strict=True)
    joined = ["; ".join(dict.fromkeys(filter(None, texts))) for texts in columns]
    return Answer(*joined or [""] * len(Answer._fields))


def contested(rows: Iterable[Mapping]) -> list[Answer]:
    """The answers that contest reports behind ``rows``, by day."""
    given = set[Answer]().union(*(answered(row)[1] for row in rows))
    return sorted(answer for answer in given if contests([answer.report]))


def known_from(last_days: pd.Series) -> pd.Series:
    """``last_days`` of dates as ISO text, which sorts; what has no date is known after them all."""
    return last_days.dt.strftime("%Y-%m-%d").fillna("9999-12-31")
