"""The data catalogue: its page, the page of each table, and the downloads."""

import hashlib
import re
import sqlite3
import zipfile
from datetime import date, timedelta
from html import unescape
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from reading import rows

from chipbook.book.domain import row_place
from chipbook.data import data_dir, facts, package, split
from chipbook.data.words import DENIALS
from chipbook.story import downloads

RESOURCES = package()["resources"]


def html(site: Path, page: str) -> str:
    return (site / f"{page}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda entry: entry["name"])
def test_each_table_is_described_to_its_last_column(small, entry):
    text = html(small, f"tables/{entry['name']}")
    plain = unescape(re.sub(r"<[^>]+>", "", text))
    assert entry["description"] in plain
    assert f"{len(rows(entry['name'])):,} row" in plain
    assert f'href="../data/{entry["path"]}"' in text
    assert hashlib.sha256((data_dir() / entry["path"]).read_bytes()).hexdigest() in plain
    terms = re.findall(r"<dt>.*?</dt>\s*<dd>.*?</dd>", text.split("</details>")[0], re.DOTALL)
    assert len(terms) == len(entry["schema"]["fields"])
    for term, field in zip(terms, entry["schema"]["fields"], strict=True):
        words = unescape(re.sub(r"<[^>]+>", "", term))
        assert words.startswith(field["name"])
        for part in (field["description"], *field.get("constraints", {}).get("enum", ())):
            assert part in words


@pytest.mark.parametrize("entry", RESOURCES, ids=lambda entry: entry["name"])
def test_every_row_has_an_address_and_leads_to_its_sources(small, entry):
    name = entry["name"]
    page = "chapters/sources" if name == "sources" else f"tables/{name}"
    text = html(small, page)
    for row in rows(entry["name"]).values():
        table, anchor = row_place(name, row["id"])
        assert table == page
        start = text.index(f'id="{anchor}"')
        part = text[start : text.find("</tr>", start)]
        if name == "sources":
            continue
        for key in split(row.get("source_ids")):
            assert f'href="../chapters/sources.html#source-{key}"' in part
        for column, value in row.items():
            if column != "id" and value:
                assert re.search(rf'data-label="{column}"[^>]*>[^<]*<?[^/]', part)


def row_of(site: Path, table: str, row: str) -> str:
    text = html(site, f"tables/{table}")
    return re.search(rf'<tr [^>]*id="row-{row}".*?</tr>', text, re.DOTALL)[0]


def test_a_row_shows_the_answer_to_its_report(small):
    denied = row_of(small, "facts", "ft25-total")
    assert re.search(r'contested"><strong>denied in full</strong>: <q>\w+', denied)
    assert 'href="press_reports.html#row-bd-2025-01-ft-12bn"' in denied
    assert "contested" not in row_of(small, "peer_capex", "meta-fy2025")
    assert "ft25-denial denies it" in row_of(small, "claims", "ft25-plan")


def test_a_row_leads_to_its_number_its_pages_and_its_corrections(small):
    used = row_of(small, "peer_capex", "meta-fy2025")
    assert 'href="../chapters/numbers.html#fact-peer_capex--meta-fy2025"' in used
    assert 'Used in <a href="../chapters/one.html">One</a>' in used
    unused = row_of(small, "peer_capex", "meta-fy2024")
    assert "Used in" not in unused
    computed = row_of(small, "derived", "ft25-local-usd")
    assert 'href="../chapters/numbers.html#fact-ft25-local-usd"' in computed
    assert f"{facts['ft25-local-usd']}</span>" in computed
    fixed = rows("corrections").values()
    last = next(row for row in fixed if row["resource"] == "facts" and row["new"])
    text = row_of(small, "facts", last["row_id"])
    assert f'href="corrections.html#row-{last["id"]}">{last["column"]}</a>' in text


def test_a_source_leads_to_the_rows_that_rest_on_it(small):
    text = html(small, "chapters/sources")
    entry = text[text.index('id="source-rivista-2025-01-23-seed"') :].split("</details>")[0]
    assert 'href="../tables/facts.html#row-article-total-usd"' in entry
    count = sum(
        "rivista-2025-01-23-seed" in split(row.get("source_ids"))
        for table in RESOURCES
        for row in rows(table["name"]).values()
    )
    assert f"{count} rows rest on it:" in entry


def test_a_table_names_the_pages_that_draw_on_it_and_cards_lead_to_it(small):
    for page, start in (("tables/peer_capex", "../chapters/"), ("chapters/data", "")):
        told = html(small, page).split('id="table-peer_capex"')[-1]
        assert re.search(rf'Loaded in [^.]*<a href="{start}one.html">One</a>', told)
    assert "Loaded in" not in html(small, "tables/chip_specs")
    panel = html(small, "tables/disagreements").split("</details>")[0]
    assert '<a href="../chapters/one.html">One</a>' in panel, "through a panel"
    for page in ("one", "numbers"):
        assert 'href="data.html#table-peer_capex"' in html(small, f"chapters/{page}")


def test_the_downloads_are_those_printed_and_the_same_every_time(small):
    page = html(small, "chapters/data")
    printed = {name: make() for name, make in downloads.files().items()}
    for made in (downloads.archive, downloads.database, downloads.spreadsheet):
        assert made.__wrapped__() == made.__wrapped__()
    for name, content in printed.items():
        assert (small / "data" / name).read_bytes() == content
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


def test_the_database_holds_every_row_and_its_pages(database):
    for entry in RESOURCES:
        name, expected = entry["name"], list(rows(entry["name"]).values())
        columns = [column[0] for column in database.execute(f'SELECT * FROM "{name}"').description]
        assert columns == [field for field in expected[0] if field != "source_ids"]
        ids = database.execute(f'SELECT id FROM "{name}" ORDER BY rowid').fetchall()
        assert ids == [(row["id"],) for row in expected]
        if "source_ids" in expected[0]:
            links = f'SELECT row_id, source_id FROM "{name}_sources" ORDER BY rowid'
            wanted = [(row["id"], key) for row in expected for key in split(row["source_ids"])]
            assert database.execute(links).fetchall() == wanted


def test_the_database_keeps_types_and_empty_cells(database):
    kinds = "SELECT typeof({0}), count(*) FROM {1} GROUP BY 1 ORDER BY 1"
    filled = [bool(row["low"]) for row in rows("facts").values()]
    counted = [("null", filled.count(False)), ("real", filled.count(True))]
    assert database.execute(kinds.format("low", "facts")).fetchall() == counted
    words = dict(database.execute(kinds.format("response_type", "press_reports")))
    assert set(words) <= {"text", "null"}
    assert set(dict(database.execute(kinds.format("blind", "second_coding")))) == {"integer"}


def test_the_database_keeps_its_keys_and_a_name_without_dots(database):
    name = next(name for name in downloads.files() if name.endswith(".sqlite"))
    assert "." not in name.removesuffix(".sqlite"), "links of Datasette break on it"
    assert not database.execute("PRAGMA foreign_key_check").fetchall()
    for entry in RESOURCES:
        found = database.execute(f'PRAGMA foreign_key_list("{entry["name"]}")').fetchall()
        keys = {
            (key["fields"][0], key["reference"]["resource"])
            for key in entry["schema"].get("foreignKeys", ())
        }
        assert {(row[3], row[2]) for row in found} == keys


def test_facts_say_who_denied_them_without_a_join(database):
    """By another route: the coded report behind each fact, where the answer is about the fact."""
    file = pd.read_csv(BytesIO(downloads.answers_file()), dtype="str", keep_default_na=False)
    view = pd.read_sql("SELECT * FROM facts_with_answers", database, dtype="str").fillna("")
    assert list(file["id"]) == list(rows("facts"))
    reports = rows("press_reports")
    for row in file.to_dict("records"):
        report = reports.get(row["report_id"], {})
        if row["reply_scope"] == "another part" and not row["denied"]:
            assert row["answer"] == "reply to another part", row["id"]
        if row["reply_scope"] == "this figure" and report["response_type"] in DENIALS:
            assert row["denied"] == row["answer"] != ""
        if row["reply_scope"] and (row["reply_scope"] == "this figure" or not row["denied"]):
            assert (row["answered_by"], row["answered_on"]) == (
                report["company"],
                report["response_date"],
            )
    retold = file.set_index("id").loc["article-local-usd"]
    assert retold["denied"] == "rests on a denied report"
    told = ["denied", "answer", "answered_by", "answered_on"]
    by_id = file.set_index("id")[told]
    assert by_id.sort_index().equals(
        view.set_index("id")[told].sort_index().astype(file["id"].dtype)
    )


@pytest.fixture(scope="module")
def book():
    with zipfile.ZipFile(BytesIO(downloads.spreadsheet())) as archive:
        yield {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_workbook_has_every_table_with_real_dates_and_months_as_they_are(book):
    names = re.findall('<sheet name="([^"]+)"', book["xl/workbook.xml"])
    assert names == ["About", "facts_with_answers", *(entry["name"] for entry in RESOURCES)]
    texts = re.findall("<si><t[^>]*>(.*?)</t></si>", book["xl/sharedStrings.xml"], re.DOTALL)
    sheet = book[f"xl/worksheets/sheet{names.index('facts') + 1}.xml"]
    assert '<pane xSplit="1" ySplit="1"' in sheet
    assert sheet.count("<row ") == len(rows("facts")) + 1
    lines = [
        re.findall(r'<c r="([A-Z]+)\d+"([^>]*)><v>(.*?)</v>', line)
        for line in sheet.split("<row ")[1:]
    ]
    heads = {texts[int(value)]: column for column, _, value in lines[0]}
    fact = next(
        row for row in rows("facts").values() if row["period"] == "2025-01" and row["value"]
    )
    line = next(line for line in lines if texts[int(line[0][2])] == fact["id"])
    cells = {column: (kind, value) for column, kind, value in line}
    assert texts[int(cells[heads["period"]][1])] == fact["period"] == "2025-01"
    for head, day in (
        ("period_start", "2025-01-01"),
        ("period_end", "2025-01-31"),
        ("reviewed", fact["reviewed"]),
    ):
        kind, value = cells[heads[head]]
        assert 's="' in kind
        assert 't="s"' not in kind
        assert date(1899, 12, 30) + timedelta(int(value)) == date.fromisoformat(day)
    assert cells[heads["value"]][1] == fact["value"]
    assert any("Unit of value" in content for name, content in book.items() if "comments" in name)
