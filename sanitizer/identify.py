"""What a file is, by its content: our own table of signatures, and containers looked into.

Fails closed: what no line of the table fits, and is not text, is `Kind.UNKNOWN`.  libmagic is
heard as a second opinion: where it is sure of another kind than we are, we believe neither.
Runs in the jail.
"""

import re
import struct
from collections.abc import Callable

from sanitizer import charset, ole
from sanitizer.kinds import KINDS, Kind

# Returns a MIME type.
SecondOpinion = Callable[[bytes], str]

# Enough for every signature, and for libmagic to make up its mind.
HEAD_BYTES = 64 * 1024

# Offset, bytes, kind.  The first that fits counts.
SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\xff\xd8\xff", Kind.JPEG),
    (0, b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (0, b"GIF87a", Kind.GIF),
    (0, b"GIF89a", Kind.GIF),
    (0, b"II*\0", Kind.TIFF),
    (0, b"MM\0*", Kind.TIFF),
    (0, b"II+\0", Kind.TIFF),
    (0, b"MM\0+", Kind.TIFF),
    (0, b"8BPS", Kind.PSD),
    (0, b"\0\0\1\0", Kind.ICO),
    (0, b"\0\0\2\0", Kind.ICO),
    (0, b"%PDF-", Kind.PDF),
    (0, b"\x78\x9f\x3e\x22", Kind.TNEF),
    (0, b"{\\rt", Kind.RTF),
    (0, b"7z\xbc\xaf\x27\x1c", Kind.SEVEN_ZIP),
    (0, b"Rar!\x1a\x07", Kind.RAR),
    (0, b"MSCF\0\0\0\0", Kind.CAB),
    (0, b"\x1f\x8b\x08", Kind.GZIP),
    (257, b"ustar", Kind.TAR),
    (0x8001, b"CD001", Kind.ISO),
    (0, b"\x7fELF", Kind.ELF),
    (0, b"\xca\xfe\xba\xbe", Kind.JAVA),
    (0, b"\xcf\xfa\xed\xfe", Kind.MACHO),
    (0, b"\xce\xfa\xed\xfe", Kind.MACHO),
    (0, b"L\0\0\0\x01\x14\x02\0", Kind.LNK),
    (0, b"#!", Kind.SCRIPT),
    (0, b"ID3", Kind.MP3),
    (0, b"\xff\xfb", Kind.MP3),
    (0, b"\xff\xf3", Kind.MP3),
    (0, b"\xff\xfa", Kind.MP3),
    (0, b"OggS", Kind.OGG),
    (0, b"fLaC", Kind.FLAC),
    (0, b"\x1a\x45\xdf\xa3", Kind.WEBM),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Kind.ASF),
    (0, b"JwwData.", Kind.JWW),
    (0, b"ISO-10303-21;", Kind.STEP),
    (0, b"AutoCAD Binary DXF\r\n\x1a\0", Kind.DXF),
    (2, b"-lh", Kind.LZH),
)

# What a RIFF file holds, at offset 8.
RIFF = {b"WEBP": Kind.WEBP, b"WAVE": Kind.WAV, b"AVI ": Kind.AVI}

# The brand of an ISO base media file, at offset 8 behind "ftyp".
BRANDS = {
    b"heic": Kind.HEIC,
    b"heix": Kind.HEIC,
    b"heim": Kind.HEIC,
    b"heis": Kind.HEIC,
    b"hevc": Kind.HEIC,
    b"mif1": Kind.HEIC,
    b"msf1": Kind.HEIC,
    b"avif": Kind.AVIF,
    b"avis": Kind.AVIF,
}

# The sizes a BMP's second header can have, oldest to newest.
BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)

# A stream in an OLE2 file tells who wrote it.  The first that is there counts.
STREAMS = (
    ("EncryptedPackage", Kind.ENCRYPTED_OFFICE),
    ("DocumentText", Kind.JTD),
    ("WordDocument", Kind.DOC),
    ("Workbook", Kind.XLS),
    ("Book", Kind.XLS),
    ("PowerPoint Document", Kind.PPT),
    ("__properties_version1.0", Kind.MSG),
)

# Folder of the main part and whether there are macros: kind.
OFFICE = {
    (b"word/", False): Kind.DOCX,
    (b"word/", True): Kind.DOCM,
    (b"xl/", False): Kind.XLSX,
    (b"xl/", True): Kind.XLSM,
    (b"ppt/", False): Kind.PPTX,
    (b"ppt/", True): Kind.PPTM,
}

OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": Kind.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Kind.ODS,
    b"application/vnd.oasis.opendocument.presentation": Kind.ODP,
    b"application/vnd.oasis.opendocument.graphics": Kind.ODG,
}

_PROLOGUE = r"(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*"

