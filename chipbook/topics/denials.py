"""Denials: counts and shares of the coded reports, their intervals, and the agreement of coders.

The coded reports are no random sample: the search began with known disputes. An interval here says
how little a number of rows pins down, and nothing on how the rows were found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import product

import altair as alt
import numpy as np
import pandas as pd
from scipy.stats import CensoredData, beta, ecdf

from chipbook.charts import theme
from chipbook.data import BOOK, Dataset, facts, kept, load, sources, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import ANSWER_WORDS, NOT_YET, known_from
from chipbook.topics.agreement import kappa, kappa_interval, outward
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
"""Types of answer that count. "No reply found" is about our search, so it is in no rate."""
CONFIRMED = ("confirmed", "confirmed in part")

BORNE_OUT = "borne out, wholly or in part"
OUTCOMES = {
    "borne out": BORNE_OUT,
    "partly borne out": BORNE_OUT,
    "contradicted": "contradicted",
    "superseded": "overtaken",
    "unresolved": "unresolved",
}
"""Coded later status → what a mark stands for, from the settled to the open."""
SETTLED = (BORNE_OUT, "contradicted")
"""Outcomes that speak for or against a report. Open is "unresolved"; "overtaken" is neither."""

MARKS: dict[str, tuple[str, str, str]] = {
    BORNE_OUT: ("circle", "chart-3", "chart-3"),
    "contradicted": ("square", "chart-4", "chart-4"),
    "overtaken": ("diamond", "chart-muted", "chart-bg"),
    "unresolved": ("circle", "chart-muted", "chart-bg"),
}
"""What a mark stands for → its shape, stroke and fill: settled filled, open hollow."""
OUTCOME_KEY = (
    "●\N{NO-BREAK SPACE}borne out, wholly or in part · ■\N{NO-BREAK SPACE}contradicted · "
    "◊\N{NO-BREAK SPACE}overtaken · ○\N{NO-BREAK SPACE}unresolved"
)
"""The key to :data:`MARKS`, for a subtitle."""


@kept
def coded(group: str = "ByteDance", *, data: Dataset = BOOK) -> pd.DataFrame:
    """The coded reports of ``group`` ("ByteDance" or "peer"), as text, oldest first; read-only.

    Adds to the resource: ``outcome`` (a value of :data:`OUTCOMES`), ``evidence`` (sourcing in
    words; unnamed sources are split into press and rumour) and ``page``, the id of the strongest
    page of the row.
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


def answered(data: Dataset = BOOK) -> pd.DataFrame:
    """ByteDance's coded reports with a known answer, silence included: without "no reply found"."""
    table = coded(data=data)
    return table[table["response_type"] != "no reply found"].reset_index(drop=True)


def _denied_in_full(data: Dataset = BOOK) -> pd.DataFrame:
    table = coded(data=data)
    return table[table["response_type"] == "denied in full"].reset_index(drop=True)


# --- Shares and intervals


def interval(cases: int, of: int, prior: tuple[float, float] = (1, 1)) -> tuple[float, float]:
    """The middle 95% of the Beta-binomial posterior of a share, both ends between 0 and 1.

    ``cases`` of ``of`` rows have the property; ``prior`` counts the imagined rows with and without
    it, before a look at the data. One and one take every share as equally likely. Each tail holds
    2.5%, also where no row or every row has the property: the share seen, 0 or 1, then lies beyond
    the end. Raises ``ValueError`` for more cases than rows, and for a prior that is not positive.
    """
    if not 0 <= cases <= of:
        raise ValueError(f"{cases} cases of {of} rows")
    if min(prior) <= 0:
        raise ValueError(f"the prior {prior} is not positive")
    low, high = beta.interval(0.95, prior[0] + cases, prior[1] + of - cases)
    return float(low), float(high)


def answer_table() -> pd.DataFrame:
    """What became of ByteDance's reports, one row a type of answer, "no reply found" last.

    Columns: ``answer``, ``rows``, the five later statuses, ``source_ids`` (one page a report).
    """
    table = coded()
    counts = pd.crosstab(table["response_type"], table["later_status"])
    counts = counts.reindex(
        index=[*ANSWERS, "no reply found"], columns=list(OUTCOMES), fill_value=0
    )
    pages = table.groupby("response_type")["page"].agg(_joined)
    counts = counts.assign(rows=counts.sum(axis="columns"), source_ids=pages)
    return counts.rename_axis(index="answer", columns=None).reset_index()


def _joined(pages: pd.Series) -> str:
    return ";".join(dict.fromkeys(pages))


