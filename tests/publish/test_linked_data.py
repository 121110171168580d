"""What pages tell machines: JSON-LD and tags for citation; all without a network."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import small_book
import yaml
from conftest import toc_pages
from hatchling.builders.wheel import WheelBuilder
from pyld import jsonld

from chipbook.data import package
from chipbook.publish.linked_data import embedded
from chipbook.story import downloads

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = json.loads(
    (ROOT / "tests/fixtures/schema-org/vocabulary.json").read_text(encoding="utf-8")
)
RESOURCES = package()["resources"]
SCHEMA = "https://schema.org/"
HOST = "https://book.example/"

# What a thing of each type must say, beyond what it may.
REQUIRED = {
    "Book": {"name", "author", "inLanguage", "license"},
    "Chapter": {"name", "isPartOf", "license"},
    "CreativeWork": {"name"},
    "DataDownload": {"contentUrl", "encodingFormat", "contentSize", "sha256"},
    "PropertyValue": {"name", "description"},
    "Organization": {"name"},
    "DigitalDocument": {"url"},
}
DATASET = {"name", "description", "license", "creator", "url"}


def html(site: Path, page: str) -> str:
    return (site / f"{page}.html").read_text(encoding="utf-8")


def block(site: Path, page: str) -> dict:
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html(site, page))
    assert len(found) == 1, page
    return json.loads(found[0])


def things(site: Path, page: str, kind: str) -> list[dict]:
    return [thing for thing in walk(block(site, page)["@graph"]) if thing.get("@type") == kind]


def walk(value: object) -> Iterator[dict]:
    """Every node, the outer before those in it."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from walk(part)


def loader(url: str, options: dict) -> dict:
    """The context of schema.org as far as it matters here, from no network."""
    assert url == "https://schema.org", url
    context = {"@vocab": SCHEMA, "url": {"@type": "@id"}, "contentUrl": {"@type": "@id"}}
    return {"contextUrl": None, "documentUrl": url, "document": {"@context": context}}


def properties(kind: str) -> set[str]:
    """Those of a type of schema.org and of all that it is a kind of."""
    parents, own = VOCABULARY[kind]
    return set(own).union(*map(properties, parents))


def faults(data: dict, page: str, site: Path) -> list[str]:
    """What is wrong with the metadata of a page, a line each."""
    found = []
    for node in walk(data["@graph"]):
        kind = node.get("@type")
        said = {name for name in node if not name.startswith("@")}
        if kind is None:  # a reference
            found += [f"no type: {node}"] if said or not node else []
            continue
        if kind not in VOCABULARY:
            found.append(f"{kind} is no type of schema.org")
            continue
        found += [f"{kind} has no property {name}" for name in sorted(said - properties(kind))]
        whole = "distribution" in node or "isPartOf" not in data
        required = DATASET if kind == "Dataset" and whole and len(said) > 1 else set()
        missing = (REQUIRED.get(kind, set()) | required) - said
        found += [f"{kind} says no {name}: {node.get('name')}" for name in sorted(missing)]
        empty = [name for name, value in node.items() if value in (None, "", [], {})]
        found += [f"{kind}: {name} is empty" for name in empty]
    (document,) = [data]
    expanded = jsonld.expand(document, {"documentLoader": loader, "base": f"{HOST}{page}.html"})
    kept = sum(name.startswith(SCHEMA) for node in walk(expanded) for name in node)
    said = sum(not name.startswith("@") for node in walk(data["@graph"]) for name in node)
    if kept != said:
        found.append(f"{said - kept} terms are lost when it is expanded")
    for node in walk(expanded):
        if address := node.get("@id"):
            found += broken(address, site)
    return found


def broken(address: str, site: Path) -> list[str]:
    """Whether an address within the site leads nowhere."""
    if not address.startswith(HOST):
        return []
    parts = urlsplit(address)
    path = site / unquote(parts.path).lstrip("/")
    if not path.is_file():
        return [f"no file {parts.path}"]
    if parts.fragment and f'id="{parts.fragment}"' not in path.read_text(encoding="utf-8"):
        return [f"no place {parts.path}#{parts.fragment}"]
    return []


TABLES = [f"tables/{entry['name']}" for entry in RESOURCES]
SMALL = ["index", *(f"chapters/{n}" for n in ("one", "article", "numbers", "sources", "data"))]


@pytest.mark.parametrize("page", [*SMALL, *TABLES])
def test_each_page_of_a_small_book_is_sound(small, page):
    assert faults(block(small, page), page, small) == []


