"""Who looked when, as the tables keep it: what goes with what is deleted, how much is named."""

from functools import partial

import pytest

from internet_side.zone import SIDE as INTERNET
from lgwan_side.zone import SIDE
from tests.zone.events import FRONTEND, TENANT, an_id
from tests.zone.halves import Half, Time
from wire.bodies import MessagePost, ProfileSet, ReadSet, RelayNotice, RoomPurge, RoomPut
from wire.events import Author, Event
from wire.fields import MAX_WITHOUT
from wire.lane import Zone
from wire.merge import Reading
from wire.order import next_hlc
from wire.receipts import LaneStatus, Verdict
from zone.conversation import messages, read_positions, rooms, timeline
from zone.conversation.actor import Actor
from zone.copy import readings
from zone.copy.messages import message_place
from zone.copy.reading_views import ReadView
from zone.copy.side import Side
from zone.copy.unread import unread_in
from zone.link import receipts
from zone.store.writing import Writing

ANN, BOB = an_id("us", 1), an_id("us", 2)


def town(side: Side = SIDE) -> tuple[Half, str]:
    """Return a zone, LGWAN, with two people in a room."""
    half = Half(side, Time())
    for uid in (ANN, BOB):
        body = ProfileSet(uid, name="x", user_kind="staff", zones=["lgwan", "internet"])
        author = Author(ANN, TENANT, FRONTEND, "operator")
        half.write(partial(Writing.act, author=author, body=body, room=None, crosses=True))
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


def read_there(half: Half, room: str, message: str, *without: str) -> int:
    """Have Bob look on the internet, at all that was said so far but `without`; return when."""
    at, count = half.time(), half.clock.hlc
    body = ReadSet(message, count, count, at, without=list(without))
    author = Author(BOB, TENANT, FRONTEND)
    event = Event(half.time.mint("ac", at), next_hlc(count, at), at, room, author, body)
    half.write(lambda writing: writing.receive(event))
    return at


def judge(half: Half, message: str, verdict: Verdict, tick: int) -> None:
    """Have the relay say what it does with a message."""
    query = "SELECT seq FROM delivery WHERE event = ?"
    (seq,) = half.db.execute(query, (message,)).fetchone()
    status = LaneStatus(SIDE.leaving, 1, seq, "", tick, verdict=verdict, first=seq, last=seq)
    half.write(partial(receipts.apply_all, statuses=[status]))


def first_read(half: Half, message: str) -> int | None:
    place = message_place(half.db, message)
    assert place is not None
    return timeline.first_reads(half.db, SIDE, message, place, [BOB]).get(BOB)


@pytest.mark.parametrize("is_here_first", [True, False], ids=["here first", "there first"])
def test_who_looks_in_both_zones_has_read_it_when_they_looked_first(*, is_here_first: bool) -> None:
    half, room = town()
    name = post(half, room)
    judge(half, name, Verdict.DELIVERED, 1)
    if is_here_first:
        read(half, room, name)
        first = half.time.now
        read_there(half, room, name)
    else:
        first = read_there(half, room, name)
        read(half, room, name)
    assert first_read(half, name) == first < half.time.now


def test_of_two_times_of_one_look_the_earlier_counts_in_either_order() -> None:
    half, room = town()
    for place, times in enumerate([(5, 3, 9), (3, 9, 5), (9, 5, 3)]):
        for at in times:
            look = Reading(room, BOB, Zone.LGWAN, place, place, f"m{at}", at, ())
            readings.put(half.db, look)
    rows = half.db.execute("SELECT lgwan, at, message FROM reading ORDER BY lgwan").fetchall()
    assert rows == [(0, 3, "m3"), (1, 3, "m3"), (2, 3, "m3")]


@pytest.mark.parametrize("verdict", [Verdict.HELD, Verdict.REFUSED], ids=["held", "refused"])
def test_what_the_relay_kept_back_is_unread_by_who_looked_over_there(verdict: Verdict) -> None:
    """Who uses both networks looked on the other one, where the message was not."""
    half, room = town()
    kept, arrived = post(half, room), post(half, room)
    judge(half, kept, verdict, 1)
    judge(half, arrived, Verdict.DELIVERED, 2)
    at = read_there(half, room, arrived)
    assert (first_read(half, kept), first_read(half, arrived)) == (None, at)
    found = unread_in(half.db, SIDE, room, BOB, 0)
    assert (found.count, found.first) == (1, kept)
    read(half, room, kept)
    assert unread_in(half.db, SIDE, room, BOB, 0).count == 0


