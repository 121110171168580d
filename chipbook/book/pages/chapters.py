"""``{chapters}``: the chapters of the story as cards, from their own pages.

Each has its title, the finding (the first sentence of its box "In one minute"), the minutes that it
takes and, small and without words, a chart.
"""

import pickle
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.domain import address, domain_of, fact_ref, number, story, use, used
from chipbook.book.gates import with_class
from chipbook.book.lines import line, link
from chipbook.book.parts.figures import chart, drawing_of
from chipbook.book.site.build import once
from chipbook.book.site.layout import reading_minutes
from chipbook.charts.drawing import cached, digest, size

HIGHEST = 450
"""Pixels: a card shows the first chart that is no higher, or cuts what is."""


def cards(app: Sphinx, page: str) -> Iterator[nodes.Node]:
    """The cards of all chapters, in the order of the book, as a ``page`` shows them."""
    listed = nodes.enumerated_list("", classes=["chapters"])
    chapters = story(app)
    for chapter in (name for name in app.env.collect_relations() if name in chapters):
        listed += nodes.list_item("", *_card(app, page, chapter))
    yield listed


def _card(app: Sphinx, page: str, chapter: str) -> Iterator[nodes.Node]:
    # To write a chapter takes half a second, and an edit changes the card of one.
    domain, texts = domain_of(app.env).data, used(app.env, "texts").get(chapter, ())
    late = sorted(getattr(app.config, "chipbook_overdue", ()))
    state = repr([chapter, *texts, domain.get("of_others"), late])
    name = f"{digest(state.encode())}.pickle"
    told = cached(once(app), name, lambda: pickle.dumps(_told(app, chapter)))
    picture, found, minutes = pickle.loads(told)
    if picture:
        yield nodes.raw("", picture, format="html")
    title = link(app.env.titles[chapter].astext(), address(app, page, chapter))
    yield nodes.rubric("", "", title, classes=["chapter-title"], level=3)
    yield line(*found)
    yield line(f"{minutes} minutes", classes=["chapter-minutes"])


def _told(app: Sphinx, chapter: str) -> tuple[str, list[nodes.Node], int]:
    """Picture, finding and minutes of a ``chapter``."""
    text = app.env.get_and_resolve_doctree(chapter, app.builder)
    drawn = [drawing_of(app, picture).wide for picture in text.findall(chart)]
    low = (svg for svg in drawn if size(svg)[1] <= HIGHEST)
    picture = _small(next(low, drawn[0])) if drawn else ""
    return picture, finding(text), reading_minutes(text)


def _small(svg: str) -> str:
    """A drawing without its words, which would be too small to read."""
    svg = re.sub(r"<text\b.*?</text>", "", svg, flags=re.DOTALL)
    fit = "meet" if size(svg)[1] <= HIGHEST else "slice"
    look = f'class="chapter-picture" aria-hidden="true" preserveAspectRatio="xMidYMid {fit}"'
    return svg.replace('class="marks"', look, 1)


def finding(text: nodes.document) -> list[nodes.Node]:
    """What a chapter found: the first sentence of the box in its ``text``, with its facts.

    Links of the box are words here: the card leads to the chapter alone.
    """
    found: list[nodes.Node] = []
    for node in (node for box in with_class(text, "one-minute") for node in box[1].children):
        if isinstance(node, fact_ref):
            found.append(number(node["fact"], node.astext(), node.rawsource))
            continue
        first, *rest = re.split(r"(?<=[.?!])\s", node.astext(), maxsplit=1)
        found.append(nodes.Text(first))
        if rest:
            break
    return found


def note_text(app: Sphinx, doctree: nodes.document) -> None:
    """Note what a page says and draws, so that its card is written anew when that changes."""
    drawn = "".join(node["key"] for node in doctree.findall(chart))
    use(app.env, "texts", [digest((doctree.astext() + drawn).encode())])
