"""Figures that answer one question differently, side by side and never averaged."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pandas as pd

from chipbook.data import BOOK, Fact, facts, sources, split
from chipbook.data.quantity import Quantity
from chipbook.data.words import SILENCE
from chipbook.story.answers import ANSWER_WORDS, OTHER_PART, RESTS, reports, sign


@dataclass(frozen=True)
class Disagreement:
    """One row of disagreements.csv; ``rows`` are keys of figures (see ``chipbook.facts``).

    ``lead`` is its place among those that change the story most, as text, or empty.
    """

    id: str
    question: str
    rows: tuple[str, ...]
    kind: str
    reason: str
    note: str
    lead: str


@cache
def disagreements() -> dict[str, Disagreement]:
    """Every disagreement by its id, in the order of the file."""
    found = {}
    for row in BOOK.rows("disagreements").values():
        cells = {name: cell for name, cell in row.items() if name != "row_ids"}
        found[row["id"]] = Disagreement(**cells, rows=tuple(split(row["row_ids"])))
    return found


def panel(key: str) -> pd.DataFrame:
    """The figures of one disagreement, one row each: by unit, then from the lowest up.

    Columns: ``key``, ``figure`` (in words, with its qualifier), ``unit`` (as ``USD``, ``user`` or
    ``percent``), ``value``, ``low`` and ``high`` (floats in that unit; missing where a source
    gives no point, or leaves the side open), ``status``, ``who``, ``period``, ``counted``,
    ``answer`` (what the company said to the report, or nothing) and ``source_ids``.
    Figures in different units share no scale. Raises ``KeyError`` for an unknown ``key``.
    """
    keys = list(disagreements()[key].rows)
    told = [facts.fact(row) for row in keys]
    table = facts.frame(keys).rename(columns={"id": "key", "text": "figure"})
    table[["value", "low", "high"]] = [_points(fact.quantity) for fact in told]
    table = table.assign(
        unit=[_unit(fact.quantity) for fact in told],
        who=[who(fact) for fact in told],
        counted=table["entity"] + ": " + table["metric"],
        answer=[answer(fact) for fact in told],
    )
    # Units as they come, each from its lowest end.
    place, lowest = pd.factorize(table["unit"])[0], table[["value", "low", "high"]].min(axis=1)
    ordered = table.assign(place=place, lowest=lowest).sort_values(["place", "lowest", "key"])
    return ordered.reset_index(drop=True)


def spans(key: str) -> list[list[tuple[str, str]]]:
    """Key and words of the lowest and the highest figure of ``key`` in each unit, or of its one.

    A range counts with its lower end for the lowest, with its upper end for the highest. Nothing
    where all figures are the same.
    """
    found = []
    for _, rows in panel(key).groupby("unit", sort=False):
        top = rows["high"].fillna(rows["value"]).fillna(rows["low"])
        low, high = rows["key"].iloc[0], rows["key"].loc[top.idxmax()]
        words = _end_words(facts[low], Quantity.lower), _end_words(facts[high], Quantity.upper)
        if low == high:
            found.append([(low, str(facts[low]))])
        else:
            found.append([(low, words[0]), (high, words[1])][: len(set(words))])
    return found if len(found) > 1 or len(found[0]) > 1 else []


def _end_words(quantity: Quantity, end: Callable[[Quantity], Quantity]) -> str:
    text = str(quantity if quantity.value is not None else end(quantity))
    # "From up to" reads like a slip.
    return re.sub("^up to", "at most", text)


def who(fact: Fact) -> str:
    """Who says ``fact``: as the row has it, else the company of the figure or the page."""
    if fact.attributed_to:
        # A share of two counters names both: "QuestMobile/CNNIC".
        return fact.attributed_to.replace("/", " and ")
    if fact.quantity.status in ("filed", "announced"):
        return fact.entity
    if fact.quantity.status == "computed":
        return "Our arithmetic"
    publisher = sources().loc[fact.quantity.sources[0], "publisher"]
    return f"nobody named; read at {re.sub(r' [(].*[)]$', '', publisher)}"


def answer(fact: Fact) -> str:
    """What was said to the report behind ``fact``, or that it rests on a denied one, or nothing."""
    if sign(fact.id) == RESTS:
        return RESTS
    said = {report: reports()[report]["response_type"] for report in fact.reports}
    words = (
        ANSWER_WORDS[type_] if type_ in SILENCE or report in fact.answered else OTHER_PART
        for report, type_ in said.items()
    )
    return ", ".join(dict.fromkeys(words))


def _unit(quantity: Quantity) -> str:
    if not quantity.dims:
        return "percent" if quantity.percent else "ratio"
    over = [name for name, power in quantity.dims if power > 0]
    under = [name for name, power in quantity.dims if power < 0]
    return "/".join(["·".join(over), *under])


def _points(quantity: Quantity) -> tuple[float, float, float]:
    """Point and bounds in the unit of the panel; missing where open or not given."""
    scale = 100 if _unit(quantity) == "percent" else 1
    value = math.nan if quantity.value is None else quantity.value * scale
    low, high = (bound * scale for bound in quantity.drawn)
    # "Nearly" and "up to" give no lower end; their zero only says that nothing lies below it.
    open_below = math.isinf(low) or (low == 0 and value == high and value > 0)
    return value, math.nan if open_below else low, math.nan if math.isinf(high) else high
