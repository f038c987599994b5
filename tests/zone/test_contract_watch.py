"""What a zone tells is in the contract, and in pieces that every client can read."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from aiohttp import WSMsgType
from msgspec import structs

from sekisho_client.events import Outgrown
from sekisho_client.messages import NewMessage
from tests.contract_watch import ContractWatch, watching
from tests.zone.api.asking import request, signed_in
from tests.zone.api.conftest import TENANT, People, peopled
from wire.bodies import MemberSet, ProfileSet
from wire.events import Author
from wire.ids import mint_id
from zone.api.http import event_stream
from zone.api.http.frames import FRAMES
from zone.copy.views import FileUpdate, FileView
from zone.store import subscriptions
from zone.store.writing import MAX_TOLD_BYTES, Writing

FRAME_BYTES = 256 * 1024


@pytest.fixture
async def people(tmp_path: Path) -> Any:
    async with peopled(tmp_path / "n") as made:
        yield made


def test_a_file_that_is_whole_at_the_relay_is_in_the_contract() -> None:
    """`file.updated` with `state: arrived` was told and in no schema."""
    view = FileView(id="fl", name="a", media="", size=1, state="arrived")
    update = json.loads(subscriptions._encode(FileUpdate("ms", view)))
    watch = ContractWatch()
    watch.told("file.updated", update)
    assert watch.faults == []


def test_the_watch_sees_what_is_not_in_the_contract() -> None:
    watch = ContractWatch()
    watch.told("file.updated", {"message": "ms", "file": {"id": "fl", "state": "odd"}})
    watch.told("message.exploded", {})
    watch.frame({"cursor": "t1", "type": "read.set", "room": "rm", "data": {"user": 1}})
    assert len(watch.faults) == 3
    assert set(FRAMES) >= watch.seen - {"message.exploded"}


async def test_each_way_to_hear_is_watched(people: People) -> None:
    with watching() as watch:
        since = (await people.taro.snapshot()).cursor
        await people.hana.post(people.room, "一")
        await people.taro.poll(since)
    assert "message.created" in watch.seen
    assert watch.faults == []


async def talk(people: People, count: int) -> None:
    """Say much: 8,000 characters at a time."""
    for start in range(0, count, 10):
        batch = [
            NewMessage(room=people.room, client_key=f"{start + i}", text="長" * 8000)
            for i in range(min(10, count - start))
        ]
        await people.hana.post_batch(batch)


async def test_who_catches_up_is_given_frames_that_any_client_takes(people: People) -> None:
    """12 MB came in one frame: ordinary WebSocket clients take 1 MiB, and could never go on."""
    count = 120
    since = (await people.taro.snapshot()).cursor
    await talk(people, count)
    sizes, seen = [], 0
    async with people.taro.session.ws_connect(
        "/v1/stream", params={"since": since}, max_msg_size=FRAME_BYTES
    ) as socket:
        async with asyncio.timeout(20):
            while seen < count:
                text = (await socket.receive()).data
                sizes.append(len(text.encode()))
                seen += len(json.loads(text)["items"])
    assert max(sizes) <= FRAME_BYTES
    assert len(sizes) >= count * 24_000 // FRAME_BYTES
    cursor, polled = since, 0
    while polled < count:
        batch = await people.taro.poll(cursor, wait=0)
        polled, cursor = polled + len(batch.items), batch.cursor
        assert len(batch.items) * 24_000 <= FRAME_BYTES


async def fill_room(people: People) -> list[str]:
    """Have 498 more be in the room, as many as a room holds; return who they are."""
    members = [mint_id("us", now=9, entropy=n.to_bytes(10)) for n in range(1, 499)]
    both: Any = {"user_kind": "staff", "zones": ["lgwan", "internet"], "tenant": TENANT}
    author = Author(people.town.ids["hana"], TENANT, mint_id("fe", now=9, entropy=bytes(10)))

    def fill(writing: Writing) -> None:
        for user in members:
            operator = structs.replace(author, assurance="operator")
            writing.act(operator, ProfileSet(user, name="職員", **both), room=None, crosses=True)
            writing.act(author, MemberSet(user, "member"), room=people.room, crosses=True)

    await people.town.store.write(fill)
    return members


async def test_who_was_away_for_5000_events_catches_up_in_such_pieces(people: People) -> None:
    """In a room of 500, with what is longest among them."""
    members = await fill_room(people)
    late = await people.town.client(members[0])
    assert len(await late.members(people.room)) == 500
    since, count = (await late.snapshot()).cursor, 5_000
    for start in range(0, count, 250):
        await people.hana.post_batch(
            [
                NewMessage(
                    room=people.room,
                    client_key=f"{n}",
                    text="長" * 8000 if n % 50 == 0 else "短",
                )
                for n in range(start, start + 250)
            ]
        )
    sizes, seen = [], list[str]()
    async with late.session.ws_connect(
        "/v1/stream", params={"since": since}, max_msg_size=FRAME_BYTES
    ) as socket:
        async with asyncio.timeout(60):
            while len(seen) < count:
                frame = await socket.receive()
                assert frame.type is WSMsgType.TEXT, frame
                items = json.loads(frame.data)["items"]
                sizes.append((len(items), len(frame.data.encode())))
                seen += [one["data"]["id"] for one in items]
    assert max(number for number, _ in sizes) <= event_stream.PIECE
    assert max(size for _, size in sizes) <= FRAME_BYTES
    assert len(set(seen)) == len(seen) == count


async def test_a_frame_has_a_bounded_number_of_events(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "PIECE", 50)
    since = (await people.taro.snapshot()).cursor
    batch = [NewMessage(room=people.room, client_key=f"{i}", text="短") for i in range(70)]
    await people.hana.post_batch(batch)
    first = await people.taro.poll(since, wait=0)
    rest = await people.taro.poll(first.cursor, wait=0)
    assert (len(first.items), len(rest.items)) == (50, 20)


async def test_what_has_outgrown_a_stream_is_told_by_its_id(people: People) -> None:
    message = (await people.hana.post(people.room, "全員")).id
    since = (await people.taro.snapshot()).cursor
    users = MAX_TOLD_BYTES // 30

    def react(writing: Any) -> None:
        writing.db.executemany(
            "INSERT INTO register VALUES (?, ?, 'true', ?)",
            [(message, f"reaction:ok:us_{n:026}", f"{n:016x}") for n in range(users)],
        )

    await people.town.store.write(react)
    await people.hana.edit(message, "全員に")
    (told,) = (await people.taro.poll(since, wait=0)).items
    assert (told.type, told.room) == ("message.outgrown", people.room)
    data = told.data_as(Outgrown)
    assert (data.id, data.bytes > MAX_TOLD_BYTES) == (message, True)
    whole = await people.taro.message(message)
    assert (whole.text, len(whole.reactions["ok"])) == ("全員に", users)


async def test_a_reader_who_waits_is_written_no_more_at_once_than_others_take(
    people: People, held_to_the_contract: ContractWatch
) -> None:
    """Of much that happens in one commit: it comes in pieces, and no larger one is even made."""
    here = people.town
    headers = signed_in(here.token, here.ids["taro"], Accept="text/event-stream")
    reader, writer = await asyncio.open_unix_connection(str(here.api))
    writer.write(request("GET", "/v1/events", headers))
    await reader.readuntil(b"event: bookmark")
    batch = [NewMessage(room=people.room, client_key=f"k{n}", text="x" * 3000) for n in range(250)]
    await people.hana.post_batch(batch)
    async with asyncio.timeout(20):
        for _ in batch:
            await reader.readuntil(b"message.created")
    writer.close()
    assert held_to_the_contract.faults == []


def test_no_transport_sends_more_than_a_client_takes() -> None:
    assert MAX_TOLD_BYTES + 1024 <= FRAME_BYTES
    assert event_stream.PIECE_BYTES + 1024 + event_stream.PIECE * 8 <= FRAME_BYTES
    assert subscriptions.MAX_PIECE_BYTES <= FRAME_BYTES
