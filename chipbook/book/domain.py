"""What each page uses, where everything stands, and the roles that lead there.

The Sphinx domain ``chip`` keeps what a page uses while it is read, and hands every number, source,
row and claim to ``objects.inv``, so that another book can cite them. No kernel takes part: a number
is read from the data package when the page is read, so prose rebuilds fast and cannot show what a
cached notebook once computed.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, KeysView
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from docutils import nodes
from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from chipbook.book.lines import line, link
from chipbook.data import BOOK, date_words, facts, sources
from chipbook.data.braces import KEY as KEY_IN_BRACES
from chipbook.data.quantity import FORMS
from chipbook.data.words import STRENGTHS
from chipbook.story.answers import DENIED, RESTS, sign, sign_in_words
from chipbook.story.claims import claims
from chipbook.story.disagreements import disagreements

logger = logging.getLogger(__name__)

CHANGES_PAGE = "chapters/changes"
DATA_PAGE = "chapters/data"
DISAGREEMENTS_PAGE = "chapters/disagreements"
KNOWN_PAGE = "chapters/known-when"
NUMBERS_PAGE = "chapters/numbers"
SOURCES_PAGE = "chapters/sources"

Kind = Literal["numbers", "sources", "panels", "headlines", "lists", "texts"]
"""The kinds of things that a page uses.

