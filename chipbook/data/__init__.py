"""What is known: the typed tables of the data package, its figures, and what follows from them.

The ground floor: imports nothing of the book.
"""

from chipbook.data.store import (
    DataError,
    Fact,
    Facts,
    data_dir,
    digest,
    facts,
    load,
    package,
    quantity_of,
    raw,
    resource,
    row_cells,
    sources,
    span,
    split,
)

__all__ = [
    "DataError",
    "Fact",
    "Facts",
    "data_dir",
    "digest",
    "facts",
    "load",
    "package",
    "quantity_of",
    "raw",
    "resource",
    "row_cells",
    "sources",
    "span",
    "split",
]
