"""The story on one line: the events that the book draws in time, and every coded answer."""

from __future__ import annotations

import textwrap

import altair as alt
import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from chipbook.charts import theme
from chipbook.charts.idioms import direct_labels, haloed, marked, note, reference_line
from chipbook.data import BOOK, load, split
from chipbook.topics.denials import SETTLED, coded

ABOVE = ("rule", "event")
"""Lanes of what happened; the others, of what was said, stand below (or to the right)."""

LANES = {
    "rule": ("square", "chart-muted", "chart-muted"),
    "event": ("diamond", "chart-muted", "chart-muted"),
    "report": ("circle", "chart-muted", "chart-bg"),
    "answer": ("circle", "chart-muted", "chart-muted"),
    "article": ("circle", "chart-1", "chart-1"),
}
"""Lane of an event → shape, stroke and fill of its mark."""

DOTS = {
    "denied, settled": ("circle", "chart-1", "chart-1"),
    "denied, open": ("circle", "chart-1", "chart-bg"),
    "other, settled": ("circle", "chart-muted", "chart-muted"),
    "other, open": ("circle", "chart-muted", "chart-bg"),
}
"""The same for the dots of :func:`strip`: full denials in colour, the settled ones filled."""

THE_REPORT = "bd-2025-01-ft-12bn"
"""The coded report that the book is about."""

START, END = pd.Timestamp("2022-07-01"), pd.Timestamp("2026-12-20")
HEIGHT, GAP = 700, 5
"""Of :func:`picture`: its days, its height, and the gap between two labels of a side (pixels)."""


def events() -> pd.DataFrame:
    """The events of the story, oldest first; ties in the order of the table.

    Columns: ``id``, ``date`` (the middle of what is known of it), ``day`` (the date in words),
    ``lane`` ("rule", "event", "report", "answer" or "article"), ``label``, ``chapters`` (a list of
    names of their files), ``row`` (``table/id``, where the event comes from), ``source_ids`` (of
    that row).
    """
    table = load("timeline")
    first, last = table["date_start"], table["date_end"]
    whole = first.dt.strftime("%-d %b %Y").where(first == last, first.dt.strftime("%b %Y"))
    places = list(zip(table["resource"].astype(str), table["row_id"].astype(str), strict=True))
    table = table.assign(
        date=first + (last - first) / 2,
        day=whole,
        lane=table["lane"].astype(str),
        chapters=table["chapters"].map(split),
        row=["/".join(place) for place in places],
        source_ids=[_pages(*place) for place in places],
    )
    columns = ["id", "date", "day", "lane", "label", "chapters", "row", "source_ids"]
    return table.sort_values("date", kind="stable")[columns].reset_index(drop=True)


def _pages(table: str, row: str) -> str:
    return row if table == "sources" else BOOK.rows(table)[row]["source_ids"]


def placed() -> pd.DataFrame:
    """The events with a side of the line and a place for their words, as :func:`picture` draws.

    Adds to :func:`events`: ``way`` (-1 left, 1 right), ``wide`` and ``tall`` (words in lines, those
    for a phone without the day), ``wide_at`` and ``tall_at`` (the day at which they begin).
    """
    table = events()
    table = table.assign(
        way=np.where(table["lane"].isin(ABOVE), -1, 1),
        wide=[_wrapped(f"{row.day}: {row.label}", 42) for row in table.itertuples()],
        tall=[_wrapped(label, 21) for label in table["label"]],
    )
    per_day = HEIGHT / (END - START).days
    for _, side in table.groupby("way"):
        days = (side["date"] - START).dt.total_seconds() / 86400 * per_day
        for words in ("wide", "tall"):
            at = _spread(days, side[words].str.count("\n") + 1) / per_day
            table.loc[side.index, f"{words}_at"] = START + pd.to_timedelta(at, unit="D")
    return table


def picture() -> alt.LayerChart:
    """The events down the page, to scale: what happened on the left, what was said on the right.

    Where labels would touch they give way, and a line leads from each to its day. On a phone they
    go without the day, which the tooltip has.
    """
    table = placed().drop(columns="chapters")
    plot = alt.Chart(table).transform_calculate(
        at="toDate(narrow ? datum.tall_at : datum.wide_at)",
        words="narrow ? datum.tall : datum.wide",
        line="0",
        foot="10 * datum.way",
        words_at="12 * datum.way",
    )
    down = (
        alt.Y("date:T")
        .title(None)
        .scale(domain=[f"{START:%Y-%m-%d}", f"{END:%Y-%m-%d}"], reverse=True)
    )
    down = down.axis(format="%Y", tickCount="year", grid=True, domain=False, ticks=False)
    across = alt.Scale(domain=[-100, 100])
    centre = plot.encode(down, alt.X("line:Q").scale(across).axis(None))
    leaders = centre.mark_rule(strokeWidth=0.75).encode(alt.Y2("at"), alt.X2("foot"))
    tips = [alt.Tooltip("day", title="Day"), alt.Tooltip("label", title="Event")]
    marks = centre.mark_point(size=80).encode(**marked("lane", LANES), tooltip=tips)
    words = plot.encode(alt.Y("at:T"), alt.X("words_at:Q").scale(across).axis(None))
    labels = [
        haloed(direct_labels(words.transform_filter(alt.datum.way == way), side=side, gap=0))
        for side, way in (("left", -1), ("right", 1))
    ]
    line = reference_line(x=alt.XDatum(0, scale=across).axis(None))
    return (line + leaders + labels[0] + labels[1] + marks).properties(height=HEIGHT)


