"""The data catalogue: its page, the downloads of the whole package, and the metadata."""

import csv
import hashlib
import json
import re
import shutil
import sqlite3
import zipfile
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from sphinx.testing.util import SphinxTestApp

from chipbook import downloads
from chipbook.data import data_dir, package, split
from chipbook.sphinx.catalogue import script, tables_in, tables_of

RESOURCES = package()["resources"]
CONF = """
project = "Book"
author = "Us"
extensions = ["myst_parser", "chipbook.sphinx.facts", "chipbook.sphinx.sources",
              "chipbook.sphinx.numerals", "chipbook.sphinx.disagreements",
              "chipbook.sphinx.catalogue"]
html_theme = "basic"
html_title = "A </script> book"
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Build a small book; gives the site folder and the warnings."""

    def run(conf: str = "") -> tuple[Path, str]:
        folder = tmp_path_factory.mktemp("book")
        source = folder / "src"
        (source / "chapters").mkdir(parents=True)
        allowed = Path(__file__).resolve().parents[1] / "chapters" / "numerals.toml"
        shutil.copy(allowed, source / "chapters")
        pages = {
            "index": "# Book\n\n```{toctree}\n:numbered:\nchapters/one\n```\n"
            "```{toctree}\nchapters/numbers\nchapters/sources\nchapters/data\n```\n",
            "chapters/one": "# One\n\nIt planned {fact}`peer_capex/meta-fy2025`.\n\n"
            "```{disagreement} revenue-2022\n```\n",
            "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
            "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
            "chapters/data": "# Every table\n\n```{data-catalogue}\n```\n",
        }
        for name, text in pages.items():
            (source / f"{name}.md").write_text(text, encoding="utf-8")
        (source / "conf.py").write_text(CONF + conf, encoding="utf-8")
        app = SphinxTestApp(srcdir=source, builddir=folder / "out")
        app.build()
        site, warnings = Path(app.outdir), app.warning.getvalue()
        app.cleanup()
        return site, warnings

    return run


@pytest.fixture(scope="module")
def site(build):
    folder, warnings = build()
    assert "WARNING" not in warnings, warnings
    return folder


def html(site: Path, page: str) -> str:
    return (site / f"{page}.html").read_text(encoding="utf-8")


def section(site: Path, name: str) -> str:
    text = html(site, "chapters/data")
    return re.search(rf'<section id="table-{name}">.*?</section>', text, re.DOTALL)[0]


def metadata(site: Path, page: str) -> dict:
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html(site, page))
    return json.loads(block)


