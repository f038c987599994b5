"""What frontends are told is how things stand, whichever zone said it and in whatever order."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lgwan_side.zone import SIDE
from wire.bodies import (
    Body,
    FileReady,
    ItemPut,
    MemberSet,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPut,
)
from wire.events import Author, Event, FileRef
from wire.fields import OtherReader
from wire.ids import mint_id
from wire.items import Note
from wire.keys import SigningKey
from wire.lane import Zone
from wire.order import last_place
from zone.store import notifications
from zone.store import store as stores
from zone.store.side_effects import SIDE_EFFECTS
from zone.store.store import ZoneStore
from zone.store.writing import Writing

US, RM, MS, FL, TN, FE, NT = (
    mint_id(p, now=9, entropy=bytes(10)) for p in ("us", "rm", "ms", "fl", "tn", "fe", "nt")
)
Told = list[tuple[str, str | None, dict[str, Any]]]


@dataclass
class Copy:
    """This zone's store, and the far zone that speaks to it."""

    store: ZoneStore
    count: int = 0
    seen: int = 0
    files: list[FileRef] = field(default_factory=list)

    async def hear(
        self,
        body: Body,
        *,
        room: str | None = RM,
        name: str = "",
        hlc: int = 0,
        files: list[FileRef] | None = None,
    ) -> Told:
        """Take in an event of the far zone and return what is told."""
        self.count += 1
        event = Event(
            name or mint_id("ac", now=9, entropy=self.count.to_bytes(10)),
            hlc or self.count,
            1000 + self.count,
            room,
            Author(US, TN, FE),
            body,
            files or [],
        )

        def work(writing: Writing) -> None:
            writing.receive(event)
            notifications.tell(writing, event, Zone.INTERNET)

        await self.store.write(work)
        return await self.told()

    async def told(self) -> Told:
        rows = await self.store.read(
            lambda db: db.execute(
                "SELECT n, type, room, body FROM log WHERE n > ? ORDER BY n", (self.seen,)
            ).fetchall()
        )
        self.seen = rows[-1][0] if rows else self.seen
        return [(kind, room, json.loads(body)) for _, kind, room, body in rows]


@pytest.fixture
async def copy(tmp_path: Path) -> AsyncIterator[Copy]:
    stores.create_zone_store(tmp_path)
    key = SigningKey.from_seed(SIDE.source_key, bytes(32))
    async with ZoneStore.open(tmp_path, SIDE, "test", key, SIDE_EFFECTS) as store:
        yield Copy(store)


async def test_a_message_is_told_with_all_that_there_is(copy: Copy) -> None:
    file = FileRef(FL, "図.png", "image/png", 10, None)
    ((kind, room, view),) = await copy.hear(MessagePost("一"), name=MS, files=[file])
    assert (kind, room, view["text"], view["delivery"]) == (
        "message.created",
        RM,
        "一",
        "delivered",
    )
    assert view["files"][0]["state"] == "cleaning"
    ((kind, room, told),) = await copy.hear(
        FileReady(MS, FL, "held", 1, "図.png", reason="held-by-rule")
    )
    assert (kind, room) == ("file.updated", RM)
    assert (told["message"], told["file"]["state"]) == (MS, "held")


async def test_a_message_is_told_again_when_it_changes(copy: Copy) -> None:
    await copy.hear(MessagePost("一"), name=MS)
    ((kind, _, view),) = await copy.hear(MessageEdit(MS, "壱"))
    assert (kind, view["text"], view["edited"]) == ("message.updated", "壱", True)
    (kind, _, view), (change, _, unread) = await copy.hear(MessageWithdraw(MS, "誤"))
    assert (change, unread["cause"], unread["message"]) == ("unread.changed", "withdrawn", MS)
    assert (kind, view["text"], view["withdrawn"]["reason"]) == ("message.updated", None, "誤")


async def test_what_is_not_known_here_is_not_told(copy: Copy) -> None:
    assert await copy.hear(MessageEdit(MS, "x")) == []
    assert await copy.hear(ReactionSet(MS, "x", True)) == []
    assert await copy.hear(ReadSet(MS, 1, 1, 1)) == []
    assert await copy.hear(FileReady(MS, FL, "clean", 1, "x")) == []


