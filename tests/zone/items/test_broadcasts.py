"""What a zone that was taken over cannot do with all-staff calls."""

import pytest

from tests.zone.conftest import BOTH, GUEST, STAFF, Place, author, disbelieved
from tests.zone.events import NOW, an_id
from wire.answers import Answer, Reply, Seen
from wire.bodies import AnswerSet, Body, ItemPut, ItemRemove, OrgPut, ProfileSet, RelayNotice
from wire.events import Event
from wire.items import Audience, Broadcast
from wire.reasons import Reason
from zone.items.broadcasts import is_addressed

BROADCAST, STRANGER = an_id("bc", 1), an_id("us", 77)
CITY, HALL, DESK = (an_id("og", n) for n in range(3))
FULL = Broadcast(title="安否確認", audience=Audience(), require="answer")


async def asked(place: Place, uid: str, body: Body, name: str = "") -> Reason | None:
    """Return what LGWAN objects to an event of `uid` that came from the internet."""
    event = Event(name or an_id("ac", 9), 99, NOW, None, author(uid), body)
    return await place.store.read(lambda db: disbelieved(place, db, event))


async def put(place: Place, body: Body, name: str | None = None) -> None:
    await place.store.write(lambda w: w.act(author(STAFF), body, room=None, crosses=True, id=name))


@pytest.mark.parametrize("duties", [None, ["phone"]])
async def test_nobody_calls_without_the_duty(lgwan: Place, duties: list[str] | None) -> None:
    await put(lgwan, ProfileSet(BOTH, duties=duties))
    await put(lgwan, ItemPut(FULL), BROADCAST)
    assert await asked(lgwan, BOTH, ItemPut(FULL), an_id("bc", 2)) is Reason.NO_AUTHORITY
    closed = ItemPut(Broadcast(closed=True), BROADCAST)
    assert await asked(lgwan, BOTH, closed) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, ItemRemove(BROADCAST)) is Reason.NO_AUTHORITY


async def test_whoever_has_the_duty_calls_from_either_zone(lgwan: Place) -> None:
    await put(lgwan, ProfileSet(BOTH, duties=["broadcast"]))
    await put(lgwan, ItemPut(FULL), BROADCAST)
    assert await asked(lgwan, BOTH, ItemPut(FULL), an_id("bc", 2)) is None
    assert await asked(lgwan, BOTH, ItemPut(Broadcast(closed=True), BROADCAST)) is None
    assert await asked(lgwan, BOTH, ItemRemove(BROADCAST)) is None


async def test_nobody_of_whom_nothing_is_known_calls(lgwan: Place) -> None:
    assert await asked(lgwan, STRANGER, ItemPut(FULL), BROADCAST) is Reason.NO_AUTHORITY


async def test_the_duty_of_a_guest_is_no_duty(lgwan: Place) -> None:
    """The internet zone vouches for its guests, and could give them anything."""
    guest = ProfileSet(
        STRANGER, name="客", user_kind="guest", zones=["internet"], duties=["broadcast", "phone"]
    )
    event = Event(an_id("ac", 8), 98, NOW, None, author(STRANGER), guest)
    await lgwan.store.write(lambda w: w.receive(event))
    assert await asked(lgwan, STRANGER, ItemPut(FULL), BROADCAST) is Reason.NO_AUTHORITY
    assert not lgwan.store.directory.has_duty(STRANGER, "broadcast")


@pytest.mark.parametrize("answer", [Seen(), Reply(0)])
async def test_only_who_is_called_answers(lgwan: Place, answer: Answer) -> None:
    await put(lgwan, ItemPut(FULL), BROADCAST)
    assert await asked(lgwan, BOTH, AnswerSet(BROADCAST, answer)) is None
    assert await asked(lgwan, GUEST, AnswerSet(BROADCAST, answer)) is Reason.NO_AUTHORITY


async def test_an_answer_to_a_call_that_the_relay_holds_is_kept(lgwan: Place) -> None:
    assert await asked(lgwan, BOTH, AnswerSet(BROADCAST, Seen())) is Reason.NO_AUTHORITY
    notice = RelayNotice(BROADCAST, "held", 1, "item.put", "words-classification")
    event = Event(an_id("ac", 7), 7, NOW, None, author(BOTH), notice)
    await lgwan.store.write(lambda w: w.receive(event))
    assert await asked(lgwan, BOTH, AnswerSet(BROADCAST, Seen())) is None


async def test_store_and_directory_say_the_same_of_who_is_called(lgwan: Place) -> None:
    for org, parent in ((CITY, ""), (HALL, CITY), (DESK, HALL)):
        await put(lgwan, OrgPut(org, name="課", parent=parent))
    await put(lgwan, OrgPut(CITY, parent=DESK))  # a ring, as two zones can make one
    await put(lgwan, ProfileSet(BOTH, orgs=[DESK], title="課長"))
    audiences = [
        Audience(),
        Audience(orgs=[CITY]),
        Audience(orgs=[an_id("og", 9)]),
        Audience(titles=["課長"]),
        Audience(kinds=["guest"]),
        Audience(tenants=[an_id("tn", 5)]),
    ]
    for number, audience in enumerate(audiences):
        call = an_id("bc", 10 + number)
        await put(lgwan, ItemPut(Broadcast(title="x", audience=audience, require="read")), call)
        for uid in (STAFF, BOTH, GUEST, STRANGER):
            stored = await lgwan.store.read(lambda db, c=call, u=uid: is_addressed(db, c, u))  # type: ignore[misc] # mypy does not know what a default is for
            assert stored is lgwan.store.directory.is_addressed(call, uid)
