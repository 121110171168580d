"""The contested story as a graph: claims, and what one claim does to another.

A claim is one speaker's statement on one day. A relation says what a claim does to another: it
relays, restates or misreads it (the three ways of *retelling*), or it denies, confirms, bears out
in part, corrects, supersedes or contradicts it. From the two tables follow how many origins a claim
has at most, and what was known on a day.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from chipbook.data import BOOK, Dataset, kept, span, split
from chipbook.data.braces import keys
from chipbook.data.settings import settings

RETELLINGS = ("relays", "restates", "misreads")
"""Relations by which a claim takes its content from another."""

BEARS_OUT = ("confirms", "bears out in part")
"""Relations by which an answer or evidence says the same as a claim, whole or in part."""

ORIGINS = ("report", "evidence")
"""Kinds of claims that a figure can come from: accounts that state it are where it is from."""

DONE: dict[str, str] = settings(__file__)["done"]
"""Relations that bear on the standing of a claim → the word for the claim they are done to."""

IN_PART = "denied in part"
"""The word for a claim, where the answer that denies it leaves something undenied."""

CONCEDES = (IN_PART, "confirmed in part")
"""The codes of such an answer: it may confirm a part and call the rest wrong."""


class _Dated:
    date: str

    @property
    def known_from(self) -> pd.Timestamp:
        """The last day of its date: on it at the latest it was public."""
        return span(self.date)[1]


@dataclass(frozen=True)
class Claim(_Dated):
    """One row of claims.csv; ``figures`` are the keys that its statement names.

    ``template`` is the statement with these keys in braces.
    """

    id: str
    kind: str
    speaker: str
    date: str
    statement: str
    template: str
    figures: tuple[str, ...]
    statement_id: str
    report_id: str
    fragment: str
    source_ids: tuple[str, ...]
    note: str

    @property
    def outlet(self) -> str:
        """The speaker without what it rests on: "Reuters" of "Reuters, people not named"."""
        return self.speaker.partition(",")[0]

    @property
    def witness(self) -> str:
        """The outlet's part of a coded report, one word, or the claim itself.

        Two outlets may have one coded report: neither has it from the other, as far as is known.
        """
        outlet = self.outlet.replace(" ", "-")
        return f"{self.report_id}:{outlet}" if self.kind == "report" and self.report_id else self.id


@dataclass(frozen=True)
class Relation(_Dated):
    """One row of relations.csv, read as "claim relation other".

    ``in_part`` is a denial whose report is coded as :data:`CONCEDES`: no word may make it whole.
    """

    id: str
    claim_id: str
    relation: str
    other_id: str
    date: str
    reason: str
    source_ids: tuple[str, ...]
    in_part: bool

    @property
    def does(self) -> str:
        """What the claim does to the other, for readers."""
        said = "says otherwise than" if self.relation == "misreads" else self.relation
        return f"{said} in part" if self.in_part else said

    @property
    def done(self) -> str:
        """What is so done to the other, in a word; nothing for a retelling."""
        return IN_PART if self.in_part else DONE.get(self.relation, "")


@kept
def claims(*, data: Dataset = BOOK) -> dict[str, Claim]:
    """Every claim by its id, in the order of the file."""
    found = {}
    for key, row in _records("claims", data):
        template = data.raw("claims")[key]["statement"]
        found[key] = Claim(**row, template=template, figures=keys(template))
    return found


@kept
def relations(*, data: Dataset = BOOK) -> tuple[Relation, ...]:
    """Every relation, in the order of the file."""
    said, coded = data.raw("claims"), data.raw("press_reports")
    found = []
    for _, row in _records("relations", data):
        report = coded.get(said[row["claim_id"]]["report_id"], {})
        in_part = row["relation"] == "denies" and report.get("response_type") in CONCEDES
        found.append(Relation(**row, in_part=in_part))
    return tuple(found)


def _records(name: str, data: Dataset) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, row in data.rows(name).items():
        yield key, row | {"source_ids": tuple(split(row["source_ids"]))}


def about(key: str, data: Dataset = BOOK) -> list[Claim]:
    """The claims that name a figure, by date; ``key`` is that of a fact or ``table/row``."""
    return sorted((c for c in claims(data=data).values() if key in c.figures), key=lambda c: c.date)


@kept
def roots(claim_id: str, *, data: Dataset = BOOK) -> tuple[str, ...]:
    """The claims at the end of every chain of retellings from ``claim_id``.

    A claim that retells nothing is its own root. Raises ``KeyError`` for an unknown id.
    """
    claims(data=data)[claim_id]
    own = [r for r in relations(data=data) if r.claim_id == claim_id]
    before = [r.other_id for r in own if r.relation in RETELLINGS]
    if not before:
        return (claim_id,)
    found = (root for other in before for root in roots(other, data=data))
    return tuple(dict.fromkeys(found))


def origins(
    claim_ids: Iterable[str], kinds: Collection[str] = ("report",), *, data: Dataset = BOOK
) -> tuple[str, ...]:
    """The origins that ``claim_ids`` have at most: their roots of these ``kinds``.

    What one outlet says in one coded report is one origin, its first claim. A relay that names
    nobody, or whatever else is at the end of a chain, is of unknown origin.
    """
    found: dict[str, str] = {}
    for name in claim_ids:
        for root in map(claims(data=data).__getitem__, roots(name, data=data)):
            if root.kind in kinds:
                found.setdefault(root.witness, root.id)
    return tuple(found.values())


@kept
def by_row(*, data: Dataset = BOOK) -> dict[str, list[Claim]]:
    """Row (``table/row``) → the claims that state its figure, by date, answers left aside.

    A claim states the row that holds a figure which it names, and the coded report that it is.
    """
    found: dict[str, list[Claim]] = {}
    for claim in sorted(claims(data=data).values(), key=lambda claim: claim.date):
        rows = [data.facts.fact(key).holder for key in claim.figures]
        rows += [f"press_reports/{claim.report_id}"] if claim.report_id else []
        for row in dict.fromkeys(rows) if claim.kind != "answer" else ():
            found.setdefault(row, []).append(claim)
    return found


def stating(key: str, data: Dataset = BOOK) -> list[Claim]:
    """The claims that state the figure ``key``, whichever of the rows with it they name."""
    return by_row(data=data).get(data.facts.fact(key).holder, [])


def done_to(
    claim_ids: Collection[str], day: str | pd.Timestamp = pd.Timestamp.max, *, data: Dataset = BOOK
) -> list[Relation]:
    """What bears on the standing of the claims ``claim_ids``, the first to be known first.

    Without what was not yet known at the end of ``day`` (ISO 8601), where one is given.
    """
    done = (r for r in relations(data=data) if r.other_id in claim_ids and r.done)
    known = (r for r in done if r.known_from <= pd.Timestamp(day))
    return sorted(known, key=lambda r: r.known_from)


def in_words(done: Iterable[Relation]) -> str:
    """What was ``done`` to a claim, in its order, or that no reply was found."""
    return "; later ".join(dict.fromkeys(r.done for r in done)) or "no reply found"


def known_on(day: str | pd.Timestamp, *, data: Dataset = BOOK) -> dict[str, int]:
    """How much was known at the end of a ``day`` (ISO 8601).

    ``claims`` said by then, the ``origins`` that they have at most, and how many of them had been
    ``denied``, wholly or in part, or had met with ``later`` evidence, for or against.
    """
    every = claims(data=data)
    said = [key for key, claim in every.items() if claim.known_from <= pd.Timestamp(day)]
    done = [{r.relation for r in done_to([key], day, data=data)} for key in said]
    return {
        "claims": len(said),
        "origins": len(origins(said, data=data)),
        "denied": sum("denies" in kinds for kinds in done),
        "later": sum(bool(kinds - {"denies"}) for kinds in done),
    }
