"""The calibration game and the coding kit, as they read without a script.

``class.js``, ``game.js`` and ``kit.js`` add the forms, the scores and the list of a class.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from chipbook.book.cards import template
from chipbook.book.domain import number, use, with_numbers
from chipbook.book.lines import fold, joined, line
from chipbook.book.parts.tables import table_node
from chipbook.classroom.play import KIT_FILE, statements
from chipbook.data import BOOK
from chipbook.data.settings import settings


class Game(SphinxDirective):
    """``{game}``: the statements, each with its answer in a fold; ``{game} key``: a table."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The list for players, or the table for whoever holds the key."""
        rows, items = [], nodes.enumerated_list("", classes=["class-game"], made=True)
        for nth, (key, entry) in enumerate(statements().items(), start=1):
            use(self.env, "numbers", entry["keys"])
            by = line("Settled by ", *joined(map(number, entry["keys"]), " and "), ".")
            says, why = (line(*with_numbers(self.env, entry[part])) for part in ("says", "why"))
            answer = line(nodes.strong("", f"{entry['true']}."))
            rows.append([[says], [answer], [why, by]])
            heard = f'<span class="hidden-text"> to statement {nth}</span>'
            title = ("The answer", nodes.raw("", heard, format="html"))
            folded = fold(title, answer, why, by)
            items += nodes.list_item("", says, folded, ids=[f"game-{key}"])
        heads = ["Statement", "Answer", "Why"]
        table = table_node(heads, ["blocks"] * 3, rows)
        table["made"] = True
        return [table if self.arguments else items]


class Kit(SphinxDirective):
    """``{kit} reports``, ``{kit} statements``: what ``kit.toml`` names, as a coder sees it."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The codes to choose from and the rows, each with our codes in a fold."""
        name = self.arguments[0]
        task = settings(KIT_FILE)[name]
        html = template("kit.html").render(name=name, task=task, rows=BOOK.rows)
        return [nodes.raw("", html, format="html", made=True)]
