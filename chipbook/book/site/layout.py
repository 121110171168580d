"""The look of the book: its own page template, style sheet and scripts.

The theme that Jupyter Book brings loads Bootstrap, Font Awesome, Thebe and a search index on
every page, some from third parties. A page of this book loads its own files and nothing else.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.config import Config
from sphinx.util import logging

from chipbook.book.parts import ancestors
from chipbook.book.parts.folds import details
from chipbook.charts.theme import COLOURS
from chipbook.data import package
from chipbook.data.settings import settings

logger = logging.getLogger(__name__)

HERE = Path(__file__).parents[1]
WORDS_A_MINUTE = 230

STATIC = HERE / "static"
OWN = {path.relative_to(STATIC).as_posix().removesuffix("_t") for path in STATIC.rglob("*")}
MADE = {"charts", "search-index.js", "social", "verify"}  # by the build, beside them
SET = settings(__file__)
NEEDS: dict[str, str] = SET["needs"]
"""Scripts of the pages, in their order → what the text of a page that needs them holds."""

REFUSED = re.compile(SET["refused"], re.IGNORECASE | re.VERBOSE)
"""What the policy of the pages (policy.html) keeps from working, or no page needs."""

SECTION = re.compile(
    r'<section[^>]* id="([^"]+)">(?:<span[^>]*></span>|\s)*'
    r'<h([23])>(?:<span class="section-number">.*?</span>)?(.*?)(?:<a class="headerlink"|</h)',
    re.DOTALL,
)
"""Where a section of a page starts: its id, and the level and words of its title."""

NOT_READ = (nodes.literal_block, nodes.raw, nodes.Invisible, details)
NOT_SEEN = {"sources", "chart-notes", "folded"}


def reading_minutes(doctree: nodes.document) -> int:
    """Minutes that a page takes to read, rounded up; 0 for a page without words.

    Counts what is seen before anything is unfolded: prose, captions and open tables. Code, folds
    and notes that are shut, what is drawn, and the lines of sources under charts do not count.
    """
    words = sum(
        len(text.astext().split())
        for text in doctree.findall(nodes.Text)
        if not any(
            isinstance(node, NOT_READ) or NOT_SEEN & {*node.get("classes", ())}
            for node in ancestors(text)
        )
    )
    return -(-words // WORDS_A_MINUTE)


def drop_thebe(app: Sphinx, doctree: nodes.document, _: str) -> None:
    """Take out the settings of Thebe, inline scripts that it appends to a page unasked."""
    for node in list(doctree.findall(nodes.raw)):
        if re.match("<script>kernelName|.*text/x-thebe-config", node.astext(), re.DOTALL):
            node.parent.remove(node)


def kept(asset: object, body: str) -> bool:
    """Whether a page with a ``body`` loads an ``asset`` of Sphinx, script or style: the book's own.

    None has an inline script, which a strict content-security policy refuses.
    """
    name = str(getattr(asset, "filename", asset) or "").removeprefix("_static/").split("?")[0]
    return name in OWN and NEEDS.get(name, "") in body


def lay_out(
    app: Sphinx, pagename: str, _template: str, context: dict, doctree: nodes.document | None
) -> str:
    """Give the ``context`` of a ``pagename`` what the book's template shows, and return that."""
    landing = pagename == app.config.root_doc
    body = context.get("body", "")
    for found in REFUSED.findall(body):
        logger.warning(SET["says"], found[-80:], location=pagename)
    for files in ("css_files", "script_files"):
        context[files] = [file for file in context[files] if kept(file, body)]
    # MyST hands on front matter as text.
    timed = str((context.get("meta") or {}).get("reading_time", True)).lower() != "false"
    minutes = reading_minutes(doctree) if doctree is not None and not landing and timed else 0
    # Nothing on a page that is read at a glance.
    if minutes > 1:
        line = f'<p class="reading-time">{minutes} minutes to read</p>'
        context["body"] = body.replace("</h1>", f"</h1>\n{line}", 1)
    context |= {
        "landing": landing,
        # From the body as it was built: what a list writes has sections too.
        "page_toc": [] if landing else SECTION.findall(body),
        "data_version": package()["version"],
        "pages": app.env.found_docs,
    }
    return "book.html"


def find_files(app: Sphinx, config: Config) -> None:
    """Add the templates, styles and scripts of the book; charts.css_t asks for the colours."""
    config.templates_path.append(str(HERE / "templates"))
    config.html_static_path.append(str(STATIC))
    config.html_context["chart_colours"] = COLOURS
    app.add_css_file("book.css", priority=100)
    app.add_css_file("charts.css", priority=200)
    # In the head and not deferred: the colours must be known before the page is drawn.
    app.add_js_file("book.js", priority=100)
    for name in NEEDS:
        app.add_js_file(name, defer="defer")


def forget_folders(app: Sphinx) -> None:
    """Leave the folders of this machine out of the digest of the settings, which is published."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        folders = app.config.templates_path, app.config.html_static_path
        app.config.templates_path, app.config.html_static_path = [], []
        app.builder.build_info = app.builder.create_build_info()
        app.config.templates_path, app.config.html_static_path = folders


def drop_stock(app: Sphinx, _: Exception | None) -> None:
    """Take out of the site what Sphinx, theme and extensions brought: no page loads any of it."""
    static = Path(app.outdir) / "_static"
    if app.builder.name == "html":
        for path in sorted(static.rglob("*"), reverse=True):
            name = path.relative_to(static)
            if name.parts[0] not in MADE and name.as_posix() not in OWN:
                path.rmdir() if path.is_dir() else path.unlink()
