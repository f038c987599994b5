"""Documents: an office file, one with a macro, an old one, and one behind a password."""

import io
import zipfile
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from sanitizer.outside.kit import PROGRAM
from sekisho.chat.words import removed_words
from sekisho.demo import leaks, papers
from sekisho.demo.scenes import photos
from sekisho.demo.story import Line, Telling, arrived_words, elapsed_ms
from sekisho.site import zone_node
from sekisho_client.messages import File

ARRIVED: Final = frozenset({"altered", "clean"})
ROWS: Final = [["品目", "数"], ["毛布", "200"], ["水（箱）", "80"]]


@dataclass(frozen=True, slots=True)
class Paper:
    """A document, what must be in it when it arrives, and what must have stayed behind."""

    name: str
    content: bytes
    part: str  # of the package that arrives
    words: str
    removed: AbstractSet[str]
    promise: str
    password: str = ""


async def tell(telling: Telling) -> None:
    """Send each, and look at what arrives."""
    await _send(telling, [_guide(), _supplies()], "手引きと物資の表です。")
    await _send(telling, [_names()], "名簿です。パスワードは預けるときに添えました。")
    if PROGRAM.is_dir():
        await _send(telling, [_old_form()], "昔の様式です。")
    else:
        telling.board.say("  （LibreOffice がないため、旧形式の文書は送りません）", "dim")


def _guide() -> Paper:
    words = "避難所運営の手引き"
    content = papers.document(words, "一、受付では氏名だけを聞く。")
    promise = "Word 文書は編集できるまま、作成者などを除いて届く"
    return Paper("手引き.docx", content, "word/document.xml", words, {"metadata"}, promise)


def _supplies() -> Paper:
    promise = "Excel のマクロは取り除かれ、表は使える"
    sheet = "xl/worksheets/sheet1.xml"
    return Paper("物資.xlsm", papers.workbook(ROWS), sheet, "200", {"macro"}, promise)


def _names() -> Paper:
    content = papers.locked("名簿.docx", papers.document("名簿", "一班 四名"))
    promise = "パスワード付きのファイルは、開けて無害化して届く"
    return Paper("名簿.zip", content, "", "", {"encryption"}, promise, papers.PASSWORD)


def _old_form() -> Paper:
    words = "罹災証明の様式"
    promise = "旧形式の文書は Word 文書になって届く"
    return Paper("様式.rtf", papers.rich_text(words), "word/document.xml", words, set(), promise)


async def _send(telling: Telling, sent: Sequence[Paper], text: str) -> None:
    password = next((paper.password for paper in sent if paper.password), "")
    files = [(paper.name, paper.content) for paper in sent]
    line = Line("supplier", "internet", "storm", text, None, files, password)
    said = await telling.post(line)
    arrived = await telling.far(said, lambda found: photos.states(found) <= ARRIVED)
    took = elapsed_ms(said.since)
    await telling.near(said, lambda found: photos.states(found) <= ARRIVED)
    telling.show(said, arrived_words(took))
    for paper, file in zip(sent, arrived.files, strict=True):
        await _check(telling, paper, file)


async def _check(telling: Telling, paper: Paper, file: File) -> None:
    client = telling.eyes("lgwan").client
    content = b"".join([piece async for piece in client.download(file.id)])
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        has_words = not paper.part or paper.words in package.read(paper.part).decode()
        has_macro = any("vba" in name.lower() for name in package.namelist())
    removed = {what for what, _ in file.removed}
    looked = leaks.search(
        telling.town.site / zone_node("lgwan").folder,
        [papers.AUTHOR.encode(), papers.MACRO[8:72], papers.PASSWORD.encode()],
    )
    telling.checks.add(
        paper.promise,
        has_words and not has_macro and paper.removed <= removed and not looked.found,
        f"{paper.name} → {file.name}　除去：{removed_words(sorted(removed)) or 'なし'}",
    )
