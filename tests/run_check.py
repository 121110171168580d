"""Every chapter run in its page, by the engine of the built site, against what the build shows.

Not collected with the others: it needs ``make run``, and `make run-check` calls it.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from subprocess import Popen
from typing import Any

import firefox
import jupytext
import nbformat
import pytest
from conftest import ROOT, Host, notebook_pages, serving
from playwright.sync_api import Browser, expect

from chipbook.book.site.execute import run, start

SITE = ROOT / "_build" / "html"
BEGIN = """async () => {
    window.said = [];
    window.worker = new Worker("../run/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => said.push(data);
    worker.onerror = ({ message }) => said.push({ kind: "failed", text: message });
    worker.postMessage({});
    return "";
}"""
ANSWERED = """async () => {
    const ended = ["ready", "done", "failed"].includes(said.at(-1)?.kind);
    return ended ? JSON.stringify(said) : "";
}"""
Evaluate = Callable[[str], str]


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The site with its engine, under the strict policy of a host."""
    with serving(SITE) as port:
        yield f"http://127.0.0.1:{port}/chapters/chip-budget.html"


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def evaluate(request: pytest.FixtureRequest, served: str) -> Iterator[Evaluate]:
    """A page in each browser in which Python has started, by the scripts that it is given."""
    if request.param == "firefox":
        with firefox.tab() as tab:
            tab.goto(served)
            tab.evaluate(BEGIN)
            heard(tab.evaluate)
            yield tab.evaluate
    else:
        browser: Browser = request.getfixturevalue("browser")
        page = browser.new_page()
        page.goto(served)
        page.evaluate(BEGIN)
        heard(page.evaluate)
        yield page.evaluate
        page.close()


def until(evaluate: Evaluate, script: str) -> str:
    """What ``script`` gives once that is something, in three minutes at most."""
    end = time.monotonic() + 180
    while not (said := evaluate(script)):
        assert time.monotonic() < end, script
        time.sleep(0.2)
    return said


def heard(evaluate: Evaluate) -> list[dict[str, Any]]:
    """What the worker says until it is ready or done; an answer takes three minutes at most."""
    said = json.loads(until(evaluate, ANSWERED))
    evaluate("async () => { said = []; return '' }")
    assert said[-1]["kind"] != "failed", said
    return said


def in_the_page(evaluate: Evaluate, sources: list[str]) -> list[list[dict[str, Any]]]:
    """The outputs of the cells ``sources``, run there in one fresh namespace."""
    found = []
    for count, source in enumerate(sources):
        cell = json.dumps({"source": source, "fresh": not count})
        evaluate(f"async () => {{ worker.postMessage({cell}); return '' }}")
        said = heard(evaluate)
        printed = "".join(each["text"] for each in said if each["kind"] == "printed")
        shown = [{"output_type": "stream", "text": printed}] if printed else []
        found.append(shown + said[-1]["outputs"])
    return found


@pytest.fixture(scope="module")
def built() -> Iterator[Callable[[str], list[tuple[str, list[dict[str, Any]]]]]]:
    """``built(page)`` gives the cells of a chapter and what the build has of each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHIPBOOK_BUILD", "1")
        runner: Popen[str]
        with start() as runner:

            def cells(page: str) -> list[tuple[str, list[dict[str, Any]]]]:
                path = ROOT / f"{page}.md"
                notebook = jupytext.read(path, fmt="md:myst")
                run(runner, notebook, path.parent, 120)
                code = [cell for cell in notebook.cells if cell.cell_type == "code"]
                return [(cell.source, nbformat.from_dict(cell.outputs)) for cell in code]

            yield cells


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where two values of JSON differ; numbers may behind the ninth digit."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{at}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for position, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(*pair, f"{at}/{position}")
    elif isinstance(ours, float) or isinstance(theirs, float):
        if not math.isclose(ours or 0, theirs or 0, rel_tol=1e-9, abs_tol=1e-12):
            yield f"{at}: {ours}, not {theirs}"
    elif ours != theirs:
        yield f"{at}: {ours}, not {theirs}"


def told(outputs: list[dict[str, Any]]) -> list[Any]:
    """What a reader gets of ``outputs``: what they print, the data that they show, or the error.

    Altair names rows by a digest of them, which the last digit of a number changes.
    """
    kept = [{k: v for k, v in (out.get("data") or out).items() if k != "shown"} for out in outputs]
    text = json.dumps([{k: v for k, v in each.items() if k != "name"} for each in kept])
    names = list(dict.fromkeys(re.findall(r'"name": "(data-[0-9a-f]{32})"', text)))
    for count, name in enumerate(names):
        text = text.replace(name, f"data-{count}")
    return json.loads(text)


@pytest.mark.parametrize("page", notebook_pages())
def test_a_chapter_says_in_the_page_what_the_book_says(
    page: str, evaluate: Evaluate, built: Callable
) -> None:
    cells = built(page)
    found = in_the_page(evaluate, [source for source, _ in cells])
    for (source, wanted), shown in zip(cells, found, strict=True):
        assert not list(differences(told(shown), told(wanted))), source


# --- The page


def test_a_reader_changes_a_chapter_and_gets_the_books_back(browser: Browser, served: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page, asked, faults = context.new_page(), [], []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.set_default_timeout(180_000)
    page.goto(served)
    panel = page.get_by_role("region", name="Python in this page")
    said = panel.get_by_role("status")

    def ends(*words: str) -> None:
        expect(said).to_have_text(re.compile("|".join(words)), timeout=180_000)

    # A press, and no sooner.
    assert not [url for url in asked if ".pack" in url or "worker" in url]
    cell = page.locator(".cell:has(> .code)").nth(1)
    cell.locator("summary").first.click()
    cell.get_by_role("button", name="Run in this page").click()
    ends("Done")
    ours, theirs = cell.locator(".run-output"), cell.locator("> .cell_output:not(.run-output)")
    expect(ours.locator(".chart")).to_have_attribute("data-state", "live")
    expect(ours).to_contain_text("Run here, with the book’s code")
    expect(theirs).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # The what-if of the book and another share here are one number.
    editor = cell.get_by_role("textbox")
    code = "\n\n".join(cell.locator(".cell_input pre").all_text_contents()).strip()
    editor.fill(code.replace('facts["ft25-local-share"].to("percent")', "50"))
    editor.press("Control+Enter")
    expect(ours.locator(".chart-live")).to_contain_text("$2.8 bn")
    expect(ours).to_contain_text("Your run, with changed code: not the book’s")
    expect(ours.get_by_role("slider")).to_have_value("50")
    expect(ours.locator(".chart-now")).to_have_text("50%")
    # A plain frame of pandas brings styles of its own.
    editor.fill('import pandas as pd\npd.DataFrame({"maker": ["Ours"]})')
    editor.press("Control+Enter")
    expect(ours.get_by_role("table")).to_contain_text("Ours")
    editor.fill(
        "pd.DataFrame({'a': ['x', 'x'], 'b': ['<p>', 'style=\"q\"'], 'c': [1, 2]})"
        ".set_index(['a', 'b'])"
    )
    editor.press("Control+Enter")
    expect(ours.locator("th[rowspan='2']")).to_have_text("x")
    expect(ours.get_by_role("table")).to_contain_text('style="q"')
    editor.fill("1 / 0")
    editor.press("Control+Enter")
    expect(ours.locator(".traceback")).to_have_text(
        "ZeroDivisionError: division by zero\n  line 1: 1 / 0\n  Something was divided by zero."
    )
    editor.fill("while True: print('so far')")
    editor.press("Control+Enter")
    expect(ours).to_contain_text("so far")
    panel.get_by_role("button", name="Stop").click()
    ends("Stopped")
    cell.get_by_role("button", name="Reset").click()
    expect(theirs).to_be_visible()
    expect(ours).to_have_count(0)
    # An exercise, for which the cells above have to run again. Tab indents, and Escape lets it go.
    exercise = page.locator(".cell.tag_exercise").first
    exercise.locator("summary").first.click()
    answer = exercise.get_by_role("textbox")
    own = exercise.locator(".cell_input pre").first.text_content()
    answer.fill(own.replace("...", "chips * 0.5"))
    exercise.get_by_role("button", name="Run", exact=True).press("Enter")
    expect(exercise.locator(".run-output")).to_contain_text("Right.", timeout=180_000)
    # What the book folds away stays so where nobody asked for it.
    page.get_by_role("button", name="Run all").last.click()
    ends("All code has run")
    folded = page.locator("details:has(> .run-output)")
    assert folded.count()
    assert folded.evaluate_all("all => all.every(({ open }) => !open)")
    answer.press("Tab")
    expect(answer).to_have_text(re.compile("^ {4}|    $"))
    answer.press("Escape")
    answer.press("Tab")
    expect(answer).not_to_be_focused()
    assert faults == []
    context.close()


RUN_ALL = """async () => {
    document.querySelector("[data-run] button").click();
    return "";
}"""
STOP = """async () => {
    const field = document.querySelector(".run-editor").shadowRoot.querySelector(".cm-editor");
    const view = codemirror.EditorView.findFromDOM(field);
    const write = (insert) => {
        view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert } });
    };
    const code = view.state.doc.toString();
    write("while True: pass");
    document.querySelector("[data-run] button").click();
    while (!/^Running/.test(document.querySelector(".run-panel [role=status]").textContent)) {
        await new Promise(requestAnimationFrame);
    }
    document.querySelector(".run-panel button").click();
    write(code);
    return "";
}"""
ENDED = """async () => {
    const said = document.querySelector(".run-panel [role=status]")?.textContent ?? "";
    return /Running|Loading|Starting|ready/.test(said) ? "" : said;
}"""
KEPT = """async () => {
    const name = (await caches.keys()).find((each) => each.startsWith("chipbook-pages"));
    if (!name) return "";
    const store = await caches.open(name);
    const kept = (await store.keys()).map(({ url }) => url);
    const first = kept.includes(location.href) && navigator.serviceWorker.controller;
    return first ? String(kept.length) : "";
}"""


class Asked(Host):
    """A host whose pages and scripts a browser may not take from its own cache unasked."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_a_chapter_that_has_run_opens_and_runs_without_a_network(
    name: str, request: pytest.FixtureRequest
) -> None:
    with ExitStack() as stack:
        host = stack.enter_context(ExitStack())
        port = host.enter_context(serving(SITE, Asked))
        # A name that the page does not take for a server on the reader's own machine.
        address = f"http://book.localhost:{port}/chapters/article.html"
        if name == "firefox":
            tab = stack.enter_context(firefox.tab())
        else:
            context = request.getfixturevalue("browser").new_context()
            stack.callback(context.close)
            tab = context.new_page()
        tab.goto(address)
        tab.evaluate(RUN_ALL)
        assert until(tab.evaluate, ENDED).startswith("All code has run")
        until(tab.evaluate, KEPT)
        host.close()
        tab.evaluate(STOP)
        assert until(tab.evaluate, ENDED).startswith("Stopped")
        tab.evaluate(RUN_ALL)
        assert until(tab.evaluate, ENDED).startswith("All code has run")
        tab.goto(address)
        tab.evaluate(RUN_ALL)
        assert until(tab.evaluate, ENDED).startswith("All code has run")


def test_where_it_cannot_run_the_page_says_why(browser: Browser, served: str) -> None:
    page = browser.new_page()
    page.goto((SITE / "chapters" / "chip-budget.html").as_uri())
    expect(page.locator("[data-run]")).to_contain_text("opened as a file")
    expect(page.get_by_role("button", name="Run in this page")).to_have_count(0)
    page.add_init_script("delete window.DecompressionStream")
    page.goto(served)
    expect(page.locator("[data-run]")).to_contain_text("too old")
    page.close()


def test_python_of_another_edition_does_not_start(browser: Browser, served: str) -> None:
    page = browser.new_page()
    text = (SITE / "chapters/chip-budget.html").read_text("utf-8")
    older = re.sub('data-edition="[0-9a-f]+"', 'data-edition="0123456789abcdef"', text)
    page.route("**/chip-budget.html", lambda route: route.fulfill(body=older))
    page.goto(served)
    page.get_by_role("button", name="Run it in this page").click()
    said = page.get_by_role("region", name="Python in this page")
    expect(said).to_contain_text("the book has changed", timeout=30_000)
    page.close()