"lists" are those that need every page to be read; "texts" is the digest of what a page shows of
itself elsewhere.
"""

STORY = "The story"
"""Caption of the part of ``_toc.yml`` that holds the chapters."""

Fill = Callable[[Sphinx, str], Iterable[nodes.Node]]
"""Writes a part of a page, given its name, once every page is read."""


# --- The domain

CITED = {kind: ObjType(kind) for kind in ("number", "source", "row", "claim")}
"""What another book can cite."""

NOTHING_YET: dict[str, Any] = {"pages": {}, "opened": {}}


class BookDomain(Domain):
    """``data["pages"]``: page → kind → the keys that it uses, as a dict that keeps their order.

    ``data["opened"]`` are the tables that the cells of a page loaded (:mod:`chipbook.book.reads`).
    """

    name = "chip"
    label = "Chips and Denials"
    object_types = CITED
    initial_data = NOTHING_YET

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        self.written: set[str] = set()
        """Pages that this build wrote."""

    def clear_doc(self, docname: str) -> None:
        """Drop what the page ``docname`` used before it is read again."""
        self.data["pages"].pop(docname, None)

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """All that has a permanent address, as name, words, type, page, anchor and priority."""
        pages = self.env.found_docs
        if NUMBERS_PAGE in pages:
            for key in (*facts, *listed_rows(self.env)):
                yield key, str(facts[key]), "number", NUMBERS_PAGE, f"fact-{anchor(key)}", -1
        if SOURCES_PAGE in pages:
            for key, source in sources_by_id().items():
                yield key, short_name(source), "source", SOURCES_PAGE, f"source-{key}", -1
        if KNOWN_PAGE in pages:
            for key, claim in claims().items():
                yield key, f"{claim.speaker}, {claim.date}", "claim", KNOWN_PAGE, f"claim-{key}", -1
        if DATA_PAGE in pages:
            for name in BOOK.names:
                for key in BOOK.rows(name):
                    yield f"{name}/{key}", "-", "row", *row_place(name, key), -1

    def resolve_any_xref(self, *_: object) -> list:
        """Nothing: this book names its keys by roles of its own."""
        return []


def domain_of(env: BuildEnvironment) -> BookDomain:
    """The domain of a build."""
    return cast(BookDomain, env.get_domain(BookDomain.name))


def used(env: BuildEnvironment, kind: Kind) -> dict[str, KeysView[str]]:
    """Page → the keys of a ``kind`` that it uses, in the order in which they were noted."""
    pages = domain_of(env).data["pages"]
    return {page: kinds[kind].keys() for page, kinds in pages.items() if kind in kinds}


def all_written(env: BuildEnvironment) -> bool:
    """Whether the build wrote every page: then something changed that they share.

    Data, code, settings, titles, numbers and where they are used are shared. Where they are as they
    were, so is all that is made of nothing else.
    """
    return env.found_docs <= domain_of(env).written


def note_page(app: Sphinx, pagename: str, *_: object) -> None:
    """Remember the page ``pagename`` of this build; none but Sphinx knows that of the search."""
    domain_of(app.env).written.add(pagename)


def use(env: BuildEnvironment, kind: Kind, keys: Iterable[str], page: str = "") -> None:
    """Note that a page, or the one being read, uses these keys of a ``kind``."""
    kinds = domain_of(env).data["pages"].setdefault(page or env.docname, {})
    kinds.setdefault(kind, {}).update(dict.fromkeys(keys))


def where_used(env: BuildEnvironment) -> dict[str, list[tuple[str, str]]]:
    """For each number the pages that print it: name and title."""
    found: dict[str, list[tuple[str, str]]] = {}
    for page, keys in sorted(used(env, "numbers").items()):
        for key in keys:
            found.setdefault(key, []).append((page, env.titles[page].astext()))
    return found


def listed_rows(env: BuildEnvironment) -> list[str]:
    """Rows of other tables (``table/id``) that are numbers of the book: used, or named by one."""
    keys = set().union(*used(env, "numbers").values())
    keys.update(part for key in facts for part in facts[key].inputs)
    keys.update(key for found in disagreements().values() for key in found.rows)
    return sorted(key for key in keys if "/" in key)


def note_sources(env: BuildEnvironment, ids: Iterable[str], line: int | None) -> None:
    """Note that the page being read rests on the sources ``ids``.

    An unknown one is a warning (an error) at the ``line`` of the page.
    """
    known = sources_by_id().keys() & set(ids)
    for key in sorted(set(ids) - known):
        where = (env.docname, line)
        logger.warning("unknown source %r in the output of a cell", key, location=where)
    use(env, "sources", sorted(known))


def story(app: Sphinx) -> set[str]:
    """The pages of the part :data:`STORY`; none in a book without a ``_toc.yml``."""
    toc = getattr(app.config, "external_site_map", None)
    parts = toc.root.subtrees if toc else ()
    return {str(page) for part in parts if part.caption == STORY for page in part.files()}


# --- Lists: what a page can say only when every page is read


class place(nodes.General, nodes.Element):
    """Where a list will stand; ``fill`` writes it."""


class FillPlaces(SphinxPostTransform):
    """Writes each list of a page, before folded admonitions become ``<details>``."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        """Put what each place is filled with where it stands."""
        for spot in list(self.document.findall(place)):
            spot.replace_self(list(spot["fill"](self.app, self.env.docname)))


def add_list(app: Sphinx, name: str, fill: Fill, *, of_book: bool = True) -> None:
    """Register the directive ``{name}``, in whose place ``fill`` writes.

    A page with a list ``of_book`` says what other pages use, so it is written anew with them.
    """

    class List(SphinxDirective):
        """Leaves a place, which is filled when the page is written."""

        def run(self) -> list[nodes.Node]:
            if of_book:
                use(self.env, "lists", [name])
            return [place(fill=fill)]

    app.add_directive(name, List)


# --- Addresses


def address(app: Sphinx, here: str, page: str, target: str = "") -> str:
    """The address of a page, or of a ``target`` on it, as seen from the page ``here``."""
    uri = app.builder.get_relative_uri(here, page)
    return f"{uri}#{target}" if target else uri


def page_link(app: Sphinx, here: str, page: str, target: str = "") -> nodes.reference:
    """A link from ``here`` to a page, or to a ``target`` on it, that reads as the page's title."""
    return link(app.env.titles[page].astext(), address(app, here, page, target))


def anchor(key: str) -> str:
    """The id of a number in a page: a slash in a key would need escaping in every selector."""
    return key.replace("/", "--")


def table_page(name: str) -> str:
    """The page of the table ``name`` (:mod:`chipbook.book.pages.rows`)."""
    return f"tables/{name}"


