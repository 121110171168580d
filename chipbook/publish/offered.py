"""Links to what is on paper, on the pages of the site: hidden until the files are there.

``make book`` makes none of the files. A page is built with each link hidden and without an address;
:func:`offer`, called when files are made, gives it both, and can be called again at any time.
"""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import part
from chipbook.book.domain import story
from chipbook.publish.paper import PAPER

LINK = re.compile(r'<(li|p) data-paper="([^"]+)"[^>]*><a[^>]*>(.*?)</a>.*?</\1>')


def listed(app: Sphinx, here: str) -> Iterable[nodes.Node]:
    """``{paper}``: what is on paper, the whole book and each chapter, told ``here``."""
    toc = [page for page in app.env.toctree_includes.get("index", ()) if page in story(app)]
    chapters = {f"{page.split('/')[-1]}.pdf": app.env.titles[page].astext() for page in toc}
    yield part(app, here, "paper-list.html", files={**PAPER["files"], **chapters})


def offer(site: Path) -> None:
    """Show the links of each page of the ``site`` whose files are in ``site/paper``, with sizes."""
    for page in (site / "index.html", *site.glob("chapters/*.html")):
        up = "../" * (len(page.relative_to(site).parts) - 1)

        def shown(found: re.Match[str], up: str = up) -> str:
            tag, name, words = found.groups()
            file = site / "paper" / name
            if not file.exists():
                return f'<{tag} data-paper="{name}" hidden><a>{words}</a></{tag}>'
            kind, size = name.rpartition(".")[2].upper(), max(file.stat().st_size / 1e6, 0.1)
            link = f'<a href="{up}paper/{name}">{words}</a>'
            return f'<{tag} data-paper="{name}">{link} ({kind},&nbsp;{size:.1f}&nbsp;MB)</{tag}>'

        before = page.read_text(encoding="utf-8")
        if (after := LINK.sub(shown, before)) != before:
            page.write_text(after, encoding="utf-8")


def withdraw(app: Sphinx) -> None:
    """Take away what is on paper, and the links to it: the build has written newer pages."""
    site = Path(app.outdir)
    if (site / "paper").exists():
        shutil.rmtree(site / "paper")
        offer(site)
