"""What a page tells machines: schema.org in JSON-LD.

Nothing is rated true or false. A contested claim is a ``Claim`` with its pages, and what denies it
is named beside it (``subjectOf``); it is no ``ClaimReview``, since a ClaimReview rates whether what
it reviews is true, and these are unresolved. A verdict on the article is about fidelity: whether a
sentence says what the report says. It is a plain ``Review`` of the sentence, whose ``reviewAspect``
says so and which has no ``reviewRating``, since a number would be read as a rating of truth.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from chipbook.book.cards import answers
from chipbook.book.domain import (
    ARTICLE_PAGE,
    DATA_PAGE,
    SOURCES_PAGE,
    base,
    row_place,
    sources_by_id,
    table_page,
)
from chipbook.data import downloads, facts, package, resource, split
from chipbook.data.downloads import CROISSANT, FOLDER, sha256
from chipbook.data.words import DENIALS
from chipbook.publish.citation import citation_tags
from chipbook.story import claims
from chipbook.story.answers import denied
from chipbook.topics import article

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".sqlite": "application/vnd.sqlite3",
    ".zip": "application/zip",
}


class Addresses:
    """Addresses as seen from one page; absolute where the site has an address."""

    def __init__(self, app: Sphinx, here: str) -> None:
        self.start = base(app.config) or "../" * here.count("/")

    def page(self, name: str, anchor: str = "") -> str:
        """The address of a page, or of a place on it."""
        return f"{self.start}{name}.html" + (f"#{anchor}" if anchor else "")

    def row(self, table: str, row: str) -> str:
        """The permanent address of a row."""
        return self.page(*row_place(table, row))

    def file(self, name: str) -> str:
        """The address of a file of the data package."""
        return f"{self.start}{FOLDER}/{name}"


def metadata(app: Sphinx, pagename: str, title: str) -> dict:
    """What the page is, in the terms of schema.org."""
    to = Addresses(app, pagename)
    book = _book(app)
    name = pagename.removeprefix(table_page(""))
    if pagename == app.config.root_doc:
        return _graph(book, _package(to))
    if pagename == DATA_PAGE:
        whole = _package(to) | {"isPartOf": book}
        whole["hasPart"] = [_table(to, entry) for entry in package()["resources"]]
        return _graph(whole)
    if name != pagename:
        whole = {"@type": "Dataset", "@id": _package(to)["@id"], "name": package()["title"]}
        table = _table(to, resource(name), whole=True) | {"isPartOf": whole}
        return _graph(table, *(_claims(to) if name == "claims" else ()))
    # The pages of the story are numbered, those to look things up are not.
    page = {
        "@type": "Chapter" if app.env.toc_secnumbers.get(pagename) else "CreativeWork",
        "@id": to.page(pagename),
        "name": title,
        "inLanguage": app.config.language,
        "license": book["license"],
        "isPartOf": book,
    }
    if site := base(app.config):
        page["url"] = f"{site}{pagename}.html"
    return _graph(page, *(_statements(to) if pagename == ARTICLE_PAGE else ()))


def _graph(*things: dict) -> dict:
    return {"@context": "https://schema.org", "@graph": list(things)}


def _book(app: Sphinx) -> dict:
    site = base(app.config)
    return {
        "@type": "Book",
        "name": app.config.html_title or app.config.project,
        "author": {"@type": "Organization", "name": app.config.author},
        "inLanguage": app.config.language,
        "license": package()["licenses"][0]["path"],
    } | ({"url": site} if site else {})


# --- The data


def _package(to: Addresses) -> dict:
    """The data package as a ``Dataset``, with what can be had of the whole."""
    whole = package()
    figures = [
        entry["title"]
        for entry in whole["resources"]
        if any(field["name"] == "value" for field in entry["schema"]["fields"])
    ]
    offered = [
        _download(to, name, f"{whole['title']}, all tables", len(content), sha256(content))
        for name, content in downloads.files().items()
    ]
    return {
        "@type": "Dataset",
        "@id": to.page(DATA_PAGE, "package"),
        "name": whole["title"],
        "description": whole["description"],
        "url": to.page(DATA_PAGE),
        "version": whole["version"],
        "datePublished": whole["created"][:10],
        "license": whole["licenses"][0]["path"],
        "creator": _creators(),
        "keywords": whole["keywords"],
        "isAccessibleForFree": True,
        "variableMeasured": figures,
        "distribution": offered,
        "subjectOf": {
            "@type": "DigitalDocument",
            "name": "Croissant description",
            "url": to.file(CROISSANT),
            "encodingFormat": "application/ld+json",
        },
    }


def _creators() -> list[dict]:
    return [{"@type": "Organization", "name": p["title"]} for p in package()["contributors"]]


def _table(to: Addresses, entry: dict, *, whole: bool = False) -> dict:
    """A table as a ``Dataset``; the ``whole`` of it has its files and its columns too."""
    name = entry["name"]
    page = to.page(table_page(name))
    about = {
        "@type": "Dataset",
        "@id": f"{page}#table",
        "name": entry["title"],
        "alternateName": name,
        # Search engines drop a description below fifty characters.
        "description": f"{entry['description']} A table of {package()['title']}.",
        "url": page,
        "license": entry["licenses"][0]["path"],
        "creator": _creators(),
    }
    if not whole:
        return about
    parquet = downloads.tables()[f"{name}.parquet"]
    return about | {
        "version": package()["version"],
        "datePublished": package()["created"][:10],
        "isAccessibleForFree": True,
        "variableMeasured": [
            {"@type": "PropertyValue", "name": field["name"], "description": field["description"]}
            | ({"unitText": field["unit"]} if "unit" in field else {})
            for field in entry["schema"]["fields"]
        ],
        "distribution": [
            _download(to, entry["path"], entry["title"], entry["bytes"], entry["hash"][7:]),
            _download(
                to, f"{name}.parquet", f"{entry['title']}, typed", len(parquet), sha256(parquet)
            ),
        ],
    }


def _download(to: Addresses, name: str, title: str, size: int, sha256: str) -> dict:
    return {
        "@type": "DataDownload",
        "name": title,
        "contentUrl": to.file(name),
        "encodingFormat": MEDIA_TYPES[Path(name).suffix],
        "contentSize": f"{size} B",
        "sha256": sha256,
    }


# --- The claims


def _claims(to: Addresses) -> Iterator[dict]:
    """Every row of claims as a ``Claim``; schema.org has no terms for what one does to another.

    ``isBasedOn`` are the claims that it retells, ``subjectOf`` the claims that deny, confirm,
    correct, supersede or contradict it, ``about`` the reverse; ``description`` says it in words.
    """
    today = package()["created"][:10]
    for claim in claims.claims().values():
        done_to = [r for r in claims.relations() if r.other_id == claim.id]
        does = [r for r in claims.relations() if r.claim_id == claim.id]
        standing = [f"Standing on {today}: {claims.state(claim.id, today).words}."]
        for other in claims.origins(claim.id):
            words = claims.state(other, today).words
            if other != claim.id:
                standing.append(f"It goes back to {other}; standing of that: {words}.")
        yield _filled(
            {
                "@type": "Claim",
                "@id": to.row("claims", claim.id),
                "name": claim.id,
                "text": claim.statement,
                "description": " ".join(standing),
                # A speaker can be a firm, a person or "two people": only the name is known.
                "author": {"name": claim.speaker},
                "datePublished": claim.date,
                "appearance": [_page(to, key) for key in claim.source_ids],
                "firstAppearance": [_page(to, key) for key in _first_pages(claim.id)],
                "isBasedOn": _named(to, claims.retold(claim.id)),
                "about": _named(to, [r.other_id for r in does if r.relation in claims.DONE]),
                "subjectOf": _named(to, [r.claim_id for r in done_to if r.relation in claims.DONE]),
            }
        )


def _named(to: Addresses, ids: list[str]) -> list[dict]:
    return [{"@id": to.row("claims", id_)} for id_ in dict.fromkeys(ids)]


def _first_pages(claim_id: str) -> list[str]:
    """The first page of each origin, where the claim came down from it without being misread.

    A misread report says something else, so its page is no appearance of the claim.
    """
    found: dict[str, None] = {}
    for relation in claims.relations():
        if relation.claim_id == claim_id and relation.relation in ("relays", "restates"):
            other = relation.other_id
            if claims.retold(other):
                found |= dict.fromkeys(_first_pages(other))
            else:
                found[claims.claims()[other].source_ids[0]] = None
    return list(found)


def _page(to: Addresses, key: str) -> dict:
    source = sources_by_id()[key]
    return _filled(
        {
            "@type": "CreativeWork",
            "@id": to.page(SOURCES_PAGE, f"source-{key}"),
            "name": source["title"] or source["url"],
            "url": source["url"],
            "inLanguage": source["language"],
            "datePublished": source["published"],
            "publisher": {"@type": "Organization", "name": source["publisher"]},
        }
    )


def _filled(thing: dict) -> dict:
    return {name: value for name, value in thing.items() if value not in (None, "", [])}


def _statements(to: Addresses) -> Iterator[dict]:
    """Every sentence of the article as a ``Claim``, with the verdict on its fidelity."""
    # What the article leaves out is none of its claims.
    for row in article.statements().query("said").to_dict("records"):
        where = to.row("article_statements", row["id"])
        yield _filled(
            {
                "@type": "Claim",
                "@id": where,
                "name": row["subject"],
                "text": row["here"],
                "appearance": _page(to, article.ARTICLE),
                "subjectOf": _denials(split(row["fact_ids"])),
                "review": _filled(
                    {
                        "@type": "Review",
                        "itemReviewed": {"@id": where},
                        "reviewAspect": "fidelity to the report that it retells",
                        "reviewBody": row["judged"],
                        "author": _creators(),
                        "isBasedOn": [_page(to, key) for key in _others(row["source_ids"])],
                    }
                ),
            }
        )


def _others(cell: str) -> list[str]:
    return [key for key in split(cell) if key != article.ARTICLE]


def _denials(keys: list[str]) -> list[dict]:
    """The answers that contest a figure, as claims of the company that gave them."""
    found = {}
    for fact in (facts.fact(key) for key in keys):
        for answer in answers(fact) if denied(fact) else ():
            if answer["id"] in fact.answered and answer["response_type"] in DENIALS:
                found[answer["id"]] = {
                    "@type": "Claim",
                    "name": f"Answer: {answer['response_type']}",
                    "text": answer["response"],
                    "author": {"@type": "Organization", "name": answer["company"]},
                    "datePublished": answer["response_date"],
                }
    return [_filled(claim) for claim in found.values()]


# --- In the page


def script(data: dict) -> str:
    """A block of data for the head of a page; no value can end it early."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def add(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Put it, and the tags for citation, in the head of each page of the book and of each table."""
    if app.builder.name != "html" or (doctree is None and "table" not in context):
        return
    title = context["title"] if doctree is None else app.env.titles[pagename].astext()
    tags = [citation_tags(app, pagename, title), script(metadata(app, pagename, title))]
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def setup(app: Sphinx) -> None:
    """Register what stands in the head of a page."""
    app.connect("html-page-context", add)
