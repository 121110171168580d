"""Domestic suppliers: what the makers named in the article sell, by which count, and to whom.

Each table function returns a DataFrame that keeps ``source_ids``, so a chart of it knows its
sources.
"""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import pandas as pd

from chipbook.data import facts, load
from chipbook.data.derived import derived
from chipbook.data.quantity import ONE, Quantity
from chipbook.story.answers import with_answers

# --- The plan beside the makers' sales


@derived("bd-vs-cambricon-2025", "ByteDance", "local part over Cambricon's 2025 revenue", "2025")
def bd_vs_cambricon_2025() -> Quantity:
    """A reported plan over a filed result. Scale only: Huawei is the larger supplier."""
    return facts["ft25-local-cny"] / facts["supplier_financials/cambricon-2025-revenue"]


@derived("bd-vs-cambricon-2024", "ByteDance", "local part over Cambricon's 2024 revenue", "2025")
def bd_vs_cambricon_2024() -> Quantity:
    """The same reported plan over the last full year that ended before it."""
    return facts["ft25-local-cny"] / facts["supplier_financials/cambricon-2024-revenue"]


@derived("huawei-ai-2025-cny", "Huawei", "revenue from AI chips", "2025")
def huawei_ai_2025_cny() -> Quantity:
    """The FT's dollars at the rate Reuters printed in December 2025."""
    dollars = facts["supplier_financials/huawei-ai-chips-2025-revenue"]
    return dollars * facts["fx-2025-12-22"]


@derived("bd-vs-both-2025", "ByteDance", "local part over both makers' 2025 sales", "2025")
def bd_vs_both_2025() -> Quantity:
    """A reported plan over one filed revenue and one reported revenue, added up."""
    both = huawei_ai_2025_cny() + facts["supplier_financials/cambricon-2025-revenue"]
    return (facts["ft25-local-cny"] / both).shown(percent=True)


@derived("cambricon-q4-of-2024", "Cambricon", "last quarter's part of the year's revenue", "2024")
def cambricon_q4_of_2024() -> Quantity:
    """Revenue of the fourth quarter, itself a difference of filed totals, over the year."""
    year = facts["supplier_financials/cambricon-2024-revenue"]
    return (facts["supplier_financials/cambricon-2024-q4-revenue"] / year).shown(percent=True)


@derived(
    "cambricon-q1-2025-of-2024", "Cambricon", "one quarter's revenue over the year before", "2025"
)
def cambricon_q1_2025_of_2024() -> Quantity:
    """Revenue of the first quarter of 2025 over that of all 2024, both filed."""
    year = facts["supplier_financials/cambricon-2024-revenue"]
    return (facts["supplier_financials/cambricon-2025-q1-revenue"] / year).shown(percent=True)


@derived(
    "local-share-vs-guidance",
    "ByteDance",
    "reported local share over the informal floor",
    "2025",
    of_texts=True,
)
def local_share_vs_guidance() -> Quantity:
    """The reported share of orders over the floor of the guidance, two numbers of one report."""
    return facts["ft25-local-share"] / facts["ft25-guidance"].point()


# --- Cards


@derived("cambricon-sold-2024", "Cambricon", "cards sold", "2024")
def cambricon_sold_2024() -> Quantity:
    """Cards sold in 2025 divided by one plus the filed growth: assumes the same way of counting."""
    return (facts["cambricon-sold-2025"] / (ONE + facts["cambricon-sold-growth-2025"])).shown(
        digits=3
    )


@derived("huawei-share-domestic-idc", "Huawei", "share of Chinese-brand AI cards", "2025")
def huawei_share_domestic_idc() -> Quantity:
    """IDC's count for Huawei over its count for all Chinese brands."""
    total = facts["vendor_shares/chinese-vendors-2025-idc-shipments"]
    return (facts["huawei-2025-idc"] / total).shown(percent=True, digits=3)


@derived("cambricon-share-domestic-idc", "Cambricon", "share of Chinese-brand AI cards", "2025")
def cambricon_share_domestic_idc() -> Quantity:
    """IDC's count for Cambricon over its count for all Chinese brands."""
    total = facts["vendor_shares/chinese-vendors-2025-idc-shipments"]
    part = facts["vendor_shares/cambricon-2025-idc-shipments"]
    return (part / total).shown(percent=True)


@derived("idc-parts-2025", "IDC", "sum of the named parts of its total", "2025", of_texts=True)
def idc_parts_2025() -> Quantity:
    """Nvidia, AMD and all Chinese makers, each rounded by the source, added up."""
    rows = ("nvidia", "amd", "chinese-vendors")
    return sum(facts[f"vendor_shares/{row}-2025-idc-shipments"] for row in rows).shown(digits=3)


