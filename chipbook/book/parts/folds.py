"""What a reader unfolds: admonitions of the class ``dropdown``, and the tables of charts."""

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
            fold = details("", classes=["fold", kind, *classes], ids=node["ids"])
            fold += [summary("", *title.children), *children]
            node.replace_self(fold)


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
