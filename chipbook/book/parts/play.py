"""The calibration game and the coding kit in the page: what is read without a script.

``class.js``, ``game.js`` and ``kit.js`` add the form, the scores and the list of a class.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from chipbook.book.domain import NUMBERS, add_script, note_sources, number, use, with_numbers
from chipbook.book.lines import Part, bullets, fold, joined, line, span
from chipbook.book.parts.tables import links, table_node
from chipbook.classroom.play import TASKS, Statement, Task, read, statements
from chipbook.data import BOOK, braces, facts, split


class asked(nodes.list_item):
    """A statement to judge, which the script of the game finds."""


class coded(nodes.list_item):
    """A row to code, in the words of the data, which the script of the kit finds."""


class Game(SphinxDirective):
    """``{game}``: the statements, each with its answer in a fold; ``{game} key``: a table."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The list, or the table for whoever holds the key."""
        if self.arguments:
            directives.choice(self.arguments[0], ("key",))
            rows = [[[line(*self._numbers(s.says))], *self._answer(s)] for s in statements()]
            return [table_node(["Statement", "Answer", "Why"], ["blocks"] * 3, rows, ["game-key"])]
        found = nodes.enumerated_list("", classes=["game"])
        for one in statements():
            answer = fold("The answer", *(p for cell in self._answer(one) for p in cell))
            kind = "holds" if one.holds else "fails"
            statement = line(*self._numbers(one.says), classes=["says"])
            found += asked("", statement, answer, ids=[f"game-{one.id}"], classes=[kind])
        return [found]

    def _answer(self, one: Statement) -> Iterator[list[nodes.Node]]:
        """Whether it holds, and why, with the cards of the numbers that settle it."""
        yield [line(nodes.strong("", "True." if one.holds else "False."), classes=["verdict"])]
        use(self.env, NUMBERS, one.keys)
        cards = joined(map(number, one.keys), " and ")
        yield [line(*self._numbers(one.why)), line("Settled by ", *cards, ".", classes=["by"])]

    def _numbers(self, text: str) -> Iterator[nodes.Node]:
        return with_numbers(self.env, text)


class Kit(SphinxDirective):
    """``{kit} reports`` or ``{kit} statements``: rows to code, each with our codes in a fold."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The codes to choose from, and the rows."""
        name = directives.choice(self.arguments[0], tuple(TASKS))
        task = TASKS[name]
        words = [
            line(f"{title}: ", *joined(span("code", word) for word in task.words(column)), ".")
            for column, title in task.codes.items()
        ]
        rows = [self._row(task, *entry) for entry in read("kit.toml")[name].items()]
        listed = nodes.enumerated_list("", *rows)
        classes = ["kit", f"kit-{name}"]
        return [nodes.container("", bullets(words, "kit-codes"), listed, classes=classes)]

    def _row(self, task: Task, row: str, why: str) -> coded:
        cells, both = BOOK.rows(task.table)[row], task.coded(row)
        shown = [
            line(nodes.strong("", f"{title}: "), *self._cell(task, row, column))
            for column, title in task.shown.items()
        ]
        pages = split(cells["source_ids"])
        note_sources(self.env, pages, self.lineno)
        shown.append(line("Pages: ", *links(pages), ".", classes=["by"]))
        codes = [
            line(
                *(f"{title}: ", span("code", both[f"{column}_1"]), ", said the first coder; "),
                *(span("code", both[f"{column}_2"]), ", the second. Decided: "),
                *(span("code", cells[column]), "."),
            )
            for column, title in task.codes.items()
        ]
        reason = [line(both["reason"])] if both["reason"] else []
        told = fold("Our codes", *codes, *reason, line(f"Chosen because: {why}", classes=["by"]))
        return coded("", *shown, told, ids=[f"kit-{row}"])

    def _cell(self, task: Task, row: str, column: str) -> Iterator[Part]:
        raw, words = BOOK.raw(task.table)[row][column], BOOK.rows(task.table)[row][column]
        if column == "fragment":
            yield nodes.raw("", f'<i lang="it">{escape(words)}</i>', format="html")
        # A number of the row's own has no card.
        elif all(key in facts for key in braces.keys(raw)):
            yield from with_numbers(self.env, raw or "nothing found.")
        else:
            yield words


def setup(app: Sphinx) -> None:
    """Register the directives, their nodes and scripts."""
    app.add_directive("game", Game)
    app.add_directive("kit", Kit)
    for node, script in ((asked, "game.js"), (coded, "kit.js")):
        app.add_node(node)
        add_script(app, "class.js", node)
        add_script(app, script, node)
