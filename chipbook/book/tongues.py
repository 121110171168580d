"""The language of each text that is not English, for reading voices and for the glyphs of Han."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from docutils import nodes
from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from chipbook.data import BOOK, split

OTHER_SCRIPTS = ("ar", "hi", "ja", "ko", "ru", "ur", "zh")
"""Languages of pages that are not in Latin letters: what is in such letters there is English."""

HAN = re.compile("([㐀-鿿](?:[^A-Za-z<]*[㐀-鿿])?)")
"""From a sign of Han to the last before a Latin letter: words with their numbers and stops."""

SIGN = re.compile("[㐀-鿿]")
KANA = re.compile("[぀-ヿ]")
LETTER = re.compile(r"[^\W\d_A-Za-zÀ-ɏ]")
"""A letter that is not Latin."""


def tongue(text: str, *spoken: str) -> str:
    """The language of a ``text`` from pages that are in the languages ``spoken``, by BCP 47.

    Chinese has its script with it: the signs of GB 2312 are the simplified ones and those that
    both scripts share.
    """
    if KANA.search(text):
        return "ja"
    if signs := "".join(SIGN.findall(text)):
        common = signs.encode("gb2312", "ignore").decode("gb2312")
        return "zh-Hans" if common == signs else "zh-Hant"
    foreign = next((code for code in spoken if code != "en"), "en")
    return foreign if foreign not in OTHER_SCRIPTS or LETTER.search(text) else "en"


def tongue_of_title(source: Mapping[str, str]) -> str:
    """The language of the title of a ``source``; a translation or a summary of ours is English."""
    ours = re.search(r"\b(translated|summary)\)$", source["title"] or "")
    return tongue("" if ours else source["title"] or "", "en" if ours else source["language"])


def tongue_of_cell(column: str, row: Mapping[str, Any]) -> str:
    """The language of a cell of a ``row`` of any table: of its pages, where it quotes them."""
    spoken = [BOOK.rows("sources")[key]["language"] for key in split(row.get("source_ids"))]
    if column == "quoted":
        return tongue(str(row[column]), *spoken if _is_text(row["translation"]) else ())
    return tongue(str(row[column]), *spoken[:1]) if column == "fragment" else "en"


def _is_text(cell: object) -> bool:
    return isinstance(cell, str) and cell != ""


def mark(code: str) -> Markup:
    """The attribute of what is in the language ``code``; nothing for English."""
    return Markup("" if code == "en" else f' lang="{code}"')


def with_marks(text: str) -> Markup:
    """A ``text`` as HTML, its Chinese words marked as such."""
    parts = enumerate(HAN.split(text))
    span = Markup("<span{}>{}</span>")
    return Markup("").join(span.format(mark(tongue(it)), it) if at % 2 else it for at, it in parts)


class MarkHan(SphinxPostTransform):
    """Say of Chinese words in running text that they are Chinese, and in which script."""

    default_priority = 10
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Put every run of Han signs into a span with its language."""
        for text in [found for found in self.document.findall(nodes.Text) if HAN.search(found)]:
            if not isinstance(text.parent, (nodes.literal_block, nodes.raw)):
                text.parent.replace(text, list(_runs(text)))


def _runs(text: str) -> Iterator[nodes.Node]:
    for at, part in enumerate(HAN.split(text)):
        words = nodes.Text(part)
        yield nodes.inline("", "", words, classes=[f"language-{tongue(part)}"]) if at % 2 else words


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(MarkHan)
