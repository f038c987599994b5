"""All words that a rebuilt file holds, wherever they stand and whether anybody sees them.

Here nothing is left out for being hidden, deleted, unused or out of place: it is read from what is
written, with no regard to what a program would show of it.  The order is that of the file, and
words that belong together are together, so that runs of a paragraph are one text.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cache

from lxml import etree

from sanitizer.check.office_vocabulary import FREE, TEXTS, office_vocabulary
from sanitizer.decode.office_parse import parse_part
from sanitizer.decode.office_xml import PREFIXES
from sanitizer.outcome import FileReason, FileRefused

# Between two words that do not belong together: a control character, which no rebuilt text has.
APART = "\x1e"

# Texts of a paragraph that are one text for each of these names, and what ends a paragraph.
_JOINED = frozenset({"t", "delText", "instrText", "delInstrText"})
_ENDS = frozenset({"p", "si", "is", "c", "text", "comment", "tc", "pt"})
_SPACES: Mapping[str, str] = {"tab": "\t", "br": "\n", "cr": "\n"}
_PHONETIC = "rPh"  # how a name is read, between the words of the name

_STREAM = re.compile(rb"\n<< /Filter /FlateDecode /Length ([1-9][0-9]{0,8}) >>\nstream\n")
_RUN = re.compile(rb"<((?:[0-9a-f]{4})+)> Tj")
_ADDRESS = re.compile(rb"/URI <((?:[0-9a-f]{2})+)>")


def words_of_office(untrusted: bytes, max_unpacked: int) -> Iterator[str]:
    """Yield the words of each part: texts, names, descriptions, formulas, addresses of links."""
    with zipfile.ZipFile(io.BytesIO(untrusted)) as package:
        for entry in package.infolist():
            max_unpacked -= entry.file_size
            if max_unpacked < 0:
                raise FileRefused(FileReason.TOO_LARGE)
            if entry.filename.endswith(".rels"):
                yield APART.join(_addresses(parse_part(package.read(entry))))
            elif entry.filename.endswith(".xml") and not entry.filename.startswith("["):
                yield APART.join(_words(parse_part(package.read(entry))))


def _addresses(root: etree._Element) -> Iterator[str]:
    return (each.get("Target", "") for each in root if each.get("TargetMode") == "External")


def _words(root: etree._Element) -> Iterator[str]:
    pieces: dict[str, list[str]] = {}
    for element in root.iter():
        name = _name(str(element.tag))
        if name.local in _ENDS:
            yield from map("".join, pieces.values())
            pieces.clear()
        if element.attrib and name.free:
            yield from (str(element.get(key, "")) for key in name.free if element.get(key))
        if name.local in _SPACES:
            for joined in pieces.values():
                joined.append(_SPACES[name.local])
        if not name.has_text or not element.text:
            continue
        if name.local in _JOINED:
            parent = element.getparent()
            is_phonetic = parent is not None and _name(str(parent.tag)).local == _PHONETIC
            pieces.setdefault(_PHONETIC if is_phonetic else name.local, []).append(element.text)
        else:
            yield element.text
    yield from map("".join, pieces.values())


class _Name:
    """An element: its name, its attributes that hold words, whether it holds text."""

    def __init__(self, tag: str) -> None:
        namespace, _, self.local = tag[1:].rpartition("}")
        attributes = office_vocabulary().get(namespace, {}).get(self.local, {})
        self.free = [_key(each) for each, kind in attributes.items() if kind is FREE]
        self.has_text = self.local in TEXTS.get(namespace, ())


_NAMESPACES = {prefix: namespace for namespace, prefix in PREFIXES.items()}


def _key(attribute: str) -> str:
    prefix, _, local = attribute.rpartition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}" if prefix else local


@cache
def _name(tag: str) -> _Name:
    return _Name(tag)


def words_of_pdf(untrusted: bytes, max_unpacked: int) -> Iterator[str]:
    """Yield the words of each page, a line for each run, and the addresses of all links."""
    for stream in _STREAM.finditer(untrusted):
        packed = untrusted[stream.end() : stream.end() + int(stream[1])]
        try:
            unpacked = zlib.decompressobj().decompress(packed, max_unpacked)
        except zlib.error:  # the bytes of a picture, by chance
            continue
        max_unpacked = max(1, max_unpacked - len(unpacked))
        runs = _RUN.findall(unpacked)
        yield "\n".join(_hexadecimal(run).decode("utf-16-be", "replace") for run in runs)
    links = map(_hexadecimal, _ADDRESS.findall(untrusted))
    yield APART.join(address.decode("ascii", "replace") for address in links)


def _hexadecimal(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode("ascii"))
