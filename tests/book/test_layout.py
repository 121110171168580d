"""The look: colours that stand out, nothing from third parties, folds and MathML."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import small_book
from docutils import nodes
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from chipbook.book.parts.folds import details
from chipbook.book.site.layout import OWN, REFUSED, kept, reading_minutes
from chipbook.charts import theme

STATIC = Path(__file__).parents[2] / "chipbook" / "book" / "static"
BOOK_CSS = (STATIC / "book.css").read_text(encoding="utf-8")

TEXT = ("ink", "muted", "accent", "code-string")
GROUNDS = ("paper", "tint", "raised")


def colours(selector: str) -> dict[str, str]:
    """Custom properties that hold a colour, in the first rule of book.css with ``selector``."""
    rule = re.search(re.escape(selector) + r" \{(.*?)\n *\}", BOOK_CSS, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rule.group(1)))


SHARED = {"paper": "chart-bg", "ink": "chart-fg", "muted": "chart-muted", "line": "chart-grid"}
LIGHT, DARK = (
    {**colours(rule), **{ours: theme.COLOURS[name][mode] for ours, name in SHARED.items()}}
    for mode, rule in enumerate((":root", 'html[data-theme="dark"]'))
)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("mode", "index"), [(LIGHT, 0), (DARK, 1)], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_colours_stand_out_from_every_ground(mode: dict[str, str], index: int, ground: str) -> None:
    faint = {name for name in TEXT if contrast(mode[name], mode[ground]) < 4.5}
    marks = {f"status-{word}": theme.COLOURS[f"status-{word}"][index] for word in theme.PALETTE}
    faint |= {name for name, colour in marks.items() if contrast(colour, mode[ground]) < 3}
    assert not faint


def test_dark_mode_sets_every_colour() -> None:
    assert set(DARK) == set(LIGHT)


def test_page_and_chart_share_ground_and_ink() -> None:
    for ours, name in SHARED.items():
        assert f"--{ours}: var(--{name});" in BOOK_CSS


def test_no_rule_follows_the_system_behind_the_readers_back() -> None:
    rules = re.sub(r"/\*.*?\*/", "", BOOK_CSS, flags=re.DOTALL)
    assert "prefers-color-scheme" not in rules


def test_own_files_name_no_third_party() -> None:
    own = [path for kind in ("*.css", "*.js") for path in STATIC.glob(kind)]
    assert len(own) >= 3
    for path in own:
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(https?:)?//[\w-]+\.\w", text), path


def test_every_font_in_the_style_sheet_exists() -> None:
    named = set(re.findall(r'url\("(fonts/[^"]+)"\)', BOOK_CSS))
    assert sorted(named) == sorted(
        str(path.relative_to(STATIC)) for path in STATIC.rglob("*.woff2")
    )


def test_stock_assets_are_dropped_and_own_ones_kept() -> None:
    dropped = (
        "_static/scripts/sphinx-book-theme.js?digest=1",
        "_static/sphinx-thebe.js",
        "https://cdn.example.org/mathjax.js",
        "_static/doctools.js",
        "_static/sphinx-design.min.css",
        None,
    )
    assert not [name for name in dropped if kept(name, "")]
    assert kept("_static/cards.js", "")
    assert kept("_static/charts.css", "")
    assert not kept("_static/belief.js", "")
    assert kept("_static/belief.js", '<div class="belief first">')


def prose(words: int, wrap: type[nodes.Element] | None = None) -> nodes.document:
    document = new_document("test")
    paragraph = nodes.paragraph("", " ".join(["word"] * words))
    document += wrap("", paragraph) if wrap else paragraph
    return document


@pytest.mark.parametrize(("words", "minutes"), [(0, 0), (1, 1), (230, 1), (231, 2)])
def test_reading_time_counts_what_is_seen(words: int, minutes: int) -> None:
    assert reading_minutes(prose(words)) == minutes


def test_reading_time_leaves_out_what_is_looked_up() -> None:
    assert reading_minutes(prose(500, details)) == 0
    assert reading_minutes(prose(500, nodes.caption)) == 3
    document = prose(500, nodes.bullet_list)
    assert reading_minutes(document) == 3
    document[0]["classes"].append("sources")
    assert reading_minutes(document) == 0


PAGE = (
    """\
# A title

Words in a line, and more of them.

:::{admonition} Solution
:class: dropdown
Folded words.
:::

## A section

