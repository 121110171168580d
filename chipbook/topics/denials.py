"""Denials: the coded reports, their counts and intervals, and the agreement of coders.

The coded reports are no random sample: the search began with known disputes. An interval here says
how little a number of rows pins down, and nothing on how the rows were found.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from chipbook.data import BOOK, Dataset, kept, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.settings import settings
from chipbook.story.reviews import last_search
from chipbook.topics.agreement import AGREEMENT, agreement, band, outward, point

# --- The coded reports

_SET = settings(__file__)
ANSWERS: dict[str, str] = _SET["answers"]
CONFIRMED = ("confirmed", "confirmed in part")

OUTCOMES: dict[str, str] = _SET["outcomes"]
BORNE_OUT = OUTCOMES["borne out"]
SETTLED = (BORNE_OUT, "contradicted")
"""Outcomes that speak for or against a report. Open is "unresolved"; "overtaken" is neither."""

CHIP_TOPICS = ("chip purchases", "own chips", "data centres", "export controls")


@kept
def coded(group: str = "ByteDance", *, data: Dataset = BOOK) -> pd.DataFrame:
    """The coded reports of ``group`` ("ByteDance" or "peer"), as text, oldest first; read-only.

    Adds to the resource ``outcome`` (a value of :data:`OUTCOMES`) and ``page``, the id of the
    strongest page of the row.
    """
    table = data.load("press_reports")
    table = table[table["group"] == group].sort_values(["date_start", "id"])
    table = table.astype(dict.fromkeys(("response_type", "later_status", "topic"), str))
    return table.assign(
        outcome=table["later_status"].map(OUTCOMES),
        page=[data.strongest(split(pages)) for pages in table["source_ids"]],
    ).reset_index(drop=True)


def answered(data: Dataset = BOOK) -> pd.DataFrame:
    """ByteDance's coded reports with a known answer, silence included: without "no reply found"."""
    table = coded(data=data)
    return table[table["response_type"] != "no reply found"].reset_index(drop=True)


# --- Shares and intervals


def interval(cases: int, of: int) -> tuple[float, float]:
    """The middle 95% of the Beta-binomial posterior of a share, both ends between 0 and 1.

    ``cases`` of ``of`` rows have the property; every share is equally likely before a look at the
    data. Each tail holds 2.5%, also where no row or every row has the property: the share seen, 0
    or 1, then lies beyond the end. Raises ``ValueError`` for more cases than rows.
    """
    if not 0 <= cases <= of:
        raise ValueError(f"{cases} cases of {of} rows")
    from scipy.stats import beta

    low, high = beta.interval(0.95, 1 + cases, 1 + of - cases)
    return float(low), float(high)


# --- How long it takes until something settles a report


WATCHED: dict[str, str] = _SET["watched"]


@kept
def watched(*, data: Dataset = BOOK) -> pd.DataFrame:
    """Answered reports that the company did not confirm, and how long each was open; read-only.

    Adds to :func:`answered`: ``group`` (of :data:`WATCHED`) and ``years`` from the report to what
    settled it, to the day when events overtook it, or to the last search.
    """
    table = answered(data)
    table = table[~table["response_type"].isin(CONFIRMED)]
    still = table["outcome"] == "unresolved"
    until = table["later_evidence_date_end"].mask(still, pd.Timestamp(last_search(data)))
    years = (until - table["date_end"]).dt.days.clip(lower=0) / 365.25
    group = np.where(table["response_type"] == "denied in full", *WATCHED.values())
    return table.assign(group=group, years=years)


def settlement(data: Dataset = BOOK) -> pd.DataFrame:
    """The share settled by years since the report, after Kaplan and Meier, one row a step.

    Columns: ``group`` (of :data:`WATCHED`), ``years``, ``share``, ``low`` and ``high`` (percent;
    log-log interval, missing before the first settlement), ``source_ids`` (one page a report).
    """
    from scipy.stats import CensoredData, ecdf

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
        parts.append(steps.assign(group=group, source_ids=";".join(part["page"].unique())))
    return pd.concat(parts, ignore_index=True)


# --- Every report, by date and answer


def by_answer() -> pd.DataFrame:
    """ByteDance's coded reports piled up by quarter, one pile for each row of answers.

    Adds to :func:`coded`: ``quarter`` (a day in the middle of the quarter), ``answer`` (of
    :data:`ANSWERS`), ``top`` (where its name is, in steps down from 0), ``level`` (where the report
    is, below the name), ``chips`` (whether it is about chips or data centres) and ``ours`` (the
    report that the book is about, on top of its pile).
    """
    table = coded()
    date = table["date_start"] + (table["date_end"] - table["date_start"]) / 2
    quarter = date.dt.to_period("Q").dt.start_time + pd.Timedelta(days=45)
    ours = table["id"] == "bd-2025-01-ft-12bn"
    table = table.assign(quarter=quarter, ours=ours, answer=table["response_type"].map(ANSWERS))
    table = table.sort_values("ours", kind="stable")
    place = table.groupby(["answer", "quarter"]).cumcount()
    tallest = place.groupby(table["answer"]).max()[list(dict.fromkeys(ANSWERS.values()))]
    # A line for the name above the tallest pile of each row, and a gap below it.
    floor = table["answer"].map((tallest + 3.2).cumsum())
    return table.assign(
        level=floor - place - 0.5,
        top=floor - table["answer"].map(tallest) - 1.8,
        chips=table["topic"].isin(CHIP_TOPICS),
    )


