"""What the chapters compute: one module for each, with its derived numbers and its tables.

Importing this package registers every derived number.
"""

from chipbook.topics import budget, doubao, purchase, suppliers

__all__ = ["budget", "doubao", "purchase", "suppliers"]
