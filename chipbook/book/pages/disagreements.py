"""Panels of figures that answer one question differently, made from the data.

A panel is a table of real nodes, so that every format writes its own. In HTML each figure also
stands as a mark on a scale that its unit shares; the words beside it say the same.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chipbook.book.domain import _link, _used, by_strength, date_words, number
from chipbook.book.parts.tables import links, region, table_node
from chipbook.charts import theme
from chipbook.data import facts, split
from chipbook.story.answers import denied
from chipbook.story.disagreements import Disagreement, disagreements, kinds, panel, spans

logger = logging.getLogger(__name__)

DISAGREEMENTS_PAGE = "chapters/disagreements"

# What each kind is called on the page, and what it means.
KINDS = {
    "counter": ("Different counters", "Each counts in a way of its own, often untold."),
    "definition": ("Different definitions", "One word, several meanings."),
    "period": ("Different times", "The figures are of different months, years or spans."),
    "scope": ("Different scopes", "One figure takes in more than the other."),
    "stage": (
        "Different stages",
        "A plan, a forecast and a result are three numbers.",
    ),
    "slip": ("Slips in retelling", "The figure changed on its way from page to page."),
    "not known": ("Not known", "The pages that we saw do not say why."),
}
HEADERS = ["Figure", "Who says so", "What it counts"]


class shown_in(nodes.General, nodes.Element):
    """Place of the chapters that show a panel; filled when all pages are read."""


def panels(env: BuildEnvironment) -> dict[str, set[str]]:
    """Ids of the panels that each page shows; the list of all shows every one."""
    if not hasattr(env, "chipbook_panels"):
        env.chipbook_panels = {}
    return env.chipbook_panels


class DisagreementPanel(SphinxDirective):
    """``{disagreement} id``: the figures of one disagreement, side by side."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The panel, or a warning with the near ids (which fails the build)."""
        key = self.arguments[0]
        if key not in disagreements():
            near = difflib.get_close_matches(key, disagreements(), n=4, cutoff=0.4)
            hint = f"did you mean {', '.join(near)}?" if near else "see data/disagreements.csv"
            where = (self.env.docname, self.lineno)
            logger.warning("unknown disagreement %r: %s", key, hint, location=where)
            return []
        found = disagreements()[key]
        panels(self.env).setdefault(self.env.docname, set()).add(key)
        box = nodes.container(ids=[anchor(key)], classes=["disagreement"])
        box += nodes.paragraph("", found.question, classes=["disagreement-question"])
        box += _body(self.env, found)
        return [box]


class DisagreementList(SphinxDirective):
    """``{disagreements}``: every disagreement as a section with a permanent anchor, by kind."""

    def run(self) -> list[nodes.Node]:
        """The sections; the chapters that show a panel are filled in later."""
        panels(self.env)[self.env.docname] = set(disagreements())
        return [_section_of(self.env, kind, rows) for kind, rows in kinds().items()]


def anchor(key: str) -> str:
    """The id of a disagreement in a page."""
    return f"disagreement-{key}"


def _section_of(env: BuildEnvironment, kind: str, rows: list[Disagreement]) -> nodes.section:
    title, meaning = KINDS[kind]
    section = nodes.section(ids=[nodes.make_id(f"kind-{kind}")])
    section += [nodes.title("", title), nodes.paragraph("", meaning)]
    for found in rows:
        part = nodes.section(ids=[anchor(found.id)], classes=["disagreement"])
        part += nodes.title("", found.question)
        part += _body(env, found)
        part += shown_in(panel=found.id)
        section += part
    return section


def _body(env: BuildEnvironment, found: Disagreement) -> Iterator[nodes.Node]:
    """The spread, the table of figures, and why they differ."""
    table = panel(found.id)
    _used(env).setdefault(env.docname, set()).update(found.rows)
    if ranges := spans(found.id):
        line = nodes.paragraph(classes=["disagreement-spread"])
        for place, (low, high) in enumerate(ranges):
            line += nodes.Text("; from " if place else "From ")
            line += [number(*low), nodes.Text(" to "), number(*high)]
        line += nodes.Text(".")
        yield line
    rows = []
    for unit, group in table.groupby("unit", sort=False):
        most = group[["value", "low", "high"]].max(axis=None)
        for row in group.itertuples():
            # A figure alone in its unit has nothing to be set against.
            drawn = strip(row, most) if len(group) > 1 and unit != "rank" and most > 0 else ""
            rows.append([_figure(row, drawn), _speaker(row), _counted(row)])
    kinds_of = ["blocks"] * len(HEADERS)
    cells = table_node(HEADERS, kinds_of, rows, classes=("panel",))
    yield region(cells, kinds_of, f"Figures side by side: {found.question}")
    why = nodes.paragraph("", "", nodes.strong("", "Why they differ: "), classes=["why"])
    why += nodes.Text(f"{found.reason} {_sentence(found.note)}".strip())
    yield why


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."


