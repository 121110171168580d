"""What the reported money could buy: a model, and the checks on it.

The model is one function, :func:`purchase`: money, split between makers, mix of products and prices
make cards; cards and what one card does make compute, memory bandwidth and power. All its numbers
are rows of the resource ``assumptions``. :func:`middle` takes one value of each row, :func:`draw`
many at random, :func:`tornado` moves one row at a time.

It knows cards and nothing else: no servers, networks or buildings, no discounts, no limit to what
the makers can deliver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import altair as alt
import numpy as np
import pandas as pd

from chipbook.data import BOOK, Dataset, facts, kept, load, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.words import STATUSES

SEED = 20250121
DRAWS = 20_000

READINGS = {"report": "Report", "article": "Article"}
"""Key of a reading of the budget → its label."""

LOCAL = {"910b": "Ascend 910B", "910c": "Ascend 910C", "mlu590": "MLU590"}
PRODUCTS = LOCAL | {"h20": "H20"}
"""Key of a product, as in the ids of the assumptions → its name; :data:`LOCAL` are Chinese."""

OUTCOMES = {"cards": "Cards", "compute": "Compute", "memory": "Memory bandwidth", "power": "Power"}
UNITS = {
    "cards": "cards",
    "compute": "PFLOPS (FP16, dense, peak)",
    "memory": "PB/s",
    "power": "MW, cards alone",
}

Numbers = Mapping[str, "float | np.ndarray"]


# --- The model


def purchase(values: Numbers, reading: str = "report") -> dict[str, float | np.ndarray]:
    """What the budget buys under one reading of its split.

    ``values`` holds each assumption by id, in the unit of its row, as a number or as an array of
    draws; ``reading`` is a key of :data:`READINGS`. The result has, of the same shape: cards by
    product ("910b", "910c", "mlu590", "h20"), "chinese" (cards of Chinese makers), "cards" (all),
    "compute" (PFLOPS), "memory" (PB/s) and "power" (MW). Fractions of a card are kept.
    """
    money = values["money"] * 1e9 / values["server-factor"]
    share = values[f"share-{reading}"] / 100
    local = money * share
    huawei = local * (1 - values["share-cambricon"] / 100)
    paid = {
        "910b": huawei * (1 - values["share-910c"] / 100),
        "910c": huawei * values["share-910c"] / 100,
        "mlu590": local - huawei,
        "h20": money * (1 - share),
    }
    price = {key: values[f"price-{key}"] for key in LOCAL}
    price["h20"] = values["price-h20"] * values["rate"]
    cards = {key: paid[key] / price[key] for key in PRODUCTS}

    def total(figure: str) -> float | np.ndarray:
        return sum(cards[key] * values[f"{figure}-{key}"] for key in PRODUCTS)

    return cards | {
        "chinese": sum(cards[key] for key in LOCAL),
        "cards": sum(cards.values()),
        "compute": total("fp16") / 1e3,
        "memory": total("memory") / 1e6,
        "power": total("power") / 1e6,
    }


@kept
def _rows(*, data: Dataset = BOOK) -> pd.DataFrame:
    return data.load("assumptions").set_index("id")


def assumptions() -> pd.DataFrame:
    """The assumptions, one row each, with ``text`` (the range in words) added for tables."""
    table = load("assumptions")
    low, value, high = (table[name].map("{:,.10g}".format) for name in ("low", "value", "high"))
    ends = low + " to " + high
    text = ends.where(table["value"].isna(), value)
    peak = ends + ", most likely " + value
    text = text.mask(table["distribution"].eq("triangular"), peak)
    tried = value + "; tried: " + high
    return table.assign(
        text=text.mask(table["distribution"].eq("fixed") & table["low"].notna(), tried)
    )


def middle(data: Dataset = BOOK) -> dict[str, float]:
    """One value of each assumption: the most likely, else the middle of its range."""
    rows = _rows(data=data)
    centre = (rows["low"] + rows["high"]) / 2
    return rows["value"].fillna(centre).astype("float").to_dict()


def draw(count: int = DRAWS, seed: int = SEED, data: Dataset = BOOK) -> dict[str, np.ndarray]:
    """``count`` random values of each assumption, each drawn on its own; same seed, same values."""
    random = np.random.default_rng(seed)
    drawn = {}
    for key, row in _rows(data=data).iterrows():
        if row["distribution"] == "uniform":
            drawn[key] = random.uniform(row["low"], row["high"], count)
        elif row["distribution"] == "triangular":
            drawn[key] = random.triangular(row["low"], row["value"], row["high"], count)
        else:
            drawn[key] = np.full(count, float(row["value"]))
    return drawn


@kept
def _simulated(reading: str, *, data: Dataset = BOOK) -> pd.DataFrame:
    return pd.DataFrame(purchase(draw(data=data), reading))


def simulate(reading: str = "report") -> pd.DataFrame:
    """The purchase in each draw, one row a draw, columns as in :func:`purchase`.

    Both readings see the same draws, so row by row they differ in the split alone.
    """
    return _simulated(reading).copy()


# --- Derived numbers of the model


def _between(column: str, unit: str, readings: tuple[str, ...], data: Dataset) -> Quantity:
    """5th to 95th percentile of the draws: of one reading, or of the second over the first."""
    simulated = partial(_simulated, data=data)
    low, high = np.quantile(_taken(simulated, column, readings), [0.05, 0.95])
    base = middle(data)

    def at(values: Numbers) -> float:
        return _taken(lambda reading: purchase(values, reading), column, readings)

    # An assumption that moves nothing is no input: in a ratio, for one, the money falls out.
    names = [
        name
        for name, value in base.items()
        if not np.isclose(at(base | {name: 0.9 * value}), at(base), rtol=1e-9)
    ]
    budget = {"money": "ft25-chips-china-cny", "share-report": "ft25-local-share"}
    rows = [data.facts[f"assumptions/{name}"] for name in names]
    scale = 100 if unit == "percent" else 1
    return replace(
        Quantity.of(
            None,
            unit,
            low=scale * low,
            high=scale * high,
            sources=tuple(dict.fromkeys(source for row in rows for source in row.sources)),
        ).shown(digits=2),
        rests_on=max((row.rests_on for row in rows), key=STATUSES.index),
        inputs=tuple(budget[name] for name in names if name in budget)
        + tuple(f"assumptions/{name}" for name in names),
        formula=f"5th to 95th percentile of the draws: {column}, {' over '.join(readings[::-1])}",
    )


def _taken(
    outcomes: Callable[[str], Numbers], column: str, readings: tuple[str, ...]
) -> float | np.ndarray:
    """``column`` of one reading, or that of the second reading over that of the first."""
    found = [outcomes(reading)[column] for reading in readings]
    return found[0] if len(found) == 1 else found[1] / found[0]


for _key, _what in {
    "buy-local-report": ("chinese", "cards", ("report",)),
    "buy-local-article": ("chinese", "cards", ("article",)),
    "buy-h20-report": ("h20", "cards", ("report",)),
    "buy-all-report": ("cards", "cards", ("report",)),
    "buy-all-article": ("cards", "cards", ("article",)),
    **{f"article-{outcome}": (outcome, "percent", ("report", "article")) for outcome in OUTCOMES},
}.items():
    computed(_key, "assumptions")(partial(_between, *_what))


# --- One assumption at a time


# How a chart calls an assumption ("|" breaks the line) and its two ends; {} is the number.
_NAMES = {
    "share-report": ("Chinese makers'|share", "{:.0f}%"),
    "share-cambricon": ("Cambricon's share|of that", "{:.0f}%"),
    "share-910c": ("910C's share|at Huawei", "{:.0f}%"),
    "price-910b": ("Price of a 910B,|thousand yuan", "{:,.0f}"),
    "price-910c": ("Price of a 910C,|thousand yuan", "{:,.0f}"),
    "price-mlu590": ("MLU590's price,|thousand yuan", "{:,.0f}"),
    "price-h20": ("Price of an H20,|thousand dollars", "{:,.0f}"),
    "server-factor": ("Servers out of|the same money", "× {:g}"),
    "fp16-910c": ("Compute of a 910C,|TFLOPS", "{:,.0f}"),
    "memory-910b": ("Bandwidth of a 910B,|GB/s", "{:,.0f}"),
    "memory-mlu590": ("Bandwidth of an|MLU590, GB/s", "{:,.0f}"),
    "power-910c": ("Power of a|910C, W", "{:,.0f}"),
    "power-mlu590": ("Power of an|MLU590, W", "{:,.0f}"),
    "power-h20": ("Power of an|H20, W", "{:,.0f}"),
}
_THOUSANDS = "price-"


def swing(
    name: str, outcome: str, reading: str = "report", data: Dataset = BOOK
) -> tuple[float, float]:
    """Change of ``outcome``, in percent, when the assumption ``name`` goes to its low and its high.

    All others stay at :func:`middle`. Raises ``ValueError`` for an assumption without ends.
    """
    row, base = _rows(data=data).loc[name], middle(data)
    if pd.isna(row["low"]):
        raise ValueError(f"assumption {name!r} has no range")
    before = purchase(base, reading)[outcome]
    low, high = (purchase(base | {name: float(row[end])}, reading)[outcome] for end in _ENDS)
    return 100 * (low / before - 1), 100 * (high / before - 1)


_ENDS = ("low", "high")


def tornado(reading: str = "report") -> pd.DataFrame:
    """Every assumption with a range, moved alone, for each outcome; widest effect first.

    Two rows for each assumption and outcome, one an end: ``outcome`` (label), ``id``, ``metric``
    and ``label`` (of the assumption), ``end`` ("low" or "high"), ``words`` (the number tried),
    ``change`` (percent against :func:`middle`), ``span`` (percentage points between both ends),
    ``drawn`` (whether the draws vary it) and ``source_ids``. What moves an outcome by less than a
    point is left out.
    """
    table = []
    for outcome, label in OUTCOMES.items():
        for name, row in _rows()[_rows()["low"].notna()].iterrows():
            changes = swing(name, outcome, reading)
            if (span := abs(changes[1] - changes[0])) < 1:
                continue
            for end, change in zip(_ENDS, changes, strict=True):
                tried = row[end] / (1e3 if name.startswith(_THOUSANDS) else 1)
                table.append(
                    {
                        "outcome": label,
                        "id": name,
                        "metric": row["metric"],
                        "label": _NAMES[name][0],
                        "end": end,
                        "words": _NAMES[name][1].format(tried),
                        "change": change,
                        "span": span,
                        "drawn": row["distribution"] != "fixed",
                        "source_ids": row["source_ids"],
                    }
                )
    frame = pd.DataFrame(table)
    return frame.sort_values(["outcome", "span"], ascending=[True, False], ignore_index=True)


def _swing(name: str, outcome: str, data: Dataset) -> Quantity:
    row = data.facts[f"assumptions/{name}"]
    _, change = swing(name, outcome, data=data)
    return replace(
        Quantity.of(abs(change), "percent", "about", sources=row.sources).shown(digits=2),
        rests_on=row.rests_on,
        inputs=(f"assumptions/{name}",),
        formula=f"{outcome} of the model with assumptions/{name} at its high, against the middle",
    )


for _key, *_what in (
    ("swing-910c-cards", "share-910c", "cards"),
    ("swing-910c-compute", "share-910c", "compute"),
    ("swing-h20-memory", "price-h20", "memory"),
):
    computed(_key, "assumptions")(partial(_swing, *_what))


# --- Tables


def ranges() -> pd.DataFrame:
    """5th, 50th and 95th percentile of every outcome under both readings.

    Columns ``reading``, ``outcome``, ``unit``, ``low``, ``median``, ``high``, rounded to three
    figures.
    """
    table = []
    for reading, label in READINGS.items():
        points = simulate(reading)[list(OUTCOMES)].quantile([0.05, 0.5, 0.95])
        for outcome, name in OUTCOMES.items():
            low, median, high = (float(f"{point:.3g}") for point in points[outcome])
            table.append((label, name, UNITS[outcome], low, median, high))
    columns = ["reading", "outcome", "unit", "low", "median", "high"]
    return pd.DataFrame(table, columns=columns)


# Row of chip_prices (or a derived number) → product, and whose price. Only rows of these four
# cards; the others are of chips that the model does not buy.
_PRICES = {
    "chip_prices/ascend-910b-2025-cny": ("910b", "channel note, 2025"),
    "chip_prices/ascend-910b-2024-cny": ("910b", "Reuters, 2024"),
    "chip_prices/ascend-910b-2024-09-usd": ("910b", "Baidu's order, 2024"),
    "chip_prices/ascend-910c-2025-cny": ("910c", "channel note, 2025"),
    "chip_prices/ascend-910c-2024-08-usd": ("910c", "WSJ, talks of 2024"),
    "cambricon-rev-per-card": ("mlu590", "revenue a card, 2025"),
    "chip_prices/mlu590-2025-07-cny": ("mlu590", "trade blog, 2025"),
    "chip_prices/h20-2025-05-usd": ("h20", "orders, 2025"),
    "chip_prices/h20-2024-usd-order": ("h20", "average, 2024"),
    "chip_prices/h20-2024-usd": ("h20", "orders, 2024"),
    "chip_prices/h20-2024-cny": ("h20", "street, 2024"),
    "chip_prices/h20-in-8-card-module-2025-cny": ("h20", "in a module, 2025"),
}


def prices() -> pd.DataFrame:
    """Reported prices of the four cards in thousand yuan, dollars at the rate of 21 January 2025.

    Columns ``label`` (card and whose price), ``low``, ``high``, ``words``, ``status``, ``drawn``
    (whether the model's range rests on it), ``least`` and ``most`` (the model's range) and
    ``source_ids``.
    """
    table = []
    for key, (product, whose) in _PRICES.items():
        price = facts[key]
        unit = next(name for name, _ in price.dims if name in ("USD", "CNY"))
        scale = middle()["rate"] / 1e3 if unit == "USD" else 1e-3
        low, high = (end * scale for end in price.bounds)
        row = _rows().loc[f"price-{product}"]
        factor = (middle()["rate"] if row["unit"] == "USD" else 1) / 1e3
        table.append(
            {
                "label": f"{PRODUCTS[product]}|{whose}",
                "low": low,
                "high": high,
                "words": f"{low:.0f}" + (f" to {high:.0f}" if high > low else ""),
                "status": price.status,
                "drawn": not set(price.inputs).isdisjoint(split(row["row_ids"])),
                "least": row["low"] * factor,
                "most": row["high"] * factor,
                "source_ids": ";".join(price.sources),
            }
        )
    return pd.DataFrame(table)


def counts() -> pd.DataFrame:
    """What the model buys beside what was reported, in thousands, in the order of the chart.

    Columns ``label``, ``place`` (0 to 2 are the model's), ``side`` (whose chips), ``low``,
    ``high``, ``words``, ``status``, ``source_ids``. A bound that a report leaves open is filled
    with its point; ``words`` keep the qualifier.
    """
    rows = {
        "Article's split:|Chinese cards": "buy-local-article",
        "Report's split:|Chinese cards": "buy-local-report",
        "Report's split:|H20": "buy-h20-report",
        "910B received|by July 2024": "bd-910b-received",
        "910B ordered|2024": "bd-910b-ordered",
        "Nvidia Hopper ordered|2024": "chip_orders/bytedance-2024-hopper",
        "Cambricon, all buyers|sold 2025": "cambricon-sold-2025",
        "Huawei, all buyers|planned 2025": "huawei-2025-ft-plan",
    }
    table = []
    for label, key in rows.items():
        count = facts[key]
        low, high = count.bounds if count.value is None else (count.value, count.value)
        ends = [f"{float(f'{end:.2g}') / 1e3:.0f}" for end in (low, high)]
        words = " to ".join(ends) if count.value is None else f"{low / 1e3:.0f}"
        table.append(
            {
                "label": label,
                "place": len(table),
                "side": "Nvidia" if "H20" in label or "Nvidia" in label else "Chinese",
                "low": low / 1e3,
                "high": high / 1e3,
                "words": f"{count.qualifier} {words}".strip(),
                "status": count.status,
                "source_ids": ";".join(count.sources),
            }
        )
    return pd.DataFrame(table)


def comparison() -> pd.DataFrame:
    """The article's split over the report's, in percent, draw by draw: four outcomes, 5% to 95%."""
    table = []
    for outcome, label in OUTCOMES.items():
        ratio = facts[f"article-{outcome}"]
        low, high = ratio.range("percent")
        table.append((label, low, high, ratio.amount, ";".join(ratio.sources)))
    return pd.DataFrame(table, columns=["label", "low", "high", "words", "source_ids"])


def products() -> pd.DataFrame:
    """The four cards as the model has them in the middle, for the chart with sliders.

    Columns ``key``, ``name``, ``local`` (of a Chinese maker), ``mix`` (share of the money of its
    side), ``price`` (yuan a card), ``fp16`` (TFLOPS), ``source_ids``.
    """
    at = middle()
    cambricon, large = at["share-cambricon"] / 100, at["share-910c"] / 100
    mix = {
        "910b": (1 - cambricon) * (1 - large),
        "910c": (1 - cambricon) * large,
        "mlu590": cambricon,
        "h20": 1.0,
    }
    table = []
    for key, name in PRODUCTS.items():
        parts = (f"price-{key}", f"fp16-{key}", "money", "share-report")
        ids = dict.fromkeys(s for part in parts for s in split(_rows().loc[part, "source_ids"]))
        table.append(
            {
                "key": key,
                "name": name,
                "local": key in LOCAL,
                "mix": mix[key],
                "price": at[f"price-{key}"] * (at["rate"] if key == "h20" else 1),
                "fp16": at[f"fp16-{key}"],
                "source_ids": ";".join(ids),
            }
        )
    return pd.DataFrame(table)


# --- The chart with sliders


def bought(
    cards: pd.DataFrame,
    at: Mapping[str, float],
    share: alt.Parameter,
    huawei: alt.Parameter,
    nvidia: alt.Parameter,
) -> alt.Chart:
    """The ``cards`` of :func:`products` that the money buys, worked out in the reader's browser.

    ``at`` are assumptions, as :func:`middle` gives them. ``share`` is a parameter in percent,
    ``huawei`` the price of a 910B in thousand yuan, ``nvidia`` that of an H20 in dollars. Adds to
    the rows ``cards``, ``compute`` (PFLOPS), ``thousand`` (cards) and ``words``. No mark is set.
    """
    key, which = alt.datum.key, alt.expr.if_
    h20 = which(key == "h20", nvidia * at["rate"], alt.datum.price)
    price = which(key == "910b", huawei * 1000, h20)
    part = which(alt.datum.local, share / 100, 1 - share / 100) * alt.datum.mix
    return (
        alt.Chart(cards)
        .transform_calculate(cards=at["money"] * 1e9 * part / price)
        .transform_calculate(compute=alt.datum.cards * alt.datum.fp16 / 1000)
        .transform_calculate(thousand=alt.datum.cards / 1000)
        .transform_calculate(words=alt.expr.format(alt.datum.thousand, ",.0f"))
    )


def ordered() -> pd.DataFrame:
    """Counts for 2024 beside the cards of :func:`bought`.

    Columns of ``facts.frame`` with ``label`` (the card), ``thousand`` (chips) and ``words``.
    """
    keys = {"Ascend 910B": "bd-910b-ordered", "H20": "chip_orders/bytedance-2024-hopper"}
    known = facts.frame(keys, "chips")
    words = ["ordered: " + text.removesuffix(" chips") for text in known["text"]]
    return known.assign(thousand=known["value"] / 1e3, words=words)
