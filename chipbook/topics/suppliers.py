"""Domestic suppliers: what the makers named in the article sell, by which count, and to whom."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import pandas as pd

from chipbook.data import Dataset, facts, load, sources
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.story.answers import with_answers


@computed("cambricon-top1-2025", "cambricon-top5-2025")
def _top1_2025(data: Dataset) -> Quantity:
    five = data.facts["cambricon-top5-2025"]
    return replace(five, value=None, low=five.low / 5)


# What was asked or planned, then each tracker with what it takes a share of. Never one line. Which
# rows stand beside each other, and in what words, is a choice of each drawing, here and below.
SHARES = {
    "Asked of tech firms|January 2025, informal": "ft25-guidance",
    "Asked of public hubs|2025, one report": "cn-50pct-national",
    "ByteDance's plan, 2025|reported, denied": "ft25-local-share",
    "IDC, cards|2023, first half": "chinese-vendors-2023-01-to-2023-06-idc-share",
    "IDC, cards|2024": "chinese-vendors-2024-idc-share",
    "IDC, cards|2025, first half": "chinese-vendors-2025-01-to-2025-06-idc-share",
    "IDC, cards|2025, second half": "chinese-vendors-2025-07-to-2025-12-computed-share",
    "IDC, cards|2025": "chinese-vendors-2025-idc-share",
    "TrendForce, AI servers|2025, forecast": "chinese-vendors-2025-trendforce-share",
    "TrendForce, high-end|2025, looking back": "chinese-vendors-2025-trendforce-august-share",
    "TrendForce, high-end|2026, December forecast": "chinese-vendors-2026-trendforce-share",
    "TrendForce, high-end|2026, August forecast": "chinese-vendors-2026-trendforce-august-share",
    "Bernstein, sales|2023, mid-2025 model": "chinese-vendors-2023-bernstein-mid-share",
    "Bernstein, sales|2023, December model": "chinese-vendors-2023-bernstein-dec-share",
    "Bernstein, demand|2025, forecast": "chinese-vendors-2025-bernstein-share",
    "Bernstein, sales|2026, forecast": "chinese-vendors-2026-bernstein-share",
    "Morgan Stanley,|self-sufficiency, 2024": "chinese-vendors-2024-morgan-stanley-share",
}


def shares() -> pd.DataFrame:
    """Chinese makers' share by tracker and period, below what was asked and what was planned.

    One row a figure: ``row`` (who and what, then when, a bar between), ``kind`` ("asked" or
    "share"), ``value`` (percent), ``text``, ``status``, ``answer`` (the company's, to the reported
    plan only) and ``source_ids``.
    """
    keys = {row: key if key in facts else f"vendor_shares/{key}" for row, key in SHARES.items()}
    table = facts.frame(keys, "percent").rename(columns={"label": "row"})
    asked = table["id"].isin(list(SHARES.values()))
    kind = asked.map({True: "asked", False: "share"})
    table = table.assign(kind=kind, answer=table["id"].map(_answer))
    return table[["row", "kind", "value", "text", "status", "answer", "source_ids"]]


def _answer(key: str) -> str:
    return "denied" if facts.fact(key).answered else ""


VENDORS = {
    "Nvidia": "vendor_shares/nvidia-2025-idc-shipments",
    "Huawei": "vendor_shares/huawei-2025-idc-shipments",
    "Alibaba's T-Head": "vendor_shares/alibaba-t-head-2025-idc-shipments",
    "AMD": "vendor_shares/amd-2025-idc-shipments",
    "Kunlunxin (Baidu)": "vendor_shares/kunlunxin-2025-idc-shipments",
    "Cambricon": "vendor_shares/cambricon-2025-idc-shipments",
    "Other Chinese makers": "vendor_shares/other-chinese-vendors-2025-computed-shipments",
}


def cards() -> pd.DataFrame:
    """Cards shipped in China in 2025 by maker, as IDC counted them.

    Columns ``vendor``, ``origin`` ("Chinese" or "foreign"), ``value`` (cards), ``text``,
    ``status`` and ``source_ids``. The rest of the Chinese makers is a difference.
    """
    table = facts.frame(VENDORS, "cards").rename(columns={"label": "vendor"})
    foreign = table["vendor"].isin(["Nvidia", "AMD"])
    table = table.assign(origin=foreign.map({True: "foreign", False: "Chinese"}))
    return table[["vendor", "origin", "value", "text", "status", "source_ids"]]


def cambricon_quarters() -> pd.DataFrame:
    """Cambricon's revenue and net profit by quarter, from 2024.

    Columns ``quarter`` ("2024 Q1"), ``measure`` ("revenue", "net profit"), ``value`` (million
    yuan), ``status`` and ``source_ids``. The superseded forecast of a quarter is left out.
    """
    table = load("supplier_financials").astype({"status": "str", "value": "float"})
    quarter = table["id"].str.extract(r"^cambricon-(\d{4})-q(\d)-(revenue|net-profit)$")
    table = table.assign(
        quarter=quarter[0] + " Q" + quarter[1], measure=quarter[2].str.replace("-", " ")
    )
    table = table[table["quarter"] >= "2024"].sort_values(
        ["quarter", "measure"], ascending=[True, False], ignore_index=True
    )
    return table[["quarter", "measure", "value", "status", "source_ids"]]


def scale() -> pd.DataFrame:
    """The reported plan for Chinese makers beside what two of them sold, in billion yuan.

    Columns ``row`` (two lines, a bar between), ``what`` (the same in one), ``kind`` ("plan" or
    "sales"), ``value``, ``text`` (rounded, without its unit), ``status``, ``id``, ``source_ids``.
    """
    rows = {
        "ByteDance's plan|for Chinese makers, 2025": "ft25-local-cny",
        "Cambricon, revenue|2024": "supplier_financials/cambricon-2024-revenue",
        "Cambricon, revenue|2025": "supplier_financials/cambricon-2025-revenue",
        "Huawei, AI chips|2025, by the FT": "huawei-ai-2025-cny",
    }
    table = facts.frame(rows, "billion CNY").rename(columns={"label": "row"})
    # The dollars were reported; that we turned them into yuan does not make them ours.
    status = table["status"].mask(table["id"].eq("huawei-ai-2025-cny"), "reported")
    kind = ["plan", "sales", "sales", "sales"]
    short = [str(facts[key].shown(digits=2)).removesuffix(" billion yuan") for key in table["id"]]
    table = table.assign(
        kind=kind, status=status, text=short, what=table["row"].str.replace("|", ", ")
    )
    return table[["row", "what", "kind", "value", "text", "status", "id", "source_ids"]]


# Labels must fit a phone.
_SHORT = {
    "Wall Street Journal": "WSJ",
    "US Commerce official": "US official",
    "Nobody named": "Unnamed",
    "Unnamed expert": "An expert",
    "Bloomberg, relayed": "Bloomberg",
}


def huawei_2025() -> pd.DataFrame:
    """The answers to how many AI chips Huawei made in 2025, in the order in which they were given.

    Columns ``who``, ``said`` (month), ``when`` (the month in words), ``counts`` (what is counted),
    ``unit`` (chips, cards, units or dies), ``value`` (in that unit), ``text``, ``short`` (who, in
    short), ``label`` (who, when and the number), ``status``, ``source_ids``.
    """
    table = load("huawei_answers")
    numbers = [facts[key] for key in table["fact"]]
    unit = [quantity.dims[0][0] + "s" for quantity in numbers]
    table = table.assign(
        when=pd.to_datetime(table["said"]).dt.strftime("%b %Y"),
        unit=unit,
        value=[quantity.to(noun) for quantity, noun in zip(numbers, unit, strict=True)],
        text=[str(quantity) for quantity in numbers],
        short=table["who"].replace(_SHORT),
        status=[quantity.status for quantity in numbers],
        source_ids=[";".join(quantity.sources) for quantity in numbers],
    )
    number = pd.Series([f"{quantity:number}" for quantity in numbers])
    label = table["short"] + ", " + table["when"] + ": " + number + " " + table["counts"]
    return table.drop(columns=["id", "fact"]).assign(label=label)


def chips_of(dies: float, paired: float) -> float:
    """Chips from ``dies`` when ``paired`` percent of them go two to a chip and the rest singly.

    The model of the chart; raises ``ValueError`` for a share outside 0 to 100.
    """
    if not 0 <= paired <= 100:
        raise ValueError(f"{paired} is no share in percent")
    return dies * (1 - paired / 200)


CAMBRICON_UNITS = {
    "No source named": "vendor_shares/cambricon-2025-unnamed-shipments",
    "Unnamed expert": "vendor_shares/cambricon-2025-expert-call-shipments",
    "Goldman Sachs": "vendor_shares/cambricon-2025-goldman-shipments",
    "IDC": "vendor_shares/cambricon-2025-idc-shipments",
    "Annual report": "vendor_shares/cambricon-2025-filed-shipments",
}


def cambricon_units() -> pd.DataFrame:
    """What others said that Cambricon sold in 2025, and what it filed.

    Columns ``who`` (with the month of the page), ``value``, ``text``, ``of_filed`` (percent of the
    filed count), ``status``, ``source_ids``. Chips, cards and units are taken as the same things.
    """
    table = facts.frame(CAMBRICON_UNITS)
    month = table["source_ids"].str.split(";").str[0].map(sources()["published"]).str[:7]
    who = table["label"] + ", " + pd.to_datetime(month).dt.strftime("%B %Y")
    value = pd.Series([facts[key].value for key in table["id"]])
    table = table.assign(who=who, value=value, of_filed=(100 * value / value.iloc[-1]).round())
    return table[["who", "value", "text", "of_filed", "status", "source_ids"]]


CUSTOMERS = {
    "Cambricon, five largest|2024": "cambricon-top5-2024",
    "Cambricon, five largest|2025": "cambricon-top5-2025",
    "Cambricon, the largest|2025, from the above": "cambricon-top1-2025",
    "Cambricon, ByteDance|reported, denied": "bd-cambricon-orders",
    "Enflame, Tencent|nine months of 2025": "enflame-tencent",
    "Hygon, the largest|2024, not named": "hygon-top1-2024",
}


def customers() -> pd.DataFrame:
    """How much of a maker's sales, or orders, goes to its largest customers.

    Columns ``row`` (two lines, a bar between), ``what`` (the same in one), ``value``, ``low``,
    ``high`` (percent; a range has no value), ``text``, ``status``, ``answer``, ``source_ids``.
    """
    table = facts.frame(CUSTOMERS, "percent").rename(columns={"label": "row"})
    what = table["row"].str.replace("|", ", ")
    table = table.assign(what=what, answer=table["id"].map(_answer))
    return table[["row", "what", "value", "low", "high", "text", "status", "answer", "source_ids"]]


def same_day() -> pd.DataFrame:
    """Bloomberg's report on Cambricon of 4 December 2025, the company's answer, and what is known.

    Columns ``step``, ``date``, ``who``, ``head`` (the three in one line), ``words`` and
    ``source_ids``.
    """
    report = load("press_reports").set_index("id").loc["peer-2025-12-cambricon-triple"]
    reply = load("replies").set_index("id").loc["cambricon-denial-2025-12"]
    top = facts["cambricon-top5-2025"]
    known = (
        f"Its five largest customers took {top} of the year's sales; none is named. "
        f"It made {facts['cambricon-output-2025']} in 2025."
    )
    rows = [
        ("The claim", report["date"], report["outlet"], report["claim"], report["source_ids"]),
        ("The answer", reply["date"], reply["party"], reply["reply"], reply["source_ids"]),
        ("Since then", "2026-03-12", "Cambricon, annual report", known, ";".join(top.sources)),
    ]
    table = pd.DataFrame(rows, columns=["step", "date", "who", "words", "source_ids"])
    day = [f"{day.day} {day:%B %Y}" for day in pd.to_datetime(table["date"])]
    return table.assign(head=table["step"] + ": " + table["who"] + ", " + day)


YIELDS = {
    "Ascend 910B": "huawei-910b-yield-2024",
    "Ascend 910C": "huawei-910c-yield-2024",
    "Ascend 910C, later": "huawei-910c-yield-2025",
    "Cambricon's two main chips": "cambricon-yield",
}


def yields() -> pd.DataFrame:
    """Yields as the press reported them, oldest first.

    Columns ``label``, ``text``, ``value`` (percent), ``period``, ``said_by``, ``status``,
    ``source_ids``.
    """
    table = facts.frame(YIELDS, "percent")
    table["said_by"] = [facts.fact(key).attributed_to for key in table["id"]]
    return table[["label", "text", "value", "period", "said_by", "status", "source_ids"]]


def ascend_910b() -> pd.DataFrame:
    """Ascend 910B that ByteDance ordered and received, with the answer to the report.

    The two rows of ``chip_orders``: ``stage``, ``amount`` (with its qualifier), ``period``,
    ``attributed_to``, ``answer``, ``status``, ``source_ids``.
    """
    table = with_answers(load("chip_orders"))
    table = table[table["product"].eq("Huawei Ascend 910B") & table["buyer"].eq("ByteDance")]
    amount = [str(facts[f"chip_orders/{key}"]) for key in table["id"]]
    columns = ["stage", "amount", "period", "attributed_to", "answer", "status", "source_ids"]
    return table.assign(amount=amount)[columns].reset_index(drop=True)


def counted_alike(
    answers: pd.DataFrame, counted: alt.Parameter, paired: alt.Parameter, arranged: alt.Parameter
) -> alt.Chart:
    """The rows of :func:`huawei_2025`, dies turned into chips in the reader's browser. No mark.

    ``answers`` are those rows. ``counted`` is "as stated" or "dies as chips", ``paired`` the
    percentage of dies that go two to a chip, ``arranged`` is "by size" or "by date". Adds ``shown``
    (the number as counted), ``turned`` (whether it was one of dies), ``low`` (chips with all dies
    paired), ``place`` (of the row, from 1) and ``words``.
    """
    expr, row = alt.expr, alt.datum
    turned = (row.unit == "dies") & (counted == "dies as chips")
    shown = expr.if_(turned, row.value * (1 - paired / 200), row.value)
    by_date = expr.toNumber(expr.replace(row.said, "-", ""))
    made = row.short + ", " + row.when + ": dies as " + expr.format(row.shown, ",.0f") + " chips"
    return (
        alt.Chart(answers)
        .transform_calculate(turned=turned, shown=shown, low=row.value / 2)
        .transform_calculate(
            key=expr.if_(arranged == "by date", by_date, row.shown),
            words=expr.if_(row.turned, made, row.label),
        )
        .transform_window(place="row_number()", sort=[alt.SortField("key")])
    )