def _figure(row: tuple, drawn: str) -> list[nodes.Node]:
    line = nodes.paragraph("", "", number(row.key, row.figure))
    blocks = [line, nodes.raw("", drawn, format="html")] if drawn else [line]
    words = nodes.paragraph(classes=["panel-status"])
    words += nodes.inline("", row.status, classes=["status", f"status-{row.status}"])
    if row.answer:
        words += nodes.Text(f", {row.answer}")
    return [*blocks, words]


def _speaker(row: tuple) -> list[nodes.Node]:
    who = row.who[:1].upper() + row.who[1:]
    pages = nodes.paragraph(classes=["panel-sources"])
    pages += links(by_strength(split(row.source_ids)))
    return [nodes.paragraph("", who), pages]


def _counted(row: tuple) -> list[nodes.Node]:
    when = date_words(row.period) or "time not given"
    return [nodes.paragraph("", row.counted), nodes.paragraph("", when, classes=["panel-period"])]


def strip(row: tuple, most: float) -> str:
    """The mark of one figure on a scale from zero to ``most``, as an inline SVG.

    A point is the mark of its status, a range a bar between its ends, an open side a dashed line;
    a cross lies on what was denied. Places are percentages, so it fits a cell of any width.
    """
    mark = theme.PALETTE[row.status]
    denial = denied(facts.fact(row.key))

    def at(number: float) -> str:
        return f"{4 + 92 * number / most:.4g}%"

    def line(start: str, end: str, width: float, colour: str, dash: str = "") -> str:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        ends = f'x1="{start}" x2="{end}" y1="9" y2="9"'
        return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashed}/>'

    low, high = (row.value if math.isnan(end) else end for end in (row.low, row.high))
    drawn = [line("4%", "96%", 1, theme.colour("chart-grid"))]
    if math.isnan(row.high):
        drawn.append(line(at(row.value), "100%", 1.5, mark.colour, "3 3"))
    if math.isnan(row.low):
        drawn.append(line("0%", at(row.value), 1.5, mark.colour, "3 3"))
    if high > low:
        drawn.append(line(at(low), at(high), 6, mark.colour))
    if not math.isnan(row.value):
        shape = theme.mark_shape(row.status, denied=denial)
        drawn.append(f'<svg x="{at(row.value)}" y="9" overflow="visible">{shape}</svg>')
    return (
        '<svg class="panel-mark" width="100%" height="18" aria-hidden="true" focusable="false">'
        f"{''.join(drawn)}</svg>"
    )


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Name, under each panel of the list, the pages that show it or a figure of it."""
    for place in list(doctree.findall(shown_in)):
        key = place["panel"]
        line = nodes.paragraph(classes=["shown-in"])
        for page, target in _pages_with(app.env, key, docname):
            line += nodes.Text(", " if len(line) else "Figures of it are told in ")
            title = app.env.titles[page].astext()
            address = _link(app, docname, page, target)
            line += nodes.reference("", title, refuri=address, internal=True)
        if len(line):
            line += nodes.Text(".")
        place.replace_self(line if len(line) else [])


def _pages_with(env: BuildEnvironment, key: str, here: str) -> Iterator[tuple[str, str]]:
    """The pages that show a panel, with its anchor, then those of the story with its figures."""
    shown = [page for page, keys in sorted(panels(env).items()) if key in keys and page != here]
    yield from ((page, anchor(key)) for page in shown)
    figures = set(disagreements()[key].rows)
    for page, keys in sorted(_used(env).items()):
        # The pages of the story are numbered, those to look things up are not.
        story = page == env.config.root_doc or env.toc_secnumbers.get(page)
        if story and page not in shown and figures & keys:
            yield page, ""


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what a page showed before it is read again."""
    panels(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    """Join what parallel readers found."""
    panels(env).update({doc: keys for doc, keys in panels(other).items() if doc in docnames})


def setup(app: Sphinx) -> dict[str, object]:
    """Register directives, place and events."""
    app.setup_extension("chipbook.book.parts.tables")
    app.add_directive("disagreement", DisagreementPanel)
    app.add_directive("disagreements", DisagreementList)
    app.add_node(shown_in)
    app.connect("doctree-resolved", fill)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