@pytest.mark.parametrize("page", [*toc_pages(), *TABLES])
def test_each_page_of_the_book_is_sound(site, page):
    assert faults(block(site, page), page, site) == []


def test_the_check_finds_what_is_wrong(small):
    """Or the tests above would pass whatever the pages said."""
    good = block(small, "tables/replies")
    for wrong, words in (
        ({"@type": "Fib", "name": "x"}, "no type of schema.org"),
        ({"@type": "CreativeWork", "name": "x", "truth": 1}, "no property truth"),
        ({"@type": "CreativeWork", "inLanguage": "en"}, "says no name"),
        ({"@type": "CreativeWork", "name": ""}, "name is empty"),
        ({"@type": "CreativeWork", "name": "x", "url": "claims.html#row-nobody"}, "no place"),
        ({"@type": "CreativeWork", "name": "x", "url": "nowhere.html"}, "no file"),
    ):
        found = faults({**good, "@graph": [*good["@graph"], wrong]}, "tables/replies", small)
        assert any(words in fault for fault in found), words


def test_files_are_those_that_the_metadata_name(small):
    seen = set()
    for page in ("index", "chapters/data", *TABLES):
        for part in things(small, page, "DataDownload"):
            path = small / Path(page).parent / part["contentUrl"]
            content = path.read_bytes()
            assert part["sha256"] == hashlib.sha256(content).hexdigest()
            assert part["contentSize"] == f"{len(content)} B"
            assert "/" in part["encodingFormat"]
            seen.add(path.resolve().name)
    named = {entry["path"] for entry in RESOURCES}
    assert seen == named | set(downloads.files())


def test_book_chapter_and_data(small):
    book, data = block(small, "index")["@graph"]
    assert book["@type"] == "Book"
    assert book["name"] == "A </script> book"
    assert data["version"] == package()["version"]
    (table,) = block(small, "tables/claims")["@graph"]
    assert table["isPartOf"]["@id"] in (data["@id"], f"../{data['@id']}")
    (chapter,) = block(small, "chapters/one")["@graph"]
    assert chapter["@type"] == "Chapter"
    assert chapter["isPartOf"]["name"] == book["name"]
    assert block(small, "chapters/numbers")["@graph"][0]["@type"] == "CreativeWork"


def test_nothing_is_rated(small):
    for page in [*SMALL, *TABLES]:
        nodes = list(walk(block(small, page)))
        assert not any("Rating" in key for node in nodes for key in node), page
        assert not any(node.get("@type") in ("ClaimReview", "Review") for node in nodes), page


def test_addresses_are_absolute_where_the_site_has_one(tmp_path):
    site, _ = small_book.build(tmp_path, 'html_baseurl = "https://example.org/book"')
    (data,) = block(site, "chapters/data")["@graph"]
    parts = data["distribution"]
    assert all(part["contentUrl"].startswith("https://example.org/book/data/") for part in parts)
    address = "https://example.org/book/chapters/one.html"
    assert block(site, "chapters/one")["@graph"][0]["url"] == address
    assert dict(tags(site, "chapters/one"))["citation_public_url"] == address


def test_no_value_ends_the_block_early():
    text = embedded('{"name": "</script><b>", "url": ""}')
    assert "</" not in text
    assert json.loads(text) == {"name": "</script><b>"}


# --- Citation


def tags(site: Path, page: str) -> list[tuple[str, str]]:
    found = re.findall(r'<meta name="((?:citation_|DC\.)\w+)" content="(.*?)">', html(site, page))
    return [(name, unescape(text)) for name, text in found]


@pytest.mark.parametrize("page", ["index", "chapters/one", "tables/facts"])
def test_each_page_says_how_it_is_cited(small, page):
    told = dict(tags(small, page))
    title = {"index": "A </script> book", "chapters/one": "One", "tables/facts": "Facts"}[page]
    assert told["citation_title"] == told["DC.title"] == title
    assert told["citation_author"] == told["DC.creator"] == "Us"
    assert told["citation_publication_date"] == package()["created"][:10].replace("-", "/")
    assert told["citation_language"] == "en"
    assert ("citation_inbook_title" in told) == (page != "index")
    assert "citation_public_url" not in told


def test_the_wheel_and_the_citation_have_the_version_of_the_data():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = package()["version"]
    assert WheelBuilder(str(ROOT)).metadata.version == version
    assert cited["version"] == version
    assert cited["date-released"] == package()["created"][:10]
    assert package()["licenses"][0]["name"] in cited["license"]
    assert cited["authors"][0]["name"] == project["authors"][0]["name"]
