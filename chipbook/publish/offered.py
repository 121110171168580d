"""What a built site can be given later: links to what is on paper, and the engine of the chapters.

``make book`` makes none of the files. A page is built with each link hidden and without an address;
:func:`offer`, called when files are made, gives it both, and can be called again at any time. So it
does with the place where a chapter with cells loads the engine.
"""

import json
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

ENGINE = re.compile(r"<p data-run[^>]*>.*?</p>")
RUN, OFFLINE = "run", "offline.js"
"""Folder of the site that holds the engine (:mod:`chipbook.publish.engine`); its script above."""


def listed(app: Sphinx, here: str) -> Iterable[nodes.Node]:
    """``{paper}``: what is on paper, the whole book and each chapter, told ``here``."""
    toc = [page for page in app.env.toctree_includes.get("index", ()) if page in story(app)]
    chapters = {f"{page.split('/')[-1]}.pdf": app.env.titles[page].astext() for page in toc}
    yield part(app, here, "paper-list.html", files={**PAPER["files"], **chapters})


def offer(site: Path) -> None:
    """Show on each page of the ``site`` the links whose files are in ``site/paper``, with sizes.

    Where the engine is in the site, the pages that have a place for it load its script.
    """
    about = site / RUN / "manifest.json"
    files = json.loads(about.read_text(encoding="utf-8"))["files"] if about.exists() else {}
    size = round(sum(file["bytes"] for file in files.values()) / 1e6)
    # By this a page knows whether what it loads is of its own edition.
    edition = files.get("library.tar.pack", {}).get("sha256", "")[:16]
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
        script = f'<script defer src="{up}{RUN}/page.js"></script>'
        place = (
            f'<p data-run="{size}" data-edition="{edition}">{script}</p>'
            if files
            else "<p data-run hidden></p>"
        )
        if (after := ENGINE.sub(place, LINK.sub(shown, before))) != before:
            page.write_text(after, encoding="utf-8")


def withdraw(app: Sphinx) -> None:
    """Take all of it away, and the links to it: the build has written newer pages."""
    site = Path(app.outdir)
    there = [site / name for name in ("paper", RUN) if (site / name).exists()]
    (site / OFFLINE).unlink(missing_ok=True)
    for folder in there:
        shutil.rmtree(folder)
    if there:
        offer(site)
