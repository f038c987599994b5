"""Where a profile lets only the words through, they come out as a text, in their order."""

from email.message import EmailMessage

import pytest

from sanitizer import treatments
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import FileReason, Removed
from sanitizer.profile import FileAction, Profile
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.samples import encoded, gradient
from tests.sanitizer.test_office import OFFICE, X, package, relationships, sheet, word
from tests.sanitizer.test_pdf import pdf_of

ONLY_WORDS = Profile(
    actions={kind: FileAction.TEXT for kind in Kind if FileAction.TEXT in treatments.possible(kind)}
)
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"


def words(jail: Jail, data: bytes, name: str, profile: Profile = ONLY_WORDS) -> str:
    outcome = sanitize_file(data, name=name, jail=jail, profile=profile)
    assert (outcome.reason, outcome.media) == (FileReason.NONE, "text/plain")
    assert outcome.name.endswith(".txt")
    told = dict(outcome.receipt.removed)
    assert told.get(Removed.LOOKS) == (None if name.endswith("txt") else 1)
    return outcome.data.decode("utf-8")


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_a_document_gives_its_paragraphs_and_the_rows_of_its_tables(jail: Jail) -> None:
    body = (
        '<w:p><w:pPr><w:tabs><w:tab w:val="left" w:pos="1"/></w:tabs></w:pPr>'
        "<w:r><w:t>見</w:t></w:r><w:r><w:t>出し</w:t><w:tab/><w:t>右</w:t><w:br/><w:t>次</w:t></w:r></w:p>"
        f"<w:tbl><w:tr><w:tc>{paragraph('甲')}</w:tc><w:tc>{paragraph('乙')}</w:tc></w:tr></w:tbl>"
    )
    assert words(jail, word(body), "a.docx") == "見出し\t右\r\n次\r\n甲\t乙"


def test_a_sheet_gives_its_rows_with_tabs_between_the_cells(jail: Jail) -> None:
    cells = (
        '<c r="A1" t="inlineStr"><is><t>項目</t></is></c><c r="D1"><v>1200</v></c>'
        '<c r="E1"><f>1+1</f><v>2</v></c>'
    )
    assert words(jail, sheet(cells), "a.xlsx") == "表\r\n項目\t\t\t1200\t2"


def test_shared_strings_are_looked_up_without_how_they_are_read(jail: Jail) -> None:
    book = (
        f'<workbook xmlns="{X}" xmlns:r="{OFFICE}/relationships"><sheets>'
        '<sheet name="一" sheetId="1" r:id="rId2"/><sheet name="二" sheetId="2" r:id="rId1"/>'
        "</sheets></workbook>"
    )
    cell = '<c t="s"><v>{}</v></c>'
    cell = f'<worksheet xmlns="{X}"><sheetData><row>{cell}</row></sheetData></worksheet>'
    strings = (
        f'<sst xmlns="{X}"><si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si>'
        "<si><r><t>大</t></r><r><t>阪</t></r></si></sst>"
    )
    data = package(
        "xl/workbook.xml",
        {
            "xl/workbook.xml": book.encode(),
            "xl/_rels/workbook.xml.rels": relationships(
                ("rId1", "worksheet", "a.xml", False),
                ("rId2", "worksheet", "b.xml", False),
                ("rId3", "sharedStrings", "s.xml", False),
            ),
            "xl/a.xml": cell.format(0).encode(),
            "xl/b.xml": cell.format(1).encode(),
            "xl/s.xml": strings.encode(),
        },
    )
    assert words(jail, data, "a.xlsx") == "一\r\n大阪\r\n\r\n二\r\n東京"


def test_slides_give_their_words_in_the_order_of_the_talk(jail: Jail) -> None:
    slide = (
        f'<p:sld xmlns:p="{P}" xmlns:a="{A}"><p:cSld><p:spTree><p:sp><p:txBody><a:bodyPr/>'
        "<a:p><a:r><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )
    talk = (
        f'<p:presentation xmlns:p="{P}" xmlns:r="{OFFICE}/relationships"><p:sldIdLst>'
        '<p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/>'
        "</p:sldIdLst></p:presentation>"
    )
    data = package(
        "ppt/presentation.xml",
        {
            "ppt/presentation.xml": talk.encode(),
            "ppt/_rels/presentation.xml.rels": relationships(
                ("rId1", "slide", "a.xml", False), ("rId2", "slide", "b.xml", False)
            ),
            "ppt/a.xml": slide.format("後").encode(),
            "ppt/b.xml": slide.format("先").encode(),
        },
    )
    assert words(jail, data, "a.pptx") == "先\r\n\r\n後"


def test_a_pdf_gives_the_words_that_can_be_seen(jail: Jail) -> None:
    hidden = b"BT 3 Tr /F1 20 Tf 20 90 Td (hidden) Tj ET BT /F1 20 Tf 0 Tr 20 50 Td (seen) Tj ET"
    assert words(jail, pdf_of(hidden), "a.pdf") == "seen"


def test_a_mail_gives_who_when_and_what_and_no_attachment(jail: Jail) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "総務 <soumu@example.jp>", "通知"
    mail.set_content("本文\n")
    mail.add_attachment(encoded(gradient(), "PNG"), maintype="image", subtype="png", filename="a")
    told = words(jail, mail.as_bytes(), "a.eml")
    assert told.splitlines() == ["From: 総務 <soumu@example.jp>", "Subject: 通知", "", "本文"]


@pytest.mark.parametrize("name", ["a.csv", "a.txt"])
def test_text_stays_text(jail: Jail, name: str) -> None:
    assert words(jail, "甲,=1\u202e\r\n".encode(), name) == "甲,=1\r\n"


def test_what_has_no_words_is_refused_and_says_so(jail: Jail) -> None:
    drawing = pdf_of(b"10 10 50 50 re f")
    outcome = sanitize_file(drawing, name="a.pdf", jail=jail, profile=ONLY_WORDS)
    assert outcome.reason is FileReason.NO_WORDS
    assert "文字" in outcome.receipt.sentence("ja")


def test_a_sheet_that_is_mostly_nothing_is_refused(jail: Jail) -> None:
    far_right = '<c r="XFD1"><v>1</v></c></row><row>' * 310  # 16,384 columns each
    outcome = sanitize_file(sheet(far_right), name="a.xlsx", jail=jail, profile=ONLY_WORDS)
    assert outcome.reason is FileReason.TOO_MANY_PARTS
