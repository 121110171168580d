"""What was known when: every claim with the day it was said, and what was done to it by when.

``{known-when}`` writes the whole chronology, which reads without a script. ``known-when.js`` hides
what came after the day that a reader picks, and says of each claim what had been done to it by
then, by the rules of :mod:`chipbook.story.claims`.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chipbook.book.cards import answers, date_words
from chipbook.book.domain import (
    NUMBERS,
    PLAIN,
    add_script,
    note_sources,
    number,
    sources_by_id,
    use,
)
from chipbook.book.parts.tables import links
from chipbook.data import facts, span
from chipbook.data.braces import KEY
from chipbook.data.words import DENIALS
from chipbook.story.answers import denied
from chipbook.story.claims import (
    DONE,
    Claim,
    Known,
    Relation,
    State,
    claims,
    known_on,
    origins,
    relations,
    state,
    state_behind,
)

logger = logging.getLogger(__name__)

GROUPS = {
    "report": "Reports",
    "relay": "Reports of reports",
    "answer": "Answers",
    "article": "The article",
    "evidence": "Evidence from elsewhere",
}
"""Kind of claim → heading."""

_DOES = {
    "relays": "Relays",
    "restates": "Restates",
    "misreads": "Says otherwise than",
    "denies": "Denies",
    "confirms": "Confirms",
    "corrects": "Corrects",
    "supersedes": "Supersedes",
    "contradicts": "Contradicts",
}


class known_claim(nodes.list_item):
    """A claim: ``claim`` is its row."""


class known_relation(nodes.list_item):
    """A relation; ``done`` is what it does to the claim, or (``behind``) to what that retells."""


class quotation(nodes.inline):
    """Words of the speaker, in ``lang``."""


class KnownWhen(SphinxDirective):
    """``{known-when}``: the chronology of claims; each line of it, ``claim: words``, is a key day.

    The day is that on which the claim was said.
    """

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Controls for a script, the counts, and a section for each kind of claim."""
        days = []
        for position, line in enumerate(self.content):
            key, _, words = (part.strip() for part in line.partition(":"))
            if key not in claims():
                where = self.content.items[position]
                logger.warning("unknown claim %r", key, location=(self.env.docname, where[1] + 1))
                continue
            days.append((f"{claims()[key].known_from:%Y-%m-%d}", words))
        found: list[nodes.Node] = [
            nodes.raw("", _controls(days), format="html"),
            nodes.raw("", f'<p class="known-count">{count_line()}</p>', format="html"),
        ]
        for kind, title in GROUPS.items():
            of = [claim for claim in claims().values() if claim.kind == kind]
            if of:
                found.append(self._group(title, of))
        last = max(relation_or_claim.known_from for relation_or_claim in _dated())
        for entry in (entry for part in found for entry in part.findall(known_claim)):
            key = entry["claim"]
            place = next(n for n in entry.findall(nodes.inline) if "claim-state" in n["classes"])
            place += nodes.Text(standing(claims()[key], state(key, last), state_behind(key, last)))
        return found

    def _group(self, title: str, of: list[Claim]) -> nodes.section:
        section = nodes.section(ids=[nodes.make_id(title)], names=[title.lower()])
        section += nodes.title("", title)
        self.state.document.note_implicit_target(section)
        section += nodes.raw(
            "", '<p class="claims-none" hidden>None by that day.</p>', format="html"
        )
        listed = nodes.bullet_list(classes=["claims"])
        for claim in sorted(of, key=lambda claim: claim.known_from, reverse=True):
            listed += self._entry(claim)
        section += listed
        return section

    def _entry(self, claim: Claim) -> known_claim:
        note_sources(self.env, claim.source_ids, self.lineno)
        entry = known_claim(ids=[f"claim-{claim.id}"], claim=claim.id)
        entry += nodes.paragraph("", "", *self._statement(claim), classes=["claim-said"])
        line = nodes.paragraph(classes=["claim-who"])
        line += nodes.Text(f"{claim.speaker}, {date_words(claim.date)}")
        if claim.fragment:
            language = sources_by_id()[claim.source_ids[0]]["language"] or "en"
            line += [nodes.Text(": "), quotation("", claim.fragment, lang=language)]
        line += [nodes.Text(". "), *links(list(claim.source_ids)), nodes.Text(". ")]
        line += nodes.inline("", "", classes=["claim-state"])
        entry += line
        behind = [other for other in origins(claim.id) if other != claim.id]
        around = nodes.bullet_list(classes=["claim-relations"])
        around += [self._own(r) for r in _sorted(relations()) if r.claim_id == claim.id]
        around += [
            self._done(r, behind=r.other_id != claim.id)
            for r in _sorted(relations())
            if r.other_id in (claim.id, *behind) and r.relation in DONE
        ]
        if around.children:
            entry += around
        return entry

    def _statement(self, claim: Claim) -> Iterator[nodes.Node]:
        end = 0
        for match in KEY.finditer(claim.template):
            yield nodes.Text(claim.template[end : match.start()])
            key, form = match[1], match[2] or ""
            use(self.env, NUMBERS, [key])
            yield number(key, format(facts[key], form), match[0])
            end = match.end()
        yield nodes.Text(claim.template[end:])

    def _own(self, relation: Relation) -> known_relation:
        """What the claim does to another."""
        other = claims()[relation.other_id]
        line = nodes.paragraph("", f"{_DOES[relation.relation]} ")
        line += self._link(other)
        line += nodes.Text(f": {other.statement.rstrip('.')} · {relation.reason}")
        return known_relation("", line, relation=relation.id, done="", behind=False)

    def _done(self, relation: Relation, *, behind: bool) -> known_relation:
        """What another does to the claim, or to the one that it goes back to."""
        done = DONE[relation.relation]
        line = nodes.paragraph("", f"What it retells was {done} by " if behind else "")
        line += nodes.Text("" if behind else f"{done.capitalize()} by ")
        line += self._link(claims()[relation.claim_id])
        line += nodes.Text("." if behind else f": {relation.reason}")
        note_sources(self.env, relation.source_ids, self.lineno)
        return known_relation("", line, relation=relation.id, done=done, behind=behind)

    def _link(self, claim: Claim) -> nodes.reference:
        words = f"{claim.speaker}, {date_words(claim.date)}"
        return nodes.reference("", words, refid=f"claim-{claim.id}", internal=True)


