"""Who said what, who answered, what disagrees, and what was known when."""
