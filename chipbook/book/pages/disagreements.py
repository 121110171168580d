"""Panels of numbers that answer one question differently, made from the data.

A panel is a table of real nodes, so that every format writes its own. In HTML each number also
stands as a mark on a scale that its unit shares; the words beside it say the same.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chipbook.book.cards import template
from chipbook.book.domain import by_strength, number, page_link, place, use, used
from chipbook.book.lines import Part, entry, joined, line
from chipbook.book.parts.tables import links, table_node, table_region
from chipbook.charts import theme
from chipbook.data import date_words, split
from chipbook.data.settings import settings
from chipbook.data.store import near
from chipbook.story.answers import sign
from chipbook.story.disagreements import Disagreement, disagreements, panel, spans

logger = logging.getLogger(__name__)

KINDS: dict[str, list[str]] = settings(__file__)["kinds"]
"""What each kind is called on the page, and what it means, in the order of the page."""

HEADERS = ["Figure", "Who says so", "What it counts"]
BLOCKS = ["blocks"] * len(HEADERS)

Row = Any
"""A row of :func:`chipbook.story.disagreements.panel`, as pandas' ``itertuples`` gives it."""


class DisagreementPanel(SphinxDirective):
    """``{disagreement} id``: the numbers of one disagreement, side by side."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The panel, or a warning with the near ids (which fails the build)."""
        key = self.arguments[0]
        if key not in disagreements():
            where = (self.env.docname, self.lineno)
            hint = near(key, disagreements())
            logger.warning("unknown disagreement %r: %s", key, hint, location=where)
            return []
        found = disagreements()[key]
        use(self.env, "panels", [key])
        question = line(found.question, classes=["disagreement-question"])
        body = _body(self.env, found)
        named = {"ids": [anchor(key)], "classes": ["disagreement"]}
        return [nodes.container("", question, *body, made=True, **named)]


class DisagreementList(SphinxDirective):
    """``{disagreements}``: every disagreement under its address: the leads, the rest by kind."""

    def run(self) -> list[nodes.Node]:
        """The sections; the pages that show a panel are filled in later."""
        every = disagreements().values()
        use(self.env, "panels", disagreements())
        use(self.env, "lists", ["disagreements"])
        leads = sorted((one for one in every if one.lead), key=lambda one: int(one.lead))
        first = [
            nodes.section(
                "",
                nodes.title("", one.question),
                *_whole(self.env, one),
                ids=[anchor(one.id)],
                classes=["disagreement"],
                made=True,
            )
            for one in leads
        ]
        rest = {kind: [one for one in every if one.kind == kind and not one.lead] for kind in KINDS}
        groups = (_group(self.env, kind, rows) for kind, rows in rest.items() if rows)
        count = sum(map(len, rest.values()))
        tags = (template("look-up.html").module.begin(count, ()), "</div>")  # type: ignore[attr-defined]
        start, end = (nodes.raw("", tag, format="html", made=True) for tag in tags)
        return [*first, start, *groups, end]


def anchor(key: str) -> str:
    """The id of the disagreement ``key`` in a page."""
    return f"disagreement-{key}"


def _group(env: BuildEnvironment, kind: str, rows: list[Disagreement]) -> nodes.section:
    title, meaning = KINDS[kind]
    section = nodes.section(ids=[nodes.make_id(f"kind-{kind}")], classes=["group"], made=True)
    section += [nodes.title("", title), line(meaning)]
    for one in rows:
        ends = "; ".join(" to ".join(words for _, words in end) for end in spans(one.id))
        # No links in a line that opens: the numbers with their cards are inside.
        head = [("what", one.question), ("spread", nodes.raw("", ends, format="html"))]
        inside = nodes.container("", *_whole(env, one), classes=["disagreement"])
        section += entry(anchor(one.id), head, inside)
    return section


def _whole(env: BuildEnvironment, found: Disagreement) -> list[nodes.Node]:
    return [*_body(env, found), place(fill=partial(_told_in, found.id))]


def _body(env: BuildEnvironment, found: Disagreement) -> Iterator[nodes.Node]:
    """The spread, the table of numbers, and why they differ."""
    use(env, "numbers", found.rows)
    if ranges := spans(found.id):
        yield line(*_spread(ranges), ".", classes=["disagreement-spread"])
    rows = []
    for unit, group in panel(found.id).groupby("unit", sort=False):
        most = group[["value", "low", "high"]].max(axis=None)
        # A number alone in its unit has nothing to be set against.
        drawn = len(group) > 1 and unit != "rank" and most > 0
        for row in group.itertuples():
            mark = [nodes.raw("", strip(row, most), format="html")] if drawn else []
            rows.append([_number(row, mark), _speaker(row), _counted(row)])
    cells = table_node(HEADERS, BLOCKS, rows, classes=("panel",))
    yield table_region("", cells, label=f"Figures side by side: {found.question}")
    note = found.note if not found.note or found.note.endswith(".") else f"{found.note}."
    why = f"{found.reason} {note}".strip()
    yield line(nodes.strong("", "Why they differ: "), why, classes=["why"])


def _spread(ranges: list[list[tuple[str, str]]]) -> Iterator[Part]:
    for nth, ((low, said), *high) in enumerate(ranges):
        yield "; " if nth else ""
        if high:
            yield "from " if nth else "From "
        yield number(low, said if nth or high else said[:1].upper() + said[1:])
        for end in high:
            yield from (" to ", number(*end))


def _number(row: Row, mark: list[nodes.raw]) -> list[nodes.Node]:
    status = nodes.inline("", row.status, classes=["status", f"status-{row.status}"])
    said = line(status, row.answer and f", {row.answer}", classes=["panel-status"])
    return [line(number(row.key, row.figure)), *mark, said]


def _speaker(row: Row) -> list[nodes.Node]:
    pages = links(by_strength(split(row.source_ids)))
    return [line(row.who[:1].upper() + row.who[1:]), line(*pages, classes=["panel-sources"])]


def _counted(row: Row) -> list[nodes.Node]:
    when = date_words(row.period) or "time not given"
    return [line(row.counted), line(when, classes=["panel-period"])]


def strip(row: Row, most: float) -> str:
    """The mark of one ``row`` on a scale from zero to ``most`` (in its unit), as an inline SVG.

    A point is the mark of its status, a range a bar between its ends, an open side a dashed line;
    its cross lies on what has one. Places are percentages, so it fits a cell of any width.
    """
    cross = theme.CROSSES.get(sign(row.key))
    return template("panel-mark.html").render(
        row=row,
        most=most,
        colour=theme.PALETTE[row.status].colour,
        grid=theme.colour("chart-grid"),
        shape=theme.mark_shape(row.status, cross),
    )


def _told_in(key: str, app: Sphinx, here: str) -> list[nodes.Node]:
    """The pages with a panel of the list, then those of the story with its numbers, in a line."""
    env, numbers = app.env, set(disagreements()[key].rows)
    places = {page: anchor(key) for page, of in sorted(used(env, "panels").items()) if key in of}
    for page, keys in sorted(used(env, "numbers").items()):
        # The pages of the story are numbered, those to look things up are not.
        story = page == env.config.root_doc or env.toc_secnumbers.get(page)
        if story and numbers & keys:
            places.setdefault(page, "")
    places.pop(here, None)
    pages = [page_link(app, here, page, place) for page, place in places.items()]
    told = line("Chapters with these figures: ", *joined(pages), ".", classes=["shown-in"])
    return [told] if pages else []
