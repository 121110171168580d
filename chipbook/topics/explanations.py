"""What could explain it: explanations set against the coded reports, and what a denial can move.

Whether a report speaks for or against an explanation is our reading, one sentence each. The model
asks another question, whether a reported figure was roughly right, and leaves every number in it to
the reader.
"""

from __future__ import annotations

from functools import partial

import altair as alt
import pandas as pd

from chipbook.data import BOOK, Dataset, facts, kept, load
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import ANSWER_WORDS
from chipbook.topics.denials import OPEN, interval_of_share

# --- The explanations

DENIED = ("denied in full", "denied in part")
CONFIRMED = ("confirmed", "confirmed in part")
CHIP_TOPICS = ("chip purchases", "own chips", "data centres", "export controls")


def explanations() -> pd.DataFrame:
    """The explanations, one row each, in the order of the charts.

    Columns: ``key``, ``name``, ``row`` (the name with a bar where a label breaks), ``offered``
    (by the article, or added here), ``reading`` (strongest short form), ``denial`` (when it would
    make a denial likely), ``for`` and ``against`` (counts of reports).
    """
    table = load("explanations").rename(columns={"id": "key", "label": "row"})
    sides = load("readings").groupby(["explanation_id", "side"], observed=True).size().unstack()
    table = table.assign(name=table["row"].str.replace("|", " "))
    return table[["key", "name", "row", "offered", "reading", "denial"]].merge(
        sides, left_on="key", right_index=True
    )


@kept
def _matrix(*, data: Dataset = BOOK) -> pd.DataFrame:
    press = data.load("press_reports").set_index("id")
    press = press.astype({"response_type": str, "later_status": str})
    labels = data.load("explanations").set_index("id")["label"]
    rows = []
    for reading in data.load("readings").itertuples():
        row = press.loc[reading.report_id]
        rows.append(
            {
                "key": reading.explanation_id,
                "row": labels[reading.explanation_id],
                "side": reading.side,
                "report_id": reading.report_id,
                "company": row["company"],
                "date": row["date"],
                "claim": row["claim"],
                "answer": ANSWER_WORDS[row["response_type"]],
                "denied": row["response_type"] in DENIED,
                "later": row["later_status"],
                "settled": row["later_status"] not in OPEN,
                "chips": str(row["topic"]) in CHIP_TOPICS,
                "reason": reading.reason,
                "source_ids": row["source_ids"],
                "start": row["date_start"],
            }
        )
    return pd.DataFrame(rows)


def matrix() -> pd.DataFrame:
    """Explanations against reports: one row for each report that speaks on an explanation.

    ``key`` and ``row`` (the explanation and its label), ``side`` ("for" or "against"), ``reason``
    (ours), and from press_reports: ``report_id``, ``company``, ``date``, ``claim``, ``answer``,
    ``later``, ``source_ids``. ``denied``, ``settled`` and ``chips`` say whether the report was
    denied wholly or in part, whether anything settled its claim, whether it is about chips or data
    centres. A report may stand in several rows.
    """
    return _matrix().drop(columns="start").copy()


def evidence(key: str) -> pd.DataFrame:
    """The rows of :func:`matrix` on one explanation, for before against, oldest first.

    Three columns more join cells for a narrow table: ``report`` (date and claim), ``since`` (answer
    and later status) and ``speaks`` (side and reason).

    Raises ``KeyError`` for an unknown ``key``.
    """
    table = _matrix()
    if key not in set(table["key"]):
        raise KeyError(f"no explanation {key!r}: one of {', '.join(table['key'].unique())}")
    table = table[table["key"] == key].sort_values(["side", "start"], ascending=[False, True])
    table = _joined(table).assign(
        speaks=table["side"].str.capitalize() + ". " + table["reason"],
    )
    return table.drop(columns="start").reset_index(drop=True)


def _joined(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        report=table["date"] + ": " + table["claim"],
        since=table["answer"].str.capitalize() + "; " + table["later"] + ".",
    )


def shared(data: Dataset = BOOK) -> pd.DataFrame:
    """Reports that speak for one explanation and against another, oldest first.

    Columns: ``report_id``, ``report`` (date and claim), ``since`` (answer and later status),
    ``for`` and ``against`` (names), ``source_ids``.
    """
    table = _matrix(data=data).assign(name=lambda t: t["row"].str.replace("|", " "))
    names = table.pivot_table(
        index="report_id", columns="side", values="name", aggfunc="; ".join
    ).dropna()
    reports = table.drop_duplicates("report_id").set_index("report_id").loc[names.index]
    both = _joined(reports).assign(**{side: names[side] for side in ("for", "against")})
    columns = ["report", "since", "for", "against", "source_ids"]
    return both.sort_values("start")[columns].reset_index(names="report_id")


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


def ratio(if_right: float, if_wrong: float) -> float:
    """The likelihood ratio: how many times as likely it is if the report is right as if not."""
    return if_right / if_wrong


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


def calculator() -> dict[str, str]:
    """The model of the calculator as Vega expressions, for transforms in this order.

    The parameters ``prior``, ``if_right`` and ``if_wrong`` are percentages. ``right`` and ``wrong``
    are the chances of what was ``datum.heard``, ``belief`` what follows (0 to 1).
    """
    chance = "datum.heard == 'denial' ? {0} / 100 : datum.heard == 'no denial' ? 1 - {0} / 100 : 1"
    odds = "(prior / 100 * datum.right + (1 - prior / 100) * datum.wrong)"
    return {
        "right": chance.format("if_right"),
        "wrong": chance.format("if_wrong"),
        "belief": f"prior / 100 * datum.right / {odds}",
    }