def contrast() -> pd.DataFrame:
    """Claims on documents and on unnamed people that were borne out, with the company's yes or not.

    Columns: ``n``, ``cases``, ``share``, ``low``, ``high`` (percent), ``row`` and ``words``
    (labels), ``source_ids`` (one page a report).
    """
    rows: list[dict[str, object]] = []
    for (ending, of), (key, kind) in product(
        {"": "all answered", "-unconfirmed": "not confirmed by ByteDance"}.items(),
        {"documents": "documents", "unnamed": "unnamed people, press"}.items(),
    ):
        whole, borne = (facts[f"denials-{key}{ending}{end}"] for end in ("", "-borne"))
        low, high = facts[f"denials-{key}{ending}-borne-interval"].range("percent")
        n, cases = int(whole.to("reports")), int(borne.to("reports"))
        share = {"n": n, "cases": cases, "share": 100 * cases / n, "low": low, "high": high}
        row, words = f"{kind}|{of}", f"{cases} of {n}: {low:.0f} to {high:.0f}%"
        pages = ";".join(whole.sources)
        rows.append(share | {"row": row, "words": words, "source_ids": pages})
    return pd.DataFrame(rows)


# --- How long it takes until something settles a report


def last_look(data: Dataset = BOOK) -> pd.Timestamp:
    """The day of the last search, to which a report without later evidence is watched."""
    return pd.Timestamp(data.table("searches")["date"].max())


WATCHED = {"full": "denied in full", "rest": "neither denied in full nor confirmed"}
"""Word of a group in the keys of facts → the answered reports that are watched together."""


@kept
def watched(*, data: Dataset = BOOK) -> pd.DataFrame:
    """Answered reports that the company did not confirm, and how long each was open; read-only.

    Adds to :func:`answered`: ``group`` (of :data:`WATCHED`) and ``years`` from the report to what
    settled it, to the day when events overtook it, or to :func:`last_look`.
    """
    table = answered(data)
    table = table[~table["response_type"].isin(CONFIRMED)]
    still = table["outcome"] == "unresolved"
    until = table["later_evidence_date_end"].mask(still, last_look(data))
    years = (until - table["date_end"]).dt.days.clip(lower=0) / 365.25
    group = np.where(table["response_type"] == "denied in full", *WATCHED.values())
    return table.assign(group=group, years=years)


def settlement(data: Dataset = BOOK) -> pd.DataFrame:
    """The share settled by years since the report, after Kaplan and Meier, one row a step.

    Columns: ``group`` (of :data:`WATCHED`), ``years``, ``share``, ``low`` and ``high`` (percent;
    log-log interval, missing before the first settlement), ``source_ids`` (one page a report).
    """
    parts = []
    for group, part in watched(data=data).groupby("group"):
        known = part["outcome"].isin(SETTLED)
        years = CensoredData(part.loc[known, "years"], right=part.loc[~known, "years"])
        share = ecdf(years).cdf
        ends = share.confidence_interval(method="log-log")
        drawn = {"share": share, "low": ends.low, "high": ends.high}
        steps = pd.DataFrame({name: 100 * line.probabilities for name, line in drawn.items()})
        steps = pd.concat([pd.DataFrame({"share": [0.0]}), steps])
        steps = steps.assign(years=[0.0, *share.quantiles])
        parts.append(steps.assign(group=group, source_ids=_joined(part["page"])))
    return pd.concat(parts, ignore_index=True)


# --- Every report on a line of time


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


def settled() -> pd.DataFrame:
    """ByteDance's full denials whose claim was settled later, with the evidence, oldest first.

    Adds ``when``, the month of the report in words, to the columns of :func:`coded`.
    """
    table = _denied_in_full()
    table = table[table["outcome"].isin(SETTLED)].reset_index(drop=True)
    return table.assign(when=table["date_start"].dt.strftime("%b %Y"))


# --- How firm the coding is


_CODED = {
    "answer": ("type of answer", "response_type"),
    "later": ("later status", "later_status"),
    "settled-or-not": ("settled or not", "settled"),
    "sourcing": ("sourcing", "sourcing"),
}
"""Word of a coding in the keys of facts → its name and its column."""


def rounds(data: Dataset = BOOK) -> dict[str, pd.DataFrame]:
    """The second codings by round, the blind one first where there is one.

    Adds to the resource ``settled_1`` and ``settled_2``: "settled" or "not settled", by later
    status; what events overtook is not settled.
    """
    both = data.load("second_coding")
    both = both[both["report_id"].isin(list(data.rows("press_reports")))]
    for coder in "12":
        outcome = both[f"later_status_{coder}"].astype("str").map(OUTCOMES)
        both[f"settled_{coder}"] = np.where(outcome.isin(SETTLED), "settled", "not settled")
    blind = both["blind"].astype(bool)
    parts = {"blind, a random half": both[blind], "not blind, chosen": both[~blind]}
    return {name: part for name, part in parts.items() if len(part)}


