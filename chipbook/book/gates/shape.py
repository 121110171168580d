"""The gate for the shape of a chapter: its parts are there, once each and in their order.

A part is told by the words that a block right under the chapter's title opens with: the title of a
box or section, or the bold words that start a paragraph.
"""

from __future__ import annotations

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

STORY = "The story"
"""Caption of the part of ``_toc.yml`` whose chapters have the shape."""

SHAPE = (
    "In one minute",
    "The question.",
    "The answer in two sentences",
    "What we don't know",
    "Try it",
    "Discuss",
    "Sources",
)


def story(app: Sphinx) -> set[str]:
    """The pages of the part :data:`STORY`; none in a book without a ``_toc.yml``."""
    toc = getattr(app.config, "external_site_map", None)
    parts = toc.root.subtrees if toc else ()
    return {str(page) for part in parts if part.caption == STORY for page in part.files()}


def opening(block: nodes.Node) -> str:
    """The words that a block opens with, as far as they can name a part of a chapter."""
    if isinstance(block, nodes.section | nodes.admonition):
        return block.children[0].astext().replace("’", "'")
    first = next((child for child in block.children if child.astext()), None)
    is_bold = isinstance(block, nodes.paragraph) and isinstance(first, nodes.strong)
    return first.astext() if is_bold else ""


def faults(page: nodes.document) -> Iterator[tuple[nodes.Node, str]]:
    """What a chapter lacks, has twice or has in another place: a node near it, and a sentence."""
    titles = [child for child in page.children if isinstance(child, nodes.section)]
    for extra in titles[1:]:
        title = extra.children[0]
        yield (
            title,
            f"a second title, {title.astext()!r}: a chapter has one, the rest are sections (##)",
        )
    if not titles:
        yield page, "a chapter without a title"
        return
    found = {
        part: [block for block in titles[0].children if opening(block) == part] for part in SHAPE
    }
    last = ""
    for part, blocks in found.items():
        if not blocks:
            where = f"after {last!r}" if last else "under the title"
            yield titles[0], f"a chapter without {part!r}, which belongs {where}"
            continue
        for extra in blocks[1:]:
            yield extra, f"{part!r} a second time"
        if last and titles[0].index(blocks[0]) < titles[0].index(found[last][0]):
            yield blocks[0], f"{part!r} stands before {last!r}, and belongs after it"
        last = part


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, with file and line, of each fault in the shape of a chapter of the story."""
    if app.env.docname in story(app):
        for block, fault in faults(doctree):
            logger.warning(fault, location=block)


def setup(app: Sphinx) -> dict[str, object]:
    """Register the gate."""
    app.connect("doctree-read", check)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
