"""Chips and Denials: data, quantities and charts behind the book.

>>> from chipbook import facts, load, show
>>> facts["ft25-total"]          # a number with unit, range, status and sources
>>> load("budget_reports")       # a table of the data package, typed

Importing it turns on the book's chart theme and renderer.
"""

import sys
from importlib.metadata import version

for _name in ("numpy", "pandas", "altair"):
    _loaded = getattr(sys.modules.get(_name), "__version__", None)
    if _loaded and _loaded.split(".")[:2] != version(_name).split(".")[:2]:
        raise ImportError(
            f"This notebook has loaded {_name} {_loaded}, and {version(_name)} was installed after "
            "that. Restart the kernel (menu Kernel, or Runtime in Colab), then run from the top."
        )

from chipbook import topics
from chipbook.charts import figure, theme
from chipbook.charts.tables import show
from chipbook.classroom.exercises import grade
from chipbook.data import facts, load, sources
from chipbook.data.quantity import Quantity

__all__ = ["Quantity", "facts", "grade", "load", "show", "sources", "theme", "topics"]

figure.enable()
