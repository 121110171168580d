"""Charts: what the book refuses, what it draws, and the page around it."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace

import altair as alt
import pandas as pd
import pytest
import vl_convert
from bs4 import BeautifulSoup, Tag
from fontTools.ttLib import TTFont
from reading import ROOT

from chipbook import data
from chipbook.book.cards import template
from chipbook.book.parts import figures
from chipbook.charts import drawing, figure, theme
from chipbook.charts.files import fields, to_csv, values
from chipbook.charts.spec import ROW, Drawn, datasets, numbered, source_ids
from chipbook.charts.spec import tables as spec_tables
from chipbook.data.words import DENIALS

FIXTURE = Path(__file__).parents[1] / "fixtures" / "mini-book"
SOURCES = data.sources().index[:2].tolist()
DESCRIPTION = "Budgets differ: the first outlet says 8 billion dollars, the second says 12.5."


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "outlet": ["First", "Second"],
            "value": [8.0, 12.5],
            "status": ["reported", "filed"],
            "source_ids": [";".join(SOURCES), SOURCES[0]],
        }
    )


def chart(df: pd.DataFrame | None = None, **properties: object) -> alt.Chart:
    given = {"title": "The two outlets disagree", "description": DESCRIPTION} | properties
    return (
        alt.Chart(rows() if df is None else df, **given)
        .mark_bar()
        .encode(
            alt.X("value:Q", title="Amount, billion USD"),
            alt.Y("outlet:N", title=None),
            **theme.status_encoding(),
        )
    )


def spec(*args: object, **properties: object) -> dict:
    return chart(*args, **properties).to_dict()


@pytest.mark.parametrize(
    ("made", "missing"),
    [
        (lambda: spec(description="Bar chart"), "description has 9 characters"),
        (lambda: spec(title=""), "title is missing"),
        (lambda: spec(rows().drop(columns="source_ids")), "sources are unknown"),
        (lambda: spec(rows().assign(source_ids=None)), "sources are unknown"),
        (lambda: (chart() | chart()).properties(title="t").to_dict(), "it uses hconcat"),
        (lambda: chart().encode(row="outlet:N").to_dict(), "it uses row"),
        (lambda: chart().interactive().to_dict(), "scroll wheel"),
        (lambda: chart().encode(alt.X("value:Q").scale(clamp=True)).to_dict(), "scale clamps"),
    ],
)
def test_the_book_refuses_what_a_reader_could_not_check_and_a_notebook_shows_it(
    made, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """A chart of a reader's own stays hers: beside it stands a sentence."""
    monkeypatch.delenv("CHIPBOOK_BUILD", raising=False)
    bundle, _ = figure.render(made())
    assert {"application/vnd.jupyter.widget-view+json", "image/png"} <= bundle.keys()
    [said] = capsys.readouterr().out.splitlines()
    assert said.startswith("Your own chart, shown as it is.")
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    with pytest.raises(ValueError, match=missing):
        figure.render(made())


def test_refusal_names_everything_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    with pytest.raises(ValueError, match=r"(?s)title.*description.*sources"):
        figure.render(spec(rows()[["outlet", "value", "status"]], title="", description=""))


def test_sources_come_from_data_layers_and_usermeta() -> None:
    assert source_ids(spec()) == sorted(SOURCES)
    layered = chart(rows().head(0)) + chart(rows().tail(1))
    assert source_ids(layered.to_dict()) == [SOURCES[0]]
    bare = spec(rows().drop(columns="source_ids"), usermeta={"sources": ["b", "a"]})
    assert source_ids(bare) == ["a", "b"]


def test_book_build_gets_the_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    made = spec()
    assert figure.render(made) == {figure.MIME: numbered(made), "text/plain": DESCRIPTION}


def test_notebook_gets_a_live_chart_without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIPBOOK_BUILD", raising=False)
    bundle, _ = figure.render(spec())
    assert bundle["text/plain"] == DESCRIPTION
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "cdn." not in alt.JupyterChart._esm
    assert "https://esm.sh" not in alt.JupyterChart._esm
    # What a saved notebook shows, where nothing is live.
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


def test_a_missing_text_that_altair_left_as_nan_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIPBOOK_BUILD", "1")
    made = spec(usermeta={"sources": SOURCES, "none": float("nan")})
    assert figure.render(made)[figure.MIME]["usermeta"]["none"] is None


def test_drawings_have_two_widths_and_agree_to_the_byte() -> None:
    made = chart().mark_bar(clip=True).to_dict()  # the renderer counts clips as it goes
    first, second = drawing.draw(made, "k"), drawing.draw(made, "k")
    assert first == second
    assert drawing.size(first.wide)[0] == drawing.WIDE
    assert drawing.size(first.narrow)[0] == drawing.NARROW


