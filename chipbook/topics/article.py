"""The article, statement by statement: verdicts, counts, and numbers as they are retold.

A verdict is about fidelity to the report, never about whether the report was true. The statements
are all of the article's, not a sample, so their counts have no interval; they were coded once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import altair as alt
import pandas as pd

from chipbook.charts import theme
from chipbook.data import BOOK, Dataset, facts, load, sources, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story import claims

ARTICLE = "rivista-2025-01-23-seed"
"""The page that the book explains."""

PARTS = {
    "plan": "the plan",
    "setting": "the setting",
    "users": "the users",
    "answer": "the answer",
    "earlier reports": "earlier reports",
    "explanations": "explanations",
}
"""Parts of the article as the table codes them → as a reader sees them."""

# Verdict → shape, colour, filled; from the best to what cannot be compared.
_MARKS = {
    "faithful": ("circle", "chart-2", True),
    "imprecise": ("diamond", "chart-4", True),
    "stronger than the report": ("triangle-up", "chart-3", True),
    "wrong": ("square", "chart-1", True),
    "no report found": ("circle", "chart-muted", False),
    "left out": ("stroke", "chart-muted", False),
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
    (imprecise, stronger or wrong), ``severity`` (0 faithful to 3 wrong; 4 where there is nothing to
    compare) and ``words`` (the verdict, short). Raises ``KeyError`` for an unknown part.
    """
    table = _coded(part)
    verdict = table["verdict"]
    return table.assign(
        here=_with_figures(table["statement"], table["fact_ids"], of_article=True),
        there=_with_figures(table["report"], table["fact_ids"], of_article=False),
        judged=verdict.str.capitalize() + ". " + table["reason"],
    )


def _coded(part: str | None = None) -> pd.DataFrame:
    """The coding of the rows, without the figures that their texts name."""
    table = load("article_statements").sort_values("order").reset_index(drop=True)
    table = table.astype({"part": str, "verdict": str})
    if part is not None:
        if part not in PARTS:
            raise KeyError(f"no part {part!r} of the article: {', '.join(PARTS)}")
        table = table[table["part"] == part].reset_index(drop=True)
    verdict = table["verdict"]
    return table.assign(
        said=verdict != "left out",
        slip=verdict.isin(SLIPS),
        severity=verdict.map(VERDICTS.index).clip(upper=4),
        words=verdict.replace(
            {"stronger than the report": "stronger", "no report found": "no report"}
        ),
    )


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
    table = statements().sort_values(["severity", "order"], kind="stable")
    # Left-out rows come last: they are none of the article's own statements.
    table = table.sort_values("said", ascending=False, kind="stable")
    place = table.groupby("part").cumcount() + 1
    return table.assign(place=place, row=table["part"].map(PARTS)).sort_values("order")


def verdict_encoding() -> dict[str, alt.SchemaBase]:
    """Encodings that draw the verdict of a statement, by shape and colour, without a legend."""

    def scale(values: list[str]) -> alt.Scale:
        return alt.Scale(domain=list(_MARKS), range=values)

    outlines = [theme.colour(hue) for _, hue, _ in _MARKS.values()]
    insides = [theme.colour(h if full else "chart-bg") for _, h, full in _MARKS.values()]
    shapes = [shape for shape, _, _ in _MARKS.values()]
    return {
        "shape": alt.Shape("verdict:N").scale(scale(shapes)).legend(None),
        "stroke": alt.Stroke("verdict:N").scale(scale(outlines)).legend(None),
        "fill": alt.Fill("verdict:N").scale(scale(insides)).legend(None),
    }


# --- Numbers as they are retold

MONEY, USERS, HALF = "money for Chinese makers", "Doubao's users", "almost half"
RETOLD = (MONEY, USERS, HALF)
"""The numbers that can be followed in :func:`retellings`."""

_UNITS = {MONEY: "billion USD", USERS: "million users", HALF: "percent"}
_CHANGED = ("changed", "turned")
# How far an open side is drawn, in the unit of the number: an arrow, not a bound.
_REACH = {MONEY: 0.5, USERS: 2.5, HALF: 2}


