"""What could explain it: explanations set against the coded reports, and what a denial can move.

Whether a report speaks for or against an explanation is our reading, one sentence each. The model
asks another question, whether a reported figure was roughly right, and leaves every number in it to
the reader.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from chipbook.data import BOOK, Dataset, kept
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import ANSWER_WORDS
from chipbook.topics.denials import OUTCOMES, SETTLED, interval_of_share

# --- The explanations


def explanations(data: Dataset = BOOK) -> pd.DataFrame:
    """The explanations, one row each: the columns of the resource, and ``name``."""
    table = data.load("explanations")
    return table.assign(name=table["label"].str.replace("|", " "))


@kept
def matrix(*, data: Dataset = BOOK) -> pd.DataFrame:
    """Explanations against reports, a row for each reading and by its id; read-only.

    The columns of press_reports, with ``report_id`` for its id, and: ``name`` (the explanation),
    ``side`` ("for" or "against") and ``reason`` (ours), ``settled`` (whether anything settled the
    claim), and in words ``report`` (date and claim), ``since`` (answer and later status) and
    ``speaks`` (side and reason). A report may stand in several rows.
    """
    read = data.load("readings").set_index("id").astype({"side": "str"})
    press = data.load("press_reports").set_index("id").loc[read["report_id"]]
    press = press.reset_index(names="report_id").set_axis(read.index)
    answer, later = press["response_type"].astype("str"), press["later_status"].astype("str")
    return press.assign(
        name=read["explanation_id"].map(explanations(data).set_index("id")["name"]),
        side=read["side"],
        reason=read["reason"],
        settled=later.map(OUTCOMES).isin(SETTLED),
        report=press["date"] + ": " + press["claim"],
        since=answer.map(ANSWER_WORDS).str.capitalize() + "; " + later + ".",
        speaks=read["side"].str.capitalize() + ". " + read["reason"],
    )


# --- What a denial moves


READERS = {
    "It always denies": (0.9, 0.9),
    "It denies what is wrong": (0.2, 0.8),
    "It denies what hits home": (0.8, 0.2),
}
"""What a reader thinks of the company → the chances of a denial if a report is right, if wrong.

They are examples: nobody has measured such chances.
"""


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


# --- Numbers that no formula can make


def _counted(which: Callable[[Dataset], pd.DataFrame], data: Dataset) -> Quantity:
    return data.tally("press_reports", which(data)["report_id"].unique())


for _key, _which in {
    "explanations-reports": lambda data: matrix(data=data),
    "explanations-settled": lambda data: matrix(data=data).query("settled"),
    "explanations-shared": lambda data: (
        matrix(data=data).groupby("report_id").filter(lambda of: of["side"].nunique() == 2)
    ),
}.items():
    computed(_key, "press_reports", "readings", "explanations")(partial(_counted, _which))

for _whole in ("explanations-right", "explanations-wrong"):
    computed(f"{_whole}-interval", f"{_whole}-denied", _whole)(
        partial(interval_of_share, f"{_whole}-denied", _whole)
    )
