"""Denials: counts and shares of the coded reports, their intervals, and the agreement of coders.

The coded reports are no random sample: the search began with known disputes. An interval here says
how little a number of rows pins down, and nothing on how the rows were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

import altair as alt
import numpy as np
import pandas as pd
from scipy.stats import beta

from chipbook.charts import theme
from chipbook.data import BOOK, Dataset, kept, load, sources, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import NOT_YET, known_from

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


def coded(group: str = "ByteDance", data: Dataset = BOOK) -> pd.DataFrame:
    """The coded reports of ``group`` ("ByteDance" or "peer"), as text, oldest first.

    Adds to the resource: ``outcome`` (a value of :data:`OUTCOMES`), ``evidence`` (one of
    :data:`EVIDENCE`; unnamed sources are split into press and rumour) and ``page``, the id of the
    strongest page of the row.
    """
    return _coded(group, data=data).copy()


@kept
def _coded(group: str, *, data: Dataset = BOOK) -> pd.DataFrame:
    table = data.load("press_reports")
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
        page=[data.strongest(split(pages)) for pages in table["source_ids"]],
    ).reset_index(drop=True)


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


def timeline_as_of(day: str) -> pd.DataFrame:
    """What was known of the reports of :func:`timeline` at the end of ``day`` (ISO).

    The rows that were public. ``response`` and ``outcome`` are what was known of them; a report
    whose answer is not dated by then lies in a lane of its own, below those without a reply.
    The chart of the chapter draws the same by its own expressions (:func:`as_of_expressions`).
    """
    table = timeline()
    below = table["lane"].max() + 1
    table = table[table["public"] <= day]
    known = table["answered"] <= day
    return table.assign(
        lane=table["lane"].where(known, below),
        response=table["response"].where(known, NOT_YET),
        outcome=table["outcome"].where(table["settled"] <= day, "unresolved"),
    )


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
    article = sources().loc["rivista-2025-01-23-seed", "published"]
    years = range(table["from"].min().year, table["to"].max().year)
    return [report, article, *(f"{year}-12-31" for year in years)]


# --- What a denial was about


def aims() -> pd.DataFrame:
    """Denials and what each was about: ``about`` is our reading of claim and response.

    The other columns are those of press_reports.
    """
    read = load("denial_aims").set_index("report_id")["about"]
    table = load("press_reports").set_index("id").loc[list(read.index)].reset_index()
    return table.assign(about=list(read))


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
    return float(_kappa(*_numbered(first, second)))


def _numbered(first: Sequence[str], second: Sequence[str]) -> np.ndarray:
    """Both codings as numbers, one a code: two rows."""
    if len(first) != len(second):
        raise ValueError(f"{len(first)} codes against {len(second)}")
    words = np.array([list(first), list(second)], dtype=str)
    return np.unique(words, return_inverse=True)[1].reshape(words.shape)


def _kappa(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Kappa along the last axis of two codings as numbers."""
    agree = (a == b).mean(axis=-1)
    codes = range(max(a.max(), b.max()) + 1)
    chance = sum((a == code).mean(axis=-1) * (b == code).mean(axis=-1) for code in codes)
    return np.where(chance < 1, agree - chance, np.nan) / np.where(chance < 1, 1 - chance, 1)


