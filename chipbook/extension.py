"""The Sphinx extension of the book: all that it sets up, and all that it does last, in order."""

from __future__ import annotations

import gc

from sphinx.application import Sphinx

from chipbook.book import cards, domain
from chipbook.book.gates import denied, numerals, shape
from chipbook.book.pages import (
    catalogue,
    changes,
    chapters,
    disagreements,
    known_when,
    numbers,
    reviews,
    robustness,
    rows,
    sources,
)
from chipbook.book.parts import annotated, figures, folds, play, quiz, spine, tables
from chipbook.book.site import build, execute, layout, rewrite
from chipbook.publish import (
    linked_data,
    notebooks,
    offered,
    search,
    share,
    site_files,
    verify,
)

PARTS = (
    # The site, and what its pages use and lead to.
    *(build, layout, domain, cards, execute),
    # What a page is made of.
    *(tables, figures, folds, annotated, spine, quiz, play),
    # What no page may hold.
    *(numerals, denied, shape),
    # The pages to look things up.
    *(numbers, sources, disagreements, robustness, known_when, catalogue, rows, reviews, changes),
    chapters,
    # What pages show of tables, and of each other.
    rewrite,
    # What leaves the site.
    *(notebooks, linked_data, offered, search, share, site_files),
)
"""Modules with a ``setup``; where two listen to one event of Sphinx, the first is heard first."""

FINISHING = (
    # Makes the folder of the data anew, into which verify and notebooks write.
    build.finish,
    verify.write,
    search.write,
    notebooks.write,
    share.write,
    offered.withdraw,
    site_files.write,
    reviews.notify,
    # A later build reads everything again if any of these warned.
    build.end,
)
"""What is done when the pages are written, also after an error, which each step is given."""


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Take the last steps of a build, one after the other."""
    for step in FINISHING:
        step(app, exception)


def setup(app: Sphinx) -> dict[str, object]:
    """Register every part of the extension."""
    # A third of a build went into looking through trees that are all still in use.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    for part in PARTS:
        part.setup(app)
    app.connect("build-finished", finish)
    # Serial writing: a forked worker hangs once vl-convert has run in the parent.
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": False}
