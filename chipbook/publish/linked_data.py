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
from itertools import chain
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from chipbook.book import domain
from chipbook.book.cards import answers
from chipbook.book.domain import base, row_place, sources_by_id, table_page
from chipbook.data import data_dir, downloads, facts, package, resource, split
from chipbook.data.downloads import CROISSANT, FOLDER, sha256
from chipbook.data.words import DENIALS
from chipbook.publish.citation import citation_tags
from chipbook.story import claims
from chipbook.topics import article

MEDIA_TYPES = {
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".sqlite": "application/vnd.sqlite3",
    ".zip": "application/zip",
}


class Addresses:
    """Addresses as seen from the page ``here``; absolute where the site has an address."""

    def __init__(self, app: Sphinx, here: str) -> None:
        self.start = base(app.config) or "../" * here.count("/")

    def page(self, name: str, anchor: str = "") -> str:
        """The address of the page ``name``, or of the place ``anchor`` on it."""
        return f"{self.start}{name}.html" + (f"#{anchor}" if anchor else "")

    def row(self, table: str, key: str) -> str:
        """The permanent address of the row ``key`` of a ``table``."""
        return self.page(*row_place(table, key))

    def file(self, name: str) -> str:
        """The address of the file ``name`` of the data package."""
        return f"{self.start}{FOLDER}/{name}"


def metadata(app: Sphinx, pagename: str, title: str) -> dict:
    """What the page ``pagename`` with this ``title`` is, in the terms of schema.org."""
    to = Addresses(app, pagename)
    book = _book(app)
    table = pagename.removeprefix(table_page(""))
    if pagename == app.config.root_doc:
        return _graph(book, _package(to))
    if pagename == domain.DATA_PAGE:
        tables = [_table(to, entry) for entry in package()["resources"]]
        return _graph(_package(to) | {"isPartOf": book, "hasPart": tables})
    if table != pagename:
        whole = {"@type": "Dataset", "@id": to.page(*_PACKAGE), "name": package()["title"]}
        told = _whole_table(to, resource(table)) | {"isPartOf": whole}
        return _graph(told, *(_claims(to) if table == "claims" else ()))
    page = {
        # The pages of the story are numbered, those to look things up are not.
        "@type": "Chapter" if app.env.toc_secnumbers.get(pagename) else "CreativeWork",
        "@id": to.page(pagename),
        "name": title,
        "inLanguage": app.config.language,
        "license": book["license"],
        "isPartOf": book,
        "url": to.page(pagename) if base(app.config) else "",
    }
    return _graph(page, *(_statements(to) if pagename == domain.ARTICLE_PAGE else ()))


def _graph(*things: dict) -> dict:
    return {"@context": "https://schema.org", "@graph": _filled(list(things))}


