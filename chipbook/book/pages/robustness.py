"""``{without-one}``: the headline numbers of the book, each without one of its sources.

Headline numbers are those of the boxes "In one minute" and of the first page. They are known when
every page is read, so the tables are filled when the page is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from chipbook.book.domain import _link, _used, fact_ref, number
from chipbook.book.parts.tables import links, region, table_node
from chipbook.data import facts
from chipbook.story.claims import origins_of
from chipbook.story.robustness import FALLS, MOVES, STANDS, Outcome, drop_each

HEADERS = ["Number", "Pages", "Without one of them"]
# Pages named for one number; a count may lose a row with any of dozens.
NAMED = 3


class without_one(nodes.General, nodes.Element):
    """Place of the tables."""


class WithoutOne(SphinxDirective):
    """``{without-one}``: each headline number without each of its sources."""

    def run(self) -> list[nodes.Node]:
        """A place that is filled once every page is read."""
        _places(self.env).add(self.env.docname)
        return [without_one()]


def _places(env: BuildEnvironment) -> set[str]:
    if not hasattr(env, "chipbook_without_one"):
        env.chipbook_without_one = set()
    return env.chipbook_without_one


def headlines(env: BuildEnvironment) -> dict[str, list[str]]:
    """The headline numbers of each page, in the order of its text."""
    if not hasattr(env, "chipbook_headlines"):
        env.chipbook_headlines = {}
    return env.chipbook_headlines


def collect(app: Sphinx, doctree: nodes.document) -> None:
    """Note the numbers of the first page, or of the box of a page just read."""
    env = app.env
    boxes = [doctree] if env.docname == app.config.root_doc else doctree.findall(_is_box)
    keys = [node["fact"] for box in boxes for node in box.findall(fact_ref)]
    if keys:
        headlines(env)[env.docname] = list(dict.fromkeys(keys))


def _is_box(node: nodes.Node) -> bool:
    return isinstance(node, nodes.admonition) and "one-minute" in node["classes"]


def once(env: BuildEnvironment) -> dict[str, list[str]]:
    """The headline numbers by page, each under the first page of the book that has it."""
    pages = [env.config.root_doc, *env.toctree_includes.get(env.config.root_doc, ())]
    order = [page for page in pages if page in headlines(env)]
    seen: set[str] = set()
    found = {}
    for page in [*order, *sorted(set(headlines(env)) - set(order))]:
        found[page] = [key for key in headlines(env)[page] if key not in seen]
        seen.update(found[page])
    return {page: keys for page, keys in found.items() if keys}


def use(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The page that lists the numbers uses them, so that it has their cards."""
    for page in _places(env):
        # Not added to: a headline that is gone must leave no card behind.
        _used(env)[page] = set().union(*headlines(env).values())
    return []


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the sum of it, then a table for each page."""
    for place in list(doctree.findall(without_one)):
        pages = once(app.env)
        outcomes = drop_each(key for keys in pages.values() for key in keys)
        content: list[nodes.Node] = [_sum(outcomes)]
        for page, keys in pages.items():
            title = app.env.titles[page].astext()
            link = nodes.reference("", title, refuri=_link(app, docname, page, ""), internal=True)
            content.append(nodes.rubric("", "", link))
            rows = [_row(outcomes[key]) for key in keys]
            kinds = ["blocks", "number", "blocks"]
            table = table_node(HEADERS, kinds, rows, classes=("panel", "without-one"))
            content.append(region(table, kinds, f"Numbers without one source: {title}"))
        place.replace_self(content)


def _sum(outcomes: dict[str, Outcome]) -> nodes.paragraph:
    count = Counter(outcome.verdict for outcome in outcomes.values())
    return nodes.paragraph(
        "",
        f"Of {len(outcomes)} headline numbers, {count[STANDS]} stand as printed without any one "
        f"page, {count[MOVES]} move, and for {count[FALLS]} there is a page without which they "
        "cannot be made.",
        classes=["without-one-sum"],
    )


def _row(outcome: Outcome) -> list:
    fact = facts.fact(outcome.key)
    of = f"{fact.entity}: {fact.metric}"
    figure = [
        nodes.paragraph("", "", number(outcome.key, str(fact.quantity))),
        nodes.paragraph("", of, classes=["panel-period"]),
    ]
    if known := len(origins_of(outcome.key)):
        words = "origin" if known == 1 else "origins"
        line = f"{known} independent {words} among the claims"
        figure.append(nodes.paragraph("", line, classes=["panel-period"]))
    return [figure, str(outcome.sources), list(_words(outcome))]


def _words(outcome: Outcome) -> Iterator[nodes.paragraph]:
    if outcome.verdict == STANDS:
        yield nodes.paragraph("", "stands without any one of them")
    if outcome.needed:
        line = nodes.paragraph("", "cannot be made without ")
        line += _named(outcome.needed, "or without")
        yield line
    if outcome.furthest:
        source, left = outcome.furthest
        moved = [page for page, other in outcome.without.items() if other is not None]
        line = nodes.paragraph("", f"{left} without ")
        line += links([source])
        if len(moved) > 1:
            line += nodes.Text(f"; {len(moved)} pages move it, none further")
        yield line


def _named(pages: list[str], joint: str) -> list[nodes.Node]:
    found: list[nodes.Node] = []
    for page in pages[:NAMED]:
        found += [nodes.Text(f", {joint} "), *links([page])]
    if more := len(pages) - NAMED:
        found += [nodes.Text(f", {joint} any of {more} more")] if more > 0 else []
    return found[1:]


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what a page said before it is read again."""
    headlines(env).pop(docname, None)
    _places(env).discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Join what parallel readers found."""
    found = headlines(other)
    headlines(env).update({doc: keys for doc, keys in found.items() if doc in docnames})
    _places(env).update(_places(other) & set(docnames))


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directive, its place and the events."""
    app.setup_extension("chipbook.book.pages.disagreements")
    app.add_directive("without-one", WithoutOne)
    app.add_node(without_one)
    app.connect("doctree-read", collect)
    app.connect("env-updated", use)
    app.connect("doctree-resolved", fill)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
