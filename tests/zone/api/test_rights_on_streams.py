"""A right is asked where data flows: what is open ends, with a reason, when its right does."""

import asyncio
import hashlib
import json
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from sekisho_client import Client, Problem
from tests.zone.api.asking import request, signed_in
from tests.zone.api.conftest import People, Town, peopled
from tests.zone.api.pieces import begin, headers_of
from tests.zone.api.right_endings import (
    Ending,
    end_stay,
    frontend_of,
    lock_out,
    move_away,
    narrow,
    revoke,
    take_scope,
)
from zone.api.http import downloads, open_requests
from zone.settings import RequestLimits

PATIENCE_S = 5.0

ENDINGS = pytest.mark.parametrize(
    ("ending", "code"),
    [
        (lock_out, "forbidden"),
        (end_stay, "forbidden"),
        (revoke, "not-signed-in"),
        (narrow, "forbidden"),
        (take_scope, "forbidden"),
        (move_away, "not-signed-in"),
    ],
)


@pytest.fixture
async def staying(people: People, monkeypatch: pytest.MonkeyPatch) -> People:
    """The town, in which taro stays for an hour; time is asked for often."""
    monkeypatch.setattr(open_requests, "EVERY_S", 0.05)
    here = people.town
    stay = {"expires": here.clock.now + 1_800_000}
    status, _ = await here.operate("PATCH", f"/v1/users/{here.ids['taro']}", stay)
    assert status == 200
    return people


@ENDINGS
async def test_a_websocket_closes_with_the_reason(
    staying: People, ending: Ending, code: str
) -> None:
    """Case 20."""
    async with staying.taro.session.ws_connect("/v1/stream") as socket:
        await socket.receive_json()
        await ending(staying)
        async with asyncio.timeout(PATIENCE_S):
            message = await socket.receive()
            while message.type is aiohttp.WSMsgType.TEXT:
                assert "message.created" not in message.data
                message = await socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert message.data == {"forbidden": 4403, "not-signed-in": 4401}[code]
        assert str(message.extra).startswith(f"{code}: ")
        assert len(str(message.extra)) > len(code) + 5


@ENDINGS
async def test_server_sent_events_end_with_a_problem(
    staying: People, ending: Ending, code: str
) -> None:
    """Case 20."""
    headers = {"Accept": "text/event-stream"}
    async with staying.taro.session.get("/v1/events", headers=headers) as response:
        await response.content.readuntil(b"\n\n")
        await ending(staying)
        async with asyncio.timeout(PATIENCE_S):
            raw = await response.content.read()
    last = raw.rstrip(b"\n").rpartition(b"event: end\ndata: ")
    problem = json.loads(last[2])
    assert (problem["code"], problem["instance"]) == (code, "/v1/events")
    assert problem["detail"]


@ENDINGS
async def test_a_long_poll_answers_with_a_problem(
    staying: People, ending: Ending, code: str
) -> None:
    waiting = asyncio.create_task(staying.taro.poll("", wait=20))
    await asyncio.sleep(0.1)
    await ending(staying)
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(Problem) as caught:
            await waiting
    assert caught.value.code == code


@ENDINGS
async def test_whoever_may_not_hear_is_told_nothing_of_the_very_next_word(
    staying: People, ending: Ending, code: str
) -> None:
    """What is said in the same breath as the right ends is not among what was sent."""
    here = staying.town
    other = await here.client(here.ids["hana"], await here.frontend("other"))
    async with staying.taro.session.ws_connect("/v1/stream") as socket:
        await socket.receive_json()
        await ending(staying)
        await other.post(staying.room, "秘密")
        async with asyncio.timeout(PATIENCE_S):
            said = "".join([str(message.data) async for message in socket])
    assert "秘密" not in said
    assert code


async def test_a_rotated_token_ends_its_streams_when_its_time_is_up(staying: People) -> None:
    here, frontend = staying.town, await frontend_of(staying)
    async with staying.taro.session.ws_connect("/v1/stream") as old:
        await old.receive_json()
        path = f"/v1/frontends/{frontend}/rotate"
        status, made = await here.operate("POST", path, {"overlap_s": 60})
        assert status == 200
        fresh = await here.client(here.ids["hana"], made["token"])
        await fresh.post(staying.room, "両方とも使えます")
        assert "両方" in (await old.receive_json())["items"][0]["data"]["text"]
        here.clock.now += 61_000
        async with asyncio.timeout(PATIENCE_S):
            message = await old.receive()
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 4401)
    assert (await fresh.me()).name == "hana"


