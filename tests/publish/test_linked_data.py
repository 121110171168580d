"""What pages tell machines: JSON-LD, tags for citation, Croissant; all without a network."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mlcroissant
import pytest
import small_book
import yaml
from conftest import toc_pages
from hatchling.builders.wheel import WheelBuilder
from pyld import jsonld

import chipbook
from chipbook.data import data_dir, downloads, load, package
from chipbook.data.downloads import CROISSANT
from chipbook.publish.linked_data import script
from chipbook.story import claims
from chipbook.topics.article import statements

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
    "Claim": {"name", "text"},
    "Review": {"itemReviewed", "reviewAspect", "reviewBody", "author"},
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
        if kind is None:
            # A reference, or a speaker of whom nothing but the name is known.
            found += [f"no type: {node}"] if said - {"name"} or not node else []
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
        ({"@type": "Claim", "name": "x", "text": "y", "truth": 1}, "no property truth"),
        ({"@type": "Claim", "name": "x"}, "says no text"),
        ({"@type": "Claim", "name": "x", "text": ""}, "text is empty"),
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
    assert seen == named | set(downloads.files()) | set(downloads.tables())


def test_book_chapter_and_data(small):
    book, data = block(small, "index")["@graph"]
    assert book["@type"] == "Book"
    assert book["name"] == "A </script> book"
    assert data["version"] == package()["version"]
    (page,) = block(small, "chapters/data")["@graph"]
    assert [part["alternateName"] for part in page["hasPart"]] == [e["name"] for e in RESOURCES]
    (chapter,) = block(small, "chapters/one")["@graph"]
    assert chapter["@type"] == "Chapter"
    assert chapter["isPartOf"]["name"] == book["name"]
    assert block(small, "chapters/numbers")["@graph"][0]["@type"] == "CreativeWork"


def test_claims_carry_their_pages_and_what_was_answered(small):
    told = {claim["name"]: claim for claim in things(small, "tables/claims", "Claim")}
    assert list(told) == list(claims.claims())
    for key, claim in claims.claims().items():
        assert told[key]["text"] == claim.statement
        assert len(told[key]["appearance"]) == len(claim.source_ids)
    plan, denial = told["ft25-plan"], told["ft25-denial"]
    assert {"@id": denial["@id"]} in plan["subjectOf"]
    assert {"@id": plan["@id"]} in denial["about"]
    assert "denied" in plan["description"]
    # Also where a denied claim is retold.
    assert re.search(r"goes back to ft25-plan; .*denied", told["reuters-ft25-plan"]["description"])


def test_a_claim_first_appeared_where_it_was_not_yet_misread(small):
    told = {claim["name"]: claim for claim in things(small, "tables/claims", "Claim")}
    for relation in claims.relations():
        first = told[relation.claim_id].get("firstAppearance", [])
        if relation.relation == "misreads" and len(claims.retold(relation.claim_id)) == 1:
            assert first == []
        elif relation.relation in ("relays", "restates"):
            origins = [claims.claims()[o] for o in claims.roots(relation.claim_id)]
            assert {page["url"] for page in first} <= {
                load("sources").set_index("id").loc[origin.source_ids[0], "url"]
                for origin in origins
            }
    assert told["reuters-ft25-plan"]["firstAppearance"]
    assert "firstAppearance" not in told["ft25-plan"]


def test_verdicts_are_about_fidelity_and_nothing_is_rated(small):
    said = statements().query("said")
    told = things(small, "chapters/article", "Review")
    assert [review["reviewBody"] for review in told] == [
        f"{row.verdict.capitalize()}. {row.reason}" for row in said.itertuples()
    ]
    assert all("fidelity" in review["reviewAspect"] for review in told)
    for page in [*SMALL, *TABLES]:
        nodes = list(walk(block(small, page)))
        assert not any("Rating" in key for node in nodes for key in node), page
        assert not any(node.get("@type") == "ClaimReview" for node in nodes), page
    (total,) = [
        c for c in things(small, "chapters/article", "Claim") if "#row-total" in c.get("@id", "")
    ]
    assert total["subjectOf"][0]["name"] == "Answer: denied in full"


def test_addresses_are_absolute_where_the_site_has_one(tmp_path):
    site, _ = small_book.build(tmp_path, 'html_baseurl = "https://example.org/book"')
    (data,) = block(site, "chapters/data")["@graph"]
    parts = data["distribution"]
    assert all(part["contentUrl"].startswith("https://example.org/book/data/") for part in parts)
    address = "https://example.org/book/chapters/one.html"
    assert block(site, "chapters/one")["@graph"][0]["url"] == address
    assert dict(tags(site, "chapters/one"))["citation_public_url"] == address
    files = json.loads((site / "data" / CROISSANT).read_text(encoding="utf-8"))["distribution"]
    assert files[0]["contentUrl"] == f"https://example.org/book/data/{files[0]['name']}"


def test_no_value_ends_the_block_early():
    text = script({"name": "</script><b>"})
    assert text.count("</") == 1
    assert json.loads(text[text.index("{") : text.rindex("}") + 1])["name"] == "</script><b>"


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
    assert WheelBuilder(str(ROOT)).metadata.version == chipbook.__version__ == version
    assert cited["version"] == version
    assert cited["date-released"] == package()["created"][:10]
    assert package()["licenses"][0]["name"] in cited["license"]
    assert cited["authors"][0]["name"] == project["authors"][0]["name"]


# --- Croissant


@pytest.fixture(scope="module")
def croissant(small):
    return mlcroissant.Dataset(jsonld=small / "data" / CROISSANT)


def test_croissant_is_valid_and_names_every_column(croissant):
    told = croissant.metadata
    assert not told.issues.errors
    assert not told.issues.warnings
    assert told.version == package()["version"]
    files = {file.id: file for file in told.distribution}
    for entry, records in zip(RESOURCES, told.record_sets, strict=True):
        assert files[entry["path"]].sha256 == entry["hash"].removeprefix("sha256:")
        names = [field["name"] for field in entry["schema"]["fields"]]
        assert [field.name for field in records.fields] == names
        pointing = {
            field.name: field.references.field for field in records.fields if field.references
        }
        for key in entry["schema"].get("foreignKeys", ()):
            target = key["reference"]["resource"]
            expected = None if target == "claims" else f"{target}/id"
            assert pointing.get(key["fields"][0]) == expected


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda entry: entry["name"])
def test_croissant_gives_every_record(croissant, entry):
    with (data_dir() / entry["path"]).open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    records = list(croissant.records(entry["name"]))
    assert len(records) == len(expected)
    for record, row in zip(records, expected, strict=True):
        told = {name.rpartition("/")[2]: value for name, value in record.items()}
        assert told["id"].decode() == row["id"]
        if "source_ids" in row:
            # Empty where the row that holds the figure names them.
            assert (told["source_ids"] or b"").decode() == row["source_ids"]
        if row.get("value"):
            assert told["value"] == pytest.approx(float(row["value"]))


def test_croissant_loses_no_term(small):
    told = json.loads((small / "data" / CROISSANT).read_text(encoding="utf-8"))
    (expanded,) = jsonld.expand(told, {"documentLoader": None, "base": HOST})
    keys = {key for node in walk(expanded) for key in node if not key.startswith("@")}
    known = ("https://schema.org/", "http://mlcommons.org/croissant/", "http://purl.org/dc/terms/")
    assert all(key.startswith(known) for key in keys)
    own = {key.removeprefix(SCHEMA) for key in keys if key.startswith(SCHEMA)}
    assert own <= properties("Dataset") | properties("DataDownload") | {"sha256"}
