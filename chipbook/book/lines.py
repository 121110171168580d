"""Paragraphs, links and lists from texts and nodes, for what a page says of the data."""

from collections.abc import Iterable
from typing import Any, TypeAlias

from docutils import nodes

Part: TypeAlias = str | nodes.Node


def line(*parts: Part, **attributes: Any) -> nodes.paragraph:
    """A paragraph of ``parts`` (texts and nodes), with ``attributes`` of the node."""
    return nodes.paragraph("", "", *map(_node, parts), **attributes)


def link(words: Part, address: str, **attributes: Any) -> nodes.reference:
    """A link of ``words`` to an ``address`` in the book, with more ``attributes`` of the node."""
    return nodes.reference("", "", _node(words), refuri=address, internal=True, **attributes)


def joined(parts: Iterable[Part], between: str = ", ") -> list[Part]:
    """The ``parts`` with a text ``between`` each two."""
    return [each for part in parts for each in (between, part)][1:]


def fold(title: Part | Iterable[Part], *content: nodes.Node, **attributes: Any) -> nodes.admonition:
    """A ``content`` that the reader unfolds by its ``title``, with ``attributes`` of the node."""
    parts = [title] if isinstance(title, (str, nodes.Node)) else title
    folded = nodes.admonition(
        "", nodes.title("", "", *map(_node, parts)), *content, classes=["dropdown"]
    )
    folded["classes"] += attributes.pop("classes", [])
    folded.attributes.update(attributes)
    return folded


def entry(place: str, head: Iterable[tuple[str, Part]], *content: nodes.Node) -> nodes.admonition:
    """A line of a list to look things up in, which opens in place; ``place`` is its address.

    ``head`` are its parts in order, each with its name, by which a script filters and sorts.
    """
    spans = (nodes.inline("", "", _node(words), classes=[name]) for name, words in head)
    return fold(
        [part for span in spans for part in (span, " ")], *content, ids=[place], classes=["entry"]
    )


def _node(part: Part) -> nodes.Node:
    return nodes.Text(part) if isinstance(part, str) else part
