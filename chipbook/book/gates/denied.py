"""The gate for denials: no denied figure stands on a page without the word or mark of its denial.

A ``{fact}`` in prose marks itself. A chart or table is checked by the rows that its cell hands
over: where one is a denied figure, the reader must see so without a click, as a word (in title,
subtitle, caption, note, cell or label) or, in a chart, as the cross of the theme; the text
alternative of a chart says it in words. Where a cell names a denied figure in its code, the page
must carry the figure's card, or the output the word.

What this cannot see: a denied figure in rows that keep neither its id nor its report, and one
that code picks by another way than its id.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from chipbook.book.domain import _used
from chipbook.book.parts.figures import chart
from chipbook.book.parts.tables import table_region
from chipbook.charts import figure, theme
from chipbook.data import facts
from chipbook.data.braces import KEY
from chipbook.story.answers import denied, denied_in

logger = logging.getLogger(__name__)

WORD = re.compile(r"\b(den(y|ied|ies|ials?)|disputed|incorrect|inaccurate)\b", re.IGNORECASE)


def drawn(spec: dict) -> Iterator[str]:
    """What a sighted reader of a chart can read in it: its titles, and the texts that it draws."""
    yield from figure.title(spec)
    for view in figure.views(spec):
        channels = view.get("encoding", {}).items()
        fields = {on.get("field") for name, on in channels if name != "tooltip"} - {None}
        for row in figure.rows(spec, view.get("data")):
            yield from (row[name] for name in fields if isinstance(row.get(name), str))


def crossed(spec: dict) -> bool:
    """Whether a chart draws the cross of denied figures."""
    marks = [view.get("mark") for view in figure.views(spec)]
    return any(isinstance(m, dict) and m.get("shape") == theme.DENIED["shape"] for m in marks)


def problems(node: chart | table_region) -> list[str]:
    """What a chart or table keeps from its readers on the denied figures in it, in words."""
    if isinstance(node, table_region):
        found = node.get("denied", ())
        if not found or WORD.search(node.astext()):
            return []
        return [f"a table shows denied figures and no denial: {', '.join(found)}"]
    spec = node["spec"]
    rows = [row for view in figure.views(spec) for row in figure.rows(spec, view.get("data"))]
    if not (found := denied_in(rows)):
        return []
    wrong, figures = [], ", ".join(found)
    if not crossed(spec) and not any(map(WORD.search, [*drawn(spec), _caption(node)])):
        wrong.append(f"a chart draws denied figures and no denial: {figures}")
    if not WORD.search(spec["description"]):
        wrong.append(f"the text alternative of a chart leaves out a denial: {figures}")
    return wrong


def _caption(node: nodes.Node) -> str:
    while node.parent is not None:
        node = node.parent
        if isinstance(node, nodes.figure):
            return " ".join(caption.astext() for caption in node.findall(nodes.caption))
    return ""


def named(code: str) -> set[str]:
    """The denied figures whose ids stand in the code of a cell, as such or in braces in a text."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # A magic or shell line.
        return set()
    constants = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    texts = {constant for constant in constants if isinstance(constant, str)}
    keys = {key for text in texts for key in (text, *(m[1] for m in KEY.finditer(text)))}
    return {key for key in keys if key in facts and denied(facts.fact(key))}


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, with file and line, for each denied figure of a page that stands without its denial."""
    docname = app.env.docname
    for node in doctree.findall(lambda n: isinstance(n, chart | table_region)):
        for problem in problems(node):
            logger.warning(problem, location=(docname, node.get("at")))
    carded = _used(app.env).get(docname, set())
    for cell in doctree.findall(
        lambda n: "cell" in getattr(n, "attributes", {}).get("classes", ())
    ):
        code = [n for n in cell.findall(nodes.literal_block) if "cell_input" in n.parent["classes"]]
        shown = " ".join(
            part.astext() for part in cell.children if "cell_output" in part.get("classes", ())
        )
        missing = set().union(*(named(block.astext()) for block in code)) - carded
        if missing and shown and not WORD.search(shown):
            logger.warning(
                "a cell uses denied figures that have no card on this page: %s",
                ", ".join(sorted(missing)),
                location=cell,
            )


def setup(app: Sphinx) -> dict[str, object]:
    """Register the gate."""
    app.connect("doctree-read", check)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
