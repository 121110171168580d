"""Every number that the book computes, each as one named function of facts.

A function here has a docstring that says in words how the number is made; its arithmetic carries
unit, range, qualifier, sources and formula by itself (see :mod:`chipbook.quantity`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chipbook.data import Fact, cell, facts
from chipbook.quantity import Quantity

REGISTRY: dict[str, Derived] = {}


@dataclass(frozen=True)
class Derived:
    """A registered function, and what its result is called."""

    id: str
    entity: str
    metric: str
    period: str
    function: Callable[[], Quantity]

    def fact(self) -> Fact:
        """The number as a fact: its basis is arithmetic, its reports are those of its parts."""
        quantity = self.function()
        # Inputs from other tables have no fact; their status and sources are in the quantity.
        parts = [facts.fact(part) for part in quantity.inputs if part in facts]
        return Fact(
            id=self.id,
            entity=self.entity,
            metric=self.metric,
            basis="arithmetic",
            period=self.period,
            attributed_to="Our arithmetic",
            note=" ".join((self.function.__doc__ or "").split()),
            quantity=quantity,
            reviewed=min((part.reviewed for part in parts if part.reviewed), default=""),
            review_by=min((part.review_by for part in parts if part.review_by), default=""),
            reports=tuple(dict.fromkeys(report for part in parts for report in part.reports)),
            answered=tuple(dict.fromkeys(report for part in parts for report in part.answered)),
        )


def derived(key: str, entity: str, metric: str, period: str) -> Callable:
    """Register a function without arguments as the derived number ``key``."""

    def register(function: Callable[[], Quantity]) -> Callable[[], Quantity]:
        if key in REGISTRY:
            raise ValueError(f"two derived numbers are called {key!r}")
        REGISTRY[key] = Derived(key, entity, metric, period, function)
        return function

    return register


def _of(number: float) -> Quantity:
    """A whole that is exact by definition, such as 100 percent."""
    return Quantity.of(number)


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
    return facts["ft25-chips-china-cny"] * (_of(1) - facts["ft25-local-share"])


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


@derived("ft25-seed-gap", "Rivista.AI", "overstatement of the Chinese suppliers' part", "2025")
def ft25_seed_gap() -> Quantity:
    """What the article gives to Chinese suppliers over what the report's split gives them."""
    return (facts["article-local-usd"] / ft25_local_usd()).shown(digits=2)


@derived("ft25-moved", "Rivista.AI", "amount that the article moves to Chinese suppliers", "2025")
def ft25_moved() -> Quantity:
    """What the article gives to Chinese suppliers less what the report's split gives them."""
    return facts["article-local-usd"] - ft25_local_usd()


@derived("fx-ft-implied", "Financial Times", "yuan per dollar implied by the report", "2025-01-21")
def fx_ft_implied() -> Quantity:
    """The chip budget in yuan over the same budget in dollars."""
    return (facts["ft25-chips-china-cny"] / facts["ft25-chips-china-usd"]).shown(digits=3)


@derived("fx-2025-01-23-implied", "Reuters", "yuan per dollar implied by the report", "2025-01-23")
def fx_2025_01_23_implied() -> Quantity:
    """The capital-expenditure plan in yuan over the same plan in dollars."""
    # "More than" stands on both sides of one conversion, so it says nothing about the rate.
    yuan, dollars = facts["rt25-capex-cny"], facts["rt25-capex-usd"]
    return (yuan.point() / dollars.point()).shown(digits=5)


# --- Other reports of the budget


@derived("rt25-abroad-usd", "ByteDance", "planned capital expenditure abroad", "2025")
def rt25_abroad_usd() -> Quantity:
    """The share to be spent abroad, of the capital-expenditure plan that Reuters reported."""
    return (facts["rt25-capex-usd"] * facts["rt25-abroad-share"]).shown(digits=3)


@derived("ft-vs-rt", "ByteDance", "the FT's AI budget as a share of Reuters' capex plan", "2025")
def ft_vs_rt() -> Quantity:
    """The sum of the FT's parts over the plan of Reuters: two scopes, two reports."""
    return (ft25_sum() / facts["rt25-capex-usd"]).shown(percent=True)


@derived(
    "os24-implied", "ByteDance", "capital expenditure implied by a broker's growth rate", "2024"
)
def os24_implied() -> Quantity:
    """Orient Securities' plan for 2025, divided by one plus its growth rate."""
    return facts["os25-capex"] / (_of(1) + facts["os25-growth"])


@derived("scmp25-vs-ft25", "ByteDance", "SCMP's chip spending over the FT's chip budget", "2025")
def scmp25_vs_ft25() -> Quantity:
    """Nvidia chips, place not stated, over all chips bought in China: the scopes differ."""
    return facts["scmp25-nvidia"] / facts["ft25-chips-china-cny"]


@derived("ft-looking-back", "ByteDance", "the FT's figure looking back over its own plan", "2025")
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


# --- Beside the four big spenders


