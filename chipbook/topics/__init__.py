"""What the chapters compute and no formula can: one module for each, with models and tables.

A table keeps ``source_ids``, so that a chart of it knows its sources. Importing this package
registers every model (see :func:`chipbook.data.derived.computed`).
"""

from importlib import import_module
from pkgutil import iter_modules

for _found in iter_modules(__path__, f"{__name__}."):
    import_module(_found.name)
