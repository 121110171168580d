"""What can be wrong with the files of the data: each fault is one sentence with place and cure."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reading import edit

from chipbook.check.__main__ import main
from chipbook.data import data_dir

TABLE = "tokens.csv"
Break = Callable[[Path], object]


def text(file: str, change: Callable[[str], str]) -> Break:
    """Change the text of a file."""

    def broken(folder: Path) -> None:
        path = folder / file
        path.write_bytes(change(path.read_bytes().decode()).encode())

    return broken


def swap(old: str, new: str, file: str = TABLE) -> Break:
    def change(whole: str) -> str:
        assert old in whole
        return whole.replace(old, new, 1)

    return text(file, change)


def raw(content: bytes, after: bytes = b"id,") -> Break:
    """Put bytes into a table behind the first ``after``."""

    def broken(folder: Path) -> None:
        path = folder / TABLE
        path.write_bytes(path.read_bytes().replace(after, after + content, 1))

    return broken


def lines(change: Callable[[list[str]], list[str]], file: str = TABLE) -> Break:
    return text(file, lambda whole: "\n".join(change(whole.split("\n"))))


def columns(change: Callable[[list[str]], list[str]]) -> Break:
    """Change the header of a table, and none of its rows."""
    return lines(lambda all_: [",".join(change(all_[0].split(","))), *all_[1:]])


def cell(column: str, value: str, key: str = "doubao-models-2024-05", file: str = TABLE) -> Break:
    return lambda folder: edit(folder, file, key, **{column: value})


def fact(column: str, value: str) -> Break:
    return cell(column, value, "rev24", "facts.csv")


def instead(make: Callable[[Path], object], file: str = TABLE) -> Break:
    """Something else in the place of a file."""

    def broken(folder: Path) -> None:
        (folder / file).unlink()
        make(folder / file)

    return broken


def described(change: Callable[[dict[str, Any]], object], file: str = "datapackage.json") -> Break:
    """Change the descriptor, or another ``file`` of JSON."""

    def broken(folder: Path) -> None:
        path = folder / file
        held = json.loads(path.read_bytes())
        change(held)
        path.write_text(json.dumps(held), encoding="utf-8")

    return broken


def resource(change: Callable[[dict[str, Any]], object], name: str = "tokens") -> Break:
    return described(lambda p: change(next(r for r in p["resources"] if r["name"] == name)))


def kept(change: Callable[[dict[str, Any]], object]) -> Break:
    """Change what is known of the last release."""
    return described(change, "released.json")


def field(column: str, **parts: object) -> Break:
    """Set parts of a column of tokens; None takes one out."""

    def change(entry: dict[str, Any]) -> None:
        found = next(f for f in entry["schema"]["fields"] if f["name"] == column)
        found.update(parts)
        for part in [part for part, value in parts.items() if value is None]:
            del found[part]

    return resource(change)


def without(name: str) -> Break:
    """A table gone, with its file."""

    def broken(folder: Path) -> None:
        (folder / f"{name}.csv").unlink()
        described(lambda p: p.update(resources=[r for r in p["resources"] if r["name"] != name]))(
            folder
        )

    return broken


def beyond(path: Path) -> None:
    path.symlink_to(data_dir() / path.name)


HERE = f"data/{TABLE}: "
CELL = f"{HERE}row 2 (id doubao-models-2024-05), column "
FACT = "(id rev24), column "
DESCRIPTOR = "data/datapackage.json: expected "
PLAIN = "expected a number (digits 0 to 9 and one point), found "
SEEN = "expected signs that can be seen"

# Name, how to break it, words of the message.
FILES: list[tuple[str, Break, str]] = [
    (
        "latin-1",
        raw(b"\xe9"),
        f"{HERE}expected a file of the folder, in UTF-8, found the byte 0xe9",
    ),
    ("cp1252 in line 2", raw(b"\x92", b"\n"), "found the byte 0x92 in line 2: save it as UTF-8"),
    (
        "utf-16",
        text(TABLE, str.upper) and instead(lambda p: p.write_bytes("id".encode("utf-16"))),
        "the byte 0xff in line 1",
    ),
    ("byte order mark", text(TABLE, "\ufeff{}".format), "mends them and keeps your edits"),
    ("line ends of Windows", text(TABLE, lambda s: s.replace("\n", "\r\n")), "line ends LF"),
    ("line ends of an old Mac", text(TABLE, lambda s: s.replace("\n", "\r")), "line ends LF"),
    ("missing", lambda f: (f / TABLE).unlink(), f"{HERE}expected a file, found none"),
    ("folder", instead(Path.mkdir), "found a folder"),
    ("pipe", instead(os.mkfifo), "found a pipe or device"),
    ("link out of the folder", instead(beyond), "found a link"),
    ("link to nothing", instead(lambda p: p.symlink_to("nowhere")), "found a link"),
    (
        "table in no resource",
        lambda f: (f / "more.csv").touch(),
        "data/more.csv: expected a resource",
    ),
    (
        "table in a folder",
        lambda f: ((f / "sub").mkdir(), (f / "sub/a.csv").touch()),
        "data/sub/a.csv: expected a file of the folder, in UTF-8, found one in a folder of its own",
    ),
    (
        "no change log",
        lambda f: (f / "CHANGELOG.md").unlink(),
        "data/CHANGELOG.md: expected a file",
    ),
    ("no codebook", lambda f: (f / "README.md").unlink(), "data/README.md: expected a file"),
    (
        "no descriptor",
        lambda f: (f / "datapackage.json").unlink(),
        "data/datapackage.json: expected a file",
    ),
    (
        "empty",
        text(TABLE, lambda s: ""),
        f"{HERE}row 1: expected the columns of the schema, found none of id, ",
    ),
    ("header alone", lines(lambda all_: [all_[0], ""]), f"{HERE}expected rows below the header"),
    ("cut in a row", text(TABLE, lambda s: s[:-40]), f"{HERE}row "),
    (
        "cut in a quotation",
        text("facts.csv", lambda s: s[: s.rindex('"') - 4]),
        "quotation marks around whole cells",
    ),
    (
        "quotation never closed",
        swap("doubao-models-2024-05,", 'doubao-models-2024-05,"'),
        "quotation marks around whole cells",
    ),
    ("column missing", columns(lambda c: [n for n in c if n != "value"]), "found none of value"),
    ("column too many", columns(lambda c: [*c, "more"]), "found also 'more'"),
    ("column twice", columns(lambda c: [*c[:-1], "value"]), "twice value"),
    (
        "columns in another order",
        columns(lambda c: [c[1], c[0], *c[2:]]),
        "another order: series before id",
    ),
    ("space in a header", columns(lambda c: ["id ", *c[1:]]), "also 'id '"),
    ("capitals in a header", columns(lambda c: ["Id", *c[1:]]), "none of id; also 'Id'"),
    ("semicolons", text(TABLE, lambda s: s.replace(",", ";")), "found none of id, "),
    (
        "too few cells",
        lines(lambda all_: [all_[0], "short,a", *all_[1:]]),
        f"{HERE}row 2 (id short): expected",
    ),
    (
        "comma without quotation marks",
        swap("doubao-models-2024-05,", "doubao-models-2024-05,,"),
        "needs quotation marks",
    ),
    ("blank row", lines(lambda all_: [all_[0], "", *all_[1:]]), f"{HERE}row 2: expected"),
    (
        "marks of a conflict",
        lines(lambda all_: [all_[0], "<<<<<<< HEAD", *all_[1:]]),
        f"{HERE}row 2 (id <<<<<<< HEAD): expected",
    ),
    # Cells.
    ("word", cell("value", "twelve"), f"{CELL}value: {PLAIN}twelve"),
    ("digits of another script", fact("value", "１２"), f"{FACT}value: {PLAIN}１２"),
    ("Arabic digits", fact("value", "١٢"), f"{FACT}value: {PLAIN}١٢"),
    ("underscore", fact("value", "1_2"), f"{PLAIN}1_2"),
    ("decimal comma", fact("value", "12,5"), f"{PLAIN}12,5"),
    ("space after a number", fact("value", "12 "), f"{PLAIN}12 "),
    ("no number", fact("value", "NaN"), f"{FACT}value: {PLAIN}NaN"),
    ("infinite", fact("value", "-inf"), f"{PLAIN}-inf"),
    ("exponent", fact("value", "1e400"), f"{PLAIN}1e400"),
    ("hexadecimal", fact("value", "0x0c"), f"{PLAIN}0x0c"),
    ("unit in the cell", fact("value", "12%"), f"{PLAIN}12%"),
    ("unit misspelt", fact("unit", "bilion USD"), f"{FACT}unit: expected one of USD, million USD"),
    ("unit in capitals", fact("unit", "Billion USD"), "column unit: expected one of"),
    ("status unknown", fact("status", "reprted"), "column status: expected one of filed"),
    (
        "period misspelt",
        fact("period", "2025-1"),
        f"{FACT}period: expected text that fits its meaning",
    ),
    (
        "period in other digits",
        fact("period", "２０２５"),
        f"{FACT}period: expected text that fits",
    ),
    (
        "day that is none",
        fact("reviewed", "23.11.2026"),
        "column reviewed: expected a date (2025-01-31)",
    ),
    ("no entity", fact("entity", ""), f"{FACT}entity: expected a value, found nothing"),
    ("space at an end", fact("entity", "ByteDance "), "expected no space at either end"),
    (
        "sign of no width",
        fact("entity", "Byte\u200bDance"),
        f"{SEEN}: 'Byte\\u200bDance' has others",
    ),
    ("turned direction", fact("metric", "a\u202eb"), SEEN),
    ("bell", fact("metric", "a\x07b"), SEEN),
    ("null", fact("metric", "a\0b"), "data/facts.csv: row "),
    ("lost sign", fact("metric", "a\ufffdb"), SEEN),
    ("very long", fact("metric", "a" * 20_000), "at most a thousand signs"),
    (
        "key twice",
        cell("id", "doubao-models-2024-05", "doubao-models-2024-09"),
        "expected a value used once",
    ),
    (
        "key with a Cyrillic letter",
        fact("id", "rev2\u0430"),
        "column id: expected text that fits its meaning",
    ),
    (
        "key with a line end",
        fact("id", "rev24\n"),
        "(id rev24\\n), column id: expected no space at",
    ),
    (
        "report unknown",
        fact("report_id", "bd-2025-nobody"),
        f"{FACT}report_id: expected a key of the table it refers to, press_reports",
    ),
    (
        "address of a script",
        cell("url", "javascript:alert(1)", "36kr-2024-12", "sources.csv"),
        "column url: expected text that fits",
    ),
    (
        "formula of a spreadsheet",
        fact("metric", '=HYPERLINK("https://example.org")'),
        f"{FACT}metric: expected no start that a spreadsheet takes for a formula",
    ),
    (
        "formula that starts as a number",
        fact("metric", "-1+cmd|' /C calc'!A0"),
        f"{FACT}metric: expected no start that a spreadsheet takes for a formula",
    ),
    # The descriptor.
    ("no JSON", text("datapackage.json", lambda s: s[:-20]), "expected JSON"),
    (
        "empty descriptor",
        text("datapackage.json", lambda s: ""),
        f"{DESCRIPTOR}a readable descriptor",
    ),
    (
        "a list",
        text("datapackage.json", lambda s: "[]"),
        f"{DESCRIPTOR}the descriptor of a data package",
    ),
    ("no resources", described(lambda p: p.pop("resources")), "'resources' is a required property"),
    ("no version", described(lambda p: p.pop("version")), "'version' is a required property"),
    (
        "version of two parts",
        described(lambda p: p.update(version="1.1")),
        "a version of three numbers (version)",
    ),
    (
        "resource missing",
        without("corrections"),
        "a resource corrections, which the rules read, found none",
    ),
    (
        "resource twice",
        described(lambda p: p["resources"].append(p["resources"][0])),
        "found sources twice",
    ),
    (
        "no path",
        resource(lambda r: r.pop("path")),
        "(resources/tokens), found 'path' is a required",
    ),
    ("no schema", resource(lambda r: r.pop("schema")), "'schema' is a required property"),
    ("no name", resource(lambda r: r.pop("name")), "'name' is a required property"),
    (
        "path outside",
        resource(lambda r: r.update(path="../tokens.csv")),
        "neither outside nor an address (resources/tokens/path)",
    ),
    (
        "address",
        resource(lambda r: r.update(path="http://127.0.0.1/tokens.csv")),
        "neither outside nor an address",
    ),
    (
        "encoding",
        resource(lambda r: r.update(encoding="latin-1")),
        "expected utf-8 (resources/tokens/encoding)",
    ),
    (
        "dialect",
        resource(lambda r: r.update(dialect={"delimiter": ";"})),
        "'dialect' was unexpected",
    ),
    (
        "hash cut",
        resource(lambda r: r.update(hash="sha256:00")),
        "expected a SHA-256 (resources/tokens/hash)",
    ),
    (
        "missing values",
        resource(lambda r: r["schema"].update(missingValues=["12"])),
        "no missing value but the empty cell",
    ),
    (
        "no description",
        field("value", description=None),
        "(resources/tokens/schema/fields/value), found 'description'",
    ),
    (
        "type unknown",
        field("value", type="any"),
        "expected a type (resources/tokens/schema/fields/value/type)",
    ),
    ("number in a title", field("value", title="Value of 12"), "words without typed numbers"),
    # What is known of the last release.
    ("cells cut", text("released.json", lambda s: s[:-20]), "the cells of the last release"),
    ("cells emptied", text("released.json", lambda s: "{}"), "brings them back), found 'tables'"),
    (
        "log taken out of the cells",
        kept(lambda p: p["tables"].pop("corrections")),
        "brings them back), found 'corrections'",
    ),
    (
        "column taken out of the cells",
        kept(lambda p: p["tables"]["facts"]["columns"].pop()),
        "found other letters than 88 for",
    ),
    # The log.
    (
        "lines of the log in another order",
        lines(lambda all_: [all_[0], all_[2], all_[1], *all_[3:]], "corrections.csv"),
        "data/corrections.csv: expected the lines of",
    ),
    (
        "a version that says nothing",
        text("CHANGELOG.md", lambda s: re.sub(r"(?<=`\n\n)(?!Digest)[^#]+", "", s, count=1)),
        "a sentence for readers below ## ",
    ),
    (
        "licence of a script",
        described(lambda p: p["licenses"][0].update(path="javascript:a")),
        "an http address (licenses/CC-BY-4.0/path)",
    ),
]


@pytest.mark.parametrize(
    ("broken", "told"), [case[1:] for case in FILES], ids=[c[0] for c in FILES]
)
def test_a_fault_of_a_file_is_one_sentence(tmp_path, capsys, broken, told):
    folder = Path(shutil.copytree(data_dir(), tmp_path / "data"))
    broken(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.exists()}
    assert main(["--data", str(folder), "refresh"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    faults = said.err.splitlines()
    assert faults[0].startswith("data/")
    assert told in said.err
    assert "nothing was written" in faults[-1]
    assert len(said.err) < 2000
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.exists()} == before
