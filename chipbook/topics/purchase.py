"""What the reported money could buy: a model, and the checks on it.

The model is one function, :func:`purchase`: money, split between makers, mix of products and prices
make cards; cards and what one card does make compute, memory bandwidth and power. All its numbers
are rows of the resource ``assumptions``. :func:`middle` takes one value of each row, :func:`draw`
many at random, :func:`tornado` moves one row at a time.

It knows cards and nothing else: no servers, networks or buildings, no discounts, no limit to what
the makers can deliver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial, reduce
from itertools import product
from operator import add
from typing import TypeVar

import altair as alt
import numpy as np
import pandas as pd

from chipbook.data import BOOK, Dataset, facts, kept, load, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.store import Missing
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

Number = TypeVar("Number", float, np.ndarray)
"""Of an assumption and of what follows from it: one value, or an array of draws."""


# --- The model


def purchase(values: Mapping[str, Number], reading: str = "report") -> dict[str, Number]:
    """What the budget buys under one reading of its split.

    ``values`` holds each assumption by id, in the unit of its row, as a number or as an array of
    draws; ``reading`` is a key of :data:`READINGS`. The result has, of the same shape: cards by
    product ("910b", "910c", "mlu590", "h20"), "chinese" (cards of Chinese makers), "cards" (all),
    "compute" (PFLOPS), "memory" (PB/s) and "power" (MW), each where ``values`` has what a card of
    every product makes of it. Fractions of a card are kept.
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

    def total(spec: str) -> Number:
        return reduce(add, (cards[key] * values[f"{spec}-{key}"] for key in PRODUCTS))

    specs = {"compute": ("fp16", 1e3), "memory": ("memory", 1e6), "power": ("power", 1e6)}
    return {
        **cards,
        "chinese": reduce(add, (cards[key] for key in LOCAL)),
        "cards": reduce(add, cards.values()),
        **{
            outcome: total(spec) / scale
            for outcome, (spec, scale) in specs.items()
            if all(f"{spec}-{key}" in values for key in PRODUCTS)
        },
    }


@kept
def _rows(*, data: Dataset = BOOK) -> pd.DataFrame:
    return data.load("assumptions").set_index("id")


def assumptions() -> pd.DataFrame:
    """The assumptions, one row each, with ``text`` (the range in words) added for tables."""
    table = load("assumptions")
    low, value, high = (table[name].map("{:,.10g}".format) for name in ("low", "value", "high"))
    ends, fixed = low + " to " + high, value.mask(table["low"].notna(), value + "; tried: " + high)
    kind = table["distribution"].astype("str")
    ways = [ends, ends + ", most likely " + value, fixed]
    return table.assign(text=np.select([kind == "uniform", kind == "triangular", True], ways))


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
def simulate(reading: str = "report", *, data: Dataset = BOOK) -> pd.DataFrame:
    """The purchase in each draw, one row a draw, columns as in :func:`purchase`; read-only.

    Every ``reading`` sees the same draws, so row by row they differ in the split alone.
    """
    return pd.DataFrame(purchase(draw(data=data), reading))


# --- Derived numbers of the model


def _between(column: str, unit: str, readings: tuple[str, ...], data: Dataset) -> Quantity:
    """5th to 95th percentile of the draws: of one reading, or of the second over the first."""
    if column not in simulate(readings[0], data=data):
        raise Missing(f"an assumption on {column} is not there")
    drawn = _quotient(column, *(simulate(reading, data=data) for reading in readings))
    low, high = np.quantile(drawn, [0.05, 0.95]) * (100 if unit == "percent" else 1)
    names = _moving(column, readings, data)
    rows = [data.facts[f"assumptions/{name}"] for name in names]
    budget = {"money": "ft25-chips-china-cny", "share-report": "ft25-local-share"}
    return replace(
        Quantity.of(None, unit, low=low, high=high),
        digits=2,
        sources=tuple(dict.fromkeys(source for row in rows for source in row.sources)),
        rests_on=max((row.rests_on for row in rows), key=STATUSES.index),
        inputs=tuple(budget[name] for name in names if name in budget)
        + tuple(f"assumptions/{name}" for name in names),
        formula=f"5th to 95th percentile of the draws: {column}, {' over '.join(readings[::-1])}",
    )


def _moving(column: str, readings: tuple[str, ...], data: Dataset) -> list[str]:
    """The assumptions that move an outcome: in a ratio, for one, the money falls out."""
    base = middle(data)

    def at(values: Mapping[str, float]) -> float:
        return _quotient(column, *(purchase(values, reading) for reading in readings))

    moved = {name: at(base | {name: 0.9 * value}) for name, value in base.items()}
    return [name for name, found in moved.items() if not np.isclose(found, at(base), rtol=1e-9)]


