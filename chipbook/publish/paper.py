"""The pages of the built site as they go on paper: text, charts, sources, and a note per number.

What needs a screen goes (inputs, scripts, code, tables that repeat a chart), and so does what would
give an exercise away. Folds stand open, and a number has a mark that leads to a note at the end.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from chipbook.book.cards import template
from chipbook.book.domain import sources_by_id
from chipbook.data import package
from chipbook.data.settings import settings

PAPER = settings(__file__)
LEFT_OUT = ", ".join(chain(*PAPER["left_out"].values()))
CLAIMS = ("Who says so", "The answer")
"""What a note takes over from the card of its number."""


def article(site: Path, page: str, pages: Sequence[str] = (), *, notes: bool = True) -> Tag:
    """The text of a ``page`` of the built ``site``, by its name, for paper.

    Its ids start with the name. Links lead to ``pages`` that are printed with it, to the addresses
    of sources and to other sites, and nowhere else. Without ``notes`` a number is plain text.
    Raises ``FileNotFoundError`` for a page that is not built.
    """
    html = (site / "chapters" / f"{page}.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "lxml")
    text = soup.select_one("article.prose")
    assert text, f"{page}.html has no article"
    cards = {card["id"]: card.extract() for card in text.select("article.card")}
    for left in text.select(LEFT_OUT):
        left.decompose()
    for fold in text.select("details, summary"):
        fold["class"] = [*fold.get("class", ()), "fold-title" * (fold.name == "summary")]
        fold.name = "div" if fold.name == "details" else "p"
    _note(soup, text, cards if notes else {})
    _lead(text, page, pages)
    text["id"] = page
    return text


def _note(soup: BeautifulSoup, text: Tag, cards: Mapping[str, Tag]) -> None:
    """Mark each number of ``cards`` in the ``text``, and put the notes at its end."""
    noted: dict[str, int] = {}
    for number in text.select("a.fact"):
        key = number["data-card"]
        number.attrs = {"class": number["class"]}
        if key in cards:
            nth = noted.setdefault(key, len(noted) + 1)
            mark = soup.new_tag("a", attrs={"class": "mark", "href": f"#note-{nth}"})
            mark.string = str(nth)
            number.insert_after(mark)
    if noted:
        shown = template("paper-notes.html").render(notes=[_says(cards[key]) for key in noted])
        text.append(BeautifulSoup(shown, "lxml").section)


def _says(card: Tag) -> dict[str, object]:
    """The card of a number as a note: number, what it counts, who says so, answer, source."""
    rows = {row.get_text(): row.find_next_sibling("dd") for row in card.select(":scope > dl > dt")}
    links = (link["href"].partition("#source-")[2] for link in rows["Sources"].select("a"))
    ids = list(dict.fromkeys(filter(None, links)))
    return {
        "value": card.select_one(".card-value").get_text(),
        "metric": card.select_one(".card-metric").get_text(),
        "claims": [_said(rows[name]) for name in CLAIMS if name in rows],
        "answered": CLAIMS[1] in rows,
        "source": sources_by_id()[ids[0]] if ids else None,
        "more": len(ids) - 1,
    }


def _said(row: Tag) -> str:
    for link in row.select("a"):
        link.unwrap()
    return row.decode_contents().strip().rstrip(".")


def _lead(text: Tag, page: str, pages: Sequence[str]) -> None:
    """Prefix the ids of a ``page``, and make each of its links lead somewhere on paper."""
    for named in text.select("[id]"):
        named["id"] = f"{page}--{named['id']}"
    for named in text.select("dt[id], figure[id]"):
        # Pandoc leads to neither of them in another part, and to a span in them it does.
        inner = named.select_one("figcaption > p") or named
        inner.insert(0, BeautifulSoup().new_tag("span", attrs={"id": named.attrs.pop("id")}))
    for name in ("aria-labelledby", "for", "tabindex", "role", "scope"):
        for element in text.select(f"[{name}]:not(svg *, .chart-static)"):
            del element[name]
    for link in text.select("a[href]"):
        file, _, place = link["href"].partition("#")
        name = file.removesuffix(".html") or page
        if name == "sources" and (source := sources_by_id().get(place.removeprefix("source-"))):
            link["href"] = source["url"]
        elif name in (page, *pages):
            link["href"] = f"#{name}--{place}" if place else f"#{name}"
        elif not file.startswith("http"):
            link.unwrap()
        if link.find_parent(class_="marks") and link.get("title"):
            link.string = link["title"]


def title(text: Tag) -> str:
    """The title of an article (``text``), without its number."""
    return " ".join(found for found in text.h1.find_all(string=True, recursive=False)).strip()


def document(articles: Iterable[Tag], name: str, **words: object) -> str:
    """A whole HTML document of ``articles`` with a ``name``; ``words`` go to ``paper.html``."""
    printed = list(articles)
    places = {text["id"] for text in printed}.union(
        *({named["id"] for named in text.select("[id]")} for text in printed)
    )
    for link in (link for text in printed for link in text.select("a[href^='#']")):
        if link["href"][1:] not in places:
            link.unwrap()
    titles = {text["id"]: title(text) for text in printed}
    return template("paper.html").render(
        articles=printed, titles=titles, name=name, package=package(), **words
    )
