"""The story on one line: the events that the book draws in time."""

import textwrap

import numpy as np
import pandas as pd

from chipbook.data import BOOK, load, split

ABOVE = ("rule", "event")
"""Lanes of what happened; the others, of what was said, stand below (or to the right)."""

START, END = pd.Timestamp("2022-07-01"), pd.Timestamp("2026-12-20")
HEIGHT, GAP = 760, 5
"""Of a picture of the events: its days, its height, the gap between labels of a side (pixels)."""


def events() -> pd.DataFrame:
    """The events of the story, oldest first; ties in the order of the table.

    Columns: ``id``, ``date`` (the middle of what is known of it), ``day`` (the date in words),
    ``lane`` ("rule", "event", "report", "answer" or "article"), ``label``, ``chapters`` (a list of
    names of their files), ``row`` (``table/id``, where the event comes from), ``source_ids`` (of
    that row).
    """
    table = load("timeline").astype(dict.fromkeys(("lane", "resource", "row_id"), str))
    first, last = table["date_start"], table["date_end"]
    whole = first.dt.strftime("%-d %b %Y").where(first == last, first.dt.strftime("%b %Y"))
    places = list(zip(table["resource"], table["row_id"], strict=True))
    table = table.assign(
        date=first + (last - first) / 2,
        day=whole,
        chapters=table["chapters"].map(split),
        row=["/".join(place) for place in places],
        source_ids=[
            row if name == "sources" else BOOK.rows(name)[row]["source_ids"] for name, row in places
        ],
    )
    columns = ["id", "date", "day", "lane", "label", "chapters", "row", "source_ids"]
    return table.sort_values("date", kind="stable")[columns].reset_index(drop=True)


def placed() -> pd.DataFrame:
    """The events with a side of the line and a place for their words, as a picture draws them.

    Adds to :func:`events`: ``way`` (-1 left, 1 right), ``wide`` and ``tall`` (words in lines, on a
    phone shorter ones), ``wide_at`` and ``tall_at`` (the day at which they begin).
    """
    table = events()
    told = table["day"] + ": " + table["label"]
    table = table.assign(
        way=np.where(table["lane"].isin(ABOVE), -1, 1),
        wide=[textwrap.fill(words, 36) for words in told],
        tall=[textwrap.fill(words, 21) for words in told],
    )
    per_day = HEIGHT / (END - START).days
    for _, side in table.groupby("way"):
        days = (side["date"] - START).dt.total_seconds() / 86400 * per_day
        for words in ("wide", "tall"):
            at = _spread(days, side[words].str.count("\n") + 1) / per_day
            table.loc[side.index, f"{words}_at"] = START + pd.to_timedelta(at, unit="D")
    return table


def _spread(wanted: pd.Series, lines: pd.Series) -> np.ndarray:
    """Places (pixels) of first lines, near those ``wanted``, for labels of so many ``lines``."""
    from scipy.optimize import isotonic_regression

    room = 15 * lines + GAP
    steps = (room.cumsum() - room).to_numpy()
    return np.minimum(isotonic_regression(wanted - steps).x, HEIGHT - room.sum()) + steps
