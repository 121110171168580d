"""``{belief}``: how sure the reader is, asked on one page and met again on another.

The answer stays in the browser. Without a script the question is left as the page asks it.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from chipbook.book.domain import PLAIN, add_script


class belief(nodes.General, nodes.Element):
    """A slider; ``when`` is "first" or "again"."""


class Belief(SphinxDirective):
    """``{belief} first`` asks; ``{belief} again`` shows the first answer and asks once more."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The place of the slider."""
        return [belief(when=self.arguments[0])]


LABEL = {"first": "How sure are you now?", "again": "And now?"}


def visit(self, node: belief) -> None:
    """The slider, hidden until belief.js has set it up."""
    when = node["when"]
    self.body.append(
        f'<div class="belief" data-when="{when}" hidden><p class="belief-before"></p>'
        f'<label for="belief-{when}">{LABEL[when]}</label>'
        f'<input id="belief-{when}" type="range" min="0" max="100" value="50">'
        '<p class="belief-ends" aria-hidden="true"><span>surely wrong</span>'
        "<span>surely right</span></p>"
        '<p class="belief-said" role="status"></p></div>\n'
    )


def depart(self, node: belief) -> None:
    """Nothing is in it."""


def setup(app: Sphinx) -> None:
    """Register directive, node and script."""
    app.add_directive("belief", Belief)
    app.add_node(belief, html=(visit, depart), **PLAIN)
    add_script(app, "belief.js", belief)
