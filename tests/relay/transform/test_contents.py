"""What stands inside files is judged as what people write, in every format that has words."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from tests.relay.transform.site import POLICY, admin, file_ref, post
from tests.relay.transform.verify import body_of, is_ready
from tests.relay.transform.world import World, world
from tests.sanitizer.test_pdf import pdf_of
from wire.reasons import Reason
from wire.receipts import Verdict

NUMBER = "123456789018"


async def send(w: World, name: str, data: bytes) -> str:
    """Send a file by the name `name`, and return its id."""
    ref = file_ref(data, name, "application/octet-stream")
    await w.near.send(post("添付", ref))
    await w.near.taken(1)
    await w.near.send_file(data)
    return ref.fid


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return made.getvalue()


def mail(text: str, attached: bytes = b"") -> bytes:
    lines = [
        "From: a@example.jp",
        "To: b@example.jp",
        "Subject: x",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        'Content-Disposition: attachment; filename="a.txt"',
        "",
        attached.decode(),
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()


def workbook(*rows: Sequence[object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def document(*paragraphs: str, header: str = "") -> bytes:
    made, new = io.BytesIO(), docx.Document()
    for each in paragraphs:
        new.add_paragraph(each)
    new.sections[0].header.paragraphs[0].text = header
    new.save(made)
    return made.getvalue()


def slides(text: str, notes: str = "") -> bytes:
    made, new = io.BytesIO(), pptx.Presentation()
    slide = new.slides.add_slide(new.slide_layouts[5])
    assert slide.shapes.title is not None
    slide.shapes.title.text = text
    frame = slide.notes_slide.notes_text_frame
    assert frame is not None
    frame.text = notes
    new.save(made)
    return made.getvalue()


def page(text: str) -> bytes:
    return pdf_of(b"BT /F1 24 Tf 72 700 Td (%s) Tj ET" % text.encode("ascii"))


HELD = [
    ("a.txt", f"番号 {NUMBER}".encode(), "individual-number"),
    ("a.txt", "取扱 取扱注意".encode("cp932"), "words-secret"),
    ("a.csv", f"氏名,番号\r\n山田,{NUMBER}\r\n".encode(), "individual-number"),
    ("a.csv", "氏名,区分\r\n山田,取扱注意\r\n".encode(), "words-secret"),
    ("a.zip", zipped(a_txt=NUMBER.encode()), "individual-number"),
    ("a.zip", zipped(取扱注意_txt=b"a"), "words-secret"),
    ("a.zip", zipped(a_zip=zipped(b_csv=f"a,{NUMBER}\r\n".encode())), "individual-number"),
    ("a.eml", mail("取扱注意"), "words-secret"),
    ("a.eml", mail("a", NUMBER.encode()), "individual-number"),
    ("a.xlsx", workbook(["山田", NUMBER]), "individual-number"),
    ("a.xlsx", workbook(["山田", int(NUMBER)]), "individual-number"),
    ("a.xlsx", workbook([*NUMBER]), "individual-number"),
    ("a.xlsx", workbook(["取扱注意"]), "words-secret"),
    ("a.docx", document("番号", "1234 5678 9018"), "individual-number"),
    ("a.docx", document("番号", header="取扱注意"), "words-secret"),
    ("a.pptx", slides("１２３４－５６７８－９０１８"), "individual-number"),
    ("a.pptx", slides("a", notes="取扱注意"), "words-secret"),
    ("a.pdf", page("No. 1234-5678-9018"), "individual-number"),
    ("a.zip", zipped(a_xlsx=workbook(["山田", NUMBER])), "individual-number"),
]


@pytest.mark.parametrize(("name", "data", "rule"), HELD)
async def test_a_file_is_held_for_what_stands_in_it(
    folder: Path, name: str, data: bytes, rule: str
) -> None:
    async with world(folder) as w:
        await send(w, name, data)
        told = await w.near.verdict(1, Verdict.HELD, file=1)
        assert (told.reason, told.rule) == (Reason.HELD_BY_RULE, rule)
        assert told.found > 0
        held = await w.verify.item(is_ready)
        assert (body_of(held).state, body_of(held).rule) == ("held", rule)
        assert body_of(held).sha256 is None


async def test_a_table_of_fifty_numbers_is_held_for_fifty(folder: Path) -> None:
    async with world(folder) as w:
        await send(w, "名簿.xlsx", workbook(*(["山田", NUMBER] for _ in range(50))))
        told = await w.near.verdict(1, Verdict.HELD, file=1)
        assert (told.rule, told.found) == ("individual-number", 50)
        held = await w.verify.item(is_ready)
        assert body_of(held).found == 50


async def test_a_file_whose_contents_were_released_goes_on(folder: Path) -> None:
    async with world(folder) as w:
        fid = await send(w, "a.txt", NUMBER.encode())
        await w.near.verdict(1, Verdict.HELD, file=1)
        _, listed = await admin(w.node, "GET", "/v1/holds")
        assert "individual-number" in str(listed)
        assert NUMBER not in str(listed)
        await admin(w.node, "POST", f"/v1/holds/{fid}/release", {"approver": "us_chief"})
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED


async def test_a_file_whose_contents_were_denied_keeps_its_rule(folder: Path) -> None:
    async with world(folder) as w:
        fid = await send(w, "a.txt", NUMBER.encode())
        await w.near.verdict(1, Verdict.HELD, file=1)
        await admin(w.node, "POST", f"/v1/holds/{fid}/deny", {"approver": "us_chief"})
        told = await w.near.verdict(1, file=1)
        assert (told.reason, told.rule, told.found) == (Reason.DENIED, "individual-number", 1)


async def test_a_file_is_refused_where_its_words_are_to_be_refused(folder: Path) -> None:
    async with world(folder) as w:
        await send(w, "a.csv", "区分,機密性３\r\n".encode())
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.rule) == (Verdict.REFUSED, "words-forbidden")


async def test_contents_pass_where_the_policy_lets_them(folder: Path) -> None:
    lenient = POLICY + '[text]\nindividual_number = "pass"\n'
    async with world(folder, lenient) as w:
        await send(w, "a.txt", NUMBER.encode())
        assert (await w.near.verdict(1, file=1)).verdict is Verdict.DELIVERED


RULE = """
[[words]]
name = "drafts"
action = "pass"
words = ["起案"]
[[rules]]
name = "tables"
action = "refuse"
files = ["csv"]
words = ["drafts"]
"""


@pytest.mark.parametrize(
    ("name", "verdict", "rule"),
    [("a.csv", Verdict.REFUSED, "rule-tables"), ("a.txt", Verdict.DELIVERED, "")],
)
async def test_a_rule_for_files_of_a_kind_looks_into_these(
    folder: Path, name: str, verdict: Verdict, rule: str
) -> None:
    async with world(folder, POLICY + RULE) as w:
        await send(w, name, "区分,起案\r\n".encode())
        told = await w.near.verdict(1, file=1)
        assert (told.verdict, told.rule) == (verdict, rule)