def row_place(table: str, row: str) -> tuple[str, str]:
    """Page and anchor of a row of a ``table``; of a source they lead to its entry."""
    if table == "sources":
        return SOURCES_PAGE, f"source-{row}" if row else ""
    return table_page(table), f"row-{row}" if row else ""


def base(config: Config) -> str:
    """The address the site is published at, ending in ``/``, or nothing when it is not known."""
    return config.html_baseurl.rstrip("/") + "/" if config.html_baseurl else ""


def is_notebook(env: BuildEnvironment, docname: str) -> bool:
    """Whether the page ``docname`` has cells that run."""
    return is_myst_markdown_notebook(Path(env.doc2path(docname)).read_text(encoding="utf-8"))


# --- Sources


@cache
def sources_by_id() -> dict[str, dict]:
    """Every source as a plain dict, by its id; an empty cell is None."""
    table = sources()
    return table.astype(object).where(table.notna(), None).to_dict("index")


def by_strength(keys: Iterable[str]) -> list[str]:
    """The ids ``keys`` of sources, the strongest first, otherwise in the order given."""
    return sorted(keys, key=lambda key: STRENGTHS.index(sources_by_id()[key]["strength"]))


def short_name(source: dict) -> str:
    """Publisher and day of a ``source``, for a line of prose: ``Reuters, 23 Jan 2025``.

    Two pages must be told apart: where another has the same, through whom it was seen stays. Of a
    date as far as it is known: ``Jan 2025``, ``2025``, or nothing.
    """
    short, whole = _names_of(source)
    return short if _short_names()[short] < 2 else whole


@cache
def _short_names() -> Counter[str]:
    return Counter(_names_of(source)[0] for source in sources_by_id().values())


def _names_of(source: dict) -> list[str]:
    publisher, day = source["publisher"], date_words(source["published"], "%b")
    names = (re.sub(r"\s*\(.*\)$", "", publisher), publisher)
    return [", ".join(filter(None, (name, day))) for name in names]


# --- Roles

CLASSES = {DENIED: "contested", RESTS: "rests"}
"""The class of what carries a cross."""


class fact_ref(nodes.inline):
    """A number in prose; its text is in it, so formats without cards need no visitor."""


class source_ref(nodes.inline):
    """A link to a source's place on the page of sources."""


def number(key: str, text: str = "", rawtext: str = "") -> fact_ref:
    """The number ``key``, that opens its card and carries its cross.

    It reads as ``text`` (``rawtext`` in the source), or as the whole number; the page has to use
    it.
    """
    text = text or str(facts[key])
    node = fact_ref(rawtext, text, classes=["fact"], fact=key)
    if word := sign(key):
        node["classes"].append(CLASSES[word])
    return node


def with_numbers(env: BuildEnvironment, template: str) -> Iterator[nodes.Node]:
    """The nodes of a ``template``, a text with numbers as keys in braces, which the page uses."""
    end = 0
    for match in KEY_IN_BRACES.finditer(template):
        yield nodes.Text(template[end : match.start()])
        use(env, "numbers", [match[1]])
        yield number(match[1], format(facts[match[1]], match[2] or ""), match[0])
        end = match.end()
    yield nodes.Text(template[end:])


class BookRole(SphinxRole):
    """A role whose text is a key of the data."""

    def unknown(self, message: str, *values: object) -> tuple[list[nodes.Node], list]:
        """Warn with a ``message`` for its values, file and line, which fails the build."""
        logger.warning(message, *values, location=(self.env.docname, self.lineno))
        return [nodes.problematic(self.rawtext, self.rawtext)], []


class FactRole(BookRole):
    """``{fact}`id``` prints the number, ``{fact}`id|cap``` in another of its forms (FORMS)."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The number as a node, or a warning with the near ids."""
        key, _, form = (part.strip() for part in self.text.partition("|"))
        if key not in facts:
            return self.unknown("unknown fact %r: %s", key, facts.near(key))
        if form not in FORMS:
            return self.unknown("unknown form %r of a fact: %s", form, FORMS[1:])
        use(self.env, "numbers", [key])
        node = number(key, format(facts[key], form), self.rawtext)
        node["form"] = form
        return [node], []


