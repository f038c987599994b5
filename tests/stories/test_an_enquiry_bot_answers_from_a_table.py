"""An enquiry bot: staff ask it in a room, from either zone, and it answers from a table."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sekisho_client import Client
from tests.conftest import ROOT
from tests.stories.city import INTERNET, LGWAN, City

BOT = ROOT / "docs" / "examples" / "enquiry_bot.py"
TABLE = ROOT / "docs" / "examples" / "answers.csv"


@asynccontextmanager
async def running(city: City, bot: str, table: Path) -> AsyncIterator[None]:
    """Run the bot of the documentation as its readers do: a program of its own."""
    socket = city.installation.node(LGWAN) / "run" / "api.sock"
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(BOT),
        str(socket),
        bot,
        str(table),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(city.tokens[LGWAN].encode() + b"\n")
    program.stdin.close()
    assert await program.stdout.readline() == b"5 answers\n"
    try:
        yield
    finally:
        program.kill()  # it keeps nothing that could be lost
        await program.wait()


async def answers(client: Client, room: str, question: str) -> list[str | None]:
    """Return what was said in reply to a question."""
    said = (await client.messages(room, limit=200)).items
    return [message.text for message in said if message.reply_to == question]


async def test_a_question_from_outside_is_answered_from_the_table(
    city: City, tmp_path: Path
) -> None:
    asker = await city.person("佐藤 健")
    bot = await city.person("庶務の案内", LGWAN, kind="bot")
    inside, outside = await city.client(asker, LGWAN), await city.client(asker, INTERNET)
    room = await city.room("なんでも相談", inside, bot)
    await city.until(lambda: outside.room(room))
    async with running(city, bot, TABLE):
        await (await city.client(bot, LGWAN)).bot_events(wait=0)
        lost = await outside.post(room, "ﾊﾟｽﾜｰﾄﾞを忘れました。どうすればよいですか")
        (answer,) = await city.until(lambda: answers(outside, room, lost.id), lambda found: found)
        assert answer is not None
        assert "内線 2100" in answer
        # The row with the most words that fit.
        car = await inside.post(room, "公用車の予約はどこから？")
        (answer,) = await city.until(lambda: answers(inside, room, car.id), lambda found: found)
        assert answer is not None
        assert "「予定・予約」から" in answer
    # It was away when somebody asked, and came back with a table from Excel in Shift_JIS.
    table = tmp_path / "answers.csv"
    table.write_bytes(TABLE.read_text(encoding="utf-8").encode("cp932"))
    chat = await inside.post(room, "今日は暑いですね")
    travel = await inside.post(room, "出張の旅費はいつまでに？")
    async with running(city, bot, table):
        (answer,) = await city.until(lambda: answers(outside, room, travel.id), lambda found: found)
        assert answer is not None
        assert answer.startswith("旅費の請求は")
    assert await answers(inside, room, chat.id) == []
    assert len(await answers(inside, room, lost.id)) == 1
