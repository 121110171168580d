"""Numbers in prose: the ``{fact}`` role, the number cards, and the page that lists every number.

No kernel takes part: a number is read from the data package when the page is read, so prose
rebuilds fast and cannot show what a cached notebook once computed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterable
from functools import cache
from itertools import groupby

import jinja2
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import NoUri
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from chipbook.data import Fact, facts, load, resource, row_cells, sources, span
from chipbook.data.quantity import FORMS, Quantity
from chipbook.data.words import SILENCE, STRENGTHS
from chipbook.story import claims, evidence
from chipbook.story.answers import denied, reports
from chipbook.story.disagreements import disagreements
from chipbook.story.reviews import overdue

logger = logging.getLogger(__name__)

NUMBERS_PAGE = "chapters/numbers"
SOURCES_PAGE = "chapters/sources"
DATA_PAGE = "chapters/data"
DISAGREEMENTS_PAGE = "chapters/disagreements"

# A count over a whole table rests on hundreds of pages; its card names the strongest.
LISTED = 8


class fact_ref(nodes.inline):
    """A number in prose; its text is in it, so formats without cards need no visitor."""


def number(key: str, text: str, rawtext: str = "") -> fact_ref:
    """A figure that opens its card and carries the mark of a denial; the page has to use it."""
    node = fact_ref(rawtext, text, classes=["fact"], fact=key)
    if denied(facts.fact(key)):
        node["classes"].append("contested")
    return node


class FactRole(SphinxRole):
    """``{fact}`id``` prints the number, ``{fact}`id|cap``` in another of its forms (FORMS)."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The number as a node, or a warning with the near ids (which fails the build)."""
        key, _, form = (part.strip() for part in self.text.partition("|"))
        if key not in facts:
            logger.warning("unknown fact %r: %s", key, facts.near(key), location=self._where())
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        fact = facts.fact(key)
        if form not in FORMS:
            logger.warning("unknown form %r of a fact: %s", form, FORMS[1:], location=self._where())
            form = ""
        text = format(fact.quantity, form)
        _used(self.env).setdefault(self.env.docname, set()).add(key)
        return [number(key, text, self.rawtext)], []

    def _where(self) -> tuple[str, int]:
        return self.env.docname, self.lineno


def _used(env: BuildEnvironment) -> dict[str, set[str]]:
    if not hasattr(env, "chipbook_facts"):
        env.chipbook_facts = {}
    return env.chipbook_facts


def answers(fact: Fact) -> list[dict]:
    """Rows of press_reports for the reports that the figure comes from, as plain dicts."""
    return [reports()[report] for report in fact.reports]


@cache
def _sources() -> dict[str, dict]:
    table = sources()
    return table.astype(object).where(table.notna(), None).to_dict("index")


