"""Words of files that nobody sees are judged like those that people do, wherever they stand."""

import io
from collections.abc import Callable, Sequence

import docx
import openpyxl
import pptx
import pytest
from docx.shared import Pt, RGBColor
from docx.text.run import Run
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from relay.transform.contents import PIECE, content_rules, judge_contents
from relay.transform.policy import Policy, WordList
from sanitizer.decode.contents.readings import read_contents
from sanitizer.encode.pdf import encode_pdf
from sanitizer.intermediate import IntermediatePage, PageLink, Record, TextRun
from sanitizer.jail import Jail
from sanitizer.kinds import Kind
from sanitizer.outcome import ContentReading, ContentText, FileReason
from sanitizer.sanitize import sanitize_file
from tests.sanitizer.office_files import office
from tests.sanitizer.test_pdf import pdf_of

NUMBER = "123456789018"
RULES = content_rules(
    Policy(version=1, kinds=[], words=[WordList(name="secret", words=["取扱注意", "confidential"])])
)
PATIENCE_S = 60.0


def found(jail: Jail, name: str, data: bytes) -> dict[str, int]:
    """Return what each rule finds in what comes out of a file, and how many times."""
    outcome = sanitize_file(data, name=name, jail=jail, with_contents=True)
    assert outcome.reason is FileReason.NONE
    return judged(outcome.contents)


def judged(contents: Sequence[ContentText]) -> dict[str, int]:
    found = [judge_contents(contents, [rule], PATIENCE_S) for rule in RULES]
    return {each.rule: each.times for each in found if each is not None}


def saved(made: object) -> bytes:
    file = io.BytesIO()
    made.save(file)  # type: ignore[attr-defined]  # of three libraries, which share no type
    return file.getvalue()


def document(hide: Callable[[Run], object]) -> bytes:
    made = docx.Document()
    paragraph = made.add_paragraph("本文")
    for piece in ("1234 5678", " 9018"):
        hide(paragraph.add_run(piece))
    return saved(made)


def vanish(run: Run) -> None:
    run.font.hidden = True


def white(run: Run) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


def tiny(run: Run) -> None:
    run.font.size = Pt(1)


@pytest.mark.parametrize("hide", [vanish, white, tiny])
def test_a_run_that_nobody_sees_is_judged(jail: Jail, hide: Callable[[Run], object]) -> None:
    assert found(jail, "a.docx", document(hide)) == {"individual-number": 1}


WORD_PLACES = [
    f'<w:p><w:bookmarkStart w:id="0" w:name="n{NUMBER}"/><w:bookmarkEnd w:id="0"/></w:p>',
    f'<w:p><w:bookmarkStart w:id="0" w:name="{NUMBER}"/><w:bookmarkEnd w:id="0"/></w:p>',
    f'<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>{NUMBER[:5]}</w:delText></w:r><w:r>'
    f"<w:delText>{NUMBER[5:]}</w:delText></w:r></w:del></w:p>",
    f'<w:p><w:ins w:id="1" w:author="{NUMBER}"><w:r><w:t>a</w:t></w:r></w:ins></w:p>',
    '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>QUOTE '
    f'{NUMBER}</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>',
]


@pytest.mark.parametrize("inside", WORD_PLACES[1:])
def test_what_a_document_does_not_show_is_judged(jail: Jail, inside: str) -> None:
    assert found(jail, "a.docx", office("docx", behind=inside)) == {"individual-number": 1}


def test_a_number_in_a_longer_name_is_none(jail: Jail) -> None:
    assert found(jail, "a.docx", office("docx", behind=WORD_PLACES[0])) == {}


def workbook(fill: Callable[[openpyxl.Workbook], object]) -> bytes:
    made = openpyxl.Workbook()
    fill(made)
    return saved(made)


def sheet_of(book: openpyxl.Workbook) -> Worksheet:
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"] = "本文"
    return sheet


def hidden_sheet(book: openpyxl.Workbook) -> None:
    sheet_of(book)
    other = book.create_sheet("控え")
    other.sheet_state = "veryHidden"
    other["A1"] = "取扱注意"


def hidden_column(book: openpyxl.Workbook) -> None:
    sheet_of(book)["C9"] = "取扱注意"
    sheet_of(book).column_dimensions["C"].hidden = True


def note(book: openpyxl.Workbook) -> None:
    sheet_of(book)["A1"].comment = Comment("取扱注意", "a")


