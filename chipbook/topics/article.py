"""The article, statement by statement: verdicts, and how pages retold what it retells.

A verdict is about fidelity to the report, never about whether the report was true. The statements
are all of the article's, not a sample, so their counts have no interval. A second reader coded
them blind.
"""

from dataclasses import replace
from functools import partial

import altair as alt
import pandas as pd

from chipbook.charts import coloured, direct_labels, marked, theme
from chipbook.data import BOOK, Dataset, facts, load
from chipbook.data.braces import KEY
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.settings import settings
from chipbook.story import claims
from chipbook.topics.agreement import AGREEMENT, agreement

ARTICLE = "rivista-2025-01-23-seed"
"""The page that the book explains."""

_SET = settings(__file__)
VERDICTS: dict[str, str] = _SET["verdicts"]

# --- The statements


def statements() -> pd.DataFrame:
    """The rows of article_statements in the order of the article.

    Adds ``said``: whether the article says it, or leaves it out.
    """
    table = load("article_statements").sort_values("order").astype({"part": str, "verdict": str})
    return table.assign(said=table["verdict"] != "left out").reset_index(drop=True)


# --- How firm the verdicts are


def _agreement(what: str, data: Dataset) -> Quantity:
    """How far the verdicts of both readers agree; the second coded them blind."""
    both = data.load("second_verdicts").astype(str)
    return agreement(what, both["verdict_1"], both["verdict_2"], "statements", [ARTICLE])


for _what in AGREEMENT:
    computed(f"article-second-{_what}", "second_verdicts")(partial(_agreement, _what))


# --- Many pages, one origin

FATES: dict[str, list[str]] = _SET["fates"]


def family(*origins: str) -> pd.DataFrame:
    """The pages that retell one of ``origins`` (ids of claims): kept, then moved, the article last.

    One row a page, by the first of the origins that it retells: ``page``, ``date``, ``day`` (as a
    reader sees it), ``column`` (0, 1, 2 … by day, pages without a day last), ``place`` (1, 2, 3 …),
    ``fate`` (of :data:`FATES`), ``words`` (who, and the number as printed there), ``fact`` (its
    key) and ``source_ids``. The first row, at ``place`` 0, is the first origin.
    """
    every, moved = claims.claims(), _moved()
    first = every[origins[0]]
    rows = {first.outlet: _node(first, "kept")}
    for origin in origins:
        for name in _retold(origin):
            fate = "moved" if name in moved else "kept"
            rows.setdefault(every[name].outlet, _node(every[name], fate))
    table = pd.DataFrame(rows.values())
    days = sorted(set(table["date"]), key=lambda date: (len(date) < len("2025-01-21"), date))
    origin, article = table["page"] == first.outlet, table["source_ids"] == ARTICLE
    table = table.assign(first=origin, article=article, column=table["date"].map(days.index))
    table["words"] = table["words"].str.replace("Rivista.AI", "The article")
    order = ["article", "fate", "column", "page"]
    table = table.sort_values(["first", *order], ascending=[False, *[True] * len(order)])
    return table.reset_index(drop=True).assign(place=range(len(table)))


def _node(claim: claims.Claim, fate: str) -> dict[str, str]:
    """One page of :func:`family`, with the first number of its ``claim``."""
    found = KEY.search(claim.template)
    assert found, "a claim of a tree has a number"
    text = format(facts[found[1]], (found[2] or "").replace("cap", ""))
    if fate == "moved" and "%" in text:
        text += ", without “about”"
    known = len(claim.date) == len("2025-01-21")
    return {
        "page": claim.outlet,
        "date": claim.date,
        "day": f"{claim.known_from.day} {claim.known_from:%b}" if known else "no day",
        "fate": fate,
        "words": f"{claim.outlet}\n{'all ' * text.startswith('$')}{text}",
        "fact": found[1],
        "source_ids": ";".join(claim.source_ids),
    }


def family_tree(table: pd.DataFrame, origin: str) -> alt.LayerChart:
    """A ``table`` of :func:`family` as a tree: lines from the origin to the pages, red where moved.

    ``origin`` are the words at the root; "\\n" breaks a line.
    """
    words = table["words"].where(table["place"] > 0, origin)
    table = table.assign(root=0, last=len(table) - 1, words=words)
    days = table.groupby("column")["day"].first()
    day = f"{days.tolist()}[datum.value]"
    head = f"narrow && datum.value > 0 ? split({day}, ' Jan')[0] : {day}"
    look = {"orient": "top", "grid": False, "labelOverlap": False, "tickCount": len(days)}
    axis = alt.Axis(values=list(days.index), labelExpr=head, **look)
    wide = alt.Scale(domainMin=-0.3, domainMax=alt.ExprRef("narrow ? 7 : 5"), nice=False)
    rows = alt.Scale(domain=[-0.6, len(table) - 0.4], reverse=True, nice=False)
    plot = alt.Chart(table).encode(
        alt.X("column:Q").title(None).axis(axis).scale(wide),
        alt.Y("place:Q").axis(None).scale(rows),
    )
    hues: dict[object, str] = {fate: look[1] for fate, look in FATES.items()}
    edges = plot.mark_rule(strokeWidth=2).encode(alt.X2("root"), coloured("fate", hues))
    nodes = plot.mark_point(size=110).encode(**marked("fate", FATES))
    root = plot.transform_filter(alt.datum.place == 0)
    spine = root.mark_rule(strokeWidth=2).encode(alt.Y2("last"))
    start = root.mark_point(size=200, filled=True, color=theme.colour("chart-fg"))
    labels = direct_labels(plot, gap=14, dy=-7)
    return (spine + edges + nodes + start + labels).properties(height=42 * len(table) + 30)


def _retold(key: str, data: Dataset = BOOK) -> list[str]:
    """The claims that lead back to ``key``, itself left aside."""
    every = claims.claims(data=data)
    return [name for name in every if name != key and key in claims.roots(name, data=data)]


def _moved(data: Dataset = BOOK) -> set[str]:
    """The claims that misread another."""
    return {r.claim_id for r in claims.relations(data=data) if r.relation == "misreads"}


def _retellings(data: Dataset, *, moved: bool) -> Quantity:
    every, told = claims.claims(data=data), _retold("ft25-plan", data)
    names = [name for name in told if not moved or name in _moved(data)]
    pages = tuple(dict.fromkeys(page for name in names for page in every[name].source_ids))
    return replace(Quantity.of(len(names), "statements", sources=pages), rests_on="reported")


for _key, _which in (("ft25-retellings", False), ("ft25-retellings-moved", True)):
    computed(_key, "claims", "relations")(partial(_retellings, moved=_which))
