"""Disagreements: panels against the raw files, spreads that hold every figure, and the pages."""

import math
import re
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import small_book
from reading import rows

from chipbook import facts
from chipbook.book.pages import disagreements as pages
from chipbook.charts import theme
from chipbook.data import resource
from chipbook.story import disagreements as ours
from chipbook.story import evidence
from chipbook.story.answers import RESTS, sign

ALL = list(ours.disagreements())


RAW = rows("disagreements")
SCALES = {"": 1, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}


@pytest.mark.parametrize("key", ALL)
def test_a_panel_holds_the_cells_of_the_files(key):
    table = ours.panel(key).set_index("key")
    assert sorted(table.index) == sorted(RAW[key]["row_ids"].split(";"))
    for name, row in table.iterrows():
        if name in rows("derived"):
            assert row["status"] == "computed"
            # Nobody denied our arithmetic: it rests on what was denied.
            assert row["answer"] != "denied"
            assert (row["answer"] == RESTS) == (sign(name) == RESTS)
            continue
        where, _, row_id = name.rpartition("/")
        cells = rows(where or "facts")[row_id]
        scale = next((s for w, s in SCALES.items() if w and cells["unit"].startswith(w)), 1)
        for column in ("value", "low", "high"):
            if cells[column]:
                assert row[column] == pytest.approx(float(cells[column]) * scale)
        # A point is its own end, but on the side that its word leaves open.
        if cells["qualifier"] in ("more than", "at least"):
            assert math.isnan(row["high"])
        if cells["qualifier"] in ("less than", "nearly", "up to"):
            assert math.isnan(row["low"])
        assert row["period"] == cells["period"]
        assert row["status"] == cells["status"]
        assert row["source_ids"] == cells["source_ids"]
        if cells.get("attributed_to"):
            assert row["who"] == cells["attributed_to"].replace("/", " and ")
        report = rows("press_reports").get(cells.get("report_id"), {})
        if cells.get("reply_scope") == "another part":
            assert row["answer"] in ("reply to another part", "no response", "no comment")
        elif report.get("response_type") == "denied in full":
            assert row["answer"] == "denied"
        elif not report:
            assert row["answer"] == (RESTS if sign(name) == RESTS else "")


@pytest.mark.parametrize("key", ALL)
def test_the_spread_holds_every_figure_and_is_none_of_their_middles(key):
    table = ours.panel(key)
    for (_, group), span in zip(table.groupby("unit", sort=False), ours.spans(key), strict=False):
        low, high = (group.set_index("key").loc[span[end][0]] for end in (0, -1))
        least = min(v for v in (low["low"], low["value"], low["high"]) if not math.isnan(v))
        most = max(v for v in (high["low"], high["value"], high["high"]) if not math.isnan(v))
        for column in ("low", "value", "high"):
            assert group[column].dropna().between(least, most).all()
    for span in ours.spans(key):
        for name, words in span:
            number = re.search(r"[\d.,]*\d", words)[0]
            assert number in str(facts[name]), "a number that a source gives"


def test_the_spread_says_nothing_where_the_figures_are_alike():
    assert ours.spans("capex-2024") == []
    ((low, high),) = ours.spans("revenue-2022")
    assert (low[1], high[1]) == ("more than $80 billion", "$85.2 billion")
    assert ours.spans("huawei-2025")[0][0][1] == "at most 200,000 chips"


def test_the_spread_names_the_one_figure_of_a_unit_too():
    alone, others = ours.spans("t-head-cards-2025")
    assert [words for _, words in alone] == ["about 265,000 cards"]
    assert [words for _, words in others] == ["120,000 to 130,000 chips"]


def test_a_figure_knows_its_disagreements():
    assert "budget-2025" in [found.id for found, _ in evidence.conflicts("ft25-total")]
    assert evidence.conflicts("ft25-source-count") == []


def test_every_kind_has_its_words_in_the_order_of_the_schema():
    fields = {field["name"]: field for field in resource("disagreements")["schema"]["fields"]}
    enum = fields["kind"]["constraints"]["enum"]
    assert list(pages.KINDS) == enum


def test_who_speaks_when_the_row_does_not_say():
    assert ours.who(facts.fact("peer_capex/meta-fy2024")) == "Meta"
    assert ours.who(facts.fact("peer_capex/amazon-fy2025-quarters")) == "Our arithmetic"
    assert ours.who(facts.fact("supplier_financials/kunlunxin-2025-revenue")) == (
        "nobody named; read at Ginlix AI"
    )


# --- The mark of a figure


def shapes(**cells: object) -> list[ElementTree.Element]:
    row = {"key": "ft26-chips", "status": "reported", "answer": "", "value": 50.0}
    row |= {"low": 50.0, "high": 50.0} | cells
    return list(ElementTree.fromstring(pages.strip(SimpleNamespace(**row), 100.0)))


