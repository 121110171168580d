"""The chip budget: what it makes of the reported numbers, and its tables."""

from __future__ import annotations

import pandas as pd

from chipbook.data import Dataset, facts, load
from chipbook.data.derived import computed, rows_counted
from chipbook.data.quantity import Quantity
from chipbook.story.answers import NO_REPLY_FOUND, NOT_YET, known_from, with_answers


@computed("reports-without-reply", "reports-of-totals", "press_reports")
def _without_reply(data: Dataset) -> Quantity:
    totals = rows_counted(data.facts.fact("reports-of-totals").formula, data)["budget_reports"]
    reports, press = data.rows("budget_reports"), data.rows("press_reports")
    said = {row: press.get(reports[row]["report_id"], {}).get("response_type") for row in totals}
    # None: no report is coded; "no reply found": our search found no answer to it.
    open_rows = [row for row in said if said[row] in (None, NO_REPLY_FOUND)]
    return data.tally("budget_reports", open_rows)


def readings() -> pd.DataFrame:
    """The budget of January 2025 as the article tells it and as the report splits it.

    One row a part. ``budget`` is the sum the part is taken from (billion US dollars) and ``rule``
    how much of it: "all", the Chinese makers' "share", or the "rest". ``reading`` and ``part`` are
    labels, ``place`` the order from the bottom of a stack. The article's rows rest on the article,
    the report's on the relays of the report.
    """
    rows = [
        ("The article", "Chinese makers", "article-local-usd", "all"),
        ("The article", "Abroad", "article-overseas-usd", "all"),
        ("The report", "Chinese makers", "ft25-chips-china-usd", "share"),
        ("The report", "Nvidia chips for China", "ft25-chips-china-usd", "rest"),
        ("The report", "Abroad", "ft25-overseas", "all"),
    ]
    table = pd.DataFrame(rows, columns=["reading", "part", "fact", "rule"])
    place = table["part"].map({"Chinese makers": 0, "Nvidia chips for China": 1, "Abroad": 2})
    budget = facts.frame(list(table["fact"]), "billion USD").set_index("id")
    budget = budget.rename(columns={"value": "budget"})[["budget", "status", "source_ids"]]
    return table.assign(place=place).join(budget, on="fact")


def doubling() -> pd.DataFrame:
    """What was said to double: chips for China by year, and what has no earlier figure.

    Columns ``year``, ``what``, ``value`` (billion yuan), ``text``, ``status``, ``source_ids``.
    """
    rows = [
        ("2024", "chips for China", "ft25-implied-2024-cny"),
        ("2025", "chips for China", "ft25-chips-china-cny"),
        ("2024", "cross-check", "check-omdia-h20-cny"),
        ("2025", "whole plan", "ft25-sum-cny"),
    ]
    years, what, keys = zip(*rows, strict=True)
    table = facts.frame(list(keys), "billion CNY").assign(year=years, what=what)
    return table[["year", "what", "value", "text", "status", "source_ids"]]


def budget_reports() -> pd.DataFrame:
    """Every report of ByteDance's budget, oldest first, with amounts in billion yuan.

    Adds to the resource: ``answer`` (see :func:`with_answers`), ``cny`` (billion yuan; dollars at
    the dated rate nearest to the day of the report), ``words`` (that amount with its qualifier),
    ``looks_back`` (whether the year that the money is for was over, but for a month at most) and
    ``report``, a label of outlet and month. The one report of a mere share is left out.
    """
    table = with_answers(load("budget_reports"))
    money = table["unit"].isin(["billion USD", "billion CNY"])
    table = table[money].sort_values(["published_start", "id"]).reset_index(drop=True)
    told = table[["id", "unit", "published_start"]].itertuples(index=False)
    yuan = [_in_yuan(*row) for row in told]
    outlet = table["outlet"].str.replace(r"(,| \().*", "", regex=True)
    dated = outlet + table["published_start"].dt.strftime(", %b %Y")
    return table.assign(
        cny=[amount.to("billion CNY") for amount in yuan],
        words=[str(amount).replace("billion yuan", "bn") for amount in yuan],
        looks_back=table["published_start"] > table["period_end"] - pd.Timedelta(days=31),
        report=dated.where(table["published"].str.len() > len("2025"), table["outlet"]),
    )