def test_clips_of_two_charts_do_not_meet() -> None:
    made = chart().mark_bar(clip=True).to_dict()
    ids = [
        set(re.findall(r'id="([^"]+)"', svg))
        for name in ("a", "b")
        for svg in (drawing.draw(made, name).wide, drawing.draw(made, name).narrow)
    ]
    assert all(ids)
    assert len(set.union(*ids)) == sum(map(len, ids))


def test_drawing_leaves_words_to_the_page() -> None:
    with alt.theme.enable("chipbook"):
        drawn = drawing.draw(spec(), "k")
    assert "The two outlets disagree" not in drawn.wide
    assert "Second</text>" in drawn.wide
    assert theme.colour("status-filed") in drawn.wide
    assert theme.COLOURS["status-filed"][0] not in drawn.wide.replace(
        theme.colour("status-filed"), ""
    )


def test_text_is_measured_in_the_font_of_the_page() -> None:
    label = "South China Morning Post"
    with alt.theme.enable("chipbook"):
        drawn = drawing.draw(spec(rows().assign(outlet=[label, "b"])), "k")
    font = TTFont(next(theme.FONT_DIR.glob("*-400.ttf")))
    glyphs, advances = font.getBestCmap(), font["hmtx"]
    width = sum(advances[glyphs[ord(c)]][0] for c in label) / font["head"].unitsPerEm * 13
    origin = float(re.search(r"translate\(([\d.]+)", drawn.wide)[1])
    # Left of the plot: the label, its padding of 6 and the padding of 5 around the chart.
    assert origin == pytest.approx(width + 11, abs=4)


def test_a_phone_gets_shorter_labels() -> None:
    label = "A name that is far too long for the axis of a chart on a phone"
    with alt.theme.enable("chipbook"):
        drawn = drawing.draw(spec(rows().assign(outlet=[label, "b"])), "k")
    wide, narrow = (re.search(r">(A name[^<]*)…<", svg)[1] for svg in (drawn.wide, drawn.narrow))
    assert len(narrow) < len(wide)


def test_live_chart_is_as_high_as_the_static_one() -> None:
    made = chart().properties(height=alt.Step(40)).to_dict()
    drawn = drawing.draw(made, "k")
    assert drawn.vega["height"] == drawing.size(drawn.wide)[1]


def test_downloaded_picture_speaks_for_itself() -> None:
    drawn = drawing.draw(spec(), "k")
    foot = ["It was denied.", "Sources: A & B", "Book · https://example.org/one.html"]
    picture = drawing.standalone(drawn.wide, "Longtitle " * 12, "In words", foot)
    assert "var(--" not in picture
    assert picture.count("Longtitle") == 12
    assert picture.count('font-weight="600"') == 2  # the title in two lines
    for line in ("It was denied.", "Sources: A &amp; B", "Book · https://example.org/one.html"):
        assert f">{line}</text>" in picture
    assert drawing.size(picture)[1] > drawing.size(drawn.wide)[1]


def _pixels(image: bytes) -> tuple[bytes, bytes]:
    place, head, packed = 8, b"", b""
    while place < len(image):
        length, kind = struct.unpack(">I4s", image[place : place + 8])
        content = image[place + 8 : place + 8 + length]
        assert struct.unpack(">I", image[place + 8 + length : place + 12 + length])[
            0
        ] == zlib.crc32(kind + content)
        head, packed = (content if kind == b"IHDR" else head), packed + content * (kind == b"IDAT")
        place += length + 12
    return head, zlib.decompress(packed)


def test_png_is_repacked_without_loss() -> None:
    svg = drawing.standalone(drawing.draw(spec(), "k").wide, "Title", "", ["Credit"])
    ours, theirs = drawing.png(svg), vl_convert.svg_to_png(svg, scale=2)
    assert _pixels(ours) == _pixels(theirs)
    assert len(ours) < len(theirs) / 2