"""
    + "Five words make a line. " * 60
    + "\n\n## Another section\n\nMore.\n"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("book"))


def built(source: Path) -> Path:
    """A book of two pages, built with the stock extensions that Jupyter Book adds."""
    (source / "index.md").write_text("# Book\n\n```{toctree}\npage\n```\n", encoding="utf-8")
    (source / "page.md").write_text(PAGE, encoding="utf-8")
    extensions = ["sphinx_togglebutton", "sphinx_copybutton", "myst_parser", "sphinx_thebe"]
    extensions += ["sphinx_design", "sphinx_book_theme", "parts_of_book"]
    settings = {
        "extensions": extensions,
        "parts": ["book.site.layout", "book.parts.folds"],
        "html_theme": "sphinx_book_theme",
        "html_title": "Book",
        "html_use_index": False,
        "templates_path": [str(source)],
        "myst_enable_extensions": ["colon_fence"],
    }
    # Roles and nodes are registered for the whole process: another test's book would find them.
    with patch_docutils(), docutils_namespace():
        Sphinx(
            str(source),
            None,
            str(source / "out"),
            str(source / "doctrees"),
            "html",
            confoverrides=settings,
            status=None,
            warningiserror=True,
        ).build()
    return source / "out"


def test_a_page_loads_only_the_books_own_files(site: Path) -> None:
    html = (site / "page.html").read_text(encoding="utf-8")
    loaded = re.findall(r'(?:src|(?:stylesheet|icon)"[^>]*href)="([^"?]+)', html)
    assert {"_static/book.css", "_static/book.js", "_static/cards.js"} <= set(loaded)
    for address in loaded:
        assert (site / address).is_file(), address
        name = address.removeprefix("_static/")
        assert name in OWN, f"{name} is not the book's own"


def test_nothing_is_published_that_no_page_loads(site: Path) -> None:
    """Megabytes of scripts come with the theme and its extensions."""
    published, ours = (
        {path.relative_to(top).as_posix().removesuffix("_t") for path in top.rglob("*")}
        for top in (site / "_static", STATIC)
    )
    assert published == ours


def test_no_folder_of_this_machine_enters_what_is_published(
    site: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    again = built(tmp_path_factory.mktemp("another"))
    assert (again / ".buildinfo").read_bytes() == (site / ".buildinfo").read_bytes()


def test_a_page_holds_no_inline_script(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.read_text(encoding="utf-8")), page


def test_every_button_and_field_has_a_name(site: Path) -> None:
    html = (site / "page.html").read_text(encoding="utf-8")
    buttons = re.findall(r"<button.*?</button>", html, re.DOTALL)
    assert len(buttons) >= 4
    assert all(re.sub(r"<[^>]*>", "", button).strip() for button in buttons)
    for field in re.findall(r'<input id="([^"]+)"', html):
        assert f'for="{field}"' in html


def test_popover_buttons_have_their_popover(site: Path) -> None:
    html = (site / "page.html").read_text(encoding="utf-8")
    targets = set(re.findall(r'popovertarget="([^"]+)"', html))
    assert targets == {"book-contents", "page-contents"}
    assert all(re.search(rf'id="{target}"[^>]* popover', html) for target in targets)


def test_a_dropdown_is_details_and_does_not_count_as_reading(site: Path) -> None:
    html = (site / "page.html").read_text(encoding="utf-8")
    assert re.search(r"<details[^>]*>\s*<summary>Solution</summary>\s*<p>Folded words", html)
    assert '<p class="reading-time">2 minutes to read</p>' in html


# --- The policy of the pages


@pytest.mark.parametrize(
    "html",
    [
        "<script>",
        '<p><img src=x onerror="a()">',
        "<svg/onload=a()>",
        "<a title=\"x > y\"onclick='a()'>",
        '<a class="x" href="javascript:a()">',
        "<a href=data:text/html,x>",
        '<a xlink:href="javascript:a()">',
        '<col style="width: 40%">',
        '<IFRAME src="x">',
        '<img alt="" src="https://example.org/x.png">',
        '<form action="ftp://example.org">',
    ],
)
def test_a_page_is_refused_for_what_its_policy_stops(html: str) -> None:
    assert REFUSED.search(f"<p>Before</p>{html}")


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.org/a:b?style=1" title=" onclick=x">',
        '<a href="mailto:a@example.org">',
        '<a href="../a.html#a:b">',
        '<img alt="on x=1, style=2" src="_static/x.png">',
        '<input type="checkbox" checked id="on-1">',
        "<p>&lt;script&gt; onclick= href=javascript:x</p>",
    ],
)
def test_text_and_links_are_not_refused(html: str) -> None:
    assert not REFUSED.search(html)


def test_the_build_says_what_breaks_the_policy(tmp_path: Path) -> None:
    pages = {"index": '# Book\n\n<p onclick="a()">Press</p>\n'}
    conf = 'extensions = ["myst_parser", "chipbook.book.site.layout"]\nhtml_theme = "basic"\n'
    _, warnings = small_book.make(tmp_path, pages, conf)
    assert "index.md: WARNING: '<p onclick=': a page holds no script, style or frame" in warnings
