"""Finding things: by search, by asking the bot, and what the figures say of all of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sekisho.demo.city import BOT, CITY, GUEST, PEOPLE
from sekisho.demo.enquiries import TABLE, answer_enquiries
from sekisho.demo.story import Line, Telling
from sekisho.demo.waiting import PATIENCE_S, wait_until
from sekisho.local_socket import ask_node
from sekisho.site import zone_node
from sekisho_client import Client
from sekisho_client.messages import Results

SHOWN: Final = 4
QUESTION: Final = "公用車の予約はどこからですか"


async def tell(telling: Telling) -> None:
    """Search in both zones, ask the bot, and count."""
    await _search(telling)
    await _bot(telling)
    await _usage(telling)


async def _search(telling: Telling) -> None:
    """Look for two characters, for the name of a file, and as a guest for what is not theirs."""
    client, known = telling.eyes("lgwan").client, telling.eyes("lgwan").known
    found = await wait_until(_for(client, "毛布"), lambda results: len(results.items) > 1)
    for one in found.items[:SHOWN]:
        room = known.rooms[one.room].name
        telling.board.entry(f"  「毛布」 {room}  {known.name_of(one.author)}  {one.excerpt}")
    files = await wait_until(_for(client, "手引き"), lambda results: results.items)
    kinds = {one.type for one in (*found.items, *files.items)}
    guest = telling.town.client(GUEST, "internet")
    hidden = (await guest.search("参集職員")).items
    telling.checks.add(
        "日本語は二文字から探せ、発言もファイル名もタスクも見つかる",
        {"message", "file", "task"} <= kinds,
        f"{len(found.items)} 件",
    )
    telling.checks.add("ゲストの検索は、自分のルームの外を見ない", not hidden)


def _for(client: Client, words: str) -> Callable[[], Awaitable[Results]]:
    return lambda: client.search(words)


async def _bot(telling: Telling) -> None:
    """Ask the bot from the other network."""
    bot = asyncio.create_task(answer_enquiries(telling.town.bot))
    try:
        asked, took = await telling.say(Line("shelter", "internet", "enquiries", QUESTION))
        telling.show(asked, took)
        desk, room = telling.eyes("internet"), telling.town.rooms["enquiries"]
        answer = await desk.until(
            lambda known: next(
                (m for m in known.rooms[room].timeline() if m.reply_to == asked.message), None
            ),
            PATIENCE_S,
        )
    finally:
        bot.cancel()
    telling.board.row(telling.cell(desk, answer.id), telling.cell(telling.eyes("lgwan"), answer.id))
    is_right = answer.text in TABLE.values() and answer.author == telling.town.people[BOT]
    telling.checks.add("問合せに案内ボットが表から答える", is_right)


async def _usage(telling: Telling) -> None:
    socket = telling.town.site / zone_node("lgwan").admin_socket
    ours = (await asyncio.to_thread(ask_node, socket, "GET", "/v1/usage"))["tenant"]
    month = ours["months"][-1]
    counts = f"発言 {month['talks']}・利用 {month['active']}/{month['staff']} 人"
    answers = f"呼出し {month['broadcasts']} 回・応答 {month['heard']}/{month['addressees']}"
    telling.board.say(f"  {CITY} {month['month']}　{counts}（{month['share']:.0%}）　{answers}")
    named = [each.name for each in PEOPLE if each.name in str(ours)]
    telling.checks.add(
        "利用状況の数字が出て、だれの名も本文も含まない",
        month["talks"] > 0 and month["broadcasts"] == 1 and not named,
    )
