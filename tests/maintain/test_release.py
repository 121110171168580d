"""What leaves with a release is of one state, and what a change does to the book is told."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from reading import ROOT, edit, script

from chipbook.data import package
from chipbook.data.state import state


def test_zenodo_is_told_what_the_citation_says():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    told = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert told["title"] == cited["title"]
    assert told["description"] == " ".join(cited["abstract"].split())
    assert told["keywords"] == cited["keywords"]
    assert [one["name"] for one in told["creators"]] == [one["name"] for one in cited["authors"]]
    assert told["license"].upper() in cited["license"]
    assert told["upload_type"] == cited["type"]
    # Zenodo takes both from the release, so that nobody has to keep them here.
    assert not told.keys() & {"version", "publication_date"}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with the data of a site that is finished."""
    shutil.copytree(ROOT / "data", tmp_path / "site" / "data")
    (tmp_path / "site" / "index.html").touch()
    (tmp_path / "site.state.json").write_text(json.dumps(state(ROOT)), encoding="utf-8")
    return tmp_path / "site"


def refused(site: Path, tag: str = "") -> list[str]:
    return list(script("published").faults(site, tag, ROOT))


def test_a_site_of_this_release_may_be_published(published):
    assert refused(published) == []
    assert refused(published, f"v{package()['version']}") == []


def test_a_site_of_another_state_may_not(published, tmp_path):
    assert refused(published, "v0.0.1") == [
        f"the tag is v0.0.1, the version {package()['version']}"
    ]
    assert "is no built book" in refused(tmp_path)[0]
    mark = tmp_path / "site.state.json"
    mark.write_text(mark.read_text("utf-8").replace('"index.md"', '"other.md"'), encoding="utf-8")
    assert refused(published) == [f"{published} is older than index.md, other.md: make book"]
    mark.unlink()
    assert refused(published) == [f"{published} is no finished book: make book"]
    edit(published / "data", "facts.csv", "ft25-local-share", value="50")
    (published / "data" / "watch.csv").unlink()
    descriptor = published / "data" / "datapackage.json"
    descriptor.write_text(json.dumps({"version": "1.0.0+changed"}), encoding="utf-8")
    _, version, *files = refused(published)
    assert "1.0.0+changed" in version
    assert [fault.split(" ")[0] for fault in files] == ["data/facts.csv", "data/watch.csv"]


PAGE = """<html><head><title>{title}</title><style>p {{}}</style></head><body>
<nav>{title}</nav><main id="main"><h1>One</h1>
<p>It planned <a href="#x">{said}</a>, says the paper.</p>
<p>{mark}</p><footer>{title}</footer><script>let x = "{title}";</script></main></body></html>"""
NUMBER = """<details class="entry number" id="fact-{key}">
<summary><span class="value out">{said}</span>
<span class="what">ByteDance</span></summary><span class="value">9 of the card</span></details>"""


def site(folder: Path, said: str, title: str, numbers: dict[str, str], *more: str) -> Path:
    """A site of two pages, and ``more``."""
    folder.mkdir()
    page = PAGE.format(
        said=said, title=title, mark="a|b &lt;c&gt; `d`" if "|" in title else "plain"
    )
    for name in ("index.html", *more):
        (folder / name).write_text(page, encoding="utf-8")
    rows = "".join(NUMBER.format(key=key, said=words) for key, words in numbers.items())
    listed = f"<main><h1>Every number</h1>{rows}<p>The end</p></main>"
    (folder / "numbers.html").write_text(listed, encoding="utf-8")
    return folder


def compared(before: Path, after: Path) -> str:
    command = [sys.executable, str(ROOT / "maintain" / "changes.py"), str(before), str(after)]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout


def test_pages_and_numbers_that_change_are_listed(tmp_path):
    was = {"a": "$5 billion", "b": "7%", "c": "one"}
    now = {"a": "more than $6 billion", "b": "7%", "d": "two"}
    before = site(tmp_path / "before", "$5 billion", "Before", was, "old.html")
    after = site(tmp_path / "after", "more than $6 billion", "After", now, "new.html")
    told = compared(before, after).splitlines()
    assert "## Numbers that change: 3" in told
    assert "| a | $5 billion | more than $6 billion |" in told
    assert "| c | one | (gone) |" in told
    assert "| d | (new) | two |" in told
    assert not any(line.startswith("| b |") for line in told)
    assert "## Pages whose text changes: 4" in told
    assert "<details><summary>index.html: 1 passages</summary>" in told
    was, now = (
        "It planned $5 billion, says the paper.",
        "It planned more than $6 billion, says the paper.",
    )
    assert f"| {was} | {now} |" in told
    assert {"- old.html: gone", "- new.html: new"} <= set(told)


def test_what_nobody_sees_is_no_change_and_what_is_typed_stays_text(tmp_path):
    before = site(tmp_path / "before", "5", "Before", {"a": "1"})
    same = site(tmp_path / "same", "5", "After", {"a": "1"})
    assert compared(before, same).count(": 0") == 2
    typed = site(tmp_path / "typed", "5", "|", {"a": "1"})
    assert "| plain | a&#124;b &lt;c&gt; &#96;d&#96; |" in compared(before, typed)


def test_the_lines_for_powershell_are_those_of_the_readme():
    lines = script("readme").lines((ROOT / "README.md").read_text(encoding="utf-8"))
    assert lines[0].startswith("py ")
    assert any("jupyter-book build -W" in line for line in lines)
    with pytest.raises(SystemExit, match="in PowerShell"):
        script("readme").lines("# Nothing")