@kept
def agreement(*, data: Dataset = BOOK) -> pd.DataFrame:
    """How far two codings agree, one row a round and coding. Treat the result as read-only.

    Columns: ``round``, ``what``, ``rows``, ``agree`` (rows), ``kappa``, ``kappa_low``,
    ``kappa_high``, ``source_ids`` (one page a report). The index has the words of the keys.
    """
    rows = []
    for name, both in rounds(data).items():
        pages = ";".join(data.tally("press_reports", both["report_id"]).sources)
        for key, (what, column) in _CODED.items():
            first, second = (both[f"{column}_{coder}"].astype("str") for coder in "12")
            low, high = kappa_interval(first, second)
            agree = int((first == second).sum())
            firm = (kappa(first, second), low, high)
            rows.append((key, name, what, len(both), agree, *firm, pages))
    columns = ["key", "round", "what", "rows", "agree", "kappa", "kappa_low", "kappa_high"]
    return pd.DataFrame(rows, columns=[*columns, "source_ids"]).set_index("key")


@kept
def recoded(*, data: Dataset = BOOK) -> Dataset:
    """The data had the second coder won wherever there is one, the blind one before the other."""
    columns = ("response_type", "later_status", "sourcing")
    cells: dict[str, dict[str, str]] = {}
    for both in reversed(rounds(data).values()):
        for row in both.to_dict("records"):
            cells[row["report_id"]] = {column: str(row[f"{column}_2"]) for column in columns}
    return data.with_cells("press_reports", cells)


def headlines() -> pd.DataFrame:
    """Each share with an interval, and what it is if the second coder wins, in words.

    Columns: ``headline``, ``first``, ``second``. The last two are the chances of a full denial.
    """
    derived = load("derived").set_index("id")
    names = derived["metric"] + derived["entity"].map({"Peers": ", peers"}).fillna("")
    chances = {f"explanations-{side}-denied": f"explanations-{side}" for side in ("right", "wrong")}
    shares = {part: whole for part, whole in _SHARES.items() if "-second-" not in part} | chances
    rows = [
        (names[part], _in_words(part, whole, BOOK), _in_words(part, whole, recoded()))
        for part, whole in shares.items()
    ]
    return pd.DataFrame(rows, columns=["headline", "first", "second"])


def _in_words(part: str, whole: str, data: Dataset) -> str:
    cases, of = _counts(part, whole, data)
    low, high = outward(*interval(cases, of), places=2)
    return f"{cases} of {of}: {low:.0%} to {high:.0%}"


def _counts(part: str, whole: str, data: Dataset) -> tuple[int, int]:
    cases, of = (int(data.facts[key].value or 0) for key in (part, whole))
    return cases, of


# --- Numbers that no formula can make


def band(low: float, high: float, unit: str, pages: Iterable[str]) -> Quantity:
    """A range without a point, from ``low`` to ``high`` in ``unit``, printed with two digits.

    ``pages`` are ids of sources.
    """
    made = Quantity.of(None, unit, low=low, high=high, sources=tuple(pages))
    return replace(made, digits=2, rests_on="reported")


_SHARES = {
    "denials-full-unresolved": "denials-full",
    "denials-full-early-unresolved": "denials-full-early",
    "denials-full-late-unresolved": "denials-full-late",
    "denials-full-borne": "denials-full-live",
    "denials-full-not-against": "denials-full-live",
    "denials-full-unresolved-stories": "denials-full-stories",
    "denials-settled-borne": "denials-settled",
    "denials-settled-borne-stories": "denials-settled-stories",
    "denials-documents-borne": "denials-documents",
    "denials-unnamed-borne": "denials-unnamed",
    "denials-documents-unconfirmed-borne": "denials-documents-unconfirmed",
    "denials-unnamed-unconfirmed-borne": "denials-unnamed-unconfirmed",
    "denials-silent-borne": "denials-silent",
    "denials-peers-full-unresolved": "denials-peers-full",
    "denials-second-full-unresolved": "denials-second-full",
    "denials-second-settled-borne": "denials-second-settled",
}
"""Counts that stand as a share of another, with an interval."""


def interval_of_share(part: str, whole: str, data: Dataset) -> Quantity:
    """The :func:`interval` of one count as a share of another, in whole percent.

    ``part`` and ``whole`` are keys of counts; the sources are those of the whole.
    """
    yes, of = _counts(part, whole, data)
    low, high = interval(yes, of)
    return band(*outward(100 * low, 100 * high), "percent", data.facts[whole].sources)


