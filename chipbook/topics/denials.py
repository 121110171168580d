"""Denials: counts and shares of the coded reports, their intervals, and the agreement of coders.

The coded reports are no random sample: the search began with known disputes. An interval here says
how little a number of rows pins down, and nothing on how the rows were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product

import altair as alt
import numpy as np
import pandas as pd
from scipy.stats import beta

from chipbook.charts import coloured, theme
from chipbook.data import BOOK, Dataset, kept, load, sources, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import ANSWER_WORDS, NOT_YET, known_from
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

BORNE_OUT = "borne out, wholly or in part"
OUTCOMES = {
    "borne out": BORNE_OUT,
    "partly borne out": BORNE_OUT,
    "contradicted": "contradicted",
    "superseded": "overtaken",
    "unresolved": "unresolved",
}
"""Coded later status → what a mark stands for, from the settled to the open."""

_MARKS: dict[object, tuple[str, str, str]] = {
    BORNE_OUT: ("circle", "chart-3", "chart-3"),
    "contradicted": ("square", "chart-4", "chart-4"),
    "overtaken": ("diamond", "chart-muted", "chart-bg"),
    "unresolved": ("circle", "chart-muted", "chart-bg"),
}
"""What a mark stands for → its shape, its stroke and its fill."""
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


@kept
def coded(group: str = "ByteDance", *, data: Dataset = BOOK) -> pd.DataFrame:
    """The coded reports of ``group`` ("ByteDance" or "peer"), as text, oldest first; read-only.

    Adds to the resource: ``outcome`` (a value of :data:`OUTCOMES`), ``evidence`` (one of
    :data:`EVIDENCE`; unnamed sources are split into press and rumour) and ``page``, the id of the
    strongest page of the row.
    """
    table = data.load("press_reports")
    table = table[table["group"] == group].sort_values(["date_start", "id"])
    table = table.astype(dict.fromkeys(("response_type", "later_status", "sourcing", "topic"), str))
    kinds = {
        "anonymous sources": "unnamed people, press",
        "named source": "named person",
        "court filing": "court or regulator",
        "regulator": "court or regulator",
        "company": "the company itself",
    }
    rumour = table["sourcing"].eq("anonymous sources") & table["origin"].ne("press")
    return table.assign(
        outcome=table["later_status"].map(OUTCOMES),
        evidence=table["sourcing"].replace(kinds).mask(rumour, "rumour, source unknown"),
        page=[data.strongest(split(pages)) for pages in table["source_ids"]],
    ).reset_index(drop=True)


def answered() -> pd.DataFrame:
    """ByteDance's coded reports with a known answer, silence included: without "no reply found"."""
    return coded().query("response_type != 'no reply found'").reset_index(drop=True)


def _denied_in_full(group: str = "ByteDance") -> pd.DataFrame:
    return coded(group).query("response_type == 'denied in full'").reset_index(drop=True)


# --- Shares and intervals


def interval(cases: int, of: int, prior: tuple[float, float] = (1, 1)) -> tuple[float, float]:
    """The middle 95% of the Beta-binomial posterior of a share, both ends between 0 and 1.

    ``cases`` of ``of`` rows have the property; ``prior`` counts the imagined rows with and without
    it, before a look at the data. One and one take every share as equally likely. Where no row or
    every row has the property, the interval reaches to 0 or 1. Raises ``ValueError`` for more cases
    than rows, and for a prior that is not positive.
    """
    if not 0 <= cases <= of:
        raise ValueError(f"{cases} cases of {of} rows")
    if min(prior) <= 0:
        raise ValueError(f"the prior {prior} is not positive")
    low, high = beta.interval(0.95, prior[0] + cases, prior[1] + of - cases)
    # The middle of the posterior would leave out the very share that was seen.
    return (0.0 if of and cases == 0 else float(low)), (1.0 if of and cases == of else float(high))