def test_csv_holds_what_is_drawn_and_what_is_known_of_it() -> None:
    df = rows().assign(report_id=["bd-2025-01-ft-12bn", None], reply_scope="this figure")
    df = df.assign(value=[8.0, 1234.5], period=["2025-01", "2025"], place=[1, 2])
    drawn, _ = tables(
        chart(df)
        .transform_calculate(v="datum.value * 2")
        .encode(alt.X("v:Q", title="Amount, billion USD"))
    )
    names = {SOURCES[0]: "One, 2025", SOURCES[1]: "Two, 2025"}
    content = to_csv(values(drawn, names))
    first, second = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert second == {
        "Outlet": "Second",
        "Amount, billion USD": "2469",
        "Unit": "billion USD",
        "Who": "Second",
        "Period": "2025",
        "Status": "filed",
        "Answer": "",
        "Answered by": "",
        "Answered on": "",
        "source_ids": SOURCES[0],
        "Sources": "One, 2025",
    }
    assert [first[f"Answer{more}"] for more in ("", "ed by", "ed on")] == [
        "denied",
        "ByteDance",
        "2025-01-21",
    ]
    assert first["Sources"] == "One, 2025; Two, 2025"


def test_each_row_has_the_unit_of_its_own_where_an_axis_lists_several() -> None:
    df = rows().assign(unit=["cards", "dies"])
    drawn, _ = tables(chart(df).encode(alt.X("value:Q", title="chips, cards or dies")))
    found = values(drawn, {})
    assert [row["Unit"] for row in found] == ["cards", "dies"]
    [number] = [field for field in fields(drawn, found) if field["type"] == "number"]
    assert number == {"name": "chips, cards or dies", "type": "number", "unit": "cards; dies"}


def tables(made: alt.Chart | alt.LayerChart) -> tuple[list[Drawn], list[str]]:
    """What is drawn of a chart, as its page tells it."""
    with alt.theme.enable("chipbook"):
        numbers = numbered(made.to_dict())
        return spec_tables(numbers, drawing.draw(numbers, "k").items)


def test_table_shows_what_is_drawn() -> None:
    df = rows().assign(year=[2024, 2025], hidden="x", day=pd.to_datetime(["2025-01-21"] * 2))
    made = chart(df).encode(tooltip=["year:O", alt.Tooltip("day:T", title="Day")])
    [(headers, kinds, cells, _)], words = tables(made)
    assert headers == ["Outlet", "Year", "Day", "Amount, billion USD", "Status", "Sources"]
    assert kinds == ["text", "text", "text", "number", "status", "sources"]
    assert cells[1] == ["Second", "2025", "2025-01-21", "12.5", "filed", [SOURCES[0]]]
    assert words == []


def test_a_break_within_a_name_parts_nothing() -> None:
    broken = ["South China\nMorning Post\nmore than 4", "Second\n12.5"]
    made = chart(rows().assign(name=["South China Morning Post", "Second"], words=broken))
    [(headers, _, cells, _)], _ = tables(made.mark_text().encode(text="words:N"))
    at = headers.index("In words")
    assert [row[at] for row in cells] == ["South China Morning Post, more than 4", "Second, 12.5"]


def test_table_holds_what_vega_computes_in_the_first_state() -> None:
    share = alt.param(name="share", value=50, bind=alt.binding_range(min=0, max=100))
    made = chart().mark_bar().transform_calculate(part="datum.value * share / 100")
    made = made.transform_filter("share < 90 || datum.value > 10")
    bars = made.encode(alt.X("part:Q", title="billion USD"))
    words = bars.mark_text().encode(text=alt.Text("part:Q", format=".1f"))
    [(headers, _, cells, _)], _ = tables((bars + words).add_params(share))
    assert headers == ["Outlet", "billion USD", "Status", "Sources"]
    assert [row[1] for row in cells] == ["4", "6.25"]


def test_table_leaves_out_what_places_and_what_is_not_drawn() -> None:
    plot = alt.Chart(rows().assign(place=[1, 2], words=["no", "twelve|and a half"]))
    plot = plot.encode(alt.Y("place:O").axis(None), alt.X("value:Q").axis(None))
    seen = alt.condition("datum.value > 10", alt.value(1), alt.value(0))
    text = plot.mark_text().encode(alt.X2("place"), alt.Y2("value"), text="words:N", opacity=seen)
    note = alt.Chart(alt.InlineData(values=[{}])).mark_text(text="the limit, 10")
    [(headers, _, cells, _)], words = tables((text + note).properties(title="t"))
    assert (headers, [row[0] for row in cells]) == (["In words", "Sources"], ["twelve, and a half"])
    assert words == ["the limit, 10"]


def test_a_table_leaves_out_what_is_computed_only_to_place_a_mark() -> None:
    bars = chart().transform_calculate(zero="0", middle="datum.value / 2")
    bars = bars.encode(alt.X("value:Q", title="billion USD"), alt.X2("zero:Q"))
    words = chart().transform_calculate(middle="datum.value / 2").mark_text()
    words = words.encode(alt.X("middle:Q"), text="outlet:N")
    [(headers, *_)], _ = tables(bars + words)
    assert headers == ["Outlet", "billion USD", "Status", "Sources"]


