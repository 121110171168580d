"""The language of each text that is not English, for reading voices and for the glyphs of Han."""

import re
from collections.abc import Mapping

from markupsafe import Markup

from chipbook.data import BOOK, split

OTHER_SCRIPTS = ("ar", "hi", "ja", "ko", "ru", "ur", "zh")
"""Languages of pages that are not in Latin letters: what is in such letters there is English."""

EASTERN = re.compile("([぀-ヿ㐀-鿿](?:[^A-Za-z]*[぀-ヿ㐀-鿿])?)")
"""From a sign of Han or kana to the last before a Latin letter: words, numbers and stops."""


def tongue(text: str, *spoken: str) -> str:
    """The language of a ``text`` from pages that are in the languages ``spoken``, by BCP 47.

    Chinese has its script with it: GB 2312 has the simplified signs and those that both share.
    """
    if re.search("[぀-ヿ]", text):
        return "ja"
    if signs := re.sub("[^㐀-鿿]", "", text):
        return (
            "zh-Hans" if signs == signs.encode("gb2312", "ignore").decode("gb2312") else "zh-Hant"
        )
    foreign = next((code for code in spoken if code != "en"), "en")
    latin = not re.search(r"[^\W\d_A-Za-zÀ-ɏ]", text)
    return "en" if latin and foreign in OTHER_SCRIPTS else foreign


def title_tongue(source: Mapping[str, str]) -> str:
    """The language of the title of a ``source``; a translation or a summary of ours is English."""
    title, ours = source["title"] or "", ("translated)", "summary)")
    return "en" if title.endswith(ours) else tongue(title, source["language"])


def cell_tongue(column: str, row: Mapping[str, str]) -> str:
    """The language of a ``column`` of a ``row`` of any table: of its pages, if it quotes them."""
    if column in ("old", "new"):
        # What a correction took out or put in was quoted as the cell is.
        cells = BOOK.rows(row["resource"]).get(row["row_id"], {})
        return cell_tongue(row["column"], {**cells, row["column"]: row[column]})
    spoken = [BOOK.rows("sources")[key]["language"] for key in split(row.get("source_ids"))]
    if column == "quoted":
        return tongue(row[column], *spoken if row.get("translation") else ())
    return tongue(row[column], *spoken[:1]) if column == "fragment" else "en"


def lang(code: str) -> Markup:
    """The attribute of what is in the language ``code``; nothing for English."""
    return Markup("" if code == "en" else f' lang="{code}"')


def with_marks(text: str) -> Markup:
    """A ``text`` as HTML, its Chinese and Japanese words marked as such."""
    span, parts = Markup("<span{}>{}</span>"), enumerate(EASTERN.split(text))
    return Markup("").join(span.format(lang(tongue(it)), it) if at % 2 else it for at, it in parts)
