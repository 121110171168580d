"""Overdue reviews: a line on each page that uses one, a list, and a notice in the build.

The day of the build decides which numbers are overdue, and nothing else: two builds of one commit
differ only where a date of review has passed between them. A passed date is no fault of the build.
It is said aloud and fails nothing, or the book could not be built any more some months from now.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from chipbook.book.domain import NUMBERS_PAGE, _link, _used, date_words, fact_ref, number
from chipbook.data import facts
from chipbook.story.reviews import due, overdue, today

logger = logging.getLogger(__name__)

CHANGES_PAGE = "chapters/changes"
ANCHOR = "reviews-due"


class review_list(nodes.General, nodes.Element):
    """Place of the list of reviews."""


class ReviewList(SphinxDirective):
    """``{reviews}``: when each fact is due to be looked at again, by month, overdue ones first."""

    def run(self) -> list[nodes.Node]:
        """A place that is filled when the page is written."""
        return [review_list()]


class WriteReviews(SphinxPostTransform):
    """Fills the list, and puts the line under the title of a page with overdue numbers."""

    # Before folded admonitions become <details>.
    default_priority = 5

    def run(self, **kwargs: object) -> None:
        """Write both."""
        here = self.env.docname
        for place in list(self.document.findall(review_list)):
            place.replace_self(list(_lists(self.env)))
        late = _used(self.env).get(here, set()) & overdue_now(self.env)
        if late and here != CHANGES_PAGE:
            title = next(self.document.findall(nodes.title))
            title.parent.insert(title.parent.index(title) + 1, _line(self.app, here, len(late)))


def overdue_now(env: BuildEnvironment) -> frozenset[str]:
    """Facts and derived numbers that are overdue in this build."""
    return env.chipbook_overdue


def _line(app: Sphinx, here: str, count: int) -> nodes.paragraph:
    words = "1 number on this page is" if count == 1 else f"{count} numbers on this page are"
    line = nodes.paragraph("", f"Review overdue: {words} due to be looked at again. ")
    line["classes"].append("review-overdue")
    if CHANGES_PAGE in app.env.found_docs:
        link = _link(app, here, CHANGES_PAGE, ANCHOR)
        line += [nodes.reference("", "Which ones", refuri=link, internal=True), nodes.Text(".")]
    return line


def _lists(env: BuildEnvironment) -> Iterator[nodes.Node]:
    table = due()
    late = table["id"].isin(overdue_now(env))
    if late.any():
        yield _fold("Overdue", table[late]["id"].tolist())
    else:
        yield nodes.paragraph("", "No review is overdue.")
    for month, part in table[~late].groupby(table["review_by"].str[:7]):
        yield _fold(f"Due in {date_words(month)}", part["id"].tolist())


def _fold(title: str, keys: list[str]) -> nodes.admonition:
    count = f"{len(keys)} number{'s' * (len(keys) != 1)}"
    fold = nodes.admonition("", nodes.title("", f"{title}: {count}"), classes=["dropdown"])
    listed = nodes.bullet_list(classes=["changed"])
    for key in keys:
        fact = facts.fact(key)
        line = nodes.paragraph()
        line += number_link(key)
        line += nodes.Text(
            f", {fact.entity}: {fact.metric}. Reviewed {date_words(fact.reviewed)}, "
            f"due {date_words(fact.review_by)}."
        )
        listed += nodes.list_item("", line)
    fold += listed
    return fold


def number_link(key: str) -> fact_ref:
    """The number in words, as a link to its card on the page of numbers."""
    return number(key, str(facts[key]))


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """The pages that say of another set of numbers than the last build that they are overdue."""
    day = today()
    now = frozenset(key for key in facts if overdue(facts.fact(key), day))
    moved = now ^ getattr(env, "chipbook_overdue", frozenset())
    env.chipbook_overdue = now
    if not moved:
        return []
    pages = {page for page, keys in _used(env).items() if keys & moved}
    return sorted((pages | {NUMBERS_PAGE, CHANGES_PAGE}) & env.found_docs)


def notify(app: Sphinx, exception: Exception | None) -> None:
    """Say at the end of the build what is overdue; in GitHub Actions also beside the run."""
    late = [key for key in due()["id"] if key in getattr(app.env, "chipbook_overdue", ())]
    if exception or not late:
        return
    first = date_words(facts.fact(late[0]).review_by)
    text = (
        f"REVIEW OVERDUE: {len(late)} of {len(due())} facts, the first since {first}: "
        f"{', '.join(late[:5])}{', …' * (len(late) > 5)}. The list: {CHANGES_PAGE}#{ANCHOR}. "
        "What to do: CONTRIBUTING.md, Review a number. The build goes on."
    )
    logger.info(text, color="yellow")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        logger.info("::warning title=Review overdue::%s", text)


def setup(app: Sphinx) -> dict[str, object]:
    """Register the directive, the line, and what the day of the build decides."""
    app.add_directive("reviews", ReviewList)
    app.add_node(review_list)
    app.add_post_transform(WriteReviews)
    app.connect("env-get-outdated", outdated)
    app.connect("build-finished", notify)
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": True}
