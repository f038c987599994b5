"""What an Office file has beside its plain content stays or goes as the profile says."""

import io
import re
import zipfile

import openpyxl
import pptx
import pytest
from docx import Document
from openpyxl.comments import Comment

from sanitizer.check.check import CheckFailed, check
from sanitizer.encode.archive import encode_archive
from sanitizer.form import Member
from sanitizer.jail import Jail
from sanitizer.media import XLSX
from sanitizer.outcome import Kept, Outcome, Removed
from sanitizer.profile import Profile
from sanitizer.rules import Changes, Keeping, LinkRules, Links, OfficeRules, Rules, Scheme
from sanitizer.sanitize import sanitize
from tests.sanitizer.test_office import OFFICE, A, W, X, package, relationships, sheet, word

P = "http://schemas.openxmlformats.org/presentationml/2006/main"
REMOVE = OfficeRules(comments=Keeping.REMOVE, hidden=Keeping.REMOVE, protection=Keeping.REMOVE)


def by_rule(
    jail: Jail, data: bytes, name: str, office: OfficeRules | None = None, **links: object
) -> tuple[Outcome, dict[str, str]]:
    rules = Rules(office or OfficeRules(), LinkRules(**links))  # type: ignore[arg-type]
    outcome = sanitize(data, name=name, jail=jail, profile=Profile(rules=rules))
    assert outcome.verdict != "refused", outcome.reason
    with zipfile.ZipFile(io.BytesIO(outcome.data)) as archive:
        texts = {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}
    return outcome, texts


def commented_word() -> bytes:
    anchored = (
        '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>本文</w:t></w:r>'
        '<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>'
    )
    comments = (
        f'<w:comments xmlns:w="{W}"><w:comment w:id="0" w:author="市"><w:p><w:r>'
        "<w:t>所見</w:t></w:r></w:p></w:comment></w:comments>"
    )
    of = ("c", "comments", "comments.xml", False)
    return package(
        "word/document.xml",
        {
            "word/document.xml": (
                f'<w:document xmlns:w="{W}"><w:body>{anchored}</w:body></w:document>'
            ).encode(),
            "word/_rels/document.xml.rels": relationships(of),
            "word/comments.xml": comments.encode(),
        },
    )


def test_comments_of_word_are_kept_with_their_places(jail: Jail) -> None:
    outcome, parts = by_rule(jail, commented_word(), "x.docx")
    assert "所見" in parts["word/comments1.xml"]
    assert "commentReference" in parts["word/document.xml"]
    assert dict(outcome.receipt.kept) == {Kept.COMMENT: 1}
    assert outcome.verdict == "clean"
    assert "残したもの: コメント(1件)" in outcome.receipt.sentence("ja")


def test_comments_of_word_are_removed_with_their_places(jail: Jail) -> None:
    outcome, parts = by_rule(jail, commented_word(), "x.docx", REMOVE)
    assert "所見" not in "".join(parts.values())
    assert "comment" not in "".join(parts.values())
    assert "本文" in parts["word/document.xml"]
    assert dict(outcome.receipt.removed) == {Removed.COMMENT: 1}


def test_a_place_whose_comment_is_not_there_is_removed(jail: Jail) -> None:
    body = '<w:p><w:r><w:commentReference w:id="7"/></w:r></w:p>'
    assert "comment" not in by_rule(jail, word(body), "x.docx")[1]["word/document.xml"]


def commented_excel() -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page["B3"], page["AB12"] = "額", 3
    page["B3"].comment = Comment("確認済み", "担当")
    page["AB12"].comment = Comment("要確認", "担当")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_comments_of_excel_are_kept_in_a_drawing_of_ours(jail: Jail) -> None:
    outcome, parts = by_rule(jail, commented_excel(), "x.xlsx")
    drawing = parts["xl/drawings/vmlDrawing1.vml"]
    assert re.findall(r"<x:Row>(\d+)</x:Row><x:Column>(\d+)<", drawing) == [
        ("2", "1"),
        ("11", "27"),
    ]
    page = openpyxl.load_workbook(io.BytesIO(outcome.data)).active
    assert page is not None
    assert page["B3"].comment is not None
    assert page["B3"].comment.text == "確認済み"
    assert dict(outcome.receipt.kept) == {Kept.COMMENT: 2}