def answer_table() -> pd.DataFrame:
    """What became of ByteDance's reports, one row a type of answer, "no reply found" last.

    Columns: ``answer``, ``rows``, the five later statuses, ``source_ids`` (one page a report).
    """
    table = coded()
    counts = pd.crosstab(table["response_type"], table["later_status"])
    counts = counts.reindex(index=[*ANSWERS, "no reply found"], columns=list(OUTCOMES), fill_value=0)
    pages = table.groupby("response_type")["page"].agg(_joined)
    counts = counts.assign(rows=counts.sum(axis="columns"), source_ids=pages)
    return counts.rename_axis(index="answer", columns=None).reset_index()


def _joined(pages: pd.Series) -> str:
    return ";".join(dict.fromkeys(pages))


MEASURES = (BORNE_OUT, "contradicted", "unresolved")
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
    full = pd.concat([_denied_in_full(), _denied_in_full("peer")])
    groups = (
        (table, table["evidence"], EVIDENCE),
        (table, table["response_type"], ANSWERS),
        (full, full["group"].astype("str").replace("peer", "peers"), ("ByteDance", "peers")),
    )
    rows = []
    for grouping, (reports, label, order) in zip(GROUPINGS, groups, strict=True):
        for group, measure in product(order, MEASURES):
            members = reports[label == group]
            cases, n = int((members["outcome"] == measure).sum()), len(members)
            low, high = (100 * end for end in interval(cases, n))
            place = {"grouping": grouping, "measure": measure, "group": group}
            found = {"n": n, "cases": cases, "share": 100 * cases / n, "low": low, "high": high}
            words = {"row": f"{group}|{cases} of {n}", "words": f"{low:.0f} to {high:.0f}%"}
            rows.append({**place, **found, **words, "source_ids": _joined(members["page"])})
    return pd.DataFrame(rows)


# --- Marks: one a report


def outcome_encoding(field: str = "outcome") -> dict[str, alt.SchemaBase]:
    """Encodings that draw the later status of a report, in ``field``: settled filled, open hollow.

    Use as ``mark_point(…).encode(…, **outcome_encoding())``; the key is :data:`OUTCOME_KEY`.
    """
    shapes, strokes, fills = (
        dict(zip(_MARKS, each, strict=True)) for each in zip(*_MARKS.values(), strict=True)
    )
    scale = alt.Scale(domain=list(shapes), range=list(shapes.values()))
    return {
        "shape": alt.Shape(field, type="nominal", scale=scale, legend=None),
        "stroke": coloured(field, strokes, alt.Stroke),
        "fill": coloured(field, fills, alt.Fill),
    }


