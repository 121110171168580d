"""From a specification to what a page shows and a reader downloads. Knows nothing of Sphinx.

Drawing happens here and not in the kernels: one start of the renderer instead of one a chapter.
Everything drawn is a function of the specification, so two builds agree to the byte.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import struct
import tempfile
import textwrap
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import vl_convert
from fontTools.ttLib import TTFont

from chipbook.charts import theme
from chipbook.charts.figure import rows, views
from chipbook.charts.tables import cell, heading

WIDE, NARROW = 632, 340
"""Widths of the two static drawings, in CSS pixels: the measure of the text, and a phone."""

_MARGIN = 24
_FAMILY, _MEASURED = "'Source Sans 3'", "Chart Sans"
_RENAMED = tempfile.TemporaryDirectory()  # read at any later time, so kept to the end
_HALO = (
    f'.role-mark > text[fill="{theme.colour("chart-fg")}"] {{ paint-order: stroke; '
    f"stroke: {theme.colour('chart-bg')}; stroke-width: 3px; stroke-linejoin: round; }}"
)
_AXES = ("x", "y", "x2", "y2")
_ORDER = ("text", "number", "status")  # of the columns of a table
_PARTS_OF_PAGE = ("title", "description", "usermeta")


@cache
def salt() -> str:
    """What a drawing depends on besides its specification: renderer, fonts, this module.

    Also makes the fonts known to the renderer.
    """
    fonts = sorted(theme.FONT_DIR.glob("*.ttf"))
    if fonts:
        vl_convert.register_font_directory(str(theme.FONT_DIR))
        for path in fonts:
            _rename(path, Path(_RENAMED.name) / path.name)
        vl_convert.register_font_directory(_RENAMED.name)
    files = [Path(__file__), Path(theme.__file__), *fonts]
    return vl_convert.__version__ + "".join(digest(path.read_bytes()) for path in files)


def _rename(source: Path, target: Path) -> None:
    """A copy of a font under the family name ``_MEASURED``.

    The renderer drops the quotes around a family before it measures text, and "Source Sans 3" is
    no valid name without them: it would guess the widths, half as wide again.
    """
    font = TTFont(source)
    for record in font["name"].names:
        if record.nameID in (1, 16):
            record.string = _MEASURED
    font.save(target)


def digest(content: bytes) -> str:
    """A short name for content."""
    return hashlib.sha256(content).hexdigest()[:16]


def key(spec: dict, credit: str) -> str:
    """Name of all files of a chart: the same for the same content, another for any other."""
    return digest(json.dumps([salt(), credit, spec], sort_keys=True).encode())


def cached(folder: Path, name: str, make: Callable[[], bytes]) -> bytes:
    """The content of ``folder/name``, made once. Names are keys, so nothing here gets stale."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
    return path.read_bytes()


@dataclass(frozen=True)
class Drawing:
    """A chart as two static SVGs and as the Vega specification of the live one."""

    wide: str
    narrow: str
    vega: dict

    def to_json(self) -> bytes:
        """For the cache."""
        return json.dumps(self.__dict__).encode()


def draw(spec: dict, name: str) -> Drawing:
    """Draw a chart without its title, which the page sets as text. ``name`` prefixes SVG ids."""
    salt()  # makes the fonts known
    inside = {part: value for part, value in spec.items() if part not in _PARTS_OF_PAGE}
    vega = vl_convert.vegalite_to_vega(inside | {"width": WIDE})
    wide = _svg(vega, f"c{name}w")
    narrow = _svg(_narrowed(vega), f"c{name}n")
    if not isinstance(vega.get("height"), int | float):
        # A height that follows from its rows; the live chart is told it as a number, so that it
        # fills exactly the place of the static one.
        vega = vl_convert.vegalite_to_vega(inside | {"width": WIDE, "height": size(wide)[1]})
    return Drawing(wide, narrow, vega)


def _narrowed(vega: dict) -> dict:
    """The same chart on a phone: see the parameter ``narrow`` of the theme."""
    config = vega["config"] | {"signals": [{"name": "narrow", "value": True}]}
    return vega | {"width": NARROW, "config": config}


def _svg(vega: dict, prefix: str) -> str:
    measured = json.loads(json.dumps(vega).replace(_FAMILY, _MEASURED))
    return _tidy(vl_convert.vega_to_svg(measured).replace(_MEASURED, _FAMILY), prefix)


