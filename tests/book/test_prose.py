"""Numbers and sources in prose: roles, cards, lists, and the gates that fail a build."""

import re
from html import unescape
from pathlib import Path

import pytest
import small_book
from reading import origins_of

from chipbook import facts
from chipbook.book.cards import card, date_words, range_words
from chipbook.book.domain import DISAGREEMENTS_PAGE, anchor, short_name, sources_by_id
from chipbook.book.gates.numerals import allowed, listed, naked
from chipbook.data import sources
from chipbook.story import claims, evidence
from chipbook.story.reviews import last_search, newest_page

ROOT = Path(__file__).resolve().parents[2]
CONF = f"""{small_book.BOOK}
extensions = ["myst_parser", *BOOK]
myst_enable_extensions = ["colon_fence"]
html_theme = "basic"
"""


@pytest.fixture
def book(tmp_path):
    """Build a small book of one chapter; gives the site folder and the warnings."""

    def build(chapter: str) -> tuple[Path, list[str]]:
        pages = {
            "index": "# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n",
            "chapters/one": f"# One\n\n{chapter}\n",
            "chapters/numbers": "# Numbers\n\n```{number-list}\n```\n",
            "chapters/sources": "# All sources\n\n```{source-list}\n```\n",
        }
        site, warnings = small_book.make(tmp_path, pages, CONF)
        lines = warnings.splitlines()
        return site, [line for line in lines if "WARNING" in line or "ERROR" in line]

    return build


def test_two_pages_of_one_paper_and_year_are_told_apart():
    told = [
        short_name(sources_by_id()[f"reuters-2025-01-{day}"]) for day in ("21-ft-chips", "23-capex")
    ]
    # Other pages have each story too, so the name says through whom it was seen.
    through = ("Financetom", "The Edge Malaysia")
    days = ("21 Jan 2025", "23 Jan 2025")
    assert told == [
        f"Reuters (syndicated by {one}), {day}" for one, day in zip(through, days, strict=True)
    ]
    month, none = ({"publisher": "A (through B)", "published": p} for p in ("2025-03", None))
    assert [short_name(month), short_name(none)] == ["A, Mar 2025", "A"]


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text(encoding="utf-8")


def test_a_denial_in_part_is_not_said_to_be_whole(book):
    """By the cross of the number, on its card, and where a page only retells it."""
    site, warnings = book("A broker expected {fact}`zs25-capex`, and so {fact}`ft25-total`.")
    assert warnings == []
    html = page(site, "chapters/one")
    said = re.findall(r'<span class="denied-mark"> \((.*?)\)</span>', html)
    assert said == ["denied in part", "denied"]
    card_of = html.partition('id="card-zs25-capex"')[2].partition("</article>")[0]
    assert "<strong>denied in part</strong>" in card_of
    assert "<strong>denied</strong>" not in card_of


def test_a_number_is_printed_linked_and_carries_its_card(book):
    site, warnings = book("It planned {fact}`ft25-total` and {fact}`peer_capex/meta-fy2025`.")
    assert warnings == []
    html = page(site, "chapters/one")
    link = re.search(
        r'<a class="fact contested" href="numbers.html#fact-ft25-total"[^>]*>(.*?)</a>', html
    )
    assert link, "a plain link without JavaScript"
    assert str(facts["ft25-total"]) in link.group(1)
    assert "(denied)" in link.group(1)
    assert 'id="card-ft25-total"' in html
    assert 'id="card-peer_capex--meta-fy2025"' in html
    numbers = page(site, "chapters/numbers")
    assert 'id="fact-ft25-total"' in numbers
    assert 'id="fact-peer_capex--meta-fy2025"' in numbers
    assert re.search(r"Used in</dt>\s*<dd><a href=\"one.html\">One</a>", numbers)


def test_every_fact_has_its_permanent_place(book):
    site, _ = book("Nothing.")
    numbers = page(site, "chapters/numbers")
    missing = [key for key in facts if f'id="fact-{anchor(key)}"' not in numbers]
    assert missing == []


