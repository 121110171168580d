"""What no page may hold: each gate fails the build with file and line."""

import ast
from collections.abc import Callable, Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

Faults = Iterator[tuple[nodes.Node | tuple[str, int | None], str]]
"""What is wrong with a page: a node, or page and line, and a sentence."""


def gate(app: Sphinx, faults: Callable[[Sphinx, nodes.document], Faults]) -> None:
    """Warn, with file and line, of each of the ``faults`` of a page that was just read."""

    def check(app: Sphinx, doctree: nodes.document) -> None:
        for place, fault in faults(app, doctree):
            logger.warning(fault, location=place)

    app.connect("doctree-read", check)


def with_class(node: nodes.Element, name: str) -> Iterator[nodes.Element]:
    """Every element of the CSS class ``name`` in ``node``, such as the cells of a page."""
    yield from (each for each in node.findall(nodes.Element) if name in each.get("classes", ()))


def syntax(code: str) -> ast.AST:
    """The syntax of ``code``; empty where a magic or shell line makes it no Python."""
    try:
        return ast.parse(code)
    except SyntaxError:
        return ast.Module([], [])
