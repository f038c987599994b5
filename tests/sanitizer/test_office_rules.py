"""What an Office file has beside its plain content stays or goes as the profile says."""

import io
import re
import zipfile

import openpyxl
import pptx
from docx import Document

from sanitizer.jail import Jail
from sanitizer.outcome import Kept, Outcome, Removed
from sanitizer.profile import Profile
from sanitizer.rules import ContentRules, Keeping, LinkRules, Links, OfficeRules, Scheme
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.test_office import A, X, package, sheet, word

P = "http://schemas.openxmlformats.org/presentationml/2006/main"
REMOVE = OfficeRules(comments=Keeping.REMOVE, hidden=Keeping.REMOVE, protection=Keeping.REMOVE)


def by_rule(
    jail: Jail, data: bytes, name: str, office: OfficeRules | None = None, **links: object
) -> tuple[Outcome, dict[str, str]]:
    rules = ContentRules(office or OfficeRules(), LinkRules(**links))  # type: ignore[arg-type]
    outcome = sanitize_file(data, name=name, jail=jail, profile=Profile(rules=rules))
    assert outcome.state != "refused", outcome.reason
    with zipfile.ZipFile(io.BytesIO(outcome.data)) as archive:
        texts = {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}
    return outcome, texts


def show() -> bytes:
    new = pptx.Presentation()
    for number in (1, 2, 3):
        slide = new.slides.add_slide(new.slide_layouts[5])
        slide.shapes.title.text = f"題{number}"
    new.slides[1].element.set("show", "0")
    file = io.BytesIO()
    new.save(file)
    return file.getvalue()


def titles(data: bytes) -> list[str]:
    return [slide.shapes.title.text for slide in pptx.Presentation(io.BytesIO(data)).slides]


def test_a_hidden_slide_is_kept_and_told(jail: Jail) -> None:
    outcome, _ = by_rule(jail, show(), "x.pptx")
    assert titles(outcome.data) == ["題1", "題2", "題3"]
    assert dict(outcome.receipt.kept)[Kept.HIDDEN_SLIDE] == 1