def test_what_is_released_was_not_there_when_they_looked_over_there_before() -> None:
    half, room = town()
    kept, arrived = post(half, room), post(half, room)
    judge(half, kept, Verdict.HELD, 1)
    judge(half, arrived, Verdict.DELIVERED, 2)
    read_there(half, room, arrived, kept)
    judge(half, kept, Verdict.DELIVERED, 3)
    assert first_read(half, kept) is None
    assert unread_in(half.db, SIDE, room, BOB, 0).count == 1
    at = read_there(half, room, kept)
    assert first_read(half, kept) == at
    assert unread_in(half.db, SIDE, room, BOB, 0).count == 0


def hear(half: Half, room: str) -> str:
    """Have a message of Bob's come from the internet."""
    at, name = half.time(), half.time.mint("ms", half.time.now)
    author, hlc = Author(BOB, TENANT, FRONTEND), next_hlc(half.clock.hlc, at)
    event = Event(name, hlc, at, room, author, MessagePost("はい"))
    half.write(lambda writing: writing.receive(event))
    return name


@pytest.mark.parametrize("side", [SIDE, INTERNET], ids=["lgwan", "internet"])
def test_who_looks_back_says_nothing_anew(side: Side) -> None:
    half, room = town(side)
    names = [post(half, room) for _ in range(3)]
    for name in names:
        read(half, room, name)
    half.write(read_positions.cross)
    half.leaving.clear()
    for name in names:
        view = half.act(BOB, partial(_look_at, room=room, name=name))
        assert view.message == names[-1]
    half.write(read_positions.cross)
    assert (half.leaving, looks(half)) == ([], names)


def _look_at(actor: Actor, room: str, name: str) -> ReadView:
    return read_positions.advance_position(actor, room, name)


def test_up_to_where_somebody_read_is_where_they_looked_last_in_either_zone() -> None:
    half, room = town()
    first, second = post(half, room), post(half, room)
    judge(half, second, Verdict.DELIVERED, 1)
    read(half, room, first)
    read_there(half, room, second)
    assert readings.last_named(half.db, room, BOB) == second
    third = post(half, room)
    read(half, room, third)
    assert readings.last_named(half.db, room, BOB) == third


def test_what_was_not_there_is_remembered_for_as_long_as_it_is_kept() -> None:
    half, room = town()
    gone = post(half, room)
    before = half.time()
    kept, arrived = post(half, room), post(half, room)
    read_there(half, room, arrived, gone, kept)
    purge = RoomPurge(before)
    half.act(ANN, partial(Actor.say, body=purge, room=room, crosses=True), operator=True)
    assert half.db.execute("SELECT message FROM unseen").fetchall() == [(kept,)]


def test_what_was_said_at_the_moment_from_which_somebody_sees_the_room_is_unread() -> None:
    half, room = town()
    place = message_place(half.db, post(half, room))
    assert place is not None
    unread = [unread_in(half.db, SIDE, room, BOB, place.at + n).count for n in (-1, 0, 1)]
    assert unread == [1, 1, 0]


def test_what_was_released_behind_a_message_is_not_read_with_it() -> None:
    """It was said before, and is shown above it; but who looked then had not been shown it."""
    half, room = town()
    author, hlc = Author(BOB, TENANT, FRONTEND), next_hlc(0, half.time.now)
    held = an_id("ms", 1000)
    notice = RelayNotice(held, "held", 1, "message.post", "words")
    event = Event(held, hlc, half.time.now, room, author, MessagePost("至急"))
    told = Event(an_id("ac", 2000), hlc, half.time.now, room, author, notice)
    half.write(lambda writing: writing.receive(told))
    hear(half, room)
    name = post(half, room)
    half.write(lambda writing: writing.receive(event))
    half.act(ANN, lambda a: read_positions.advance_position(a, room, name))
    found = unread_in(half.db, SIDE, room, ANN, 0)
    assert (found.count, found.first) == (1, held)
