"""The landing page: its cards say what the chapters say, and the ending meets the first answer."""

from __future__ import annotations

from pathlib import Path

from conftest import Visit
from playwright.sync_api import expect


def test_cards_say_what_the_chapters_say(visit: Visit, site: Path) -> None:
    page = visit("index", java_script_enabled=False)
    cards = page.locator("ol.chapters > li")
    contents = page.locator(".book-contents ul").first.locator("li")
    assert cards.count() == contents.count() == 9
    shown = cards.evaluate_all(
        """cards => cards.map(card => {
            const link = card.querySelector(".chapter-title a");
            return [link.textContent, link.getAttribute("href"),
                    card.querySelector(".chapter-minutes").textContent];
        })"""
    )
    titles = [text.split(". ", 1)[1].strip() for text in contents.all_text_contents()]
    assert [title for title, _, _ in shown] == titles
    for _, address, minutes in shown:
        chapter = (site / address).read_text(encoding="utf-8")
        assert f'<p class="reading-time">{minutes} to read</p>' in chapter


def test_the_ending_meets_the_first_answer(visit: Visit) -> None:
    page = visit("index")
    slider = page.get_by_label("How sure are you now?")
    slider.fill("62")
    expect(page.locator(".belief-said")).to_contain_text("62 of 100")
    page.goto(page.url.replace("index.html", "chapters/ending.html"))
    expect(page.locator(".belief-before")).to_have_text("At the start you said 62 of 100.")
    again = page.get_by_label("And now?")
    expect(again).to_have_value("62")
    again.fill("55")
    expect(page.locator(".belief-said")).to_contain_text("55 of 100, 7 down from")
    page.goto(page.url.replace("chapters/ending.html", "index.html"))
    expect(page.get_by_label("How sure are you now?")).to_have_value("62")
