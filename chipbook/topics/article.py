"""The article, statement by statement: verdicts, counts, and numbers as they are retold.

A verdict is about fidelity to the report, never about whether the report was true. The statements
are all of the article's, not a sample, so their counts have no interval. A second reader coded
them blind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import altair as alt
import pandas as pd

from chipbook.charts import marked, outlined, theme
from chipbook.data import BOOK, Dataset, facts, load, sources, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story import claims
from chipbook.topics.agreement import kappa, kappa_interval, outward

ARTICLE = "rivista-2025-01-23-seed"
"""The page that the book explains."""

PARTS = {
    "plan": "the plan",
    "setting": "the setting",
    "users": "the users",
    "answer": "the answer",
    "earlier reports": "earlier reports",
    "explanations": "explanations",
    "conclusion": "the conclusion",
}
"""Parts of the article as the table codes them → as a reader sees them."""

# From the best to what cannot be compared.
_MARKS = {
    "faithful": ("circle", "chart-2", "chart-2"),
    "imprecise": ("diamond", "chart-4", "chart-4"),
    "stronger than the report": ("triangle-up", "chart-3", "chart-3"),
    "wrong": ("square", "chart-1", "chart-1"),
    "no report found": ("circle", "chart-muted", "chart-bg"),
    "left out": ("stroke", "chart-muted", "chart-bg"),
}
VERDICTS = tuple(_MARKS)
SLIPS = ("imprecise", "stronger than the report", "wrong")
KEY = "● faithful · ◆ imprecise · ▲ stronger · ■ wrong · ○ no report found · – left out"
"""The key to the marks of :func:`verdict_encoding`, for a subtitle."""

# --- The statements


def statements(part: str | None = None) -> pd.DataFrame:
    """The rows of article_statements in the order of the article, of one ``part`` or of all.

    Adds ``here`` and ``there`` (the statement and the report, each with its figures), ``judged``
    (the verdict and why), ``said`` (whether the article says it, or leaves it out), ``slip``
    (imprecise, stronger or wrong) and ``severity`` (0 faithful to 3 wrong; 4 where there is nothing
    to compare). Raises ``KeyError`` for an unknown part.
    """
    table = load("article_statements").sort_values("order").astype({"part": str, "verdict": str})
    if part is not None:
        if part not in PARTS:
            raise KeyError(f"no part {part!r} of the article: {', '.join(PARTS)}")
        table = table[table["part"] == part]
    verdict = table["verdict"]
    return table.assign(
        said=verdict != "left out",
        slip=verdict.isin(SLIPS),
        severity=verdict.map(VERDICTS.index).clip(upper=4),
        here=_with_figures(table["statement"], table["fact_ids"], of_article=True),
        there=_with_figures(table["report"], table["fact_ids"], of_article=False),
        judged=verdict.str.capitalize() + ". " + table["reason"],
    ).reset_index(drop=True)


def _with_figures(text: pd.Series, ids: pd.Series, *, of_article: bool) -> list[str]:
    """Each text with the figures of its row that the article prints, or that others print."""
    found = []
    for sentence, cell in zip(text, ids, strict=True):
        quantities = [facts[key] for key in split(cell)]
        printed = [str(q) for q in quantities if (q.sources == (ARTICLE,)) is of_article]
        figures = f" ({'; '.join(printed)})" if printed else ""
        found.append(sentence.removesuffix(".") + figures + ".")
    return found


def by_part() -> pd.DataFrame:
    """The statements of :func:`statements`, placed for a chart with one row for each part.

    Adds ``place`` (1, 2, 3 … within the part, ordered by verdict) and ``row`` (the part in words).
    """
    # Left-out rows come last: they are none of the article's own statements.
    table = statements().sort_values(["said", "severity", "order"], ascending=[False, True, True])
    place = table.groupby("part").cumcount() + 1
    return table.assign(place=place, row=table["part"].map(PARTS)).sort_values("order")


def verdict_encoding() -> dict[str, alt.SchemaBase]:
    """Encodings that draw the verdict of a statement, by shape and colour, without a legend."""
    return marked("verdict", _MARKS)


# --- How firm the verdicts are


def coded_twice(data: Dataset = BOOK) -> pd.DataFrame:
    """Each statement that a second reader coded blind, in the order of the article.

    Columns: ``subject``, ``first`` and ``second`` (the verdicts of the two readers), ``decided``
    (the verdict that stands), ``reason`` (where they differ, how the rules decide) and
    ``source_ids``.
    """
    told = data.load("article_statements").set_index("id").sort_values("order")
    table = data.load("second_verdicts").set_index("statement_id").astype(str)
    table = table.rename(columns={"verdict_1": "first", "verdict_2": "second"})
    told = told[["subject", "source_ids"]].join(table, how="inner").reset_index(drop=True)
    return told[["subject", "first", "second", "decided", "reason", "source_ids"]]


@computed("article-second-agree", "second_verdicts", "article_statements")
def _agree(data: Dataset) -> Quantity:
    both = coded_twice(data)
    alike = int((both["first"] == both["second"]).sum())
    return Quantity.of(alike, "statements", sources=(ARTICLE,))


@computed("article-second-kappa", "second_verdicts", "article_statements")
def _verdict_kappa(data: Dataset) -> Quantity:
    both = coded_twice(data)
    made = Quantity.of(kappa(both["first"], both["second"]), "kappa", sources=(ARTICLE,))
    return replace(made, digits=2, rests_on="reported")


@computed("article-second-kappa-interval", "second_verdicts", "article_statements")
def _verdict_kappa_interval(data: Dataset) -> Quantity:
    both = coded_twice(data)
    low, high = outward(*kappa_interval(both["first"], both["second"]), places=2)
    made = Quantity.of(None, "kappa", low=low, high=high, sources=(ARTICLE,))
    return replace(made, digits=2, rests_on="reported")


# --- Numbers as they are retold

MONEY, USERS, HALF = "money for Chinese makers", "Doubao's users", "almost half"
# The unit of each number, and how far an open side is drawn in it: an arrow, not a bound.
_DRAWN = {MONEY: ("billion USD", 0.5), USERS: ("million users", 2.5), HALF: ("percent", 2.0)}
RETOLD = tuple(_DRAWN)
"""The numbers that can be followed in :func:`retellings`."""


def retellings() -> pd.DataFrame:
    """Three numbers of the article, from the nearest report to the article, one row a page.

    Columns: ``number`` (one of :data:`RETOLD`), ``row`` (who prints it, with bars between lines),
    ``place`` (order), ``value`` and ``end`` (in ``unit``; where the qualifier leaves a side open,
    ``end`` lies a fixed way off on that side, else it equals ``value``), ``side`` ("up", "down" or
    ""), ``fate`` (what became of it), ``changed``, ``words``, ``late`` (whether the value lies in
    the upper half of its number, where words stand to the left) and ``source_ids``.
    """
    chains = load("retold_numbers").groupby("number", observed=True)
    return pd.concat([_retelling(*chain) for chain in chains], ignore_index=True)


def _retelling(number: str, pages: pd.DataFrame) -> pd.DataFrame:
    """The rows of :func:`retellings` of one number; ``pages`` are its rows of retold_numbers."""
    pages = pages.astype(object).reset_index(drop=True)
    unit, reach = _DRAWN[number]
    told = facts.frame(dict(zip(pages["id"], pages["fact"], strict=True)), unit)
    value, fate = told["value"], pages["fate"]
    side = pd.Series("", told.index).mask(told["low"] == 0, "down").mask(told["high"].isna(), "up")
    text = told["text"].str.removesuffix(" users") + " " + pages["of"].fillna("")
    return pd.DataFrame(
        {
            "number": number,
            "row": pages["label"],
            "place": pages.index,
            "value": value,
            "end": value + reach * side.map({"up": 1, "down": -1, "": 0}),
            "side": side,
            "fate": fate,
            "changed": fate.isin(["changed", "turned"]),
            "words": text.str.strip() + "\n" + fate,
            "unit": unit,
            "source_ids": pages["source_id"].fillna(told["source_ids"]),
            "late": value > (value.min() + value.max()) / 2,
        }
    )


def five_months() -> pd.DataFrame:
    """The five months of the doubling, as relayed from QuestMobile and as the article puts them.

    Columns: ``row``, ``start`` and ``end`` (the first days of the first and of the last month),
    ``words`` and ``source_ids``. The first month of each is counted back by us.
    """
    told = facts.frame({"QuestMobile,|as relayed": "doubao-011", "The article": "doubao-009"})
    months = told.pop("period").str.split("/", expand=True).apply(pd.to_datetime)
    words = ["ends in November", "ends on its own day"]
    table = told.assign(row=told["label"], start=months[0], end=months[1], words=words)
    return table[["row", "start", "end", "words", "source_ids"]]


def shared_slips() -> pd.DataFrame:
    """Each slip of the article and each other page that shares any slip, one row a pair.

    Columns: ``subject`` (of the statement), ``order``, ``verdict``, ``page`` (publisher),
    ``shared`` and ``source_ids``. Not shared means not seen there, in the part of the page that was
    read.
    """
    slips = statements().query("slip")
    pages = sorted({page for cell in slips["same_in"].dropna() for page in split(cell)})
    pairs = slips[["subject", "order", "verdict", "same_in"]].merge(
        pd.DataFrame({"source_ids": pages}), how="cross"
    )
    seen = zip(pairs["source_ids"], pairs.pop("same_in"), strict=True)
    shared = [page in split(cell) for page, cell in seen]
    return pairs.assign(page=pairs["source_ids"].map(sources()["publisher"]), shared=shared)


# --- Many pages, one origin

# Which claims a reader can follow, in words that fit a phone: a choice of this drawing. The claims
# themselves, and what became of them, are rows of the data.
FOLLOWED = {
    "ft25-plan": "The total",
    "ft25-doubling": "What doubles",
    "ft25-chips-china": "Chips in China",
    "ft25-local": "Chinese makers' share",
    "ft25-abroad": "Money abroad",
    "zs-doubao-users": "Doubao's users",
    "qm-five-months": "Five months",
    "ti25-seasia": "South-East Asia",
}
"""Claims that the article retells or leaves out, in its order → as a reader sees them."""


def retold_pages() -> pd.DataFrame:
    """What became of each of :data:`FOLLOWED` on other pages, the article's with the rest.

    One row a retelling: ``subject``, ``row`` (subject and answer, with a bar between the lines),
    ``order`` (of the rows), ``place`` (1, 2, 3 … kept before moved, the article last),
    ``speaker``, ``moved`` (whether it misreads another), ``article`` and ``source_ids``.
    """
    every, moved = claims.claims(), _moved()
    rows = [
        {
            "subject": subject,
            "row": f"{subject}|{_answer(key)}",
            "order": order,
            "speaker": every[name].speaker,
            "moved": name in moved,
            "article": every[name].kind == "article",
            "source_ids": ";".join(every[name].source_ids),
        }
        for order, (key, subject) in enumerate(FOLLOWED.items())
        for name in _retold(key)
    ]
    table = pd.DataFrame(rows).sort_values(["order", "article", "moved"], kind="stable")
    place = table.groupby("order").cumcount() + 1
    return table.assign(place=place).reset_index(drop=True)


def _answer(key: str) -> str:
    denied = any(r.other_id == key and r.relation == "denies" for r in claims.relations())
    return "denied" if denied else "no answer found"


def _retold(key: str, data: Dataset = BOOK) -> list[str]:
    """The claims that lead back to ``key``, itself left aside."""
    every = claims.claims(data=data)
    return [name for name in every if name != key and key in claims.roots(name, data=data)]


def _moved(data: Dataset = BOOK) -> set[str]:
    """The claims that misread another."""
    return {r.claim_id for r in claims.relations(data=data) if r.relation == "misreads"}


def _statements(names: Iterable[str], data: Dataset) -> Quantity:
    names, every = list(names), claims.claims(data=data)
    pages = tuple(dict.fromkeys(page for name in names for page in every[name].source_ids))
    return replace(Quantity.of(len(names), "statements", sources=pages), rests_on="reported")


@computed("ft25-retellings", "claims", "relations")
def _retellings(data: Dataset) -> Quantity:
    return _statements(_retold("ft25-plan", data), data)


@computed("ft25-retellings-moved", "claims", "relations")
def _retellings_moved(data: Dataset) -> Quantity:
    return _statements(filter(_moved(data).__contains__, _retold("ft25-plan", data)), data)


# --- What its charts share


def kept_or_moved(plot: alt.Chart, moved: alt.expr.core.Expression) -> alt.LayerChart:
    """A mark for each row of ``plot``: a hollow circle, or a filled square where ``moved`` holds.

    ``moved`` is a filter, such as ``alt.datum.changed``.
    """
    filled = outlined("chart-1") | {"fill": theme.colour("chart-1")}
    size = alt.ExprRef("narrow ? 45 : 110")
    kept = plot.mark_point(size=size, shape="circle", **outlined("chart-2"))
    lost = plot.mark_point(size=size, shape="square", **filled)
    return kept.transform_filter(~moved) + lost.transform_filter(moved)


def open_sides(plot: alt.Chart) -> alt.LayerChart:
    """An arrow from each bound of :func:`retellings`, where ``plot`` has it, to its open side."""
    head = {"size": 60, "filled": True, "color": theme.colour("chart-muted")}
    ends = plot.encode(alt.X("end:Q"))
    right, left = (ends.mark_point(shape=f"triangle-{way}", **head) for way in ("right", "left"))
    return alt.layer(
        plot.mark_rule(strokeWidth=2).encode(alt.X2("end:Q")),
        right.transform_filter(alt.datum.side == "up"),
        left.transform_filter(alt.datum.side == "down"),
    )