def kappa_interval(
    first: Sequence[str], second: Sequence[str], draws: int = 4000, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap of :func:`kappa`: the rows are drawn again with replacement.

    The seed is fixed, so the book prints the same interval every time.
    """
    a, b = _numbered(first, second)
    rows = np.random.default_rng(2025).integers(0, a.size, (draws, a.size))
    found = _kappa(a[rows], b[rows])
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


_CODED = {
    "answer": "response_type",
    "later": "later_status",
}


@kept
def agreement(*, data: Dataset = BOOK) -> pd.DataFrame:
    """How far the two codings agree. Treat the result as read-only.

    One row for the type of answer and one for the later status: ``what``, ``rows``, ``agree``,
    ``low``, ``high`` (percent, interval of the share that agrees), ``kappa``, ``kappa_low``,
    ``kappa_high``, ``source_ids`` (one page a report).
    """
    both = data.load("second_coding")
    pages = _joined(_coded("ByteDance", data=data).set_index("id").loc[both["report_id"], "page"])
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


def as_second_coded(data: Dataset = BOOK) -> pd.DataFrame:
    """ByteDance's coded reports, with the second coding put in wherever there is one."""
    second = data.load("second_coding").set_index("report_id")
    table = coded(data=data).set_index("id")
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


def five(data: Dataset = BOOK) -> pd.DataFrame:
    """The five reports: ``name``, ``claim``, ``response``, ``ours`` (the coding that counts),
    ``second`` (the other coding), ``place`` (0 to 4), ``parameter`` (name of the reader's input)
    and ``source_ids``.
    """
    second = data.load("second_coding").set_index("report_id")["response_type_2"].astype("str")
    table = coded(data=data).set_index("id").loc[list(FIVE)].reset_index()
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


# --- Numbers that no formula can make


def _band(low: float, high: float, unit: str, pages: Iterable[str], formula: str) -> Quantity:
    band = Quantity.of(None, unit, low=low, high=high, sources=tuple(pages))
    return replace(band.shown(digits=2), rests_on="reported", formula=formula)


SHARES = {
    "denials-full-unresolved": "denials-full",
    "denials-settled-borne": "denials-settled",
    "denials-full-borne": "denials-full",
    "denials-full-not-against": "denials-full",
    "denials-documents-confirmed": "denials-documents",
    "denials-documents-denied": "denials-documents",
    "denials-documents-borne": "denials-documents",
    "denials-unnamed-confirmed": "denials-unnamed",
    "denials-unnamed-denied": "denials-unnamed",
    "denials-unnamed-borne": "denials-unnamed",
    "denials-silent-borne": "denials-silent",
    "denials-peers-full-unresolved": "denials-peers-full",
    "denials-second-full-unresolved": "denials-second-full",
}
"""Count → the count that it is a share of, for the intervals of the shares."""


def interval_of_share(part: str, whole: str, data: Dataset) -> Quantity:
    """The :func:`interval` of one count as a share of another, in whole percent.

    ``part`` and ``whole`` are keys of counts; the sources are those of the whole.
    """
    cases, of = (data.facts[key] for key in (part, whole))
    yes, no = int(cases.value), int(of.value - cases.value)
    low, high = interval(yes, yes + no)
    made = f"middle 95% of Beta(1 + {yes}, 1 + {no})"
    return _band(round(100 * low), round(100 * high), "percent", of.sources, made)


for _part, _whole in SHARES.items():
    computed(f"{_part}-interval", _part, _whole)(partial(interval_of_share, _part, _whole))


def _second_full(unresolved_only: bool, data: Dataset) -> Quantity:
    table = as_second_coded(data)
    rows = table["response_type"] == "denied in full"
    if unresolved_only:
        rows &= table["later_status"] == "unresolved"
    return data.tally("press_reports", table.loc[rows, "id"])


_TWICE = ("second_coding", "press_reports")
computed("denials-second-full", *_TWICE)(partial(_second_full, False))
computed("denials-second-full-unresolved", *_TWICE)(partial(_second_full, True))


def _agreement(what: str, column: str, unit: str, data: Dataset) -> Quantity:
    row = agreement(data=data).loc[what]
    made = Quantity.of(row[column], unit, sources=tuple(split(row["source_ids"])))
    return replace(made.shown(digits=2), rests_on="reported")


def _kappa_band(what: str, data: Dataset) -> Quantity:
    row = agreement(data=data).loc[what]
    made = "middle 95% of kappa over rows drawn again with replacement"
    low, high = round(row["kappa_low"], 2), round(row["kappa_high"], 2)
    return _band(low, high, "kappa", split(row["source_ids"]), made)


for _what in _CODED:
    computed(f"denials-{_what}-agree", *_TWICE)(partial(_agreement, _what, "agree", "reports"))
    computed(f"denials-{_what}-kappa", *_TWICE)(partial(_agreement, _what, "kappa", "kappa"))
    computed(f"denials-{_what}-kappa-interval", *_TWICE)(partial(_kappa_band, _what))


def _own(table: pd.DataFrame, yours: pd.Series, data: Dataset) -> Quantity:
    pages = tuple(dict.fromkeys(data.strongest(split(ids)) for ids in table["source_ids"]))
    made = Quantity.of(kappa(table["ours"], yours), "kappa", sources=pages).shown(digits=2)
    return replace(made, rests_on="reported")


@computed("denials-five-kappa", *_TWICE)
def _five_kappa(data: Dataset) -> Quantity:
    table = five(data)
    return _own(table, table["second"], data)


@computed("denials-five-kappa-one-more", *_TWICE)
def _five_kappa_one_more(data: Dataset) -> Quantity:
    table = five(data)
    agreed = table["second"].mask(table["id"] == "bd-2025-09-chip-team", table["ours"])
    return _own(table, agreed, data)


# --- Transformations of its charts, worked out in the reader's browser


def updated_beliefs(cases: pd.DataFrame) -> alt.Chart:
    """The Beta-binomial belief for each row of :func:`beliefs`, given imagined cases. No mark.

    The parameters ``prior_out`` and ``prior_not`` of the chart are the imagined cases. Columns:
    ``who``, ``n``, ``cases``, ``mean``, ``low`` and ``high`` (shares; the middle with a
    probability of nineteen in twenty), ``words`` (the two ends) and ``row`` (the words of its row).
    """
    density = "exp((datum.a - 1) * log(datum.x) + (datum.b - 1) * log(1 - datum.x))"
    running = {"groupby": ["who"], "sort": [alt.SortField("x")], "frame": [None, 0]}
    return (
        alt.Chart(cases)
        .transform_calculate(
            a="prior_out + datum.cases",
            b="prior_not + datum.n - datum.cases",
            x="sequence(0.0005, 1, 0.001)",
        )
        .transform_flatten(["x"])
        .transform_calculate(weight=density)
        .transform_joinaggregate(total="sum(weight)", groupby=["who"])
        .transform_window(below="sum(weight)", **running)
        .transform_filter("abs(datum.below / datum.total - 0.5) <= 0.475")
        .transform_aggregate(low="min(x)", high="max(x)", groupby=["who", "n", "cases", "a", "b"])
        .transform_calculate(
            mean="datum.a / (datum.a + datum.b)",
            words="format(datum.low, '.0%') + ' to ' + format(datum.high, '.0%')",
            row="datum.n ? datum.who + '|' + datum.cases + ' of ' + datum.n : datum.who",
        )
    )


def codings_compared(mine: pd.DataFrame) -> tuple[alt.Chart, alt.Chart]:
    """The reports of :func:`five` coded by us and by the reader, and how far the two agree.

    Two charts without a mark, for the parameters of ``mine`` and ``cover``, which hides ours. Both
    have ``name`` (the report, or "result"), ``ours_words`` and ``yours_words``, the first also
    ``sign`` (whether the codes are the same).
    """
    model = coding_expressions()
    base = (
        alt.Chart(mine)
        .transform_calculate(yours=model["yours"])
        .transform_calculate(match=model["match"], chance=model["chance"])
    )
    rows = base.transform_calculate(
        ours_words="cover ? '?' : replace(datum.ours, ' ', '\\n')",
        yours_words="replace(datum.yours, ' ', '\\n')",
        sign="cover ? '' : datum.match ? '=' : '≠'",
    )
    result = base.transform_aggregate(
        rows="count()", agree="sum(match)", observed="mean(match)", expected="mean(chance)"
    ).transform_calculate(
        name="'result'",
        ours_words="cover ? '?' : datum.agree + ' of ' + datum.rows + '\\nagree'",
        yours_words="cover ? '?' : 'kappa\\n' + "
        "format((datum.observed - datum.expected) / (1 - datum.expected), '.2f')",
    )
    return rows, result