def test_a_hidden_slide_is_removed(jail: Jail) -> None:
    outcome, parts = by_rule(jail, show(), "x.pptx", REMOVE)
    assert titles(outcome.data) == ["題1", "題3"]
    assert "題2" not in "".join(parts.values())
    assert dict(outcome.receipt.removed)[Removed.HIDDEN_SLIDE] == 1


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def hiding_book() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = "表"
    hidden = book.create_sheet("裏 帳", 0)
    hidden["A1"] = "内緒の数字"
    hidden.sheet_state = "hidden"
    page["A1"], page["A2"], page["A3"] = "公開", "='裏 帳'!A1", "=SUM(1,2)"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_hidden_sheet_is_kept_and_told(jail: Jail) -> None:
    outcome, _ = by_rule(jail, hiding_book(), "x.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(outcome.data)).sheetnames == ["裏 帳", "表"]
    assert dict(outcome.receipt.kept) == {Kept.HIDDEN_SHEET: 1}
    assert "非表示シート(1件)" in outcome.receipt.sentence("ja")


def test_a_hidden_sheet_is_removed_to_its_last_word(jail: Jail) -> None:
    outcome, parts = by_rule(jail, hiding_book(), "x.xlsx", REMOVE)
    book = openpyxl.load_workbook(io.BytesIO(outcome.data))
    assert book.sheetnames == ["表"]
    assert (book["表"]["A1"].value, book["表"]["A3"].value) == ("公開", "=SUM(1,2)")
    assert "内緒" not in "".join(parts.values())
    assert "裏" not in "".join(parts.values())
    removed = dict(outcome.receipt.removed)
    assert (removed[Removed.HIDDEN_SHEET], removed[Removed.FORMULA]) == (1, 1)


def test_hidden_text_is_kept_or_removed(jail: Jail) -> None:
    body = f"<w:p>{run('見える')}<w:r><w:rPr><w:vanish/></w:rPr><w:t>隠し</w:t></w:r></w:p>"
    outcome, parts = by_rule(jail, word(body), "x.docx")
    assert dict(outcome.receipt.kept) == {Kept.HIDDEN_TEXT: 2}
    outcome, parts = by_rule(jail, word(body), "x.docx", REMOVE)
    assert "隠し" not in parts["word/document.xml"]
    assert dict(outcome.receipt.removed) == {Removed.HIDDEN_TEXT: 2}


def protected() -> bytes:
    data = sheet('<c r="A1"><v>1</v></c>')
    hashed = (
        b'<sheetProtection sheet="1" algorithmName="SHA-512" hashValue="SECRET==" saltValue="x"/>'
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/s.xml"] = parts["xl/s.xml"].replace(b"</sheetData>", b"</sheetData>" + hashed)
    return package("xl/workbook.xml", parts)


def test_protection_stays_but_its_password_never_crosses(jail: Jail) -> None:
    outcome, parts = by_rule(jail, protected(), "x.xlsx")
    assert '<x:sheetProtection sheet="1"/>' in parts["xl/worksheets/sheet1.xml"]
    assert dict(outcome.receipt.removed) == {Removed.PASSWORD_HASH: 1}
    outcome, parts = by_rule(jail, protected(), "x.xlsx", REMOVE)
    assert "sheetProtection" not in parts["xl/worksheets/sheet1.xml"]
    assert dict(outcome.receipt.removed) == {Removed.PASSWORD_HASH: 1, Removed.PROTECTION: 1}


def linked() -> bytes:
    body = "".join(f'<w:p><w:hyperlink r:id="{i}">{run(i)}</w:hyperlink></w:p>' for i in "abc")
    return word(
        body,
        ("a", "hyperlink", "http://example.com/a", True),
        ("b", "hyperlink", "https://example.com/b", True),
        ("c", "hyperlink", "mailto:c@example.com", True),
    )


def test_links_stay_links_by_scheme(jail: Jail) -> None:
    outcome, parts = by_rule(jail, linked(), "x.docx", schemes=(Scheme.HTTPS,))
    assert "example.com/b" in parts["word/_rels/document.xml.rels"]
    assert "example.com/a" not in parts["word/_rels/document.xml.rels"]
    assert dict(outcome.receipt.removed) == {Removed.LINK: 2}
    assert dict(outcome.receipt.kept) == {Kept.LINK: 1}


def test_links_become_text(jail: Jail) -> None:
    outcome, parts = by_rule(jail, linked(), "x.docx", action=Links.TEXT)
    assert "example.com" not in "".join(parts.values())
    assert [p.text for p in Document(io.BytesIO(outcome.data)).paragraphs] == ["a", "b", "c"]
    assert dict(outcome.receipt.removed) == {Removed.LINK: 3}


def test_a_table_whose_only_link_became_text_has_no_list_of_links(jail: Jail) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["A1"] = "市"
    page["A1"].hyperlink = "https://example.com/"
    file = io.BytesIO()
    book.save(file)
    _, parts = by_rule(jail, file.getvalue(), "x.xlsx", action=Links.TEXT)
    assert "hyperlink" not in parts["xl/worksheets/sheet1.xml"]


def strict(data: bytes) -> bytes:
    """Return a package in the strict form of the standard."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    old = rb"http://schemas\.openxmlformats\.org/(\w+)/2006/(?!content|relationships\")"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            new = re.sub(old, rb"http://purl.oclc.org/ooxml/\1/", part)
            package_ns = b"http://purl.oclc.org/ooxml/package/"
            archive.writestr(
                name, new.replace(package_ns, b"http://schemas.openxmlformats.org/package/2006/")
            )
    return file.getvalue()


def test_the_strict_form_is_rebuilt_as_the_usual_one(jail: Jail) -> None:
    cells = '<c r="A1" t="d"><v>2026-04-01T12:00:00</v></c><c r="B1"><v>7</v></c>'
    data = strict(sheet(cells))
    assert b"purl.oclc.org" in data
    _, parts = by_rule(jail, data, "x.xlsx")
    part = parts["xl/worksheets/sheet1.xml"]
    assert X in part
    assert "purl" not in "".join(parts.values())
    assert "<x:v>46113.5</x:v>" in part
    assert "<x:v>7</x:v>" in part
    _, parts = by_rule(jail, strict(word(f"<w:p>{run('令和')}</w:p>")), "x.docx")
    assert "令和" in parts["word/document.xml"]


def test_characters_nobody_can_see_are_taken_out_of_all_texts_and_names(jail: Jail) -> None:
    tag = "\U000e0041\U000e0042"
    body = (
        f"<w:p><w:r><w:t>葛\U000e0100城\u200b市\u202e{tag}</w:t></w:r></w:p>"
        f'<w:p><w:r><w:drawing><a:cNvPr xmlns:a="{A}" id="1" name="x"/></w:drawing></w:r></w:p>'
        f'<w:p><w:bookmarkStart w:id="1" w:name="印{tag}"/></w:p>'
    )
    outcome, parts = by_rule(jail, word(body), "x.docx")
    text = parts["word/document.xml"]
    assert "<w:t>葛\U000e0100城市</w:t>" in text
    assert 'w:name="印"' in text
    assert dict(outcome.receipt.removed) == {
        Removed.TAG_CHARACTERS: 4,
        Removed.INVISIBLE_CHARACTERS: 1,
        Removed.BIDI_CONTROLS: 1,
    }


def test_excels_own_way_to_write_a_character_hides_none(jail: Jail) -> None:
    cells = '<c r="A1" t="inlineStr"><is><t>a_x202E_b_x000D_c_x005F_x202E_</t></is></c>'
    outcome, parts = by_rule(jail, sheet(cells), "x.xlsx")
    assert "<x:t>ab_x000D_c_x005F_x202E_</x:t>" in parts["xl/worksheets/sheet1.xml"]
    assert dict(outcome.receipt.removed) == {Removed.BIDI_CONTROLS: 1}


def test_a_formula_is_judged_as_it_will_be_read(jail: Jail) -> None:
    cells = '<c r="A1"><f>WEB\u200bSERVICE("x")</f><v>1</v></c>'
    _, parts = by_rule(jail, sheet(cells), "x.xlsx")
    assert "SERVICE" not in parts["xl/worksheets/sheet1.xml"]
