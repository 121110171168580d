"""Denials: counts and shares of the coded reports, their intervals, and the agreement of coders.

The coded reports are no random sample: the search began with known disputes. An interval here says
how little a number of rows pins down, and nothing on how the rows were found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import altair as alt
import numpy as np
import pandas as pd
from scipy.stats import beta

from chipbook.charts import theme
from chipbook.data import load, sources, split
from chipbook.data.derived import derived
from chipbook.data.quantity import Quantity
from chipbook.story.answers import NOT_YET, known_from
from chipbook.topics.article import ARTICLE

# --- The coded reports

ANSWERS = (
    "denied in full",
    "denied in part",
    "disputed wording",
    "confirmed in part",
    "confirmed",
    "declined to comment",
    "no response",
)
"""Types of answer that count. "Not asked" is about our search, so it is in no rate."""

OUTCOMES = {
    "borne out": "borne out, wholly or in part",
    "partly borne out": "borne out, wholly or in part",
    "contradicted": "contradicted",
    "superseded": "overtaken",
    "unresolved": "unresolved",
}
"""Coded later status → what a mark stands for, from the settled to the open."""

_MARKS = {
    "borne out, wholly or in part": ("circle", "chart-3", "chart-3"),
    "contradicted": ("square", "chart-4", "chart-4"),
    "overtaken": ("diamond", "chart-muted", "chart-bg"),
    "unresolved": ("circle", "chart-muted", "chart-bg"),
}
OUTCOME_KEY = (
    "●\N{NO-BREAK SPACE}borne out, wholly or in part · ■\N{NO-BREAK SPACE}contradicted · "
    "◊\N{NO-BREAK SPACE}overtaken · ○\N{NO-BREAK SPACE}unresolved"
)
"""The key to the marks of :func:`outcome_encoding`, for a subtitle."""

EVIDENCE = (
    "documents",
    "named person",
    "unnamed people, press",
    "court or regulator",
    "rumour, source unknown",
    "the company itself",
)


def coded(group: str = "ByteDance") -> pd.DataFrame:
    """The coded reports of ``group`` ("ByteDance" or "peer"), as text, oldest first.

    Adds to the resource: ``outcome`` (a value of :data:`OUTCOMES`), ``evidence`` (one of
    :data:`EVIDENCE`; unnamed sources are split into press and rumour) and ``page``, the id of the
    strongest page of the row.
    """
    return _coded(group).copy()


@cache
def _coded(group: str) -> pd.DataFrame:
    table = load("press_reports")
    table = table[table["group"] == group].sort_values(["date_start", "id"])
    table = table.astype(dict.fromkeys(("response_type", "later_status", "sourcing", "topic"), str))
    unnamed = (table["origin"] == "press").map(
        {True: "unnamed people, press", False: "rumour, source unknown"}
    )
    evidence = table["sourcing"].replace(
        {
            "named source": "named person",
            "court filing": "court or regulator",
            "regulator": "court or regulator",
            "company": "the company itself",
        }
    )
    return table.assign(
        outcome=table["later_status"].map(OUTCOMES),
        evidence=evidence.mask(evidence == "anonymous sources", unnamed),
        page=table["source_ids"].map(_strongest),
    ).reset_index(drop=True)


def _strongest(source_ids: str) -> str:
    return min(split(source_ids), key=lambda key: _strength()[key])


@cache
def _strength() -> dict[str, int]:
    order = ("primary", "strong", "relay", "weak")
    return {key: order.index(word) for key, word in sources()["strength"].astype("str").items()}


def answered(group: str = "ByteDance") -> pd.DataFrame:
    """The coded reports whose answer is known, silence included: without "not asked"."""
    table = coded(group)
    return table[table["response_type"] != "not asked"].reset_index(drop=True)


# --- Shares and intervals


def interval(
    cases: int, of: int, prior: tuple[float, float] = (1, 1), level: float = 0.95
) -> tuple[float, float]:
    """The middle ``level`` of the Beta-binomial posterior of a share, both ends between 0 and 1.

    ``cases`` of ``of`` rows have the property; ``prior`` counts the imagined rows with and without
    it, before a look at the data. One and one take every share as equally likely. Where no row or
    every row has the property, the interval reaches to 0 or 1. Raises ``ValueError`` for more cases
    than rows, and for a prior that is not positive.
    """
    if not 0 <= cases <= of:
        raise ValueError(f"{cases} cases of {of} rows")
    if min(prior) <= 0:
        raise ValueError(f"the prior {prior} is not positive")
    low, high = beta.interval(level, prior[0] + cases, prior[1] + of - cases)
    # The middle of the posterior would leave out the very share that was seen.
    return (0.0 if of and cases == 0 else float(low)), (1.0 if of and cases == of else float(high))


def answer_table() -> pd.DataFrame:
    """What became of ByteDance's reports, one row a type of answer, "not asked" last.

    Columns: ``answer``, ``rows``, the five later statuses, ``source_ids`` (one page a report).
    """
    table = coded()
    counts = pd.crosstab(table["response_type"], table["later_status"])
    counts = counts.reindex(index=[*ANSWERS, "not asked"], columns=list(OUTCOMES), fill_value=0)
    pages = table.groupby("response_type")["page"].agg(_joined)
    counts = counts.assign(rows=counts.sum(axis="columns"), source_ids=pages)
    return counts.rename_axis(index="answer", columns=None).reset_index()


def _joined(pages: pd.Series) -> str:
    return ";".join(dict.fromkeys(pages))


MEASURES = ("borne out, wholly or in part", "contradicted", "unresolved")
OPEN = ("overtaken", "unresolved")
"""Outcomes that settle nothing, either way."""

GROUPINGS = ("kind of evidence", "type of answer", "full denials, by company")


def shares() -> pd.DataFrame:
    """Shares of answered reports by later status, with intervals, in three groupings.

    Columns: ``grouping`` (one of :data:`GROUPINGS`), ``measure`` (one of :data:`MEASURES`),
    ``group``, ``n``, ``cases``, ``share``, ``low``, ``high`` (percent), ``row`` and ``words``
    (labels), ``source_ids`` (one page a report). The first two groupings are ByteDance's.
    """
    table = answered()
    denied = pd.concat([table, answered("peer")])
    denied = denied[denied["response_type"] == "denied in full"]
    peers = denied["group"].astype("str").replace("peer", "peers")
    groups = (
        (table, table["evidence"], EVIDENCE),
        (table, table["response_type"], ANSWERS),
        (denied, peers, ("ByteDance", "peers")),
    )
    rows = []
    for grouping, (reports, label, order) in zip(GROUPINGS, groups, strict=True):
        for group in order:
            members = reports[label == group]
            for measure in MEASURES:
                cases, n = int((members["outcome"] == measure).sum()), len(members)
                low, high = interval(cases, n)
                rows.append(
                    {
                        "grouping": grouping,
                        "measure": measure,
                        "group": group,
                        "n": n,
                        "cases": cases,
                        "share": 100 * cases / n,
                        "low": 100 * low,
                        "high": 100 * high,
                        "row": f"{group}|{cases} of {n}",
                        "words": f"{100 * low:.0f} to {100 * high:.0f}%",
                        "source_ids": _joined(members["page"]),
                    }
                )
    return pd.DataFrame(rows)


# --- Marks: one a report


def outcome_encoding(field: str = "outcome") -> dict[str, alt.SchemaBase]:
    """Encodings that draw the later status of a report, in ``field``: settled filled, open hollow.

    Use as ``mark_point(…).encode(…, **outcome_encoding())``; the key is :data:`OUTCOME_KEY`.
    """
    words = list(_MARKS)
    shapes, strokes, fills = zip(*_MARKS.values(), strict=True)

    def scale(values: Sequence[str]) -> alt.Scale:
        return alt.Scale(domain=words, range=list(values))

    return {
        "shape": alt.Shape(f"{field}:N", scale=scale(shapes), legend=None),
        "stroke": alt.Stroke(f"{field}:N", scale=scale(map(theme.colour, strokes)), legend=None),
        "fill": alt.Fill(f"{field}:N", scale=scale(map(theme.colour, fills)), legend=None),
    }


def marks(wide: int = 14) -> pd.DataFrame:
    """Every answered report of ByteDance as a mark: ``wide`` to a line, settled ones first.

    Columns ``place`` (across) and ``line`` (down, one apart, with a gap between types of answer),
    ``row`` (label of the type) and ``centre`` (the line its label stands on), ``answer``,
    ``outcome``, ``report`` (the claim in our words), ``source_ids`` (one page a report).
    """
    table = answered()
    order = list(dict.fromkeys(OUTCOMES.values()))
    parts, line = [], 0.0
    for answer in ANSWERS:
        part = table[table["response_type"] == answer]
        part = part.sort_values("outcome", key=lambda column: column.map(order.index))
        count = np.arange(len(part))
        lines = -(-len(part) // wide)
        unresolved = int((part["outcome"] == "unresolved").sum())
        parts.append(
            part.assign(
                place=count % wide,
                line=line + count // wide,
                centre=line + (lines - 1) / 2,
                row=f"{answer}|{unresolved} of {len(part)} unresolved",
            )
        )
        line += lines + 0.9
    table = pd.concat(parts).drop(columns="source_ids")
    table = table.rename(columns={"response_type": "answer", "claim": "report"})
    columns = ["place", "line", "centre", "row", "answer", "outcome", "report", "page"]
    return table[columns].rename(columns={"page": "source_ids"}).reset_index(drop=True)


def row_axis(table: pd.DataFrame) -> alt.Axis:
    """An axis with the labels ``row`` of ``table``, each at its ``centre``; a bar breaks a line."""
    rows = table.drop_duplicates("row")
    words, places = rows["row"].tolist(), rows["centre"].tolist()
    label = f"split({words}[indexof({places}, datum.value)], '|')"
    # Vega thins out given values as well, down to the number of ticks, and then labels that touch.
    look = {"grid": False, "labelLimit": 170, "tickCount": len(places), "labelOverlap": False}
    return alt.Axis(
        values=places, labelExpr=label, title=None, labelColor=theme.colour("chart-fg"), **look
    )


def timeline(apart: int = 125) -> pd.DataFrame:
    """Every coded report of ByteDance on a time axis, in lanes so that no two marks touch.

    Reports of one type of answer whose dates lie less than ``apart`` days from each other, or
    within the span of an uncertain date, take lanes of their own.
    Columns: ``date`` (the middle of what is known of the date), ``from`` and ``to`` (its first and
    last day), ``lane`` (down), ``row`` and ``centre`` (label of the type of answer and its lane),
    ``topic``, ``answer``, ``outcome``, ``outlet``, ``claim``, ``response`` ``source_ids`` and
    ``id``, and since when report, answer and outcome are known: ``public``, ``answered`` and
    ``settled`` (ISO; the last day of a date, TODAY for an answer without one).
    """
    table = coded()
    table = table.assign(
        public=known_from(table["date_end"]),
        # Nothing was ever to be known of a reply that nobody found, or of an open claim.
        answered=known_from(table["response_date_end"]).mask(
            table["response_type"] == "not asked", ""
        ),
        settled=known_from(table["later_evidence_date_end"]).mask(
            table["outcome"] == "unresolved", ""
        ),
    )
    first, last = table["date_start"], table["date_end"]
    table = table.assign(middle=first + (last - first) / 2)
    table = table.sort_values(["middle", "id"])
    room = pd.Timedelta(days=apart) / 2
    parts, top = [], 0
    for answer in (*ANSWERS, "not asked"):
        part = table[table["response_type"] == answer]
        ends: list[pd.Timestamp] = []  # of each lane, the day from which it is free
        taken = []
        for start, end, middle in zip(
            part["date_start"], part["date_end"], part["middle"], strict=True
        ):
            start, end = min(start, middle - room), max(end, middle + room)
            lane = next((i for i, free in enumerate(ends) if free <= start), len(ends))
            ends[lane : lane + 1] = [end]
            taken.append(top + lane)
        word = "no reply found" if answer == "not asked" else answer
        height = max(len(ends), 2)  # room for a label of two lines
        centre = top + (len(ends) - 1) / 2
        parts.append(part.assign(lane=taken, centre=centre, row=word.replace(" ", "|", 1)))
        top += height + 1.5
    table = pd.concat(parts).rename(columns={"response_type": "answer"})
    table = table.assign(**{"from": table["date_start"], "to": table["date_end"]})
    table["date"] = table["middle"]
    columns = ["date", "from", "to", "lane", "centre", "row", "topic", "answer", "outcome"]
    columns += ["outlet", "claim", "response", "source_ids", "id", "public", "answered", "settled"]
    return table[columns].reset_index(drop=True)


def as_of_expressions(table: pd.DataFrame) -> dict[str, str]:
    """Vega expressions for what was known on the day of the parameter ``as_of``.

    ``table`` is :func:`timeline`. Names: ``known`` (whether the report was public), ``level`` (its
    lane), ``said`` (the answer) and ``became`` (the outcome).
    """
    return {
        "known": "datum.public <= as_of",
        "level": f"datum.answered <= as_of ? datum.lane : {table['lane'].max() + 1}",
        "said": f"datum.answered <= as_of ? datum.response : '{NOT_YET}'",
        "became": "datum.settled <= as_of ? datum.outcome : 'unresolved'",
    }


def days() -> list[str]:
    """Days to look back from (ISO): those of report and article, and the ends of the years."""
    table = timeline()
    report = table.set_index("id").loc["bd-2025-01-ft-12bn", "public"]
    article = sources().loc[ARTICLE, "published"]
    years = range(table["from"].min().year, table["to"].max().year)
    return [report, article, *(f"{year}-12-31" for year in years)]


# --- What a denial was about

# Our reading of claim and answer, one case each; both stand beside it in the table.
_AIMS = {
    "bd-2025-01-ft-12bn": "all of it, no detail",
    "bd-2024-09-huawei-model": "the premise, not the order",
    "fin-adrev-2022-03": "the source, more than the size",
    "shop-europe-2022-07": "a date",
    "letter-2023-11": "another measure",
    "data-forbes-tracking-2022-10": "a method, and use against journalists",
    "bd-2024-12-seasia-h100": "getting round rules; one chip, bought",
}


def aims() -> pd.DataFrame:
    """Seven denials and what each was about: ``about`` is our reading of claim and response.

    The other columns are those of press_reports.
    """
    table = load("press_reports").set_index("id").loc[list(_AIMS)].reset_index()
    return table.assign(about=table["id"].map(_AIMS))


def settled() -> pd.DataFrame:
    """ByteDance's full denials whose claim was settled later, with the evidence, oldest first.

    Adds ``when``, the month of the report in words, to the columns of :func:`coded`.
    """
    table = coded()
    table = table[(table["response_type"] == "denied in full") & ~table["outcome"].isin(OPEN)]
    return table.assign(when=table["date_start"].dt.strftime("%b %Y")).reset_index(drop=True)


# --- What a prior does


def beliefs() -> pd.DataFrame:
    """Settled full denials for the chart of beliefs: how many, and how many bear the report out.

    Columns: ``who``, ``n``, ``cases``, ``source_ids``. The first row is a belief without data.
    """
    rows = []
    parts = []
    for who, group in (("ByteDance", "ByteDance"), ("peers", "peer")):
        table = coded(group)
        denied = table[table["response_type"] == "denied in full"]
        parts.append(denied[~denied["outcome"].isin(OPEN)])
        rows.append((who, parts[-1]))
    rows.append(("both", pd.concat(parts)))
    found = [
        {
            "who": who,
            "n": len(part),
            "cases": int((part["outcome"] == "borne out, wholly or in part").sum()),
            "source_ids": _joined(part["page"]),
        }
        for who, part in rows
    ]
    before = {"who": "before a look", "n": 0, "cases": 0, "source_ids": found[-1]["source_ids"]}
    return pd.DataFrame([before, *found])


# --- How firm the coding is


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of two codings of the same rows: agreement beyond what chance would give.

    One is full agreement, zero what two coders reach who use their categories as often but at
    random. Not a number where both use one and the same category throughout. Raises ``ValueError``
    for codings of different length.
    """
    a, b = np.asarray(first, dtype=str), np.asarray(second, dtype=str)
    if a.shape != b.shape:
        raise ValueError(f"{a.size} codes against {b.size}")
    chance = sum((a == word).mean() * (b == word).mean() for word in np.union1d(a, b))
    return float((((a == b).mean() - chance) / (1 - chance)) if chance < 1 else np.nan)


