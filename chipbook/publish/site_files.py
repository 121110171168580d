"""What a site has beside its pages: a page for an address where nothing is, ways from addresses
that it once had, the list of its pages for search engines, and the feed of its changes.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from chipbook.book.cards import template
from chipbook.book.domain import CHANGES_PAGE, base, domain_of, table_page
from chipbook.book.pages.changes import corrections, versions
from chipbook.data import package
from chipbook.data.settings import settings

MISSING = "404"
"""The page that hosts show for an address where nothing is."""

MOVED = settings(__file__)
"""Old places of pages, and of sections and figures by page → where each has gone."""

RELATIVE = re.compile(r'\b(href|src|action|data-content_root)="(?![a-z]+:|[#/])')


def missing(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Name, context and template of the page for an address where nothing is."""
    if app.builder.name == "html":
        titles = {page: app.env.titles[page].astext() for page in app.env.collect_relations()}
        body = template("not-found.html").render(titles=titles, changes=CHANGES_PAGE)
        yield MISSING, {"title": "No such page", "body": body}, "page.html"


def keep_places(app: Sphinx, page: str, _template: str, context: dict, _doctree: object) -> None:
    """Give what stands on a ``page`` the places too that once led there."""
    for place, before in MOVED["places"].get(page, {}).items():
        spans = "".join(f'<span id="{old}"></span>' for old in before)
        found = rf'<[^>]* id="{place}"[^>]*>'
        context["body"] = re.sub(found, rf"\g<0>{spans}", context["body"], count=1)


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write them after a build that wrote pages, the list of pages where the site has an address.

    The page for an address where nothing is may be shown at any depth, so its links are absolute.
    """
    if exception or app.builder.name != "html" or not domain_of(app.env).written:
        return
    out, site = Path(app.outdir), base(app.config)
    tables = [table_page(entry["name"]) for entry in package()["resources"]]
    told = {
        "config": app.config,
        "site": site,
        "package": package(),
        "pages": [*app.env.collect_relations(), *tables],
        "versions": versions(),
        "corrections": corrections,
        "changes": CHANGES_PAGE,
        "urn": lambda name: uuid.uuid5(uuid.NAMESPACE_OID, f"{package()['name']} {name}").urn,
        "html": MarkdownIt().render,
    }
    for name in ("feed.xml", "robots.txt", "sitemap.xml"):
        (out / name).write_text(template(name).render(told), encoding="utf-8")
    if not site:
        (out / "sitemap.xml").unlink()
    (out / ".nojekyll").touch()
    for old, new in MOVED["pages"].items():
        moved = template("moved.html").render(to=relative_uri(old, new), site=site, new=new)
        (out / old).parent.mkdir(parents=True, exist_ok=True)
        (out / old).write_text(moved, encoding="utf-8")
    page = out / f"{MISSING}.html"
    root = urlsplit(site).path or "/"
    page.write_text(RELATIVE.sub(rf'\1="{root}', page.read_text("utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the page, and the old places of what is on others."""
    app.connect("html-collect-pages", missing)
    app.connect("html-page-context", keep_places)