def size(svg: str) -> tuple[float, float]:
    """Width and height of an SVG in CSS pixels."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return float(found[1]), float(found[2])


def _tidy(svg: str, prefix: str) -> str:
    """Number the ids anew: the renderer counts them over the life of its process."""
    numbers: dict[str, str] = {}

    def rename(match: re.Match) -> str:
        return numbers.setdefault(match[0], f"{prefix}{len(numbers)}")

    return re.sub(r"\b(?:clip|gradient_)\d+\b", rename, svg).strip()


def standalone(svg: str, title: str, subtitle: str, credit: str) -> str:
    """The wide drawing with title, subtitle and credit, in the light colours, to be passed on."""
    width, height = size(svg)
    y, texts = _MARGIN, []

    def write(text: str, chars: int, font: int, rest: str, y: float) -> float:
        for line in textwrap.wrap(text, chars):
            y += font * 1.3
            texts.append(
                f'<text x="{_MARGIN}" y="{y:.1f}" font-size="{font}" {rest}>{escape(line)}</text>'
            )
        return y

    ink, muted, paper = (theme.colour(f"chart-{name}") for name in ("fg", "muted", "bg"))
    y = write(title, 66, 19, f'font-weight="600" fill="{ink}"', y)
    y = write(subtitle, 92, 14, f'fill="{muted}"', y + 4) + 16
    inner = svg.replace("<svg ", f'<svg x="{_MARGIN}" y="{y:.1f}" ', 1)
    y = write(credit, 104, 12, f'fill="{muted}"', y + height + 12) + _MARGIN
    width += 2 * _MARGIN
    return theme.flatten(
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width:g}" height="{y:g}" viewBox="0 0 {width:g} {y:g}" '
        f'font-family="{escape(theme.FONT)}"><style>{_HALO}</style>'
        f'<rect width="100%" height="100%" fill="{paper}"/>'
        f"{''.join(texts)}{inner}</svg>\n"
    )


def png(svg: str) -> bytes:
    """The picture at twice its size, packed well: the renderer leaves it three times as large."""
    image = vl_convert.svg_to_png(svg, scale=2)
    head, packed, place = b"", b"", 8
    while place < len(image):
        length, kind = struct.unpack(">I4s", image[place : place + 8])
        content = image[place + 8 : place + 8 + length]
        if kind == b"IDAT":
            packed += content
        elif kind != b"IEND":
            head += _chunk(kind, content)
        place += length + 12
    pixels = _chunk(b"IDAT", zlib.compress(zlib.decompress(packed), 9))
    return image[:8] + head + pixels + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def script(name: str, vega: dict) -> str:
    """The live chart as a script, since pages opened from a disk may not fetch JSON."""
    return f"chipbookChart({json.dumps(name)}, {json.dumps(vega, separators=(',', ':'))});\n"


def datasets(spec: dict) -> list[list[dict]]:
    """The rows of each data set a chart draws from, in the order of its layers."""
    return [content for content, _ in _read(spec)]


def _read(spec: dict) -> list[tuple[list[dict], list[dict]]]:
    """Each data set of a chart, with the encodings of all layers that draw from it."""
    found: list[tuple[list[dict], list[dict]]] = []
    for view in views(spec):
        content = rows(spec, view.get("data"))
        if not any(content):  # nothing, or an empty row, from which a line is drawn once
            continue
        if not (known := [encodings for other, encodings in found if other == content]):
            known = [[]]
            found.append((content, known[0]))
        known[0].append(view.get("encoding", {}))
    return found


def to_csv(content: list[dict]) -> str:
    """Rows as CSV, with every column that one of them has."""
    columns = list(dict.fromkeys(column for row in content for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(content)
    return text.getvalue()


def tables(spec: dict) -> list[tuple[list[str], list[str], list[list]]]:
    """Headers, kinds and cells of what is drawn: the encoded fields of each data set, and sources.

    Words come before numbers, status after them, and rows stay in the order of the data.
    """
    found = []
    for content, encodings in _read(spec):
        encoded = _fields(content, encodings)
        kinds = {name: _kind(name, quantitative) for name, (_, quantitative) in encoded.items()}
        order = sorted(encoded, key=lambda name: _ORDER.index(kinds[name]))
        headers = [encoded[name][0] or heading(name) for name in order]
        if any(row.get("source_ids") for row in content):
            order, headers = [*order, "source_ids"], [*headers, heading("source_ids")]
            kinds["source_ids"] = "sources"
        cells = [[cell(_value(row.get(n)), kinds[n], n) for n in order] for row in content]
        if encoded:
            found.append((headers, [kinds[name] for name in order], cells))
    return found


def _fields(content: list[dict], encodings: list[dict]) -> dict[str, tuple[str, bool]]:
    """Encoded fields of a data set: name → its title (or nothing), whether it is a quantity."""
    found: dict[str, tuple[str, bool]] = {}
    for encoding in encodings:
        for channel in sorted(encoding, key=lambda name: name not in _AXES):
            entries = encoding[channel]
            for entry in entries if isinstance(entries, list) else [entries]:
                name = entry.get("field")
                if name == "source_ids" or not any(name in row for row in content):
                    continue
                named, quantity = found.get(name, ("", False))
                quantity = quantity or entry.get("type") == "quantitative"
                found[name] = (named or _title(entry), quantity)
    return found


def _title(entry: dict) -> str:
    for holder in (entry, entry.get("axis") or {}, entry.get("legend") or {}):
        if isinstance(holder.get("title"), str):
            return holder["title"]
    return ""


def _kind(name: str, quantitative: bool) -> str:
    if name == "status":
        return "status"
    return "number" if quantitative else "text"


def _value(value: object) -> object:
    """Altair writes a day as its midnight, and a label may break its lines at "|"."""
    if not isinstance(value, str):
        return value
    return re.sub(r"\s*[\n|]\s*", ", ", re.sub(r"T00:00:00(\.0+)?$", "", value))
