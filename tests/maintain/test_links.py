"""The check of the sources tells a page that is gone from a robot that is turned away."""

import csv
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from reading import ROOT

SCRIPT = ROOT / "maintain" / "links.py"
COPY = "https://web.archive.org/web/20250102000000/"
CODES = {"/gone": 404, "/away": 410, "/bots": 403, "/many": 429, "/broken": 503, "/moved": 301}


class Host(BaseHTTPRequestHandler):
    """Pages of every kind, and an archive that has a copy of one of them."""

    asked: ClassVar[list[tuple[str, str, str]]] = []
    silent = threading.Event()

    def do_HEAD(self) -> None:
        self.asked.append((self.command, self.path, self.headers["User-Agent"]))
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/silent":
            self.silent.wait()
        code = CODES.get(path, 200)
        # Knows no HEAD.
        if path == "/shy" and self.command == "HEAD":
            code = 405
        content = b""
        if path == "/wayback/available":
            [url], [day] = query["url"], query["timestamp"]
            copies = {"closest": {"url": COPY + url}} if url.endswith("/gone") and day else {}
            content = json.dumps({"archived_snapshots": copies}).encode()
        self.send_response(code)
        if code == 301:
            self.send_header("Location", "/here")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD

    def log_message(self, *_: object) -> None:
        """Not on the screen."""


@pytest.fixture
def host() -> Iterator[str]:
    """The address of such a host, without its final slash."""
    Host.asked, Host.silent = [], threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Host.silent.set()
    server.shutdown()
    server.server_close()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def run(folder: Path, host: str, pages: list[str]) -> tuple[dict[str, dict], str]:
    """What is kept after a check of ``pages``, by their names, and the report."""
    with (folder / "sources.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "url", "published"])
        for name in pages:
            url = f"http://127.0.0.1:{closed_port()}/" if name == "closed" else f"{host}/{name}"
            writer.writerow([name, url, "2025-01-02"])
    command = [sys.executable, str(SCRIPT), "sources.csv", "kept.json"]
    environment = {**os.environ, "ARCHIVE": host, "LINKS_TIMEOUT": "4", "LINKS_PAUSE": "0"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=True
    )
    return json.loads((folder / "kept.json").read_text(encoding="utf-8")), done.stdout


def test_each_kind_of_answer_is_told_apart(tmp_path, host):
    states = {
        "here": "seen",
        "shy": "seen",
        "moved": "moved",
        "gone": "gone",
        "away": "gone",
        "bots": "refused",
        "many": "refused",
        "broken": "no answer",
        "silent": "no answer",
        "closed": "no answer",
    }
    kept, report = run(tmp_path, host, list(states))
    assert {name: one["state"] for name, one in kept.items()} == states
    assert kept["moved"]["moved"] == f"{host}/here"
    assert all(("seen" in one) == (one["state"] in ("seen", "moved")) for one in kept.values())
    # Only what is gone counts as rot at once; one copy is known, the other may be.
    assert "Rot: 2." in report
    archives = {name: one["archive"] for name, one in kept.items() if "archive" in one}
    assert archives == {
        "gone": f"{COPY}{host}/gone",
        "away": f"https://web.archive.org/web/20250102/{host}/away",
    }
    methods = {
        path: [verb for verb, at, _ in Host.asked if at == path] for path in ("/here", "/shy")
    }
    assert methods["/shy"] == ["HEAD", "GET"]
    assert methods["/here"][0] == "HEAD"
    assert all(agent.startswith("chips-and-denials") for *_, agent in Host.asked)


def test_the_day_last_seen_and_the_weeks_without_an_answer_are_kept(tmp_path, host):
    def aged(**known: object) -> dict:
        kept = tmp_path / "kept.json"
        before = json.loads(kept.read_text(encoding="utf-8"))
        before["broken"] |= known
        kept.write_text(json.dumps(before), encoding="utf-8")
        return run(tmp_path, host, ["broken"])[0]["broken"]

    _, report = run(tmp_path, host, ["broken"])
    assert "Rot: 0." in report
    found = aged(seen="2025-11-01", since="2025-11-08", runs=1)
    assert (found["seen"], found["since"], found["runs"]) == ("2025-11-01", "2025-11-08", 2)
    assert "archive" not in found
    found = aged()
    assert found["archive"] == f"https://web.archive.org/web/20251101/{host}/broken"
    # Another address is another page, of which nothing is known.
    assert aged(url="https://example.org/")["runs"] == 1
