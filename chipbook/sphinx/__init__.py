"""The Sphinx extension of the book: one module for each thing a page can hold."""

from __future__ import annotations

from sphinx.application import Sphinx

MODULES: tuple[str, ...] = (
    "build",
    "look",
    "mathml",
    "facts",
    "sources",
    "numerals",
    "figures",
    "tables",
    "disagreements",
    "robustness",
    "denied",
    "known_when",
    "notebooks",
    "catalogue",
    "rows",
    "machines",
    "verify",
    "reviews",
    "changes",
)


def setup(app: Sphinx) -> dict[str, object]:
    """Register every part of the extension."""
    for module in MODULES:
        app.setup_extension(f"chipbook.sphinx.{module}")
    # Serial writing: a forked worker hangs once vl-convert has run in the parent.
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": False}
