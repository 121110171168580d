"""What is known: the typed tables of the data package, its numbers, and what follows from them.

The ground floor: imports nothing of the book. :data:`BOOK` is the data as published; ``load``,
``facts``, ``sources``, ``package``, ``resource`` and ``row_cells`` are its.
"""

from chipbook.data.dataset import BOOK as BOOK
from chipbook.data.dataset import Dataset as Dataset
from chipbook.data.dataset import kept as kept
from chipbook.data.facts import Fact as Fact
from chipbook.data.store import DataError as DataError
from chipbook.data.store import data_dir as data_dir
from chipbook.data.store import date_words as date_words
from chipbook.data.store import digest as digest
from chipbook.data.store import span as span
from chipbook.data.store import split as split

facts = BOOK.facts
load = BOOK.load
package = BOOK.package
resource = BOOK.resource
row_cells = BOOK.row_cells
sources = BOOK.sources
