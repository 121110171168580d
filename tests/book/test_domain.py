"""What pages use, from reading to merging, and what another book can cite of this one."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import small_book
from sphinx.util.inventory import InventoryFile

from chipbook import facts
from chipbook.book import domain
from chipbook.story.claims import claims


@pytest.fixture
def env():
    """As much of a Sphinx environment as the domain needs, reading the page ``one``."""
    found = SimpleNamespace(docname="one", domaindata={}, found_docs={"one", "two"})
    book = domain.BookDomain(found)
    found.get_domain = lambda name: book
    return found


# --- What pages use


def test_what_a_page_uses_keeps_its_order_and_each_key_once(env):
    domain.use(env, "numbers", ["b", "a"])
    domain.use(env, "numbers", ["b", "c"])
    domain.use(env, "sources", ["s"], page="two")
    assert {page: list(keys) for page, keys in domain.used(env, "numbers").items()} == {
        "one": ["b", "a", "c"]
    }
    assert domain.used(env, "sources") == {"two": {"s"}}


def test_a_page_that_is_read_again_uses_nothing_yet(env):
    domain.use(env, "numbers", ["a"])
    domain.use(env, "numbers", ["a"], page="two")
    domain.domain_of(env).clear_doc("one")
    assert list(domain.used(env, "numbers")) == ["two"]


# --- What another book can cite


def inventory(site: Path) -> dict:
    with (site / "objects.inv").open("rb") as file:
        return InventoryFile.load(file, "https://book.example", posixpath.join)


def test_every_number_source_and_row_has_its_address(small):
    found = inventory(small)
    assert found["chip:number"].keys() >= {*facts, "peer_capex/meta-fy2025"}
    assert found["chip:source"].keys() == domain.sources_by_id().keys()
    assert "claims/ft25-plan" in found["chip:row"]
    for kind in ("number", "source", "row"):
        for _, _, address, _ in found[f"chip:{kind}"].values():
            page, _, anchor = address.removeprefix("https://book.example/").partition("#")
            assert (small / page).is_file(), page
            assert anchor
    where = found["chip:number"]["peer_capex/meta-fy2025"][2].rpartition("#")[2]
    assert f'id="{where}"' in (small / "chapters/numbers.html").read_text(encoding="utf-8")


def test_claims_have_theirs_where_the_chronology_is(env):
    env.found_docs = {domain.KNOWN_PAGE}
    told = {name: place for name, _, _, *place, _ in domain.domain_of(env).get_objects()}
    assert told.keys() == claims().keys()
    assert told["ft25-plan"] == [domain.KNOWN_PAGE, "claim-ft25-plan"]


def test_another_book_cites_a_number_by_its_key(small, tmp_path):
    """Any book in MyST can."""
    extensions = ["myst_parser", "sphinx.ext.intersphinx"]
    mapping = {"chips": ("https://book.example/", str(small / "objects.inv"))}
    conf = f"extensions = {extensions}\nintersphinx_mapping = {mapping}\nhtml_theme = 'basic'\n"
    pages = {"index": "# Theirs\n\nThey planned [](inv:chips:chip:number#ft25-total).\n"}
    out, warnings = small_book.make(tmp_path, pages, conf)
    html = (out / "index.html").read_text("utf-8")
    assert "WARNING" not in warnings, warnings
    link = re.search(r'href="(https://book\.example/[^"]+)"[^>]*>(.*?)</a>', html)
    assert link[1] == "https://book.example/chapters/numbers.html#fact-ft25-total"
    assert re.sub("<[^>]+>", "", link[2]) == str(facts["ft25-total"])
