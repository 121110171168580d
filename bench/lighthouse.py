"""Lighthouse's report of every page on a phone, one line a page: ``python bench/lighthouse.py``.

Needs Node and Chrome; ``LIGHTHOUSE`` names the program where it is not ``npx lighthouse``, and
``CHROME_PATH`` the browser. Of the ``--runs`` of a page, the best is shown: a busy machine slows
the others, and ``bench``, Lighthouse's own index of its speed, tells how far to trust each. The
site is served compressed, as a host does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import mimetypes
import os
import shlex
import subprocess
import sys
import threading
from contextlib import suppress
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SITE = Path(__file__).parents[1] / "_build" / "html"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
AUDITS = {
    "LCP": "largest-contentful-paint",
    "CLS": "cumulative-layout-shift",
    "TBT": "total-blocking-time",
    "bytes": "total-byte-weight",
}


@cache
def compressed(path: Path) -> bytes:
    """The file at ``path`` as it travels: fonts and pictures are compressed by themselves."""
    content = path.read_bytes()
    return content if path.suffix in (".woff2", ".png") else gzip.compress(content, 6, mtime=0)


class Compressed(BaseHTTPRequestHandler):
    """Serves the files of ``site``, and says nothing."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, site: Path) -> None:
        self.site = site
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.site / self.path.split("?")[0].lstrip("/")
        found = path.is_file()
        body = compressed(path) if found else b""
        self.send_response(200 if found else 404)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if "text/" in kind else kind)
        if body[:2] == b"\x1f\x8b":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        """Answer; a browser that has what it wants may hang up."""
        with suppress(ConnectionResetError):
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measure(address: str) -> dict[str, float]:
    """Scores (0 to 100), milliseconds, bytes and the machine's index of one load of ``address``."""
    program = shlex.split(os.environ.get("LIGHTHOUSE", "npx --yes lighthouse"))
    flags = "--headless=new --no-sandbox --disable-dev-shm-usage"
    only = f"--only-categories={','.join(CATEGORIES)}"
    done = subprocess.run(
        [*program, address, "--quiet", "--output=json", only, f"--chrome-flags={flags}"],
        stdout=subprocess.PIPE,
        check=True,
    )
    report = json.loads(done.stdout)
    scores = {name: 100 * (report["categories"][name]["score"] or 0) for name in CATEGORIES}
    values = {name: report["audits"][audit]["numericValue"] for name, audit in AUDITS.items()}
    return {**scores, **values, "bench": report["environment"]["benchmarkIndex"]}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pages", nargs="*", help="such as chapters/numbers; all without")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--site", type=Path, default=SITE)
    chosen = options.parse_args()
    pages = [chosen.site / f"{page}.html" for page in chosen.pages] or [
        *sorted(chosen.site.glob("*.html")),
        *sorted(chosen.site.glob("chapters/*.html")),
        *sorted(chosen.site.glob("tables/*.html")),
    ]
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, site=chosen.site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("| page | perf | a11y | bp | seo | LCP ms | CLS | TBT ms | bytes | bench |")
    print("|-|-|-|-|-|-|-|-|-|-|")
    for page in pages:
        name = page.relative_to(chosen.site).as_posix()
        address = f"http://127.0.0.1:{server.server_port}/{name}"
        runs = [measure(address) for _ in range(chosen.runs)]
        best = max(runs, key=lambda run: (run["performance"], run["bench"]))
        scores = " | ".join(f"{best[score]:.0f}" for score in CATEGORIES)
        print(
            f"| {name.removesuffix('.html')} | {scores} | {best['LCP']:,.0f} | {best['CLS']:.3f} "
            f"| {best['TBT']:,.0f} | {best['bytes']:,.0f} | {best['bench']:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
