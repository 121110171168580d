"""How long a chapter takes to run in its page, and what memory: needs `make run`.

    python bench/run.py             # the chapter on the chip budget
    python bench/run.py denials

Served from this machine, so that the network costs nothing: what a reader waits for the download
comes on top. Prints, for each browser, seconds from the press of "Run it in this page" to the first
output and to the last, with nothing kept and with all kept; and the memory of Python and, for
Chromium, the most that the process of the page ever held.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
import chromium  # noqa: E402
import firefox  # noqa: E402
from conftest import serving  # noqa: E402

SITE = ROOT / "_build" / "html"
PRESS = """async () => {
  const since = performance.now();
  const seconds = async (ready) => {
    while (!ready()) await new Promise((done) => setTimeout(done, 20));
    return (performance.now() - since) / 1000;
  };
  document.querySelector("[data-run] button").click();
  const first = await seconds(() => document.querySelector(".run-output")?.children.length > 1);
  const panel = document.querySelector(".run-panel");
  const last = await seconds(() => /^(All code|An error|Python)/.test(panel.textContent) && !/ready/.test(panel.textContent));
  return JSON.stringify({ first, last, said: panel.textContent, memory: Number(panel.dataset.memory) });
}"""  # noqa: E501


def most_held() -> float:
    """The most memory in MB that a renderer of Chromium has held until now."""
    peaks = [0]
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_bytes()
            found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
        except OSError:
            continue  # it has ended
        if b"--type=renderer" in command and found:
            peaks.append(int(found[1]))
    return max(peaks) / 1000


def runs(visit: Callable[[str], None], evaluate: Callable[[str], str], page: str) -> Iterator[str]:
    """A row for the first run and for the second."""
    for kept in ("nothing kept", "all kept"):
        visit(page)
        told = json.loads(evaluate(PRESS))
        assert told["said"].startswith("All code has run"), told["said"]
        memory = told["memory"] / 1e6
        yield f"{kept} | {told['first']:.1f} s | {told['last']:.1f} s | {memory:.0f} MB"


def main() -> None:
    """Both browsers, one after the other."""
    name = (sys.argv[1:] or ["chip-budget"])[0]
    with serving(SITE) as port:
        page = f"http://127.0.0.1:{port}/chapters/{name}.html"
        with sync_playwright() as playwright:
            browser, _ = chromium.launch(playwright)
            tab = browser.new_context().new_page()
            for row in runs(tab.goto, tab.evaluate, page):
                print(f"| Chromium | {row} | {most_held():.0f} MB |")
            browser.close()
        with firefox.tab() as other:
            for row in runs(other.goto, other.evaluate, page):
                print(f"| Firefox | {row} | |")


if __name__ == "__main__":
    main()
