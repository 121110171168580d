"""What the reported money could buy: a model, and the checks on it.

The model is one function, :func:`purchase`: money, split between makers, mix of products and prices
make cards; cards and what one card does make compute, memory bandwidth and power. All its numbers
are rows of the resource ``assumptions``. :func:`middle` takes one value of each row, :func:`draw`
many at random, the prices tied to one another; :func:`tornado` moves one row at a time, and
:func:`weights` asks of each row how much of the spread goes with it.

It knows cards and nothing else: no servers, networks or buildings, no discounts, no limit to what
the makers can deliver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial, reduce
from itertools import product
from operator import add
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from scipy import stats

from chipbook.data import BOOK, Dataset, facts, kept, load
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.store import Missing
from chipbook.data.words import STATUSES

SEED = 20250121
DRAWS = 20_000
NINE_IN_TEN = (0.05, 0.95)
"""The ends of every range and of every try: one draw in twenty lies beyond each."""

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
RATIOS = {f"article-{key}": f"Article over report: {name}" for key, name in OUTCOMES.items()}
"""The outcome of the article's split over that of the report's → its label."""

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


def result(values: Mapping[str, Number], outcome: str, reading: str = "report") -> Number:
    """One ``outcome`` of :func:`purchase`, or one of :data:`RATIOS`, whatever the ``reading``.

    ``values`` are as there. Raises :class:`Missing` where they lack what the outcome rests on.
    """
    if outcome in RATIOS:
        name = outcome.removeprefix("article-")
        return result(values, name, "article") / result(values, name)
    bought = purchase(values, reading)
    if outcome not in bought:
        raise Missing(f"an assumption on {outcome} is not there")
    return bought[outcome]


@kept
def _rows(*, data: Dataset = BOOK) -> pd.DataFrame:
    return data.load("assumptions").set_index("id")


def assumptions() -> pd.DataFrame:
    """The assumptions, one row each, with ``text`` (the range in words) added for tables."""
    table = load("assumptions")
    low, value, high = (table[name].map("{:,.10g}".format) for name in ("low", "value", "high"))
    span = low + " to " + high
    tried = value.mask(table["low"].notna(), value + "; tried: " + span)
    kind = table["distribution"].astype("str")
    ways = [span, span + ", most likely " + value, tried]
    return table.assign(text=np.select([kind == "uniform", kind == "triangular", True], ways))


@kept
def drawn(*, data: Dataset = BOOK) -> dict[str, Any]:
    """Each assumption that the draws vary → its distribution, a frozen one of ``scipy.stats``."""
    spread = {}
    for key, row in _rows(data=data).iterrows():
        low, span = row["low"], row["high"] - row["low"]
        if row["distribution"] == "uniform":
            spread[key] = stats.uniform(low, span)
        elif row["distribution"] == "triangular":
            spread[key] = stats.triang((row["value"] - low) / span, low, span)
    return spread


@kept
def middle(*, data: Dataset = BOOK) -> dict[str, float]:
    """One value of each assumption: the median of its draws to three figures, or its fixed one."""
    fixed = _rows(data=data)["value"].dropna().astype("float").to_dict()
    return fixed | {key: float(f"{each.median():.3g}") for key, each in drawn(data=data).items()}


def draw(
    count: int = DRAWS, seed: int = SEED, tie: float | None = None, data: Dataset = BOOK
) -> dict[str, np.ndarray]:
    """``count`` random values of each assumption; same seed, same values.

    The prices are tied by a Gaussian copula: any two have the correlation ``tie`` (0 to 1, by
    default that of the assumptions) before each takes its own distribution. All else is drawn on
    its own.
    """
    base, spread = middle(data=data), drawn(data=data)
    prices = [key.startswith("price-") for key in spread]
    ties = np.outer(prices, prices) * (base["correlation"] if tie is None else tie)
    np.fill_diagonal(ties, 1)
    normal = np.random.default_rng(seed).multivariate_normal(np.zeros(len(ties)), ties, count)
    chances = dict(zip(spread, stats.norm.cdf(normal).T, strict=True))
    fixed = {key: np.full(count, value) for key, value in base.items()}
    return fixed | {key: each.ppf(chances[key]) for key, each in spread.items()}


@kept
def _draws(*, data: Dataset = BOOK) -> dict[str, np.ndarray]:
    return draw(data=data)


def nine_in_ten(
    values: Mapping[str, np.ndarray], outcome: str, reading: str = "report"
) -> Quantity:
    """Where nine draws in ten lie, as it is printed and drawn: the ends rounded outwards.

    ``values`` are draws, ``outcome`` and ``reading`` as in :func:`result`. Ratios have whole points
    of percent, all else two figures; what is no count of cards is in the unit of :func:`purchase`,
    without a noun.
    """
    ratio = outcome in RATIOS
    ends = np.quantile(result(values, outcome, reading), NINE_IN_TEN) * (100 if ratio else 1)
    step = 1 if ratio else 10 ** (np.floor(np.log10(np.abs(ends).max())) - 1)
    low, high = float(np.floor(ends[0] / step) * step), float(np.ceil(ends[1] / step) * step)
    counts = ("cards", "chinese", *PRODUCTS)
    unit = "percent" if ratio else "cards" if outcome in counts else "ratio"
    return Quantity.of(None, unit, low=low, high=high)


# --- Derived numbers of the model


def _between(outcome: str, reading: str, data: Dataset) -> Quantity:
    names = [*_moving(outcome, reading, data), "correlation"]
    rows = [data.facts[f"assumptions/{name}"] for name in names]
    budget = {"money": "ft25-chips-china-cny", "share-report": "ft25-local-share"}
    return replace(
        nine_in_ten(_draws(data=data), outcome, reading),
        sources=tuple(dict.fromkeys(source for row in rows for source in row.sources)),
        rests_on=max((row.rests_on for row in rows), key=STATUSES.index),
        inputs=tuple(budget[name] for name in names if name in budget)
        + tuple(f"assumptions/{name}" for name in names),
    )


def _moving(outcome: str, reading: str, data: Dataset) -> list[str]:
    """The assumptions that move an outcome: in a ratio, for one, the money falls out."""
    base = middle(data=data)

    def at(values: Mapping[str, float]) -> float:
        return result(values, outcome, reading)

    moved = {name: at(base | {name: 0.9 * value}) for name, value in base.items()}
    return [name for name, found in moved.items() if not np.isclose(found, at(base), rtol=1e-9)]


for _key, _what in {
    "buy-local-report": ("chinese", "report"),
    "buy-local-article": ("chinese", "article"),
    "buy-h20-report": ("h20", "report"),
    "buy-all-report": ("cards", "report"),
    "buy-all-article": ("cards", "article"),
    **{ratio: (ratio, "article over report") for ratio in RATIOS},
}.items():
    computed(_key, "assumptions")(partial(_between, *_what))


# --- One assumption at a time


# How a chart calls an assumption ("|" breaks the line) and its two ends; {} is the number.
_NAMES = {
    "money": ("The money itself,|billion yuan", "{:.0f}"),
    "share-report": ("Chinese makers'|share", "{:.0f}%"),
    "share-cambricon": ("Cambricon's share|of that", "{:.0f}%"),
    "share-910c": ("910C's share|at Huawei", "{:.0f}%"),
    "price-910b": ("Price of a 910B,|thousand yuan", "{:,.0f}"),
    "price-910c": ("Price of a 910C,|thousand yuan", "{:,.0f}"),
    "price-mlu590": ("MLU590's price,|thousand yuan", "{:,.0f}"),
    "price-h20": ("Price of an H20,|thousand dollars", "{:,.1f}"),
    "server-factor": ("Servers out of|the same money", "× {:g}"),
    "fp16-910b": ("Compute of a|910B, TFLOPS", "{:,.0f}"),
    "fp16-910c": ("Compute of a|910C, TFLOPS", "{:,.0f}"),
    "memory-910b": ("Bandwidth of a|910B, GB/s", "{:,.0f}"),
    "memory-mlu590": ("Bandwidth of an|MLU590, GB/s", "{:,.0f}"),
    "power-910b": ("Power of a|910B, W", "{:,.0f}"),
    "power-910c": ("Power of a|910C, W", "{:,.0f}"),
    "power-mlu590": ("Power of an|MLU590, W", "{:,.0f}"),
    "power-h20": ("Power of an|H20, W", "{:,.0f}"),
}


def ends(name: str, data: Dataset = BOOK) -> tuple[float, float]:
    """The two values at which an assumption is tried: one of its draws in twenty lies beyond each.

    ``name`` is its id. One that is not drawn has its low and high. Raises ``ValueError`` where it
    has neither.
    """
    if spread := drawn(data=data).get(name):
        return tuple(spread.ppf(NINE_IN_TEN))
    low, high = _rows(data=data).loc[name, ["low", "high"]].astype("float")
    if np.isnan(low):
        raise ValueError(f"assumption {name!r} has no range")
    return low, high


def swing(name: str, outcome: str, data: Dataset = BOOK) -> tuple[float, float]:
    """Change of ``outcome``, in percent, when the assumption ``name`` goes to its :func:`ends`.

    ``outcome`` is one of :func:`result`; all other assumptions stay at :func:`middle`. Raises
    ``ValueError`` for an assumption without ends.
    """
    base = middle(data=data)
    low, high = (result(base | {name: end}, outcome) for end in ends(name, data))
    before = result(base, outcome)
    return 100 * (low / before - 1), 100 * (high / before - 1)


def tornado() -> pd.DataFrame:
    """Every assumption with a range, moved alone, for each outcome and ratio; widest effect first.

    By the report's split. Two rows for each assumption and outcome, one an end: ``outcome``
    (label), ``id``, ``metric`` and ``label`` (of the assumption), ``end`` ("low" or "high"),
    ``words`` (the number tried), ``change`` (percent against :func:`middle`), ``span`` (percentage
    points between both ends), ``drawn`` (whether the draws vary it) and ``source_ids``. What moves
    an outcome by less than a point is left out.
    """
    rows, table = _rows(), []
    for (outcome, title), name in product((OUTCOMES | RATIOS).items(), _NAMES):
        (label, form), row, changes = _NAMES[name], rows.loc[name], swing(name, outcome)
        about = {"outcome": title, "id": name, "metric": row["metric"], "label": label}
        alike = {"span": abs(changes[1] - changes[0]), "drawn": row["distribution"] != "fixed"}
        for end, change, at in zip(("low", "high"), changes, ends(name), strict=True):
            tried = form.format(at / (1e3 if name.startswith("price-") else 1))
            moved = {"end": end, "words": tried, "change": change}
            table.append({**about, **moved, **alike, "source_ids": row["source_ids"]})
    moving = pd.DataFrame(table).query("span >= 1")
    return moving.sort_values(["outcome", "span"], ascending=[True, False], ignore_index=True)


def weights() -> pd.DataFrame:
    """How much of the spread of each ratio goes with an assumption: its total Sobol index.

    Columns ``outcome`` (label of the ratio), ``id``, ``metric``, ``weight`` (percent of the
    variance; together over a hundred where assumptions work together), the weightiest first.
    The index asks that all be drawn on their own, the prices too.
    """
    spread, base = drawn(), middle()

    def ratios(values: np.ndarray) -> np.ndarray:
        at = base | dict(zip(spread, values, strict=True))
        return np.array([result(at, ratio) for ratio in RATIOS])

    found = stats.sobol_indices(func=ratios, n=2**12, dists=[*spread.values()], rng=SEED)
    wide = pd.DataFrame(100 * found.total_order, [*RATIOS.values()], [*spread])
    table = wide.rename_axis("outcome").reset_index().melt("outcome", var_name="id")
    table = table.assign(metric=table["id"].map(_rows()["metric"]), weight=table["value"])
    return table.sort_values(["outcome", "weight"], ascending=[True, False], ignore_index=True)


def _swing(name: str, outcome: str, data: Dataset) -> Quantity:
    row = data.facts[f"assumptions/{name}"]
    _, change = swing(name, outcome, data=data)
    return replace(
        Quantity.of(abs(change), "percent", "about", sources=row.sources),
        digits=2,
        rests_on=row.rests_on,
        inputs=(f"assumptions/{name}",),
    )


for _key, _name, _outcome in (
    ("swing-910c-cards", "share-910c", "cards"),
    ("swing-910c-compute", "share-910c", "compute"),
    ("swing-h20-memory", "price-h20", "memory"),
):
    computed(_key, "assumptions")(partial(_swing, _name, _outcome))


# --- Tables


def ranges() -> pd.DataFrame:
    """Where nine draws in ten lie, and the middle of the model, for every outcome and reading.

    Columns ``reading``, ``outcome``, ``unit``, ``low``, ``middle``, ``high``, all to two figures.
    """
    table = []
    for (reading, name), (outcome, label) in product(READINGS.items(), OUTCOMES.items()):
        low, high = nine_in_ten(_draws(), outcome, reading).bounds
        half = float(f"{result(middle(), outcome, reading):.2g}")
        table.append((name, label, UNITS[outcome], low, half, high))
    return pd.DataFrame(table, columns=["reading", "outcome", "unit", "low", "middle", "high"])


def correlations() -> pd.DataFrame:
    """Cards of the report's split and the ratios, with prices tied not at all, half-way, closely.

    Columns ``tie`` (the correlation), "Cards" and the labels of :data:`RATIOS`: ranges in words.
    """
    shown = {"cards": OUTCOMES["cards"], **RATIOS}
    tied = {tie: draw(tie=tie) for tie in _rows().loc["correlation", ["low", "value", "high"]]}
    return pd.DataFrame(
        {"tie": tie} | {name: str(nine_in_ten(at, key)) for key, name in shown.items()}
        for tie, at in tied.items()
    )


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

    Columns ``label`` (card and whose price), ``low``, ``high``, ``words``, ``status``, ``least``
    and ``most`` (the model's range) and ``source_ids``.
    """
    table, rate = [], middle()["rate"]
    for key, (card, whose) in _PRICES.items():
        price, row = facts[key], _rows().loc[f"price-{card}"]
        least, most = row[["low", "high"]] * (rate if row["unit"] == "USD" else 1) / 1e3
        seen = {"label": f"{PRODUCTS[card]}|{whose}", "status": price.status}
        yuan = _thousands(price, rate if "USD" in dict(price.dims) else 1)
        model = {"least": least, "most": most, "source_ids": ";".join(price.sources)}
        table.append(seen | yuan | model)
    return pd.DataFrame(table)


