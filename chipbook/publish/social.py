"""The picture of a page as it is shared: the first chart of its own that can be read so small.

With the finding, the denial and the first sources; a page without such a chart has its title and
what it is about. Made where the site has an address: else no page can name its picture to others.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.book.parts.figures import chart, denial, drawing_of, leading
from chipbook.charts import drawing, theme
from chipbook.charts.spec import source_ids
from chipbook.data.state import write_all

FOLDER = "_static/social"
HIGHEST = 400
"""Pixels: the words of a narrow chart that is higher would be too small to read."""


def card(app: Sphinx, title: str, about: str, doctree: nodes.document | None) -> tuple[str, str]:
    """The picture of a page of this ``title``, which is ``about`` that, as SVG; and it in words."""
    told: dict[str, object] = {"title": title, "about": about}
    for node in doctree.findall(chart) if doctree else ():
        svg, spec = drawing_of(app, node).narrow, node["spec"]
        if drawing.size(svg)[1] <= HIGHEST:
            title, about = node["title"], spec["description"]
            told = {"title": title, "about": node["subtitle"], "denial": denial(spec)}
            told |= {"chart": svg, "size": drawing.size(svg), "sources": leading(source_ids(spec))}
            break
    told |= {"book": app.config.html_title, "theme": theme, "halo": drawing.HALO}
    return theme.flatten(template("social.svg").render(told)), f"{title}. {about}"


def write(app: Sphinx, page: str, svg: str) -> str:
    """Write the picture ``svg`` of a ``page``; returns its address in the site."""
    kept, name = Path(app.doctreedir) / "charts", drawing.digest((drawing.salt() + svg).encode())
    path = Path(app.outdir) / FOLDER / f"{page}.png"
    write_all({path: drawing.cached(kept, f"{name}.png", lambda: drawing.png(svg))})
    return f"{FOLDER}/{page}.png"
