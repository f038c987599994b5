"""A release that is signed and is not of its form: nobody sees it, and the operator hears of it."""

import base64
import hashlib
import json

import pytest
import structlog
from msgspec.structs import replace

from tests.zone.conftest import BOTH, GUEST, ROOM, Place, author
from tests.zone.events import NOW, an_id
from tests.zone.link.test_inbox import Door, said, text_of
from wire import payload
from wire.bodies import EventRefuse, FileReady, MessageEdit, MessagePost, RoomPut
from wire.events import Event, FileRef
from wire.fields import Refusal
from wire.frames import FrameType
from wire.message_parts import Location
from wire.reasons import Reason
from zone.copy import files

POST, FILE = an_id("ms", 1), an_id("fl", 1)
READY = FileReady(
    POST, FILE, "clean", 1, "写真.png", "image/png", 3, hashlib.sha256(b"abc").hexdigest()
)


async def quarantined(place: Place) -> list[tuple[str, str]]:
    return await place.store.read(
        lambda db: db.execute("SELECT id, reason FROM quarantine ORDER BY at, id").fetchall()
    )


async def release(door: Door, *events: Event) -> None:
    """Have a relay that lets everything through release these."""
    async with door.open():
        await door.relay.send(FrameType.ENVELOPE, door.relay.released(events))
        await door.relay.got(FrameType.ACKNOWLEDGEMENT)


async def lose(place: Place, message: str) -> None:
    """Have a disk lose a message."""
    await place.store.write(lambda w: w.db.execute("DELETE FROM message WHERE id = ?", (message,)))


def edited(number: int, text: str) -> Event:
    return Event(an_id("ac", number), number, NOW, ROOM, author(GUEST), MessageEdit(POST, text), [])


async def test_a_text_that_no_relay_lets_through_is_not_shown_and_is_answered(door: Door) -> None:
    """R1: with the release key alone, LGWAN showed a text with a change of direction."""
    with structlog.testing.capture_logs() as logs:
        await release(door, said(1, "これは\u202e認承\u202cです"), said(2, "はい"))
    assert await text_of(door.place, 1) is None
    assert await text_of(door.place, 2) == "はい"
    assert await quarantined(door.place) == [(POST, "unclean-text")]
    assert {"log_level": "critical", "event": "release.unclean"}.items() <= next(
        each for each in logs if each["event"] == "release.unclean"
    ).items()
    (sealed,) = await door.place.store.read(
        lambda db: db.execute("SELECT envelope FROM outbox ORDER BY last DESC LIMIT 1").fetchone()
    )
    (answer,) = payload.decode(base64.b64decode(json.loads(sealed)["payload"])).events
    assert answer.body == EventRefuse([Refusal(POST, "unclean-text")])


async def test_words_of_every_body_are_looked_at_and_lines_have_no_breaks(door: Door) -> None:
    place = Location(35_000_000, 139_000_000, "市役所\u200b")
    with_place = replace(said(3), body=MessagePost("ここ", location=place))
    name = Event(an_id("ac", 4), 4, NOW, ROOM, author(GUEST), RoomPut(name="防\n災"), [])
    await release(door, said(1), edited(2, "訂\u2066正"), with_place, name)
    found = await quarantined(door.place)
    assert dict(found) == dict.fromkeys(
        (an_id("ac", 2), an_id("ms", 3), an_id("ac", 4)), "unclean-text"
    )
    assert await text_of(door.place, 1) == "到着しました"


async def test_a_name_of_a_file_is_looked_at(door: Door) -> None:
    file = FileRef(FILE, "請求書\u202egpj.exe", "", 0, None)
    await release(door, replace(said(1), files=[file]))
    assert await quarantined(door.place) == [(POST, "unclean-text")]
    assert await door.place.store.read(lambda db: files.find(db, FILE)) is None


@pytest.mark.parametrize(
    ("ready", "reason"),
    [
        (replace(READY, name="../写真.png"), Reason.UNCLEAN_TEXT),
        (replace(READY, name=".profile"), Reason.UNCLEAN_TEXT),
        (replace(READY, removed=[("見え\u200bない", 1)]), Reason.UNCLEAN_TEXT),
        (replace(READY, media="application/x-msdownload"), Reason.FILE_KIND),
        (replace(READY, size=0), Reason.FILE_CHECK),
        (replace(READY, sha256=None), Reason.FILE_CHECK),
        (replace(READY, state="refused"), Reason.FILE_CHECK),
        (replace(READY, reason="because"), Reason.FILE_CHECK),
    ],
)
async def test_a_file_is_of_a_kind_that_is_made_here_and_says_so(
    door: Door, ready: FileReady, reason: Reason
) -> None:
    post = replace(said(1), files=[FileRef(FILE, "写真.png", "", 0, None)])
    await release(door, post, replace(said(2), id=an_id("ac", 2), body=ready))
    assert await quarantined(door.place) == [(an_id("ac", 2), reason.value)]
    found = await door.place.store.read(lambda db: files.find(db, FILE))
    assert found is not None
    assert found[0].state == "cleaning"


@pytest.mark.parametrize(
    ("ready", "uid"),
    [
        (replace(READY, file=an_id("fl", 9)), GUEST),  # nobody announced it
        (replace(READY, message=an_id("ms", 2)), BOTH),  # under somebody else's message
        (READY, BOTH),  # somebody else's file
    ],
)
async def test_a_file_is_of_the_message_that_announced_it(
    door: Door, ready: FileReady, uid: str
) -> None:
    """R3: a file landed under somebody else's message."""
    post = replace(said(1), files=[FileRef(FILE, "写真.png", "", 0, None)])
    ready_event = replace(said(3, uid=uid), id=an_id("ac", 3), body=ready)
    await release(door, post, said(2, uid=BOTH), ready_event)
    assert await quarantined(door.place) == [(an_id("ac", 3), "no-authority")]
    owned = await door.place.store.read(
        lambda db: [each.state for each in files.of_message(db, an_id("ms", 2))]
    )
    assert owned == []


async def test_what_was_believed_once_does_not_come_again_in_another_form(door: Door) -> None:
    relay = door.relay
    async with door.open():
        await relay.send(FrameType.ENVELOPE, relay.released([said(1, "承認しません")]))
        await relay.got(FrameType.ACKNOWLEDGEMENT)
        await lose(door.place, POST)
        await relay.send(FrameType.ENVELOPE, relay.released([said(1, "承認\u202eしません")]))
        await relay.got(FrameType.ACKNOWLEDGEMENT, 2)
    assert await text_of(door.place, 1) is None
    assert await quarantined(door.place) == [(POST, "unclean-text")]