def settled() -> pd.DataFrame:
    """ByteDance's full denials whose claim was settled later, with the evidence, oldest first.

    Adds to the columns of :func:`coded` two in words: ``told``, who reported it and when, and
    ``found``, what the later evidence did to the report.
    """
    table = coded()
    table = table[(table["response_type"] == "denied in full") & table["outcome"].isin(SETTLED)]
    table = table.reset_index(drop=True)
    told = table["outlet"] + ", " + table["date_start"].dt.strftime("%B %Y")
    found = table["later_status"].replace("partly borne out", "borne out in part")
    return table.assign(told=told, found=found)


# --- How firm the coding is


@kept
def _blind(*, data: Dataset = BOOK) -> pd.DataFrame:
    """The second codings of the blind round, with ``settled-or-not_1`` and ``_2``; read-only.

    What events overtook is not settled.
    """
    both = data.load("second_coding")
    known = both["report_id"].isin(list(data.rows("press_reports")))
    both = both[known & both["blind"].astype(bool)].astype("str")
    for coder in "12":
        outcome = both[f"later_status_{coder}"].map(OUTCOMES)
        both[f"settled-or-not_{coder}"] = outcome.isin(SETTLED).astype("str")
    return both


@kept
def recoded(*, data: Dataset = BOOK) -> Dataset:
    """The data had the second coder won wherever there is one, the blind one before the other."""
    codings = sorted(data.rows("second_coding").values(), key=lambda row: row["blind"])
    columns = ("response_type", "later_status", "sourcing")
    cells = {r["report_id"]: {column: r[f"{column}_2"] for column in columns} for r in codings}
    known = data.rows("press_reports")
    return data.with_cells("press_reports", {k: row for k, row in cells.items() if k in known})


# --- Numbers that no formula can make


def interval_of_share(part: str, whole: str, data: Dataset) -> Quantity:
    """The :func:`interval` of one count as a share of another, in whole percent.

    ``part`` and ``whole`` are keys of counts; the sources are those of the whole.
    """
    yes, of = (int(data.facts[key].value or 0) for key in (part, whole))
    low, high = interval(yes, of)
    return band(*outward(100 * low, 100 * high), "percent", data.facts[whole].sources)


for _part, _whole in _SET["shares"].items():
    computed(f"{_part}-interval", _part, _whole)(partial(interval_of_share, _part, _whole))


_TWICE = ("second_coding", "press_reports")


def _of_second_coder(key: str, data: Dataset) -> Quantity:
    return recoded(data=data).facts[key]


_OF_STORIES: dict[str, Callable[[set[str]], bool]] = {
    "full": bool,
    "full-unresolved": lambda outcomes: outcomes == {"unresolved"},
    "settled": lambda outcomes: not outcomes.isdisjoint(SETTLED),
    "settled-borne": lambda outcomes: BORNE_OUT in outcomes,
}
"""Word in the keys of facts → which stories it counts, by the outcomes of their full denials.

The second coder is counted by report under the same words.
"""


def _stories(chosen: Callable[[set[str]], bool], data: Dataset) -> Quantity:
    """Stories of ByteDance's full denials; a report without a story is one of its own."""
    table = coded(data=data)
    full = table[table["response_type"] == "denied in full"]
    outcomes = full["outcome"].groupby(full["story"].fillna(full["id"])).agg(set)
    pages = data.tally("press_reports", full["id"]).sources
    return point(int(outcomes.map(chosen).sum()), "stories", pages)


for _end, _chosen in _OF_STORIES.items():
    computed(f"denials-{_end}-stories", "press_reports")(partial(_stories, _chosen))
    computed(f"denials-second-{_end}", *_TWICE)(partial(_of_second_coder, f"denials-{_end}"))


def _in_three_years(key: str, columns: tuple[str, ...], data: Dataset) -> Quantity:
    """What :func:`settlement` has for a group three years after the report."""
    steps = settlement(data)
    row = steps[(steps["group"] == WATCHED[key]) & (steps["years"] <= 3)].iloc[-1]
    first, *last = (row[column] for column in columns)
    pages = split(row["source_ids"])
    if not last:
        return replace(point(round(first), "percent", pages), rough=True)
    return band(*outward(first, *last), "percent", pages)


for _group in WATCHED:
    for _end, _columns in (("", ("share",)), ("-interval", ("low", "high"))):
        _key = f"denials-{_group}-in-three-years{_end}"
        computed(_key, "press_reports", "searches")(partial(_in_three_years, _group, _columns))


def _agreement(key: str, what: str, data: Dataset) -> Quantity:
    """How far both codings of the blind round agree in the coding ``key``; ``what`` as there."""
    both = _blind(data=data)
    first, second = (both[f"{_SET['coded'][key]}_{coder}"] for coder in "12")
    pages = data.tally("press_reports", both["report_id"]).sources
    return agreement(what, first, second, "reports", pages)


for _key in _SET["coded"]:
    for _what in AGREEMENT:
        computed(f"denials-{_key}-{_what}", *_TWICE)(partial(_agreement, _key, _what))


@computed("denials-in-both-rounds", *_TWICE)
def _in_both_rounds(data: Dataset) -> Quantity:
    twice = data.load("second_coding")["report_id"]
    twice = twice[twice.duplicated()]
    return point(len(twice), "reports", data.tally("press_reports", twice).sources)


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
    return point(len(reports), "reports", data.tally("press_reports", reports).sources)
