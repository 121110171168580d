"""The chip budget: what it makes of the reported numbers, and its tables.

Each table function returns a DataFrame that keeps ``source_ids``, so a chart of it knows its
sources.
"""

from __future__ import annotations

import pandas as pd

from chipbook.data import facts, load, split
from chipbook.data.derived import derived
from chipbook.data.quantity import ONE, Quantity
from chipbook.story.answers import NO_REPLY_FOUND, NOT_YET, known_from, with_answers

# --- The budget of January 2025


@derived("ft25-implied-2024-cny", "ByteDance", "AI chips bought in China, implied", "2024")
def ft25_implied_2024_cny() -> Quantity:
    """The 2025 budget for chips in China, divided by how many times 2024 it was said to be."""
    return facts["ft25-chips-china-cny"] / facts["ft25-double"]


@derived("ft25-implied-2024-usd", "ByteDance", "AI chips bought in China, implied", "2024")
def ft25_implied_2024_usd() -> Quantity:
    """The amount implied for 2024 at the rate of 21 January 2025, not at the average of 2024."""
    return (ft25_implied_2024_cny() / facts["fx-2025-01-21"]).shown(digits=3)


@derived("ft25-sum", "ByteDance", "sum of the two parts of the reported budget", "2025")
def ft25_sum() -> Quantity:
    """Chips bought in China plus investment abroad, both as the report prints them in dollars."""
    return (facts["ft25-chips-china-usd"] + facts["ft25-overseas"]).shown(digits=3)


@derived("ft25-sum-cny", "ByteDance", "sum of the two parts of the reported budget", "2025")
def ft25_sum_cny() -> Quantity:
    """The chip budget in yuan plus the part abroad at the rate Reuters printed."""
    abroad = facts["ft25-overseas"] * facts["fx-2025-01-21"]
    return facts["ft25-chips-china-cny"] + abroad


@derived("ft25-local-cny", "ByteDance", "chip budget for Chinese suppliers", "2025")
def ft25_local_cny() -> Quantity:
    """The share of orders said to go to Chinese suppliers, of the chip budget in China."""
    return facts["ft25-chips-china-cny"] * facts["ft25-local-share"]


@derived("ft25-local-usd", "ByteDance", "chip budget for Chinese suppliers", "2025")
def ft25_local_usd() -> Quantity:
    """The part for Chinese suppliers in dollars, at the rate Reuters printed with the report."""
    return ft25_local_cny() / facts["fx-2025-01-21"]


@derived("ft25-nvidia-china-cny", "ByteDance", "chip budget in China for Nvidia chips", "2025")
def ft25_nvidia_china_cny() -> Quantity:
    """What is left of the chip budget in China once Chinese suppliers have their share."""
    return facts["ft25-chips-china-cny"] * (ONE - facts["ft25-local-share"])


@derived("ft25-nvidia-china-usd", "ByteDance", "chip budget in China for Nvidia chips", "2025")
def ft25_nvidia_china_usd() -> Quantity:
    """The rest of the chip budget in China in dollars, at the rate Reuters printed."""
    return ft25_nvidia_china_cny() / facts["fx-2025-01-21"]


@derived("ft25-local-of-total", "ByteDance", "Chinese suppliers' part of the whole budget", "2025")
def ft25_local_of_total() -> Quantity:
    """The part for Chinese suppliers over the sum of both parts of the budget."""
    return (ft25_local_usd() / ft25_sum()).shown(percent=True)


@derived("ft25-nvidia-of-total", "ByteDance", "part of the budget tied to Nvidia chips", "2025")
def ft25_nvidia_of_total() -> Quantity:
    """Nvidia chips in China plus everything abroad, over the sum. An upper bound: the money abroad
    is for computing capacity, of which chips are only a part.
    """
    part = ft25_nvidia_china_usd() + facts["ft25-overseas"]
    return (part / ft25_sum()).at_most().shown(percent=True)


