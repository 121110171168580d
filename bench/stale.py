"""Random edits, each built upon the last build, against the same sources built from nothing.

    python bench/stale.py --edits 30 --seed 1            # a book of a few pages
    python bench/stale.py --edits 12 --full --every 6    # all of it, compared at each sixth edit
    python bench/stale.py --edits 12 --cut               # each build is killed first, somewhere

Prints the seconds of CPU of both builds and the files of the site that differ, and ends with 1
where any does. Nothing may differ: not a number, not a title, not a link. An edit that the build
refuses is taken back, and the site must not have changed.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from reading import copy_book  # noqa: E402

FEW = "chip-budget market-share numbers sources disagreements data changes glossary about"

Rows = list[dict[str, str]]
Edit = Callable[[Path, random.Random], str]


def table(path: Path, change: Callable[[Rows], str]) -> str:
    """Change the rows of a CSV file; returns what ``change`` says of it."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return f"{path.name}: {said}"


def value(root: Path, dice: random.Random) -> str:
    """Another value of a row that is a plain number."""

    def change(rows: Rows) -> str:
        plain = [row for row in rows if row["value"] and not row["low"] and not row["high"]]
        row = dice.choice(plain)
        row["value"] = f"{float(row['value']) * 1.01:.6g}"
        return f"{row['id']} = {row['value']}"

    names = ("facts", "market_totals", "peer_capex", "app_users", "chip_orders")
    return table(root / "data" / f"{dice.choice(names)}.csv", change)


def row_added(root: Path, dice: random.Random) -> str:
    """A copy of a row under another id."""

    def change(rows: Rows) -> str:
        row = dice.choice(rows)
        rows.append(row | {"id": f"{row['id']}-{dice.randrange(10**6)}"})
        if "url" in row:
            rows[-1]["url"] += "?again"
        return f"+ {rows[-1]['id']}"

    return table(root / "data" / f"{dice.choice(('facts', 'sources', 'tokens'))}.csv", change)


def formula(root: Path, dice: random.Random) -> str:
    """Another rounding of a computed number."""
    path = root / "data" / "derived.csv"
    if not path.exists():
        return value(root, dice)

    def change(rows: Rows) -> str:
        row = dice.choice([row for row in rows if "*" in row["formula"] or "/" in row["formula"]])
        row["formula"] = f"({row['formula']}) * 1.05"
        return f"{row['id']} = {row['formula']}"

    return table(path, change)


def title(root: Path, dice: random.Random) -> str:
    """Another title of a source."""

    def change(rows: Rows) -> str:
        row = dice.choice(rows)
        row["title"] += f" ({dice.choice('abcdef')})"
        return f"title of {row['id']}"

    return table(root / "data" / "sources.csv", change)


def word(*places: tuple[str, str, str]) -> Edit:
    """An edit that puts another word into a file: one of ``places``, as file, old and new."""

    def change(root: Path, dice: random.Random) -> str:
        path, old, new = dice.choice(places)
        text = (root / path).read_text(encoding="utf-8")
        old, new = (old, new) if old in text else (new, old)
        (root / path).write_text(text.replace(old, new, 1), encoding="utf-8")
        return f"{path}: {new}"

    return change


package = word(
    ("chipbook/charts/tables.py", '"Sources"', '"Sources used"'),
    ("chipbook/book/templates/card.html", "How it is made", "How we made it"),
    ("chipbook/charts/theme.toml", '"#', '"# '.strip()),
)
static = word(
    ("chipbook/book/static/book.css", "body", "body "),
    ("chipbook/book/static/cards.js", "const", "const "),
    ("chipbook/book/templates/book.html", "<main", "<main "),
)
settings = word(
    ("_config.yml", "title: Chips and Denials", "title: Chips, and Denials"),
    ("_config.yml", 'contact: ""', 'contact: "https://example.org"'),
    ("requirements.txt", "altair==", "# again\naltair=="),
    ("pyproject.toml", "an explainer", "the explainer"),
    ("README.md", "# ", "# The book "),
    ("CITATION.cff", "title: ", "title: About "),
)