# How a text begins that is meant for a program.  The first that fits counts.
OPENINGS = (
    (re.compile(_PROLOGUE + r"<(!DOCTYPE\s+)?svg[\s>]", re.S | re.I), Kind.SVG),
    (re.compile(_PROLOGUE + r"<(!DOCTYPE\s+html|html|head|body|script)\b", re.S | re.I), Kind.HTML),
    (re.compile(r"<\?xml\s"), Kind.XML),
    (re.compile(r"(0|999)\s*\r?\n\s*(SECTION|[^\n]*\n\s*0\s*\r?\n\s*SECTION)\s*\r?\n"), Kind.DXF),
    (
        re.compile(r"(From |(Return-Path|Received|Delivered-To|Message-ID|MIME-Version): )", re.I),
        Kind.EML,
    ),
)

_BY_MIME = {mime: kind for kind, about in KINDS.items() for mime in about.mime}

# libmagic cannot tell these from one another; either name confirms the other.
ALIKE = (
    frozenset({Kind.DOC, Kind.XLS, Kind.PPT, Kind.MSG, Kind.OLE, Kind.JTD, Kind.ENCRYPTED_OFFICE}),
    frozenset(
        {
            Kind.ZIP,
            Kind.DOCX,
            Kind.XLSX,
            Kind.PPTX,
            Kind.DOCM,
            Kind.XLSM,
            Kind.PPTM,
            Kind.XLSB,
            Kind.JAVA,
        }
    ),
    frozenset({Kind.HEIC, Kind.AVIF, Kind.MP4}),
    frozenset({Kind.MACHO, Kind.JAVA}),
    # All words to libmagic, and it guesses at their use.
    frozenset(
        {Kind.TEXT, Kind.CSV, Kind.EML, Kind.HTML, Kind.XML, Kind.SVG, Kind.SCRIPT, Kind.DXF}
    ),
)


def identify_kind(untrusted: memoryview, second_opinion: SecondOpinion) -> Kind:
    """Return the kind of `untrusted`, `UNKNOWN` where nothing fits or the two opinions differ."""
    ours = _by_signature(untrusted) or _by_container(untrusted) or _by_words(untrusted)
    theirs = _BY_MIME.get(second_opinion(bytes(untrusted[:HEAD_BYTES])))
    if theirs in (None, ours) or any({ours, theirs} <= alike for alike in ALIKE):
        return ours
    return Kind.UNKNOWN


def _by_signature(untrusted: memoryview) -> Kind | None:
    head = bytes(untrusted[:HEAD_BYTES])
    for offset, magic, kind in SIGNATURES:
        if head.startswith(magic, offset):
            return kind
    if head[:4] == b"RIFF" and head[8:12] in RIFF:
        return RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12], Kind.MP4)
    if re.match(rb"AC10\d\d\0", head):
        return Kind.DWG
    if (
        head[:2] == b"BM"
        and len(head) > 18
        and struct.unpack_from("<I", head, 14)[0] in BMP_HEADERS
    ):
        return Kind.BMP
    return Kind.EXE if head[:2] == b"MZ" and b"\0" in head[:64] else None


def _by_container(untrusted: memoryview) -> Kind | None:
    if bytes(untrusted[:8]) == ole.MAGIC:
        streams = ole.stream_names(untrusted)
        return next((kind for name, kind in STREAMS if name in streams), Kind.OLE)
    if bytes(untrusted[:4]) not in (b"PK\3\4", b"PK\5\6"):
        return None
    names = _zip_names(untrusted)
    if b"[Content_Types].xml" in names:
        macros = any(name.lower().endswith(b"vbaproject.bin") for name in names)
        if b"xl/workbook.bin" in names:
            return Kind.XLSB
        for (folder, has_macros), kind in OFFICE.items():
            if has_macros == macros and any(name.startswith(folder) for name in names):
                return kind
    if bytes(untrusted[30:38]) == b"mimetype":
        declared = bytes(untrusted[38:256])
        return next(
            (kind for mime, kind in OPEN_DOCUMENT.items() if declared.startswith(mime)), Kind.ZIP
        )
    return Kind.JAVA if b"META-INF/MANIFEST.MF" in names else Kind.ZIP


def _zip_names(untrusted: memoryview) -> set[bytes]:
    """Return the names in the central directory, without judging it: that is for the treatment."""
    tail_at = max(0, len(untrusted) - 65_557)  # the longest comment and the record before it
    tail = bytes(untrusted[tail_at:])
    end = tail.rfind(b"PK\5\6")
    if end < 0 or end + 22 > len(tail):
        return set()
    size, at = struct.unpack_from("<II", tail, end + 12)
    directory = bytes(untrusted[at : at + size])
    names, position = set(), 0
    while directory.startswith(b"PK\1\2", position) and position + 46 <= len(directory):
        name_length, extra, comment = struct.unpack_from("<HHH", directory, position + 28)
        names.add(directory[position + 46 : position + 46 + name_length])
        position += 46 + name_length + extra + comment
    return names


def _by_words(untrusted: memoryview) -> Kind:
    text = charset.decode(bytes(untrusted))
    if text is None:
        return Kind.UNKNOWN
    start = text[:4096].lstrip("\ufeff \t\r\n")
    return next((kind for opening, kind in OPENINGS if opening.match(start)), Kind.TEXT)
