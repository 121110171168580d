"""The chip budget: what it makes of the reported numbers, and its tables."""

import pandas as pd

from chipbook.data import Dataset, facts, load
from chipbook.data.derived import computed, rows_counted
from chipbook.data.quantity import Quantity
from chipbook.data.settings import settings
from chipbook.story.answers import NO_REPLY_FOUND, OTHER_PART, with_answers

_SET = settings(__file__)


@computed("reports-without-reply", "reports-of-totals", "press_reports")
def _without_reply(data: Dataset) -> Quantity:
    totals = rows_counted(data.facts.fact("reports-of-totals").formula, data)["budget_reports"]
    reports, press = data.rows("budget_reports"), data.rows("press_reports")
    said = {row: press.get(reports[row]["report_id"], {}).get("response_type") for row in totals}
    # None: no report is coded; "no reply found": our search found no answer to it.
    open_rows = [row for row in said if said[row] in (None, NO_REPLY_FOUND)]
    return data.tally("budget_reports", open_rows)


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


def _in_yuan(key: str, unit: str, day: pd.Timestamp) -> Quantity:
    """The amount of the report ``key``, dollars at the rate printed nearest to its ``day``."""
    amount = facts[f"budget_reports/{key}"]
    if unit == "billion CNY":
        return amount
    rates = _SET["rates"]
    nearest = min(rates, key=lambda printed: abs(pd.Timestamp(printed) - day))
    return amount * facts[rates[nearest]]


NEST: dict[str, str] = _SET["nest"]

_HEAD, _ROW, _PAD = 30, 40, 8


def scopes() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every report of money for 2025, in the scope that it counts, and the scopes as boxes.

    The reports are rows of :func:`budget_reports` with ``y``, ``who`` (outlet, month, place and
    answer) and ``january`` (whether it is a row of the report of 21 January 2025); the boxes have
    ``says``, ``inset`` (how many boxes they are in) and the edges ``top`` and ``bottom``, in
    pixels as ``y``.
    """
    reports = budget_reports()
    reports = reports[reports["drawn_in"].notna()]
    reports = reports.sort_values(["published_start", "cny"], ascending=[True, False])
    answer = reports["answer"].replace(OTHER_PART, "other reply")
    answer = answer.mask(reports["looks_back"], "looking back")
    where = reports["geography"].map({"China": ", in China", "outside China": ", abroad"})
    reports = reports.assign(
        who=reports["report"] + where.astype("object").fillna("") + ": " + answer,
        january=reports["report_id"] == "bd-2025-01-ft-12bn",
    )
    placed: list[pd.DataFrame] = []
    boxes: list[dict[str, object]] = []
    y = 0
    for inset, (name, says) in enumerate(NEST.items()):
        if alone := name == "rented capacity":
            y += len(boxes) * _PAD + 2 * _PAD
        inside = reports[reports["drawn_in"] == name]
        placed.append(inside.assign(y=[y + _HEAD + _ROW * n for n in range(len(inside))]))
        boxes.append({"says": says, "inset": 0 if alone else inset, "top": y})
        y += _HEAD + _ROW * len(inside)
    depth = len(boxes) - 1
    ends = [placed[-2]["y"].max() + _ROW + _PAD * n for n in range(depth, 0, -1)]
    return pd.concat(placed), pd.DataFrame(boxes).assign(bottom=[*ends, y + _PAD])


SPENDERS_2025: list[str] = _SET["spenders"]


def spenders() -> pd.DataFrame:
    """Capital expenditure in calendar 2025, in billion US dollars, beside ByteDance's reports.

    Columns: ``row`` (where it is drawn: four firms share one), ``company``, ``value``, ``kind``
    ("result" or "reported plan"), ``definition`` (what it counts), ``id`` and ``source_ids``.
    Tencent's yuan are converted at the rate of December 2025.
    """
    table = load("peer_capex").set_index("id").loc[SPENDERS_2025].reset_index()
    rate = facts["fx-2025-12-22"]
    yuan = table["unit"] == "billion CNY"
    value, pages = table["value"].astype("float"), table["source_ids"]
    peers = table.assign(
        row=table["company"].where(yuan, "Four American firms"),
        value=value.mask(yuan, value / rate.to("CNY per USD")),
        source_ids=pages.mask(yuan, pages + ";" + ";".join(rate.sources)),
        kind="result",
    )
    plan = "ByteDance's plan, by "
    plans = {f"{plan}Reuters": "rt25-capex-usd", f"{plan}the Financial Times": "ft25-sum"}
    reported = facts.frame(plans, "billion USD").rename(columns={"label": "row"})
    reported = reported.assign(company="ByteDance", kind="reported plan", definition="a plan")
    columns = ["row", "company", "value", "kind", "definition", "id", "source_ids"]
    return pd.concat([peers[columns], reported[columns]], ignore_index=True)
