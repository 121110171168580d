"""The gate for charts that a reader can set: its title names no number of another state.

A chart with inputs is drawn in its first state. A numeral of its title must stand there, in what is
drawn, or count rows of its data; a title on another state reads as if it were about this one.

What this cannot see: a title whose words, not its numerals, are about another state, and a box or
a sentence about a chart, which name numbers of the data.
"""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from chipbook.book.gates.numerals import NUMERAL, allowed, naked
from chipbook.book.parts.figures import chart, controls, drawing_of
from chipbook.charts.spec import datasets

logger = logging.getLogger(__name__)


def elsewhere(title: str, svg: str, spec: dict, patterns: list[re.Pattern]) -> list[str]:
    """The numerals of a ``title`` that the drawing ``svg`` of its ``spec`` does not bear out.

    ``patterns`` are those of names and dates, as for prose.
    """
    texts = re.findall(r"<text.*?</text>", svg, re.DOTALL)
    shown = set(NUMERAL.findall(unescape(re.sub(r"<[^>]+>", " ", " ".join(texts)))))
    for rows in datasets(spec):
        counts = (Counter(str(row.get(name)) for row in rows) for name in rows[0])
        shown.update(str(number) for count in counts for number in (len(rows), *count.values()))
    return [numeral for numeral in naked(title, patterns) if numeral not in shown]


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, with file and line, for each title of a page just read that names another state."""
    patterns = allowed(Path(app.srcdir) / "chapters" / "numerals.toml")
    for node in doctree.findall(chart):
        if controls(node["spec"]) and naked(node["title"], patterns):
            svg = drawing_of(app, node).wide
            for numeral in elsewhere(node["title"], svg, node["spec"], patterns):
                logger.warning(
                    "the title of a chart names %s, which its first state does not show: %r",
                    numeral,
                    node["title"],
                    location=(app.env.docname, node.get("at")),
                )


def setup(app: Sphinx) -> None:
    """Register the gate."""
    app.connect("doctree-read", check)