def rows(entry: dict) -> list[dict]:
    with (data_dir() / entry["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda entry: entry["name"])
def test_each_table_is_described_to_its_last_column(site, entry):
    text = section(site, entry["name"])
    plain = unescape(re.sub(r"<[^>]+>", "", text))
    assert entry["description"] in plain
    assert f"{len(rows(entry)):,} row" in plain
    assert entry["hash"].removeprefix("sha256:") in plain
    assert f'href="../data/{entry["path"]}"' in text
    terms = re.findall(r"<dt>.*?</dt>\s*<dd>.*?</dd>", text, re.DOTALL)
    assert len(terms) == len(entry["schema"]["fields"])
    for term, field in zip(terms, entry["schema"]["fields"], strict=True):
        words = unescape(re.sub(r"<[^>]+>", "", term))
        assert words.startswith(field["name"])
        for part in (field["description"], *field.get("constraints", {}).get("enum", ())):
            assert part in words


def test_a_table_names_the_pages_that_draw_on_it_and_cards_lead_to_it(site):
    assert '<a class="reference internal" href="one.html">One</a>' in section(site, "peer_capex")
    assert "No page draws on it" in section(site, "chip_specs")
    assert 'href="one.html"' in section(site, "disagreements"), "through a panel"
    for page in ("one", "numbers"):
        assert 'href="data.html#table-peer_capex"' in html(site, f"chapters/{page}")


def test_what_code_draws_on_is_read_from_it():
    code = (
        '%pip install x\nload("tokens"); facts[f"chip_orders/{row}"]; f"{facts[key]}"; "ft25-sum"'
    )
    assert tables_in(code) == {"tokens", "chip_orders", "facts"}
    assert "replies" in tables_in("from chipbook.topics.suppliers import VENDORS")
    assert "chip_specs" in tables_in("from chipbook.topics import controls")
    assert "press_reports" in tables_in("from chipbook.topics.budget import readings")
    assert tables_in("from chipbook import theme") == set()
    assert tables_of("ft25-sum") == {"facts"}


def test_the_downloads_are_those_printed_and_the_same_every_time(site):
    page = html(site, "chapters/data")
    printed = {name: content for name, content in downloads.files().items()}
    for made in (downloads.archive, downloads.database):
        assert made.__wrapped__() == made.__wrapped__()
    for name, content in printed.items():
        assert (site / "data" / name).read_bytes() == content
        assert f'href="../data/{name}"' in page
        assert hashlib.sha256(content).hexdigest() in page


def test_the_archive_holds_the_package():
    with zipfile.ZipFile(BytesIO(downloads.archive())) as archive:
        folder = f"{package()['name']}-{package()['version']}"
        assert archive.namelist() == sorted(archive.namelist())
        for name in ("datapackage.json", "README.md", *(entry["path"] for entry in RESOURCES)):
            assert archive.read(f"{folder}/{name}") == (data_dir() / name).read_bytes()


@pytest.fixture
def database():
    connection = sqlite3.connect(":memory:")
    connection.deserialize(downloads.database())
    yield connection
    connection.close()


def test_the_database_holds_every_row_with_its_keys(database):
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    for entry in RESOURCES:
        name, expected = entry["name"], rows(entry)
        count = f'SELECT count(*) FROM "{name}"'
        assert database.execute(count).fetchone() == (len(expected),)
        keys = {(key[2], key[3]) for key in database.execute(f"PRAGMA foreign_key_list({name})")}
        for key in entry["schema"].get("foreignKeys", ()):
            assert (key["reference"]["resource"], key["fields"][0]) in keys
        if "source_ids" in expected[0]:
            links = f'SELECT row_id, source_id FROM "{name}_sources" ORDER BY rowid'
            wanted = [(row["id"], key) for row in expected for key in split(row["source_ids"])]
            assert database.execute(links).fetchall() == wanted


def test_the_database_keeps_types_and_refuses_what_the_schema_does(database):
    kinds = dict(database.execute("SELECT typeof(value), count(*) FROM peer_capex GROUP BY 1"))
    assert set(kinds) <= {"real", "null"}
    assert kinds["real"]
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        database.execute("UPDATE facts SET status = 'leaked'")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        database.execute("INSERT INTO sources SELECT * FROM sources LIMIT 1")


def test_the_metadata_describe_book_chapter_and_data(site):
    book, data = metadata(site, "index")["@graph"]
    assert book["@type"] == "Book"
    assert book["name"] == "A </script> book"
    page = metadata(site, "chapters/data")
    for dataset, start in ((data, ""), (page, "../")):
        assert dataset["@type"] == "Dataset"
        for key in ("name", "description", "version", "license", "creator", "variableMeasured"):
            assert dataset[key]
        for part in dataset["distribution"]:
            path = part["contentUrl"].removeprefix(f"{start}data/")
            root = site / "data" if path.startswith(package()["name"]) else data_dir()
            content = (root / path).read_bytes()
            assert part["sha256"] == hashlib.sha256(content).hexdigest()
            assert part["contentSize"] == f"{len(content)} B"
            assert "/" in part["encodingFormat"]
    assert len(page["distribution"]) == len(RESOURCES) + len(downloads.files())
    chapter = metadata(site, "chapters/one")
    assert chapter["@type"] == "Chapter"
    assert chapter["isPartOf"]["name"] == book["name"]
    assert metadata(site, "chapters/numbers")["@type"] == "CreativeWork"


def test_addresses_are_absolute_where_the_site_has_one(build):
    site, _ = build('html_baseurl = "https://example.org/book"')
    parts = metadata(site, "chapters/data")["distribution"]
    assert all(part["contentUrl"].startswith("https://example.org/book/data/") for part in parts)
    assert metadata(site, "chapters/one")["url"] == "https://example.org/book/chapters/one.html"


def test_no_value_ends_the_block_early():
    block = script({"name": "</script><b>"})
    assert block.count("</") == 1
    assert json.loads(block[block.index("{") : block.rindex("}") + 1])["name"] == "</script><b>"
