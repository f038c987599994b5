"""What a zone that was taken over cannot say of items, and what an honest one can."""

import pytest

from tests.zone.conftest import BOTH, GUEST, ROOM, STAFF, Place, author, disbelieved
from tests.zone.events import NOW, ROOMS, an_id
from wire.answers import Answer, Decision, Delegate, Done, Rsvp, Vote
from wire.bodies import AnswerSet, Body, ItemPut, ItemRemove, MemberSet, RelayNotice
from wire.choices import Role
from wire.events import Event
from wire.items import (
    AgendaEntry,
    Approval,
    ApprovalStep,
    Booking,
    Content,
    Note,
    Resource,
    Survey,
    Task,
)
from wire.reasons import Reason

OUTSIDER = an_id("us", 78)
OTHER_ROOM = ROOMS[1]
NOBODYS = an_id("nt", 7)
PREFIXES = {Note: "nt", Task: "tk", Survey: "sv", Approval: "ap", AgendaEntry: "ev", Booking: "bk"}


async def made(place: Place, content: Content, uid: str = STAFF) -> str:
    """Make an item in LGWAN and return its id."""
    name = an_id(PREFIXES[type(content)], 1)
    await place.store.write(
        lambda w: w.act(author(uid), ItemPut(content), room=ROOM, crosses=True, id=name)
    )
    return name


async def asked(place: Place, uid: str, body: Body, room: str | None = ROOM) -> Reason | None:
    """Return what LGWAN objects to an event of `uid` that came from the internet."""
    prefix = PREFIXES.get(type(body.content), "nt") if isinstance(body, ItemPut) else "ac"
    event = Event(an_id(prefix, 99), 99, NOW, room, author(uid), body)
    return await place.store.read(lambda db: disbelieved(place, db, event))


async def test_who_is_in_the_room_makes_items_there_and_nobody_else(lgwan: Place) -> None:
    note = ItemPut(Note(title="連絡先"))
    assert await asked(lgwan, GUEST, note) is None
    assert await asked(lgwan, OUTSIDER, note) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, note, OTHER_ROOM) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, note, None) is Reason.NO_AUTHORITY


@pytest.mark.parametrize("role", ["reader", "none"])
async def test_readers_make_nothing_and_who_has_left_says_nothing(lgwan: Place, role: Role) -> None:
    body = MemberSet(GUEST, role)
    await lgwan.store.write(lambda w: w.act(author(STAFF), body, room=ROOM, crosses=True))
    assert await asked(lgwan, GUEST, ItemPut(Note(title="x"))) is Reason.NO_AUTHORITY


async def test_whose_time_in_the_room_is_up_says_nothing_more(lgwan: Place) -> None:
    now = lgwan.store.now()
    for until, answer in ((now - 1, Reason.NO_AUTHORITY), (now + 600_000, None)):
        body = MemberSet(GUEST, "guest", until)
        await lgwan.store.write(lambda w: w.act(author(STAFF), body, room=ROOM, crosses=True))  # noqa: B023 - run at once
        assert await asked(lgwan, GUEST, ItemPut(Note(title="x"))) is answer


async def test_an_author_in_the_other_zone_changes_and_removes_what_is_his(lgwan: Place) -> None:
    survey = await made(lgwan, Survey(title="昼食", choices=["和", "洋"]), BOTH)
    assert await asked(lgwan, BOTH, ItemPut(Survey(closed=True), survey)) is None
    assert await asked(lgwan, BOTH, ItemRemove(survey)) is None
    assert await asked(lgwan, GUEST, ItemPut(Survey(closed=True), survey)) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, ItemRemove(survey)) is Reason.NO_AUTHORITY
    for body in (ItemPut(Survey(closed=True), survey), ItemRemove(survey)):
        assert await asked(lgwan, BOTH, body, OTHER_ROOM) is Reason.NO_AUTHORITY


async def test_what_is_everybodys_is_changed_by_everybody(lgwan: Place) -> None:
    note = await made(lgwan, Note(title="連絡先"))
    assert await asked(lgwan, GUEST, ItemPut(Note(text="内線"), note)) is None
    assert await asked(lgwan, OUTSIDER, ItemPut(Note(text="x"), note)) is Reason.NO_AUTHORITY


async def test_an_anonymous_survey_stays_anonymous(lgwan: Place) -> None:
    survey = await made(lgwan, Survey(title="x", choices=["a", "b"], anonymous=True), BOTH)
    shown = ItemPut(Survey(anonymous=False), survey)
    assert await asked(lgwan, BOTH, shown) is Reason.NO_AUTHORITY


async def test_only_who_is_asked_to_decides_and_never_who_asks(lgwan: Place) -> None:
    asked_for = await made(lgwan, Approval(title="購入", steps=[ApprovalStep([BOTH])]))
    yes = AnswerSet(asked_for, Decision(0, "approve"))
    assert await asked(lgwan, BOTH, yes) is None
    assert await asked(lgwan, GUEST, yes) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, AnswerSet(asked_for, Delegate(0, GUEST))) is None
    to_asker = AnswerSet(asked_for, Delegate(0, STAFF))
    assert await asked(lgwan, BOTH, to_asker) is Reason.NO_AUTHORITY
    to_himself = AnswerSet(asked_for, Delegate(0, BOTH))
    assert await asked(lgwan, BOTH, to_himself) is Reason.NO_AUTHORITY
    no_step = AnswerSet(asked_for, Decision(3, "approve"))
    assert await asked(lgwan, BOTH, no_step) is Reason.NO_AUTHORITY


