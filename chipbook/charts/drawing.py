"""From a specification to what a page shows and a reader downloads. Knows nothing of Sphinx.

Drawing happens here and not in the kernels: one start of the renderer instead of one a chapter.
Everything drawn is a function of the specification, so two builds agree to the byte.
"""

import hashlib
import json
import os
import re
import shutil
import struct
import tempfile
import textwrap
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from importlib.metadata import version
from pathlib import Path

import jinja2
import vl_convert

from chipbook.charts import spec as specs
from chipbook.charts import theme
from chipbook.data.state import write_all

WIDE, NARROW = 632, 340
"""Widths of the two static drawings, in CSS pixels: the measure of the text, and a phone."""

_MARGIN = 24
_HEAD, _END = 33, 12  # bytes of a PNG before its pixels, and after them
_SEALED = 32  # bytes of a digest
# The renderer drops the quotes around a family before it measures text, and "Source Sans 3" is no
# valid name without them: it would guess the widths, half as wide again. So there is a copy.
_FAMILY, _MEASURED = "'Source Sans 3'", "Chart Sans"
_FONTS = tempfile.TemporaryDirectory()  # read at any later time, so kept to the end
_PARTS_OF_PAGE = ("title", "description", "usermeta")
_PICTURE = Path(__file__).with_name("standalone.svg")

HALO = (
    f'.role-mark > text[fill="{theme.colour("chart-fg")}"] {{ paint-order: stroke; '
    f"stroke: {theme.colour('chart-bg')}; stroke-width: 3px; stroke-linejoin: round; }}"
)
"""Style of a standalone picture: labels on a halo, so that lines do not cross their letters."""


@cache
def salt() -> str:
    """What a drawing depends on besides its specification: renderer, fonts, this module.

    Also makes the fonts known to the renderer, and sets its clock: a day without a zone starts
    where the builder lives, and marks would move by what that is off.
    """
    os.environ["TZ"] = "UTC"
    # The renderer finds no folder whose name the language of the machine cannot write.
    shutil.copytree(theme.FONT_DIR, _FONTS.name, dirs_exist_ok=True)
    vl_convert.register_font_directory(_FONTS.name)
    fonts = sorted(theme.FONT_DIR.glob("*.ttf"))
    files = [Path(__file__), Path(specs.__file__), Path(theme.__file__), theme.TABLE, *fonts]
    return version("vl-convert-python") + "".join(digest(path.read_bytes()) for path in files)


def digest(content: bytes) -> str:
    """A short name for ``content``."""
    return hashlib.sha256(content).hexdigest()[:16]


def key(spec: dict) -> str:
    """Name of the drawing of a ``spec``, and of its live script."""
    return digest(json.dumps([salt(), spec], sort_keys=True).encode())