def by_strength(keys: Iterable[str]) -> list[str]:
    """Ids of sources, the strongest first, otherwise in the order given."""
    return sorted(keys, key=lambda key: STRENGTHS.index(_sources()[key]["strength"]))


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
def _template(name: str) -> jinja2.Template:
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
    shown = [(source, _sources()[source]) for source in listed[:LISTED]]
    parts = evidence.parts(key)
    return _template("card.html").render(
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


def where_used(env: BuildEnvironment) -> dict[str, list[tuple[str, str]]]:
    """For each number the pages that print it: name and title."""
    found: dict[str, list[tuple[str, str]]] = {}
    for page, keys in sorted(_used(env).items()):
        for key in keys:
            found.setdefault(key, []).append((page, env.titles[page].astext()))
    return found


def anchor(key: str) -> str:
    """The id of a number in a page: a slash in a key would need escaping in every selector."""
    return key.replace("/", "--")


class number_list(nodes.General, nodes.Element):
    """Place of the list of every number; filled when all pages are read."""


class NumberList(SphinxDirective):
    """``{number-list}``: every fact and derived number as a card with a permanent address."""

    def run(self) -> list[nodes.Node]:
        """A place that is filled once it is known where each number is used."""
        return [number_list()]


def fill_number_list(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the cards on the page of numbers, by entity, each with the pages that use it."""
    for place in list(doctree.findall(number_list)):
        where = where_used(app.env)

        def link(page: str, target: str = "") -> str:
            return _link(app, docname, page, target)

        filled: list[nodes.Node] = []
        linked = {part for key in facts for part in facts[key].inputs}
        linked |= {key for found in disagreements().values() for key in found.rows}
        rows = sorted(key for key in {*where, *linked} if "/" in key)
        for topic, keys in {**_by_topic(), "Rows of other tables": rows}.items():
            section = nodes.section(ids=[nodes.make_id(f"topic-{topic}")])
            section += nodes.title("", topic)
            for key in keys:
                place_of = nodes.container(ids=[f"fact-{anchor(key)}"], classes=["number"])
                used_in, pages = where.get(key, []), app.env.found_docs
                html = card(key, link, used_in=used_in, prefix="number", pages=pages)
                place_of += nodes.raw("", html, format="html")
                fact = facts.fact(key)
                plain = f"{fact.entity}: {fact.metric}, {date_words(fact.period)}: {fact.quantity}"
                place_of += nodes.raw("", _tex(plain) + "\n\n", format="latex")
                section += place_of
            filled.append(section)
        place.replace_self(filled)


def _tex(text: str) -> str:
    return "".join({c: "\\" + c for c in "$%&#_{}"}.get(c, c) for c in text)


@cache
def _by_topic() -> dict[str, list[str]]:
    table = load("facts")
    titles = {"budget": "Budgets", "suppliers": "Suppliers", "controls": "Export controls"}
    groups: dict[str, list[str]] = {}
    for topic, key in zip(table["topic"], table["id"], strict=True):
        groups.setdefault(titles.get(topic, str(topic).capitalize()), []).append(key)
    groups["Computed by us"] = [key for key in facts if facts.fact(key).basis == "arithmetic"]
    return groups


def _link(app: Sphinx, here: str, page: str, target: str) -> str:
    try:
        uri = app.builder.get_relative_uri(here, page)
    except NoUri:
        # The pages of single rows are made for the site alone.
        return ""
    return f"{uri}#{target}" if target else uri


def table_page(name: str) -> str:
    """The page of a table (:mod:`chipbook.book.pages.rows`)."""
    return f"tables/{name}"


def row_place(table: str, row: str) -> tuple[str, str]:
    """Page and anchor of a row; those of a source are its entry on the page of sources."""
    if table == "sources":
        return SOURCES_PAGE, f"source-{row}" if row else ""
    return table_page(table), f"row-{row}" if row else ""


def row_link(app: Sphinx, here: str, table: str, row: str) -> str:
    """The permanent address of a row, as seen from the page ``here``."""
    return _link(app, here, *row_place(table, row))


def visit_fact(self, node: fact_ref) -> None:
    """A link to the number's permanent place; cards.js opens its card instead, if the page has it.

    A page that lists hundreds of numbers without using them (what changed) holds no cards.
    """
    here = self.builder.current_docname
    href = self.builder.get_relative_uri(here, NUMBERS_PAGE)
    classes = " ".join(node["classes"])
    key = anchor(node["fact"])
    held = node["fact"] in _used(self.builder.env).get(here, ())
    card = f' data-card="card-{key}"' if held else ""
    self.body.append(f'<a class="{classes}" href="{href}#fact-{key}"{card}>')


def depart_fact(self, node: fact_ref) -> None:
    """Close the link; say that the figure was denied to those who do not see the mark."""
    if "contested" in node["classes"]:
        self.body.append('<span class="denied-mark"> (denied)</span>')
    self.body.append("</a>")


def visit_inline(self, node: fact_ref) -> None:
    """Formats without cards print the text."""


def depart_latex(self, node: fact_ref) -> None:
    """The cross of a denied figure, as on a page."""
    if "contested" in node["classes"]:
        self.body.append(r"\textsuperscript{$\times$}")


def depart_text(self, node: fact_ref) -> None:
    """The word for a denied figure, where there are no marks."""
    if "contested" in node["classes"]:
        self.add_text(" (denied)")


def add_cards(app: Sphinx, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Put the cards of the numbers that a page uses at its end."""
    keys = sorted(_used(app.env).get(pagename, ()))
    if not keys or app.builder.format != "html" or app.builder.name == "epub":
        return

    def link(page: str, target: str = "") -> str:
        return _link(app, pagename, page, target)

    where, pages = where_used(app.env), app.env.found_docs
    cards = "\n".join(card(key, link, used_in=where[key], folded=True, pages=pages) for key in keys)
    context["body"] += f'\n<div class="cards" hidden>\n{cards}\n</div>\n'


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what a page used before it is read again."""
    _used(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Join what parallel readers found."""
    _used(env).update({doc: keys for doc, keys in _used(other).items() if doc in docnames})


def refresh_lists(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The lists say where a number is used, so they are read anew whenever any page changed."""
    if not added | changed | removed:
        return []
    return [page for page in (NUMBERS_PAGE, SOURCES_PAGE) if page in env.found_docs]


def setup(app: Sphinx) -> dict[str, object]:
    """Register role, directive, node and events."""
    app.add_role("fact", FactRole())
    app.add_directive("number-list", NumberList)
    inline = (visit_inline, visit_inline)
    app.add_node(
        fact_ref,
        html=(visit_fact, depart_fact),
        latex=(visit_inline, depart_latex),
        text=(visit_inline, depart_text),
        man=inline,
        texinfo=inline,
    )
    app.connect("doctree-resolved", fill_number_list)
    app.connect("html-page-context", add_cards)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-get-outdated", refresh_lists)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
