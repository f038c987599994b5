"""What a zone does not apply it answers: one event an envelope, and a verdict for its author."""

import msgspec

from internet_side.zone import SIDE as INTERNET
from tests.zone.events import an_id
from tests.zone.halves import Half, Time
from tests.zone.rights.city import CHIEF, GUEST, HOME, NOBODY, City, operator, person
from wire.bodies import EventRefuse, MessagePost, ProfileSet, RelayNotice, RoomPurge
from wire.events import Event
from wire.fields import Refusal
from zone.copy.deliveries import delivery_of
from zone.link.inbox import take_in
from zone.link.refusals import MAX_WAITING
from zone.store.writing import Writing


def answers(city: City) -> list[Event]:
    """Return the refusals that have left LGWAN."""
    events = [msgspec.json.decode(raw, type=Event) for raw in city.half.leaving]
    return [event for event in events if isinstance(event.body, EventRefuse)]


def lie(city: City) -> Event:
    return city.far(person(CHIEF), MessagePost("市長です"), city.room)


def test_many_refusals_of_one_envelope_are_one_answer() -> None:
    city = City()
    lies = [lie(city) for _ in range(256)]
    city.receive(*lies, city.far(person(GUEST), MessagePost("はい"), city.room))
    (found,) = answers(city)
    assert isinstance(found.body, EventRefuse)
    assert found.body.events == [Refusal(event.id, "no-authority") for event in lies]
    assert found.room is None
    assert found.author.assurance == "operator"


def test_an_envelope_that_is_believed_is_not_answered() -> None:
    city = City()
    city.receive(city.far(person(GUEST), MessagePost("はい"), city.room))
    assert answers(city) == []


def test_a_refusal_that_is_refused_is_not_answered_nor_is_the_relay() -> None:
    city = City()
    about = city.far(operator(), EventRefuse([Refusal(an_id("ms", 700), "no-authority")]))
    notice = RelayNotice(city.said, "held", 1, "message.post", "x")
    assert len(city.receive(about, city.far(person(HOME), notice, city.room))) == 2
    assert answers(city) == []


def test_the_reason_tells_a_liar_nothing_of_what_there_is() -> None:
    """Something that is not there, and something that is not theirs, are one answer."""
    city = City()
    for room in (city.other, an_id("rm", 700)):
        city.receive(city.far(operator(), RoomPurge(1), room))
    reasons = {each.reason for event in answers(city) for each in event.body.events}  # type: ignore[union-attr]
    assert reasons == {"no-authority"}


def test_nothing_is_answered_while_the_lane_is_halted_or_full() -> None:
    for trouble in ("halted = 'fork'", f"high = {MAX_WAITING}"):
        city = City()
        city.half.db.execute(f"UPDATE chain SET {trouble} WHERE lane = 'export'")
        assert len(city.receive(lie(city))) == 1
        assert answers(city) == []


def test_its_author_learns_that_the_other_zone_has_refused_it() -> None:
    city = City()
    answer = city.far(operator(), EventRefuse([Refusal(city.said, "no-authority")]))

    def work(writing: Writing) -> list[tuple[str, str | None]]:
        take_in(writing, [answer])
        return [(entry.type, entry.audience) for entry in writing.entries]

    assert city.half.write(work) == [("delivery.updated", CHIEF)]
    found = delivery_of(city.half.db, city.said, acked=0)
    assert (found.delivery, found.reason) == ("refused", "no-authority")


def test_a_verdict_is_given_once() -> None:
    city = City()
    event = EventRefuse([Refusal(city.said, "no-authority")])
    city.believes(city.far(operator(), event))
    later = EventRefuse([Refusal(city.said, "out-of-bounds")])
    city.believes(city.far(operator(), later))
    assert delivery_of(city.half.db, city.said, acked=0).reason == "no-authority"


def test_an_answer_is_believed_by_the_zone_that_asked_for_it() -> None:
    """What LGWAN's daemon says passes the same row in the internet zone."""
    city, internet = City(), Half(INTERNET, Time())
    internet.act(
        NOBODY,
        lambda a: a.say(
            ProfileSet(an_id("us", 60), name="x", user_kind="bot", zones=["internet"]),
            room=None,
            crosses=True,
        ),
        operator=True,
    )
    sent = msgspec.json.decode(internet.leaving[0], type=Event)
    assert len(city.receive(msgspec.structs.replace(sent, author=person(GUEST)))) == 1
    (answer,) = answers(city)
    internet.take(msgspec.json.encode(answer))
    assert delivery_of(internet.db, sent.id, acked=0).delivery == "refused"
