"""What a reader takes away of each chart of the built site: values, pictures, specification."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from html import unescape
from pathlib import Path

import frictionless
import pytest
import vl_convert
from reading import ROOT

from chipbook.book.gates.denied import crosses
from chipbook.book.parts.figures import CHARTS
from chipbook.charts.spec import views
from chipbook.charts.theme import COLOURS
from chipbook.data import load, package
from chipbook.story.answers import reports, signs_in

LAYOUT = {"at", "bottom", "column", "foot", "half", "level", "line", "now", "place", "top", "zero"}
NOISE = re.compile(r"\d\.\d{7,}")
FIGURES = {
    name: "index" if page.stem == "index" else f"chapters/{page.stem}"
    for page in (ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.md")))
    for name in re.findall(r"^ +name: (fig-[\w-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
}
"""Figure → its page."""


def taken(site: Path, name: str, ending: str) -> bytes:
    return (site / CHARTS / f"{name}.{ending}").read_bytes()


def spec_of(site: Path, name: str) -> dict:
    return json.loads(taken(site, name, "vl.json"))


def values(site: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(taken(site, name, "csv").decode("utf-8-sig"))))


def words(svg: str) -> str:
    lines = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)
    return unescape(" ".join(re.sub("<[^>]+>", "", line) for line in lines))


def test_every_chart_has_its_files_and_no_other_is_there(site: Path) -> None:
    named = {path.name for path in (site / CHARTS).glob("*") if path.suffix != ".js"}
    endings = ("csv", "csv-metadata.json", "png", "svg", "vl.json")
    assert named == {f"{name}.{ending}" for name in FIGURES for ending in endings}


@pytest.mark.parametrize("name", FIGURES)
def test_the_values_are_read_without_the_chart(site: Path, name: str) -> None:
    rows, content = values(site, name), taken(site, name, "csv")
    assert content.startswith(b"\xef\xbb\xbf"), "Excel would garble Chinese and dashes"
    assert rows
    assert not LAYOUT & {heading.lower() for heading in rows[0]}
    assert not NOISE.search(content.decode()), "more digits than anything here is known to"
    sources = set(load("sources")["id"])
    for row in rows:
        assert any(row.values())
        assert set(filter(None, row.get("source_ids", "").split(";"))) <= sources
    about = json.loads(taken(site, name, "csv-metadata.json"))
    numbers = [field for field in about["schema"]["fields"] if field["type"] == "number"]
    assert all(field["unit"] for field in numbers)
    measured = [row for row in rows if any(row[field["name"]] for field in numbers)]
    assert all(row["Unit"] for row in measured)
    assert about["version"] == package()["version"]
    assert about["homepage"].endswith(f"{FIGURES[name]}.html#{name}")
    del about["$schema"]  # a name on the network
    found = frictionless.Resource.from_descriptor(about, basepath=str(site / CHARTS)).validate()
    assert found.valid, found.flatten(["type", "note"])


def test_the_values_are_those_drawn_and_not_what_they_are_made_from(site: Path) -> None:
    """By the article the whole is the makers', by the report the share of the slider at first."""
    makers = {
        row["Reading"]: row
        for row in values(site, "fig-two-readings")
        if row["Part"] == "Chinese makers"
    }
    assert {who: row["billion US dollars"] for who, row in makers.items()} == {
        "The article": "5.5",
        "The report": "3.3",
    }
    report, article = makers["The report"], makers["The article"]
    assert (report["Answer"], report["Answered by"]) == ("rests on a denied report", "ByteDance")
    assert report["Answered on"] == reports()["bd-2025-01-ft-12bn"]["response_date"]
    assert article["Answer"] == "rests on a denied report"
    about = json.loads(taken(site, "fig-two-readings", "csv-metadata.json"))
    assert "before anybody moves its inputs (Chinese makers' share" in about["description"]


@pytest.mark.parametrize("name", FIGURES)
def test_pictures_say_what_the_page_says(site: Path, name: str) -> None:
    about, svg = json.loads(taken(site, name, "csv-metadata.json")), taken(site, name, "svg")
    said = words(svg.decode())
    page = (site / f"{FIGURES[name]}.html").read_text(encoding="utf-8")
    figure = page.partition(f'id="{name}"')[2].partition("</figure>")[0]
    assert f'download="{name}.png"' in figure
    caption = figure.partition('<span class="caption-text">')[2].partition("</figcaption>")[0]
    told = unescape(re.sub("<[^>]+>", "", caption.partition('<a class="headerlink"')[0]))
    for text in (about["title"], *told.split(), "Sources:", about["denial"], about["homepage"]):
        assert text in said
    assert f"version {package()['version']} · CC BY 4.0" in said
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.decode())
    pixels = struct.unpack(">II", taken(site, name, "png")[16:24])
    assert pixels == tuple(int(2 * float(length)) for length in size.groups())


@pytest.mark.parametrize("name", FIGURES)
def test_who_denied_goes_with_every_file(site: Path, name: str) -> None:
    """A cross, a figure with a sign or a coded report that was contested: none travels without."""
    spec = spec_of(site, name)
    rows = [row for view in views(spec) for row in view.rows]
    coded = [reports()[row["id"]] for row in rows if row.get("id") in reports()]
    contested = [row for row in coded if re.search("denied|disputed", row["response_type"])]
    about = json.loads(taken(site, name, "csv-metadata.json"))
    if crosses(spec) or signs_in(rows) or contested:
        assert re.search(r"(denied|disputed).* by \w+.* \d{4}", about["denial"])
        assert spec["usermeta"]["denial"] == about["denial"]
        assert any(row["Answered by"] for row in values(site, name))
    else:
        assert not about["denial"]


@pytest.mark.parametrize("name", FIGURES)
def test_the_specification_renders_alone(site: Path, name: str) -> None:
    text = taken(site, name, "vl.json").decode()
    assert "var(" not in text
    drawn = vl_convert.vegalite_to_svg(text)
    page = (site / f"{FIGURES[name]}.html").read_text(encoding="utf-8")
    shown = re.search(
        r'<svg[^>]*class="chart-wide".*?</svg>', page.partition(f'id="{name}"')[2], re.DOTALL
    )[0]
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    there = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', shown)
    assert float(size[1]) == float(there[1])
    assert float(size[2]) >= float(there[2])
    marks = [len(re.findall('class="mark-[a-z]+ role-mark', svg)) for svg in (drawn, shown)]
    assert marks[0] == marks[1] > 0
    items = [len(re.findall("<path|<text", svg)) for svg in (drawn, shown)]
    # One more path behind the chart, and the lines of its title.
    assert 0 < items[0] - items[1] <= 6
    assert COLOURS["chart-bg"][0] in drawn


def test_a_spreadsheet_takes_no_cell_for_a_formula(site: Path) -> None:
    """Of the CSV files, which say no types; `make data` refuses such a cell at its root."""
    found = []
    for path in site.rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = (cell for row in csv.reader(file) for cell in row)
            found += [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![\d.])", cell)]
    assert found == []


def test_pictures_to_take_away_run_nothing_and_lead_nowhere(site: Path) -> None:
    pictures = list((site / CHARTS).glob("*.svg"))
    assert len(pictures) == len(FIGURES)
    for path in pictures:
        tags = re.findall(r"<[^/!?][^>]*>", path.read_text("utf-8"))
        assert not [tag for tag in tags if re.match(r"<(script|a|image|foreignObject)\b", tag)]
        assert not [tag for tag in tags if re.search(r"\son\w+=|href=", tag)]