async def test_a_held_message_keeps_its_place_and_comes_with_what_was_said_of_it(
    copy: Copy,
) -> None:
    notice = RelayNotice(MS, "held", 1, "message.post", "personal-number")
    ((kind, room, view),) = await copy.hear(notice, hlc=5)
    assert (kind, room, view["text"], view["notice"]["state"]) == (
        "message.updated",
        RM,
        None,
        "held",
    )
    await copy.hear(ReactionSet(MS, "待", True))
    (_, _, view), (kind, _, change) = await copy.hear(MessagePost("一"), name=MS, hlc=5)
    assert (kind, change["cause"]) == ("unread.changed", "released")
    assert (view["text"], view["notice"], view["reactions"]) == ("一", None, {"待": [US]})


async def test_a_held_item_keeps_its_place_and_says_who_decides_until_when(copy: Copy) -> None:
    until = 1_790_000_000_000
    notice = RelayNotice(NT, "held", 1, "item.put", "words-classification", until, "security")
    ((kind, room, view),) = await copy.hear(notice, hlc=5)
    assert (kind, room, view["type"], view["content"]) == ("item.updated", RM, "note", None)
    told = view["notice"]
    assert (told["state"], told["until"], told["desk"]) == ("held", until, "security")
    assert "情報セキュリティ担当" in told["ja"]
    assert "2026年9月21日 23:13" in told["ja"]
    assert "information security desk" in told["en"]
    assert "classification" in told["en"]
    ((kind, _, view),) = await copy.hear(ItemPut(Note(title="一")), name=NT, hlc=5)
    assert (kind, view["content"]["title"], view["notice"]) == ("item.created", "一", None)


async def test_a_held_change_of_an_item_leaves_it_as_it_last_was(copy: Copy) -> None:
    await copy.hear(ItemPut(Note(title="一")), name=NT)
    act = mint_id("ac", now=9, entropy=bytes(10))
    assert await copy.hear(RelayNotice(act, "held", 1, "item.put", "x", 1, "operator")) == []


async def test_an_item_that_was_denied_stays_a_place_and_says_so(copy: Copy) -> None:
    await copy.hear(RelayNotice(NT, "held", 1, "item.put", "gaiji", 1, "operator"), hlc=5)
    ((kind, _, view),) = await copy.hear(RelayNotice(NT, "denied", 2, "item.put", "gaiji"), hlc=5)
    assert (kind, view["content"], view["notice"]["state"]) == ("item.updated", None, "denied")
    assert view["notice"]["ja"] == "外字が含まれています。通過が認められませんでした。"


async def test_what_lost_to_a_later_word_is_not_told(copy: Copy) -> None:
    await copy.hear(MessagePost("一"), name=MS)
    assert len(await copy.hear(ReactionSet(MS, "x", False), hlc=9)) == 1
    assert await copy.hear(ReactionSet(MS, "x", True), hlc=8) == []


async def test_each_of_those_who_looked_is_told_with_their_own_time(copy: Copy) -> None:
    await copy.hear(MessagePost("一"), name=MS, hlc=3)
    told = await copy.hear(
        ReadSet(MS, 2, 3, 1001, [OtherReader(mint_id("us", now=2, entropy=bytes(10)), 1002)])
    )
    assert [(kind, view["at"]) for kind, _, view in told] == [
        ("read.set", 1001),
        ("read.set", 1002),
    ]
    assert {view["zone"] for _, _, view in told} == {"internet"}
    assert {(view["lgwan"], view["internet"]) for _, _, view in told} == {
        (last_place(2, Zone.LGWAN), last_place(3, Zone.INTERNET))
    }


async def test_a_room_is_told_once_it_has_a_name(copy: Copy) -> None:
    assert await copy.hear(RoomPut(topic="x")) == []
    ((kind, _, view),) = await copy.hear(RoomPut(name="室"))
    assert (kind, view["name"], view["topic"]) == ("room.updated", "室", "x")
    told = await copy.hear(MemberSet(US, "member"))
    assert [kind for kind, _, _ in told] == ["member.set", "room.updated"]
    assert told[1][2]["members"] == 1
    told = await copy.hear(MemberSet(US, "none"))
    assert [kind for kind, _, _ in told] == ["member.set", "member.set"]
    ((_, _, view),) = await copy.hear(RoomPut(topic="y"))
    assert view["members"] == 0


async def test_a_profile_is_told_to_all(copy: Copy) -> None:
    ((kind, room, view),) = await copy.hear(
        ProfileSet(US, name="外", user_kind="guest", zones=["internet"]), room=None
    )
    assert (kind, room, view["name"]) == ("user.updated", None, "外")
    ((_, _, view),) = await copy.hear(ProfileSet(US, status="休"), room=None)
    assert (view["name"], view["status"], view["user_kind"]) == ("外", "休", "guest")
