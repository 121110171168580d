"""What was known when: every claim with the day it was said, and what was done to it by when.

``{known-when}`` writes the whole chronology, which reads without a script. ``known-when.js`` hides
what came after the day that a reader picks, and says of each claim what had been done to it by
then, by the rules of :mod:`chipbook.story.claims`.
"""

from functools import partial

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from chipbook.book.cards import part, template
from chipbook.book.domain import note_sources, place, use
from chipbook.book.parts.spine import FIRST, LAST, drawn
from chipbook.book.tongues import cell_tongue, lang
from chipbook.data import BOOK
from chipbook.data.settings import settings
from chipbook.data.words import SILENCE
from chipbook.story.answers import ANSWER_WORDS, NO_REPLY_FOUND, reports, sign
from chipbook.story.claims import (
    Claim,
    Relation,
    about,
    claims,
    done_to,
    in_words,
    known_on,
    origins,
    relations,
    roots,
)

GROUPS, DAYS = settings(__file__).values()


class KnownWhen(SphinxDirective):
    """``{known-when}``: the chronology of claims, and a picture on which to pick a day."""

    def run(self) -> list[nodes.Node]:
        """Controls for a script, the counts, and a section for each kind of claim."""
        controls = template("known-when.html").render(
            days=[(f"{claims()[key].known_from:%Y-%m-%d}", words) for key, words in DAYS.items()],
            count=count_line(),
            line=drawn(),
            first=f"{FIRST:%Y-%m-%d}",
            length=(LAST - FIRST).days,
        )
        kinds = {claim.kind for claim in claims().values()}
        groups = (self._group(kind, title) for kind, title in GROUPS.items() if kind in kinds)
        return [nodes.raw("", controls, format="html", made=True), *groups]

    def _group(self, kind: str, title: str) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(title)], names=[title.lower()])
        section += nodes.title("", title)
        self.state.document.note_implicit_target(section)
        none = '<p class="claims-none" hidden>None by that day.</p>'
        section += [nodes.raw("", none, format="html"), place(fill=partial(_listed, kind))]
        for claim in (each for each in claims().values() if each.kind == kind):
            use(self.env, "numbers", claim.figures)
            told: list[Claim | Relation] = [claim, *_around(claim)[1]]
            note_sources(self.env, [page for one in told for page in one.source_ids], self.lineno)
        return section


def _listed(kind: str, app: Sphinx, here: str) -> list[nodes.Node]:
    """The claims of a ``kind``, the newest first, each with all that the script reads."""
    of = (claim for claim in claims().values() if claim.kind == kind)
    newest_first = sorted(of, key=lambda claim: claim.known_from, reverse=True)
    told = part(
        app,
        here,
        "claims.html",
        claims=newest_first,
        every=claims(),
        around=_around,
        crossed=crossed_from,
        waiting=waiting,
        witnesses=lambda claim: [claims()[origin].witness for origin in origins([claim.id])],
        standing=standing,
        spoken=lambda claim: lang(cell_tongue("fragment", BOOK.rows("claims")[claim.id])),
    )
    return [told]


def _around(claim: Claim) -> tuple[list[Relation], list[Relation]]:
    """What a claim does to others, and what others do to it and to what it retells, by day."""
    by_day = sorted(relations(), key=lambda relation: relation.known_from)
    concerned = {claim.id, *roots(claim.id)}
    does = [relation for relation in by_day if relation.claim_id == claim.id]
    return does, [one for one in by_day if one.other_id in concerned and one.done]


def standing(claim: Claim, day: str | pd.Timestamp = pd.Timestamp.max) -> str:
    """What a reader is told of a claim at the end of a ``day``; the script says the same."""
    if own := done_to([claim.id], day):
        return f"{in_words(own).capitalize()}."
    if behind := done_to(roots(claim.id), day):
        return f"What it retells: {in_words(behind)}."
    return waiting(claim)


def waiting(claim: Claim) -> str:
    """What is said of a claim to which nothing was done, on any day.

    Nothing of an answer, which waits for none, and where no report is coded: no reply was looked
    for.
    """
    concerned = {claim.id, *roots(claim.id)}
    kinds = {claims()[root].kind for root in roots(claim.id)}
    if not claim.report_id or kinds <= {"answer", "silence", "evidence"}:
        return ""
    answer = reports()[claim.report_id]["response_type"]
    if answer in SILENCE:
        found = answer if _silence_reaches(claim) else NO_REPLY_FOUND
        return f"{ANSWER_WORDS[found]}.".capitalize()
    reached = any(r.other_id in concerned and r.done for r in relations())
    return "No reply found." if reached else "No reply to this part found."


def _silence_reaches(claim: Claim) -> bool:
    """Whether the silence after the report of a claim is known for the outlet that it goes back to.

    A report may be that of two outlets, of which one tells that nobody answered.
    """
    of = set(reports()[claim.report_id]["outlet"].split("; "))
    silent = (c for c in claims().values() if c.kind == "silence")
    told = {c.outlet for c in silent if c.report_id == claim.report_id} & of
    return not told or not told.isdisjoint(claims()[root].outlet for root in roots(claim.id))


def crossed_from(claim: Claim) -> str:
    """The day from which the cross on a number of a claim is no hindsight.

    That of the first denial of what a claim with the number goes back to; nothing without one.
    """
    told = [other for key in claim.figures if sign(key) for other in about(key)]
    concerned = {root for other in told for root in (other.id, *roots(other.id))}
    days = [r.known_from for r in relations() if r.relation == "denies" and r.other_id in concerned]
    return f"{min(days):%Y-%m-%d}" if days else ""


def count_line(day: str = "") -> str:
    """How much was known at the end of a day, or all that is known; the script says the same."""
    known = known_on(day or pd.Timestamp.max)
    rest = len(claims()) - known["claims"]
    return template("known-count.txt").render(known, day=day, rest=rest)