@derived(
    "cambricon-idc-of-filed", "Cambricon", "IDC's count over the filed one", "2025", of_texts=True
)
def cambricon_idc_of_filed() -> Quantity:
    """The tracker's cards over the units in the annual report, taken as the same things."""
    filed = facts["cambricon-sold-2025"]
    counted = replace(facts["vendor_shares/cambricon-2025-idc-shipments"], dims=filed.dims)
    return (counted / filed).shown(percent=True)


@derived("cambricon-rev-per-card", "Cambricon", "cloud revenue per card sold", "2025")
def cambricon_rev_per_card() -> Quantity:
    """Revenue times its share from cloud products, over cards sold: crude, since units may include
    products for the edge.
    """
    revenue = facts["supplier_financials/cambricon-2025-revenue"]
    cloud = revenue * facts["cambricon-cloud-share-2025"]
    return (cloud / facts["cambricon-sold-2025"]).shown(digits=3)


# --- One number, many answers: Huawei in 2025

# An Ascend 910C is a package of two dies, by Bloomberg and by Huawei's own paper.
DIES_PER_PAIR = Quantity.of(2, "dies per chips", sources=("japantimes-2025-09-30-huawei",))


@derived("huawei-2025-ft-plan", "Huawei", "planned Ascend 910B and 910C", "2025")
def huawei_2025_ft_plan() -> Quantity:
    """The two parts of the plan that the FT reported in February 2025, added up."""
    return facts["huawei-2025-ft-910c"] + facts["huawei-2025-ft-910b"]


@derived("huawei-dies-as-910c", "Huawei", "chips, if every die goes into an Ascend 910C", "2025")
def huawei_dies_as_910c() -> Quantity:
    """Bloomberg's count of dies, two to a chip: the fewest chips that they can make."""
    return facts["huawei-dies-2025"] / DIES_PER_PAIR


@derived("huawei-dies-left", "Huawei", "dies left after the Ascend 910C", "2025")
def huawei_dies_left() -> Quantity:
    """Bloomberg's dies less two for each of Bloomberg's Ascend 910C."""
    return facts["huawei-dies-2025"] - facts["huawei-910c-2025"] * DIES_PER_PAIR


@derived("huawei-bloomberg-chips", "Huawei", "chips that both of Bloomberg's counts allow", "2025")
def huawei_bloomberg_chips() -> Quantity:
    """Bloomberg's Ascend 910C, plus one chip for each die that they leave: an assumption."""
    single = Quantity.of(1, "dies per chips")
    return facts["huawei-910c-2025"] + huawei_dies_left() / single


@derived(
    "huawei-idc-vs-kessler",
    "Huawei",
    "IDC's count over the official's ceiling",
    "2025",
    of_texts=True,
)
def huawei_idc_vs_kessler() -> Quantity:
    """Cards shipped over a capacity to make chips: different things, set side by side."""
    capacity = facts["huawei-2025-kessler"]
    return replace(facts["huawei-2025-idc"], dims=capacity.dims) / capacity


# --- Customers and supply


@derived("cambricon-top5-2025", "Cambricon", "share of sales to the five largest customers", "2025")
def cambricon_top5_2025() -> Quantity:
    """Sales to the five largest customers over revenue, both filed."""
    revenue = facts["supplier_financials/cambricon-2025-revenue"]
    return (facts["cambricon-top5-2025-cny"] / revenue).shown(percent=True, digits=3)


@derived("cambricon-top1-2025", "Cambricon", "share of sales to the largest customer", "2025")
def cambricon_top1_2025() -> Quantity:
    """What follows from the five largest together: the largest has at least a fifth of their
    share and at most all of it.
    """
    five = cambricon_top5_2025()
    return replace(five, value=None, low=five.low / 5, formula=f"({five.formula}) ÷ 5, or all")


@derived("bd-910b-ratio", "ByteDance", "share of ordered Ascend 910B delivered", "2024-07")
def bd_910b_ratio() -> Quantity:
    """Fewer than one count over more than another, so an upper bound."""
    return (facts["bd-910b-received"] / facts["bd-910b-ordered"]).shown(percent=True)


@derived("yield-910c-gain", "Huawei", "yield of the Ascend 910C over that of 2024", "2025-02")
def yield_910c_gain() -> Quantity:
    """One paper's figure over another's: the same silicon would give so many times the chips."""
    return facts["huawei-910c-yield-2025"] / facts["huawei-910c-yield-2024"]


@derived("cambricon-plan-vs-output", "Cambricon", "reported plan over output of 2025", "2026")
def cambricon_plan_vs_output() -> Quantity:
    """Bloomberg's plan for 2026 over the filed production of the year before."""
    return facts["cambricon-plan-2026"] / facts["cambricon-output-2025"]


@derived("ppu-tflops", "Alibaba T-Head PPU", "compute of one card", "2025-09")
def ppu_tflops() -> Quantity:
    """The compute of the contracted cards over their number; the precision is not stated."""
    return (facts["ppu-site-compute"] / facts["ppu-site-cards"]).shown(digits=4)


