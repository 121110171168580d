"""Reviews: what is overdue on which day, and what a build makes of it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import small_book
from reading import rows

from chipbook import facts
from chipbook.story import reviews

CONF = """
from chipbook.book.pages import reviews

extensions = ["myst_parser", "chipbook.book.domain", "chipbook.book.cards",
              "chipbook.book.pages.numbers", "chipbook.book.pages.sources",
              "chipbook.book.parts.folds", "chipbook.book.site.layout",
              "chipbook.book.pages.reviews"]
html_theme = "basic"


def setup(app):
    app.connect("build-finished", lambda app, _: reviews.notify(app))
"""
PAGES = {
    "index": "# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n",
    "chapters/one": "# One\n\nIt planned {fact}`ft25-total`, again {fact}`ft25-local-usd`.\n",
    "chapters/two": "# Two\n\nMeta spent {fact}`peer_capex/meta-fy2025`.\n",
    "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
    "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
    "chapters/changes": "# What changed\n\n(reviews-due)=\n\n## Reviews\n\n```{reviews}\n```\n\n"
    "(watch-list)=\n\n## Watch\n\nWe searched last on {searched}`day`.\n\n```{watch}\n```\n",
}


DUE = date.fromisoformat(facts.fact("ft25-total").review_by)
LAST = date.fromisoformat(max(row["review_by"] for row in rows("facts").values()))
DAY = timedelta(days=1)


def day_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def epoch(day: date) -> str:
    return str(int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()))


# --- The rule


def test_a_review_is_overdue_from_the_day_after():
    fact = facts.fact("ft25-total")
    assert not reviews.overdue(fact, DUE)
    assert reviews.overdue(fact, DUE + DAY)


def test_what_we_compute_is_due_with_the_first_of_its_parts():
    fact = facts.fact("ft25-local-usd")
    first = min(facts.fact(part).review_by for part in fact.quantity.inputs if part in facts)
    assert not reviews.overdue(fact, date.fromisoformat(first))
    assert reviews.overdue(fact, date.fromisoformat(first) + DAY)


def test_a_row_without_a_date_is_never_overdue():
    assert not reviews.overdue(facts.fact("peer_capex/meta-fy2025"), date.max)


def test_the_day_is_that_of_the_source_where_one_is_set(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(DUE + DAY))
    assert reviews.today() == DUE + DAY
    assert reviews.overdue(facts.fact("ft25-total"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(DUE))
    assert not reviews.overdue(facts.fact("ft25-total"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "tomorrow")
    with pytest.raises(ValueError, match="tomorrow"):
        reviews.today()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert abs(reviews.today() - datetime.now(UTC).date()) <= DAY


def test_what_is_awaited_is_late_from_the_day_after(monkeypatch):
    first = min(rows("watch").values(), key=lambda row: (row["by"], row["id"]))
    day = date.fromisoformat(first["by"])
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(day))
    assert f"watch/{first['id']}" not in reviews.late()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(day + DAY))
    assert f"watch/{first['id']}" in reviews.late()
    assert reviews.watched()["id"].iloc[0] == first["id"]


def test_what_we_know_ends_with_the_last_search():
    assert reviews.last_search().isoformat() == max(r["date"] for r in rows("searches").values())


def test_the_next_review_comes_first():
    table = reviews.due()
    assert sorted(table["id"]) == sorted(row["id"] for row in rows("facts").values())
    assert list(table["review_by"]) == sorted(row["review_by"] for row in rows("facts").values())


# --- The build


@pytest.fixture
def book(tmp_path, monkeypatch):
    """``book(day)`` builds a small book on a day, in place; gives pages, output, pages read."""
    small_book.write(tmp_path, PAGES, CONF)

    def build(day: date) -> tuple[dict[str, str], str, set[str]]:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch(day))
        read: set[str] = set()
        with small_book.app(tmp_path, freshenv=False) as app:
            app.connect("source-read", lambda app, page, source: read.add(page))
            app.build()
            said = small_book.plain(app.status.getvalue())
            pages = {page: (app.outdir / f"{page}.html").read_text("utf-8") for page in PAGES}
            # Under -W a warning would fail the build.
            assert app._warncount == 0, app.warning.getvalue()
        return pages, said, read

    return build


def test_before_the_day_nothing_is_said(book):
    pages, said, _ = book(date(2000, 1, 1))
    assert "OVERDUE" not in said
    assert "Review overdue" not in pages["chapters/one"]
    assert "No review is overdue" in pages["chapters/changes"]
    counts = re.findall(r"Due in \w+ \d{4}: (\d+) number", pages["chapters/changes"])
    assert sum(map(int, counts)) == len(rows("facts").values())


def test_after_the_day_pages_list_and_build_say_so_and_nothing_fails(book, monkeypatch):
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    pages, said, _ = book(LAST + DAY)
    count = len(rows("facts").values())
    assert re.search(rf"^REVIEW OVERDUE: {count} of {count} facts", said, re.MULTILINE)
    assert "::warning" not in said
    line = re.search(r'<p class="review-overdue">(.*?)</p>', pages["chapters/one"])
    assert line
    assert "2 numbers on this page are" in line[1]
    assert 'href="changes.html#reviews-due"' in line[1]
    assert "review-overdue" not in pages["chapters/two"]
    assert f"Overdue: {count} numbers" in pages["chapters/changes"]
    assert 'id="reviews-due"' in pages["chapters/changes"]


def test_what_is_awaited_past_its_day_is_said_on_the_page_and_by_the_build(book):
    days = sorted(date.fromisoformat(row["by"]) for row in rows("watch").values())
    pages, said, _ = book(days[0])
    assert f"We searched last on {day_words(reviews.last_search())}." in pages["chapters/changes"]
    assert "Overdue: by" not in pages["chapters/changes"]
    assert "WATCH LIST OVERDUE" not in said
    pages, said, read = book(days[-1] + DAY)
    assert pages["chapters/changes"].count("Overdue: by") == len(days)
    assert re.search(rf"^WATCH LIST OVERDUE: {len(days)} of {len(days)} rows", said, re.MULTILINE)
    assert "chapters/changes" in read


def test_continuous_integration_gets_an_annotation(book, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    _, said, _ = book(LAST + DAY)
    assert re.search(r"^::warning title=Review overdue::REVIEW OVERDUE", said, re.MULTILINE)


def test_a_page_built_before_the_day_is_built_again_after_it(book):
    """The day itself changes nothing, whichever it is."""
    first, _, read = book(DUE - DAY)
    assert read == set(PAGES)
    same, _, read = book(DUE)
    assert read == set()
    assert same == first
    later, _, read = book(DUE + DAY)
    assert read == set(PAGES)
    assert "Review overdue" in later["chapters/one"]
    back, _, read = book(DUE)
    assert read == set(PAGES)
    assert back == first
