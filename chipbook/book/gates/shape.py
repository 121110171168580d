"""The gate for the shape of a chapter: its parts are there, once each and in their order.

A part is told by the words that a block under the chapter's title, or under a section of it, opens
with: the title of a box or section, or the bold words that start a paragraph. The way on is told by
its class, ``next``.
"""

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.domain import story
from chipbook.book.gates import Faults
from chipbook.data.settings import settings

SHAPE: list[str] = settings(__file__)["parts"]
"""How the parts of a chapter open, in their order."""


def opening(block: nodes.Element) -> str:
    """The words that a ``block`` opens with, as far as they can name a part of a chapter."""
    if "next" in block["classes"]:
        return "next"
    if isinstance(block, nodes.section | nodes.admonition):
        return block.children[0].astext().replace("’", "'")
    first = next((child for child in block.children if child.astext()), None)
    if isinstance(block, nodes.paragraph) and isinstance(first, nodes.strong):
        return first.astext()
    return ""


def faults(app: Sphinx, page: nodes.document) -> Faults:
    """What a ``page`` of the story lacks, has twice or has in another place."""
    # The ending is a page of its own kind, and says so.
    ending = app.env.metadata[app.env.docname].get("shape") == "ending"
    if ending or app.env.docname not in story(app):
        return
    titles = [child for child in page.children if isinstance(child, nodes.section)]
    if not titles:
        yield page, "a chapter without a title"
        return
    for extra in titles[1:]:
        said = f"a second title, {opening(extra)!r}: a section under the first starts with ##"
        yield extra.children[0], said
    tops = [block for title in titles for block in title.children]
    inside = [block.children if isinstance(block, nodes.section) else [] for block in tops]
    blocks = [block for top, below in zip(tops, inside, strict=True) for block in (top, *below)]
    openings = [opening(block) for block in blocks]
    last, place = "", -1
    for part in SHAPE:
        if part not in openings:
            where = f"after {last!r}" if last else "under the title"
            yield titles[0], f"a chapter without {part!r}, which belongs {where}"
            continue
        found, *again = (at for at, said in enumerate(openings) if said == part)
        for at in again:
            yield blocks[at], f"{part!r} a second time"
        if part == "The question." and found == place + 1:
            yield blocks[found], f"no case between {last!r} and {part!r}"
        if found < place:
            yield blocks[found], f"{part!r} stands before {last!r}, and belongs after it"
        last, place = part, found
