"""The picture of a page as it is shared: the first chart of its own that can be read so small.

With the finding, the denial and the first sources; a page without such a chart has its title and
what it is about. Pictures are made where the site has an address: without one no page can name
its picture to those who show it.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.book.parts.figures import chart, denial, drawing_of, leading
from chipbook.charts import drawing, theme
from chipbook.charts.spec import source_ids

FOLDER = "_static/social"
HIGHEST = 400
"""Pixels: the words of a narrow chart that is higher would be too small to read."""
NAMED = 2


def picture(
    app: Sphinx, page: str, title: str, about: str, doctree: nodes.document | None
) -> tuple[str, str]:
    """Draw the picture of a ``page`` with this ``title``, which is ``about`` that.

    Returns its address in the site, and its text alternative.
    """
    told = {"title": title, "about": about, "book": app.config.html_title, "halo": drawing.HALO}
    for node in doctree.findall(chart) if doctree else ():
        svg = drawing_of(app, node).narrow
        width, height = drawing.size(svg)
        if height <= HIGHEST:
            found, more = leading(source_ids(node["spec"]))
            names = list(found.values())
            told |= {"chart": svg, "width": width, "height": height, "title": node["title"]}
            told |= {"about": node["subtitle"], "denial": " ".join(denial(node["spec"]))}
            told |= {"sources": names[:NAMED], "more": more + len(names[NAMED:])}
            title, about = node["title"], node["spec"]["description"]
            break
    card = theme.flatten(template("social.svg").render(told, font=theme.FONT, colour=theme.colour))
    name = f"{drawing.digest((drawing.salt() + card).encode())}.png"
    kept = Path(app.doctreedir) / "charts"
    path = Path(app.outdir) / FOLDER / f"{page}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(drawing.cached(kept, name, lambda: drawing.png(card)))
    return f"{FOLDER}/{page}.png", f"{title}. {about}"
