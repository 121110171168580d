"""Mathematics as MathML, made when the book is built: no script and no request."""

from __future__ import annotations

import re
from html import escape

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LETTER = re.compile("<mi>([A-Za-z])</mi>")

logger = logging.getLogger(__name__)


def mathml(tex: str, *, block: bool = False) -> str:
    """MathML of a formula in ``tex``, which stands alone if it is a ``block``.

    Raises whatever latex2mathml raises on TeX that it cannot read, and ValueError on a command
    that it does not know: it would pass that through as text.
    """
    html = convert(tex, display="block" if block else "inline")
    if "<mi>\\" in html:
        raise ValueError(f"unknown TeX command in {tex!r}")
    return LETTER.sub(r'<mi class="variable" mathvariant="normal">\1</mi>', html)


def visit_math(self, node: nodes.math) -> None:
    """Write a formula that stands in a line."""
    self.body.append(_converted(node, block=False))
    raise nodes.SkipNode


def visit_math_block(self, node: nodes.math_block) -> None:
    """Write a formula that stands alone, with its number if it has one."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(_converted(node, block=True))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _converted(node: nodes.math | nodes.math_block, *, block: bool) -> str:
    try:
        return mathml(node.astext(), block=block)
    except Exception as error:  # latex2mathml has one exception class for each fault
        logger.warning("cannot convert to MathML: %s (%r)", node.astext(), error, location=node)
        return f"<code>{escape(node.astext())}</code>"


def setup(app: Sphinx) -> None:
    """Register the renderer; ``html_math_renderer: mathml`` selects it."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