def test_a_point_lies_at_its_place_and_a_range_between_its_ends():
    _, mark = shapes()
    assert mark.get("x") == "50%"
    _, bar = shapes(value=math.nan, low=0.0, high=100.0)
    assert (bar.get("x1"), bar.get("x2")) == ("4%", "96%")
    assert len(shapes(low=40.0, high=60.0)) == 3


@pytest.mark.parametrize(("side", "ends"), [("high", ("50%", "100%")), ("low", ("0%", "50%"))])
def test_an_open_side_is_dashed(side, ends):
    _, open_side, _ = shapes(**{side: math.nan})
    assert open_side.get("stroke-dasharray")
    assert (open_side.get("x1"), open_side.get("x2")) == ends


def test_a_cross_lies_on_what_was_denied_and_on_nothing_else():
    def crosses(key: str) -> list[str]:
        known = {theme.DENIED["shape"]: "denied", theme.RESTS["shape"]: "rests"}
        return [known[path.get("d")] for path in shapes(key=key)[-1] if path.get("d") in known]

    assert crosses("ft25-total") == ["denied"]
    assert crosses("article-local-usd") == ["rests"]
    assert crosses("ft26-chips") == []
    assert crosses("rt26-procurement") == [], "the answer was to another part"


# --- The pages

CONF = f"""{small_book.BOOK}
project = "Book"
extensions = ["myst_parser", *BOOK]
html_theme = "basic"
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Build a small book with two pages; gives the output folder and the warnings."""

    def run(one: str) -> tuple[Path, str]:
        texts = {
            "index": "# Book\n\n```{toctree}\n:numbered:\nchapters/one\n```\n"
            "```{toctree}\nchapters/numbers\nchapters/sources\n"
            "chapters/disagreements\nchapters/data\n```\n",
            "chapters/one": f"# One\n\n{one}\n",
            "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
            "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
            "chapters/data": "# Every table\n",
            "chapters/disagreements": "# Where\n\n```{disagreements}\n```\n",
        }
        return small_book.make(tmp_path_factory.mktemp("book"), texts, CONF)

    return run


PANEL = "```{disagreement} budget-2025\n```"


@pytest.fixture(scope="module")
def site(build):
    folder, warnings = build(PANEL)
    assert "WARNING" not in warnings, warnings
    return folder


def html(site: Path, page: str) -> str:
    return (site / "chapters" / f"{page}.html").read_text(encoding="utf-8")


def test_a_panel_shows_each_figure_with_card_speaker_and_answer(site):
    text = html(site, "one")
    table = re.search(r'<table[^>]*"evidence panel.*?</table>', text, re.DOTALL)[0]
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)[1:]
    assert len(rows) == len(RAW["budget-2025"]["row_ids"].split(";"))
    for row, cells in zip(rows, ours.panel("budget-2025").itertuples(), strict=True):
        plain = unescape(re.sub(r"<[^>]+>", " ", row))
        words = " ".join(plain.split())
        for part in (cells.figure, cells.status, cells.who, cells.answer):
            assert part in words
        assert f'data-card="card-{cells.key}"' in row
        assert ("fact contested" in row) == bool(facts.fact(cells.key).answered)
        for source in cells.source_ids.split(";"):
            assert f'href="sources.html#source-{source}"' in row
        assert f'id="card-{cells.key}"' in text, "the number of a panel is one of the page"
    assert RAW["budget-2025"]["reason"] in unescape(text)


def test_marks_stand_only_where_a_unit_is_shared(site):
    key = "t-head-cards-2025"
    _, part = html(site, "disagreements").split(f'id="disagreement-{key}"')
    table = part.partition("</table>")[0]
    drawn = ["panel-mark" in row for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL)[1:]]
    units = list(ours.panel(key)["unit"])
    assert drawn == [units.count(unit) > 1 for unit in units]
    assert not all(drawn), "one figure stands alone in its unit"


def test_the_list_has_every_panel_under_its_address_and_names_the_pages(site):
    text = html(site, "disagreements")
    for key, row in RAW.items():
        tag = "section" if row["lead"] else "details"
        place = rf'<{tag}[^>]* id="disagreement-{key}">.*?</{tag}>'
        part = re.search(place, text, re.DOTALL)[0]
        assert row["question"] in unescape(part)
        assert ('href="one.html#disagreement-budget-2025"' in part) == (key == "budget-2025")
    shared = re.search(r'id="disagreement-looking-back-2025".*?</section>', text, re.DOTALL)[0]
    assert 'href="one.html"' in shared, "a page that tells a figure of it"


def test_an_unknown_panel_is_a_warning_with_file_line_and_near_ids(build):
    _, warnings = build("Text.\n\n```{disagreement} bugdet-2025\n```")
    (line,) = [line for line in warnings.splitlines() if "WARNING" in line]
    assert "one.md:5" in line
    assert "did you mean budget-2025" in line
