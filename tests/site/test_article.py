"""The annotated article in a browser, with no script: notes open by clause and by verdict."""

from __future__ import annotations

from collections import Counter

from conftest import Visit
from playwright.sync_api import Locator, expect
from reading import rows


def clause(key: str) -> str:
    return f'label[for="clause-{key}"]'


def test_a_note_opens_by_its_clause_and_by_its_verdict(visit: Visit) -> None:
    page = visit("chapters/article", java_script_enabled=False)
    verdicts = Counter(row["verdict"] for row in rows("article_statements").values())
    notes = page.locator(".clause-note:visible")
    expect(page.locator("label.clause")).to_have_count(verdicts.total())
    expect(notes).to_have_count(verdicts["wrong"])
    page.locator("#clause-abroad").focus()
    page.keyboard.press("Space")
    expect(page.locator(f"{clause('abroad')} + .clause-note")).to_be_visible()
    page.keyboard.press("Space")
    page.get_by_label(f"{verdicts['left out']} left out").check()
    expect(notes).to_have_count(verdicts["wrong"] + verdicts["left out"])
    beside(page.locator(".clause-note.wrong").first, page.locator(clause("doubling")))


def beside(note: Locator, said: Locator) -> None:
    """On a wide page a note is in the margin, at the height of its clause."""
    noted, told = note.bounding_box(), said.bounding_box()
    assert noted
    assert told
    assert noted["x"] > told["x"] + told["width"]
    assert abs(noted["y"] - told["y"]) < 120


def test_on_a_phone_a_note_is_under_its_clause(visit: Visit) -> None:
    page = visit("chapters/article", width=360)
    page.locator(f"{clause('doubao-users')} .verdict").click()
    note = page.locator(f"{clause('doubao-users')} + .clause-note")
    expect(note).to_be_visible()
    noted, told = note.bounding_box(), page.locator(clause("doubao-users")).bounding_box()
    assert noted
    assert told
    assert noted["y"] >= told["y"] + told["height"] - 4
    assert noted["x"] + noted["width"] <= 360