def retellings() -> pd.DataFrame:
    """Three numbers of the article, from the nearest report to the article, one row a page.

    Columns: ``number`` (one of :data:`RETOLD`), ``row`` (who prints it, with bars between lines),
    ``place`` (order), ``value`` and ``end`` (in ``unit``; where the qualifier leaves a side open,
    ``end`` lies a fixed way off on that side, else it equals ``value``), ``side`` ("up", "down" or
    ""), ``fate`` (what became of it), ``changed``, ``words``, ``late`` (whether the value lies in
    the upper half of its number, where words stand to the left) and ``source_ids``.
    """
    rows = []
    for number, chain in load("retold_numbers").groupby("number", observed=True):
        unit = _UNITS[number]
        for place, told in enumerate(chain.astype(object).fillna("").itertuples()):
            quantity, fate = facts[told.figure], told.fate
            value, (low, high) = quantity.to(unit), quantity.range(unit)
            side = "up" if math.isinf(high) else "down" if low == 0 else ""
            text = f"{quantity:number}" if number == USERS else str(quantity)
            rows.append(
                {
                    "number": number,
                    "row": told.label,
                    "place": place,
                    "value": value,
                    "end": value + _REACH[number] * {"up": 1, "down": -1, "": 0}[side],
                    "side": side,
                    "fate": fate,
                    "changed": fate in _CHANGED,
                    "words": f"{text} {told.of}".strip() + f"\n{fate}",
                    "unit": unit,
                    "source_ids": told.source_id or ";".join(quantity.sources),
                }
            )
    table = pd.DataFrame(rows)
    values = table.groupby("number")["value"]
    return table.assign(
        late=table["value"] > (values.transform("min") + values.transform("max")) / 2
    )


def five_months() -> pd.DataFrame:
    """The five months of the doubling, as relayed from QuestMobile and as the article puts them.

    Columns: ``row``, ``start`` and ``end`` (the first days of the first and of the last month),
    ``words`` and ``source_ids``. The first month of each is counted back by us.
    """
    rows = []
    for row, key, words in (
        ("QuestMobile,|as relayed", "doubao-011", "ends in November"),
        ("The article", "doubao-009", "ends on its own day"),
    ):
        fact = facts.fact(key)
        first, last = fact.period.split("/")
        rows.append(
            {
                "row": row,
                "start": pd.Period(first).start_time,
                "end": pd.Period(last).start_time,
                "words": words,
                "source_ids": ";".join(fact.quantity.sources),
            }
        )
    return pd.DataFrame(rows)


def shared_slips() -> pd.DataFrame:
    """Each slip of the article and each other page that shares any slip, one row a pair.

    Columns: ``subject`` (of the statement), ``order``, ``verdict``, ``page`` (publisher),
    ``shared`` and ``source_ids``. Not shared means not seen there, in the part of the page that was
    read.
    """
    slips = statements().query("slip")
    pages = sorted({page for cell in slips["same_in"].dropna() for page in split(cell)})
    names = sources()["publisher"]
    rows = [
        {
            "subject": slip.subject,
            "order": slip.order,
            "verdict": slip.verdict,
            "page": names[page],
            "shared": page in split(slip.same_in),
            "source_ids": page,
        }
        for slip in slips.itertuples()
        for page in pages
    ]
    return pd.DataFrame(rows)


# --- Many pages, one origin

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


def origins_table() -> pd.DataFrame:
    """Each of :data:`FOLLOWED` with what became of it on other pages, one row a claim.

    Columns: ``subject``, ``said`` (the claim), ``speaker``, ``date``, ``pages`` (retellings that
    lead back to it, the article's with the rest), ``moved`` (those that misread it), ``origins``
    (how many claims those retellings go back to), ``depth`` (the longest way), ``answer``
    ("denied" or "no answer found"), ``words`` (the counts, for a text) and ``source_ids``.
    """
    rows = []
    for key, subject in FOLLOWED.items():
        claim, told = claims.claims()[key], _retold(key)
        moved = sum(_is_moved(name) for name in told)
        denied = any(r.other_id == key and r.relation == "denies" for r in claims.relations())
        rows.append(
            {
                "subject": subject,
                "said": claim.statement,
                "speaker": claim.speaker,
                "date": claim.date,
                "pages": len(told),
                "moved": moved,
                "origins": len({origin for name in told for origin in claims.origins(name)}),
                "depth": max(claims.depth(name) for name in told),
                "answer": "denied" if denied else "no answer found",
                "words": f"{subject}: {len(told)}, of which {moved} moved",
                "source_ids": ";".join(_pages([key, *told])),
            }
        )
    return pd.DataFrame(rows)


