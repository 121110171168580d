"""Overdue reviews and the watch list: lines on pages, lists, and a notice in the build.

The day of the build decides which numbers are overdue, and nothing else: two builds of one commit
differ only where a date of review has passed between them. A passed date is no fault of the build.
It is said aloud and fails nothing, or the book could not be built any more some months from now.
"""

import os
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from chipbook.book.cards import part
from chipbook.book.domain import CHANGES_PAGE, address, used
from chipbook.book.lines import line, link
from chipbook.data import date_words
from chipbook.story.reviews import due, last_search, late, newest_page, watched

logger = logging.getLogger(__name__)


def ask(app: Sphinx, config: Config) -> None:
    """Set what is overdue in this build; all pages are read anew where it is not as in the last."""
    config.add("chipbook_overdue", late(), "env", frozenset)


def warn_readers(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a line under the title of the page ``docname`` if it has overdue numbers."""
    late = app.config.chipbook_overdue & used(app.env, "numbers").get(docname, set())
    if late and docname != CHANGES_PAGE:
        title, count = next(doctree.findall(nodes.title)), len(late)
        words = "1 number on this page is" if count == 1 else f"{count} numbers on this page are"
        words = f"Review overdue: {words} due to be looked at again. "
        said = line(words, classes=["review-overdue"])
        if CHANGES_PAGE in app.env.found_docs:
            place = address(app, docname, CHANGES_PAGE, "reviews-due")
            said += [link("Which ones", place), nodes.Text(".")]
        title.parent.insert(title.parent.index(title) + 1, said)


def review_list(app: Sphinx, page: str) -> Iterator[nodes.Node]:
    """``{reviews}`` on a ``page``: when each fact is due again, by month, overdue ones first."""
    table = due()
    late = table["id"].isin(app.config.chipbook_overdue)
    groups = [("Overdue", list(table[late]["id"]))] if late.any() else []
    months = table[~late].groupby(table["review_by"].str[:7])
    groups += [(f"Due in {date_words(month)}", list(found["id"])) for month, found in months]
    if not late.any():
        yield line("No review is overdue.")
    yield part(app, page, "reviews.html", groups=groups)


def searched(what: str) -> str:
    """``{searched}`what```: the day of the last search in words, unless it asks for another.

    ``month`` leaves the day out; ``newest`` is the day of the newest page that it found.
    """
    day = last_search().isoformat()
    return date_words({"month": day[:7], "newest": newest_page()}.get(what, day))


class SearchedRole(SphinxRole):
    """``{searched}`what```, see :func:`searched`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The day as text."""
        return [nodes.Text(searched(self.text))], []


def watch_list(app: Sphinx, page: str) -> list[nodes.Node]:
    """``{watch}`` on a ``page``: what to look for, by when and where, and the claim it bears on."""
    rows = watched().itertuples()
    return [part(app, page, "watch.html", rows=rows, late=app.config.chipbook_overdue)]


def notify(app: Sphinx) -> None:
    """Say at the end of the build what is overdue; in GitHub Actions also beside the run."""
    facts, awaited = due().set_index("id")["review_by"], watched().set_index("id")["by"]
    for title, of, days, prefix, place in (
        ("Review overdue", "facts", facts, "", "reviews-due"),
        ("Watch list overdue", "rows", awaited, "watch/", "watch-list"),
    ):
        late = days[(prefix + days.index).isin(app.config.chipbook_overdue)]
        if late.empty:
            continue
        first, named = date_words(str(late.iloc[0])), ", ".join(late.index[:5])
        text = (
            f"{title.upper()}: {len(late)} of {len(days)} {of}, the first since {first}: "
            f"{named}{', …' * (len(late) > 5)}. The list: {CHANGES_PAGE}#{place}. "
            "What to do: CONTRIBUTING.md, Review a number. The build goes on."
        )
        logger.info(text, color="yellow")
        if os.environ.get("GITHUB_ACTIONS") == "true":
            logger.info("::warning title=%s::%s", title, text)