def test_comments_of_excel_are_removed(jail: Jail) -> None:
    outcome, parts = by_rule(jail, commented_excel(), "x.xlsx", REMOVE)
    assert dict(outcome.receipt.removed)[Removed.COMMENT] == 2
    assert "確認済み" not in "".join(parts.values())
    assert not any("comment" in n or "vml" in n for n in parts)
    assert "legacyDrawing" not in parts["xl/worksheets/sheet1.xml"]


def test_the_check_takes_no_other_drawing_of_comments(jail: Jail) -> None:
    parts = by_rule(jail, commented_excel(), "x.xlsx")[1]
    drawing, name = parts["xl/drawings/vmlDrawing1.vml"], "xl/drawings/vmlDrawing1.vml"
    rels = "xl/worksheets/_rels/sheet1.xml.rels"

    def packed(changed: dict[str, str]) -> bytes:
        return encode_archive([Member(n, t.encode()) for n, t in (parts | changed).items()])

    check(XLSX, packed({}))
    for bad in (
        {name: drawing.replace("<v:textbox/>", '<v:imagedata src="http://192.0.2.1"/>', 1)},
        {name: drawing.replace("<x:Row>2<", "<x:Row>02<")},
        {name: drawing.replace('ObjectType="Note"', 'ObjectType="Button"', 1)},
        {name: drawing + " "},
        {rels: parts[rels].replace("relationships/vmlDrawing", "relationships/image")},
        {rels: parts[rels].replace(f'vmlDrawing" Target="/{name}', 'vmlDrawing" Target="/xl/x')},
    ):
        assert any(parts[n] != t for n, t in bad.items())
        with pytest.raises(CheckFailed):
            check(XLSX, packed(bad))


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


def test_comments_of_powerpoint_are_kept_or_removed(jail: Jail) -> None:
    with zipfile.ZipFile(io.BytesIO(show())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}

    def with_relationship(name: str, kind: str, target: str) -> None:
        line = f'<Relationship Id="rIdC" Type="{OFFICE}/relationships/{kind}" Target="{target}"/>'
        parts[name] = parts[name].replace(b"</Relationships>", f"{line}</Relationships>".encode())

    with_relationship("ppt/slides/_rels/slide1.xml.rels", "comments", "../comments/comment1.xml")
    with_relationship("ppt/_rels/presentation.xml.rels", "commentAuthors", "commentAuthors.xml")
    parts["ppt/comments/comment1.xml"] = (
        f'<p:cmLst xmlns:p="{P}"><p:cm authorId="0" dt="2026-09-01T00:00:00" idx="1">'
        '<p:pos x="1" y="2"/><p:text>図を替える</p:text></p:cm></p:cmLst>'
    ).encode()
    parts["ppt/commentAuthors.xml"] = (
        f'<p:cmAuthorLst xmlns:p="{P}"><p:cmAuthor id="0" name="係" initials="k" lastIdx="1" '
        'clrIdx="0"/></p:cmAuthorLst>'
    ).encode()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    outcome, kept = by_rule(jail, data.getvalue(), "x.pptx")
    assert "<p:text>図を替える</p:text>" in kept["ppt/comments1.xml"]
    assert 'name="係"' in kept["ppt/commentAuthors.xml"]
    assert dict(outcome.receipt.kept)[Kept.COMMENT] == 1
    outcome, removed = by_rule(jail, data.getvalue(), "x.pptx", REMOVE)
    assert "図を替える" not in "".join(removed.values())
    assert "係" not in "".join(removed.values())
    assert dict(outcome.receipt.removed)[Removed.COMMENT] == 1


def run(text: str, tag: str = "t") -> str:
    return f"<w:r><w:{tag}>{text}</w:{tag}></w:r>"


