"""Whatever is put into an output of ours, the check finds it: thousands of mutations, each by name.

What is inside coded pixels is the exception: only a decoder could tell it from the picture, which
is why the encoder never sees the file a picture came from.
"""

import hashlib

import pytest

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.archive import encode_archive
from sanitizer.encode.mail import encode_mail
from sanitizer.encode.office import encode_office
from sanitizer.encode.table import encode_table
from sanitizer.intermediate import IntermediateText, Member, TableRow
from sanitizer.media import CSV, DOCX, EML, PDF, PPTX, TEXT, XLSX, ZIP
from tests.sanitizer import mutation_packages as packages
from tests.sanitizer import mutation_pictures as pictures
from tests.sanitizer import mutation_texts as texts
from tests.sanitizer.mutation import Subject
from tests.sanitizer.mutation_office import office
from tests.sanitizer.mutation_pdf import pdf
from tests.sanitizer.test_pdf import OURS as OUR_PDF
from tests.sanitizer.written_files import GOOD, PNG

# As many as all subjects together have, and more than the 2,000 that were asked for.
LEAST = 27_000

LETTER = "令和八年度\r\nお知らせ\r\n".encode()
ROWS = [TableRow(("課", "額")), TableRow(("土木", "1"))]
MAIL = encode_mail(
    [
        TableRow(("address", "From", "髙橋", "a@example.jp")),
        TableRow(("address", "To", "", "b@example.jp")),
        TableRow(("header", "Subject", "令和八年度の予算について、とても長い件名のメール")),
        TableRow(("header", "Date", "2026-09-01T09:00:00+09:00")),
        IntermediateText("本文\n"),
        Member("text/plain:a.txt", LETTER),
    ]
)
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
SCHEMAS = "http://schemas.openxmlformats.org/"


def packaged(parts: dict[str, tuple[str, str]], *of: tuple[str, str, str, str]) -> bytes:
    """Return a package of `parts`: name to kind and XML; bound by `of`, with one picture."""
    records: list[TableRow | Member] = [
        TableRow(("part", name, kind)) for name, (kind, _) in parts.items()
    ]
    folder, main = next(iter(parts)).split("/")
    picture = f"{folder}/media/image1.png"
    records += [TableRow(("relationship", *each)) for each in of]
    records += [
        TableRow(("relationship", f"{folder}/{main}", "rId2", "image", picture)),
        TableRow(
            (
                "relationship",
                f"{folder}/{main}",
                "rId3",
                "hyperlink",
                "https://example.jp/?a=b&c=d",
            )
        ),
    ]
    records += [Member(name, (DECLARED + body).encode()) for name, (_, body) in parts.items()]
    return encode_office([*records, Member(picture, PNG)])


def docx() -> bytes:
    w = f'xmlns:w="{SCHEMAS}wordprocessingml/2006/main" {R}'
    body = (
        f'<w:document {w}><w:body><w:p><w:pPr><w:jc w:val="center"/></w:pPr><w:r><w:t>令和'
        "</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl></w:body></w:document>"
    )
    styles = f'<w:styles {w}><w:style w:styleId="a"><w:name w:val="a"/></w:style></w:styles>'
    return packaged(
        {"word/document.xml": ("document", body), "word/styles.xml": ("styles", styles)},
        ("word/document.xml", "rId1", "styles", "word/styles.xml"),
    )


def xlsx() -> bytes:
    x = f'xmlns:x="{SCHEMAS}spreadsheetml/2006/main" {R}'
    book = (
        f'<x:workbook {x}><x:sheets><x:sheet name="表" r:id="rId1" sheetId="1"/></x:sheets>'
        "</x:workbook>"
    )
    sheet = (
        f'<x:worksheet {x}><x:sheetData><x:row r="1"><x:c r="A1"><x:f>SUM(B1:B2)</x:f><x:v>2</x:v>'
        "</x:c></x:row></x:sheetData></x:worksheet>"
    )
    return packaged(
        {"xl/workbook.xml": ("workbook", book), "xl/worksheets/sheet1.xml": ("worksheet", sheet)},
        ("xl/workbook.xml", "rId1", "worksheet", "xl/worksheets/sheet1.xml"),
    )


def pptx() -> bytes:
    p, a = f'xmlns:p="{SCHEMAS}presentationml/2006/main"', f'xmlns:a="{SCHEMAS}drawingml/2006/main"'
    show = (
        f'<p:presentation {p} {R}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst>'
        "</p:presentation>"
    )
    slide = (
        f"<p:sld {p} {a} {R}><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>題</a:t></a:r></a:p>"
        "</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )
    return packaged(
        {"ppt/presentation.xml": ("presentation", show), "ppt/slides/slide1.xml": ("slide", slide)},
        ("ppt/presentation.xml", "rId1", "slide", "ppt/slides/slide1.xml"),
    )


SUBJECTS = {
    **{name: Subject(*GOOD[name], pictures.jpeg) for name in ("jpeg", "gray jpeg")},
    **{name: Subject(*GOOD[name], pictures.png) for name in ("png", "palette png", "clear png")},
    **{name: Subject(*GOOD[name], pictures.gif) for name in ("gif", "animated gif")},
    "text": Subject(TEXT, LETTER, texts.text),
    "table": Subject(CSV, encode_table(ROWS, "cp932"), texts.table),
    "UTF-8 table": Subject(CSV, encode_table(ROWS, "utf-8"), texts.table),
    "mail": Subject(EML, MAIL, texts.mail),
    "archive": Subject(
        ZIP,
        encode_archive([Member("a.txt", LETTER), Member("課/b.txt", LETTER)]),
        packages.archive,
    ),
    "pdf": Subject(PDF, OUR_PDF, pdf),
    "docx": Subject(DOCX, docx(), office),
    "xlsx": Subject(XLSX, xlsx(), office),
    "pptx": Subject(PPTX, pptx(), office),
}


def mutations(name: str) -> dict[str, bytes]:
    """Return each mutation of a subject by its name."""
    subject = SUBJECTS[name]
    return {what: new for what, new in subject.mutate(subject.data) if new != subject.data}


@pytest.mark.parametrize("name", SUBJECTS)
def test_no_mutation_passes(name: str) -> None:
    subject = SUBJECTS[name]
    check_file(subject.media, subject.data)
    passed = []
    for what, mutated in mutations(name).items():
        try:
            check_file(subject.media, mutated)
        except CheckFailed:
            continue
        passed.append(what)
    assert passed == []


def test_there_are_as_many_as_was_said() -> None:
    different = {
        hashlib.sha256(SUBJECTS[name].media.encode() + mutated).digest()
        for name in SUBJECTS
        for mutated in mutations(name).values()
    }
    assert len(different) >= LEAST
