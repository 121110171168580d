"""The quiz of a chapter: ``{quiz}`` shows the questions that ``quiz.toml`` has for its page.

Without a script each option has its reason in a fold of its own. ``quiz.js`` shows it when the
option is chosen, and counts what was right at the first try; nothing is kept or sent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chipbook import classroom
from chipbook.book.domain import PLAIN, add_script, fact_ref, with_numbers
from chipbook.book.lines import line
from chipbook.book.parts.folds import details, summary
from chipbook.data import facts
from chipbook.data.braces import keys
from chipbook.data.store import near
from chipbook.story.answers import sign

logger = logging.getLogger(__name__)

FILE = Path(classroom.__file__).with_name("quiz.toml")
COUNTS = {3: "three", 4: "four", 5: "five"}
"""How many questions a page may have, and the word for each number."""

Question = dict[str, Any]
"""``asks`` and its ``options``, each with ``says`` and ``why``; one of them is ``right``."""


class element(nodes.General, nodes.TextElement):
    """A part of a question, whose element of HTML is its ``tag``."""


class told(fact_ref):
    """A number in an option, which a press chooses: it has its cross and opens no card."""


def quiz(page: str, file: Path = FILE) -> list[Question]:
    """The questions that a ``file`` has for a ``page`` (the last part of its name).

    Raises ``ValueError`` with file, page and question for what does not fit, and for a page that
    has none.
    """
    every = tomllib.loads(file.read_text(encoding="utf-8"))
    if page not in every:
        raise ValueError(f"{file.name} has no questions for {page}: {near(page, every)}")
    found = every[page]
    faults = [
        f"{file.name}: {page}, question {nth}: {fault}"
        for nth, question in enumerate(found, start=1)
        for fault in _faults(question)
    ]
    if len(found) not in COUNTS:
        faults.append(f"{file.name}: {page}: {len(found)} questions, expected one of {[*COUNTS]}")
    if faults:
        raise ValueError("\n".join(faults))
    return found


def _faults(question: Question) -> Iterator[str]:
    options = question.get("options", [])
    if not 2 <= len(options) <= 4:
        yield f"expected two to four options, found {len(options)}"
    if (right := sum(option.get("right", False) for option in options)) != 1:
        yield f"expected one option that is right, found {right}"
    own = [(question, {"asks"}), *((option, {"says", "why"}) for option in options)]
    for each, texts in own:
        yield from (f"{name} is missing" for name in sorted(texts) if not each.get(name))
        for odd in sorted(each.keys() - texts - {"options", "right"}):
            yield f"{odd!r} is none of its words"
        for key in keys(" ".join(each.get(name, "") for name in texts)):
            if key not in facts:
                yield f"no number {key!r}: {facts.near(key)}"


class Quiz(SphinxDirective):
    """``{quiz}``: the questions of this page."""

    def run(self) -> list[nodes.Node]:
        """The folded questions, or a warning (which fails the build)."""
        self.env.note_dependency(str(FILE))
        try:
            found = quiz(self.env.docname.rpartition("/")[2], FILE)
        except ValueError as error:
            logger.warning(str(error), location=(self.env.docname, self.lineno))
            return []
        title = f"Quiz: {COUNTS[len(found)]} questions"
        asked = [self._question(nth, question) for nth, question in enumerate(found)]
        return [details("", summary("", nodes.Text(title)), *asked, classes=["fold", "quiz"])]

    def _question(self, nth: int, question: Question) -> element:
        made = element("", tag="fieldset")
        made += element("", "", *with_numbers(self.env, question["asks"]), tag="legend")
        for option in question["options"]:
            value, verdict = (
                ("right", "Right. ") if option.get("right") else ("wrong", "Not this. ")
            )
            radio = f'<input type="radio" name="quiz-{nth}" value="{value}"/> '
            said = map(_told, with_numbers(self.env, option["says"]))
            words = nodes.inline("", "", *said)
            why = line(nodes.strong("", verdict), *with_numbers(self.env, option["why"]))
            made += element("", "", nodes.raw("", radio, format="html"), words, tag="label")
            made += details("", summary("", nodes.Text("Why, or why not")), why, classes=["why"])
        return made


def _told(node: nodes.Node) -> nodes.Node:
    if not isinstance(node, fact_ref):
        return node
    word = sign(node["fact"])
    said = [nodes.inline("", f" ({word})", classes=["denied-mark"])] if word else []
    return told("", "", *node.children, *said, tag="span", **node.attributes)


def visit_part(self, node: nodes.Element) -> None:
    """Open its element."""
    self.body.append(self.starttag(node, node["tag"], suffix=""))


def depart_part(self, node: nodes.Element) -> None:
    """Close it."""
    self.body.append(f"</{node['tag']}>")


def setup(app: Sphinx) -> None:
    """Register directive, nodes and script."""
    for node in (element, told):
        app.add_node(node, html=(visit_part, depart_part), **PLAIN)
    app.add_directive("quiz", Quiz)
    add_script(app, "quiz.js", element)
