"""Doubao's users and market share: who counts what, and which share follows."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import pandas as pd

from chipbook.charts import theme
from chipbook.data import Dataset, facts, load, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity

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
    span = Quantity.of(
        None,
        "percent",
        low=share.min(),
        high=share.max(),
        sources=tuple(dict.fromkeys(page for cell in rows["source_ids"] for page in split(cell))),
    )
    return replace(
        span.shown(digits=3),
        rests_on="computed",
        inputs=tuple("doubao_shares/" + rows["id"]),
    )


def _share(table: pd.DataFrame) -> pd.Series:
    return (100 * table["numerator_value"] / table["denominator_value"]).astype("float")


# --- Tables


def sixty_million() -> pd.DataFrame:
    """The figures for Doubao's users around the article, in the order of their month.

    Columns of ``facts.frame`` and ``said``, who prints the figure.
    """
    said = {
        "A ranking without a name": "app_users/doubao-2024-11-unnamed-ranking-mau",
        "Zheshang Securities, through the South China Morning Post": "doubao-002",
        "English relays, January 2025": "doubao-003",
        "QuestMobile": "doubao-004",
        "Investire.biz, January 2025": "doubao-005",
        "A blog, January 2025": "doubao-006",
        "The article, 23 January 2025": "doubao-001",
    }
    table = facts.frame(said).rename(columns={"label": "said"})
    # The article names no month: its row must not look as if it did.
    return table.assign(period=table["period"].mask(table["id"] == "doubao-001", "not said"))


RIVALS = {
    "Doubao": "Doubao",
    "DeepSeek": "DeepSeek",
    "Qwen (Tongyi)": "Qwen",
    "Tencent Yuanbao": "Yuanbao",
    "Kimi": "Kimi",
    "ERNIE Bot / Wenxiaoyan": "Wenxiaoyan",
}
"""The chatbots that are followed over time: name in the table, and short name."""

LONGEST_STEP = 3
"""Months over which two figures of one app are joined by a line; a longer gap stays open."""


def tracker() -> pd.DataFrame:
    """QuestMobile's counts of monthly app users, one row an app and month or quarter.

    From app_users: one counter, apps on phones only. Adds ``name`` (short), ``span`` ("month", or
    "quarter" for figures that belong to no one month), ``run`` (rows of one run may be joined) and
    ``last`` (the latest row of the app). Where relays differ by a rounding, the first row stands.
    """
    table = load("app_users")
    counted = table["measure"].isin(["MAU", "average MAU"]) & (table["surface"] == "app")
    ours = (table["data_provider"] == "QuestMobile") & table["app"].isin(list(RIVALS))
    table = table[counted & ours].drop_duplicates(["app", "period", "measure"])
    table = table.sort_values(["app", "period_end"], ignore_index=True)
    month = table["period_start"].dt.to_period("M") == table["period_end"].dt.to_period("M")
    return table.assign(
        name=table["app"].map(RIVALS),
        span=month.map({True: "month", False: "quarter"}),
        run=_runs(table[month], "app").reindex(table.index),
        last=~table["app"].duplicated(keep="last"),
        value=table["value"].astype("float"),
    )


def _runs(table: pd.DataFrame, by: str) -> pd.Series:
    """A number for each run of rows that a line may join; rows are in order of ``by`` and time."""
    months = table["period_start"].dt.year * 12 + table["period_start"].dt.month
    step = months.groupby(table[by]).diff()
    return (step.isna() | (step > LONGEST_STEP)).cumsum()


_MEASURES = {"MAU": "monthly users", "DAU": "daily users"}


def month_shares() -> pd.DataFrame:
    """The shares of March 2025, those of published totals first, with a label of two lines.

    The rows of doubao_shares for that month, with ``share`` (percent), ``row`` (the denominator,
    then after a bar the tracker and what it counts), ``listed`` (whether the denominator is a list
    that we added up) and ``words`` (the share).
    """
    table = load("doubao_shares")
    table = table[table["period"] == MONTH]
    table = table.assign(listed=table["share_kind"] != "reach", share=_share(table))
    table = table.sort_values(["listed", "share"], ascending=[True, False], ignore_index=True)
    counter = table["data_provider"].astype("str")
    counted = table["measure"].astype("str").map(_MEASURES)
    return table.assign(
        row=table["id"].map(_SHORT) + "|" + counter + ", " + counted,
        words=table["share"].map("{:.1f}%".format),
    )


# Denominators in few words, for a label that must fit a phone: a choice of this drawing.
_SHORT = {
    "2025-03-dau-questmobile-six-listed-apps-dau": "six listed apps",
    "2025-03-mau-questmobile-ai-native-apps-of-internet-and-ai-firms": "AI-native apps",
    "2025-03-mau-questmobile-ai-native-apps-with-phone-makers": "AI-native + phone makers",
    "2025-03-mau-questmobile-deepseek-huawei-celia-oppo-xiaobu-doubao-mau": "four listed apps",
    "2025-03-mau-questmobile-deepseek-doubao-mau": "Doubao + DeepSeek",
    "2025-03-mau-aicpb-doubao-deepseek-mau": "Doubao + DeepSeek",
    "2025-03-mau-aicpb-quark-doubao-deepseek-mau": "Doubao + DeepSeek + Quark",
}

# Which figures are of the same time, as far as two counters allow it: a choice of this drawing,
# whose caption names the days.
_PAIRS = {
    "deepseek-2025-03-questmobile-app-mau": "DeepSeek|monthly, Mar 2025",
    "deepseek-2025-03-aicpb-app-mau": "DeepSeek|monthly, Mar 2025",
    "doubao-2025-03-questmobile-app-mau": "Doubao|monthly, Mar 2025",
    "doubao-2025-03-aicpb-app-mau": "Doubao|monthly, Mar 2025",
    "kimi-2024-12-questmobile-app-mau": "Kimi|monthly, Dec 2024",
    "kimi-2024-12-aicpb-app-mau": "Kimi|monthly, Dec 2024",
    "ernie-bot-2024-12-questmobile-app-mau": "Wenxiaoyan|monthly, Dec 2024",
    "ernie-bot-2024-12-aicpb-app-mau": "Wenxiaoyan|monthly, Dec 2024",
    "doubao-2026-02-07-questmobile-app-dau": "Doubao|daily, Feb 2026",
    "doubao-2026-02-aicpb-app-dau": "Doubao|daily, Feb 2026",
    "qwen-2026-02-07-questmobile-app-dau": "Qwen|top day, Feb 2026",
    "qwen-2026-02-16-aicpb-app-dau": "Qwen|top day, Feb 2026",
    "tencent-yuanbao-2026-02-07-questmobile-app-dau": "Yuanbao|daily, Feb 2026",
    "tencent-yuanbao-2026-02-aicpb-app-dau": "Yuanbao|daily, Feb 2026",
}


def thermometers() -> pd.DataFrame:
    """The same app and time by QuestMobile and by aicpb, two rows a pair.

    The rows of app_users with ``pair`` (app, then after a bar measure and time), ``side`` ("low"
    or "high", the lesser and the greater of the two) and ``words`` (the figure with its
    qualifier).
    """
    table = load("app_users").set_index("id", drop=False)
    rows = table.loc[list(_PAIRS)].reset_index(drop=True)
    pair = rows["id"].map(_PAIRS)
    value = rows["value"].astype("float")
    high = value == value.groupby(pair).transform("max")
    return rows.assign(
        pair=pair,
        value=value,
        side=high.map({True: "high", False: "low"}),
        words=_words(rows, "{:.3g}"),
    )


def _words(table: pd.DataFrame, number: str) -> pd.Series:
    """The figures of ``table`` with their qualifiers; ``number`` is a format."""
    said = table["qualifier"].astype("str").replace("exact", "")
    return (said + " " + table["value"].map(number.format)).str.strip()


# In the order in which QuestMobile came to count them, in words that fit beside a line.
_CATEGORIES = {
    "AIGC apps: ten largest, de-duplicated": "ten AIGC apps",
    "AIGC apps: stand-alone, de-duplicated": "AIGC apps",
    "AI apps (category not defined in the relay)": "AI apps",
    "AI-native apps": "AI-native apps",
    "AI-native apps: internet and AI firms": "internet and AI firms",
    "AI-native apps: all, including phone makers, de-duplicated": "with phone makers",
}


def categories() -> pd.DataFrame:
    """QuestMobile's totals for AI apps from December 2023 to June 2025, by category.

    The rows of market_totals with ``category`` and ``words`` (the figure with its qualifier).
    Categories differ and are never joined. Inside one, rows of a ``run`` are at most
    :data:`LONGEST_STEP` months apart; across a longer gap one end is computed from growth that
    QuestMobile stated for that very time. ``last`` marks the latest row of a category.
    """
    table = load("market_totals")
    table = table[table["segment"].isin(list(_CATEGORIES)) & (table["period"] < "2025-07")]
    order = table["segment"].map(list(_CATEGORIES).index)
    table = table.assign(category=table["segment"].map(_CATEGORIES), order=order)
    table = table.sort_values(["order", "period"], ignore_index=True).drop(columns="order")
    return table.assign(
        value=table["value"].astype("float"),
        words=_words(table, "{:.0f}"),
        run=_runs(table, "category"),
        last=~table["category"].duplicated(keep="last"),
    )


def cloud_leaders() -> pd.DataFrame:
    """For each market of cloud_shares, the latest period: the leader and ByteDance.

    ByteDance is Volcano Engine as a cloud and Doubao as a family of models. Adds ``counter`` and
    ``time``, the period in words.
    """
    table = load("cloud_shares")
    table = table[table["period_end"] == table.groupby("market")["period_end"].transform("max")]
    leads = table["value"] == table.groupby("market")["value"].transform("max")
    ours = table["company"].str.contains("Volcano|ByteDance")
    half = table["period_start"].dt.month.map({1: "first half of ", 7: "second half of "})
    year = table["period_start"].dt.year.astype("str")
    table = table.assign(time=year.where(table["period"] == year, half + year))
    table = table.rename(columns={"attributed_to": "counter"})
    return table[leads | ours].reset_index(drop=True)


# --- What its charts share


def points(plot: alt.Chart, size: float) -> alt.LayerChart:
    """A mark of ``size`` for each count of ``plot``: hollow, or filled where we computed it."""
    shape = alt.Shape("status:N").scale(theme.status_scale("shape")).legend(None)
    told = plot.mark_point(size=size, fill=theme.colour("chart-bg")).encode(shape)
    ours = plot.mark_point(size=size, filled=True).encode(shape)
    return told + ours.transform_filter(alt.datum.status == "computed")
