"""What a site has beside its pages: a page for an address where nothing is, ways from addresses
that it once had, the list of its pages for search engines, and the feed of its changes.
"""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.util.osutil import relative_uri

from chipbook.book.cards import template
from chipbook.book.domain import CHANGES_PAGE, base
from chipbook.book.pages.changes import MARKDOWN, corrections, versions
from chipbook.data import package
from chipbook.data.settings import settings
from chipbook.data.state import write_all

MOVED = settings(__file__)
"""Old files → new ones; by page, places → those that they have taken over."""

RELATIVE = re.compile(r'\b(href|src|action|data-content_root)="(?![a-z]+:|[#/])')


def missing(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    """Name, context and template of the page for an address where nothing is."""
    body = template("not-found.html").render(env=app.env, changes=CHANGES_PAGE)
    yield "404", {"title": "No such page", "body": body}, "page.html"


def keep_places(app: Sphinx, page: str, _template: str, context: dict, _doctree: object) -> None:
    """Give what stands on a ``page``, by its ``context``, the places too that once led there."""
    for place, before in MOVED["places"].get(page, {}).items():
        spans = "".join(f'<span id="{old}"></span>' for old in before)
        found = rf'<[^>]* id="{place}"[^>]*>'
        context["body"] = re.sub(found, rf"\g<0>{spans}", context["body"], count=1)


def write(app: Sphinx) -> None:
    """Write them, the list of pages where the site has an address.

    The page for an address where nothing is may be shown at any depth, so its links are absolute.
    """
    out, site, described = Path(app.outdir), base(app.config), package()
    told = {"env": app.env, "config": app.config, "site": site, "package": described}
    told |= {"versions": versions(), "corrections": corrections, "changes": CHANGES_PAGE}
    told |= {"ids": lambda name: uuid.uuid5(uuid.NAMESPACE_OID, f"{described['name']} {name}")}
    told |= {"html": MARKDOWN.render}
    names = ["feed.xml", "robots.txt", "sitemap.xml"]
    files = {name: template(name).render(told) for name in names}
    for old, new in MOVED["pages"].items():
        files[old] = template("moved.html").render(told, to=relative_uri(old, new), new=new)
    written = (out / "404.html").read_text(encoding="utf-8")
    files["404.html"] = RELATIVE.sub(rf'\1="{urlsplit(site).path or "/"}', written)
    files[".nojekyll"] = ""  # or GitHub's own builder drops folders such as _static
    if not site:
        del files["sitemap.xml"]
    write_all({out / name: text.encode() for name, text in files.items()})
