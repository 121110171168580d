"""Doubao's users and market share: who counts what, and which share follows."""

from dataclasses import replace

import pandas as pd

from chipbook.data import BOOK, Dataset, load, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.settings import settings
from chipbook.topics.agreement import band

_SET = settings(__file__)

MONTH = "2025-03"
"""The month with the most shares in the data, on which the chapter dwells."""


# --- Numbers


@computed("doubao-idc-market", "doubao-idc-tokens")
def _idc_market_per_day(data: Dataset) -> Quantity:
    days = pd.Timestamp("2025-07-01") - pd.Timestamp("2025-01-01")
    # "About": a mean over days on which the number of calls multiplied.
    market = data.facts["doubao-idc-tokens"] / Quantity.of(days.days, "day")
    return replace(market, rough=True)


@computed("doubao-shares-2025-03", "doubao_shares")
def _shares_of_month(data: Dataset) -> Quantity:
    return _span(_of_month(data))


@computed("doubao-reach-2025-03", "doubao_shares")
def _reach_of_month(data: Dataset) -> Quantity:
    rows = _of_month(data)
    return _span(rows[rows["share_kind"] == "reach"])


def _of_month(data: Dataset) -> pd.DataFrame:
    table = data.table("doubao_shares")
    return table[table["period"] == MONTH]


def _span(rows: pd.DataFrame) -> Quantity:
    """The lowest and the highest share of ``rows`` of doubao_shares."""
    share = _share(rows).round(1)
    pages = dict.fromkeys(page for cell in rows["source_ids"] for page in split(cell))
    span = band(share.min(), share.max(), "percent", pages)
    return replace(span, digits=3, rests_on="computed", inputs=tuple("doubao_shares/" + rows["id"]))


def _share(table: pd.DataFrame) -> pd.Series:
    return (100 * table["numerator_value"] / table["denominator_value"]).astype("float")


# --- Tables


def leaders() -> pd.DataFrame:
    """Doubao and DeepSeek in the month by QuestMobile and by aicpb, two rows each.

    The rows of app_users with ``place`` (0 for QuestMobile, 1 for aicpb) and ``words`` (the figure
    with its qualifier, at QuestMobile after the name of the app).
    """
    table = load("app_users").set_index("id", drop=False)
    places = {"questmobile": 0, "aicpb": 1}
    keys = [f"{a}-{MONTH}-{b}-app-mau" for a in ("doubao", "deepseek") for b in places]
    rows = table.loc[keys].reset_index(drop=True)
    said = rows["qualifier"].astype("str").replace("exact", "")
    number = (said + " " + rows["value"].map("{:.0f}".format)).str.strip()
    return rows.assign(
        place=rows["data_provider"].str.lower().map(places),
        value=rows["value"].astype("float"),
        words=(rows["app"] + ", ").where(rows["data_provider"] == "QuestMobile", "") + number,
    )


LONGEST_STEP = 3
"""Months over which two figures of one app are joined by a line; a longer gap stays open."""


def tracker() -> pd.DataFrame:
    """QuestMobile's counts of monthly app users, one row an app and month or quarter.

    From app_users: one tracker, apps on phones only. Adds ``name`` (short), ``span`` ("month", or
    "quarter" for figures that belong to no one month), ``run`` (rows of one run may be joined) and
    ``last`` (the latest row of the app). Where relays differ by a rounding, the first row stands.
    """
    table, rivals = load("app_users"), _SET["rivals"]
    counted = table["measure"].isin(["MAU", "average MAU"]) & (table["surface"] == "app")
    ours = (table["data_provider"] == "QuestMobile") & table["app"].isin(list(rivals))
    table = table[counted & ours].drop_duplicates(["app", "period", "measure"])
    table = table.sort_values(["app", "period_end"], ignore_index=True)
    month = table["period_start"].dt.to_period("M") == table["period_end"].dt.to_period("M")
    # A number for each run of months that a line may join.
    start = table["period_start"][month]
    step = (start.dt.year * 12 + start.dt.month).groupby(table["app"]).diff()
    return table.assign(
        name=table["app"].map(rivals),
        span=month.map({True: "month", False: "quarter"}),
        run=(step.isna() | (step > LONGEST_STEP)).cumsum().reindex(table.index),
        last=~table["app"].duplicated(keep="last"),
        value=table["value"].astype("float"),
    )


def month_shares() -> pd.DataFrame:
    """The shares of March 2025, those of published totals first, each with a label.

    The rows of doubao_shares for that month, with ``share`` (percent), ``row`` (the denominator,
    then the tracker and what it counts), ``listed`` (whether the denominator is a list
    that we added up) and ``words`` (the share).
    """
    table = _of_month(BOOK)
    table = table.assign(listed=table["share_kind"] != "reach", share=_share(table))
    table = table.sort_values(["listed", "share"], ascending=[True, False], ignore_index=True)
    counter = table["data_provider"].astype("str")
    counted = table["measure"].astype("str").map(_SET["measures"])
    return table.assign(
        row=table["id"].map(_SET["short"]) + " · " + counter + ", " + counted,
        words=table["share"].map("{:.1f}%".format),
    )