@derived(
    "ft25-seed-gap",
    "Rivista.AI",
    "overstatement of the Chinese suppliers' part",
    "2025",
    of_texts=True,
)
def ft25_seed_gap() -> Quantity:
    """What the article gives to Chinese suppliers over what the report's split gives them."""
    return (facts["article-local-usd"] / ft25_local_usd()).shown(digits=2)


@derived(
    "article-moved-usd",
    "Rivista.AI",
    "amount that the article moves to Chinese suppliers",
    "2025",
    of_texts=True,
)
def article_moved_usd() -> Quantity:
    """What the article gives to Chinese suppliers less what the report's split gives them."""
    return facts["article-local-usd"] - ft25_local_usd()


@derived(
    "fx-ft-implied",
    "Financial Times",
    "yuan per dollar implied by the report",
    "2025-01-21",
    of_texts=True,
)
def fx_ft_implied() -> Quantity:
    """The chip budget in yuan over the same budget in dollars."""
    return (facts["ft25-chips-china-cny"] / facts["ft25-chips-china-usd"]).shown(digits=3)


@derived(
    "fx-2025-01-23-implied",
    "Reuters",
    "yuan per dollar implied by the report",
    "2025-01-23",
    of_texts=True,
)
def fx_2025_01_23_implied() -> Quantity:
    """The capital-expenditure plan in yuan over the same plan in dollars."""
    # "More than" stands on both sides of one conversion, so it says nothing about the rate.
    yuan, dollars = facts["rt25-capex-cny"], facts["rt25-capex-usd"]
    return (yuan.point() / dollars.point()).shown(digits=5)


@derived(
    "fx-2024-12-ti-implied",
    "AI Online",
    "yuan per dollar implied by a relay",
    "2024-12",
    of_texts=True,
)
def fx_2024_12_ti_implied() -> Quantity:
    """A relay's amount in yuan over the amount in dollars that it converts."""
    yuan, dollars = facts["ti25-nvidia-cny"], facts["ti25-nvidia"]
    return (yuan.point() / dollars.point()).shown(digits=5)


# --- Other reports of the budget


@derived("rt25-abroad-usd", "ByteDance", "planned capital expenditure abroad", "2025")
def rt25_abroad_usd() -> Quantity:
    """The share to be spent abroad, of the capital-expenditure plan that Reuters reported."""
    return (facts["rt25-capex-usd"] * facts["rt25-abroad-share"]).shown(digits=3)


@derived(
    "ft-vs-rt",
    "ByteDance",
    "the FT's AI budget as a share of Reuters' capex plan",
    "2025",
    of_texts=True,
)
def ft_vs_rt() -> Quantity:
    """The sum of the FT's parts over the plan of Reuters: two scopes, two reports."""
    return (ft25_sum() / facts["rt25-capex-usd"]).shown(percent=True)


@derived(
    "os24-implied", "ByteDance", "capital expenditure implied by a broker's growth rate", "2024"
)
def os24_implied() -> Quantity:
    """Orient Securities' plan for 2025, divided by one plus its growth rate."""
    return facts["os25-capex"] / (ONE + facts["os25-growth"])


@derived(
    "scmp25-vs-ft25",
    "ByteDance",
    "SCMP's chip spending over the FT's chip budget",
    "2025",
    of_texts=True,
)
def scmp25_vs_ft25() -> Quantity:
    """Nvidia chips, place not stated, over all chips bought in China: the scopes differ."""
    return facts["scmp25-nvidia"] / facts["ft25-chips-china-cny"]


@derived(
    "ft-looking-back",
    "ByteDance",
    "the FT's figure looking back over its own plan",
    "2025",
    of_texts=True,
)
def ft_looking_back() -> Quantity:
    """AI infrastructure in 2025 as the FT put it in December, over the sum of its January plan."""
    return facts["ft25-actual"] / facts["fx-2025-12-22"] / ft25_sum()


