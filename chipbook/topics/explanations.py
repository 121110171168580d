"""What could explain it: explanations set against the coded reports, and what a denial can move.

Whether a report speaks for or against an explanation is our reading, one sentence each. The model
asks another question, whether a reported figure was roughly right, and leaves every number in it to
the reader.
"""

from __future__ import annotations

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


def heard() -> pd.DataFrame:
    """The rows of the calculator: before an answer, after a denial, after none.

    Columns ``heard`` ("nothing yet", "denial", "no denial") and ``row`` (label).
    """
    return pd.DataFrame(
        {
            "heard": ["nothing yet", "denial", "no denial"],
            "row": ["before|an answer", "after|a denial", "had there been|no denial"],
        }
    )


# --- What past denials can say about the likelihoods


def _counts() -> dict[str, int]:
    names = ("right", "right-denied", "wrong", "wrong-denied", "open-denied", "open-other")
    return {name.replace("-", "_"): _count(f"explanations-{name}") for name in names}


def _count(key: str) -> int:
    return int(facts[key].to("reports"))


def tally(denied_right: float = 0.5, other_right: float = 0.5) -> tuple[float, float, float]:
    """Both likelihoods of a full denial and their ratio, with the open reports shared out.

    ``denied_right`` and ``other_right`` are the parts (0 to 1) of the open reports, denied in full
    and answered otherwise, that are taken as right. Gives the chance of a full denial if a report
    is right, if it is wrong, and the ratio of the two.
    """
    if not (0 <= denied_right <= 1 and 0 <= other_right <= 1):
        raise ValueError("a part lies between 0 and 1")
    n = _counts()
    right_open, wrong_open = denied_right * n["open_denied"], (1 - denied_right) * n["open_denied"]
    right = n["right"] + right_open + other_right * n["open_other"]
    wrong = n["wrong"] + wrong_open + (1 - other_right) * n["open_other"]
    if_right = (n["right_denied"] + right_open) / right
    if_wrong = (n["wrong_denied"] + wrong_open) / wrong
    return if_right, if_wrong, if_right / if_wrong


def tallies() -> pd.DataFrame:
    """Ways to count past denials, and the likelihood ratio each gives.

    One row a way: ``row`` (label), ``way`` ("fixed" or "yours"), ``ratio`` (missing for "yours",
    which the chart computes), ``source_ids`` (one page a report). The counts that the chart needs
    for "yours" stand in every row: ``right``, ``right_denied``, ``wrong``, ``wrong_denied`` of the
    settled reports, ``open_denied`` and ``open_other``.
    """
    n = _counts()
    # Nothing that the company confirmed was contradicted later.
    unconfirmed = n["right"] - _count("explanations-right-confirmed")
    silent = n["right_denied"] / unconfirmed / (n["wrong_denied"] / n["wrong"])
    rows = [
        ("settled reports|only", "fixed", facts["explanations-ratio-settled"].value),
        ("settled, without|confirmed ones", "fixed", silent),
        ("open: denied wrong,|others right", "fixed", facts["explanations-ratio-lowest"].value),
        ("open: denied right,|others wrong", "fixed", facts["explanations-ratio-highest"].value),
        ("open: as you|set them", "yours", None),
    ]
    table = pd.DataFrame(rows, columns=["row", "way", "ratio"]).assign(**n)
    pages = ";".join(facts["denials-answered"].sources)
    return table.astype({"ratio": float}).assign(source_ids=pages)


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
    made = band(low, high, "ratio", pages)
    return replace(made, digits=1)


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


def beliefs_after(answers: pd.DataFrame) -> alt.Chart:
    """The calculator's belief after each row of ``answers``, as :func:`heard` gives them. No mark.

    The parameters ``prior``, ``if_right`` and ``if_wrong`` are percentages. Adds to the rows
    ``before`` and ``belief`` (0 to 1), ``words`` (the belief) and ``ratio`` (the likelihood ratio
    of a denial, in words).
    """
    # The chances of what was heard, if the report is right and if it is wrong.
    chance = "datum.heard == 'denial' ? {0} / 100 : datum.heard == 'no denial' ? 1 - {0} / 100 : 1"
    seen = "(prior / 100 * datum.right + (1 - prior / 100) * datum.wrong)"
    nothing = "(if_right == if_wrong ? ': it moves nothing' : '')"
    return (
        alt.Chart(answers)
        .transform_calculate(right=chance.format("if_right"), wrong=chance.format("if_wrong"))
        .transform_calculate(belief=f"prior / 100 * datum.right / {seen}")
        .transform_calculate(before="prior / 100", words="format(datum.belief, '.0%')")
        .transform_calculate(
            ratio=f"'likelihood ratio ' + format(if_right / if_wrong, '.2~r') + {nothing}"
        )
    )


def ratios_counted(ways: pd.DataFrame) -> alt.Chart:
    """The likelihood ratio of each row of ``ways``, as :func:`tallies` gives them. No mark is set.

    The parameters ``denied_right`` and ``other_right`` are those of :func:`tally`, as percentages.
    Adds ``shown`` (the ratio) and ``words``.
    """
    denied = "denied_right / 100 * datum.open_denied"
    denied_wrong = "(1 - denied_right / 100) * datum.open_denied"
    other_wrong = "(1 - other_right / 100) * datum.open_other"
    if_right = (
        f"(datum.right_denied + {denied})"
        f" / (datum.right + {denied} + other_right / 100 * datum.open_other)"
    )
    if_wrong = (
        f"(datum.wrong_denied + {denied_wrong}) / (datum.wrong + {denied_wrong} + {other_wrong})"
    )
    shown = f"datum.way == 'yours' ? ({if_right}) / ({if_wrong}) : datum.ratio"
    counted = alt.Chart(ways).transform_calculate(shown=shown)
    return counted.transform_calculate(words="format(datum.shown, '.1~r')")
