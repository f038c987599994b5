"""Who looked when, as the tables keep it: what goes with what is deleted, how much is named."""

from functools import partial

from lgwan_side.zone import SIDE
from tests.zone.events import FRONTEND, TENANT, an_id
from tests.zone.halves import Half, Time
from wire.bodies import MessagePost, ProfileSet, RelayNotice, RoomPurge, RoomPut
from wire.events import Author, Event
from wire.fields import MAX_WITHOUT
from wire.order import next_hlc
from zone.conversation import messages, read_positions, rooms
from zone.conversation.actor import Actor
from zone.copy.unread import unread_in
from zone.store.writing import Writing

ANN, BOB = an_id("us", 1), an_id("us", 2)


def town() -> tuple[Half, str]:
    """Return LGWAN with two people in a room."""
    half = Half(SIDE, Time())
    for uid in (ANN, BOB):
        body = ProfileSet(uid, name="x", user_kind="staff", zones=["lgwan", "internet"])
        half.act(ANN, partial(Actor.say, body=body, room=None, crosses=True), operator=True)
    look = RoomPut(name="防災", scope="shared")
    return half, half.act(ANN, lambda a: rooms.open_room(a, look, [(BOB, "member", None)])).id


def post(half: Half, room: str) -> str:
    said = messages.NewMessage(text="はい")
    return half.act(ANN, lambda a: messages.write_message(a, room, said)).id


def read(half: Half, room: str, message: str) -> None:
    half.act(BOB, lambda a: read_positions.advance_position(a, room, message))


def looks(half: Half) -> list[str]:
    return [name for (name,) in half.db.execute("SELECT message FROM reading ORDER BY at")]


def test_with_what_was_deleted_goes_who_read_it_and_with_nothing_else() -> None:
    half, room = town()
    names = [post(half, room) for _ in range(3)]
    for name in names:
        read(half, room, name)
    half.write(read_positions.cross)
    assert looks(half) == names
    found = half.db.execute("SELECT at FROM message WHERE id = ?", (names[2],)).fetchone()
    purge = RoomPurge(found[0])
    half.act(ANN, partial(Actor.say, body=purge, room=room, crosses=True), operator=True)
    assert looks(half) == names[2:]


def test_what_still_has_to_cross_does_so_though_what_was_read_is_deleted() -> None:
    half, room = town()
    read(half, room, post(half, room))
    purge = RoomPurge(half.time.now)
    half.act(ANN, partial(Actor.say, body=purge, room=room, crosses=True), operator=True)
    assert len(looks(half)) == 1


def test_of_more_than_can_be_named_nothing_is_read_that_was_not_there() -> None:
    """More are held than a reading names: it covers no further than the last of them."""
    half, room = town()
    author, hlc = Author(BOB, TENANT, FRONTEND), next_hlc(0, half.time.now)
    held = [an_id("ms", 1000 + n) for n in range(MAX_WITHOUT + 5)]

    def hold(writing: Writing) -> None:
        for number, name in enumerate(held):
            notice = RelayNotice(name, "held", 1, "message.post", "words")
            act = an_id("ac", 2000 + number)
            writing.receive(Event(act, hlc + number, writing.now, room, author, notice))

    half.write(hold)
    name = post(half, room)
    half.act(ANN, lambda a: read_positions.advance_position(a, room, name))

    def release(writing: Writing) -> None:
        for number, each in enumerate(held):
            event = Event(each, hlc + number, writing.now, room, author, MessagePost("至急"))
            writing.receive(event)

    half.write(release)
    found = unread_in(half.db, half.side, room, ANN, 0)
    assert (found.count, found.first) == (100, held[0])
    half.act(ANN, lambda a: read_positions.advance_position(a, room, held[-1]))
    assert unread_in(half.db, half.side, room, ANN, 0).count == 0