def _quotient(column: str, first: Mapping[str, Number], *second: Mapping[str, Number]) -> Number:
    """The ``column`` of the first outcomes, or that of the second over that of the first."""
    return second[0][column] / first[column] if second else first[column]


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


_ENDS = ("low", "high")

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


def swing(name: str, outcome: str, data: Dataset = BOOK) -> tuple[float, float]:
    """Change of ``outcome``, in percent, when the assumption ``name`` goes to its low and its high.

    All others stay at :func:`middle`. Raises ``ValueError`` for an assumption without ends.
    """
    row, base = _rows(data=data).loc[name], middle(data)
    if pd.isna(row["low"]):
        raise ValueError(f"assumption {name!r} has no range")
    before = purchase(base)[outcome]
    low, high = (purchase(base | {name: float(row[end])})[outcome] for end in _ENDS)
    return 100 * (low / before - 1), 100 * (high / before - 1)


def tornado() -> pd.DataFrame:
    """Every assumption with a range, moved alone, for each outcome; widest effect first.

    By the report's split. Two rows for each assumption and outcome, one an end: ``outcome``
    (label), ``id``, ``metric`` and ``label`` (of the assumption), ``end`` ("low" or "high"),
    ``words`` (the number tried), ``change`` (percent against :func:`middle`), ``span`` (percentage
    points between both ends), ``drawn`` (whether the draws vary it) and ``source_ids``. What moves
    an outcome by less than a point is left out.
    """
    rows = _rows()[_rows()["low"].notna()]
    table = []
    for (outcome, title), (name, row) in product(OUTCOMES.items(), rows.iterrows()):
        label, form = _NAMES[name]
        changes = swing(name, outcome)
        about = {"outcome": title, "id": name, "metric": row["metric"], "label": label}
        alike = {"span": abs(changes[1] - changes[0]), "drawn": row["distribution"] != "fixed"}
        for end, change in zip(_ENDS, changes, strict=True):
            tried = form.format(row[end] / (1e3 if name.startswith("price-") else 1))
            moved = {"end": end, "words": tried, "change": change}
            table.append({**about, **moved, **alike, "source_ids": row["source_ids"]})
    moving = pd.DataFrame(table).query("span >= 1")
    return moving.sort_values(["outcome", "span"], ascending=[True, False], ignore_index=True)


def _swing(name: str, outcome: str, data: Dataset) -> Quantity:
    row = data.facts[f"assumptions/{name}"]
    _, change = swing(name, outcome, data=data)
    return replace(
        Quantity.of(abs(change), "percent", "about", sources=row.sources),
        digits=2,
        rests_on=row.rests_on,
        inputs=(f"assumptions/{name}",),
        formula=f"{outcome} of the model with assumptions/{name} at its high, against the middle",
    )


for _key, _name, _outcome in (
    ("swing-910c-cards", "share-910c", "cards"),
    ("swing-910c-compute", "share-910c", "compute"),
    ("swing-h20-memory", "price-h20", "memory"),
):
    computed(_key, "assumptions")(partial(_swing, _name, _outcome))


# --- Tables


def ranges() -> pd.DataFrame:
    """5th, 50th and 95th percentile of every outcome under both readings.

    Columns ``reading``, ``outcome``, ``unit``, ``low``, ``median``, ``high``, rounded to three
    figures.
    """
    table = []
    for reading, outcome in product(READINGS, OUTCOMES):
        ends = simulate(reading)[outcome].quantile([0.05, 0.5, 0.95])
        low, median, high = (float(f"{end:.3g}") for end in ends)
        names = READINGS[reading], OUTCOMES[outcome], UNITS[outcome]
        table.append((*names, low, median, high))
    return pd.DataFrame(table, columns=["reading", "outcome", "unit", "low", "median", "high"])


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
    for key, (card, whose) in _PRICES.items():
        price, row = facts[key], _rows().loc[f"price-{card}"]
        low, high = (_thousand_yuan(end, "USD" in dict(price.dims)) for end in price.drawn)
        words = f"{low:.0f}" + (f" to {high:.0f}" if high > low else "")
        drawn = not set(price.inputs).isdisjoint(split(row["row_ids"]))
        least, most = (_thousand_yuan(row[end], row["unit"] == "USD") for end in _ENDS)
        seen = {"label": f"{PRODUCTS[card]}|{whose}", "low": low, "high": high, "words": words}
        model = {"status": price.status, "drawn": drawn, "least": least, "most": most}
        table.append({**seen, **model, "source_ids": ";".join(price.sources)})
    return pd.DataFrame(table)