def test_sources_of_a_page_are_those_of_its_numbers(book):
    site, warnings = book(
        "{fact}`ft25-total`, see {source}`reuters-2025-01-23-capex`.\n\n```{sources}\n```"
    )
    assert warnings == []
    html = page(site, "chapters/one")
    for key in {*facts["ft25-total"].sources, "reuters-2025-01-23-capex"}:
        assert f"sources.html#source-{key}" in html
        assert sources().loc[key, "url"].replace("&", "&amp;") in html
    listed = page(site, "chapters/sources")
    assert all(f'id="source-{key}"' in listed for key in sources().index)


@pytest.mark.parametrize(
    ("chapter", "line", "message"),
    [
        ("A paragraph.\n\nIt planned {fact}`ft25-totl`.", 5, "did you mean ft25-total"),
        ("{fact}`ft25-total|loud`", 3, "unknown form 'loud'"),
        ("{source}`reuters-1999`", 3, "unknown source 'reuters-1999'"),
        ("Fine.\n\nIt planned 12 billion dollars.", 5, "naked number '12'"),
        ("## It planned 12 billion", 3, "naked number '12'"),
        ("- one\n- about 60% of it", 4, "naked number '60'"),
        ("| a | b |\n|-|-|\n| x | 6.8 |", 3, "naked number '6.8'"),
        ("![a chart of 40 billion](x.png)", 3, "naked number '40'"),
    ],
)
def test_what_cannot_be_checked_fails_with_file_and_line(book, chapter, line, message):
    _, warnings = book(chapter)
    found = [warning for warning in warnings if message in warning]
    assert found, warnings
    where = re.search(r"one\.md:(\d+)", found[0])
    assert where, found[0]
    assert abs(int(where.group(1)) - line) <= 1


def test_what_is_no_claim_passes(book):
    _, warnings = book(
        "On 21 January 2025 the H20 and the Ascend 910B were sold; see `x = 5` and CC BY 4.0.\n\n"
        "```python\nprint(12)\n```"
    )
    assert warnings == []


NUMERALS = ROOT / "chapters" / "numerals.toml"


def test_each_entry_of_the_allow_list_has_a_reason_and_matches_its_example():
    for entry in listed(NUMERALS)["allow"]:
        assert len(entry["reason"]) > 4
        assert naked(entry["example"], []) != [], f"{entry['example']} would pass without it"
        for page in entry.get("pages", ["index"]):
            assert naked(entry["example"], allowed(NUMERALS, page)) == []


def test_each_word_that_a_number_holds_stands_on_its_page():
    for entry in listed(NUMERALS)["held"]:
        text = (ROOT / f"{entry['page']}.md").read_text("utf-8").replace("'", "’")
        assert entry["words"] in re.sub(r"{term}`([^`<]*?)(?: <\w+>)?`", r"\1", text), entry


def test_a_number_next_to_an_allowed_one_is_still_naked():
    patterns = allowed(NUMERALS, "index")
    assert naked("In 2025 it was 2,025 and 20.25", patterns) == ["2,025", "20.25"]
    assert naked("H20 at 20 dollars", patterns) == ["20"]


def test_a_card_says_who_answered_and_what_is_known():
    html = card("ft25-local-usd", lambda page, target="": f"{page}#{target}")
    for text in (
        "computed",
        "How it is made",
        "denied in full",
        "Known now",
        "Last search",
        "unresolved",
    ):
        assert text in html
    assert "chapters/numbers#fact-ft25-local-share" in html
    assert "Keep in mind" not in html, "the docstring of a computed number stands under its formula"


def test_translated_words_are_not_called_english():
    translated = [key for key in facts if facts.fact(key).translation]
    assert translated
    for key in translated:
        html = card(key, lambda page, target="": "")
        assert '<q lang="en">' not in html, key
        assert "(English; in English" not in html, key


def test_a_card_has_the_words_of_the_source_or_says_that_they_were_not_seen():
    html = unescape(card("doubao-001", lambda page, target="": ""))
    assert '<q lang="it">oltre 60 milioni di utenti attivi mensili</q> (Italian; in English' in html
    computed = card("ft25-local-usd", lambda page, target="": "")
    assert "words of the source" not in computed, "what we compute is in nobody's words"
    unseen = next(key for key in facts if facts.fact(key).table and not facts.fact(key).quoted)
    assert "We have not seen the words of the source." in card(unseen, lambda page, target="": "")


