"""The spine of the book: the events of the story on one line, under the title of each chapter.

A chapter that the table ``timeline`` names has its own events lit; they tell their words on hover,
without a script. The label of the line says them too: it is no stop on the way to the text.
"""

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.topics.timeline import ABOVE, events

FIRST, LAST = pd.Timestamp("2022-01-01"), pd.Timestamp("2027-01-01")


def spine(chapter: str) -> str:
    """The HTML of the line with the events of a ``chapter`` lit; nothing where it has none."""
    table = events()
    own = table[table["chapters"].map(lambda chapters: chapter in chapters)]
    said = "; ".join(own["day"] + ", " + own["label"])
    return "" if own.empty else drawn(chapter, f"; this chapter's part: {said}")


def drawn(chapter: str = "", more: str = "") -> str:
    """The HTML of the line, with the events of a ``chapter`` lit; ``more`` is said of it."""
    table = events()
    side = table["lane"].isin(ABOVE).map({True: "above", False: "below"})
    return template("spine.html").render(
        chapter=chapter,
        label=f"The story from {FIRST.year} to {LAST.year - 1}{more}",
        years=[(year, _place(pd.Timestamp(year, 1, 1))) for year in range(FIRST.year, LAST.year)],
        events=table.assign(at=table["date"].map(_place), side=side).to_dict("records"),
    )


def _place(day: pd.Timestamp) -> float:
    return 100 * ((day - FIRST) / (LAST - FIRST))


def insert(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the line under the title of a ``page`` of a chapter."""
    if drawn := spine(page.rpartition("/")[2]):
        title = next(doctree.findall(nodes.title))
        title.parent.insert(title.parent.index(title) + 1, nodes.raw("", drawn, format="html"))
