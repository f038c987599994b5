"""What a room's deletion reaches: also what was on its way when it came."""

from functools import partial

from tests.zone.copy.test_readings import ANN, BOB, post, town
from tests.zone.events import FRONTEND, TENANT, an_id
from wire.bodies import MessagePost, RoomPurge
from wire.events import Author, Event
from wire.order import next_hlc
from zone.conversation.actor import Actor
from zone.store.writing import Writing


def test_what_was_deleted_is_not_brought_back_by_an_event_on_its_way() -> None:
    half, room = town()
    post(half, room)
    said_at, late = half.time.now - 1, an_id("ms", 900)
    purge = RoomPurge(half.time.now)
    half.act(ANN, partial(Actor.say, body=purge, room=room, crosses=True), operator=True)

    def arrive(writing: Writing) -> None:
        author = Author(BOB, TENANT, FRONTEND)
        body = MessagePost("遅れて")
        writing.receive(Event(late, next_hlc(0, said_at), said_at, room, author, body))

    half.write(arrive)
    assert half.db.execute("SELECT 1 FROM message WHERE id = ?", (late,)).fetchone() is None