def cached(folder: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """What is kept as ``folder/name``, which ``make`` gives once; a name stands for one content.

    It is kept behind its digest, and made anew where that does not fit.
    """
    path = folder / name
    kept = path.read_bytes() if path.is_file() else b""
    content = kept[_SEALED:]
    if kept[:_SEALED] != hashlib.sha256(content).digest():
        content = make()
        write_all({path: hashlib.sha256(content).digest() + content})
    return content


@dataclass(frozen=True)
class Drawing:
    """A chart as two static SVGs and as the Vega specification of the live one.

    ``items`` are the marks of its first state by the name of their view, each as its row, the
    values of its fields and its words.
    """

    wide: str
    narrow: str
    vega: dict
    items: dict[str, list[tuple]]


def draw(spec: dict, name: str) -> Drawing:
    """Draw a ``spec`` without its title, which the page sets as text; ``name`` is in SVG ids."""
    salt()  # makes the fonts known
    inside = {part: value for part, value in spec.items() if part not in _PARTS_OF_PAGE}
    vega = vl_convert.vegalite_to_vega(inside | {"width": WIDE})
    wide = _svg(vega, f"c{name}w")
    # On a phone: see the parameter "narrow" of the theme.
    told = vega["config"] | {"signals": [{"name": "narrow", "value": True}]}
    narrow = _svg(vega | {"width": NARROW, "config": told}, f"c{name}n")
    if not isinstance(vega.get("height"), int | float):
        # A height that follows from its rows; the live chart is told it as a number, so that it
        # fills exactly the place of the static one.
        vega = vl_convert.vegalite_to_vega(inside | {"width": WIDE, "height": size(wide)[1]})
    return Drawing(wide, narrow, vega, _items(vega, specs.fields(spec)))


def _items(vega: dict, fields: list[str]) -> dict[str, list[tuple]]:
    """The marks that are drawn, with what Vega made of their ``fields``.

    A scene keeps no data; the description of a mark, which nothing here shows, carries them.
    """
    values = ", ".join(
        f"isDate(datum[{name}]) ? timeFormat(datum[{name}], '%Y-%m-%d') : datum[{name}]"
        for name in map(json.dumps, fields)
    )
    told, found = json.loads(json.dumps(vega)), dict[str, list[tuple]]()
    for mark in _marks(told):
        if "from" in mark and mark["type"] != "group":
            mark["encode"]["update"]["description"] = {"signal": f"join([{values}], '\\u001f')"}
    for mark in _marks(vl_convert.vega_to_scenegraph(told)["scenegraph"], "items"):
        for item in mark["items"] if mark.get("role") == "mark" else []:
            if "description" in item and item.get("opacity", 1):
                said = dict(zip(fields, item["description"].split("\x1f"), strict=True))
                row, text = said.pop(specs.ROW), item.get("text", "")
                text = "\n".join(text) if isinstance(text, list) else str(text)
                drawn = (int(row) if row else None, said, text)
                found.setdefault(mark["name"], []).append(drawn)
    return found


def _marks(tree: dict, inside: str = "marks") -> Iterator[dict]:
    """Every mark below a ``tree``: of a specification, or of a scene, whose marks are "items"."""
    for mark in tree.get(inside, []):
        yield mark
        yield from _marks(mark, inside)


def _svg(vega: dict, prefix: str) -> str:
    measured = json.loads(json.dumps(vega).replace(_FAMILY, _MEASURED))
    svg = vl_convert.vega_to_svg(measured).replace(_MEASURED, _FAMILY)
    # The renderer counts ids over the life of its process.
    names: defaultdict[str, str] = defaultdict(lambda: f"{prefix}{len(names)}")
    return re.sub(r"\b(?:clip|gradient_)\d+\b", lambda found: names[found[0]], svg).strip()


def size(svg: str) -> tuple[float, float]:
    """Width and height of an ``svg`` in CSS pixels."""
    ((width, height),) = re.findall(r'^<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return float(width), float(height)


def standalone(svg: str, title: str, subtitle: str, foot: Iterable[str]) -> str:
    """The drawing ``svg`` with title, subtitle and lines of ``foot``, in light colours."""
    width, height = size(svg)
    texts: list[tuple[float, int, str]] = []

    def write(text: str, chars: int, font: int, y: float) -> float:
        wrap = partial(textwrap.wrap, text, break_on_hyphens=False)  # an address stays whole
        # As few lines as can be, of like length.
        chars = next(most for most in range(1, chars + 1) if len(wrap(most)) <= len(wrap(chars)))
        for line in wrap(chars):
            y += font * 1.3
            texts.append((y, font, escape(line)))
        return y

    y = top = write(subtitle, 92, 14, write(title, 66, 19, _MARGIN) + 4) + 16
    y += height + 12
    for line in foot:
        y = write(line, 114, 12, y)
    frame = {"margin": _MARGIN, "top": top, "width": width + 2 * _MARGIN, "height": y + _MARGIN}
    page = jinja2.Template(_PICTURE.read_text(encoding="utf-8"), keep_trailing_newline=True)
    look = {"font": escape(theme.FONT), "halo": HALO, "colour": theme.colour}
    drawn = page.render(frame | look, texts=texts, inner=svg.removeprefix("<svg "))
    return theme.flatten(drawn)


def png(svg: str) -> bytes:
    """An ``svg`` at twice its size, packed well: the renderer leaves it three times as large."""
    image = vl_convert.svg_to_png(svg, scale=2)
    place, pixels = _HEAD, b""
    while place < len(image):
        length, kind = struct.unpack_from(">I4s", image, place)
        if kind == b"IDAT":
            pixels += image[place + 8 : place + 8 + length]
        place += length + 12
    chunk = b"IDAT" + zlib.compress(zlib.decompress(pixels), 9)
    packed = struct.pack(f">I{len(chunk)}sI", len(chunk) - 4, chunk, zlib.crc32(chunk))
    return image[:_HEAD] + packed + image[-_END:]


def script(name: str, vega: dict, sources: Mapping[str, str]) -> str:
    """The live chart ``name`` as a script: a page opened from a disk may not fetch ``vega``.

    ``sources`` are the names of its sources by id, for what a mark says when it is pointed at.
    """
    told = (json.dumps(part, separators=(",", ":")) for part in (name, vega, dict(sources)))
    return f"chipbookChart({','.join(told)});\n"
