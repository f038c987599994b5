"""Every kind is told by its content, and refused by its name while we cannot rebuild it."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from sanitizer.identify import SIGNATURES, identify_kind
from sanitizer.jail import Jail
from sanitizer.kinds import KINDS, Kind, kind_named
from sanitizer.names import clean_name
from sanitizer.outcome import FileReason, Kept, Removed
from sanitizer.profile import ONLY_BY_REQUEST
from sanitizer.sanitize import sanitize_file
from sanitizer.sentences import KEPT, REASONS, REMOVED
from sanitizer.treatments import TREATMENTS
from tests.sanitizer.samples import zipped


def silent(_: bytes) -> str:
    return "application/octet-stream"


def told(data: bytes) -> Kind:
    return identify_kind(memoryview(data), silent)


def ole_file(*streams: str) -> bytes:
    """Return an OLE2 file of 512-byte sectors whose directory names `streams`."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HH", header, 30, 9, 6)
    struct.pack_into("<I", header, 48, 0)
    struct.pack_into("<109I", header, 76, *[1] + [0xFFFFFFFF] * 108)
    directory = b""
    for name in ("Root Entry", *streams):
        encoded = name.encode("utf-16-le") + b"\0\0"
        directory += encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded)) + bytes(62)
    fat = struct.pack("<128I", 0xFFFFFFFE, 0xFFFFFFFD, *[0xFFFFFFFF] * 126)
    return bytes(header) + directory.ljust(512, b"\0")[:512] + fat


DRAWN = {kind for kind, _ in TREATMENTS}

SAMPLES = {
    Kind.GIF: b"GIF89a" + bytes(20),
    Kind.BMP: b"BM" + bytes(12) + struct.pack("<I", 40) + bytes(40),
    Kind.HEIC: b"\0\0\0\x18ftypheic" + bytes(20),
    Kind.AVIF: b"\0\0\0\x18ftypavif" + bytes(20),
    Kind.MP4: b"\0\0\0\x18ftypisom" + bytes(20),
    Kind.WEBP: b"RIFF\0\0\0\0WEBPVP8 ",
    Kind.WAV: b"RIFF\0\0\0\0WAVEfmt ",
    Kind.AVI: b"RIFF\0\0\0\0AVI LIST",
    Kind.PDF: b"%PDF-1.7\n",
    Kind.RTF: b"{\\rtf1}",
    Kind.EXE: b"MZ\x90\0" + bytes(60),
    Kind.LZH: b"\x20\x00-lh5-" + bytes(20),
    Kind.DWG: b"AC1032\0\0\0\0\0",
    Kind.DXF: b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n",
    Kind.JWW: b"JwwData.\x00\x01",
    Kind.STEP: b"ISO-10303-21;\nHEADER;",
    Kind.SVG: b'<?xml version="1.0"?><!-- x --><svg xmlns="http://www.w3.org/2000/svg"/>',
    Kind.HTML: b"<html><body>",
    Kind.XML: b'<?xml version="1.0"?><a/>',
    Kind.EML: b"Received: from a by b\r\nSubject: x\r\n\r\nbody",
    Kind.TEXT: "こんにちは".encode(),
    Kind.DOCX: zipped({"[Content_Types].xml": b"", "word/document.xml": b""}),
    Kind.DOCM: zipped({"[Content_Types].xml": b"", "word/vbaProject.bin": b""}),
    Kind.XLSX: zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b""}),
    Kind.XLSM: zipped({"[Content_Types].xml": b"", "xl/x.xml": b"", "xl/vbaProject.bin": b""}),
    Kind.XLSB: zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}),
    Kind.PPTX: zipped({"[Content_Types].xml": b"", "ppt/presentation.xml": b""}),
    Kind.ODT: zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}),
    Kind.ODS: zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
    Kind.ODG: zipped({"mimetype": b"application/vnd.oasis.opendocument.graphics-template"}),
    Kind.JAVA: zipped({"META-INF/MANIFEST.MF": b""}),
    Kind.ZIP: zipped({"a.txt": b"a"}),
    Kind.DOC: ole_file("WordDocument"),
    Kind.XLS: ole_file("Workbook"),
    Kind.PPT: ole_file("PowerPoint Document"),
    Kind.JTD: ole_file("DocumentText"),
    Kind.MSG: ole_file("__properties_version1.0"),
    Kind.ENCRYPTED_OFFICE: ole_file("EncryptionInfo", "EncryptedPackage"),
    Kind.OLE: ole_file("Something"),
    Kind.UNKNOWN: b"\x00\x01\x02\x03" * 20,
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_kind_is_told_by_its_content(kind: Kind) -> None:
    assert told(SAMPLES[kind]) is kind


