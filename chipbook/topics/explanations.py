"""What could explain it: explanations set against the coded reports, and what a denial can move.

Whether a report speaks for or against an explanation is our reading, one sentence each. The model
asks another question, whether a reported figure was roughly right, and leaves every number in it to
the reader.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from chipbook.data import BOOK, Dataset, facts, kept, load
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import ANSWER_WORDS
from chipbook.topics.agreement import outward
from chipbook.topics.denials import OUTCOMES, SETTLED, band, interval_of_share

# --- The explanations

CHIP_TOPICS = ("chip purchases", "own chips", "data centres", "export controls")


def explanations() -> pd.DataFrame:
    """The explanations, one row each, in the order of the charts.

    Columns: ``key``, ``name``, ``row`` (the name with a bar where a label breaks), ``offered``
    (by the article, or added here), ``reading`` (strongest short form), ``denial`` (when it would
    make a denial likely), ``for`` and ``against`` (counts of reports).
    """
    table = load("explanations").rename(columns={"id": "key", "label": "row"})
    sides = load("readings").groupby(["explanation_id", "side"], observed=True).size().unstack()
    columns = ["key", "name", "row", "offered", "reading", "denial"]
    return table.assign(name=_names(table["row"]))[columns].join(sides, on="key")


def _names(labels: pd.Series) -> pd.Series:
    return labels.str.replace("|", " ")


@kept
def _matrix(*, data: Dataset = BOOK) -> pd.DataFrame:
    read = data.load("readings")
    press = data.load("press_reports").set_index("id")
    press = press.loc[read["report_id"]].reset_index(names="report_id")
    answer, later = press["response_type"].astype("str"), press["later_status"].astype("str")
    said = answer.map(ANSWER_WORDS)
    side = read["side"].astype("str")
    return press.assign(
        key=read["explanation_id"],
        row=read["explanation_id"].map(data.load("explanations").set_index("id")["label"]),
        side=side,
        answer=said,
        denied=answer.str.startswith("denied"),
        later=later,
        settled=later.map(OUTCOMES).isin(SETTLED),
        chips=press["topic"].isin(CHIP_TOPICS),
        reason=read["reason"],
        report=press["date"] + ": " + press["claim"],
        since=said.str.capitalize() + "; " + later + ".",
        speaks=side.str.capitalize() + ". " + read["reason"],
    )


def matrix() -> pd.DataFrame:
    """Explanations against reports: one row for each report that speaks on an explanation.

    ``key`` and ``row`` (the explanation and its label), ``side`` ("for" or "against"), ``reason``
    (ours), and from press_reports: ``report_id``, ``company``, ``date``, ``claim``, ``answer``,
    ``later``, ``source_ids``. ``denied``, ``settled`` and ``chips`` say whether the report was
    denied wholly or in part, whether anything settled its claim, whether it is about chips or data
    centres. A report may stand in several rows.
    """
    columns = ["key", "row", "side", "report_id", "company", "date", "claim", "answer", "denied"]
    return _matrix()[[*columns, "later", "settled", "chips", "reason", "source_ids"]]


def evidence(key: str) -> pd.DataFrame:
    """The rows of :func:`matrix` on the explanation ``key``, for before against, oldest first.

    Beside the columns of press_reports, three join cells for a narrow table: ``report`` (date and
    claim), ``since`` (answer and later status) and ``speaks`` (side and reason).
    Raises ``KeyError`` for an unknown ``key``.
    """
    table = _matrix()
    if key not in set(table["key"]):
        raise KeyError(f"no explanation {key!r}: one of {', '.join(table['key'].unique())}")
    table = table[table["key"] == key].sort_values(["side", "date_start"], ascending=[False, True])
    return table.reset_index(drop=True)


def shared(data: Dataset = BOOK) -> pd.DataFrame:
    """Reports that speak for one explanation and against another, oldest first.

    Columns: ``report_id``, ``report`` (date and claim), ``since`` (answer and later status),
    ``for`` and ``against`` (names), ``source_ids``.
    """
    table = _matrix(data=data).assign(name=lambda rows: _names(rows["row"]))
    names = table.pivot_table(index="report_id", columns="side", values="name", aggfunc="; ".join)
    both = table.drop_duplicates("report_id").merge(names.dropna(), on="report_id")
    columns = ["report_id", "report", "since", "for", "against", "source_ids"]
    return both.sort_values(["date_start", "report_id"])[columns].reset_index(drop=True)


# --- What a denial moves


def posterior(prior: float, if_right: float, if_wrong: float) -> float:
    """Belief that a report is roughly right, once something has been seen.

    ``prior`` is the belief before; ``if_right`` and ``if_wrong`` are the chances of seeing it if
    the report is right and if it is wrong. All are between 0 and 1. Raises ``ValueError`` outside,
    and where what was seen is impossible either way.
    """
    if not all(0 <= value <= 1 for value in (prior, if_right, if_wrong)):
        raise ValueError("a probability lies between 0 and 1")
    seen = prior * if_right + (1 - prior) * if_wrong
    if seen == 0:
        raise ValueError("what was seen is impossible under these numbers")
    return prior * if_right / seen


# --- What past denials can say about the likelihoods


def tally(denied_right: float = 0.5, other_right: float = 0.5) -> tuple[float, float, float]:
    """Both likelihoods of a full denial and their ratio, with the open reports shared out.

    ``denied_right`` and ``other_right`` are the parts (0 to 1) of the open reports, denied in full
    and answered otherwise, that are taken as right. Gives the chance of a full denial if a report
    is right, if it is wrong, and the ratio of the two.
    """
    if not (0 <= denied_right <= 1 and 0 <= other_right <= 1):
        raise ValueError("a part lies between 0 and 1")
    kinds = ("right", "right-denied", "wrong", "wrong-denied", "open-denied", "open-other")
    n = {kind: facts[f"explanations-{kind}"].to("reports") for kind in kinds}
    right_open, wrong_open = denied_right * n["open-denied"], (1 - denied_right) * n["open-denied"]
    right = n["right"] + right_open + other_right * n["open-other"]
    wrong = n["wrong"] + wrong_open + (1 - other_right) * n["open-other"]
    if_right = (n["right-denied"] + right_open) / right
    if_wrong = (n["wrong-denied"] + wrong_open) / wrong
    return if_right, if_wrong, if_right / if_wrong


# --- What would settle it


def settling() -> pd.DataFrame:
    """Kinds of evidence on the January figure, from what would move a reader most to least.

    Columns: ``evidence``, ``who`` (could give it), ``right`` and ``wrong`` (what to expect if the
    figure was roughly right or wrong), ``moves``. Our judgement, without numbers.
    """
    names = {"if_right": "right", "if_wrong": "wrong"}
    return load("settling_evidence").rename(columns=names).drop(columns="id")


def predictions() -> pd.DataFrame:
    """What would tell the explanations apart: ``name``, ``for``, ``against``, in our words."""
    names = {"prediction_for": "for", "prediction_against": "against"}
    table = load("explanations").rename(columns=names)
    return table.assign(name=_names(table["label"]))[["name", "for", "against"]]


# --- Numbers that no formula can make


def _counted(which: Callable[[Dataset], pd.DataFrame], data: Dataset) -> Quantity:
    return data.tally("press_reports", which(data)["report_id"].unique())


for _key, _which in {
    "explanations-reports": lambda data: _matrix(data=data),
    "explanations-settled": lambda data: _matrix(data=data).query("settled"),
    "explanations-shared": shared,
}.items():
    computed(_key, "press_reports", "readings", "explanations")(partial(_counted, _which))

for _whole in ("explanations-right", "explanations-wrong"):
    computed(f"{_whole}-interval", f"{_whole}-denied", _whole)(
        partial(interval_of_share, f"{_whole}-denied", _whole)
    )


def _ratio_interval(odds: bool, data: Dataset) -> Quantity:
    """The middle 95% of the ratio of both chances of a full denial, or of their odds."""
    rng = np.random.default_rng(2025)
    drawn, pages = [], data.facts["denials-answered"].sources
    for whole in ("explanations-right", "explanations-wrong"):
        yes, of = (int(data.facts[key].to("reports")) for key in (f"{whole}-denied", whole))
        chance = rng.beta(1 + yes, 1 + of - yes, 200_000)
        drawn.append(chance / (1 - chance) if odds else chance)
    low, high = np.quantile(drawn[0] / drawn[1], [0.025, 0.975])
    # To one digit that counts: the lower end lies near nothing.
    low, high = (
        outward(end, end, -math.floor(math.log10(end)))[at] for at, end in enumerate((low, high))
    )
    return replace(band(low, high, "ratio", pages), digits=1)


for _name, _odds in {"ratio": False, "odds": True}.items():
    computed(f"explanations-{_name}-settled-interval", "explanations-right", "explanations-wrong")(
        partial(_ratio_interval, _odds)
    )


# --- Transformations of its charts, worked out in the reader's browser


def piled(marks: pd.DataFrame, keep: alt.Parameter) -> tuple[alt.Chart, alt.Chart]:
    """The marks of :func:`matrix` piled up to both sides, and their number. No mark is set.

    ``keep`` is a parameter: "all", "denied", "settled later" or "chips and data centres". Both
    charts have ``row``, ``side`` and ``place`` (steps from the middle, negative against); the
    first has the columns of ``marks``, one row a report, the second ``marks``, their number.
    """
    subsets = (keep == "denied") & alt.datum.denied
    subsets |= (keep == "settled later") & alt.datum.settled
    subsets |= (keep == "chips and data centres") & alt.datum.chips
    kept = alt.Chart(marks).transform_filter((keep == "all") | subsets)
    sign = "(datum.side == 'for' ? 1 : -1)"
    first = [alt.SortField("settled", "descending"), alt.SortField("denied", "descending")]
    dots = kept.transform_window(n="row_number()", groupby=["row", "side"], sort=first)
    counts = kept.transform_aggregate(marks="count()", groupby=["row", "side"])
    return (
        dots.transform_calculate(place=f"datum.n * {sign}"),
        counts.transform_calculate(place=f"(datum.marks + 1) * {sign}"),
    )


def beliefs_after() -> alt.Chart:
    """The calculator's belief before an answer, after a denial, and had there been none. No mark.

    The parameters ``prior``, ``if_right`` and ``if_wrong`` are percentages. Columns: ``heard``
    ("nothing yet", "denial", "no denial"), ``row`` (its label), ``before`` and ``belief`` (0 to 1),
    ``words`` (the belief) and ``ratio`` (the likelihood ratio of a denial, in words).
    """
    rows = {
        "nothing yet": "before|an answer",
        "denial": "after|a denial",
        "no denial": "had there been|no denial",
    }
    # The chances of what was heard, if the report is right and if it is wrong.
    chance = "datum.heard == 'denial' ? {0} / 100 : datum.heard == 'no denial' ? 1 - {0} / 100 : 1"
    seen = "(prior / 100 * datum.right + (1 - prior / 100) * datum.wrong)"
    nothing = "(if_right == if_wrong ? ': it moves nothing' : '')"
    return (
        alt.Chart(pd.DataFrame(rows.items(), columns=["heard", "row"]))
        .transform_calculate(right=chance.format("if_right"), wrong=chance.format("if_wrong"))
        .transform_calculate(belief=f"prior / 100 * datum.right / {seen}")
        .transform_calculate(before="prior / 100", words="format(datum.belief, '.0%')")
        .transform_calculate(
            ratio=f"'likelihood ratio ' + format(if_right / if_wrong, '.2~r') + {nothing}"
        )
    )
