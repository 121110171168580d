"""The spine of the book: the events of the story on one line, under the title of each chapter.

A chapter that the table ``timeline`` names has its own events lit; they tell their words on hover
and by the keyboard. Nothing else of it needs a script.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

from chipbook.topics.timeline import ABOVE, events

FIRST, LAST = pd.Timestamp("2022-01-01"), pd.Timestamp("2027-01-01")


@cache
def _events() -> tuple:
    return tuple(events().itertuples())


def _place(day: pd.Timestamp) -> str:
    return f"--at: {100 * ((day - FIRST) / (LAST - FIRST)):.2f}%"


def spine(chapter: str) -> str:
    """The HTML of the line with the events of a ``chapter`` lit; nothing where it has none."""
    own = [event for event in _events() if chapter in event.chapters]
    if not own:
        return ""
    label = f"The story from {FIRST.year} to {LAST.year - 1}; this chapter's part: "
    label += "; ".join(f"{event.day}, {event.label}" for event in own)
    inside = "".join([*_years(), *(_mark(event, chapter) for event in _events())])
    return f'<ol class="spine" aria-label="{escape(label)}">{inside}</ol>\n'


def _years() -> Iterator[str]:
    for year in range(FIRST.year, LAST.year):
        place = _place(pd.Timestamp(f"{year}-01-01"))
        yield f'<li class="year" style="{place}" aria-hidden="true">{year}</li>'


def _mark(event, chapter: str) -> str:
    side = "above" if event.lane in ABOVE else "below"
    far = " far" if event.date > FIRST + (LAST - FIRST) / 2 else ""
    lit = chapter in event.chapters
    state = 'tabindex="0"' if lit else 'aria-hidden="true"'
    return (
        f'<li class="{event.lane} {side}{" lit" * lit}{far}" style="{_place(event.date)}" {state}>'
        f"<span>{event.day}: {escape(event.label)}</span></li>"
    )


def insert(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the line under the title of a ``page`` of a chapter."""
    if drawn := spine(page.rpartition("/")[2]):
        title = next(doctree.findall(nodes.title))
        title.parent.insert(title.parent.index(title) + 1, nodes.raw("", drawn, format="html"))


def setup(app: Sphinx) -> None:
    """Register the line."""
    app.connect("doctree-resolved", insert)
