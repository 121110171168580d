"""The company's answer beside each figure that a coded report carries."""

from __future__ import annotations

import pandas as pd

from chipbook.data import load

# What a reader is told, for each coded answer. "Not asked" is about our search, not the company.
ANSWER_WORDS = {
    "denied in full": "denied",
    "denied in part": "denied in part",
    "disputed wording": "wording disputed",
    "confirmed": "confirmed",
    "confirmed in part": "confirmed in part",
    "no response": "no response",
    "declined to comment": "no comment",
    "not asked": "no reply found",
}
NO_REPLY_FOUND = "no reply found"
OTHER_PART = "reply to another part"


def with_answers(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with a column ``answer``: what the company said to the report of each row.

    ``table`` has ``report_id`` (a row of press_reports, or missing) and ``reply_scope``. An answer
    that was about another part of the report is not an answer to the figure, and says so.
    """
    press = load("press_reports").set_index("id")["response_type"].astype("str")
    said = table["report_id"].map(press).map(ANSWER_WORDS).fillna(NO_REPLY_FOUND)
    elsewhere = (table["reply_scope"].astype("str") == "another part") & said.ne(NO_REPLY_FOUND)
    return table.assign(answer=said.mask(elsewhere, OTHER_PART))
