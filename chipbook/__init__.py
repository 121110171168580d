"""Chips and Denials: data, quantities and charts behind the book.

>>> from chipbook import facts, load, show
>>> facts["ft25-total"]          # a number with unit, range, status and sources
>>> load("budget_reports")       # a table of the data package, typed

Importing it turns on the book's chart theme and renderer.
"""

from chipbook import topics
from chipbook.charts import figure, theme
from chipbook.charts.tables import show
from chipbook.classroom.exercises import grade
from chipbook.data import facts, load, package, sources
from chipbook.data.quantity import Quantity

__all__ = ["Quantity", "facts", "grade", "load", "show", "sources", "theme", "topics"]
__version__ = package()["version"]

figure.enable()
