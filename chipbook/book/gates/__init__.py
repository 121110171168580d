"""What no page may hold: each gate fails the build with file and line."""

import ast
from collections.abc import Iterator

from docutils import nodes


def with_class(node: nodes.Element, name: str) -> Iterator[nodes.Element]:
    """Every element of the CSS class ``name`` in ``node``, such as the cells of a page."""
    yield from (each for each in node.findall(nodes.Element) if name in each.get("classes", ()))


def syntax(code: str) -> list[ast.AST]:
    """Every node in the syntax of ``code``; none where a magic or shell line makes it no Python."""
    try:
        return list(ast.walk(ast.parse(code)))
    except SyntaxError:
        return []
