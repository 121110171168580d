"""Two builds from nothing, as unlike as two machines, which must give the same site.

    python bench/repeat.py             # the site
    python bench/repeat.py --paper     # and PDF, EPUB, slides and the zip for a stick
    python bench/repeat.py --strict    # refuse to start where the system can do less than this asks

They differ in folder, day, time zone, seed of hashes, language and rights of new files, and the
second has no network but its own address: where `faketime` can move the clock, `unshare` can take
the network away, and the language is installed. Prints what it could do and the files that differ,
and ends with 1 where any does.
"""

from __future__ import annotations

import argparse
import locale
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stale import ROOT, differing, sources

sys.path.insert(0, str(ROOT / "tests"))

BIN = Path(sys.executable).parent
DAY = "1790000000"
"""The day for what is overdue, by SOURCE_DATE_EPOCH: all that two builds must agree on."""
HERE = {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LC_ALL": "C"}
THERE = {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.ISO-8859-9"}
"""A language whose letters are not in UTF-8, and whose small letter for I is another."""
ALONE = ["unshare", "--map-root-user", "--net"]
"""What a command stands behind that sees no network; then its own address has to be set up."""


def possible(*command: str) -> list[str]:
    """The ``command``, if the system has it and lets us; else nothing."""
    try:
        done = subprocess.run([*command, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    return [] if done.returncode else list(command)


def spoken(language: str) -> bool:
    """Whether the system has a ``language``; programs quietly speak English where it has not."""
    try:
        return bool(locale.setlocale(locale.LC_ALL, language))
    except locale.Error:
        return False
    finally:
        locale.setlocale(locale.LC_ALL, "C")


def make(root: Path, setting: dict[str, str], umask: int, before: list[str], paper: bool) -> Path:
    """Build the book in ``root`` under a ``setting``; returns the folder of the site.

    Raises ``SystemExit`` with the end of the log.
    """
    site = root / "_build" / "html"
    steps = [[str(BIN / "jupyter-book"), "build", "-W", "-n", "--keep-going", "."]]
    if paper:
        press = [sys.executable, "-m", "chipbook.publish.press"]
        steps += [[*press, what, str(site)] for what in ("pdf", "epub", "slides")]
        steps += [[sys.executable, "-m", "chipbook.publish.edition", str(site)]]
    for step in steps:
        done = subprocess.run(
            [*before, *step],
            cwd=root,
            env={**os.environ, **setting, "PYTHONPATH": str(root), "SOURCE_DATE_EPOCH": DAY},
            umask=umask,
            capture_output=True,
            # What it prints may be of another language, and so of other signs.
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(step)}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return site


def main() -> None:
    """Build twice and compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--paper", action="store_true")
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--keep", type=Path, help="folder to build in and to leave as it is")
    options = parser.parse_args()
    if options.paper:
        import chromium

        os.environ.setdefault("CHROMIUM", chromium.running().rpartition(" (")[0])
    clock, net = possible("faketime", "+30 days"), possible(*ALONE)
    up = [*net, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] if net else []
    can = {"another day": clock, "no network": net, "Turkish": spoken(THERE["LC_ALL"])}
    print(", ".join(f"{what}: {bool(able)}" for what, able in can.items()), flush=True)
    if options.strict and not all(can.values()):
        sys.exit("The system can do less: see the first lines of this script.")
    with tempfile.TemporaryDirectory() as folder:
        top = options.keep or Path(folder)
        one, other = top / "one", top / "somewhere else" / "ünother"
        for root in (one, other):
            root.mkdir(parents=True)
            sources(root, [])
        sites = []
        for root, *how in ((one, HERE, 0o077, []), (other, THERE, 0o000, [*up, *clock])):
            start = time.monotonic()
            sites.append(make(root, *how, options.paper))
            print(f"{root}: {time.monotonic() - start:.0f} s", flush=True)
        found = differing(*sites)
    print("\n".join(found) or "the same, byte for byte")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
