"""Whether the pages of data/sources.csv still answer: python maintain/links.py SOURCES KEPT.

KEPT is a JSON file that goes from run to run: for each source when its page was last seen, since
when it is not, and where an archive may have it. The report, in Markdown, is printed. Nothing is
written into the data: a page that did not answer may answer a reader, and whether a source is gone
is for somebody to say who has looked.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from html import escape
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

AGENT = "chips-and-denials-links/1 (checks the sources of a book once a week)"
ARCHIVE = os.environ.get("ARCHIVE", "https://archive.org")
TIMEOUT = float(os.environ.get("LINKS_TIMEOUT", "30"))
"""Seconds that a page may take."""
PAUSE = float(os.environ.get("LINKS_PAUSE", "2"))
"""Seconds between two questions to one host; hosts are asked side by side."""
HOSTS = 8

# What a code of HTTP says. Any other, or no answer at all, is trouble that may pass.
REFUSED = {401, 402, 403, 405, 406, 407, 418, 429, 451, 999}
GONE = {404, 410}
TITLES = {
    "gone": "Not found: the server says that there is no such page",
    "no answer": "No answer, or an error of the server: it may pass",
    "moved": "Moved: look whether the new page says the same",
    "refused": "May refuse robots: no sign that the page is gone",
}
WEEKS = 3
"""After so many runs without an answer a page counts as rot, as one that is gone does at once."""


def answer(url: str, method: str) -> tuple[int, str, str]:
    """Code of the answer, the address it came from, and what went wrong (code 0: no answer)."""
    address = quote(url, safe=":/?#[]@!$&'()*+,;=%~")
    request = Request(address, method=method, headers={"User-Agent": AGENT, "Accept": "*/*"})
    try:
        with urlopen(request, timeout=TIMEOUT) as got:
            return got.status, got.url, ""
    except HTTPError as error:
        with error:
            return error.code, url, error.reason
    except (OSError, ValueError, HTTPException) as error:
        return 0, url, str(getattr(error, "reason", error)) or type(error).__name__


def state(url: str) -> dict[str, str]:
    """``state`` of the page at ``url``, what was ``said``, and the address it ``moved`` to."""
    code, at, said = answer(url, "HEAD")
    # Servers that know no HEAD answer it in many ways.
    if not 200 <= code < 300:
        time.sleep(PAUSE)
        code, at, said = answer(url, "GET")
    told = {"said": f"{code or ''} {said}".strip()}
    if code in GONE:
        return {"state": "gone", **told}
    if code in REFUSED:
        return {"state": "refused", **told}
    if not 200 <= code < 300:
        return {"state": "no answer", **told}
    return {"state": "moved", "moved": at, **told} if page(at) != page(url) else {"state": "seen"}


def page(url: str) -> str:
    """What an address leads to, whatever its scheme, "www." and its final slash."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    return f"{host}:{parts.port}{parts.path.rstrip('/')}?{parts.query}"


def archived(url: str, day: str) -> str:
    """An address that may hold the page as it was about a ``day`` (ISO): a copy, if one is known.

    Otherwise one that an archive answers with the nearest copy, if it has any.
    """
    stamp = "".join(sign for sign in day.partition("/")[0] if sign.isdigit())
    asked = urlencode({"url": url, "timestamp": stamp})
    request = Request(f"{ARCHIVE}/wayback/available?{asked}", headers={"User-Agent": AGENT})
    try:
        with urlopen(request, timeout=TIMEOUT) as got:
            copy = json.load(got)["archived_snapshots"]["closest"]["url"]
            if copy.startswith(("http://web.archive.org/", "https://web.archive.org/")):
                return copy
    except (OSError, ValueError, HTTPException, LookupError, TypeError, AttributeError):
        pass
    return f"https://web.archive.org/web/{stamp or 2}/{url}"


def after(kept: dict, row: dict[str, str], found: dict[str, str], today: str) -> dict:
    """What is kept of a source (``row``) once its page was ``found`` in a state ``today``."""
    known = kept if kept.get("url") == row["url"] else {}
    now = {"url": row["url"], **found}
    seen = today if found["state"] in ("seen", "moved") else known.get("seen", "")
    now |= {"seen": seen} if seen else {}
    if found["state"] in ("gone", "no answer"):
        now |= {"since": known.get("since", today), "runs": known.get("runs", 0) + 1}
    return now


def rotten(one: dict) -> bool:
    """Whether a page is gone, or has not answered for weeks."""
    return one["state"] == "gone" or (one["state"] == "no answer" and one["runs"] >= WEEKS)


def check(rows: list[dict[str, str]], kept: dict[str, dict], today: str) -> dict[str, dict]:
    """Ask for the page of each of the ``rows``: hosts side by side, the pages of one in turn."""
    by_host: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_host[(urlsplit(row["url"]).hostname or "").removeprefix("www.")].append(row)

    def host(rows: list[dict[str, str]]) -> dict[str, dict]:
        found = {}
        for row in rows:
            found[row["id"]] = after(kept.get(row["id"], {}), row, state(row["url"]), today)
            time.sleep(PAUSE)
        return found

    with ThreadPoolExecutor(HOSTS) as pool:
        found = {key: one for part in pool.map(host, by_host.values()) for key, one in part.items()}
    published = {row["id"]: row["published"] for row in rows}
    # One after the other: these are questions to one host, too.
    for key, one in found.items():
        if rotten(one):
            one["archive"] = archived(one["url"], one.get("seen") or published[key])
    return {row["id"]: found[row["id"]] for row in rows}


def report(found: dict[str, dict], today: str) -> Iterator[str]:
    """The lines of the report: what is rotten first, each with the day it was last seen."""
    counts = defaultdict(int)
    for one in found.values():
        counts[one["state"]] += 1
    yield f"## Sources on {today}\n"
    yield ", ".join(f"{counts[name]} {name}" for name in ("seen", *TITLES)) + "\n"
    yield f"Rot: {sum(map(rotten, found.values()))}. Nobody has looked yet; no row was changed.\n"
    for name, title in TITLES.items():
        if rows := {key: one for key, one in found.items() if one["state"] == name}:
            yield from (f"### {title}\n", "| source | address | said | last seen | instead |")
            yield "|---|---|---|---|---|"
            for key, one in rows.items():
                since = f", not since {one['since']}" if "since" in one else ""
                seen = f"{one.get('seen', 'never by this check')}{since}"
                instead = one.get("moved") or one.get("archive", "")
                cells = (key, one["url"], one["said"], seen, instead)
                yield f"| {' | '.join(escape(each).replace('|', '&#124;') for each in cells)} |"
            yield ""


def main(sources: str, kept: str) -> None:
    """Check the pages of the table ``sources``, write ``kept`` anew, print the report."""
    sys.stdout.reconfigure(encoding="utf-8")
    with open(sources, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    store, today = Path(kept), date.today().isoformat()
    before = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
    found = check(rows, before, today)
    store.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(*report(found, today), sep="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