def _thousand_yuan(price: float, in_dollars: bool) -> float:
    return price * (middle()["rate"] if in_dollars else 1) / 1e3


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
    table: list[dict] = []
    for label, key in rows.items():
        count = facts[key]
        low, high = count.bounds if count.value is None else (count.value, count.value)
        low, high = low / 1e3, high / 1e3
        words = f"{count.qualifier} {low:.0f}".strip()
        if count.value is None:
            words = f"{float(f'{low:.2g}'):.0f} to {float(f'{high:.2g}'):.0f}"
        side = "Nvidia" if "H20" in label or "Nvidia" in label else "Chinese"
        place = {"label": label, "place": len(table), "side": side}
        found = {"low": low, "high": high, "words": words, "status": count.status}
        table.append({**place, **found, "source_ids": ";".join(count.sources)})
    return pd.DataFrame(table)


def comparison() -> pd.DataFrame:
    """The article's split over the report's, in percent, draw by draw: four outcomes, 5% to 95%."""
    keys = {label: f"article-{outcome}" for outcome, label in OUTCOMES.items()}
    table = facts.frame(keys, "percent").rename(columns={"text": "words"})
    return table[["label", "low", "high", "words", "source_ids"]]


def products() -> pd.DataFrame:
    """The four cards as the model has them in the middle, for the chart with sliders.

    Columns ``key``, ``name``, ``local`` (of a Chinese maker), ``mix`` (share of the money of its
    side), ``price`` (yuan a card), ``fp16`` (TFLOPS), ``source_ids``.
    """
    at = middle()
    cambricon, large = at["share-cambricon"] / 100, at["share-910c"] / 100
    sources = _rows()["source_ids"].map(split)

    def pages(key: str) -> str:
        parts = (f"price-{key}", f"fp16-{key}", "money", "share-report")
        return ";".join(dict.fromkeys(page for part in parts for page in sources[part]))

    return pd.DataFrame(
        {
            "key": PRODUCTS.keys(),
            "name": PRODUCTS.values(),
            "local": [key in LOCAL for key in PRODUCTS],
            "mix": [(1 - cambricon) * (1 - large), (1 - cambricon) * large, cambricon, 1.0],
            "price": [at[f"price-{key}"] for key in LOCAL] + [at["price-h20"] * at["rate"]],
            "fp16": [at[f"fp16-{key}"] for key in PRODUCTS],
            "source_ids": [pages(key) for key in PRODUCTS],
        }
    )


# --- The chart with sliders


def bought(
    cards: pd.DataFrame,
    at: Mapping[str, float],
    share: alt.Parameter,
    huawei: alt.Parameter,
    nvidia: alt.Parameter,
) -> tuple[alt.Chart, alt.Chart]:
    """The ``cards`` of :func:`products` that the money buys, and all together. No mark is set.

    ``at`` are assumptions, as :func:`middle` gives them. ``share`` is a parameter in percent,
    ``huawei`` the price of a 910B in thousand yuan, ``nvidia`` that of an H20 in dollars. The first
    chart adds to the rows ``cards``, ``compute`` (PFLOPS), ``thousand`` (cards) and ``words``; the
    second has one row with ``words``.
    """
    key, which = alt.datum.key, alt.expr.if_
    h20 = which(key == "h20", nvidia * at["rate"], alt.datum.price)
    price = which(key == "910b", huawei * 1000, h20)
    part = which(alt.datum.local, share / 100, 1 - share / 100) * alt.datum.mix
    each = (
        alt.Chart(cards)
        .transform_calculate(cards=at["money"] * 1e9 * part / price)
        .transform_calculate(compute=alt.datum.cards * alt.datum.fp16 / 1000)
        .transform_calculate(thousand=alt.datum.cards / 1000)
        .transform_calculate(words=alt.expr.format(alt.datum.thousand, ",.0f"))
    )
    total = each.transform_aggregate(cards="sum(thousand)", compute="sum(compute)")
    return each, total.transform_calculate(
        words="format(datum.cards, ',.0f') + ' thousand cards\\n'"
        " + format(datum.compute / 1000, ',.0f') + ' thousand PFLOPS'"
    )


def ordered() -> pd.DataFrame:
    """Counts for 2024 beside the cards of :func:`bought`.

    Columns of ``facts.frame`` with ``label`` (the card), ``thousand`` (chips) and ``words``.
    """
    keys = {"Ascend 910B": "bd-910b-ordered", "H20": "chip_orders/bytedance-2024-hopper"}
    known = facts.frame(keys, "chips")
    words = ["ordered: " + text.removesuffix(" chips") for text in known["text"]]
    return known.assign(thousand=known["value"] / 1e3, words=words)