@derived("metax-tflops", "MetaX", "compute of one card at the same site", "2025-09")
def metax_tflops() -> Quantity:
    """The compute of the contracted cards over their number; the precision is not stated."""
    return (facts["metax-site-compute"] / facts["metax-site-cards"]).shown(digits=3)


# --- Tables


def _in_a_line(rows: pd.Series) -> pd.Series:
    return rows.str.replace("|", ", ")


# What was asked or planned, then each tracker with what it takes a share of. Never one line.
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
    "TrendForce, high-end|2026, forecast": "chinese-vendors-2026-trendforce-share",
    "Bernstein, sales|2023, mid-2025 model": "chinese-vendors-2023-bernstein-mid-share",
    "Bernstein, sales|2023, December model": "chinese-vendors-2023-bernstein-dec-share",
    "Bernstein, demand|2025, forecast": "chinese-vendors-2025-bernstein-share",
    "Bernstein, sales|2026, forecast": "chinese-vendors-2026-bernstein-share",
    "Morgan Stanley,|self-sufficiency, 2024": "chinese-vendors-2024-morgan-stanley-share",
}
_ASKED = 3


def shares() -> pd.DataFrame:
    """Chinese makers' share by tracker and period, below what was asked and what was planned.

    One row a figure: ``row`` (who and what, then when, a bar between), ``kind`` ("asked" or
    "share"), ``value`` (percent), ``text``, ``status``, ``answer`` (the company's, to the reported
    plan only) and ``source_ids``.
    """
    keys = [key if key in facts else f"vendor_shares/{key}" for key in SHARES.values()]
    table = facts.frame(dict(zip(SHARES, keys, strict=True)), "percent")
    kind = ["asked"] * _ASKED + ["share"] * (len(SHARES) - _ASKED)
    answer = ["denied" if facts.fact(key).answered else "" for key in keys]
    table = table.rename(columns={"label": "row"}).assign(kind=kind, answer=answer)
    return table[["row", "kind", "value", "text", "status", "answer", "source_ids"]]


VENDORS = {
    "Nvidia": ("nvidia-2025-idc-shipments", "foreign"),
    "Huawei": ("huawei-2025-idc-shipments", "Chinese"),
    "Alibaba's T-Head": ("alibaba-t-head-2025-idc-shipments", "Chinese"),
    "AMD": ("amd-2025-idc-shipments", "foreign"),
    "Kunlunxin (Baidu)": ("kunlunxin-2025-idc-shipments", "Chinese"),
    "Cambricon": ("cambricon-2025-idc-shipments", "Chinese"),
    "Other Chinese makers": ("other-chinese-vendors-2025-computed-shipments", "Chinese"),
}


def cards() -> pd.DataFrame:
    """Cards shipped in China in 2025 by maker, as IDC counted them.

    Columns ``vendor``, ``origin`` ("Chinese" or "foreign"), ``value`` (cards), ``text``,
    ``status`` and ``source_ids``. The rest of the Chinese makers is a difference.
    """
    keys = {name: f"vendor_shares/{row}" for name, (row, _) in VENDORS.items()}
    table = facts.frame(keys, "cards").rename(columns={"label": "vendor"})
    table["origin"] = [origin for _, origin in VENDORS.values()]
    return table[["vendor", "origin", "value", "text", "status", "source_ids"]]


def cambricon_quarters() -> pd.DataFrame:
    """Cambricon's revenue and net profit by quarter, from 2024.

    Columns ``quarter`` ("2024 Q1"), ``measure`` ("revenue", "net profit"), ``value`` (million
    yuan), ``status`` and ``source_ids``. The superseded forecast of a quarter is left out.
    """
    table = load("supplier_financials")
    quarter = table["id"].str.extract(r"^cambricon-(\d{4})-q(\d)-(revenue|net-profit)$")
    table = table.assign(
        quarter=quarter[0] + " Q" + quarter[1],
        measure=quarter[2].str.replace("-", " "),
        status=table["status"].astype("str"),
        value=table["value"].astype("float"),
    )
    table = table[table["period_start"].ge("2024") & table["quarter"].notna()]
    table = table.sort_values(["period_start", "measure"], ascending=[True, False])
    columns = ["quarter", "measure", "value", "status", "source_ids"]
    return table[columns].reset_index(drop=True)


