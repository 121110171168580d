"""The Sphinx extension of the book: one module for each thing a page can hold."""

from __future__ import annotations

from sphinx.application import Sphinx

MODULES: tuple[str, ...] = (
    "book.site.log",
    "book.site.build",
    "book.site.layout",
    "book.site.mathml",
    "book.domain",
    "book.pages.sources",
    "book.gates.numerals",
    "book.parts.figures",
    "book.parts.tables",
    "book.pages.disagreements",
    "book.pages.robustness",
    "book.gates.denied",
    "book.pages.known_when",
    "publish.notebooks",
    "book.pages.catalogue",
    "book.pages.rows",
    "publish.linked_data",
    "publish.verify",
    "book.pages.reviews",
    "book.pages.changes",
    "book.reads",
    "book.site.execute",
    "book.site.rewrite",
)


def setup(app: Sphinx) -> dict[str, object]:
    """Register every part of the extension."""
    for module in MODULES:
        app.setup_extension(f"chipbook.{module}")
    # Serial writing: a forked worker hangs once vl-convert has run in the parent.
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": False}
