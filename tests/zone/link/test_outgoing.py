"""What a zone says is sealed in the commit that keeps it, and each verdict reaches its sender."""

import asyncio
import sqlite3
from dataclasses import replace
from typing import Any

import msgspec

from tests.zone.conftest import GUEST, ROOM, SITE, STAFF, Place, author, key_of
from tests.zone.events import FILES, NOW, an_id
from wire.bodies import MessagePost
from wire.envelope import Envelope, unseal_envelope
from wire.events import Event
from wire.fields import MAX_EVENTS
from wire.keyring import Keyring, read_card, write_card
from wire.lane import Hop, Lane, Link
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict
from zone.copy import files
from zone.copy.messages import find_message
from zone.copy.views import MessageView
from zone.link.receipts import apply_all
from zone.store.writing import Writing

LANE = Lane.EXPORT


# Of a message that arrived as it was there is no more to tell.
NOTHING_ELSE: dict[str, object] = {
    "reason": None,
    "removed": [],
    "about": None,
    "rule": None,
    "hold": None,
}


async def sealed(place: Place) -> list[Envelope]:
    """Return the outbox, as the relay would read it."""
    rows = await place.store.read(
        lambda db: db.execute("SELECT envelope FROM outbox ORDER BY first").fetchall()
    )
    ring = Keyring([read_card(write_card(key_of(place.side), node="lgwan", since=0))])
    link = Link(SITE, LANE, Hop.SOURCE)
    return [unseal_envelope(row[0], link=link, keyring=ring, now=place.store.now()) for row in rows]


async def delivery(place: Place, message: str) -> MessageView:
    found = await place.store.read(lambda db: find_message(db, place.side, message))
    assert found is not None
    return found


async def told(place: Place, kind: str) -> list[tuple[str, Any]]:
    def query(db: sqlite3.Connection) -> list[Any]:
        return db.execute("SELECT audience, body FROM log WHERE type = ?", (kind,)).fetchall()

    return [(who, msgspec.json.decode(body)) for who, body in await place.store.read(query)]


async def seq_of(place: Place, message: str) -> int:
    row = await place.store.read(
        lambda db: db.execute("SELECT seq FROM delivery WHERE event = ?", (message,)).fetchone()
    )
    return int(row[0])


async def test_envelopes_form_one_chain_whoever_writes_at_once(lgwan: Place) -> None:
    ids = await asyncio.gather(*(lgwan.say(f"{n}") for n in range(3 * MAX_EVENTS)))
    envelopes = await sealed(lgwan)
    expected, prev = 1, "0" * 64
    for envelope in envelopes:
        assert (envelope.payload.head.seq, envelope.payload.head.prev) == (expected, prev)
        expected, prev = envelope.payload.last + 1, envelope.sha256
    crossed = [event.id for envelope in envelopes for event in envelope.payload.events]
    assert sorted(set(ids) & set(crossed)) == sorted(ids)
    assert max(len(envelope.payload.events) for envelope in envelopes) > 1


async def test_stamps_never_repeat(lgwan: Place) -> None:
    await asyncio.gather(*(lgwan.say(f"{n}") for n in range(50)))
    counts = [e.hlc for envelope in await sealed(lgwan) for e in envelope.payload.events]
    assert counts == sorted(set(counts))


async def test_what_is_said_here_sorts_behind_what_was_heard(lgwan: Place) -> None:
    ahead = (lgwan.store.now() + 60_000) * 2048
    heard = Event(an_id("ms", 1), ahead, NOW, ROOM, author(GUEST), MessagePost("聞こえますか"))
    await lgwan.store.write(lambda w: w.receive(heard))
    await lgwan.say("聞こえます")
    assert (await sealed(lgwan))[-1].payload.events[-1].hlc == ahead + 1


async def test_a_message_is_queued_then_crossing_then_delivered(lgwan: Place) -> None:
    message = await lgwan.say("届きますか")
    assert (await delivery(lgwan, message)).delivery == "queued"
    seq = await seq_of(lgwan, message)
    taken = LaneStatus(LANE, 1, seq, "0" * 64, tick=1)
    await lgwan.store.write(lambda w: apply_all(w, [taken]))
    assert (await delivery(lgwan, message)).delivery == "crossing"
    final = LaneStatus(LANE, 1, seq, "0" * 64, 2, verdict=Verdict.DELIVERED, first=seq, last=seq)
    await lgwan.store.write(lambda w: apply_all(w, [final]))
    assert (await delivery(lgwan, message)).delivery == "delivered"
    assert await told(lgwan, "delivery.updated") == [
        (
            STAFF,
            {"items": [NOTHING_ELSE | {"id": message, "delivery": "delivered"}]},
        )
    ]