def file_more(root: Path, dice: random.Random) -> str:
    """A static file more, or one less."""
    path = root / "chipbook/book/static" / f"more-{dice.choice('ab')}.js"
    if path.exists():
        path.unlink()
    else:
        path.write_text("// nothing\n", encoding="utf-8")
    return path.name


def page(root: Path, dice: random.Random) -> str:
    """A page more, or one less."""
    path, toc = root / "chapters" / "more.md", root / "_toc.yml"
    whole = yaml.safe_load(toc.read_text(encoding="utf-8"))
    entry, chapters = {"file": "chapters/more"}, whole["parts"][-1]["chapters"]
    if path.exists():
        path.unlink()
        chapters.remove(entry)
    else:
        path.write_text("# More\n\nAgain {fact}`ft25-total`.\n", encoding="utf-8")
        chapters.insert(dice.randrange(len(chapters)), entry)
    toc.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return "there" if path.exists() else "gone"


def prose(root: Path, dice: random.Random) -> str:
    """Another word in a sentence."""
    path = dice.choice(pages(root))
    text = path.read_text(encoding="utf-8")
    path.write_text(text + f"\nA last word: {dice.choice(('so', 'yet', 'thus'))}.\n", "utf-8")
    return path.name


def number(root: Path, dice: random.Random) -> str:
    """A number more, which the cards of other pages tell."""
    path = dice.choice(pages(root))
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\nAgain {fact}`ft25-total`.\n", "utf-8")
    return path.name


