"""Firefox for the tests: ``python tests/firefox.py`` finds one or installs it.

Driven by WebDriver BiDi, which it speaks itself: Playwright's own Firefox is a download, and the
released one lacks what Playwright asks of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

MAC = "/Applications/Firefox.app/Contents/MacOS/firefox"
HELP = "No Firefox. Install one with: apt-get install firefox-esr"
WATCHED = """() => {
  window.faults = [];
  const told = (name, say) => addEventListener(name, (event) => faults.push(say(event)));
  told("securitypolicyviolation", (event) => `${event.violatedDirective} ${event.blockedURI}`);
  told("error", (event) => event.message);
  told("unhandledrejection", (event) => `${event.reason}`);
}"""
"""Keeps in ``faults`` what a page breaks of its policy, and which of its scripts failed."""

OFFLINE = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
}
"""Settings that lead every request to a port where nobody listens."""


def program() -> str:
    """The Firefox of this machine, or an empty string."""
    found = map(shutil.which, ("firefox-esr", "firefox", MAC))
    return os.environ.get("FIREFOX") or next(filter(None, found), "")


class Tab:
    """A page of a Firefox that has no network; ``requests`` are the addresses that it asked for."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.requests: list[str] = []
        self.sent = 0
        self.send("session.new", capabilities={})
        self.send("script.addPreloadScript", functionDeclaration=WATCHED)
        self.send("session.subscribe", events=["network.beforeRequestSent"])
        [context] = self.send("browsingContext.getTree")["contexts"]
        self.context = context["context"]

    def send(self, method: str, **params: object) -> dict[str, Any]:
        """The result of a command; raises ``RuntimeError`` with what Firefox says of a fault."""
        self.sent += 1
        self.socket.send(json.dumps({"id": self.sent, "method": method, "params": params}))
        while True:
            said = json.loads(self.socket.recv(timeout=60))
            if said.get("method") == "network.beforeRequestSent":
                self.requests.append(said["params"]["request"]["url"])
            if said.get("id") == self.sent:
                if said["type"] == "error":
                    raise RuntimeError(said["message"])
                return said["result"]

    def goto(self, url: str) -> None:
        """Open ``url`` and wait until it has loaded."""
        self.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, function: str) -> str:
        """What an async ``function`` without arguments comes to, a text."""
        target = {"context": self.context}
        done = self.send(
            "script.callFunction", functionDeclaration=function, target=target, awaitPromise=True
        )
        if done["type"] == "exception":
            raise RuntimeError(done["exceptionDetails"]["text"])
        return done["result"]["value"]


@contextmanager
def tab() -> Iterator[Tab]:
    """A tab without a network, in a Firefox of its own."""
    if not program():
        raise RuntimeError(HELP)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in OFFLINE.items()]
        (Path(profile) / "user.js").write_text("".join(lines))
        command = [program(), "--headless", "--remote-debugging-port=0", "--profile", profile]
        pipes: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, text=True, **pipes) as process:
            try:
                ready = (re.search(r"BiDi listening on (ws:\S+)", line) for line in process.stderr)
                address = next(match[1] for match in ready if match)
                # Unread, its complaints about the network would fill the pipe and stop it.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                with connect(f"{address}/session", max_size=None) as socket:
                    yield Tab(socket)
            finally:
                process.terminate()


def main() -> int:
    """Find or install; print which Firefox the tests will use."""
    if not program() and shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for arguments in (["update"], ["install", "--yes", "firefox-esr"]):
            subprocess.run([*sudo, "apt-get", *arguments], stdin=subprocess.DEVNULL, check=False)
    print(program() or HELP)
    return not program()


if __name__ == "__main__":
    sys.exit(main())