@derived("four-2025", "Microsoft, Alphabet, Amazon and Meta", "capital expenditure, sum", "2025")
def four_2025() -> Quantity:
    """Calendar 2025, four companies. Meta's figure counts finance-lease payments, the others do
    not; Amazon's counts warehouses.
    """
    rows = ("microsoft-cy2025", "alphabet-fy2025", "amazon-fy2025", "meta-fy2025")
    return sum(cell("peer_capex", row) for row in rows).shown(digits=3)


@derived("bd-vs-four", "ByteDance", "Reuters' capex plan over the US four's spending", "2025")
def bd_vs_four() -> Quantity:
    """A reported plan over results: the plan is ByteDance's, the results are the four's."""
    return (facts["rt25-capex-usd"] / four_2025()).shown(percent=True)


# --- What the money could buy


@derived("check-omdia-h20-usd", "ByteDance", "2024 Hopper chips at the average H20 price", "2024")
def check_omdia_h20_usd() -> Quantity:
    """Omdia's count of Hopper chips times the average price of one kind, the H20: a cross-check."""
    count = cell("chip_orders", "bytedance-2024-hopper") / Quantity.of(1, "chips")
    return (count * cell("chip_prices", "h20-2024-usd-order")).shown(digits=3)


@derived("check-omdia-h20-cny", "ByteDance", "2024 Hopper chips at the average H20 price", "2024")
def check_omdia_h20_cny() -> Quantity:
    """The cross-check in yuan, at the rate of 21 January 2025."""
    return (check_omdia_h20_usd() * facts["fx-2025-01-21"]).shown(digits=3)


@derived("buy-910b", "ByteDance", "Ascend 910B cards that the local part would buy", "2025")
def buy_910b() -> Quantity:
    """The part for Chinese suppliers over the 2024 price: card price only, one product."""
    return (ft25_local_cny() / cell("chip_prices", "ascend-910b-2024-cny")).counted("cards")


@derived(
    "buy-910b-low", "ByteDance", "cards at the 2025 price that the local part would buy", "2025"
)
def buy_910b_low() -> Quantity:
    """The part for Chinese suppliers over a channel price of 2025 (a weak source)."""
    price = cell("chip_prices", "ascend-910b-2025-cny")
    return (ft25_local_cny() / price).counted("cards").shown(digits=3)


@derived("buy-h20-low", "ByteDance", "H20 chips that the rest would buy at the high price", "2025")
def buy_h20_low() -> Quantity:
    """The Nvidia part in China over the upper end of the launch price."""
    price = cell("chip_prices", "h20-2024-usd").upper()
    return (ft25_nvidia_china_usd() / price).counted("chips").shown(digits=3)


@derived("buy-h20-high", "ByteDance", "H20 chips that the rest would buy at the low price", "2025")
def buy_h20_high() -> Quantity:
    """The Nvidia part in China over the lower end of the price of May 2025."""
    price = cell("chip_prices", "h20-2025-05-usd").lower()
    return (ft25_nvidia_china_usd() / price).counted("chips")


# --- Domestic suppliers


@derived("bd-vs-cambricon-2025", "ByteDance", "local part over Cambricon's 2025 revenue", "2025")
def bd_vs_cambricon_2025() -> Quantity:
    """A reported plan over a filed result. Scale only: Huawei is the larger supplier."""
    return ft25_local_cny() / cell("supplier_financials", "cambricon-2025-revenue")


@derived("bd-910b-ratio", "ByteDance", "share of ordered Ascend 910B delivered", "2024-07")
def bd_910b_ratio() -> Quantity:
    """Fewer than one count over more than another, so an upper bound."""
    return (facts["bd-910b-received"] / facts["bd-910b-ordered"]).shown(percent=True)


@derived("cambricon-top5-2025", "Cambricon", "share of sales to the five largest customers", "2025")
def cambricon_top5_2025() -> Quantity:
    """Sales to the five largest customers over revenue, both filed."""
    revenue = cell("supplier_financials", "cambricon-2025-revenue")
    return (facts["cambricon-top5-2025-cny"] / revenue).shown(percent=True, digits=3)


@derived("cambricon-sold-2024", "Cambricon", "cards sold", "2024")
def cambricon_sold_2024() -> Quantity:
    """Cards sold in 2025 divided by one plus the filed growth: assumes the same way of counting."""
    return (facts["cambricon-sold-2025"] / (_of(1) + facts["cambricon-sold-growth-2025"])).shown(
        digits=3
    )


@derived("huawei-share-domestic-idc", "Huawei", "share of Chinese-brand AI cards", "2025")
def huawei_share_domestic_idc() -> Quantity:
    """IDC's count for Huawei over its count for all Chinese brands."""
    total = cell("vendor_shares", "chinese-vendors-2025-units")
    return (facts["huawei-2025-idc"] / total).shown(percent=True, digits=3)


# --- Doubao


@derived("doubao-012", "AI apps in China", "monthly users at the start of the doubling", "2024-06")
def doubao_012() -> Quantity:
    """The level reached, divided by the factor said of five months."""
    return facts["doubao-010"] / facts["doubao-011"]


@derived("doubao-018", "AI-native apps", "monthly users implied a year earlier", "2023-12")
def doubao_018() -> Quantity:
    """The level of December 2024 divided by one plus the growth of a year."""
    return (facts["doubao-016"] / (_of(1) + facts["doubao-017"])).shown(digits=3)
