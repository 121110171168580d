"""The book from a stick: opened from a file, without a network, in two browsers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import firefox
import pytest
from playwright.sync_api import Browser

from chipbook.publish.edition import NAME, edition

SCRIPT = Path(__file__).with_name("offline.js")
CHAPTER = "chapters/chip-budget.html"
# Step of offline.js → the page that it starts on, and words of what a reader sees after it.
SEEN = {
    "chart": (CHAPTER, "$2.8"),
    "card": (CHAPTER, "$2.8 billion"),
    "verify": ("chapters/numbers.html", "Matches: the page says what the published file holds."),
    "search": ("search.html?q=Cambricon", "Cambricon"),
}
LONGEST = 120
"""Characters of a path: Windows takes 260, and the stick's own folders come before it."""

Do = Callable[[str, str], str]
"""Open an address and do a step there; gives what the reader sees."""


def doing(step: str) -> str:
    """The function of offline.js that does a ``step``."""
    steps = SCRIPT.read_text(encoding="utf-8").partition("\n")[2]
    return f"() => {steps.strip()}.{step}()"


@pytest.fixture(scope="module")
def packed(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return edition(site, tmp_path_factory.mktemp("zip"))


@pytest.fixture(scope="module")
def stick(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked zip, in a folder with a space and an accent, as sticks have them."""
    folder = tmp_path_factory.mktemp("stick") / "My stück"
    with ZipFile(packed) as archive:
        archive.extractall(folder)
    return folder


def test_the_zip_is_the_same_each_time_and_fits_windows(
    packed: Path, site: Path, tmp_path: Path
) -> None:
    assert edition(site, tmp_path).read_bytes() == packed.read_bytes()
    with ZipFile(packed) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    served = {"serve.py"} if (site / "run").exists() else set()
    assert {name.partition("/")[0] for name in names} == {"READ-ME.txt", "book"} | served
    assert max(map(len, names)) < LONGEST
    assert len({name.lower() for name in names}) == len(names)
    notebooks = {name for name in names if name.startswith("book/notebooks/")}
    assert any(name.endswith(".whl") for name in notebooks)
    assert "book/notebooks/chip-budget.ipynb" in notebooks


def test_the_read_me_names_what_is_there(stick: Path, site: Path) -> None:
    said = (stick / "READ-ME.txt").read_text(encoding="utf-8")
    assert (stick / "book" / "index.html").is_file()
    pages = re.findall(r"book/[\w/-]+\.html", said)
    assert pages
    assert all((stick / page).is_file() for page in pages)
    [wheel] = (stick / "book" / "notebooks").glob("*.whl")
    assert f"pip download -d wheels book/notebooks/{wheel.name} jupyterlab" in said
    assert f"({NAME})" in said
    assert "pip install --no-index --find-links wheels chipbook" in said
    assert ("book/paper" in said) is (site / "paper").is_dir()


@pytest.fixture(scope="module")
def in_chromium(browser: Browser) -> Iterator[tuple[Do, list[str]]]:
    context, requests = browser.new_context(offline=True), []
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))

    def do(address: str, step: str) -> str:
        page.goto(address)
        return page.evaluate(doing(step))

    yield do, requests
    context.close()


@pytest.fixture(scope="module")
def in_firefox() -> Iterator[tuple[Do, list[str]]]:
    with firefox.tab() as tab:

        def do(address: str, step: str) -> str:
            tab.goto(address)
            return tab.evaluate(doing(step))

        yield do, tab.requests


@pytest.mark.parametrize("step", SEEN)
@pytest.mark.parametrize("where", ["in_chromium", "in_firefox"])
def test_the_book_works_from_a_stick(
    stick: Path, where: str, step: str, request: pytest.FixtureRequest
) -> None:
    do, requests = request.getfixturevalue(where)
    page, seen = SEEN[step]
    assert seen in do(f"{(stick / 'book').as_uri()}/{page}", step)
    assert {address.partition(":")[0] for address in requests} <= {"file", "data", "blob"}
