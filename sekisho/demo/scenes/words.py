"""More than text: names, stamps, threads, forwards, pins, places, calls, and what is said later."""

from dataclasses import asdict
from typing import Final

from sekisho.chat.conversation import Conversation
from sekisho.clock import now_ms
from sekisho.demo import story
from sekisho.demo.city import ZONES
from sekisho.demo.story import VERDICTS, DemoLine, Line, Telling
from sekisho.demo.waiting import PATIENCE_S, wait_until
from sekisho_client import Message, Problem
from sekisho_client.messages import CallNotice, Location

SHELTER: Final = Location(latitude=35_689_487, longitude=139_691_706, name="第二小学校")
CALL: Final = CallNotice(state="missed", medium="voice", seconds=0)
LATER_MS: Final = 1_000
LATER: Final = "おはようございます。本日の体制です。"


async def tell(telling: Telling) -> None:
    """Say things in each of the ways there are."""
    due = now_ms() + LATER_MS
    chief = telling.town.client("chief", "lgwan")
    await chief.post_later(telling.town.rooms["shelters"], LATER, due)
    asked = await _mention(telling)
    await _thread(telling, asked)
    await _place_and_call(telling)
    await _forward(telling, asked)
    await _pin(telling, asked)
    await _direct(telling)
    await _later(telling, due)


async def _mention(telling: Telling) -> DemoLine:
    """Name somebody, who answers with a drawing."""
    whom = telling.town.people["shelter"]
    line = Line("chief", "lgwan", "storm", "第二小学校を開けられますか", more={"mentions": [whom]})
    asked, took = await telling.say(line)
    telling.show(asked, took)
    stamp = {"sticker": "sekisho/on-my-way"}
    answer, took = await telling.say(
        Line("shelter", "internet", "storm", "", asked.message, more=stamp)
    )
    telling.show(answer, took)
    seen = await telling.far(answer, lambda found: found.sticker)
    telling.checks.add(
        "メンションとスタンプ（絵は配らず、名前だけが渡る）", seen.sticker == stamp["sticker"]
    )
    return asked


async def _thread(telling: Telling, root: DemoLine) -> None:
    text = "鍵は防災課の金庫にあります"
    line = Line("welfare", "lgwan", "storm", text, more={"thread": root.message})
    reply, took = await telling.say(line)
    telling.show(reply, took)
    threads = [(await telling.eyes(zone).client.replies(root.message)).items for zone in ZONES]
    told = [[each.text for each in thread] for thread in threads]
    telling.checks.add("話題ごとのスレッドが両側で同じ", told == [[text]] * 2)


async def _place_and_call(telling: Telling) -> None:
    line = Line("shelter", "internet", "shelters", "着きました", more={"location": asdict(SHELTER)})
    here, took = await telling.say(line)
    telling.show(here, took)
    rang, took = await telling.say(
        Line("shelter", "internet", "shelters", "", more={"call": asdict(CALL)})
    )
    telling.show(rang, took)
    place = (await telling.far(here, lambda found: found.location)).location
    call = (await telling.far(rang, lambda found: found.call)).call
    telling.checks.add(
        "位置と通話の知らせが渡る（通話そのものは渡らない）",
        (place, call) == (SHELTER, CALL),
    )


async def _forward(telling: Telling, said: DemoLine) -> None:
    """Forward to people who do not see it: the zone asks first."""
    client, room = telling.town.client("general", "lgwan"), telling.town.rooms["inside"]
    code = ""
    try:
        await client.forward(said.message, room)
    except Problem as problem:
        code = problem.code
    sent = await client.forward(said.message, room, "共有します", confirm=True)
    desk = telling.town.desk("general", "lgwan")
    copy = await story.until(desk, sent.id, lambda found: found.forwarded)
    telling.board.say("  転送：見る人が増えるので一度確かめ、確認のうえ「総務課 庁内」へ")
    telling.checks.add(
        "見る人が増える転送は、確認してから",
        code == "needs-confirm"
        and copy.forwarded is not None
        and copy.forwarded.message == said.message
        and copy.text == "共有します",
    )


async def _pin(telling: Telling, said: DemoLine) -> None:
    await telling.town.client("shelter", "internet").pin(said.message)
    room = telling.town.rooms["storm"]
    for zone in ZONES:
        client = telling.eyes(zone).client
        await wait_until(lambda client=client: client.pins(room), lambda pins: pins)  # type: ignore[misc] # bound now
    pins = [[each.id for each in await telling.eyes(zone).client.pins(room)] for zone in ZONES]
    telling.checks.add("ピン留めが両側に出る", pins == [[said.message]] * 2)


async def _direct(telling: Telling) -> None:
    """Have the chief and the mayor each open the room of the two of them."""
    chief, mayor = telling.town.client("chief", "lgwan"), telling.town.client("mayor", "internet")
    room = await chief.open_direct(telling.town.people["mayor"])
    said = await chief.post(room, "市長、記者会見は19時です。")
    heard = await wait_until(lambda: mayor.message(said.id))
    is_same = await mayor.open_direct(telling.town.people["chief"]) == room
    look = await mayor.room(telling.town.rooms["storm"])
    telling.checks.add("二人だけのルームは、どちらが開いても一つ", is_same and bool(heard.text))
    telling.checks.add(
        "ルームのアイコンと色が両側に出る",
        (look.icon, look.colour) == ("typhoon", "blue"),
    )


async def _later(telling: Telling, due: int) -> None:
    """See what was to be said later arrive, and not before its time."""
    room = telling.town.rooms["shelters"]

    def said(known: Conversation) -> Message | None:
        return next((m for m in known.rooms[room].timeline() if m.text == LATER), None)

    found = await telling.eyes("internet").until(said, PATIENCE_S)
    later = DemoLine(Line("chief", "lgwan", "shelters", LATER), found.id, 0)
    await telling.near(later, lambda found: found.delivery in VERDICTS)
    telling.show(later, "予約の時刻に届いた")
    telling.checks.add("予約した発言は、その時刻に一度だけ", found.at >= due)