def test_an_answer_to_another_part_is_not_shown_as_a_denial_of_the_figure():
    html = card("rt26-procurement", lambda page, target="": "")
    assert "(to another part of the report)" in html
    assert 'class="contested"' not in html


def test_a_card_says_when_we_searched_and_how_far_the_pages_reach():
    html = card("loan26", lambda page, target="": "")
    searched, newest = date_words(last_search().isoformat()), date_words(newest_page())
    assert f"Last search: {searched}, in stored pages up to {newest}." in html
    assert "nothing later is recorded here" in html


def test_a_card_counts_the_origins_of_the_traced_parts_only():
    made = next(
        key
        for key in facts
        if (trace := evidence.trace(key)) and 1 < trace.traced < trace.parts and trace.origins
    )
    trace = evidence.trace(made)
    html = " ".join(card(made, lambda page, target="": "").split())
    assert f"The {trace.traced} traced of its {trace.parts} parts are stated on" in html


def test_dates_and_ranges_are_written_for_people():
    assert date_words("2025-01-21") == "21 January 2025"
    assert date_words("2025-01/2025-06") == "January 2025 to June 2025"
    assert range_words(facts["ft25-total"]) == "$12 billion or more, no upper end given"
    assert range_words(facts["ft25-chips-china-cny"]) == ""


def test_a_card_names_origins_conflicts_and_review():
    html = card(
        "ft25-total", lambda page, target="": f"{page}#{target}", pages=[DISAGREEMENTS_PAGE]
    )
    text = re.sub(r"<[^>]+>", "", html)
    origin = claims.claims()[origins_of("ft25-total")[0]]
    assert re.search(r"Stated on \d+ pages here, from at most \d+ independent origins?: ", text)
    assert origin.speaker in unescape(text)
    ((found, _), *_) = evidence.conflicts("ft25-total")
    assert found.reason in unescape(text)
    assert f"{DISAGREEMENTS_PAGE}#disagreement-{found.id}" in html
    assert "chapters/numbers#fact-rt25-capex-cny" in html
    assert "review overdue" not in text
    assert "the row" not in text
    # Without the page of panels there is no link that leads nowhere.
    assert DISAGREEMENTS_PAGE not in card("ft25-total", lambda page, target="": page)


def test_a_card_says_that_a_review_is_overdue(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4000000000")
    assert "review overdue" in card("ft25-total", lambda page, target="": "")
    assert "review overdue" in card("ft25-local-usd", lambda page, target="": "")


def test_a_card_says_where_nothing_is_traced_or_answered():
    untraced = next(key for key in facts if facts.fact(key).table and not claims.about(key))
    assert "<dd>not traced</dd>" in card(untraced, lambda page, target="": "")
    html = card("peer_capex/meta-fy2025", lambda page, target="": "")
    assert "No answer to this figure is recorded here." in html
    assert "Origins" not in card("denials-full", lambda page, target="": "")


def test_origins_of_a_computed_number_are_those_of_its_parts():
    named = {key for claim in claims.claims().values() for key in claim.figures}
    stated = {facts.fact(key).holder for key in named}
    for made in (key for key in facts if named & set(evidence.parts(key))):
        trace, parts = evidence.trace(made), evidence.parts(made)
        roots = {root for part in parts for root in origins_of(part)}
        reports = {claims.claims()[root].witness for root in roots}
        assert {claim.witness for claim in trace.origins} == reports
        assert len(trace.origins) == len(reports), "one report is one witness"
        assert trace.traced == sum(facts.fact(part).holder in stated for part in parts)
        assert trace.parts == len(parts)
    assert evidence.trace("denials-full") is None


def test_sources_stand_by_strength():
    html = card("ft25-total", lambda page, target="": "")
    found = re.findall(r'<span class="strength strength-\w+">(\w+):', html)
    assert found == sorted(set(found), key=["primary", "strong", "relay", "weak"].index)
    assert len(found) > 1
