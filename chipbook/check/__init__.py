"""Whether the data package keeps its own rules, and what is computed from it."""
