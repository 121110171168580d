"""What the reported money could buy: a model, and the checks on it.

The model is one function, :func:`purchase`: money, split between makers, mix of products and prices
make cards; cards and what one card does make compute, memory bandwidth and power. All its numbers
are rows of the resource ``assumptions``. :func:`middle` takes one value of each row, :func:`draw`
many at random, the prices tied to one another; :func:`swing` moves one row at a time.

It knows cards and nothing else: no servers, networks or buildings, no discounts, no limit to what
the makers can deliver.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial, reduce
from itertools import product
from operator import add
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from chipbook.data import BOOK, Dataset, facts, kept, load, split
from chipbook.data.derived import computed
from chipbook.data.quantity import Quantity
from chipbook.data.settings import settings
from chipbook.data.store import Missing
from chipbook.data.words import STATUSES

NINE_IN_TEN = (0.05, 0.95)
"""The ends of every range and of every try: one draw in twenty lies beyond each."""

_SET = settings(__file__)
READINGS: dict[str, str] = _SET["readings"]
LOCAL: dict[str, str] = _SET["local"]
PRODUCTS = LOCAL | {"h20": "H20"}
OUTCOMES: dict[str, str] = _SET["outcomes"]
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
    """The assumptions, one row each, and what becomes of the result when one moves alone.

    Adds ``text`` (the range in words) and, for "cards", "compute" and "memory" of the report's
    split, the change from the middle at the two :func:`ends` ("-8 to +9%"), missing where none
    reaches one percent.
    """
    table = load("assumptions")
    low, value, high = (table[name].map("{:,.10g}".format) for name in ("low", "value", "high"))
    ranged, span = table["low"].notna(), low + " to " + high
    kind = table["distribution"].astype("str")
    ways = [span, span + ", most likely " + value, value.mask(ranged, value + "; tried: " + span)]
    table["text"] = np.select([kind == "uniform", kind == "triangular", True], ways)
    for outcome in ("cards", "compute", "memory"):
        moved = {name: swing(name, outcome) for name in table["id"][ranged]}
        words = {name: f"{a:+.0f} to {b:+.0f}%" for name, (a, b) in moved.items() if abs(b - a) > 1}
        table[outcome] = table["id"].map(words)
    return table


@kept
def drawn(*, data: Dataset = BOOK) -> dict[str, Any]:
    """Each assumption that the draws vary → its distribution, a frozen one of ``scipy.stats``."""
    from scipy import stats

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
    count: int = 20_000, seed: int = 20250121, tie: float | None = None, data: Dataset = BOOK
) -> dict[str, np.ndarray]:
    """``count`` random values of each assumption; same seed, same values.

    The prices are tied by a Gaussian copula: any two have the correlation ``tie`` (0 to 1, by
    default that of the assumptions) before each takes its own distribution. All else is drawn on
    its own.
    """
    from scipy.stats import norm

    base, spread = middle(data=data), drawn(data=data)
    prices = [key.startswith("price-") for key in spread]
    ties = np.outer(prices, prices) * (base["correlation"] if tie is None else tie)
    np.fill_diagonal(ties, 1)
    normal = np.random.default_rng(seed).multivariate_normal(np.zeros(len(ties)), ties, count)
    chances = dict(zip(spread, norm.cdf(normal).T, strict=True))
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
    parts = [f"assumptions/{name}" for name in names]
    rows = [data.facts[part] for part in parts]
    budget = {"money": "ft25-chips-china-cny", "share-report": "ft25-local-share"}
    return replace(
        nine_in_ten(_draws(data=data), outcome, reading),
        sources=tuple(dict.fromkeys(source for row in rows for source in row.sources)),
        rests_on=max((row.rests_on for row in rows), key=STATUSES.index),
        inputs=(*(budget[name] for name in names if name in budget), *parts),
    )


def _moving(outcome: str, reading: str, data: Dataset) -> list[str]:
    """The assumptions that move an outcome: in a ratio, for one, the money falls out."""
    base, at = middle(data=data), partial(result, outcome=outcome, reading=reading)
    moved = {name: at(base | {name: 0.9 * value}) for name, value in base.items()}
    return [name for name, found in moved.items() if not np.isclose(found, at(base), rtol=1e-9)]


_RATIOS = {ratio: (ratio, "article over report") for ratio in RATIOS}
for _key, _what in (_SET["between"] | _RATIOS).items():
    computed(_key, "assumptions")(partial(_between, *_what))


# --- One assumption at a time


def ends(name: str, data: Dataset = BOOK) -> tuple[float, float]:
    """The two values at which an assumption is tried: one of its draws in twenty lies beyond each.

    ``name`` is its id. One that is not drawn has its low and high. Raises ``ValueError`` where it
    has neither.
    """
    if spread := drawn(data=data).get(name):
        return tuple(spread.ppf(NINE_IN_TEN))
    low, high = _rows(data=data).loc[name, ["low", "high"]]
    if pd.isna(low):
        raise ValueError(f"assumption {name!r} has no range")
    return float(low), float(high)


def swing(name: str, outcome: str, data: Dataset = BOOK) -> tuple[float, float]:
    """Change of ``outcome``, in percent, when the assumption ``name`` goes to its :func:`ends`.

    ``outcome`` is one of :func:`result`; all other assumptions stay at :func:`middle`. Raises
    ``ValueError`` for an assumption without ends.
    """
    base = middle(data=data)
    low, high = (result(base | {name: end}, outcome) for end in ends(name, data))
    before = result(base, outcome)
    return 100 * (low / before - 1), 100 * (high / before - 1)


def _swing(name: str, outcome: str, data: Dataset) -> Quantity:
    row = data.facts[f"assumptions/{name}"]
    _, change = swing(name, outcome, data=data)
    return replace(
        Quantity.of(abs(change), "percent", "about", sources=row.sources),
        digits=2,
        rests_on=row.rests_on,
        inputs=(f"assumptions/{name}",),
    )


for _key, _what in _SET["swings"].items():
    computed(_key, "assumptions")(partial(_swing, *_what))


# --- Tables


def ranges() -> pd.DataFrame:
    """Where nine draws in ten lie, and the middle of the model, for every outcome and reading.

    Columns ``reading``, ``outcome``, ``unit``, ``low``, ``middle``, ``high``, all to two figures.
    """
    table = []
    for (reading, name), (outcome, label) in product(READINGS.items(), OUTCOMES.items()):
        low, high = nine_in_ten(_draws(), outcome, reading).bounds
        half = float(f"{result(middle(), outcome, reading):.2g}")
        table.append((name, label, _SET["units"][outcome], low, half, high))
    return pd.DataFrame(table, columns=["reading", "outcome", "unit", "low", "middle", "high"])


def prices() -> pd.DataFrame:
    """Reported prices of the four cards in thousand yuan, dollars at the rate of 21 January 2025.

    Columns ``id``, ``card``, ``who`` and ``period`` (of the price), ``low``, ``high``, ``status``,
    ``least`` and ``most`` (the model's range) and ``source_ids``.
    """
    table, rate = [], middle()["rate"]
    for card, key in ((card, key) for card, keys in _SET["prices"].items() for key in keys):
        fact, price, row = facts.fact(key), facts[key], _rows().loc[f"price-{card}"]
        low, high = price.bounds if price.value is None else (price.value,) * 2
        yuan = (rate if "USD" in dict(price.dims) else 1) / 1e3
        least, most = row[["low", "high"]] * (rate if row["unit"] == "USD" else 1) / 1e3
        seen = {"id": key, "card": PRODUCTS[card], "who": fact.attributed_to, "period": fact.period}
        drawn = {"low": low * yuan, "high": high * yuan, "least": least, "most": most}
        pages = ";".join(price.sources)
        table.append(seen | drawn | {"status": price.status, "source_ids": pages})
    return pd.DataFrame(table)


def chips() -> pd.DataFrame:
    """The four chips of the model, and the H100, one a row, in words.

    Columns ``chip``, ``maker``, ``year``, ``price``, ``compute``, ``speed`` and ``source_ids``.
    """
    specs, rows, table = load("chip_specs").set_index("id"), _rows(), []
    for key, (name, price) in _SET["chips"].items():
        spec, paid = specs.loc[key], facts[f"chip_prices/{price}"]
        ends = {"fp16": (spec["fp16_dense_tflops"],) * 2, "memory": (spec["memory_bw_gbs"],) * 2}
        pages = [*split(spec["source_ids"]), *paid.sources]
        for what in ends if name else ():
            row = rows.loc[f"{what}-{name}"]
            ends[what] = row[["low", "high"]].astype("Float64").fillna(row["value"])
            pages += split(row["source_ids"])
        low, high = ends["memory"]
        about = {"chip": spec["chip"], "maker": spec["vendor"], "year": spec["released"][:4]}
        fast = f"{_span(*ends['fp16'])} trillion/s"
        does = {"compute": fast, "speed": f"{_span(low / 1000, high / 1000)} TB/s"}
        table.append(
            about | {"price": str(paid)} | does | {"source_ids": ";".join(dict.fromkeys(pages))}
        )
    return pd.DataFrame(table)


def _span(low: float, high: float) -> str:
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"


def counts() -> pd.DataFrame:
    """What the model buys beside what was reported, in thousands, in the order of the chart.

    Columns ``id``, ``place``, ``model`` (whether it is ours), ``low``, ``high`` (an end that a
    report leaves open is 0, or its number), ``words``, ``status``, ``source_ids``.
    """
    table = facts.frame(_SET["counts"])
    ends = np.array([facts[key].drawn for key in table["id"]]) / 1000
    table["low"], table["high"] = ends[:, 0], np.where(np.isinf(ends[:, 1]), *ends.T)
    number = [f"{facts[key]:number}" for key in table["id"]]
    words, ours = table["label"] + ": " + number, table["id"].str.startswith("buy-")
    return table.assign(place=table.index, model=ours, words=words)


def comparison() -> pd.DataFrame:
    """The article's split over the report's, in percent, draw by draw: 5% to 95%, without power."""
    keys = {OUTCOMES[key]: f"article-{key}" for key in ("cards", "compute", "memory")}
    table = facts.frame(keys, "percent").rename(columns={"text": "words"})
    return table[["id", "label", "low", "high", "words", "source_ids"]]
