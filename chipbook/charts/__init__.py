"""How the book draws: theme, charts, their static pictures, tables, and what chart cells share."""

from chipbook.charts.idioms import *  # noqa: F403 - all that its __all__ names