def marks() -> pd.DataFrame:
    """Every answered report of ByteDance as a mark: fourteen to a line, settled ones first.

    Columns ``place`` (across) and ``line`` (down, one apart, with a gap between types of answer),
    ``row`` (label of the type) and ``centre`` (the line its label stands on), ``answer``,
    ``outcome``, ``report`` (the claim in our words), ``source_ids`` (one page a report).
    """
    names = {"response_type": "answer", "claim": "report", "page": "source_ids"}
    table = answered().drop(columns="source_ids").rename(columns=names)
    order, wide = list(_MARKS), 14
    parts, line = [], 0.0
    for answer in ANSWERS:
        part = table[table["answer"] == answer]
        part = part.sort_values("outcome", key=lambda column: column.map(order.index))
        count, lines = np.arange(len(part)), -(-len(part) // wide)
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
    columns = ["place", "line", "centre", "row", "answer", "outcome", "report", "source_ids"]
    return pd.concat(parts)[columns].reset_index(drop=True)


def row_axis(table: pd.DataFrame) -> alt.Axis:
    """An axis with the labels ``row`` of ``table``, each at its ``centre``; a bar breaks a line."""
    rows = table.drop_duplicates("row")
    words, places = rows["row"].tolist(), rows["centre"].tolist()
    label = f"split({words}[indexof({places}, datum.value)], '|')"
    # Vega thins out given values as well, down to the number of ticks, and then labels that touch.
    drawn = {"values": places, "tickCount": len(places), "labelOverlap": False, "grid": False}
    look = {"title": None, "labelLimit": 170, "labelColor": theme.colour("chart-fg")}
    return alt.Axis(**drawn, labelExpr=label, **look)


def timeline() -> pd.DataFrame:
    """Every coded report of ByteDance on a time axis, in lanes so that no two marks touch.

    Reports of one type of answer whose dates lie less than 125 days from each other, or
    within the span of an uncertain date, take lanes of their own.
    Columns: ``date`` (the middle of what is known of the date), ``from`` and ``to`` (its first and
    last day), ``lane`` (down), ``row`` and ``centre`` (label of the type of answer and its lane),
    ``topic``, ``answer``, ``outcome``, ``outlet``, ``claim``, ``response`` ``source_ids`` and
    ``id``, and since when report, answer and outcome are known: ``public``, ``answered`` and
    ``settled`` (ISO; the last day of a date, TODAY for an answer without one).
    """
    table = coded().rename(columns={"response_type": "answer"})
    first, last = table["date_start"], table["date_end"]
    replied = known_from(table["response_date_end"])
    became = known_from(table["later_evidence_date_end"])
    table = table.assign(
        **{"date": first + (last - first) / 2, "from": first, "to": last},
        public=known_from(last),
        # Nothing was ever to be known of a reply that nobody found, or of an open claim.
        answered=replied.mask(table["answer"] == "no reply found", ""),
        settled=became.mask(table["outcome"] == "unresolved", ""),
    ).sort_values(["date", "id"])
    parts, top = [], 0.0
    for answer in (*ANSWERS, "no reply found"):
        part = table[table["answer"] == answer]
        lanes = _lanes(part, pd.Timedelta(days=125) / 2)
        row = ANSWER_WORDS[answer] if answer == "no reply found" else answer
        part = part.assign(lane=[top + lane for lane in lanes], row=row.replace(" ", "|", 1))
        parts.append(part.assign(centre=top + max(lanes) / 2))
        top += max(*lanes, 1) + 2.5  # room for a label of two lines
    columns = ["date", "from", "to", "lane", "centre", "row", "topic", "answer", "outcome"]
    columns += ["outlet", "claim", "response", "source_ids", "id", "public", "answered", "settled"]
    return pd.concat(parts)[columns].reset_index(drop=True)


def _lanes(dates: pd.DataFrame, around: pd.Timedelta) -> list[int]:
    """A lane for each span, and at least ``around`` both sides of its middle: the first free."""
    ends: list[pd.Timestamp] = []  # of each lane, the day from which it is free
    taken = []
    for first, last, middle in zip(dates["from"], dates["to"], dates["date"], strict=True):
        start, end = min(first, middle - around), max(last, middle + around)
        lane = next((i for i, free in enumerate(ends) if free <= start), len(ends))
        ends[lane : lane + 1] = [end]
        taken.append(lane)
    return taken


def as_known(table: pd.DataFrame, chosen: str) -> tuple[alt.Chart, alt.Chart]:
    """The reports known on the day of the parameter ``as_of``, and their number. No mark is set.

    ``table`` is :func:`timeline`, ``chosen`` an expression for the reports that don't fade and are
    counted. The first chart adds to the rows ``level`` (the lane), ``said`` (the answer),
    ``became`` (the outcome) and ``shown`` (opacity); the second has one row with ``words``.
    """
    below = table["lane"].max() + 1
    known = (
        alt.Chart(table)
        .transform_filter("datum.public <= as_of")
        .transform_calculate(
            level=f"datum.answered <= as_of ? datum.lane : {below}",
            said=f"datum.answered <= as_of ? datum.response : '{NOT_YET}'",
            became="datum.settled <= as_of ? datum.outcome : 'unresolved'",
        )
        .transform_calculate(shown=f"{chosen} ? 1 : 0.13")
    )
    number = known.transform_filter(chosen).transform_aggregate(chosen="count()")
    return known, number.transform_calculate(words="datum.chosen + ' reports'")


def days() -> list[str]:
    """Days to look back from (ISO): those of report and article, and the ends of the years."""
    table = timeline()
    report = table.set_index("id").loc["bd-2025-01-ft-12bn", "public"]
    article = sources().loc[ARTICLE, "published"]
    years = range(table["from"].min().year, table["to"].max().year)
    return [report, article, *(f"{year}-12-31" for year in years)]


# --- What a denial was about


def aims() -> pd.DataFrame:
    """Denials and what each was about: ``about`` is our reading of claim and response.

    The other columns are those of press_reports.
    """
    about = load("denial_aims").set_index("report_id")["about"]
    press = load("press_reports").set_index("id")
    return press.loc[about.index].assign(about=about).reset_index(names="id")


def settled(group: str = "ByteDance") -> pd.DataFrame:
    """Full denials of ``group`` whose claim was settled later, with the evidence, oldest first.

    Adds ``when``, the month of the report in words, to the columns of :func:`coded`.
    """
    table = _denied_in_full(group)
    table = table[~table["outcome"].isin(OPEN)].reset_index(drop=True)
    return table.assign(when=table["date_start"].dt.strftime("%b %Y"))


# --- What a prior does


def beliefs() -> pd.DataFrame:
    """Settled full denials for the chart of beliefs: how many, and how many bear the report out.

    Columns: ``who``, ``n``, ``cases``, ``source_ids``. The first row is a belief without data.
    """
    ours, theirs = settled(), settled("peer")
    both = pd.concat([ours, theirs])
    pages = _joined(both["page"])
    rows = [{"who": "before a look", "n": 0, "cases": 0, "source_ids": pages}]
    for who, part in {"ByteDance": ours, "peers": theirs, "both": both}.items():
        cases = int((part["outcome"] == BORNE_OUT).sum())
        pages = _joined(part["page"])
        rows.append({"who": who, "n": len(part), "cases": cases, "source_ids": pages})
    return pd.DataFrame(rows)


# --- How firm the coding is


def kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Cohen's kappa of ``first`` and ``second``, codings of the same rows: agreement beyond chance.

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


def _kappa_interval(first: Sequence[str], second: Sequence[str]) -> tuple[float, float]:
    """Percentile bootstrap of :func:`kappa`: the rows are drawn again with replacement.

    The seed is fixed, so the book prints the same interval every time.
    """
    a, b = _numbered(first, second)
    rows = np.random.default_rng(2025).integers(0, a.size, (4000, a.size))
    low, high = np.nanquantile(_kappa(a[rows], b[rows]), [0.025, 0.975])
    return float(low), float(high)


_CODED = {
    "answer": ("type of answer", "response_type"),
    "later": ("later status", "later_status"),
}
"""Word of a coding in the keys of facts → its name and its column."""


@kept
def agreement(*, data: Dataset = BOOK) -> pd.DataFrame:
    """How far the two codings agree. Treat the result as read-only.

    One row for the type of answer and one for the later status: ``what``, ``rows``, ``agree``
    (rows), ``kappa``, ``kappa_low``, ``kappa_high``, ``source_ids`` (one page a report).
    """
    both = data.load("second_coding")
    pages = data.tally("press_reports", both["report_id"]).sources
    rows = []
    for what, column in _CODED.values():
        first, second = both[f"{column}_1"].astype("str"), both[f"{column}_2"].astype("str")
        low, high = _kappa_interval(first, second)
        alike = {"what": what, "rows": len(both), "agree": int((first == second).sum())}
        firm = {"kappa": kappa(first, second), "kappa_low": low, "kappa_high": high}
        rows.append({**alike, **firm, "source_ids": ";".join(pages)})
    return pd.DataFrame(rows, index=list(_CODED))


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
    second = data.load("second_coding").set_index("report_id")["response_type_2"]
    table = coded(data=data).set_index("id").loc[list(FIVE)]
    place = range(len(table))
    table = table.assign(
        name=FIVE.values(),
        ours=table["response_type"],
        second=second.astype("str"),
        place=place,
        parameter=[f"code{i}" for i in place],
    ).reset_index(names="id")
    columns = ["id", "name", "claim", "response", "ours", "second", "place", "parameter"]
    return table[[*columns, "source_ids"]]


# --- Numbers that no formula can make


def _band(low: float, high: float, unit: str, pages: Iterable[str], formula: str) -> Quantity:
    band = Quantity.of(None, unit, low=low, high=high, sources=tuple(pages))
    return replace(band, digits=2, rests_on="reported", formula=formula)


_SHARES = {
    "denials-full": ("unresolved", "borne", "not-against"),
    "denials-settled": ("borne",),
    "denials-documents": ("confirmed", "denied", "borne"),
    "denials-unnamed": ("confirmed", "denied", "borne"),
    "denials-silent": ("borne",),
    "denials-peers-full": ("unresolved",),
    "denials-second-full": ("unresolved",),
}
"""Count → ends of the keys of those counts that stand as a share of it, with an interval."""


def interval_of_share(part: str, whole: str, data: Dataset) -> Quantity:
    """The :func:`interval` of one count as a share of another, in whole percent.

    ``part`` and ``whole`` are keys of counts; the sources are those of the whole.
    """
    yes, of = (int(data.facts[key].to("reports")) for key in (part, whole))
    low, high = (round(100 * end) for end in interval(yes, of))
    made = f"middle 95% of Beta(1 + {yes}, 1 + {of - yes})"
    return _band(low, high, "percent", data.facts[whole].sources, made)


for _whole, _ends in _SHARES.items():
    for _part in (f"{_whole}-{_end}" for _end in _ends):
        computed(f"{_part}-interval", _part, _whole)(partial(interval_of_share, _part, _whole))


def _second_full(later: tuple[str, ...], data: Dataset) -> Quantity:
    """Full denials with such a later status, had the second coding won wherever there is one."""
    second = data.load("second_coding").set_index("report_id")
    table = coded(data=data).set_index("id")[["response_type", "later_status"]]
    for column in table:
        table.loc[second.index, column] = second[f"{column}_2"].astype("str")
    rows = table["response_type"].eq("denied in full") & table["later_status"].isin(later)
    return data.tally("press_reports", table.index[rows])


_TWICE = ("second_coding", "press_reports")
computed("denials-second-full", *_TWICE)(partial(_second_full, tuple(OUTCOMES)))
computed("denials-second-full-unresolved", *_TWICE)(partial(_second_full, ("unresolved",)))


def _point(value: float, unit: str, pages: Iterable[str]) -> Quantity:
    made = Quantity.of(value, unit, sources=tuple(pages))
    return replace(made, digits=2, rests_on="reported")


def _agreement(what: str, column: str, unit: str, data: Dataset) -> Quantity:
    row = agreement(data=data).loc[what]
    return _point(row[column], unit, split(row["source_ids"]))


def _kappa_band(what: str, data: Dataset) -> Quantity:
    row = agreement(data=data).loc[what]
    made = "middle 95% of kappa over rows drawn again with replacement"
    low, high = round(row["kappa_low"], 2), round(row["kappa_high"], 2)
    return _band(low, high, "kappa", split(row["source_ids"]), made)


for _what in _CODED:
    computed(f"denials-{_what}-agree", *_TWICE)(partial(_agreement, _what, "agree", "reports"))
    computed(f"denials-{_what}-kappa", *_TWICE)(partial(_agreement, _what, "kappa", "kappa"))
    computed(f"denials-{_what}-kappa-interval", *_TWICE)(partial(_kappa_band, _what))


def _five_kappa(agreed: tuple[str, ...], data: Dataset) -> Quantity:
    """Kappa on the five reports, with our code in place of the second for those ``agreed``."""
    table = five(data)
    second = table["second"].mask(table["id"].isin(agreed), table["ours"])
    pages = data.tally("press_reports", table["id"]).sources
    return _point(kappa(table["ours"], second), "kappa", pages)


computed("denials-five-kappa", *_TWICE)(partial(_five_kappa, ()))
computed("denials-five-kappa-one-more", *_TWICE)(partial(_five_kappa, ("bd-2025-09-chip-team",)))


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
    yours = f"[{', '.join(mine['parameter'])}][datum.place]"
    # The share of our codes that equal the reader's: their mean is the agreement by chance.
    alike = " + ".join(f"(datum.yours == '{code}' ? 1 : 0)" for code in mine["ours"])
    base = (
        alt.Chart(mine)
        .transform_calculate(yours=yours)
        .transform_calculate(match="datum.yours == datum.ours ? 1 : 0")
        .transform_calculate(chance=f"({alike}) / {len(mine)}")
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