def _dated() -> list[Claim | Relation]:
    return [*claims().values(), *relations()]


def _sorted(found: tuple[Relation, ...]) -> list[Relation]:
    return sorted(found, key=lambda relation: relation.known_from)


def standing(claim: Claim, own: State, behind: State) -> str:
    """What a reader is told of a claim on a day; the script says the same."""
    if own.relations:
        return f"{own.words.capitalize()}."
    if behind.relations:
        return f"What it retells: {behind.words}."
    # An answer or a piece of evidence waits for no answer.
    return "" if claim.kind in ("answer", "evidence") else "No answer found."


def crossed_from(claim: Claim) -> str:
    """The day from which the cross on a figure of a claim is no hindsight.

    The last day of the date of the first denial; nothing where that has no date.
    """
    told = [answers(fact) for fact in map(facts.fact, claim.figures) if denied(fact)]
    dates = [
        row["response_date"] for rows in told for row in rows if row["response_type"] in DENIALS
    ]
    return min((f"{span(date)[1]:%Y-%m-%d}" for date in dates if date), default="")


def count_line(day: str = "") -> str:
    """How much was known at the end of a day, or all that is known; the script says the same."""
    total = len(claims())
    known = known_on(day) if day else known_on(max(found.known_from for found in _dated()))
    start = f"On {date_words(day)}" if day else "In all"
    rest = total - known.claims
    later = f" {rest} more {'counts' if rest == 1 else 'count'} from a later day." if rest else ""
    return f"{start}: {_counts(known)}{later}"


def _counts(known: Known) -> str:
    said = f"{known.claims} claim{'s' * (known.claims != 1)}"
    origin = f"{known.origins} origin{'s' * (known.origins != 1)}"
    return (
        f"{said} from {origin}, {known.denied} of them denied, {known.later} with later evidence."
    )


def _controls(days: list[tuple[str, str]]) -> str:
    buttons = "".join(
        f'<button type="button" class="known-day" value="{day}">{date_words(day)}'
        f"{f', {escape(words)}' if words else ''}</button>"
        for day, words in days
    )
    return (
        '<form class="known-controls" hidden aria-label="The day">'
        '<p><label for="known-date">At the end of</label>'
        '<input type="date" id="known-date" required></p>'
        '<p><label for="known-slider">From day to day</label>'
        '<input type="range" id="known-slider" min="0" step="1"></p>'
        f'<p class="known-days">{buttons}'
        '<button type="button" class="known-day" value="">Today</button></p></form>'
    )


# --- Writers


def visit_claim(self, node: known_claim) -> None:
    """The day from which the claim counts, and the origins it goes back to."""
    claim = claims()[node["claim"]]
    data = {
        "data-from": f"{claim.known_from:%Y-%m-%d}",
        "data-kind": claim.kind,
        "data-origins": " ".join(origins(claim.id)),
    }
    if crossed := crossed_from(claim):
        data["data-crossed"] = crossed
    self.body.append(self.starttag(node, "li", "", **data))


def visit_relation(self, node: known_relation) -> None:
    """The day from which the relation holds, and what it does."""
    relation = next(r for r in relations() if r.id == node["relation"])
    data = {"data-from": f"{relation.known_from:%Y-%m-%d}"}
    if node["done"]:
        data["data-behind" if node["behind"] else "data-done"] = node["done"]
    self.body.append(self.starttag(node, "li", "", **data))


def depart_item(self, node: nodes.list_item) -> None:
    """Close it."""
    self.body.append("</li>\n")


def visit_quotation(self, node: quotation) -> None:
    """Open the quotation."""
    self.body.append(self.starttag(node, "q", "", lang=node["lang"]))


def depart_quotation(self, node: quotation) -> None:
    """Close it."""
    self.body.append("</q>")


def _as_item(self, node: nodes.Node) -> None:
    self.visit_list_item(node)


def _end_item(self, node: nodes.Node) -> None:
    self.depart_list_item(node)


def setup(app: Sphinx) -> None:
    """Register the directive, its nodes and the script."""
    app.add_directive("known-when", KnownWhen)
    item = dict.fromkeys(PLAIN, (_as_item, _end_item))
    app.add_node(known_claim, html=(visit_claim, depart_item), **item)
    app.add_node(known_relation, html=(visit_relation, depart_item), **item)
    app.add_node(quotation, html=(visit_quotation, depart_quotation), **PLAIN)
    add_script(app, "known-when.js", known_claim)