def retold_pages() -> pd.DataFrame:
    """The retellings of :func:`origins_table` for a chart, one row each.

    Columns: ``row`` (subject and answer, with a bar between the lines), ``order`` (of the rows),
    ``place`` (1, 2, 3 … kept before moved, the article last), ``speaker``, ``moved``, ``article``
    and ``source_ids``.
    """
    rows = []
    table = origins_table()
    for order, (key, known) in enumerate(zip(FOLLOWED, table.itertuples(), strict=True)):
        found = [(name, claims.claims()[name]) for name in _retold(key)]
        found.sort(key=lambda pair: (pair[1].kind == "article", _is_moved(pair[0])))
        for place, (name, claim) in enumerate(found, 1):
            rows.append(
                {
                    "row": f"{known.subject}|{known.answer}",
                    "order": order,
                    "place": place,
                    "speaker": claim.speaker,
                    "moved": _is_moved(name),
                    "article": claim.kind == "article",
                    "source_ids": ";".join(claim.source_ids),
                }
            )
    return pd.DataFrame(rows)


def _retold(key: str, data: Dataset = BOOK) -> list[str]:
    """The claims that lead back to ``key``, itself left aside."""
    every = claims.claims(data=data)
    return [name for name in every if name != key and key in claims.origins(name, data=data)]


def _is_moved(claim_id: str, data: Dataset = BOOK) -> bool:
    links = claims.relations(data=data)
    return any(link.claim_id == claim_id and link.relation == "misreads" for link in links)


def _pages(names: Iterable[str], data: Dataset = BOOK) -> tuple[str, ...]:
    every = claims.claims(data=data)
    return tuple(dict.fromkeys(page for name in names for page in every[name].source_ids))


def _statements(names: list[str], data: Dataset) -> Quantity:
    return Quantity.of(len(names), "statements", sources=_pages(names, data))


@computed("ft25-retellings", "claims", "relations")
def _retellings(data: Dataset) -> Quantity:
    return _statements(_retold("ft25-plan", data), data)


@computed("ft25-retellings-moved", "claims", "relations")
def _retellings_moved(data: Dataset) -> Quantity:
    told = _retold("ft25-plan", data)
    return _statements([name for name in told if _is_moved(name, data)], data)


# --- What its charts share


def kept_or_moved(plot: alt.Chart, moved: alt.expr.core.Expression) -> alt.LayerChart:
    """A mark for each retelling: a hollow circle, or a filled square where ``moved`` holds.

    ``plot`` has its place encoded; ``moved`` is a filter, such as ``alt.datum.changed``.
    """
    red, blue, paper = (theme.colour(name) for name in ("chart-1", "chart-2", "chart-bg"))
    kept = plot.mark_point(size=110, shape="circle", stroke=blue, fill=paper, strokeWidth=2)
    lost = plot.mark_point(size=110, shape="square", stroke=red, fill=red, strokeWidth=2)
    return kept.transform_filter(~moved) + lost.transform_filter(moved)


def open_sides(plot: alt.Chart) -> alt.LayerChart:
    """An arrow from each bound of :func:`retellings` to ``end``, on its open side (``side``)."""
    head = {"size": 60, "filled": True, "color": theme.colour("chart-muted")}
    ends = plot.encode(alt.X("end:Q"))
    return alt.layer(
        plot.mark_rule(strokeWidth=2).encode(alt.X2("end:Q")),
        ends.mark_point(shape="triangle-right", **head).transform_filter(alt.datum.side == "up"),
        ends.mark_point(shape="triangle-left", **head).transform_filter(alt.datum.side == "down"),
    )