def kappa_interval(
    first: Sequence[str], second: Sequence[str], draws: int = 4000, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap of :func:`kappa`: the rows are drawn again with replacement.

    The seed is fixed, so the book prints the same interval every time.
    """
    a, b = np.asarray(first, dtype=str), np.asarray(second, dtype=str)
    rows = np.random.default_rng(2025).integers(0, a.size, (draws, a.size))
    found = [kappa(a[row], b[row]) for row in rows]
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


_CODED = {
    "answer": "response_type",
    "later": "later_status",
}


@cache
def agreement() -> pd.DataFrame:
    """How far the two codings agree. Treat the result as read-only.

    One row for the type of answer and one for the later status: ``what``, ``rows``, ``agree``,
    ``low``, ``high`` (percent, interval of the share that agrees), ``kappa``, ``kappa_low``,
    ``kappa_high``, ``source_ids`` (one page a report).
    """
    both = load("second_coding")
    pages = _joined(coded().set_index("id").loc[both["report_id"], "page"])
    rows = []
    for what, column in _CODED.items():
        first, second = both[f"{column}_1"].astype("str"), both[f"{column}_2"].astype("str")
        agree = int((first == second).sum())
        low, high = interval(agree, len(both))
        low_kappa, high_kappa = kappa_interval(first, second)
        rows.append(
            {
                "what": {"answer": "type of answer", "later": "later status"}[what],
                "rows": len(both),
                "agree": agree,
                "low": 100 * low,
                "high": 100 * high,
                "kappa": kappa(first, second),
                "kappa_low": low_kappa,
                "kappa_high": high_kappa,
                "source_ids": pages,
            }
        )
    return pd.DataFrame(rows, index=list(_CODED))


def as_second_coded() -> pd.DataFrame:
    """ByteDance's coded reports, with the second coding put in wherever there is one."""
    second = load("second_coding").set_index("report_id")
    table = coded().set_index("id")
    for column in _CODED.values():
        table.loc[second.index, column] = second[f"{column}_2"].astype("str")
    return table.assign(outcome=table["later_status"].map(OUTCOMES)).reset_index()


# --- The reader's own coding

FIVE = {
    "bd-2024-06-broadcom": "Broadcom chip",
    "bd-2024-09-huawei-model": "Huawei-trained model",
    "bd-2024-09-tsmc": "TSMC chips",
    "data-creators-2023-05": "Creators' tax forms",
    "bd-2025-09-chip-team": "Chip team",
}
"""The five reports of the exercise in coding, with short names; two of them divided the coders."""


def five() -> pd.DataFrame:
    """The five reports: ``name``, ``claim``, ``response``, ``ours`` (the coding that counts),
    ``second`` (the other coding), ``place`` (0 to 4), ``parameter`` (name of the reader's input)
    and ``source_ids``.
    """
    second = load("second_coding").set_index("report_id")["response_type_2"].astype("str")
    table = coded().set_index("id").loc[list(FIVE)].reset_index()
    place = range(len(table))
    return table.assign(
        name=table["id"].map(FIVE),
        ours=table["response_type"],
        second=table["id"].map(second),
        place=place,
        parameter=[f"code{i}" for i in place],
    )[["id", "name", "claim", "response", "ours", "second", "place", "parameter", "source_ids"]]


def coding_expressions() -> dict[str, str]:
    """The model of the chart "your own coding" as Vega expressions, for transforms in this order.

    ``yours`` is the reader's code of a row, ``match`` whether it is ours, ``chance`` the share of
    our codes that equal it; the means of the last two are the observed and the expected agreement.
    """
    table = five()
    inputs = ", ".join(table["parameter"])
    equal = " + ".join(f"(datum.yours == '{code}' ? 1 : 0)" for code in table["ours"])
    return {
        "yours": f"[{inputs}][datum.place]",
        "match": "datum.yours == datum.ours ? 1 : 0",
        "chance": f"({equal}) / {len(table)}",
    }


def own_coding(yours: Sequence[str]) -> tuple[int, float]:
    """A reader's codes of the five reports against ours: how many agree, and kappa.

    Our codes are of several types, so that kappa is always defined.
    """
    ours = five()["ours"]
    return int((ours.to_numpy() == np.asarray(yours)).sum()), kappa(ours, yours)


# --- Numbers that the prose uses

_PERIOD = "2019/2026"


def _counted(rows: pd.DataFrame, unit: str = "reports") -> Quantity:
    pages = tuple(dict.fromkeys(rows["page"]))
    count = Quantity.of(len(rows), unit, status="computed", sources=pages)
    return replace(count, rests_on="reported")


def _band(low: float, high: float, unit: str, pages: tuple[str, ...], formula: str) -> Quantity:
    band = Quantity.of(None, unit, low=low, high=high, status="computed", sources=pages)
    return replace(band.shown(digits=2), rests_on="reported", formula=formula)


Rows = Callable[[], pd.DataFrame]


def _named(key: str, entity: str, metric: str, doc: str, make: Callable[[], Quantity]) -> None:
    make.__doc__ = doc
    derived(key, entity, metric, _PERIOD, of_texts=True)(make)


def _count(key: str, metric: str, doc: str, rows: Rows, entity: str = "ByteDance") -> None:
    _named(key, entity, metric, doc, lambda: _counted(rows()))


def _rate(key: str, metric: str, doc: str, part: Rows, whole: Rows, entity: str) -> None:
    """Three numbers: ``key`` (the count), ``key-share`` and ``key-interval``."""

    def share() -> Quantity:
        ratio = _counted(part()) / _counted(whole())
        # Whole percents: the rows carry no more.
        return ratio.shown(percent=True, digits=2 if ratio.to("percent") >= 10 else 1)

    def band() -> Quantity:
        reports = whole()
        cases, n = len(part()), len(reports)
        low, high = interval(cases, n)
        made = f"middle 95% of Beta(1 + {cases}, 1 + {n - cases})"
        low, high = round(100 * low), round(100 * high)
        return _band(low, high, "percent", tuple(dict.fromkeys(reports["page"])), made)

    _count(key, metric, doc, part, entity)
    _named(f"{key}-share", entity, f"{metric}, share", f"{doc} Over the rows they are of.", share)
    _named(
        f"{key}-interval",
        entity,
        f"{metric}, interval of the share",
        f"{doc} Beta-binomial interval of the share, every share equally likely beforehand; it "
        "takes the rows as independent draws, which they are not.",
        band,
    )


def _where(rows: Rows, **values: str | list[str]) -> Rows:
    def chosen() -> pd.DataFrame:
        table = rows()
        for column, wanted in values.items():
            table = table[table[column].isin([wanted] if isinstance(wanted, str) else wanted)]
        return table

    return chosen


def _all_coded() -> pd.DataFrame:
    return pd.concat([coded(), coded("peer")])


def _peers() -> pd.DataFrame:
    return coded("peer")


_FULL = _where(coded, response_type="denied in full")
_FULL_PEERS = _where(_peers, response_type="denied in full")
_FULL_SECOND = _where(as_second_coded, response_type="denied in full")
_DOCUMENTS = _where(answered, evidence="documents")
_UNNAMED = _where(answered, evidence="unnamed people, press")
_SILENT = _where(answered, response_type=["declined to comment", "no response"])
_CONFIRMED = ["confirmed", "confirmed in part"]
_BORNE = OUTCOMES["borne out"]

_count(
    "denials-coded",
    "reports and claims coded",
    "All rows of press_reports, ByteDance and peers.",
    _all_coded,
    "All companies",
)
_count(
    "denials-bytedance",
    "reports and claims coded",
    "Rows of press_reports on ByteDance, with TikTok, Douyin and Pico.",
    coded,
)
_count(
    "denials-peers",
    "reports and claims coded",
    "Rows of press_reports on other companies, nearly all chosen because a reply was known.",
    _peers,
    "Peers",
)
_count(
    "denials-not-asked",
    "reports without a reply on the pages seen",
    "Rows coded as not asked: they are left out of every rate.",
    _where(coded, response_type="not asked"),
)
_count(
    "denials-answered",
    "reports with a known answer",
    "Rows on ByteDance without those coded as not asked; silence counts as an answer.",
    answered,
)
_count(
    "denials-full",
    "reports denied in full",
    "Rows on ByteDance whose answer is coded as denied in full.",
    _FULL,
)
_rate(
    "denials-full-unresolved",
    "full denials, unresolved",
    "Rows denied in full whose claim nothing has settled.",
    _where(_FULL, later_status="unresolved"),
    _FULL,
    "ByteDance",
)
_count(
    "denials-full-overtaken",
    "full denials overtaken by events",
    "Rows denied in full whose later status is superseded.",
    _where(_FULL, later_status="superseded"),
)
_count(
    "denials-full-borne-in-part",
    "full denials, report partly borne out",
    "Rows denied in full whose report was later borne out in part.",
    _where(_FULL, later_status="partly borne out"),
)
_count(
    "denials-full-borne-whole",
    "full denials, report borne out",
    "Rows denied in full whose report was later borne out.",
    _where(_FULL, later_status="borne out"),
)
_count(
    "denials-full-against",
    "full denials, report contradicted",
    "Rows denied in full whose report was later contradicted: the denial held.",
    _where(_FULL, later_status="contradicted"),
)
_count(
    "denials-settled",
    "full denials whose claim was settled",
    "Rows denied in full, without the unresolved and those overtaken by events.",
    settled,
)
_rate(
    "denials-settled-borne",
    "settled full denials, report borne out",
    "Among the settled rows denied in full, those whose report was borne out wholly or in part.",
    _where(settled, outcome=_BORNE),
    settled,
    "ByteDance",
)
_rate(
    "denials-full-borne",
    "full denials, report borne out so far",
    "Rows denied in full whose report was borne out wholly or in part; the open ones count as not "
    "borne out, so the share is a floor.",
    _where(_FULL, outcome=_BORNE),
    _FULL,
    "ByteDance",
)
_rate(
    "denials-full-not-against",
    "full denials, report not contradicted so far",
    "Rows denied in full whose report was not contradicted; the share is a ceiling, reached only "
    "if every open report is right.",
    _where(_FULL, outcome=[word for word in OUTCOMES.values() if word != "contradicted"]),
    _FULL,
    "ByteDance",
)
for _key, _words, _rows in (
    ("documents", "resting on documents", _DOCUMENTS),
    ("unnamed", "of the press resting on unnamed people", _UNNAMED),
):
    _count(
        f"denials-{_key}",
        f"answered claims {_words}",
        f"Answered rows on ByteDance with claims {_words}.",
        _rows,
    )
    _rate(
        f"denials-{_key}-confirmed",
        f"claims {_words}, confirmed",
        f"Answered claims {_words} that the company confirmed wholly or in part.",
        _where(_rows, response_type=_CONFIRMED),
        _rows,
        "ByteDance",
    )
    _rate(
        f"denials-{_key}-denied",
        f"claims {_words}, denied in full",
        f"Answered claims {_words} that the company denied in full.",
        _where(_rows, response_type="denied in full"),
        _rows,
        "ByteDance",
    )
    _rate(
        f"denials-{_key}-borne",
        f"claims {_words}, borne out",
        f"Answered claims {_words} that were later borne out wholly or in part.",
        _where(_rows, outcome=_BORNE),
        _rows,
        "ByteDance",
    )
_count(
    "denials-silent",
    "reports met by silence",
    "Rows on ByteDance coded as no response or declined to comment.",
    _SILENT,
)
_rate(
    "denials-silent-borne",
    "reports met by silence, borne out",
    "Rows met by silence whose report was later borne out wholly or in part.",
    _where(_SILENT, outcome=_BORNE),
    _SILENT,
    "ByteDance",
)
_count(
    "denials-peers-full",
    "reports denied in full",
    "Rows on peers whose answer is coded as denied in full.",
    _FULL_PEERS,
    "Peers",
)
_rate(
    "denials-peers-full-unresolved",
    "full denials, unresolved",
    "Rows on peers denied in full whose claim nothing has settled.",
    _where(_FULL_PEERS, later_status="unresolved"),
    _FULL_PEERS,
    "Peers",
)
_count(
    "denials-second-full",
    "reports denied in full, by the second coding",
    "Rows denied in full if the second coding counts wherever there is one.",
    _FULL_SECOND,
)
_rate(
    "denials-second-full-unresolved",
    "full denials, unresolved, by the second coding",
    "Rows denied in full and unresolved if the second coding counts wherever there is one.",
    _where(_FULL_SECOND, later_status="unresolved"),
    _FULL_SECOND,
    "ByteDance",
)


def _agreement(what: str, column: str) -> Quantity:
    row = agreement().loc[what]
    unit = "kappa" if column == "kappa" else "reports"
    value = row[column]
    made = Quantity.of(value, unit, status="computed", sources=tuple(split(row["source_ids"])))
    return replace(made.shown(digits=2), rests_on="reported")


def _kappa_band(what: str) -> Quantity:
    row = agreement().loc[what]
    made = "middle 95% of kappa over rows drawn again with replacement"
    low, high = round(row["kappa_low"], 2), round(row["kappa_high"], 2)
    return _band(low, high, "kappa", tuple(split(row["source_ids"])), made)


@derived("denials-coded-twice", "ByteDance", "reports coded twice", _PERIOD, of_texts=True)
def denials_coded_twice() -> Quantity:
    """Rows of second_coding: reports coded a second time, separately but not blind."""
    return _agreement("answer", "rows")


for _what, _words in (("answer", "type of answer"), ("later", "later status")):
    _named(
        f"denials-{_what}-agree",
        "ByteDance",
        f"{_words}, reports on which two codings agree",
        f"Rows of second_coding whose two codes for the {_words} are the same.",
        lambda what=_what: _agreement(what, "agree"),
    )
    _named(
        f"denials-{_what}-kappa",
        "ByteDance",
        f"{_words}, Cohen's kappa of two codings",
        f"Agreement on the {_words} beyond chance, as a share of what chance leaves.",
        lambda what=_what: _agreement(what, "kappa"),
    )
    _named(
        f"denials-{_what}-kappa-interval",
        "ByteDance",
        f"{_words}, interval of Cohen's kappa",
        f"Bootstrap interval of kappa for the {_words}: the rows drawn again with replacement.",
        lambda what=_what: _kappa_band(what),
    )


def _own(yours: Sequence[str]) -> Quantity:
    pages = tuple(dict.fromkeys(_strongest(ids) for ids in five()["source_ids"]))
    value = own_coding(yours)[1]
    made = Quantity.of(value, "kappa", status="computed", sources=pages).shown(digits=2)
    return replace(made, rests_on="reported")


@derived("denials-five-kappa", "ByteDance", "kappa on five reports", _PERIOD, of_texts=True)
def denials_five_kappa() -> Quantity:
    """Cohen's kappa of the two codings on the five reports of the exercise in coding."""
    return _own(five()["second"])


@derived(
    "denials-five-kappa-one-more",
    "ByteDance",
    "kappa on five reports with one more agreement",
    _PERIOD,
    of_texts=True,
)
def denials_five_kappa_one_more() -> Quantity:
    """The same with the report on the chip team coded as we do and the other four as they are."""
    table = five()
    agreed = table["second"].mask(table["id"] == "bd-2025-09-chip-team", table["ours"])
    return _own(agreed)
