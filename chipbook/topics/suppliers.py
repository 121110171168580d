"""Domestic suppliers: what the makers named in the article sell, by which count, and to whom."""

from dataclasses import replace

import pandas as pd

from chipbook.data import Dataset, facts, load
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.settings import settings
from chipbook.data.store import span
from chipbook.story.answers import NO_REPLY_FOUND, with_answers

_SET = settings(__file__)


@computed("cambricon-top1-2025", "cambricon-top5-2025")
def _top1_2025(data: Dataset) -> Quantity:
    five = data.facts["cambricon-top5-2025"]
    return replace(five, value=None, low=five.low / 5)


def shares() -> pd.DataFrame:
    """Chinese makers' share by one tracker, and what was asked and planned, by period.

    One row a figure: ``what``, ``id``, ``value`` (percent), ``text``, ``start`` and ``end`` (first
    and last day), ``status`` and ``source_ids``. What was asked in January is drawn for its year.
    """
    table = facts.frame(list(_SET["shares"]), "percent")
    days = [span(period if "/" in period else period[:4]) for period in table["period"]]
    start, end = zip(*days, strict=True)
    return table.assign(what=list(_SET["shares"].values()), start=start, end=end)


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


def huawei_2025() -> pd.DataFrame:
    """The answers to how many AI chips Huawei made in 2025, in the order in which they were given.

    Columns ``who``, ``said`` (month), ``when`` (the month in words), ``counts`` (what is counted),
    ``unit`` (chips, cards, units or dies), ``value`` (in that unit), ``short`` (who, in short),
    ``label`` (who, when and the number), ``status``, ``source_ids``.
    """
    table = load("huawei_answers")
    numbers = [facts[key] for key in table["fact"]]
    unit = [quantity.dims[0][0] + "s" for quantity in numbers]
    table = table.assign(
        when=pd.to_datetime(table["said"]).dt.strftime("%b %Y"),
        unit=unit,
        value=[quantity.to(noun) for quantity, noun in zip(numbers, unit, strict=True)],
        short=table["who"].replace(_SET["short"]),
        status=[quantity.status for quantity in numbers],
        source_ids=[";".join(quantity.sources) for quantity in numbers],
    )
    number = pd.Series([f"{quantity:number}" for quantity in numbers])
    label = table["short"] + ", " + table["when"] + ": " + number + " " + table["counts"]
    return table.drop(columns=["id", "fact"]).assign(label=label)


def customers() -> pd.DataFrame:
    """What Cambricon's largest customers took in 2025, as filed and as reported.

    Columns ``label``, ``id``, ``value``, ``low``, ``high`` (percent; an open end is 100), ``words``
    (name and number), ``status``, ``source_ids``.
    """
    table = facts.frame(_SET["customers"], "percent")
    words = table["label"] + ": " + table["text"]
    return table.assign(high=table["high"].fillna(100), words=words)


def same_day() -> pd.DataFrame:
    """Bloomberg's report on Cambricon of 4 December 2025, the company's answer, and what is known.

    Columns ``step``, ``date``, ``who``, ``head`` (the three in one), ``words``, ``source_ids``.
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


def ascend() -> pd.DataFrame:
    """What the press said of ByteDance and Huawei's Ascend chips, year by year.

    Columns ``what``, ``amount``, ``who``, ``answer``, ``source_ids``. The last two are one report.
    """
    keys: dict[str, str] = _SET["ascend"]
    orders = with_answers(load("chip_orders")).set_index("id").loc[list(keys.values())]
    amounts = [str(facts[f"chip_orders/{key}"]) for key in orders.index]
    orders = orders.assign(what=list(keys), amount=amounts, who=orders["attributed_to"])
    none, planned = load("statements").set_index("id").loc["hw26-none-2025"], facts["hw26-ascend"]
    relayed = pd.DataFrame(
        {
            "what": ["Ordered in 2025", "Planned for 2026"],
            "amount": ["none", f"may exceed {planned:amount}"],
            "who": "KeyPoints, through one relay",
            "answer": NO_REPLY_FOUND,
            "source_ids": [none["source_ids"], ";".join(planned.sources)],
        }
    )
    return pd.concat([orders[relayed.columns], relayed], ignore_index=True)


NO_COUNT = "no count found"


def stages() -> pd.DataFrame:
    """From wafer to server, and what each source counts of Huawei's in 2025.

    Columns ``stage``, ``place``, ``about``, ``counted`` (a number and who counts it, "|" between
    two; :data:`NO_COUNT`) and ``source_ids``.
    """
    rows = []
    for place, stage in enumerate(_SET["stages"]):
        counts = stage["counts"]
        counted = "|".join(f"{facts[key]}; {who}" for key, who in counts.items()) or NO_COUNT
        pages = ";".join(source for key in counts for source in facts[key].sources)
        rows.append((stage["stage"], place, stage["about"], counted, pages))
    return pd.DataFrame(rows, columns=["stage", "place", "about", "counted", "source_ids"])