TRACKED = (
    f"<w:p>{run('甲')}<w:ins w:id='1' w:author='a'>{run('新')}</w:ins>"
    f"<w:del w:id='2' w:author='a'>{run('旧', 'delText')}</w:del></w:p>"
    "<w:p><w:pPr><w:jc w:val='left'/><w:rPr><w:del w:id='3' w:author='a'/></w:rPr></w:pPr>"
    f"{run('前')}</w:p><w:p><w:pPr><w:jc w:val='right'/><w:pPrChange w:id='9' w:author='a'><w:pPr>"
    f"<w:jc w:val='center'/></w:pPr></w:pPrChange></w:pPr>{run('後')}</w:p>"
    "<w:tbl><w:tr><w:trPr><w:ins w:id='4' w:author='a'/></w:trPr>"
    f"<w:tc><w:p>{run('新行')}</w:p></w:tc></w:tr>"
    "<w:tr><w:trPr><w:del w:id='5' w:author='a'/></w:trPr>"
    f"<w:tc><w:p>{run('旧行')}</w:p></w:tc></w:tr></w:tbl>"
    f"<w:p><w:r><w:rPr><w:b/><w:rPrChange w:id='6' w:author='a'><w:rPr><w:i/></w:rPr>"
    "</w:rPrChange></w:rPr><w:t>字</w:t></w:r></w:p>"
)


@pytest.mark.parametrize(
    ("changes", "paragraphs", "rows"),
    [
        (Changes.ACCEPT, ["甲新", "前後", "字"], ["新行"]),
        (Changes.REJECT, ["甲旧", "前", "後", "字"], ["旧行"]),
    ],
)
def test_tracked_changes_are_accepted_or_rejected(
    jail: Jail, changes: Changes, paragraphs: list[str], rows: list[str]
) -> None:
    outcome, parts = by_rule(jail, word(TRACKED), "x.docx", OfficeRules(changes=changes))
    new = Document(io.BytesIO(outcome.data))
    assert [p.text for p in new.paragraphs] == paragraphs
    assert [row.cells[0].text for row in new.tables[0].rows] == rows
    text = parts["word/document.xml"]
    assert not re.search(r"<w:(ins|del|delText|\w+Change)\b", text)
    assert ("<w:b/>" in text, "<w:i/>" in text) == (
        changes is Changes.ACCEPT,
        changes is Changes.REJECT,
    )
    assert ('"center"' in text) == (changes is Changes.REJECT)
    assert dict(outcome.receipt.removed)[Removed.TRACKED_CHANGE] == 7


def test_tracked_changes_are_kept_and_told(jail: Jail) -> None:
    outcome, parts = by_rule(jail, word(TRACKED), "x.docx")
    assert "<w:delText>旧</w:delText>" in parts["word/document.xml"]
    assert dict(outcome.receipt.kept) == {Kept.TRACKED_CHANGE: 7}


def field(*pieces: str) -> str:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    return f"<w:p>{char('begin')}{''.join(pieces)}{char('separate')}{run('1')}{char('end')}</w:p>"


def tracked(tag: str, text: str) -> str:
    name = "delInstrText" if tag == "del" else "instrText"
    return f"<w:{tag} w:id='1' w:author='a'>{run(text, name)}</w:{tag}>"


@pytest.mark.parametrize(
    "pieces",
    [
        (tracked("del", "DDEAUTO c:"),),
        (run("PAGE ", "instrText"), tracked("del", "DDEAUTO c:")),
        (tracked("ins", "PAGE "), tracked("ins", "DDEAUTO c:")),
        (tracked("ins", "PAGE "), run("DDEAUTO c:", "instrText")),
    ],
)
def test_no_field_comes_of_accepting_or_rejecting_later(jail: Jail, pieces: tuple[str]) -> None:
    outcome, parts = by_rule(jail, word(field(*pieces)), "x.docx")
    assert "DDEAUTO" not in parts["word/document.xml"]
    assert dict(outcome.receipt.removed) == {Removed.FIELD: 1}


def test_a_field_that_was_inserted_whole_is_kept(jail: Jail) -> None:
    outcome, parts = by_rule(jail, word(field(tracked("ins", " PAGE "))), "x.docx")
    assert " PAGE " in parts["word/document.xml"]
    assert outcome.verdict == "clean"


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
