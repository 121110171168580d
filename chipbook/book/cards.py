"""The card of a number as HTML, and the words in which cards and pages say ranges and dates."""

from __future__ import annotations

import json
import math
from collections.abc import Container
from functools import cache, partial
from itertools import groupby

import jinja2
from sphinx.application import Sphinx

from chipbook.book.domain import (
    DATA_PAGE,
    DISAGREEMENTS_PAGE,
    NUMBERS,
    NUMBERS_PAGE,
    SOURCES_PAGE,
    address,
    anchor,
    by_strength,
    row_place,
    sources_by_id,
    table_page,
    used,
    where_used,
)
from chipbook.data import Fact, facts, resource, row_cells, span
from chipbook.data.quantity import Quantity
from chipbook.data.words import SILENCE
from chipbook.story import claims, evidence
from chipbook.story.answers import denied, reports
from chipbook.story.reviews import overdue

# A count over a whole table rests on hundreds of pages; its card names the strongest.
LISTED = 8


def answers(fact: Fact) -> list[dict]:
    """Rows of press_reports for the reports that the figure comes from, as plain dicts."""
    return [reports()[report] for report in fact.reports]


def date_words(day: str | None) -> str:
    """An ISO date, month, year or interval for readers: ``21 January 2025``."""
    if not isinstance(day, str) or not day:
        return ""
    start, _, end = day.partition("/")
    if end:
        return f"{date_words(start)} to {date_words(end)}"
    first, _ = span(start)
    months = first.strftime("%B %Y")
    return {4: str(first.year), 7: months, 10: f"{first.day} {months}"}[len(start)]


def range_words(quantity: Quantity) -> str:
    """The bounds in words, or nothing for a number that is a point."""
    low, high = quantity.bounds
    if low == high:
        return ""

    def at(bound: float) -> str:
        return Quantity(
            bound, bound, bound, quantity.dims, percent=quantity.percent, digits=quantity.digits
        ).amount

    if math.isinf(high):
        return f"{at(low)} or more, no upper end given"
    if math.isinf(low) or low == 0:
        return f"up to {at(high)}, no lower end given"
    return f"{at(low)} to {at(high)}"


@cache
def template(name: str) -> jinja2.Template:
    """A template of the book that writes a part of a page; its filter ``day`` is for dates."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chipbook.book"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = date_words
    return environment.get_template(name)


def card(
    key: str,
    link,
    *,
    used_in: list[tuple[str, str]] = (),
    prefix: str = "card",
    folded: bool = False,
    pages: Container[str] = (),
) -> str:
    """HTML of a number card. ``link(page, target)`` gives an address from where it stands.

    ``folded`` puts what a first look does not need into a fold, for the card beside a number;
    ``pages`` are those of the book, because a card links to none that is missing.
    """
    fact = facts.fact(key)
    listed = by_strength(fact.quantity.sources)
    shown = [(source, sources_by_id()[source]) for source in listed[:LISTED]]
    parts = evidence.parts(key)
    return template("card.html").render(
        fact=fact,
        quantity=fact.quantity,
        bounds=range_words(fact.quantity),
        answers=answers(fact),
        contested=denied(fact),
        silent=SILENCE,
        later=[
            (claims.DONE[done.relation], done.date, claims.claims()[done.claim_id])
            for done in evidence.later(key)
        ],
        trace=evidence.trace(key),
        traceable=bool(fact.table or parts),
        conflicts=[
            (found, [(other, facts.fact(other)) for other in others])
            for found, others in evidence.conflicts(key)
        ],
        panels=DISAGREEMENTS_PAGE in pages,
        formula=evidence.in_words(fact.formula) if fact.formula else (),
        tables=[(name, resource(name)["title"]) for name in evidence.tables(fact)],
        # What the formula names first, then the rows that this is made from in turn.
        parts=[
            (part, *_named(facts.fact(part)))
            for part in dict.fromkeys((*evidence.inputs(fact), *parts))
        ],
        sources=groupby(shown, lambda entry: entry[1]["strength"]),
        more=len(listed[LISTED:]),
        overdue=overdue(fact),
        cells=json.dumps(
            row_cells(key) if fact.table else evidence.ends(fact.quantity), separators=(",", ":")
        ),
        named=evidence.NAMED,
        anchor=anchor,
        link=link,
        row_place=row_place,
        table_page=table_page,
        numbers=NUMBERS_PAGE,
        sources_page=SOURCES_PAGE,
        data_page=DATA_PAGE,
        disagreements_page=DISAGREEMENTS_PAGE,
        used_in=used_in,
        prefix=prefix,
        folded=folded,
    )


def _named(fact: Fact) -> tuple[str, str]:
    """The number in words, and what it is."""
    return str(fact.quantity), f"{fact.entity}: {fact.metric}"


def add_cards(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put the cards of the numbers that a page uses at its end."""
    keys = sorted(used(app.env, NUMBERS).get(pagename, ()))
    if not keys or app.builder.format != "html" or app.builder.name == "epub":
        return
    link, where, pages = partial(address, app, pagename), where_used(app.env), app.env.found_docs
    cards = "\n".join(card(key, link, used_in=where[key], folded=True, pages=pages) for key in keys)
    context["body"] += f'\n<div class="cards" hidden>\n{cards}\n</div>\n'


def setup(app: Sphinx) -> None:
    """Register the cards at the end of a page."""
    app.connect("html-page-context", add_cards)