async def test_a_delegate_decides(lgwan: Place) -> None:
    asked_for = await made(lgwan, Approval(title="購入", steps=[ApprovalStep([BOTH])]))
    body = AnswerSet(asked_for, Delegate(0, GUEST))
    await lgwan.store.write(lambda w: w.act(author(BOTH), body, room=ROOM, crosses=True))
    yes = AnswerSet(asked_for, Decision(0, "approve"))
    assert await asked(lgwan, GUEST, yes) is None


@pytest.mark.parametrize(
    "change",
    [
        Approval(steps=[ApprovalStep([GUEST])]),
        Approval(title="別の件"),
        Approval(deadline=NOW),
        Approval(cancelled=False),
    ],
)
async def test_what_is_to_be_approved_is_not_changed_under_way(
    lgwan: Place, change: Approval
) -> None:
    asked_for = await made(lgwan, Approval(title="購入", steps=[ApprovalStep([GUEST])]), BOTH)
    assert await asked(lgwan, BOTH, ItemPut(change, asked_for)) is Reason.NO_AUTHORITY
    cancel = ItemPut(Approval(cancelled=True), asked_for)
    assert await asked(lgwan, BOTH, cancel) is None
    assert await asked(lgwan, GUEST, cancel) is Reason.NO_AUTHORITY


async def test_not_even_a_moderator_cancels_what_another_asked_for(lgwan: Place) -> None:
    asked_for = await made(lgwan, Approval(title="購入", steps=[ApprovalStep([GUEST])]))
    body = MemberSet(BOTH, "moderator")
    await lgwan.store.write(lambda w: w.act(author(STAFF), body, room=ROOM, crosses=True))
    cancel = ItemPut(Approval(cancelled=True), asked_for)
    assert await asked(lgwan, BOTH, cancel) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, ItemRemove(asked_for)) is None


async def test_nobody_asks_himself(lgwan: Place) -> None:
    own = ItemPut(Approval(title="x", steps=[ApprovalStep([GUEST])]))
    assert await asked(lgwan, GUEST, own) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, own) is None


async def test_a_booking_is_not_moved(lgwan: Place) -> None:
    booking = await made(lgwan, Booking(title="x", resource=an_id("rs", 1), starts=1, ends=2), BOTH)
    moved = ItemPut(Booking(starts=5, ends=6), booking)
    assert await asked(lgwan, BOTH, moved) is Reason.NO_AUTHORITY
    assert await asked(lgwan, BOTH, ItemPut(Booking(title="y"), booking)) is None


async def test_nobody_books_what_they_do_not_see(lgwan: Place) -> None:
    car = ItemPut(Resource(title="公用車", resource_kind="car"))
    for room, number in ((ROOM, 1), (OTHER_ROOM, 2)):
        await lgwan.store.write(
            lambda w, room=room, number=number: w.act(  # type: ignore[misc]
                author(STAFF), car, room=room, crosses=True, id=an_id("rs", number)
            )
        )
    mine = Booking(title="x", resource=an_id("rs", 1), starts=1, ends=2)
    assert await asked(lgwan, BOTH, ItemPut(mine)) is None
    for hidden in (an_id("rs", 2), an_id("rs", 3)):
        booking = ItemPut(Booking(title="x", resource=hidden, starts=1, ends=2))
        assert await asked(lgwan, BOTH, booking) is Reason.NO_AUTHORITY


@pytest.mark.parametrize("span", [(2, 1), (0, 2**53 - 1), (1, None)])
async def test_no_time_comes_in_that_calendars_cannot_write(
    lgwan: Place, span: tuple[int, int | None]
) -> None:
    made_there = ItemPut(AgendaEntry(title="x", starts=span[0], ends=span[1]))
    reasons = (Reason.NO_AUTHORITY, Reason.OUT_OF_BOUNDS)
    assert await asked(lgwan, BOTH, made_there) in reasons


@pytest.mark.parametrize("answer", [Vote([0]), Rsvp("yes"), Done()])
async def test_an_item_is_answered_as_its_kind_is(lgwan: Place, answer: Answer) -> None:
    task = await made(lgwan, Task(title="点検", assignees=[BOTH]))
    answered = await asked(lgwan, BOTH, AnswerSet(task, answer))
    assert answered is (None if isinstance(answer, Done) else Reason.NO_AUTHORITY)
    assert await asked(lgwan, GUEST, AnswerSet(task, Done())) is Reason.NO_AUTHORITY
    assert await asked(lgwan, OUTSIDER, AnswerSet(task, answer)) is Reason.NO_AUTHORITY
    elsewhere = await asked(lgwan, BOTH, AnswerSet(task, answer), OTHER_ROOM)
    assert elsewhere is Reason.NO_AUTHORITY


async def test_of_what_is_not_known_here_only_what_the_relay_holds_is_spoken_of(
    lgwan: Place,
) -> None:
    change, end = ItemPut(Note(text="x"), NOBODYS), ItemRemove(NOBODYS)
    assert await asked(lgwan, GUEST, change) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, end) is Reason.NO_AUTHORITY
    notice = RelayNotice(NOBODYS, "held", 1, "item.put", "words-classification")
    event = Event(an_id("ac", 7), 7, NOW, ROOM, author(GUEST), notice)
    await lgwan.store.write(lambda w: w.receive(event))
    assert await asked(lgwan, GUEST, change) is None
    assert await asked(lgwan, GUEST, end) is None
    assert await asked(lgwan, BOTH, end) is Reason.NO_AUTHORITY
    assert await asked(lgwan, GUEST, change, OTHER_ROOM) is Reason.NO_AUTHORITY