def _filled(value: Any) -> Any:
    """Without what is empty, at any depth."""
    if isinstance(value, list):
        return [_filled(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {name: _filled(part) for name, part in value.items() if part not in (None, "", [])}


def _book(app: Sphinx) -> dict:
    return {
        "@type": "Book",
        "name": app.config.html_title or app.config.project,
        "author": _organization(app.config.author),
        "inLanguage": app.config.language,
        "license": edition()["license"],
        "url": base(app.config),
    }


# --- The data

_PACKAGE = (domain.DATA_PAGE, "package")


def edition() -> dict:
    """Version, day, license and makers of the data, in the terms of schema.org."""
    whole = package()
    return {
        "version": whole["version"],
        "datePublished": whole["created"][:10],
        "license": whole["licenses"][0]["path"],
        "creator": [_organization(maker["title"]) for maker in whole["contributors"]],
    }


def _organization(name: str) -> dict:
    return {"@type": "Organization", "name": name}


def _package(to: Addresses) -> dict:
    """The data package as a ``Dataset``, with what can be had of the whole."""
    whole = package()
    all_tables = f"{whole['title']}, all tables"
    return {
        "@type": "Dataset",
        "@id": to.page(*_PACKAGE),
        "name": whole["title"],
        "description": whole["description"],
        "url": to.page(domain.DATA_PAGE),
        **edition(),
        "keywords": whole["keywords"],
        "isAccessibleForFree": True,
        "variableMeasured": [
            entry["title"]
            for entry in whole["resources"]
            if any(field["name"] == "value" for field in entry["schema"]["fields"])
        ],
        "distribution": [_download(to, *file, all_tables) for file in downloads.files().items()],
        "subjectOf": {
            "@type": "DigitalDocument",
            "name": "Croissant description",
            "url": to.file(CROISSANT),
            "encodingFormat": "application/ld+json",
        },
    }


def _table(to: Addresses, entry: dict) -> dict:
    """A table as a ``Dataset``, without its files and columns."""
    page = to.page(table_page(entry["name"]))
    return {
        "@type": "Dataset",
        "@id": f"{page}#table",
        "name": entry["title"],
        "alternateName": entry["name"],
        # Search engines drop a description below fifty characters.
        "description": f"{entry['description']} A table of {package()['title']}.",
        "url": page,
        "license": entry["licenses"][0]["path"],
        "creator": edition()["creator"],
    }


def _whole_table(to: Addresses, entry: dict) -> dict:
    title, csv, parquet = entry["title"], entry["path"], f"{entry['name']}.parquet"
    return {
        **_table(to, entry),
        **edition(),
        "isAccessibleForFree": True,
        "variableMeasured": [
            {
                "@type": "PropertyValue",
                "name": field["name"],
                "description": field["description"],
                "unitText": field.get("unit"),
            }
            for field in entry["schema"]["fields"]
        ],
        "distribution": [
            _download(to, csv, (data_dir() / csv).read_bytes(), title),
            _download(to, parquet, downloads.tables()[parquet], f"{title}, typed"),
        ],
    }


def _download(to: Addresses, name: str, content: bytes, title: str) -> dict:
    return {
        "@type": "DataDownload",
        "name": title,
        "contentUrl": to.file(name),
        "encodingFormat": MEDIA_TYPES[Path(name).suffix],
        "contentSize": f"{len(content)} B",
        "sha256": sha256(content),
    }


# --- The claims


def _claims(to: Addresses) -> Iterator[dict]:
    """Every row of claims as a ``Claim``; schema.org has no terms for what one does to another.

    ``isBasedOn`` are the claims that it retells, ``subjectOf`` the claims that deny, confirm,
    correct, supersede or contradict it, ``about`` the reverse; ``description`` says it in words.
    """
    done = [relation for relation in claims.relations() if relation.relation in claims.DONE]
    for claim in claims.claims().values():
        yield {
            "@type": "Claim",
            "@id": to.row("claims", claim.id),
            "name": claim.id,
            "text": claim.statement,
            "description": " ".join(_standing(claim.id)),
            # A speaker can be a firm, a person or "two people": only the name is known.
            "author": {"name": claim.speaker},
            "datePublished": claim.date,
            "appearance": [_page(to, key) for key in claim.source_ids],
            "firstAppearance": [_page(to, key) for key in _first_pages(claim.id)],
            "isBasedOn": _named(to, claims.retold(claim.id)),
            "about": _named(to, [r.other_id for r in done if r.claim_id == claim.id]),
            "subjectOf": _named(to, [r.claim_id for r in done if r.other_id == claim.id]),
        }


def _standing(claim_id: str) -> Iterator[str]:
    today = package()["created"][:10]
    yield f"Standing on {today}: {claims.state(claim_id, today).words}."
    for other in claims.roots(claim_id):
        if other != claim_id:
            words = claims.state(other, today).words
            yield f"It goes back to {other}; standing of that: {words}."


def _named(to: Addresses, ids: list[str]) -> list[dict]:
    return [{"@id": to.row("claims", id_)} for id_ in dict.fromkeys(ids)]


def _first_pages(claim_id: str) -> list[str]:
    """The first page of each origin, where the claim came down from it without being misread.

    A misread report says something else, so its page is no appearance of the claim.
    """
    ways = ("relays", "restates")
    links = [r for r in claims.relations() if r.claim_id == claim_id and r.relation in ways]
    found = [
        _first_pages(other) if claims.retold(other) else claims.claims()[other].source_ids[:1]
        for other in (link.other_id for link in links)
    ]
    return list(dict.fromkeys(chain.from_iterable(found)))


def _page(to: Addresses, key: str) -> dict:
    source = sources_by_id()[key]
    return {
        "@type": "CreativeWork",
        "@id": to.page(domain.SOURCES_PAGE, f"source-{key}"),
        "name": source["title"] or source["url"],
        "url": source["url"],
        "inLanguage": source["language"],
        "datePublished": source["published"],
        "publisher": _organization(source["publisher"]),
    }


def _statements(to: Addresses) -> Iterator[dict]:
    """Every sentence of the article as a ``Claim``, with the verdict on its fidelity."""
    # What the article leaves out is none of its claims.
    for row in article.statements().query("said").to_dict("records"):
        where = to.row("article_statements", row["id"])
        others = (key for key in split(row["source_ids"]) if key != article.ARTICLE)
        yield {
            "@type": "Claim",
            "@id": where,
            "name": row["subject"],
            "text": row["clause"],
            "appearance": _page(to, article.ARTICLE),
            "subjectOf": _denials(split(row["fact_ids"])),
            "review": {
                "@type": "Review",
                "itemReviewed": {"@id": where},
                "reviewAspect": "fidelity to the report that it retells",
                "reviewBody": f"{row['verdict'].capitalize()}. {row['reason']}",
                "author": edition()["creator"],
                "isBasedOn": [_page(to, key) for key in others],
            },
        }


def _denials(keys: list[str]) -> list[dict]:
    """The answers that contest a figure, as claims of the company that gave them."""
    found = {
        answer["id"]: {
            "@type": "Claim",
            "name": f"Answer: {answer['response_type']}",
            "text": answer["response"],
            "author": _organization(answer["company"]),
            "datePublished": answer["response_date"],
        }
        for fact in map(facts.fact, keys)
        for answer in answers(fact)
        if answer["id"] in fact.answered and answer["response_type"] in DENIALS
    }
    return list(found.values())


# --- In the page


def script(data: dict) -> str:
    """A block of ``data`` for the head of a page; no value can end it early."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/ld+json">{text}</script>'


def _add(app: Sphinx, page: str, _template: str, context: dict, doctree: object) -> None:
    """Put it, and the tags for citation, in the head of each page of the book and of each table."""
    if app.builder.name != "html" or (doctree is None and "table" not in context):
        return
    title = context["title"] if doctree is None else app.env.titles[page].astext()
    tags = [citation_tags(app, page, title), script(metadata(app, page, title))]
    context["metatags"] = "\n".join([context.get("metatags", ""), *tags])


def setup(app: Sphinx) -> None:
    """Register what stands in the head of a page."""
    app.connect("html-page-context", _add)
