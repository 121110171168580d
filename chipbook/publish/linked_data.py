"""What the head of a page tells machines: what it is about, how it looks where it is shared, tags
for citation, and schema.org in JSON-LD.

The book, its chapters, the data package and its tables. Claims and verdicts are not told:
schema.org has no word for "denied and unresolved", and this book rates nothing true or false.
"""

import json
import re
from itertools import accumulate

from docutils import nodes
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from sphinx.application import Sphinx

from chipbook.book.cards import template
from chipbook.book.domain import base, fact_ref
from chipbook.book.gates import with_class
from chipbook.book.site.build import whole
from chipbook.data import data_dir, package
from chipbook.publish import social
from chipbook.story.answers import sign, sign_in_words
from chipbook.story.downloads import FOLDER, sha256

LONGEST = 200
"""Characters of a description: about what a search engine and a shared card show of one."""


def embedded(text: str) -> Markup:
    """The JSON ``text`` for a script in a page: without what is empty, and no value is markup."""

    def filled(part: dict) -> dict:
        return {name: value for name, value in part.items() if value not in (None, "", [])}

    data = json.loads(text, object_hook=filled)
    return htmlsafe_json_dumps(data, ensure_ascii=False, separators=(",", ":"))


def in_a_minute(doctree: nodes.document) -> str:
    """As many sentences of the box "In one minute" as a description holds, the first in any case.

    A number with a cross is followed by what its cross means.
    """

    def said(node: nodes.Node) -> str:
        key = node["fact"] if isinstance(node, fact_ref) else ""
        return f"{node.astext()} ({sign_in_words(key)})" if key and sign(key) else node.astext()

    box = (node for found in with_class(doctree, "one-minute") for node in found[1])
    sentences = re.split(r"(?<=[.?!])\s", "".join(map(said, box)))
    first, *rest = accumulate(sentences, "{} {}".format)
    return [first, *(start for start in rest if len(start) <= LONGEST)][-1]


def describe(
    app: Sphinx, page: str, _template: str, context: dict, doctree: nodes.document
) -> None:
    """Put it in the head of each page of the book and of each table, by the ``context`` of it."""
    table, site = context.get("table"), base(app.config)
    if doctree is None and table is None:
        return
    if table:
        # Search engines drop a description below fifty characters.
        title, about = table["title"], f"{table['description']} A table of {package()['title']}."
    else:
        title = app.env.titles[page].astext()
        about = app.env.metadata[page].get("description") or in_a_minute(doctree)

    # Read for the few pages that tell of them.
    def files() -> dict[str, bytes]:
        return {table["path"]: (data_dir() / table["path"]).read_bytes()} if table else whole(app)

    told = {
        "page": page,
        "title": title,
        "about": about,
        "table": table,
        "files": files,
        "sha256": sha256,
        "folder": FOLDER,
        "package": package(),
        "config": app.config,
        "landing": page == app.config.root_doc,
        "numbered": page in app.env.toc_secnumbers,
        "site": site,
        # Absolute where the site has an address.
        "start": site or "../" * page.count("/"),
    }
    if site:
        svg, told["pictured"] = social.card(app, title, about, doctree)
        told["picture"] = social.write(app, page, svg)
    linked = embedded(template("linked-data.json").render(told))
    tags = template("head.html").render(told, linked=linked)
    context["metatags"] = "\n".join([context.get("metatags", ""), tags])
