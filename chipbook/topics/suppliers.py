"""Domestic suppliers of AI chips."""

from __future__ import annotations

from chipbook.data import facts
from chipbook.derived import derived
from chipbook.quantity import ONE, Quantity


@derived("bd-vs-cambricon-2025", "ByteDance", "local part over Cambricon's 2025 revenue", "2025")
def bd_vs_cambricon_2025() -> Quantity:
    """A reported plan over a filed result. Scale only: Huawei is the larger supplier."""
    return facts["ft25-local-cny"] / facts["supplier_financials/cambricon-2025-revenue"]


@derived("bd-910b-ratio", "ByteDance", "share of ordered Ascend 910B delivered", "2024-07")
def bd_910b_ratio() -> Quantity:
    """Fewer than one count over more than another, so an upper bound."""
    return (facts["bd-910b-received"] / facts["bd-910b-ordered"]).shown(percent=True)


@derived("cambricon-top5-2025", "Cambricon", "share of sales to the five largest customers", "2025")
def cambricon_top5_2025() -> Quantity:
    """Sales to the five largest customers over revenue, both filed."""
    revenue = facts["supplier_financials/cambricon-2025-revenue"]
    return (facts["cambricon-top5-2025-cny"] / revenue).shown(percent=True, digits=3)


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


@derived("cambricon-rev-per-card", "Cambricon", "cloud revenue per card sold", "2025")
def cambricon_rev_per_card() -> Quantity:
    """Revenue times its share from cloud products, over cards sold: crude, since units may include
    products for the edge.
    """
    revenue = facts["supplier_financials/cambricon-2025-revenue"]
    cloud = revenue * facts["cambricon-cloud-share-2025"]
    return (cloud / facts["cambricon-sold-2025"]).shown(digits=3)


@derived("ppu-tflops", "Alibaba T-Head PPU", "compute of one card", "2025-09")
def ppu_tflops() -> Quantity:
    """The compute of the contracted cards over their number; the precision is not stated."""
    return (facts["ppu-site-compute"] / facts["ppu-site-cards"]).shown(digits=4)


@derived("metax-tflops", "MetaX", "compute of one card at the same site", "2025-09")
def metax_tflops() -> Quantity:
    """The compute of the contracted cards over their number; the precision is not stated."""
    return (facts["metax-site-compute"] / facts["metax-site-cards"]).shown(digits=3)
