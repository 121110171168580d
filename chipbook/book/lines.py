"""Paragraphs, links and lists from texts and nodes, for what a page says of the data."""

from __future__ import annotations

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


def code(text: str) -> nodes.literal:
    """A ``text`` of the data as it stands there: a name, a key, a digest."""
    return nodes.literal("", text)


def joined(parts: Iterable[Part], between: str = ", ") -> list[Part]:
    """The ``parts`` with a text ``between`` each two."""
    return [each for part in parts for each in (between, part)][1:]


def bullets(items: Iterable[nodes.Node], *classes: str) -> nodes.bullet_list:
    """A list of ``items``, a paragraph each, with the ``classes`` of the list."""
    return nodes.bullet_list(
        "", *(nodes.list_item("", item) for item in items), classes=list(classes)
    )


def fold(title: str, content: nodes.Node) -> nodes.admonition:
    """A ``content`` that the reader unfolds by its ``title``."""
    return nodes.admonition("", nodes.title("", title), content, classes=["dropdown"])


def _node(part: Part) -> nodes.Node:
    return nodes.Text(part) if isinstance(part, str) else part
