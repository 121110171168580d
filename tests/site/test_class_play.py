"""The game and the coding kit in a browser, against Python: scores, agreement, codes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import Visit
from playwright.sync_api import Locator, Page, expect

from chipbook.classroom.play import KIT_FILE, statements
from chipbook.data import BOOK, resource
from chipbook.data.settings import settings
from chipbook.topics.agreement import kappa

GAME, KIT = "chapters/game", "chapters/coding-kit"
SIGNS = "0123456789ABCDEFGHJKMNPQRTVWXYZ"
TRUTHS = [entry["true"] for entry in statements().values()]
TASKS = settings(KIT_FILE)
Answer = tuple[bool, int] | None


def code(kind: str, ids: list[str], base: int, answers: list[int], length: int) -> str:
    """The code of some answers: a tag of the questions, the answers, and a sign that checks."""
    tag = 0x811C9DC5
    for letter in " ".join([kind, *ids]):
        tag = (tag ^ ord(letter)) * 0x01000193 % 2**32
    value = sum(answer * base**at for at, answer in enumerate(answers)) * 31**2 + tag % 31**2
    places = [value // 31**at % 31 for at in range(length - 1)]
    places.append(sum(at * place for at, place in enumerate(places, 1)) % 31)
    return "-".join(re.findall("....", "".join(SIGNS[place] for place in places)))


def of_game(answers: list[Answer]) -> str:
    places = [100 if a is None else a[1] - 50 + (0 if a[0] else 50) for a in answers]
    return code("game", [f"game-{key}" for key in statements()], 101, places, 20)


def brier(answers: list[Answer]) -> float:
    """The mean square of the chance that was given to what turned out wrong."""
    given = [(a, truth) for a, truth in zip(answers, TRUTHS, strict=True) if a]
    chances = [sure / 100 if said == truth else 1 - sure / 100 for (said, sure), truth in given]
    return float(np.mean([(1 - chance) ** 2 for chance in chances]))


def drawn(seed: int) -> list[Answer]:
    chance = random.Random(seed)
    return [(chance.random() < 0.5, chance.randrange(50, 100)) for _ in TRUTHS]


def cells(table: Locator) -> list[list[str]]:
    """The rows of a table as texts, without its heads."""
    return table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
    )


def paste(panel: Locator, *lines: str) -> None:
    panel.get_by_role("textbox").fill("\n".join(lines))
    panel.get_by_role("button", name="Add to the list").click()


def test_one_player(visit: Visit) -> None:
    """Score, calibration and code; what was opened unanswered does not count; a reload keeps it."""
    page = visit(GAME)
    answers = drawn(1)
    items = page.locator(".class-game > li")
    items.nth(2).get_by_text("The answer").click()
    expect(items.nth(2).get_by_role("status")).to_contain_text("does not count")
    answers[2] = None
    for item, answer in zip(items.all(), answers, strict=True):
        if answer:
            item.get_by_role("radio", name=str(answer[0])).check()
            item.get_by_role("slider").fill(str(answer[1]))
    page.get_by_role("button", name="Reveal all").click()
    score = page.locator(".class-panel").get_by_text("Brier score")
    expect(score).to_have_text(f"Brier score {brier(answers):.2f}")
    for item, answer, truth in zip(items.all(), answers, TRUTHS, strict=True):
        if answer:
            mark = "Right" if answer[0] == truth else "Wrong"
            expect(item.get_by_role("status")).to_contain_text(mark)
            expect(item.get_by_role("slider")).to_be_disabled()
        expect(item.locator("details strong")).to_have_text(f"{truth}.")
    bands = []
    for low in range(50, 100, 10):
        of = [
            a[0] == t for a, t in zip(answers, TRUTHS, strict=True) if a and a[1] // 10 * 10 == low
        ]
        if of:
            bands.append([f"{low} to {low + 9}%", f"{sum(of)} of {len(of)}", f"{np.mean(of):.0%}"])
    assert cells(page.get_by_role("table", name="you")) == bands
    expect(page.locator(".class-code")).to_have_text(of_game(answers))
    page.reload()
    expect(score).to_have_text(f"Brier score {brier(answers):.2f}")
    page.get_by_role("button", name="Start again").click()
    expect(score).to_have_count(0)
    expect(page.locator(".class-game details[open]")).to_have_count(0)


def test_two_tabs_are_one_player(visit: Visit) -> None:
    """What one tab answers stands in the other, and neither takes back what the other kept."""
    page = visit(GAME)
    other = page.context.new_page()
    other.goto(page.url)
    for nth, tab in enumerate((page, other)):
        tab.locator(".class-game > li").nth(nth).get_by_role("radio", name="True").check()
    for tab in (page, other):
        expect(tab.locator(".class-panel")).to_contain_text(f"2 of {len(TRUTHS)} answered")
    other.locator(".class-game > li").nth(0).get_by_text("The answer").click()
    first = page.locator(".class-game > li").nth(0)
    expect(first.get_by_role("status")).to_contain_text("you said true")
    page.reload()
    expect(page.get_by_role("radio", name="True", checked=True)).to_have_count(2)
    page.get_by_role("button", name="Start again").click()
    expect(other.locator(".class-game details[open]")).to_have_count(0)


def test_two_tabs_are_one_coder(visit: Visit) -> None:
    page = visit(KIT)
    other = page.context.new_page()
    other.goto(page.url)
    for nth, tab in enumerate((page, other)):
        tab.locator(".kit-form").nth(nth).get_by_role("radio").first.check()
    for tab in (page, other):
        expect(tab.locator(".kit-form input:checked")).to_have_count(2)
    other.get_by_role("button", name="Reveal the book's codes now").first.click()
    expect(page.locator(".kit-form input").first).to_be_disabled()


def test_a_class_of_players(visit: Visit) -> None:
    """Median, range, who was fooled by what; a line that is no code is refused, with a word."""
    page = visit(GAME)
    panel = page.locator(".class-panel")
    players = {
        "Anna": drawn(2),
        "Bob B.": drawn(3),
        "Code 3": drawn(4),
        "Dora": [None, *drawn(5)[1:]],
    }
    anna, bob, third, dora = map(of_game, players.values())
    swapped = next(
        anna[:at] + anna[at + 1] + anna[at] + anna[at + 2 :]
        for at in range(18)
        if anna[at] != anna[at + 1] and "-" not in anna[at : at + 2]
    )
    other = code("kit-statements", ["kit-a"], 6, [1], 20)
    paste(
        panel,
        f"Anna {anna.lower().replace('-', ' ')}",
        f"{bob.replace('0', 'O').replace('1', 'l')}; Bob B.",
        "",
        third,
        f"https://example.org/game.html#add={dora} Dora",
        "=1+1",
        swapped,
        other,
        f"Eve {anna[:-1]}",
        anna,
    )
    said = panel.locator(".class-list").get_by_role("status").first
    expect(said).to_contain_text("4 codes added.")
    expect(said).to_contain_text("1 stood in the list already.")
    for line, word in (
        (6, "No code"),
        (7, "changed places"),
        (8, "other questions"),
        (9, "this has 19"),
    ):
        expect(said.get_by_text(f"Line {line}: ")).to_contain_text(word)
    scores = {name: brier(answers) for name, answers in players.items()}
    rows = cells(panel.get_by_role("table", name="Brier score of each"))
    assert {row[0]: row[1] for row in rows} == {name: f"{s:.2f}" for name, s in scores.items()}
    many = list(scores.values())
    expect(panel.locator(".class-summary")).to_have_text(
        f"n = 4. Median {np.median(many):.2f}, from {min(many):.2f} to {max(many):.2f}."
    )
    wrong = {}
    for at, (one, truth) in enumerate(zip(statements().values(), TRUTHS, strict=True)):
        given = [answers[at] for answers in players.values() if answers[at]]
        wrong[one["says"].replace("'", "’")] = np.mean([said != truth for said, _ in given])
    fooled = panel.get_by_text("Fooled most: ").locator("..").all_text_contents()
    assert {text.removeprefix("Fooled most: ").split(" (")[0] for text in fooled} == {
        says for says, share in wrong.items() if share == max(wrong.values())
    }
    page.reload()
    expect(panel.locator(".class-summary")).to_contain_text("n = 4")
    panel.get_by_role("button", name="Erase the list").click()
    expect(panel.locator(".class-summary")).to_have_count(0)
    assert not page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('class'))")


def test_names_in_other_letters_and_a_pasted_page(visit: Visit) -> None:
    """A name beside a code is kept; a line of many words is read at once; two tabs, one list."""
    page = visit(GAME)
    panel = page.locator(".class-panel")
    names = ["Иван", "王芳", "＝Ann"]
    lines = [f"{name} – {of_game(drawn(at))}" for at, name in enumerate(names)]
    paste(panel, *lines, " ".join(f"word{at}" for at in range(20_000)))
    table = panel.get_by_role("table", name="Brier score of each")
    expect(table.get_by_role("rowheader")).to_have_text(names)
    other = page.context.new_page()
    other.goto(page.url)
    paste(other.locator(".class-panel"), f"Eve {of_game(drawn(9))}", *["no code"] * 50)
    expect(other.locator(".class-list").get_by_text("lines more hold no code")).to_have_count(1)
    expect(table.get_by_role("rowheader")).to_have_text([*names, "Eve"])


@pytest.mark.parametrize(("page", "lists"), [(GAME, 1), (KIT, 2)])
@pytest.mark.parametrize("held", ["5", "[null]", '[{"code": 5}]', '{"a": 1}'])
def test_what_is_stored_and_not_ours_is_left_aside(
    visit: Visit, page: str, lists: int, held: str
) -> None:
    opened = visit(page)
    keys = ["game-answers", *(f"kit-{name}" for name in TASKS)]
    keys += ["class-game", *(f"class-kit-{name}" for name in TASKS)]
    opened.evaluate(
        "([keys, held]) => keys.forEach((key) => { localStorage[key] = held; })", [keys, held]
    )
    opened.reload()
    expect(opened.locator(".class-list")).to_have_count(lists)


def test_a_scanned_code_adds_itself(visit: Visit) -> None:
    """The picture holds the address of this page and the code, which then leaves the address."""
    page = visit(GAME)
    page.evaluate("code => { location.hash = `add=${code}`; }", of_game(drawn(6)))
    panel = page.locator(".class-panel")
    expect(panel.locator(".class-summary")).to_contain_text(f"Median {brier(drawn(6)):.2f}")
    assert page.evaluate("location.hash") == ""
    page.get_by_role("button", name="Reveal all").click()
    panel.get_by_role("button", name="Show as QR code").click()
    shown = of_game([None] * 12)
    picture = panel.get_by_role("img")
    expect(picture).to_have_attribute(
        "aria-label", f"QR code of {page.url.split('#')[0]}#add={shown}"
    )


def test_the_sheet_on_paper(visit: Visit) -> None:
    """One page, every statement, and nothing of the answers; also once they were revealed."""
    page = visit(GAME)
    page.get_by_role("button", name="Reveal all").click()
    paper = page.pdf(format="A4", prefer_css_page_size=False)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
    page.emulate_media(media="print")
    for hidden in (".class-game details", ".game-result", ".class-panel", ".game-form"):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    assert page.locator(".class-game > li > p:first-child:visible").count() == 12


def coded(page: Page, name: str, codes: list[list[str]]) -> Locator:
    """The kit ``name`` with a choice for each row and part."""
    kit = page.locator(f"#kit-{name}")
    for form, row in zip(kit.locator(".kit-form").all(), codes, strict=True):
        for part, word in zip(form.locator("fieldset").all(), row, strict=True):
            part.get_by_role("radio", name=word, exact=True).check()
    return kit


def codes_of(name: str) -> list[list[str]]:
    """For each part of a row the codes to choose from."""
    task = TASKS[name]
    fields = {f["name"]: f for f in resource(task["second"])["schema"]["fields"]}
    return [fields[f"{column}_1"]["constraints"]["enum"] for column in task["codes"]]


def of_kit(name: str, codes: list[list[str]], length: int) -> str:
    words = codes_of(name)
    sizes, places = [len(part) + 1 for part in words], []
    for row in codes:
        place = 0
        for part, size, word in zip(words, sizes, row, strict=True):
            place = place * size + (part.index(word) if word else size - 1)
        places.append(place)
    ids = [f"kit-{row}" for row in TASKS[name]["rows"]]
    return code(f"kit-{name}", ids, int(np.prod(sizes)), places, length)


def choices(name: str, seed: int) -> list[list[str]]:
    chance = random.Random(seed)
    return [[chance.choice(part) for part in codes_of(name)] for _ in TASKS[name]["rows"]]


def agree(ours: list[str], theirs: list[str]) -> list[str]:
    both = [(a, b) for a, b in zip(ours, theirs, strict=True) if a and b]
    same = sum(a == b for a, b in both)
    number = kappa(*zip(*both, strict=True))
    words = "not defined: both use one code throughout" if np.isnan(number) else f"{number:.2f}"
    share = int(100 * same / len(both) + 0.5)
    return [f"{same} of {len(both)} ({share}%)", words]


@pytest.mark.parametrize(("name", "length"), [("reports", 16), ("statements", 12)])
def test_agreement_with_the_book_and_with_classmates(visit: Visit, name: str, length: int) -> None:
    """Every number of the table is Python's; our codes are hidden until the coder has finished."""
    page, task = visit(KIT), TASKS[name]
    mine, anna, bob = (choices(name, seed) for seed in (7, 8, 9))
    # A coder of one code throughout agrees with another such one, and has no kappa.
    flat = [[part[0] for part in codes_of(name)] for _ in mine]
    for at in range(5):
        bob[at] = ["" for _ in task["codes"]]
    kit = page.locator(f"#kit-{name}")
    ours = kit.get_by_text("Our codes")
    assert not any(one.is_visible() for one in ours.all())
    coded(page, name, mine)
    expect(kit.locator(".class-code")).to_have_text(of_kit(name, mine, length))
    others = {"Anna": anna, "Bob": bob, "Flat": flat, "Flat too": flat}
    paste(kit, *(f"{who} {of_kit(name, codes, length)}" for who, codes in others.items()))
    kit.get_by_role("button", name="Show the book's codes").click()
    expect(ours.first).to_be_visible()
    rows = task["rows"]
    twice = [row for row in BOOK.rows(task["second"]).values() if row.get("blind") != "false"]
    second = {row[task["key"]]: row for row in twice}
    book = {
        "The book's first coder": [[second[r][f"{c}_1"] for c in task["codes"]] for r in rows],
        "The book's second coder": [[second[r][f"{c}_2"] for c in task["codes"]] for r in rows],
        "The book's decision": [
            [BOOK.rows(task["table"])[r][c] for c in task["codes"]] for r in rows
        ],
    }
    every = {"You": mine, **book, **others}
    for chosen in ("You", "The book's second coder", "Flat"):
        kit.get_by_label("Compare everyone with").select_option(label=chosen)
        table = kit.get_by_role("table", name=f"Agreement with: {chosen}", exact=True)
        expected = [
            [
                who,
                *(
                    w
                    for p in range(len(task["codes"]))
                    for w in agree(*([r[p] for r in c] for c in (codes, every[chosen])))
                ),
            ]
            for who, codes in every.items()
            if who != chosen
        ]
        assert cells(table) == expected
    with page.expect_download() as saving:
        kit.get_by_role("button", name="Download CSV").click()
    saved = Path(saving.value.path()).read_text(encoding="utf-8").splitlines()
    assert saved[0] == ",".join(["row", "part", *every])
    assert len(saved) == 1 + len(rows) * len(task["codes"])