def test_what_vega_counts_has_a_table_of_its_own() -> None:
    count = chart().transform_aggregate(n="count()", groupby=["status"])
    count = count.encode(alt.X("n:Q", title="reports"), y="status:N")
    [(headers, _, cells, _)], _ = tables(count)
    assert (headers, cells) == (["reports", "Status"], [["1", "reported"], ["1", "filed"]])


def test_layers_with_data_of_their_own_get_tables_of_their_own() -> None:
    rule = pd.DataFrame({"limit": [10.0]})
    line = alt.Chart(rule).mark_rule().encode(alt.X("limit:Q", title="Limit, billion USD"))
    (first, second), _ = tables(chart() + line)
    assert "Outlet" in first.headers
    assert second.rows == [["10"]]


def test_names_keep_the_order_of_the_data_when_rows_come_back() -> None:
    """Vega's own order is that of arrival: what a filter took away would come back as the last."""
    made = chart(rows().iloc[::-1]).encode(alt.Y("outlet:N").sort(None)).to_dict()
    numbers = numbered(made)
    assert numbers["encoding"]["y"]["sort"] == {"field": ROW, "op": "min"}
    scale = next(s for s in drawing.draw(numbers, "k").vega["scales"] if s["name"] == "y")
    assert scale["domain"]["sort"] == {"op": "min", "field": ROW}
    assert [row[ROW] for row in datasets(numbers)[0]] == [0, 1]
    assert numbered(numbers) == numbers


def test_apostrophes_in_a_drawing_are_those_of_prose() -> None:
    plan = "A firm's plan, which it doesn't give"
    made = chart(rows().assign(outlet=plan)).transform_filter("datum.outlet != 's'").to_dict()
    numbers = numbered(made)
    assert datasets(numbers)[0][0]["outlet"] == plan.replace("'", "’")
    assert numbers["transform"] == made["transform"]


def test_line_of_sources_names_five_and_counts_the_rest() -> None:
    known = data.sources()
    few, rest = figures.leading(known.index[:6].tolist())
    assert (len(few), rest) == (6, 0)
    many, rest = figures.leading(known.index[:30].tolist())
    assert (len(many), rest) == (5, 25)
    assert len(set(many.values())) == 5
    order = ["primary", "strong", "relay", "weak"]
    ranks = [order.index(known.loc[key, "strength"]) for key in many]
    assert ranks == sorted(ranks)


def test_who_contested_a_report_behind_a_chart_is_told() -> None:
    denied = spec(rows().assign(id=["ft25-total", "rev24"]))
    assert figures.denial(denied) == [
        "Reports behind this that were contested: denied by ByteDance on 21 January 2025."
    ]
    assert figures.denial(spec(rows().assign(id="rev24"))) == []
    coded = data.load("press_reports")
    contested = coded[coded["response_type"].isin(DENIALS)]
    [told] = figures.denial(
        spec(contested[["id", "source_ids"]].assign(outlet="a", status="filed", value=1))
    )
    counts = contested["response_type"].value_counts()
    assert f"{counts['denied in part']} denied in part; " in told
    assert f"{counts['denied in full']} denied; " in told


# ---- A book of one chapter, built by the real extension ----