@derived("ft25-actual-usd", "ByteDance", "investment in AI infrastructure", "2025")
def ft25_actual_usd() -> Quantity:
    """The FT's figure looking back, in dollars at the rate Reuters printed in December 2025."""
    return facts["ft25-actual"] / facts["fx-2025-12-22"]


@derived("budget-of-revenue", "ByteDance", "the FT's budget over 2024 revenue", "2025")
def budget_of_revenue() -> Quantity:
    """The sum of the FT's parts over reported revenue of the year before."""
    return (ft25_sum() / facts["rev24"]).shown(percent=True)


@derived("capex-of-revenue", "ByteDance", "Reuters' capex plan over 2024 revenue", "2025")
def capex_of_revenue() -> Quantity:
    """The capital-expenditure plan over reported revenue of the year before."""
    return (facts["rt25-capex-usd"] / facts["rev24"]).shown(percent=True)


def _count_of_totals(unanswered_only: bool) -> Quantity:
    table = budget_totals()
    rows = table[table["answer"] == NO_REPLY_FOUND] if unanswered_only else table
    sources = tuple(dict.fromkeys(s for cell in rows["source_ids"] for s in split(cell)))
    return Quantity.of(len(rows), "reports", status="computed", sources=sources)


@derived(
    "reports-of-totals",
    "ByteDance",
    "reports of a total budget in our data",
    "2023/2026",
    of_texts=True,
)
def reports_of_totals() -> Quantity:
    """Rows of budget_reports whose scope is capital expenditure or AI infrastructure."""
    return _count_of_totals(unanswered_only=False)


@derived(
    "reports-without-reply",
    "ByteDance",
    "reports of a total without a reply",
    "2023/2026",
    of_texts=True,
)
def reports_without_reply() -> Quantity:
    """Those among the reports of a total budget to which our search found no reply either way."""
    return _count_of_totals(unanswered_only=True)


# --- Beside the four big spenders


@derived("four-2025", "Microsoft, Alphabet, Amazon and Meta", "capital expenditure, sum", "2025")
def four_2025() -> Quantity:
    """Calendar 2025, four companies. Meta's figure counts finance-lease payments, the others do
    not; Amazon's counts warehouses.
    """
    rows = ("microsoft-cy2025", "alphabet-fy2025", "amazon-fy2025", "meta-fy2025")
    return sum(facts[f"peer_capex/{row}"] for row in rows).shown(digits=3)


@derived("bd-vs-four", "ByteDance", "Reuters' capex plan over the US four's spending", "2025")
def bd_vs_four() -> Quantity:
    """A reported plan over results: the plan is ByteDance's, the results are the four's."""
    return (facts["rt25-capex-usd"] / four_2025()).shown(percent=True)


# --- Tables


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
    table = pd.concat([facts.frame([key], "billion USD") for _, _, key, _ in rows])
    table = table.rename(columns={"value": "budget"})[["budget", "status", "source_ids"]]
    labels = pd.DataFrame(rows, columns=["reading", "part", "fact", "rule"])
    place = labels["part"].map({"Chinese makers": 0, "Nvidia chips for China": 1, "Abroad": 2})
    return pd.concat([labels.assign(place=place), table.reset_index(drop=True)], axis="columns")


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
    table = facts.frame([key for _, _, key in rows], "billion CNY")
    table = table.assign(year=[year for year, _, _ in rows], what=[what for _, what, _ in rows])
    return table[["year", "what", "value", "text", "status", "source_ids"]]


