"""What others take along: each chart as a page of its own, to embed, and how the book is cited."""

import posixpath
import re
from functools import partial
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import part, template
from chipbook.book.domain import base
from chipbook.book.parts.figures import chart, denial
from chipbook.data import package
from chipbook.data.state import write_all

CITED = "CITATION.cff"
DROPPED = re.compile(r'<a class="headerlink".*?</a>|<span class="chart-share".*?</span></span>')
LINK = re.compile(r'(?<=[ -])(href|src)="(?!https?:)([^"#]*)')


def framed(html: str, page: str) -> str:
    """The figure (``html``) of a ``page``, for one in another folder; its links leave the frame."""

    def moved(found: re.Match[str]) -> str:
        path = posixpath.join(posixpath.dirname(page), found[2]) if found[2] else f"{page}.html"
        return f'{found[1]}="{posixpath.normpath(f"../{path}")}'

    return LINK.sub(moved, DROPPED.sub("", html)).replace("<a ", '<a target="_blank" ')


def embed(app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document) -> None:
    """Write the page of each chart of a ``page``, from what its ``context`` shows of it."""
    if doctree is None:
        return
    for node in doctree.findall(chart):
        figure = rf'<figure[^>]* id="{node["name"]}">.*?</figure>'
        if found := re.search(figure, context["body"], re.DOTALL):
            html = template("embed.html").render(
                figure=framed(found[0], page),
                denial=denial(node["spec"]),
                address=f"{page}.html#{node['name']}",
                title=node["title"],
                book=app.config.html_title,
                package=package(),
                site=base(app.config),
            )
            write_all({Path(app.outdir) / "embed" / f"{node['name']}.html": html.encode()})


def _cited(app: Sphinx) -> str:
    """``CITATION.cff`` with the version of the data as it is: changed data is no release."""
    text = (Path(app.srcdir) / CITED).read_text(encoding="utf-8")
    return re.sub(r"(?m)^version: .*$", f"version: {package()['version']}", text)


def _about(name: str, app: Sphinx, page: str) -> list[nodes.Node]:
    cited = yaml.safe_load(_cited(app))
    site, start = base(app.config), "../" * page.count("/")
    return [part(app, page, name, cited=cited, config=app.config, site=site, start=start)]


citation, contact = partial(_about, "citation.html"), partial(_about, "contact.html")
"""``{citation}`` and ``{contact}``: how the book is cited, where a reader says what is wrong."""


def write(app: Sphinx) -> None:
    """Put ``CITATION.cff`` into the site, with its address."""
    cited, site = _cited(app), base(app.config)
    cited += f'url: "{site}"\n' if site else ""
    (Path(app.outdir) / CITED).write_text(cited, encoding="utf-8")
