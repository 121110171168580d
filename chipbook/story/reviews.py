"""When a number is due to be looked at again, what to look for next, and when we last searched."""

from datetime import date

import pandas as pd

from chipbook.data import BOOK, Dataset, Fact, facts, load
from chipbook.data.state import today


def overdue(fact: Fact, day: date | None = None) -> bool:
    """Whether the review of ``fact`` was due before ``day`` (:func:`today` unless one is given).

    A number that we compute is due with the first of its parts; one without a date, such as a row
    of another table, never is.
    """
    return bool(fact.review_by) and date.fromisoformat(fact.review_by) < (day or today())


def due() -> pd.DataFrame:
    """Every fact by the day on which its review is due, the next first.

    Columns ``id``, ``entity``, ``metric``, ``reviewed`` and ``review_by`` (ISO dates).
    """
    columns = ["id", "entity", "metric", "reviewed", "review_by"]
    return load("facts")[columns].sort_values(["review_by", "id"], ignore_index=True)


def last_search(data: Dataset = BOOK) -> date:
    """The day of the last search for evidence: "known now" means known by then."""
    return date.fromisoformat(max(row["date"] for row in data.rows("searches").values()))


def newest_page() -> str:
    """The day of the newest dated page among the sources (ISO): what we searched ends there."""
    return str(load("sources")["published"].dropna().max())


def watched() -> pd.DataFrame:
    """What to look for next, one row a thing, the nearest day first: the table ``watch``."""
    return load("watch").sort_values(["by", "id"], ignore_index=True)


def late() -> frozenset[str]:
    """Keys of numbers, and ``watch/id`` of what to look for, whose day passed before today."""
    table, day = watched(), today()
    missed = "watch/" + table["id"][table["by"].astype(str) < day.isoformat()]
    return frozenset(missed) | {key for key in facts if overdue(facts.fact(key), day)}
