"""What the reported money could buy."""

from __future__ import annotations

from chipbook.data import facts
from chipbook.derived import derived
from chipbook.quantity import Quantity


@derived("check-omdia-h20-usd", "ByteDance", "2024 Hopper chips at the average H20 price", "2024")
def check_omdia_h20_usd() -> Quantity:
    """Omdia's count of Hopper chips times the average price of one kind, the H20: a cross-check."""
    count = facts["chip_orders/bytedance-2024-hopper"] / Quantity.of(1, "chips")
    return (count * facts["chip_prices/h20-2024-usd-order"]).shown(digits=3)


@derived("check-omdia-h20-cny", "ByteDance", "2024 Hopper chips at the average H20 price", "2024")
def check_omdia_h20_cny() -> Quantity:
    """The cross-check in yuan, at the rate of 21 January 2025."""
    return (check_omdia_h20_usd() * facts["fx-2025-01-21"]).shown(digits=3)


@derived("buy-910b", "ByteDance", "Ascend 910B cards that the local part would buy", "2025")
def buy_910b() -> Quantity:
    """The part for Chinese suppliers over the 2024 price: card price only, one product."""
    return (facts["ft25-local-cny"] / facts["chip_prices/ascend-910b-2024-cny"]).counted("cards")


@derived(
    "buy-910b-low", "ByteDance", "cards at the 2025 price that the local part would buy", "2025"
)
def buy_910b_low() -> Quantity:
    """The part for Chinese suppliers over a channel price of 2025 (a weak source)."""
    price = facts["chip_prices/ascend-910b-2025-cny"]
    return (facts["ft25-local-cny"] / price).counted("cards").shown(digits=3)


@derived("buy-h20-low", "ByteDance", "H20 chips that the rest would buy at the high price", "2025")
def buy_h20_low() -> Quantity:
    """The Nvidia part in China over the upper end of the launch price."""
    price = facts["chip_prices/h20-2024-usd"].upper()
    return (facts["ft25-nvidia-china-usd"] / price).counted("chips").shown(digits=3)


@derived("buy-h20-high", "ByteDance", "H20 chips that the rest would buy at the low price", "2025")
def buy_h20_high() -> Quantity:
    """The Nvidia part in China over the lower end of the price of May 2025."""
    price = facts["chip_prices/h20-2025-05-usd"].lower()
    return (facts["ft25-nvidia-china-usd"] / price).counted("chips")