async def test_whoever_leaves_a_room_hears_that_and_nothing_more_of_it(people: People) -> None:
    """Also what had gathered for them meanwhile: the right is asked when it is sent."""
    here = people.town
    reader, writer = await asyncio.open_unix_connection(str(here.api), limit=4096)
    try:
        accept = {"Accept": "text/event-stream"}
        headers = signed_in(here.token, here.ids["taro"], **accept)
        writer.write(request("GET", "/v1/events", headers))
        await reader.readuntil(b"\r\n\r\n")
        for n in range(300):  # more than a socket holds: the rest gathers behind it
            await people.hana.post(people.room, f"<{n}>" + "長" * 900)
        await people.hana.remove_member(people.room, here.ids["taro"])
        await people.hana.post(people.room, "あとから")
        raw = b""
        async with asyncio.timeout(20):
            while b'"role":"none"' not in raw:
                raw += await reader.read(65536)
    finally:
        writer.close()
    assert b"<0>" in raw
    assert b"<299>" not in raw
    assert "あとから".encode() not in raw


async def leave_room(people: People) -> None:
    """Take taro out of the room."""
    await people.hana.remove_member(people.room, people.town.ids["taro"])


@pytest.mark.parametrize("ending", [lock_out, end_stay, revoke, narrow, take_scope, leave_room])
async def test_a_download_is_cut_off_when_its_right_ends(
    staying: People, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "PIECE_BYTES", 4096)
    here, data = staying.town, bytes(8 * 1024 * 1024)
    file = await upload(here, data)
    await staying.hana.post(staying.room, "地図", files=[file])
    reader, writer = await asyncio.open_unix_connection(str(here.api), limit=4096)
    try:
        headers = signed_in(here.token, here.ids["taro"])
        writer.write(request("GET", f"/v1/files/{file}/content", headers))
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"200 OK" in head
        received = len(await reader.read(4096))
        await ending(staying)
        async with asyncio.timeout(PATIENCE_S):
            try:
                while piece := await reader.read(65536):
                    received += len(piece)
            except ConnectionError:
                pass
    finally:
        writer.close()
    assert received < len(data)


async def upload(here: Town, data: bytes) -> str:
    """Upload a file of hana's."""
    client = await here.client(here.ids["hana"])
    digest = b64encode(hashlib.sha256(data).digest()).decode()
    headers = {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/pdf"}
    async with client.session.post(
        "/v1/files?name=a.pdf", data=BytesIO(data), headers=headers
    ) as answer:
        assert answer.status == 201
        return str((await answer.json())["id"])


@pytest.mark.parametrize("ending", [lock_out, revoke, narrow])
async def test_an_upload_in_pieces_is_answered_when_its_right_ends(
    people: People, ending: Ending
) -> None:
    """The bytes stop counting there; whoever gets the right back goes on from where it ended."""
    here = people.town
    here.ids["hana"], here.ids["taro"] = here.ids["taro"], here.ids["hana"]  # taro uploads
    place = (await begin(here, 4096)).headers["Location"]
    here.ids["hana"], here.ids["taro"] = here.ids["taro"], here.ids["hana"]
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    headers = headers_of(here, "taro", **piece, **{"Content-Length": "4096"})
    reader, writer = await asyncio.open_unix_connection(str(here.api))
    try:
        writer.write(request("PATCH", place, headers) + bytes(1000))
        await asyncio.sleep(0.1)
        await ending(people)
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
    assert answer.split()[1] in (b"401", b"403")
    upload = place.rpartition("/")[2]
    row = await here.store.read(
        lambda db: db.execute("SELECT fid, offset FROM upload WHERE id = ?", (upload,)).fetchone()
    )
    assert row[0] is None
    assert row[1] <= 1000


async def test_what_trickled_in_is_not_written_once_the_right_has_ended(people: People) -> None:
    """The gate asked when the headers came; the transaction asks again."""
    here = people.town
    body = b'{"text":"late"}'
    headers = signed_in(here.token, here.ids["taro"], **{"Content-Length": str(len(body))})
    reader, writer = await asyncio.open_unix_connection(str(here.api))
    try:
        writer.write(request("POST", f"/v1/rooms/{people.room}/messages", headers))
        writer.write(body[:5])
        await asyncio.sleep(0.1)
        await lock_out(people)
        writer.write(body[5:])
        answer = await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()
    assert answer.split()[1] == b"403"
    assert await texts(people.hana, people.room) == []


async def texts(client: Client, room: str) -> list[str | None]:
    return [message.text for message in (await client.messages(room)).items]


async def test_streams_of_one_person_are_counted_apart(tmp_path: Path) -> None:
    limits = RequestLimits(person_streams=1)
    async with (
        peopled(tmp_path / "n", limits) as people,
        people.taro.session.ws_connect("/v1/stream") as socket,
    ):
        await socket.receive_json()
        with pytest.raises(Problem) as caught:
            await people.taro.poll("")
        assert caught.value.code == "quota"
        await people.hana.poll("", wait=0)
