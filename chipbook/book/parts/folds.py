"""What a reader unfolds: ``dropdown`` admonitions, code, outputs, and the tables of charts."""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from chipbook.book.parts import ancestors
from chipbook.classroom.exercises import TAG, cells

NAME = re.compile(r"(?:Warm-up|Core|Stretch): ([^.]+)\.")
"""How the text of an exercise begins: with its level and its name."""


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
        for node in list(self.document.findall(nodes.admonition)):
            title, *content = node.children
            if "dropdown" not in node["classes"]:
                continue
            classes = [name for name in node["classes"] if name != "dropdown"]
            if "entry" not in classes:
                # Its title as a class too: what is printed open is chosen by it.
                classes = ["fold", "admonition", nodes.make_id(title.astext()), *classes]
            of = _exercise_above(node) if "hint" in classes else ""
            line = opener(*title.children, of=of)
            node.replace_self(details("", line, *content, classes=classes, ids=node["ids"]))


class FoldCells(SphinxPostTransform):
    """Fold the code of every cell, exercises twice, and the outputs that a tag hides.

    Code without an output folds with that of the cell below it: one mark, not three. A hidden
    output says what it holds, in the words of its cell (``code_prompt_show``); what else is folded
    says of what it is to those who hear a list of folds.
    """

    default_priority = 190  # before MyST-NB, which hides what is tagged alone
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Fold what the cells of the page hold."""
        above: nodes.Element | None = None
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code":
                continue
            mode, words = cell.attributes.pop("hide_mode", "input"), cell.get("prompt_show", "")
            parts = {part.get("nb_element"): part for part in cell.children}
            output, code = parts.get("cell_code_output"), parts.get("cell_code_source")
            if code and f"tag_{TAG}" in cell["classes"]:
                _exercise(cell, code, output)
                code, output = None, None
            elif code:
                at, of = cell.parent.index(cell), _shown(cell)
                if above and cell.parent[max(at - 1, 0)] is above:
                    _fold("Code", "code", *above[0][1:], code, of=of)
                    above.parent.remove(above)
                else:
                    _fold("Code", "code", code, of=of)
            if output and mode != "input":
                _fold(words, "fold hidden-output", output)
            above = cell if code and not output else None


def _shown(cell: nodes.Element) -> str:
    """What the cell shows: the title of its chart or table, or of the section it stands in."""
    for node in cell.findall(nodes.Element):
        if isinstance(node, nodes.title) or "chart-title" in node["classes"]:
            return node.astext().partition(". ")[0]
    section = next(found for found in ancestors(cell) if isinstance(found, nodes.section))
    return section.next_node(nodes.title).astext()


def _exercise_above(node: nodes.Element) -> str:
    """The name of the exercise that ``node`` belongs to: with it the text above begins."""
    above = reversed(node.parent.children[: node.parent.index(node)])
    return next((found[1] for each in above if (found := NAME.match(each.astext()))), "")


def opener(*words: nodes.Node, of: str) -> summary:
    """The line of a fold that reads ``words``; who hears it alone hears as well of what it is."""
    heard = [nodes.inline("", f" ({of})", classes=["hidden-text"])] if of else []
    return summary("", *words, *heard)


def _fold(words: str, classes: str, *parts: nodes.Node, of: str = "") -> None:
    """Put ``parts`` where the last of them stands, in a fold that reads ``words`` ``of`` which."""
    fold = details("", opener(nodes.Text(words), of=of), classes=classes.split())
    parts[-1].replace_self(fold)
    for part in parts[:-1]:
        part.parent.remove(part)
    fold += parts


def _exercise(cell: nodes.Element, code: nodes.Element, output: nodes.Element | None) -> None:
    """Fold the cell of an exercise twice: as a student gets it, and with its solution.

    What the result means, in the box below the cell, is part of the solution.
    """
    solved, parts, of = code.deepcopy(), [output] if output else [], _exercise_above(cell)
    below = cell.next_node(descend=False, siblings=True)
    if isinstance(below, nodes.admonition) and "dropdown" in below["classes"]:
        below.parent.remove(below)
        parts.append(nodes.container("", *below.children[1:], classes=["meaning"]))
    cell.clear()
    cell += [code, solved, *parts]
    for at, block in enumerate((code, solved)):
        for listing in block.findall(nodes.literal_block):
            listing.rawsource = cells(listing.rawsource)[at]
            listing.children = [nodes.Text(listing.rawsource)]
    _fold("With code", "fold with-code", code, of=of)
    _fold("Solution", "fold solution", solved, *parts, of=of)


def visit_tag(self, node: nodes.Element) -> None:
    """Open the HTML element of the node's own name."""
    self.body.append(self.starttag(node, node.tagname, suffix=""))


def depart_tag(self, node: nodes.Element) -> None:
    """Close it."""
    self.body.append(f"</{node.tagname}>\n")