@pytest.mark.parametrize(("offset", "magic", "kind"), SIGNATURES)
def test_a_signature_is_enough(offset: int, magic: bytes, kind: Kind) -> None:
    assert told(bytes(offset) + magic + bytes(64)) is kind


def test_more_than_25_kinds_are_known_by_name() -> None:
    assert len(KINDS) > 25
    assert set(KINDS) == set(Kind)


def test_where_the_second_opinion_names_another_kind_neither_is_believed() -> None:
    data = memoryview(b"GIF89a" + bytes(20))
    assert identify_kind(data, lambda _: "application/x-dosexec") is Kind.UNKNOWN
    assert identify_kind(data, lambda _: "application/x-never-heard-of") is Kind.GIF


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("報告.docx", Kind.DOCX),
        ("a.JPG", Kind.JPEG),
        ("x.tar.gz", Kind.GZIP),
        ("png", Kind.UNKNOWN),
        ("", Kind.UNKNOWN),
    ],
)
def test_a_name_claims_a_kind_by_its_extension(name: str, kind: Kind) -> None:
    assert kind_named(name) is kind


@pytest.mark.parametrize("kind", [k for k in SAMPLES if KINDS[k].extensions and k not in DRAWN])
def test_a_kind_we_cannot_rebuild_is_refused_by_its_name(jail: Jail, kind: Kind) -> None:
    outcome = sanitize_file(SAMPLES[kind], name=f"x.{KINDS[kind].extensions[0]}", jail=jail)
    expected = FileReason.AGAINST_POLICY if kind in ONLY_BY_REQUEST else FileReason.NOT_SUPPORTED
    assert outcome.reason in {expected, FileReason.UNKNOWN_KIND}
    if outcome.reason is not FileReason.UNKNOWN_KIND:
        assert KINDS[kind].ja in outcome.receipt.sentence("ja")
        assert KINDS[kind].en in outcome.receipt.sentence("en")


def test_docuworks_is_refused_by_the_name_it_gives_itself(jail: Jail) -> None:
    outcome = sanitize_file(b"\x60\x0e\x82\x01" + bytes(range(256)), name="図面.xdw", jail=jail)
    assert outcome.reason is FileReason.NOT_SUPPORTED
    assert "DocuWorks" in outcome.receipt.sentence("ja")


def test_encrypted_office_is_called_so(jail: Jail) -> None:
    outcome = sanitize_file(SAMPLES[Kind.ENCRYPTED_OFFICE], name="x.docx", jail=jail)
    assert outcome.reason is FileReason.ENCRYPTED


def test_every_reason_and_every_removal_has_its_words() -> None:
    assert set(REASONS) == set(FileReason)
    assert set(REMOVED) == set(Removed)
    assert set(KEPT) == set(Kept)


@pytest.mark.parametrize(
    ("untrusted", "clean"),
    [
        ("報告書.docx", "報告書.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\dir\\表.txt", "表.jpg"),
        ("／etc／x.png", "x.jpg"),
        ("photo\u202egpj.exe", "photogpj.jpg"),
        ("a\0b\r\nc.jpg", "abc.jpg"),
        ("CON.txt", "_CON.jpg"),
        ("-rf.jpg", "rf.jpg"),
        (".bashrc", "bashrc.jpg"),
        ("a:b?.jpg", "a_b_.jpg"),
        ("...", "_.jpg"),
        ("", "_.jpg"),
        ("か\u3099.jpg", "が.jpg"),
        ("葛\U000e0100.jpg", "葛\U000e0100.jpg"),
        ("\u3164\ufe0e", "_.jpg"),  # a selector behind what is taken out
        ("\U0002ffe0\U000e0100", "_.jpg"),
    ],
)
def test_a_name_is_fit_to_be_seen_and_saved(untrusted: str, clean: str) -> None:
    assert clean_name(untrusted, "jpg") == clean


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    assert len(clean_name("あ" * 500 + ".jpg", "jpg").encode()) <= 255
    assert clean_name("あ" * 500 + ".jpg", "jpg").endswith("あ.jpg")


def test_real_files_are_told_right(corpus: Path) -> None:
    wrong = []
    for folder, suffixes in (("poi", (".docx", ".xlsx", ".pptx")), ("pdfjs", (".pdf",))):
        for path in sorted((corpus / folder).rglob("*")):
            data = path.read_bytes() if path.suffix in suffixes else b""
            if data[:4] in (b"PK\3\4", b"%PDF") and told(data) is not Kind(path.suffix[1:]):
                wrong.append((path.name, told(data)))
    # Fuzzers' files, whose directory is gone.
    assert len(wrong) <= 11, wrong


def test_a_zip_whose_directory_lies_is_still_a_zip() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", b"b")
    data = bytearray(file.getvalue())
    data[-6:-2] = b"\xff\xff\xff\x7f"
    assert told(bytes(data)) is Kind.ZIP