def header(book: openpyxl.Workbook) -> None:
    sheet_of(book).oddHeader.center.text = "取扱注意"


def formula(book: openpyxl.Workbook) -> None:
    sheet_of(book)["A2"] = '=IF(FALSE,"取扱注意","")'


def prompt(book: openpyxl.Workbook) -> None:
    rule = DataValidation(type="whole", operator="greaterThan", formula1="1")
    rule.promptTitle, rule.prompt, rule.showInputMessage = "a", "取扱注意", True
    rule.add("A1")
    sheet_of(book).add_data_validation(rule)


def shown_as(book: openpyxl.Workbook) -> None:
    sheet_of(book)["A2"] = 1
    sheet_of(book)["A2"].number_format = '"取扱注意"0'


@pytest.mark.parametrize(
    "fill", [hidden_sheet, hidden_column, note, header, formula, prompt, shown_as]
)
def test_what_a_workbook_shows_nowhere_or_elsewhere_is_judged(
    jail: Jail, fill: Callable[[openpyxl.Workbook], object]
) -> None:
    assert found(jail, "a.xlsx", workbook(fill)) == {"words-secret": 1}


def test_a_number_is_found_however_a_workbook_stores_it(jail: Jail) -> None:
    for stored in ("123456789018", "123456789018.0", "1.23456789018E11", "1.23456789018e+11"):
        cell = f'<x:c r="A1"><x:v>{stored}</x:v></x:c>'
        assert found(jail, "a.xlsx", office("xlsx", cells=cell)) == {"individual-number": 1}


def test_a_table_of_fifty_numbers_counts_fifty(jail: Jail) -> None:
    def fill(book: openpyxl.Workbook) -> None:
        for row in range(2, 52):
            sheet_of(book)[f"B{row}"] = NUMBER

    assert found(jail, "a.xlsx", workbook(fill)) == {"individual-number": 50}


def test_what_a_slide_shows_nowhere_is_judged(jail: Jail) -> None:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    box = slide.shapes.add_textbox(-9_000_000, 0, 100_000, 100_000)  # beyond its left edge
    box.text_frame.text = NUMBER
    box.name = "取扱注意"
    assert found(jail, "a.pptx", saved(made)) == {"individual-number": 1, "words-secret": 1}


def test_words_that_a_page_does_not_show_do_not_cross(jail: Jail) -> None:
    contents = (
        b"BT 3 Tr /F1 20 Tf 20 90 Td (confidential) Tj ET "
        b"BT 1 1 1 rg 0 Tr /F1 20 Tf 20 190 Td (confidential) Tj ET "
        b"BT 0 0 0 rg /F1 20 Tf 2000 290 Td (confidential) Tj ET "
        b"BT /F1 20 Tf 20 390 Td (seen) Tj ET"
    )
    assert found(jail, "a.pdf", pdf_of(contents)) == {}


def test_all_words_of_a_page_are_judged_whoever_wrote_them() -> None:
    """As an encoder could write them that was taken over: where nothing is to be seen."""
    page: list[Record] = [
        IntermediatePage(200, 200),
        *(TextRun(9 * at, 9, 8, 8, vertical=False, text=sign) for at, sign in enumerate(NUMBER)),
        PageLink(1, 1, 9, 9, "https://example.jp/confidential"),
    ]
    rows = [row.cells for row in read_contents(Kind.PDF, encode_pdf(page), 1 << 20)]
    contents = [ContentText(ContentReading(how), text) for how, text in rows]
    assert judged(contents) == {"individual-number": 1, "words-secret": 1}


def test_a_word_over_the_end_of_a_line_is_one(jail: Jail) -> None:
    assert found(jail, "a.txt", "これは取扱\n　注意です".encode()) == {"words-secret": 1}


@pytest.mark.parametrize("before", [0, 1, 7, PIECE - 6, PIECE - 1, PIECE, 2 * PIECE - 3])
@pytest.mark.parametrize("filling", ["あ", "\n"])
def test_what_stands_across_two_pieces_counts_once(before: int, filling: str) -> None:
    text = f"{filling * before} {NUMBER} 取扱注意 {filling * PIECE} {NUMBER}"
    contents = [ContentText(ContentReading.BOTH, text)]
    assert judged(contents) == {"individual-number": 2, "words-secret": 1}


def test_words_that_take_too_long_to_judge_are_not_passed() -> None:
    with pytest.raises(TimeoutError):
        judge_contents([ContentText(ContentReading.BOTH, "1")], RULES, seconds=-1)
