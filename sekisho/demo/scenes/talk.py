"""People on both networks talk, answer, correct, withdraw and read."""

import time
from collections.abc import Iterable
from typing import Final

from sekisho.chat.following import Following
from sekisho.demo.city import ZONES, ZoneName
from sekisho.demo.story import VERDICTS, DemoLine, Line, Telling, arrived_words, elapsed_ms
from sekisho.demo.waiting import PATIENCE_S

STAMP: Final = "👍"
READERS: Final[tuple[tuple[str, ZoneName], ...]] = (
    ("mayor", "internet"),
    ("supplier", "internet"),
    ("welfare", "lgwan"),
)


async def tell(telling: Telling) -> None:
    """Talk both ways, answer, put stamps on it, correct, withdraw, and see who has read it."""
    text = "台風10号は今夜20時ごろ最接近。避難所3か所を18時に開設します。"
    call, took = await telling.say(Line("chief", "lgwan", "storm", text))
    telling.show(call, took)
    text = "毛布200枚と水、16時に第二小学校へ届けられます。"
    offer, took = await telling.say(Line("supplier", "internet", "storm", text))
    telling.show(offer, took)
    text = "助かります。東門からお願いします。"
    answer, took = await telling.say(Line("welfare", "lgwan", "storm", text, offer.message))
    await _stamp(telling, answer)
    telling.show(answer, took)
    await _edit(telling, call)
    await _withdraw(telling)
    await _read(telling)


async def _stamp(telling: Telling, said: DemoLine) -> None:
    for person in ("supplier", "mayor"):
        await telling.town.desk(person, "internet").client.react(said.message, STAMP)
    for side in (telling.far, telling.near):
        await side(said, lambda found: len(found.reactions.get(STAMP, [])) == 2)


async def _edit(telling: Telling, said: DemoLine) -> None:
    better = said.line.text.replace("18時", "17時30分")
    since = time.monotonic()
    await telling.town.desk(said.line.person, said.line.zone).client.edit(said.message, better)
    await telling.far(said, lambda found: found.text == better)
    took = elapsed_ms(since)
    await telling.near(said, lambda found: found.text == better and found.delivery in VERDICTS)
    telling.show(said, f"訂正も {arrived_words(took)}")


async def _withdraw(telling: Telling) -> None:
    text = "（誤送信）明日の弁当はA定食で。"
    said, _ = await telling.say(Line("shelter", "internet", "storm", text))
    since = time.monotonic()
    await telling.town.desk("shelter", "internet").client.withdraw(said.message, "誤送信")
    await telling.far(said, lambda found: found.withdrawn)
    took = elapsed_ms(since)
    await telling.near(said, lambda found: found.withdrawn and found.delivery in VERDICTS)
    telling.show(said, f"取消も {arrived_words(took)}")


async def _read(telling: Telling) -> None:
    """Have some read the room on either network, and ask both who has not."""
    room = telling.town.rooms["storm"]
    for person, zone in READERS:
        desk = telling.town.desk(person, zone)
        await desk.client.read(room, desk.known.rooms[room].timeline()[-1].id)
    expected = {telling.town.people[person] for person, _ in READERS}
    answers = {zone: await _readers(telling.eyes(zone), room, expected) for zone in ZONES}
    read, unread = answers["lgwan"]
    telling.board.say(f"  {_names(telling, '既読', read)}　{_names(telling, '未読', unread)}")
    telling.checks.add(
        "誰が読み誰がまだかを、両側が同じに答える",
        answers["internet"] == answers["lgwan"] and read == expected,
        f"既読 {len(read)}・未読 {len(unread)}",
    )


async def _readers(
    eyes: Following, room: str, expected: set[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return who a zone says has read the room's first message, and who has not."""
    await eyes.until(
        lambda known: expected <= {user for user, _ in known.rooms[room].looks}, PATIENCE_S
    )
    first = eyes.known.rooms[room].timeline()[0].id
    read = await eyes.client.readers(first, "read")
    unread = await eyes.client.readers(first, "unread")
    return frozenset(each.user for each in read), frozenset(each.user for each in unread)


def _names(telling: Telling, word: str, users: Iterable[str]) -> str:
    name_of = telling.eyes("lgwan").known.name_of
    names = [name_of(user) for user in sorted(users)]
    return f"{word} {len(names)}: {'、'.join(names)}"
