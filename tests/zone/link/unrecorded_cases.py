"""What tests of unrecorded releases share: events, time that is over, and what came of it."""

from tests.zone.conftest import BOTH, ROOM, Place, author
from tests.zone.events import NOW, an_id
from tests.zone.link import test_inbox
from wire.bodies import (
    Body,
)
from wire.events import Event
from zone.copy.messages import find_message
from zone.link import unrecorded

POST = an_id("ms", 1)


def said(number: int, text: str = "到着しました", uid: str = BOTH) -> Event:
    return test_inbox.said(number, text, uid)


def event(number: int, body: Body) -> Event:
    return Event(an_id("ac", number), number, NOW, ROOM, author(BOTH), body, [])


async def overdue(place: Place) -> None:
    """Let the set time be over for all that awaits its leaf."""
    while await place.store.write(lambda w: unrecorded.take_back_overdue(w, w.now + 1)):
        pass


async def standing(place: Place) -> tuple[int, int]:
    found = await place.store.read(unrecorded.standing)
    assert (found.since is None) is (found.waiting == 0)
    return found.waiting, found.taken_back


async def quarantined(place: Place) -> list[tuple[str, str]]:
    return await place.store.read(
        lambda db: db.execute("SELECT id, reason FROM quarantine ORDER BY id").fetchall()
    )


async def reactions(place: Place) -> dict[str, list[str]]:
    view = await place.store.read(lambda db: find_message(db, place.side, POST))
    assert view is not None
    return view.reactions
