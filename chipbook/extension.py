"""The Sphinx extension of the book: all that it sets up, and all that it does last, in order."""

import gc
from importlib import import_module

from sphinx.application import Sphinx

from chipbook.book.domain import domain_of
from chipbook.book.pages import reviews
from chipbook.book.site import build
from chipbook.book.site.layout import AFTER_ALL
from chipbook.data.settings import settings
from chipbook.publish import notebooks, offered, search, share, site_files, verify

BESIDE = (
    # Makes the folder of the data anew, into which verify and notebooks write.
    build.finish,
    verify.write,
    search.write,
    notebooks.write,
    share.write,
    offered.withdraw,
    site_files.write,
)
"""What puts files beside the pages of the site when these are written, without an error."""


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Take the last steps of a build, one after the other."""
    with build.told(app):
        build.refuse(app, exception)
        if app.builder.name == "html" and domain_of(app.env).written:
            for step in BESIDE:
                step(app)
        reviews.notify(app)
        build.put_in_place(app)


def setup(app: Sphinx) -> dict[str, object]:
    """Register every part of the extension."""
    # A third of a build went into looking through trees that are all still in use.
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)
    for part in settings(__file__)["parts"]:
        import_module(f"chipbook.{part}").setup(app)
    app.connect("build-finished", finish, priority=AFTER_ALL)
    # Serial writing: a forked worker hangs once vl-convert has run in the parent.
    return {"version": "1.0.0", "parallel_read_safe": True, "parallel_write_safe": False}
