"""The Sphinx extension of the book: all that ``extension.toml`` lists, and what it does last."""

import gc
from collections.abc import Callable, Container
from pkgutil import resolve_name
from typing import Any

from sphinx.application import Sphinx

from chipbook.book.domain import add_list, domain_of
from chipbook.book.gates import gate
from chipbook.book.pages import reviews
from chipbook.book.site import build
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

ADD: dict[str, Callable[[Sphinx, Any, Any], object]] = {
    "first": lambda app, start, _: start(app),
    "domains": lambda app, domain, _: app.add_domain(domain),
    "roles": lambda app, role, name: app.add_role(name, role()),
    "directives": lambda app, directive, name: app.add_directive(name, directive),
    "lists of the book": lambda app, fill, name: add_list(app, name, fill),
    "lists of a page": lambda app, fill, name: add_list(app, name, fill, of_book=False),
    "nodes": lambda app, node, html: app.add_node(node, html=html),
    "places": lambda app, node, _: app.add_node(node),
    # Not by ``add_node``, which would take it away from other books of the process.
    "stock nodes": lambda app, node, html: app.registry.add_translation_handlers(node, html=html),
    "transforms": lambda app, transform, _: app.add_transform(transform),
    "post-transforms": lambda app, transform, _: app.add_post_transform(transform),
    "gates": lambda app, faults, _: gate(app, faults),
}
"""How what stands under a heading of ``extension.toml`` is registered; the others are events."""


def register(app: Sphinx, modules: Container[str] | None = None) -> None:
    """Register what ``extension.toml`` lists, in all modules or in some (``"book.cards"``)."""
    for heading, listed in settings(__file__).items():
        for name, how in listed.items():
            if modules is not None and name.partition(":")[0] not in modules:
                continue
            thing = resolve_name(f"chipbook.{name}")
            if heading not in ADD:
                app.connect(heading, thing, priority=how)
                continue
            if isinstance(how, list):
                # A node without an end is written by its start.
                visitors = [resolve_name(f"chipbook.{visitor}") for visitor in how]
                how = (*visitors, None)[:2]
            ADD[heading](app, thing, how)


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
    register(app)
    # A forked worker hangs once vl-convert has run in the parent; Jupyter Book asks for none.
    return {"version": "1.0.0", "parallel_read_safe": False, "parallel_write_safe": False}
