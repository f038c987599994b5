"""SVG: drawn as a picture, after everything that acts or points outward has been cut away.

resvg would load any file an `<image>` names.  In the jail there is none to load; the references
are cut all the same.  Source: SVG 1.1, 5.6 and 16.
"""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import resvg_py
from PIL import Image

from sanitizer import charset, intermediate
from sanitizer.decode.picture import as_seen
from sanitizer.outcome import FileReason, FileRefused, Removed
from sanitizer.report import Count, Report

# A drawing has no size of its own: enough to print it on A4, and no more.
MIN_SIDE, MAX_SIDE = 1600, 4096
FONTS = Path("/usr/share/fonts")
# What a drawing gets that names no font, or one that is not here.  The first on this host counts.
FAMILIES = {
    "ipagp.ttf": "IPAPGothic",
    "ipag.ttf": "IPAGothic",
    "ipaexg.ttf": "IPAexGothic",
    "NotoSansCJK-Regular.ttc": "Noto Sans CJK JP",
    "DejaVuSans.ttf": "DejaVu Sans",
    "LiberationSans-Regular.ttf": "Liberation Sans",
}
# Drawn at a sixteenth of its width first, and then so many times as wide, if that is sure to take
# no longer than this: of 120 drawings made to try out every filter one would.
FIRST, WIDER, MAX_SECONDS = 16, (4, 2), 12.0
MAX_ELEMENTS = 200_000
MAX_NESTING = 200

ACTIVE = {
    "script": Removed.SCRIPT,
    "foreignObject": Removed.EMBEDDED_FILE,
    "iframe": Removed.EMBEDDED_FILE,
    "handler": Removed.SCRIPT,
    "metadata": Removed.METADATA,
}
_REFERENCE = re.compile(r"(xlink:)?href")
_OWN = re.compile(r"\s*(#|data:image/(png|jpeg|gif|webp)[;,])", re.I)
_OUTWARD_STYLE = re.compile(r"@import[^;]*;?|url\(\s*[\"']?(?!#)[^)]*\)", re.I)
_LENGTH = re.compile(r"\s*([0-9.]+)\s*(px|pt|mm|cm|in|)\s*")
PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


def decode_svg(untrusted: bytes, report: Report) -> Iterator[intermediate.Record]:
    """Yield the drawing as a picture."""
    text = charset.decode(untrusted)
    if text is None:
        raise FileRefused(FileReason.BROKEN)
    drawing = _Passive(report)
    passive = drawing.read(text)
    report.counts[Count.PICTURES_BEFORE] += 1
    png = _drawn(passive, _width(drawing.root))
    yield as_seen(Image.open(io.BytesIO(png), formats=["PNG"]))


def _drawn(passive: str, width: int) -> bytes:
    """Return the drawing as a PNG `width` pixels wide; narrower where that would take too long.

    Drawn small first: with the side grows the time of most drawings by the square, and that of a
    filter whose radius is a share of the picture by the fourth power.
    """
    narrower = FIRST
    while True:
        started = time.process_time()
        png = resvg_py.svg_to_bytes(
            svg_string=passive,
            width=max(1, width // narrower),
            skip_system_fonts=True,  # it would ask fontconfig, which asks all over the machine
            font_dirs=[str(FONTS)],
            **dict.fromkeys(("font_family", "sans_serif_family", "serif_family"), _family()),
        )
        took = time.process_time() - started
        wider = next((n for n in WIDER if n <= narrower and took * n**4 <= MAX_SECONDS), 0)
        if not wider:
            return bytes(png)
        narrower //= wider


def _family() -> str | None:
    installed = {font.name for font in FONTS.rglob("*")}
    return next((family for file, family in FAMILIES.items() if file in installed), None)


def _width(root: dict[str, str]) -> int:
    """Return how many pixels wide to draw, so that the longer side is of a useful length."""
    width, height = (_pixels(root.get(side, "")) for side in ("width", "height"))
    box = [float(n) for n in re.findall(r"[0-9.]+", root.get("viewBox", ""))[-2:]]
    if not (width and height):
        width, height = (box[0], box[1]) if len(box) == 2 else (100.0, 100.0)
    longer = max(width, height)
    if longer <= 0 or not width:
        raise FileRefused(FileReason.BROKEN)
    return max(1, round(width / longer * min(MAX_SIDE, max(MIN_SIDE, longer))))


def _pixels(length: str) -> float:
    match = _LENGTH.fullmatch(length)
    return float(match[1]) * PIXELS[match[2]] if match else 0.0


class _Passive:
    """Rewrites a drawing element by element, leaving out what is not for drawing."""

    def __init__(self, report: Report) -> None:
        self.root: dict[str, str] = {}
        self._report = report
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._skipping = 0
        self._elements = 0

    def read(self, text: str) -> str:
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode("utf-8"), True)
        except expat.ExpatError:
            raise FileRefused(FileReason.BROKEN) from None
        return "".join(self._pieces)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS or len(self._open) + self._skipping > MAX_NESTING:
            raise FileRefused(FileReason.TOO_MANY_PARTS)
        active = ACTIVE.get(name.rpartition(":")[2])
        if self._skipping or active:
            self._report.removed.update([active] if active else [])
            self._skipping += 1
            return
        kept = {key: value for key, value in attributes.items() if self._keeps(key, value)}
        self.root = self.root or kept
        self._open.append(name)
        pairs = "".join(f" {key}={quoteattr(self._inward(value))}" for key, value in kept.items())
        self._pieces.append(f"<{name}{pairs}>")

    def _end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        self._open.pop()
        self._pieces.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if not self._skipping:
            self._pieces.append(escape(self._inward(text)))

    def _keeps(self, key: str, value: str) -> bool:
        if key.lower().startswith("on"):
            self._report.removed[Removed.SCRIPT] += 1
            return False
        if _REFERENCE.fullmatch(key) and not _OWN.match(value):
            self._report.removed[Removed.EXTERNAL_LINK] += 1
            return False
        return True

    def _inward(self, value: str) -> str:
        value, count = _OUTWARD_STYLE.subn("", value)
        if count:
            self._report.removed[Removed.EXTERNAL_LINK] += count
        return value
