"""What the chapters compute and no formula can: one module for each, with models and tables.

A table keeps ``source_ids``, so that a chart of it knows its sources. Importing this package
registers every model (see :func:`chipbook.data.derived.computed`).
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