for _part, _whole in _SHARES.items():
    computed(f"{_part}-interval", _part, _whole)(partial(interval_of_share, _part, _whole))


_TWICE = ("second_coding", "press_reports")


def _of_second_coder(key: str, data: Dataset) -> Quantity:
    return recoded(data=data).facts[key]


for _end in ("full", "full-unresolved", "settled", "settled-borne"):
    computed(f"denials-second-{_end}", *_TWICE)(partial(_of_second_coder, f"denials-{_end}"))


_OF_STORIES: dict[str, Callable[[set[str]], bool]] = {
    "full": bool,
    "full-unresolved": lambda outcomes: outcomes == {"unresolved"},
    "settled": lambda outcomes: not outcomes.isdisjoint(SETTLED),
    "settled-borne": lambda outcomes: BORNE_OUT in outcomes,
}
"""Word in the keys of facts → which stories it counts, by the outcomes of their full denials."""


def _stories(chosen: Callable[[set[str]], bool], data: Dataset) -> Quantity:
    """Stories of ByteDance's full denials; a report without a story is one of its own."""
    full = _denied_in_full(data)
    outcomes = full["outcome"].groupby(full["story"].fillna(full["id"])).agg(set)
    pages = data.tally("press_reports", full["id"]).sources
    return _point(int(outcomes.map(chosen).sum()), "stories", pages)


for _end, _chosen in _OF_STORIES.items():
    computed(f"denials-{_end}-stories", "press_reports")(partial(_stories, _chosen))


def _in_three_years(key: str, columns: tuple[str, ...], data: Dataset) -> Quantity:
    """What :func:`settlement` has for a group three years after the report."""
    steps = settlement(data)
    row = steps[(steps["group"] == WATCHED[key]) & (steps["years"] <= 3)].iloc[-1]
    first, *last = (row[column] for column in columns)
    pages = split(row["source_ids"])
    if not last:
        return replace(_point(round(first), "percent", pages), rough=True)
    return band(*outward(first, *last), "percent", pages)


for _group in WATCHED:
    _key = f"denials-{_group}-in-three-years"
    for _end, _columns in (("", ("share",)), ("-interval", ("low", "high"))):
        _made = partial(_in_three_years, _group, _columns)
        computed(f"{_key}{_end}", "press_reports", "searches")(_made)


def _point(value: float, unit: str, pages: Iterable[str]) -> Quantity:
    made = Quantity.of(value, unit, sources=tuple(pages))
    return replace(made, digits=2, rests_on="reported")


def _agreement(what: str, column: str, unit: str, data: Dataset, at: int = 0) -> Quantity:
    """A cell of :func:`agreement`, of the round ``at``: the one printed first, or -1, the last."""
    row = agreement(data=data).loc[[what]].iloc[at]
    return _point(row[column], unit, split(row["source_ids"]))


def _kappa_band(what: str, data: Dataset) -> Quantity:
    row = agreement(data=data).loc[[what]].iloc[0]
    ends = outward(row["kappa_low"], row["kappa_high"], places=2)
    return band(*ends, "kappa", split(row["source_ids"]))


for _key, _at in {"denials-coded-twice": 0, "denials-coded-chosen": -1}.items():
    _rows = partial(_agreement, "answer", "rows", "reports", at=_at)
    computed(_key, *_TWICE)(_rows)
for _what in _CODED:
    computed(f"denials-{_what}-agree", *_TWICE)(partial(_agreement, _what, "agree", "reports"))
    computed(f"denials-{_what}-kappa", *_TWICE)(partial(_agreement, _what, "kappa", "kappa"))
    computed(f"denials-{_what}-kappa-interval", *_TWICE)(partial(_kappa_band, _what))


@computed("denials-in-both-rounds", *_TWICE)
def _in_both_rounds(data: Dataset) -> Quantity:
    twice = data.load("second_coding")["report_id"]
    twice = twice[twice.duplicated()]
    return _point(len(twice), "reports", data.tally("press_reports", twice).sources)


@computed("denials-overruled", *_TWICE)
def _overruled(data: Dataset) -> Quantity:
    """Reports with a code on which both coders of a round agree, and that was decided otherwise."""
    decided = data.rows("press_reports")
    reports = {
        row["report_id"]: None
        for row in data.rows("second_coding").values()
        for column in ("response_type", "later_status", "sourcing")
        if row[f"{column}_1"] == row[f"{column}_2"] != decided[row["report_id"]][column]
    }
    return _point(len(reports), "reports", data.tally("press_reports", reports).sources)
