"""What a reader unfolds: ``dropdown`` admonitions, code, outputs, and the tables of charts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform


class details(nodes.General, nodes.Element):
    """What the reader unfolds; its first child is the summary."""


class summary(nodes.General, nodes.Element):
    """The line of a fold that is always seen."""


class FoldAdmonitions(SphinxPostTransform):
    """Turn ``:class: dropdown`` admonitions into ``<details>``, which fold without a script."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Replace every folded admonition of the page."""
        found = cast(Iterable[nodes.Element], self.document.findall(nodes.Admonition))
        for node in [each for each in found if "dropdown" in each["classes"]]:
            kind, children = node.tagname, node.children
            if kind == "admonition":
                title, *children = children
            else:
                title = nodes.title("", admonitionlabels[kind])
            classes = [name for name in node["classes"] if name != "dropdown"]
            # Its title as a class too: what is printed open is chosen by it.
            named = nodes.make_id(title.astext())
            fold = details("", classes=["fold", kind, named, *classes], ids=node["ids"])
            fold += [summary("", *title.children), *children]
            node.replace_self(fold)


class FoldCells(SphinxPostTransform):
    """Fold the code of every cell, and the outputs and solutions that a tag hides.

    The switch of the page opens all code at once. Code without an output folds with that of the
    cell below it, so that a reader meets one mark and not three. A hidden output says what it
    holds, in the words of its cell (``code_prompt_show``).
    """

    # Before MyST-NB, which hides what is tagged alone.
    default_priority = 190
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Fold what the cells of the page hold."""
        for cell in list(self.document.findall(_is_cell)):
            code, output = (_part(cell, name) for name in ("cell_code_source", "cell_code_output"))
            mode, words = cell.attributes.pop("hide_mode", "input"), cell.get("prompt_show", "")
            if mode == "all":
                _fold(cell, list(cell.children), words, "fold", "solution")
                continue
            if code:
                _fold(cell, [code], "Code", "code")
            if output and "output" in mode:
                _fold(cell, [output], words, "fold", "hidden-output")
        for fold in list(self.document.findall(_is_code)):
            cell = fold.parent
            at = cell.parent.index(cell) + 1
            below = cell.parent[at] if at < len(cell.parent) else None
            if len(cell) == 1 and below and _is_cell(below) and _is_code(below[0]):
                below[0].insert(1, fold.children[1:])
                cell.parent.remove(cell)


def _is_cell(node: nodes.Node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def _is_code(node: nodes.Node) -> bool:
    return isinstance(node, details) and "code" in node["classes"]


def _part(cell: nodes.Element, name: str) -> nodes.Element | None:
    return next((part for part in cell.children if part.get("nb_element") == name), None)


def _fold(cell: nodes.Element, parts: list[nodes.Node], words: str, *classes: str) -> None:
    """Put neighbouring ``parts`` of a ``cell`` into a fold that reads ``words``."""
    fold, at = details("", classes=list(classes)), cell.index(parts[0])
    fold += summary("", nodes.Text(words))
    for part in parts:
        cell.remove(part)
        fold += part
    cell.insert(at, fold)


def visit_tag(self, node: nodes.Element) -> None:
    """Open the HTML element of the node's own name."""
    self.body.append(self.starttag(node, node.tagname, suffix=""))


def depart_tag(self, node: nodes.Element) -> None:
    """Close it."""
    self.body.append(f"</{node.tagname}>\n")


def setup(app: Sphinx) -> None:
    """Register nodes and transform."""
    for node in (details, summary):
        app.add_node(node, html=(visit_tag, depart_tag))
    app.add_post_transform(FoldAdmonitions)
    app.add_post_transform(FoldCells)
