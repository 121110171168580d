"""What a page is made of: charts, tables and folds, as nodes."""

from collections.abc import Iterator

from docutils import nodes


def ancestors(node: nodes.Node) -> Iterator[nodes.Element]:
    """What ``node`` stands in, from its parent up to the document."""
    while (parent := node.parent) is not None:
        yield parent
        node = parent


def close(self, _node: nodes.Element) -> None:
    """Close the ``<div>`` that a node is written as, by the writer of a page."""
    self.body.append("</div>\n")