def heading(root: Path, dice: random.Random) -> str:
    """Another title of a page, which every page shows."""
    path = dice.choice(pages(root))
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^(# .*)$", r"\1 again", text, count=1, flags=re.M), "utf-8")
    return path.name


def toc(root: Path, dice: random.Random) -> str:
    """Two chapters change places, and with them their numbers."""
    path = root / "_toc.yml"
    whole = yaml.safe_load(path.read_text(encoding="utf-8"))
    chapters = whole["parts"][0]["chapters"]
    a, b = dice.sample(range(len(chapters)), 2)
    chapters[a], chapters[b] = chapters[b], chapters[a]
    path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return f"{a} and {b}"


def descriptor(root: Path, dice: random.Random) -> str:
    """Another description of a table."""
    path = root / "data" / "datapackage.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    entry = dice.choice(whole["resources"])
    entry["description"] += " Again."
    path.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return entry["name"]


EDITS: dict[str, Edit] = {
    **{each.__name__: each for each in (value, row_added, formula, title, descriptor, prose)},
    **{each.__name__: each for each in (number, heading, toc, page, file_more)},
    **{"package": package, "static": static, "settings": settings},
}
UNDO = "undo"


def snapshot(root: Path) -> dict[Path, bytes]:
    """Every file of the sources, and what it holds."""
    files = (path for path in root.rglob("*") if path.is_file())
    kept = (path for path in files if not {"_build", "__pycache__"} & {*path.parts})
    return {path: path.read_bytes() for path in kept}


def restore(root: Path, files: dict[Path, bytes]) -> None:
    """Let the sources in ``root`` be ``files`` again."""
    now = snapshot(root)
    for path in now.keys() - files.keys():
        path.unlink()
    for path, content in files.items():
        if now.get(path) != content:
            path.write_bytes(content)


def pages(root: Path) -> list[Path]:
    """The pages that the table of contents names."""
    whole = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    names = [entry["file"] for part in whole["parts"] for entry in part["chapters"]]
    return [root / f"{name}.md" for name in names]


def sources(root: Path, few: list[str]) -> None:
    """Put what a build reads into ``root``; of the chapters only a ``few``, where any are named."""
    copy_book(root)
    if few:
        path = root / "_toc.yml"
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        for part in whole["parts"]:
            part["chapters"] = [e for e in part["chapters"] if Path(e["file"]).name in few]
        whole["parts"] = [part for part in whole["parts"] if part["chapters"]]
        path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
        # Links to the pages left out. A build that warned would not be built upon.
        path = root / "_config.yml"
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        whole["sphinx"]["config"]["suppress_warnings"] = ["myst.xref_missing", "ref", "toc"]
        path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")


def plain(text: str) -> str:
    """What a program says, without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


def start(root: Path) -> subprocess.Popen[str]:
    """A build of the book in ``root`` that begins."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    return subprocess.Popen(
        [program, "build", "."],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        # A shell that puts this into the background lets what it starts ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def build(root: Path) -> tuple[float, str]:
    """Build the book in ``root``; returns seconds of CPU, and the end of the log if it failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = start(root)
    log, _ = done.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    failed = done.returncode or "WARNING" in log
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, log[-3000:] if failed else ""


def cut(root: Path, dice: random.Random) -> str:
    """Begin a build and kill it after a line of its log; returns that line."""
    running, last = start(root), ""
    for line in running.stdout:
        last = plain(line)
        if not dice.randrange(25):
            break
    running.send_signal(dice.choice((signal.SIGKILL, signal.SIGINT, signal.SIGTERM)))
    running.communicate()
    return last.strip()


def differing(a: Path, b: Path) -> list[str]:
    """Files that are not the same, byte for byte, in two folders."""
    names = {path.relative_to(top) for top in (a, b) for path in top.rglob("*") if path.is_file()}

    def content(path: Path) -> bytes | None:
        return path.read_bytes() if path.is_file() else None

    return sorted(str(name) for name in names if content(a / name) != content(b / name))


def clean_build(root: Path, fresh: Path) -> float:
    """Build the sources of ``root`` from nothing in ``fresh``; returns seconds of CPU."""
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(root, fresh, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    seconds, failed = build(fresh)
    if failed:
        sys.exit(failed)
    return seconds


def main() -> None:
    """Edit, build, compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--edits", type=int, default=len(EDITS))
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--every", type=int, default=1, help="compare at each such edit")
    parser.add_argument("--full", action="store_true", help="every page of the book")
    parser.add_argument("--pages", default=FEW, help="names of some, with spaces between")
    parser.add_argument("--cut", action="store_true", help="kill each build once before")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        root, fresh, before = Path(folder, "book"), Path(folder, "clean"), Path(folder, "before")
        root.mkdir()
        sources(root, [] if options.full else options.pages.split())
        seconds, failed = build(root)
        print(f"first build: {seconds:.0f} s {failed}", flush=True)
        names, past = [*EDITS] * (options.edits // len(EDITS) + 1), [snapshot(root)]
        dice.shuffle(names)
        wrong = 0
        for count, name in enumerate(names[: options.edits], start=1):
            if not count % 5:
                # Back to an earlier state, all of it.
                restore(root, dice.choice(past))
                what = UNDO
            else:
                what = f"{name}: {EDITS[name](root, dice)}"
            shutil.rmtree(before, ignore_errors=True)
            shutil.copytree(root / "_build/html", before)
            if options.cut:
                what += f", cut at {cut(root, dice)!r}"
                wrong += bool(found := differing(root / "_build/html", before))
                what += f", {len(found)} files CHANGED by the cut" if found else ""
            seconds, failed = build(root)
            line = f"{count}. {what}: {seconds:.0f} s"
            if failed:
                found = differing(root / "_build/html", before)
                wrong += bool(found)
                restore(root, past[-1])
                said = " ".join(failed.splitlines()[-1:])[:150]
                line += f", refused ({said}), {len(found)} files of the site changed"
            elif count % options.every == 0 or count == options.edits:
                past.append(snapshot(root))
                line += f", clean {clean_build(root, fresh):.0f} s"
                found = differing(root / "_build/html", fresh / "_build/html")
                wrong += bool(found)
                line += f", {len(found)} files DIFFER: {' '.join(found[:8])}" if found else ", same"
            else:
                past.append(snapshot(root))
            print(line, flush=True)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