def _spread(wanted: pd.Series, lines: pd.Series) -> np.ndarray:
    """Places (pixels) of first lines, near those ``wanted``, for labels of so many ``lines``."""
    room = 15 * lines + GAP
    steps = (room.cumsum() - room).to_numpy()
    return isotonic_regression(wanted - steps).x + steps


def _wrapped(text: str, width: int) -> str:
    """The ``text`` in as few lines of up to ``width`` letters as it needs, of much one length."""
    lines = textwrap.wrap(text, width)
    while len(narrower := textwrap.wrap(text, width := width - 1)) == len(lines):
        lines = narrower
    return "\n".join(lines)


def answers_by_quarter() -> pd.DataFrame:
    """Every coded report of ByteDance, as a dot in its quarter: full denials up, the rest down.

    Columns: ``quarter``, ``middle`` (a day), ``place`` (from 1 up, and down below it; the report of
    the book is the outermost of its pile), ``denied``, ``settled``, ``outlet``, ``claim``,
    ``answer``, ``later``, ``id``, ``source_ids``.
    """
    table = coded().rename(columns={"response_type": "answer", "outcome": "later"})
    quarter = table["date_start"].dt.to_period("Q")
    table = table.assign(
        quarter=quarter.dt.strftime("Q%q %Y"),
        middle=quarter.dt.start_time + pd.Timedelta(days=45),
        denied=table["answer"] == "denied in full",
        settled=table["later"].isin(SETTLED),
        last=table["id"] == THE_REPORT,
    ).sort_values(["middle", "last", "settled"], ascending=[True, True, False], kind="stable")
    pile = table.groupby(["quarter", "denied"]).cumcount() + 1
    columns = ["quarter", "outlet", "claim", "answer", "later", "denied", "settled", "id"]
    table = table.assign(place=pile.where(table["denied"], -pile - 0.6))
    return table[[*columns, "middle", "place", "source_ids"]].reset_index(drop=True)


def strip() -> alt.LayerChart:
    """The dots of :func:`answers_by_quarter`, with a ring around the report of the book."""
    table = answers_by_quarter()
    days = [f"{edge}-01" for edge in ("2019-06", "2026-11")]
    level = alt.Y("level:Q").axis(None).scale(domain=[-12.4, 7.9], nice=False)
    time = alt.X("at:T").title(None).scale(domain=days).axis(format="%Y", tickCount="year")
    kind = "(datum.denied ? 'denied' : 'other') + (datum.settled ? ', settled' : ', open')"
    plot = alt.Chart(table).encode(time, level)
    plot = plot.transform_calculate(at="toDate(datum.middle)", level="datum.place", kind=kind)
    tips = [
        alt.Tooltip(name, title=name.capitalize())
        for name in ("quarter", "outlet", "claim", "answer", "later")
    ]
    dots = plot.mark_point(size=alt.ExprRef("narrow ? 52 : 150"), strokeWidth=1.75)
    dots = dots.encode(**marked("kind", DOTS), tooltip=tips)
    ours = plot.transform_filter(alt.datum.id == THE_REPORT)
    size = alt.ExprRef("narrow ? 150 : 420")
    ring = ours.mark_point(size=size, strokeWidth=2, color=theme.colour("chart-fg"))
    lead = ours.transform_calculate(level="datum.place + 0.7", top="7.2")
    lead = lead.mark_rule(color=theme.colour("chart-fg")).encode(alt.Y2("top"))
    name = ours.transform_calculate(words="'The report of January 2025'", level="7.6")
    name = direct_labels(name, side="left", gap=-44, fontWeight=600)
    above = note("Denied in full", alt.value(0), alt.value(64), color=theme.colour("chart-1"))
    below = note("Other answers, or none found", alt.value(0), alt.value(255))
    return alt.layer(dots, lead, ring, name, above, below).properties(height=340)
