"""How the book draws: theme, charts, their static pictures, and tables."""