class SourceRole(BookRole):
    """``{source}`id``` prints publisher and year, linked to the entry of the source."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The link, or a warning for an unknown id."""
        key = self.text.strip()
        if key not in sources_by_id():
            return self.unknown("unknown source %r", key)
        use(self.env, "sources", [key])
        name = short_name(sources_by_id()[key])
        return [source_ref(self.rawtext, name, classes=["src"], source=key)], []


# --- The key of the crosses

KEY = {
    DENIED: "× denied or disputed in an answer",
    RESTS: "(×) rests on a report that was denied",
}
"""What a page says of each cross; it begins with it."""

HOLDERS = (nodes.section, nodes.document, nodes.container, nodes.Admonition)
"""What the key of the crosses can stand in."""


class CrossKey(SphinxPostTransform):
    """Says what the crosses of a page mean, in a line by the block with the first of them.

    The line stands under a paragraph or steps, and over what may be long, as a table or a list.
    """

    default_priority = 6  # after the lists are filled

    def run(self, **kwargs: object) -> None:
        """Put the line there, with the crosses that the page has."""
        block, said = None, set[str]()
        for node in self.document.findall(nodes.Element):
            # A number in prose, or those of a part of a page as HTML.
            keys = [node["fact"]] if isinstance(node, fact_ref) else node.get("facts", [])
            said.update(map(sign, keys))
            block = block or (node if said & KEY.keys() else None)
        if block is None:
            return
        # The title of a fold becomes the line that opens it, and stays its first part.
        while isinstance(block, nodes.title) or not isinstance(block.parent, HOLDERS):
            block = block.parent
        words = [KEY[word] for word in KEY if word in said]
        key = line(" · ".join(words), ".", classes=["cross-key"])
        under = isinstance(block, nodes.paragraph | nodes.enumerated_list)
        block.parent.insert(block.parent.index(block) + under, key)


# --- Writers


def fact_start(builder: Builder, here: str, key: str, form: str = "") -> str:
    """The start of the link of the number ``key``, in a ``form``, on the page ``here``.

    ``builder`` writes that page. One that lists hundreds of numbers without using them (what
    changed) holds no cards.
    """
    href = builder.get_relative_uri(here, NUMBERS_PAGE)
    held = key in used(builder.env, "numbers").get(here, ())
    card = f' data-card="card-{anchor(key)}" data-form="{form}"' if held else ""
    classes = f"fact {CLASSES.get(sign(key), '')}".strip()
    return f'<a class="{classes}" href="{href}#fact-{anchor(key)}"{card}>'


def fact_end(key: str) -> str:
    """The end of the link of the number ``key``: what its cross means, if one does not see it."""
    said = f'<span class="denied-mark"> ({sign_in_words(key)})</span>' if sign(key) else ""
    return f"{said}</a>"


def visit_fact(self, node: fact_ref) -> None:
    """A link to the permanent place of a number; cards.js opens its card, if the page has it."""
    here, form = self.builder.current_docname, node.get("form", "")
    self.body.append(fact_start(self.builder, here, node["fact"], form))


def visit_source(self, node: source_ref) -> None:
    """A link to the entry on the page of sources; a mark is its number, which tells its name."""
    href = self.builder.get_relative_uri(self.builder.current_docname, SOURCES_PAGE)
    start = f'<a class="src" href="{href}#source-{node["source"]}"'
    if "mark" in node:
        name, mark = self.attval(node.astext()), node["mark"]
        self.body.append(f'{start} title="{name}" aria-label="{mark}: {name}">{mark}</a>')
        raise nodes.SkipNode
    self.body.append(f"{start}>")


def depart_link(self, node: nodes.inline) -> None:
    """Close the link of a number or a source."""
    self.body.append(fact_end(node["fact"]) if "fact" in node else "</a>")
