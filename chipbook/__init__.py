"""Chips and Denials: data, quantities and charts behind the book.

>>> from chipbook import facts, load
>>> facts["ft25-total"]          # a number with unit, range, status and sources
>>> load("budget_reports")       # a table of the data package, typed
"""

from chipbook.data import facts, load, sources
from chipbook.quantity import Quantity

__all__ = ["Quantity", "facts", "load", "sources"]
__version__ = "1.0.0"
