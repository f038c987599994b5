"""Tracked changes are kept, accepted or rejected; a field cannot come of what is done with them."""

import io
import re

import pytest
from docx import Document

from sanitizer.jail import Jail
from sanitizer.outcome import Kept, Removed
from sanitizer.rules import Changes, OfficeRules
from tests.sanitizer.test_office import word
from tests.sanitizer.test_office_rules import by_rule


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
    assert outcome.state == "clean"