async def test_one_receipt_settles_a_run_and_each_sender_hears_of_his_own(lgwan: Place) -> None:
    mine = [await lgwan.say(f"{n}") for n in range(3)]
    theirs = await lgwan.say("業者です", GUEST)
    first, last = await seq_of(lgwan, mine[0]), await seq_of(lgwan, theirs)
    run = LaneStatus(
        LANE,
        1,
        last,
        "0" * 64,
        1,
        verdict=Verdict.REFUSED,
        reason=Reason.RATE_EXCEEDED,
        first=first,
        last=last,
    )
    await lgwan.store.write(lambda w: apply_all(w, [run]))
    heard = {
        who: [item["id"] for item in body["items"]]
        for who, body in await told(lgwan, "delivery.updated")
    }
    assert heard == {STAFF: mine, GUEST: [theirs]}
    assert (await delivery(lgwan, theirs)).reason == Reason.RATE_EXCEEDED


async def test_a_sender_learns_what_was_removed_from_what_he_said(lgwan: Place) -> None:
    changed, untouched = await lgwan.say("見え\u200bない"), await lgwan.say("見える")
    seq, last = await seq_of(lgwan, changed), await seq_of(lgwan, untouched)
    statuses = [
        LaneStatus(
            LANE,
            1,
            last,
            "0" * 64,
            1,
            verdict=Verdict.ALTERED,
            first=seq,
            last=seq,
            removed=("invisible", "text"),
        ),
        LaneStatus(LANE, 1, last, "0" * 64, 2, verdict=Verdict.DELIVERED, first=last, last=last),
    ]
    await lgwan.store.write(lambda w: apply_all(w, statuses))
    found = await delivery(lgwan, changed)
    assert (found.delivery, found.removed) == ("altered", ["invisible", "text"])
    assert (await delivery(lgwan, untouched)).removed == []
    assert [body["items"][0]["removed"] for _, body in await told(lgwan, "delivery.updated")] == [
        ["invisible", "text"],
        [],
    ]


async def test_a_sender_learns_what_was_removed_from_his_file(lgwan: Place) -> None:
    def post(writing: Writing) -> str:
        files.put(
            writing.db,
            fid=FILES[0],
            uploader=STAFF,
            name="a.jpg",
            media="image/jpeg",
            size=9,
            sha256="ab" * 32,
            password=None,
            at=writing.now,
        )
        refs = files.references(writing.db, [FILES[0]], uploader=STAFF)
        said = writing.act(
            author(STAFF),
            MessagePost("写真"),
            room=ROOM,
            crosses=True,
            files=refs,
            id=writing.mint("ms", writing.now),
        )
        return said.id

    message = await lgwan.store.write(post)
    seq = await seq_of(lgwan, message)
    arrived = LaneStatus(
        LANE, 1, seq, "0" * 64, 1, verdict=Verdict.ARRIVED, file=1, first=seq, last=seq
    )
    altered = replace(arrived, tick=2, verdict=Verdict.ALTERED, removed=("exif", "gps"))
    await lgwan.store.write(lambda w: apply_all(w, [arrived, altered]))
    (file,) = (await delivery(lgwan, message)).files
    # A receipt does not say how many: 0 stands for "some".
    assert (file.state, file.removed) == ("altered", [("exif", 0), ("gps", 0)])
    news = [body["file"]["removed"] for _, body in await told(lgwan, "file.updated")]
    assert news == [[], [["exif", 0], ["gps", 0]]]


async def test_a_receipt_played_again_changes_nothing(lgwan: Place) -> None:
    message = await lgwan.say("一度だけ")
    seq = await seq_of(lgwan, message)
    held = LaneStatus(LANE, 1, seq, "0" * 64, 1, verdict=Verdict.HELD, first=seq, last=seq)
    final = LaneStatus(LANE, 1, seq, "0" * 64, 2, verdict=Verdict.DELIVERED, first=seq, last=seq)
    await lgwan.store.write(lambda w: apply_all(w, [held, final, held, final]))
    assert (await delivery(lgwan, message)).delivery == "delivered"
    assert len(await told(lgwan, "delivery.updated")) == 2


async def test_a_receipt_played_again_is_told_once(lgwan: Place) -> None:
    message = await lgwan.say("保留されますか")
    seq = await seq_of(lgwan, message)
    held = LaneStatus(LANE, 1, seq, "0" * 64, tick=1, verdict=Verdict.HELD, first=seq, last=seq)
    for _ in range(2):
        await lgwan.store.write(lambda w: apply_all(w, [held]))
    assert len(await told(lgwan, "delivery.updated")) == 1
