"""What was known when: every claim with the day it was said, and what was done to it by when.

``{known-when}`` writes the whole chronology, which reads without a script. ``known-when.js`` hides
what came after the day that a reader picks, and says of each claim what had been done to it by
then, by the rules of :mod:`chipbook.story.claims`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from chipbook.book.cards import template
from chipbook.book.domain import add_script, note_sources, sources_by_id, with_numbers
from chipbook.book.lines import Part, entry, line, span
from chipbook.book.parts.spine import FIRST, LAST, drawn
from chipbook.book.parts.tables import links
from chipbook.data import date_words
from chipbook.data.words import SILENCE
from chipbook.story.answers import ANSWER_WORDS, NO_REPLY_FOUND, reports, sign
from chipbook.story.claims import (
    Claim,
    Relation,
    State,
    about,
    claims,
    known_on,
    origins,
    relations,
    roots,
    state,
    state_behind,
)

GROUPS = {
    "report": "Reports",
    "answer": "Answers",
    "silence": "No comment, no response",
    "article": "The article",
    "evidence": "Evidence from elsewhere",
    "relay": "Reports of reports",
}
"""Kind of claim → heading."""

DAYS = {"ft25-plan": "the report", "article-total": "the article", "ft25-actual": "looking back"}
"""Claim → what its day is called on its button; the first is shown at first."""


# Other formats than HTML write these as what they derive from.


class known_claim(nodes.list_item):
    """A claim; ``data`` says to the script from which day it counts, and what it goes back to."""


class known_relation(nodes.list_item):
    """A relation; ``data`` says from which day it holds, and what it does to the claim."""


class quotation(nodes.inline):
    """Words of the speaker, in ``lang``."""


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
        found: list[nodes.Node] = [nodes.raw("", controls, format="html")]
        for kind, title in GROUPS.items():
            if of := [claim for claim in claims().values() if claim.kind == kind]:
                found.append(self._group(title, of))
        return found

    def _group(self, title: str, of: list[Claim]) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(title)], names=[title.lower()])
        section += nodes.title("", title)
        self.state.document.note_implicit_target(section)
        none = '<p class="claims-none" hidden>None by that day.</p>'
        section += nodes.raw("", none, format="html")
        newest_first = sorted(of, key=lambda claim: claim.known_from, reverse=True)
        section += nodes.bullet_list("", *map(self._entry, newest_first), classes=["claims"])
        return section

    def _entry(self, claim: Claim) -> known_claim:
        note_sources(self.env, claim.source_ids, self.lineno)
        item = known_claim(data=_claim_data(claim))
        told = standing(claim, state(claim.id, _last()), state_behind(claim.id, _last()))
        said: list[Part] = []
        if claim.fragment:
            language = sources_by_id()[claim.source_ids[0]]["language"] or "en"
            said = [quotation("", claim.fragment, lang=language), " · "]
        inside: list[nodes.Node] = [line(*said, *links(list(claim.source_ids)))]
        if around := [*self._around(claim)]:
            inside.append(nodes.bullet_list("", *around, classes=["claim-relations"]))
        # Not in the line that opens: it may hold no links.
        item += line(
            span("who", f"{claim.speaker}, "),
            span("day", f"{date_words(claim.date)}: "),
            *with_numbers(self.env, claim.template),
            " ",
            span("claim-state", told),
        )
        item += entry(f"claim-{claim.id}", [("more", "Sources")], *inside)
        return item

    def _around(self, claim: Claim) -> Iterator[known_relation]:
        """What a claim does to others, then what others do to it and to what it retells."""
        by_day = sorted(relations(), key=lambda relation: relation.known_from)
        for relation in (r for r in by_day if r.claim_id == claim.id):
            other = claims()[relation.other_id]
            yield _relation(
                relation,
                line(
                    f"{relation.does.capitalize()} ",
                    _link(other),
                    f": {other.statement.rstrip('.')} · {relation.reason}",
                ),
            )
        concerned = {claim.id, *roots(claim.id)}
        for relation in (r for r in by_day if r.other_id in concerned and r.done):
            note_sources(self.env, relation.source_ids, self.lineno)
            done, by = relation.done, _link(claims()[relation.claim_id])
            if relation.other_id == claim.id:
                words = line(f"{done.capitalize()} by ", by, f": {relation.reason}")
                yield _relation(relation, words, done=done)
            else:
                words = line(f"What it retells was {done} by ", by, ".")
                yield _relation(relation, words, behind=done)


def _claim_data(claim: Claim) -> dict[str, str]:
    crossed = crossed_from(claim)
    return {
        "data-from": f"{claim.known_from:%Y-%m-%d}",
        "data-kind": claim.kind,
        "data-origins": " ".join(claims()[origin].witness for origin in origins([claim.id])),
        "data-waiting": waiting(claim),
        **({"data-crossed": crossed} if crossed else {}),
    }


def _relation(relation: Relation, words: nodes.paragraph, **does: str) -> known_relation:
    data = {"data-from": f"{relation.known_from:%Y-%m-%d}"}
    return known_relation("", words, data=data | {f"data-{name}": does[name] for name in does})


def _named(claim: Claim) -> str:
    return f"{claim.speaker}, {date_words(claim.date)}"


def _link(claim: Claim) -> nodes.reference:
    return nodes.reference("", _named(claim), refid=f"claim-{claim.id}", internal=True)


def _last() -> pd.Timestamp:
    """The last day on which anything became known."""
    dated: list[Claim | Relation] = [*claims().values(), *relations()]
    return max(found.known_from for found in dated)


def standing(claim: Claim, own: State, behind: State) -> str:
    """What a reader is told of a claim on a day; the script says the same.

    ``own`` is what was done to it by then, ``behind`` what to the claims that it retells.
    """
    if own.relations:
        return f"{own.words.capitalize()}."
    if behind.relations:
        return f"What it retells: {behind.words}."
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
    total = len(claims())
    known = known_on(day or _last())
    start = f"On {date_words(day)}" if day else "In all"
    rest = total - known.claims
    later = f" {rest} more {'counts' if rest == 1 else 'count'} from a later day." if rest else ""
    said = f"{known.claims} claim{'s' * (known.claims != 1)}"
    origin = f"at most {known.origins} independent report{'s' * (known.origins != 1)}"
    denied = f"{known.denied} claims denied wholly or in part"
    return f"{start}: {said}, from {origin}; {denied}, {known.later} with later evidence.{later}"


# --- Writers


def visit_item(self, node: nodes.list_item) -> None:
    """An item with what the script reads."""
    self.body.append(self.starttag(node, "li", "", **node["data"]))


def depart_item(self, node: nodes.list_item) -> None:
    """Close it."""
    self.body.append("</li>\n")


def visit_quotation(self, node: quotation) -> None:
    """Open the quotation."""
    self.body.append(self.starttag(node, "q", "", lang=node["lang"]))


def depart_quotation(self, node: quotation) -> None:
    """Close it."""
    self.body.append("</q>")


def setup(app: Sphinx) -> None:
    """Register the directive, its nodes and the script."""
    app.add_directive("known-when", KnownWhen)
    app.add_node(known_claim, html=(visit_item, depart_item))
    app.add_node(known_relation, html=(visit_item, depart_item))
    app.add_node(quotation, html=(visit_quotation, depart_quotation))
    add_script(app, "known-when.js", known_claim)