def scale() -> pd.DataFrame:
    """The reported plan for Chinese makers beside what two of them sold, in billion yuan.

    Columns ``row`` (two lines, a bar between), ``what`` (the same in one), ``kind`` ("plan" or
    "sales"), ``value``, ``text`` (rounded, without its unit), ``status``, ``source_ids``.
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
    table = table.assign(kind=kind, status=status, text=short, what=_in_a_line(table["row"]))
    return table[["row", "what", "kind", "value", "text", "status", "source_ids"]]


# Short names, for labels that must fit a phone.
_SHORT = {
    "Wall Street Journal": "WSJ",
    "US Commerce official": "US official",
    "Nobody named": "Unnamed",
    "Unnamed expert": "An expert",
}

# Who said it, in which month, of what. The month is that of the first report, where the page that
# we read relays it.
HUAWEI_2025 = [
    ("Financial Times", "2025-02", "planned chips", "huawei-2025-ft-plan"),
    ("Wall Street Journal", "2025-04", "planned chips", "huawei-2025-wsj"),
    ("US Commerce official", "2025-06", "chips, capacity", "huawei-2025-kessler"),
    ("SemiAnalysis", "2025-09", "units", "huawei-2025-semianalysis"),
    ("Bloomberg", "2025-09", "of the 910C alone", "huawei-910c-2025"),
    ("Bloomberg", "2025-09", "dies", "huawei-dies-2025"),
    ("Nobody named", "2025-10", "chips, forecast", "vendor_shares/huawei-2025-unnamed-shipments"),
    (
        "Unnamed expert",
        "2025-11",
        "chips, forecast",
        "vendor_shares/huawei-2025-expert-call-shipments",
    ),
    ("IDC", "2026-04", "cards shipped in China", "huawei-2025-idc"),
]


def huawei_2025() -> pd.DataFrame:
    """The answers to how many AI chips Huawei made in 2025, in the order in which they were given.

    Columns ``who``, ``said`` (month), ``when`` (the month in words), ``counts`` (what is counted),
    ``unit`` (chips, cards, units or dies), ``value`` (in that unit), ``text``, ``short`` (who, in
    short), ``label`` (who, when and the number), ``status``, ``source_ids``.
    """
    rows = []
    for who, said, counts, key in HUAWEI_2025:
        quantity = facts[key]
        (noun, _), *_ = quantity.dims
        when = f"{pd.Timestamp(said):%b %Y}"
        number = f"{quantity:number}"
        rows.append(
            {
                "who": who,
                "said": said,
                "when": when,
                "counts": counts,
                "unit": noun + "s",
                "value": quantity.to(noun + "s"),
                "text": str(quantity),
                "short": _SHORT.get(who, who),
                "label": f"{_SHORT.get(who, who)}, {when}: {number} {counts}",
                "status": quantity.status,
                "source_ids": ";".join(quantity.sources),
            }
        )
    return pd.DataFrame(rows)


def chips_of(dies: float, paired: float) -> float:
    """Chips from ``dies`` when ``paired`` percent of them go two to a chip and the rest singly.

    The model of the chart; raises ``ValueError`` for a share outside 0 to 100.
    """
    if not 0 <= paired <= 100:
        raise ValueError(f"{paired} is no share in percent")
    return dies * (1 - paired / 200)


CAMBRICON_UNITS = {
    "No source named, October 2025": "vendor_shares/cambricon-2025-unnamed-shipments",
    "Unnamed expert, November 2025": "vendor_shares/cambricon-2025-expert-call-shipments",
    "Goldman Sachs, December 2025": "vendor_shares/cambricon-2025-goldman-shipments",
    "IDC, April 2026": "vendor_shares/cambricon-2025-idc-shipments",
    "Annual report, March 2026": "vendor_shares/cambricon-2025-filed-shipments",
}


def cambricon_units() -> pd.DataFrame:
    """What others said that Cambricon sold in 2025, and what it filed.

    Columns ``who``, ``value``, ``text``, ``of_filed`` (percent of the filed count), ``status``,
    ``source_ids``. Chips, cards and units are taken as the same things.
    """
    table = pd.concat(
        [
            facts.frame({who: key}, unit)
            for (who, key), unit in zip(
                CAMBRICON_UNITS.items(), ["chips"] * 3 + ["cards", "units"], strict=True
            )
        ],
        ignore_index=True,
    )
    filed = table["value"].iloc[-1]
    table = table.rename(columns={"label": "who"})
    table["of_filed"] = (100 * table["value"] / filed).round()
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
    answer = ["denied" if facts.fact(key).answered else "" for key in table["id"]]
    table = table.assign(answer=answer, what=_in_a_line(table["row"]))
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
    head = table["step"] + ": " + table["who"] + ", " + table["date"]
    return table.assign(head=head)


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
    said = [facts.fact(key).attributed_to for key in table["id"]]
    table = table.assign(said_by=said)
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

    Parameters: ``counted`` is "as stated" or "dies as chips", ``paired`` the percentage of dies
    that go two to a chip, ``arranged`` is "by size" or "by date". Adds to the rows ``shown`` (the
    number as counted), ``turned`` (whether it was one of dies), ``low`` (chips with all dies
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