def build(folder: Path, seed: str) -> Path:
    shutil.copytree(FIXTURE, folder)
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "--keep-going", ".", "out"],
        cwd=folder,
        env={
            **os.environ,
            "CHIPBOOK_BUILD": "1",
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests"))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("first") / "book", "1")


@pytest.fixture(scope="module")
def page(book: Path) -> BeautifulSoup:
    return BeautifulSoup(
        (book / "chapters" / "one.html").read_text(encoding="utf-8"), "html.parser"
    )


@pytest.fixture(scope="module")
def drawn(page: BeautifulSoup) -> Tag:
    return page.select_one("figure#fig-budget > .chart")


def test_figure_and_table_are_numbered(page: BeautifulSoup) -> None:
    assert (
        page.select_one("figure#fig-budget figcaption")
        .text.strip()
        .startswith("Fig. 1 How to read it")
    )
    assert page.select_one("table#tab-budget caption").text.strip().startswith("Table 1 One by one")
    links = {a["href"]: a.text for a in page.select("a.reference.internal")}
    assert links["#fig-budget"] == "Fig. 1"
    assert links["#tab-budget"] == "Table 1"


def test_chart_reads_in_order(drawn: Tag) -> None:
    assert drawn.select_one("p.chart-title").text == "Outlets name budgets that differ"
    assert drawn.select_one("p.chart-subtitle").text == "Reported, billion US dollars"
    image = drawn.select_one("[role=img]")
    assert image["aria-label"].startswith("Reports of the budget")
    assert [svg["class"][0] for svg in image.select("svg")] == ["chart-wide", "chart-narrow"]
    assert all(svg["aria-hidden"] == "true" for svg in image.select("svg"))


def test_the_input_stands_in_the_page(drawn: Tag) -> None:
    (control,) = drawn.select("form.chart-controls > .chart-control")
    assert control.select("input, select")


def test_an_input_says_its_ends_and_its_value_as_readers_write_them() -> None:
    bound = {"input": "range", "min": 0, "max": 1_000_000, "step": 5, "name": "Of it, of all, USD"}
    choice = {"input": "radio", "options": [4, 8], "labels": ["four", "eight"], "name": "Bits, %"}
    html = template("chart.html").render(
        drawn=SimpleNamespace(wide="", narrow=""),
        controls=[
            {"name": "share", "value": 60000.0, "bind": bound},
            {"name": "bits", "value": 8, "bind": choice},
        ],
    )
    slider, bits = BeautifulSoup(html, "html.parser").select(".chart-control")
    assert slider.text == "Of it, of all 01,000,00060,000\N{NO-BREAK SPACE}USD"
    assert bits.text == "Bits, %foureight"
    assert bits.select_one("[checked]").parent.text == "eight"


def test_sources_lead_to_their_entries(book: Path, drawn: Tag) -> None:
    entries = BeautifulSoup((book / "chapters" / "sources.html").read_text(), "html.parser")
    links = [a["href"] for a in drawn.select(".chart-notes a.src")]
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        assert path == "sources.html"
        assert entries.find(id=anchor)


def test_chapter_list_holds_the_sources_of_charts_and_tables(page: BeautifulSoup) -> None:
    used = data.load("budget_reports").head(4)["source_ids"].str.split(";").explode().nunique()
    assert len(page.select("ul.sources > li")) == used


def test_every_file_of_the_chart_exists(book: Path, drawn: Tag) -> None:
    files = [a["href"] for a in drawn.select(".chart-files a")] + [drawn["data-src"]]
    endings = sorted(name.rpartition(".")[2] for name in files)
    assert endings == ["csv", "js", "json", "json", "png", "svg"]
    for name in files:
        assert (book / "chapters" / name).resolve().stat().st_size > 100


def test_live_script_holds_the_compiled_chart(book: Path, drawn: Tag) -> None:
    script = (book / "chapters" / drawn["data-src"]).resolve().read_text(encoding="utf-8")
    arguments = re.fullmatch(r"chipbookChart\((.*)\);\n", script)[1]
    key, vega, names = json.loads(f"[{arguments}]")
    assert key == drawn["data-chart"]
    assert "vega/v6" in vega["$schema"]
    assert {a.text for a in drawn.select(".chart-notes a.src")} <= set(names.values())


def test_only_pages_with_charts_load_the_script(book: Path, page: BeautifulSoup) -> None:
    assert any("charts.js" in script.get("src", "") for script in page.select("script"))
    assert "charts.js" not in (book / "chapters" / "sources.html").read_text(encoding="utf-8")


def test_folded_table_has_the_rows(drawn: Tag) -> None:
    table = drawn.select_one("details.chart-table table")
    assert [th.text.strip() for th in table.select("thead th")] == [
        "Outlet",
        "Amount, billion USD",
        "Status",
        "Sources",
    ]
    assert len(table.select("tbody tr")) == 4


def test_table_is_one_that_can_be_heard_and_scrolled(page: BeautifulSoup) -> None:
    table = page.select_one("table#tab-budget")
    region = table.find_parent(attrs={"role": "region"})
    assert region["tabindex"] == "0"
    assert region["aria-label"].startswith("One by one")
    assert {th["scope"] for th in table.select("thead th")} == {"col"}
    assert {th["scope"] for th in table.select("tbody th")} == {"row"}
    assert "num" in table.select("thead th")[1]["class"]
    assert table.select_one("td .status-reported").text == "reported"
    assert page.select_one("p.table-note").text == "Four of many."
    assert table.find_parent(class_="cell_output")


def test_two_builds_agree_to_the_byte(book: Path, tmp_path: Path) -> None:
    again = build(tmp_path / "another" / "book", "2")
    names = {path.relative_to(book) for path in book.glob("_static/charts/*")}
    names |= {Path("chapters/one.html")}
    assert names == {path.relative_to(again) for path in again.glob("_static/charts/*")} | {
        Path("chapters/one.html")
    }
    differ = [n for n in names if (book / n).read_bytes() != (again / n).read_bytes()]
    assert not differ
