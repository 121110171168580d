"""What is known: the typed tables of the data package, its numbers, and what follows from them.

The ground floor: imports nothing of the book. :data:`BOOK` is the data as published; ``load``,
``facts``, ``sources``, ``package``, ``resource`` and ``row_cells`` are its.
"""

from chipbook.data.dataset import BOOK, Dataset, kept
from chipbook.data.facts import Fact, Facts
from chipbook.data.store import DataError, data_dir, date_words, digest, span, split

facts = BOOK.facts
load = BOOK.load
package = BOOK.package
resource = BOOK.resource
row_cells = BOOK.row_cells
sources = BOOK.sources

__all__ = [
    "BOOK",
    "DataError",
    "Dataset",
    "Fact",
    "Facts",
    "data_dir",
    "date_words",
    "digest",
    "facts",
    "kept",
    "load",
    "package",
    "resource",
    "row_cells",
    "sources",
    "span",
    "split",
]