def budget_reports() -> pd.DataFrame:
    """Every report of ByteDance's budget, oldest first, with amounts in billion US dollars.

    Adds to the resource: ``answer`` (see :func:`with_answers`), ``usd`` and its bounds ``usd_low``,
    ``usd_high`` (billion US dollars; missing for the one report of a mere share), ``conversion``
    ("as printed", or "by us" at the dated rate nearest to the day of the report) and ``report``,
    a label of outlet and month.
    """
    table = with_answers(load("budget_reports"))
    money = table["unit"].isin(["billion USD", "billion CNY"])
    table = table[money].sort_values(["published_start", "id"]).reset_index(drop=True)
    printed = table["value_usd_bn"].notna()
    rate = table["published_start"].map(_rate)
    usd = table["value_usd_bn"].where(printed, table["value"] / rate).astype("float")
    scale = usd / table["value"].astype("float")
    return table.assign(
        usd=usd,
        usd_low=table["low"].astype("float") * scale,
        usd_high=table["high"].astype("float") * scale,
        conversion=printed.map({True: "as printed", False: "by us"}),
        report=[
            f"{outlet.split(' (')[0].split(',')[0]}, {day:%b %Y}" if len(text) > 4 else outlet
            for outlet, day, text in zip(
                table["outlet"], table["published_start"], table["published"], strict=True
            )
        ],
    )


def budget_totals() -> pd.DataFrame:
    """The reports of a whole budget (capital expenditure or AI infrastructure), oldest first.

    The rows of :func:`budget_reports` with four columns more: ``row`` (outlet, month with the year
    of the money, and answer, with bars between), ``words`` (the amount with its qualifier), and
    ``public`` and ``answered``, the days from which report and answer were known (ISO; the last day
    of a date, and :data:`~chipbook.story.answers.TODAY` for an answer without one).
    """
    reports = budget_reports()
    totals = reports[reports["scope"].isin(["capex", "AI infrastructure"])].reset_index(drop=True)
    amount = totals["usd"].round(1).map("${:g} bn".format)
    said = totals["qualifier"].astype("str")
    answers = load("press_reports").set_index("id")["response_date_end"]
    answered = known_from(totals["report_id"].map(answers))
    return totals.assign(
        row=totals["report"].str.replace(", ", "|", n=1)
        + ", for "
        + totals["period"]
        + "|"
        + totals["answer"],
        words=amount.where(said == "exact", said + " " + amount),
        public=known_from(totals["published_end"]),
        # Nothing was ever to be known of a reply that nobody found.
        answered=answered.where(totals["answer"] != NO_REPLY_FOUND, ""),
    )


def as_of_labels(totals: pd.DataFrame) -> str:
    """A Vega expression for the labels of ``row`` on the day of the parameter ``as_of``.

    Lines of a label; an empty one for a report that was not public yet, whose row stays free.
    """
    place = f"indexof({totals['row'].tolist()}, datum.label)"
    lines = "split(datum.label, '|')"
    return (
        f"{totals['public'].tolist()}[{place}] > as_of ? '' : "
        f"{totals['answered'].tolist()}[{place}] > as_of ? "
        f"[{lines}[0], {lines}[1], '{NOT_YET}'] : {lines}"
    )


def _rate(day: pd.Timestamp) -> float:
    """Yuan per dollar as Reuters printed it nearest to ``day``."""
    rates = {
        pd.Timestamp(key.removeprefix("fx-")): key for key in ("fx-2025-01-21", "fx-2025-12-22")
    }
    nearest = min(rates, key=lambda printed: abs(printed - day))
    return facts[rates[nearest]].to("CNY per USD")


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
    table = load("peer_capex").set_index("id").loc[SPENDERS_2025].reset_index()
    rate = facts["fx-2025-12-22"]
    yuan = table["unit"].astype("str") == "billion CNY"
    value = table["value"].astype("float")
    dollars = value.mask(yuan, value / rate.to("CNY per USD"))
    ids = table["source_ids"].mask(yuan, table["source_ids"] + ";" + ";".join(rate.sources))
    peers = table.assign(value=dollars, source_ids=ids, kind="result")
    reported = facts.frame(
        {"ByteDance (Reuters, plan)": "rt25-capex-usd", "ByteDance (FT, plan)": "ft25-sum"},
        "billion USD",
    ).rename(columns={"label": "company"})
    reported = reported.assign(kind="reported plan", definition="a plan, from unnamed people")
    columns = ["company", "value", "low", "high", "status", "kind", "definition", "source_ids"]
    return pd.concat([peers[columns], reported[columns]], ignore_index=True)