_RATES = {
    "2025-01-21": "fx-2025-01-21",
    "2025-12-22": "fx-2025-12-22",
    "2026-05-09": "fx-bb-implied",
}
"""Rates of yuan per dollar that an agency printed with a report, by its day."""


def _in_yuan(key: str, unit: str, day: pd.Timestamp) -> Quantity:
    """The amount of the report ``key``, dollars at the rate printed nearest to its ``day``."""
    amount = facts[f"budget_reports/{key}"]
    if unit == "billion CNY":
        return amount
    nearest = min(_RATES, key=lambda printed: abs(pd.Timestamp(printed) - day))
    return amount * facts[_RATES[nearest]]


def budget_totals() -> pd.DataFrame:
    """The reports of a whole budget (capital expenditure or AI infrastructure), oldest first.

    The rows of :func:`budget_reports` with three columns more: ``row`` (outlet, month with the year
    of the money, "on" it where the report looks back, and answer, with bars between), and
    ``public`` and ``answered``, the days from which report and answer were known (ISO; the last day
    of a date, and :data:`~chipbook.story.answers.TODAY` for an answer without one).
    """
    reports = budget_reports()
    totals = reports[reports["scope"].isin(["capex", "AI infrastructure"])].reset_index(drop=True)
    answers = load("press_reports").set_index("id")["response_date_end"]
    answered = known_from(totals["report_id"].map(answers))
    when = totals["looks_back"].map({True: ", on ", False: ", for "}) + totals["period"]
    report = totals["report"].str.replace(", ", "|", n=1)
    return totals.assign(
        row=report + when + "|" + totals["answer"],
        public=known_from(totals["published_end"]),
        # Nothing was ever to be known of a reply that nobody found.
        answered=answered.where(totals["answer"] != NO_REPLY_FOUND, ""),
    )


def as_of_labels(totals: pd.DataFrame) -> str:
    """A Vega expression for the labels of ``row`` on the day of the parameter ``as_of``.

    ``totals`` are the rows of :func:`budget_totals`. Lines of a label; an empty one for a report
    that was not public yet, whose row stays free.
    """
    place = f"indexof({totals['row'].tolist()}, datum.label)"
    lines = "split(datum.label, '|')"
    return (
        f"{totals['public'].tolist()}[{place}] > as_of ? '' : "
        f"{totals['answered'].tolist()}[{place}] > as_of ? "
        f"[{lines}[0], {lines}[1], '{NOT_YET}'] : {lines}"
    )


# Named one by one, because the definitions differ and a rule that picks rows would hide it.
SPENDERS_2025 = [
    "amazon-fy2025",
    "alphabet-fy2025",
    "microsoft-cy2025",
    "meta-fy2025",
    "tencent-fy2025",
]


def spenders() -> pd.DataFrame:
    """Capital expenditure in calendar 2025, in billion US dollars, beside ByteDance's reports.

    Columns: ``company``, ``value`` with ``low`` and ``high`` (billion US dollars), ``status``,
    ``kind`` ("result" or "reported plan"), ``definition`` (what the figure counts) and
    ``source_ids``. Tencent's yuan are converted at the rate of December 2025.
    """
    table = load("peer_capex").set_index("id").loc[SPENDERS_2025]
    rate = facts["fx-2025-12-22"]
    yuan = table["unit"] == "billion CNY"
    value = table["value"].astype("float")
    peers = table.assign(
        value=value.mask(yuan, value / rate.to("CNY per USD")),
        source_ids=table["source_ids"].mask(
            yuan, table["source_ids"] + ";" + ";".join(rate.sources)
        ),
        kind="result",
    )
    plans = {"ByteDance (Reuters, plan)": "rt25-capex-usd", "ByteDance (FT, plan)": "ft25-sum"}
    reported = facts.frame(plans, "billion USD").rename(columns={"label": "company"})
    reported = reported.assign(kind="reported plan", definition="a plan, from unnamed people")
    columns = ["company", "value", "low", "high", "status", "kind", "definition", "source_ids"]
    return pd.concat([peers[columns], reported[columns]], ignore_index=True)
