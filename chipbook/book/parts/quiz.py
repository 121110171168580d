"""The quiz of a chapter: ``{quiz}`` shows the questions that ``quiz.toml`` has for its page.

Without a script each option has its reason in a fold of its own. ``quiz.js`` shows it when the
option is chosen, and counts what was right at the first try; nothing is kept or sent.
"""

import json
from functools import partial
from pathlib import Path
from typing import Any

from docutils import nodes
from jsonschema import Draft202012Validator, FormatChecker
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chipbook import classroom
from chipbook.book.cards import part
from chipbook.book.domain import CLASSES, place, use
from chipbook.check.texts import typed
from chipbook.data import facts
from chipbook.data.braces import KEY, in_words, keys
from chipbook.data.settings import settings
from chipbook.story.answers import sign

logger = logging.getLogger(__name__)

FILE = Path(classroom.__file__).with_name("quiz.toml")
FORMS = FormatChecker(())
SCHEMA = json.loads(FILE.with_name("quiz.schema.json").read_text(encoding="utf-8"))
RULES = Draft202012Validator(SCHEMA, format_checker=FORMS)
COUNTS = ("no", "one", "two", "three", "four", "five")


@FORMS.checks("words", raises=(KeyError, ValueError))
def _words(text: object) -> bool:
    """A text whose numbers are known, and none of them typed."""
    in_words(str(text), facts.__getitem__)
    if numeral := typed(str(text)):
        raise ValueError(f"naked number {numeral!r}: put the key of its row in braces")
    return True


def quiz(page: str, file: Path = FILE) -> list[dict[str, Any]]:
    """The questions that a ``file`` has for a ``page`` (the last part of its name).

    Raises ``ValueError`` with file, page and question for what breaks the rules of the schema.
    """
    found = settings(file).get(page, [])
    faults = []
    for error in RULES.iter_errors({page: found}):
        _, *at = error.absolute_path
        where = f", question {int(at[0]) + 1}" if at else ""
        wanted = f"expected {error.schema.get('description')}"
        said = error.cause or (wanted if "description" in error.schema else error.message)
        faults.append(f"{file.name}: {page}{where}: {said}")
    if faults:
        raise ValueError("\n".join(faults))
    return found


class Quiz(SphinxDirective):
    """``{quiz}``: the questions of this page, folded."""

    def run(self) -> list[nodes.Node]:
        """The place of the quiz, or a warning (which fails the build)."""
        self.env.note_dependency(str(FILE))
        try:
            found = quiz(self.env.docname.rpartition("/")[2], FILE)
        except ValueError as error:
            logger.warning(str(error), location=(self.env.docname, self.lineno))
            return []
        options = [option for question in found for option in question["options"]]
        texts = [each.get(name, "") for each in found + options for name in ("asks", "says", "why")]
        use(self.env, "numbers", keys(" ".join(texts)))
        return [place(fill=partial(_shown, found))]


def _shown(questions: list[dict[str, Any]], app: Sphinx, here: str) -> list[nodes.Node]:
    told = {"pieces": KEY.split, "crosses": CLASSES, "sign": sign}
    return [part(app, here, "quiz.html", questions=questions, count=COUNTS[len(questions)], **told)]