def strengths() -> pd.DataFrame:
    """Likelihood ratios for the chart of strengths, from strong against to strong for.

    Columns ``ratio`` and ``row`` (label). They are steps of a scale, not findings.
    """
    words = {100: "a hundred times", 10: "ten times", 3: "three times"}
    rows = [(1 / times, f"{word}|likelier if wrong") for times, word in words.items()]
    rows.append((1.0, "as likely|either way"))
    rows += [(float(times), f"{word}|likelier if right") for times, word in words.items()][::-1]
    return pd.DataFrame(rows, columns=["ratio", "row"])


STRENGTH = "prior * datum.ratio / (prior * datum.ratio + 100 - prior)"
"""Belief after evidence of strength ``datum.ratio``, as a Vega expression; ``prior`` in percent."""


# --- What past denials can say about the likelihoods


_COUNTS = ("right", "right-denied", "wrong", "wrong-denied", "open-denied", "open-other")


def _counts() -> dict[str, int]:
    return {name.replace("-", "_"): _count(f"explanations-{name}") for name in _COUNTS}


def _count(key: str) -> int:
    return int(facts[key].value)


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
    return if_right, if_wrong, ratio(if_right, if_wrong)


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
    silent = ratio(n["right_denied"] / unconfirmed, n["wrong_denied"] / n["wrong"])
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


TALLY = (
    "((datum.right_denied + denied_right / 100 * datum.open_denied)"
    " / (datum.right + denied_right / 100 * datum.open_denied"
    " + other_right / 100 * datum.open_other))"
    " / ((datum.wrong_denied + (1 - denied_right / 100) * datum.open_denied)"
    " / (datum.wrong + (1 - denied_right / 100) * datum.open_denied"
    " + (1 - other_right / 100) * datum.open_other))"
)
"""The ratio of :func:`tally` as a Vega expression; both parameters in percent."""


def likelihoods() -> pd.DataFrame:
    """Both likelihoods from the settled reports alone, with Beta intervals.

    Columns: ``what``, ``cases``, ``n``, ``low`` and ``high`` (percent), ``source_ids``.
    """
    rows = []
    for what, whole in (
        ("denied, if the report was right", "explanations-right"),
        ("denied, if it was wrong", "explanations-wrong"),
    ):
        low, high = facts[f"{whole}-interval"].range("percent")
        rows.append(
            {
                "what": what,
                "cases": _count(f"{whole}-denied"),
                "n": _count(whole),
                "low": round(low),
                "high": round(high),
                "source_ids": ";".join(facts[whole].sources),
            }
        )
    return pd.DataFrame(rows)


# --- What would settle it


def settling() -> pd.DataFrame:
    """Kinds of evidence on the January figure, from what would move a reader most to least.

    Columns: ``evidence``, ``who`` (could give it), ``right`` and ``wrong`` (what to expect if the
    figure was roughly right or wrong), ``moves``. Our judgement, without numbers.
    """
    table = load("settling_evidence").rename(columns={"if_right": "right", "if_wrong": "wrong"})
    return table.drop(columns="id")


def predictions() -> pd.DataFrame:
    """What would tell the explanations apart: ``name``, ``for``, ``against``, in our words."""
    table = load("explanations")
    names = {"prediction_for": "for", "prediction_against": "against"}
    table = table.assign(name=table["label"].str.replace("|", " ")).rename(columns=names)
    return table[["name", "for", "against"]]


# --- Numbers that no formula can make


_READ = ("press_reports", "readings", "explanations")


@computed("explanations-reports", *_READ)
def _read(data: Dataset) -> Quantity:
    return data.tally("press_reports", _matrix(data=data)["report_id"].unique())


@computed("explanations-settled", *_READ)
def _read_and_settled(data: Dataset) -> Quantity:
    table = _matrix(data=data)
    return data.tally("press_reports", table.loc[table["settled"], "report_id"].unique())


@computed("explanations-shared", *_READ)
def _read_both_ways(data: Dataset) -> Quantity:
    return data.tally("press_reports", shared(data)["report_id"])


for _what in ("right", "wrong"):
    _part, _whole = f"explanations-{_what}-denied", f"explanations-{_what}"
    computed(f"{_whole}-interval", _part, _whole)(partial(interval_of_share, _part, _whole))


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
    """The calculator's belief after each row of :func:`heard`, for its three parameters. No mark.

    Adds to the rows ``before`` and ``belief`` (0 to 1), ``words`` (the belief) and ``ratio`` (the
    likelihood ratio of a denial, in words).
    """
    steps = calculator()
    nothing = "(if_right == if_wrong ? ': it moves nothing' : '')"
    return (
        alt.Chart(answers)
        .transform_calculate(right=steps["right"], wrong=steps["wrong"])
        .transform_calculate(belief=steps["belief"])
        .transform_calculate(before="prior / 100", words="format(datum.belief, '.0%')")
        .transform_calculate(
            ratio=f"'likelihood ratio ' + format(if_right / if_wrong, '.2~r') + {nothing}"
        )
    )
