"""Comments of Word, Excel and PowerPoint are kept with their places, or removed with them."""

import io
import re
import zipfile

import openpyxl
import pytest
from openpyxl.comments import Comment

from sanitizer.check.check import CheckFailed, check_file
from sanitizer.encode.archive import encode_archive
from sanitizer.intermediate import Member
from sanitizer.jail import Jail
from sanitizer.media import XLSX
from sanitizer.outcome import Kept, Removed
from tests.sanitizer.test_office import OFFICE, W, package, relationships, word
from tests.sanitizer.test_office_rules import REMOVE, P, by_rule, show


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
    assert outcome.state == "clean"
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

    check_file(XLSX, packed({}))
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
            check_file(XLSX, packed(bad))


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