def _thousands(number: Quantity, rate: float = 1) -> dict[str, Any]:
    """A number over a thousand: its ends, or its point where it has one, and both in words."""
    ends = number.bounds if number.value is None else (number.value,) * 2
    low, high = (end * rate / 1e3 for end in ends)
    words = f"{low:.0f} to {high:.0f}" if low < high else f"{number.qualifier} {low:.0f}"
    return {"low": low, "high": high, "words": words.strip()}


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
        "All Hopper|ordered 2024": "chip_orders/bytedance-2024-hopper",
        "Cambricon, all buyers|sold 2025": "cambricon-sold-2025",
        "Huawei, all buyers|planned 2025": "huawei-2025-ft-plan",
    }
    table: list[dict] = []
    for label, key in rows.items():
        side = "Nvidia" if "H20" in label or "Hopper" in label else "Chinese"
        place = {"label": label, "place": len(table), "side": side, "status": facts[key].status}
        pages = {"source_ids": ";".join(facts[key].sources)}
        table.append(place | _thousands(facts[key]) | pages)
    return pd.DataFrame(table)


def comparison() -> pd.DataFrame:
    """The article's split over the report's, in percent, draw by draw: four outcomes, 5% to 95%."""
    keys = {label: f"article-{outcome}" for outcome, label in OUTCOMES.items()}
    table = facts.frame(keys, "percent").rename(columns={"text": "words"})
    return table[["label", "low", "high", "words", "source_ids"]]
