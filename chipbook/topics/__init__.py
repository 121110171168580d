"""What the chapters compute: one module for each, with its derived numbers and its tables.

Importing this package registers every derived number.
"""

from chipbook.topics import (
    article,
    budget,
    controls,
    denials,
    doubao,
    explanations,
    purchase,
    suppliers,
)

__all__ = [
    "article",
    "budget",
    "controls",
    "denials",
    "doubao",
    "explanations",
    "purchase",
    "suppliers",
]
