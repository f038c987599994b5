"""Both copies of a conversation come out alike, whatever order its events came in (I10)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.reference_copy import Copy
from tests.wire.samples import AUTHOR, BODIES, event_of, name, said
from wire.bodies import (
    Body,
    EventRefuse,
    FileReady,
    MemberSet,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
)
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import Author, Event
from wire.fields import OtherReader
from wire.lane import Zone
from wire.merge import readings_of, registers_of

# Few of each, so that events meet on the same object.
MESSAGES, USERS = [name("ms", n) for n in range(3)], [name("us", n) for n in range(2)]
WORDS = st.sampled_from(["あ", "い"])
MESSAGE, USER, REVISION = st.sampled_from(MESSAGES), st.sampled_from(USERS), st.integers(1, 3)
PLACES = st.integers(0, 3)
ANY_BODY: st.SearchStrategy[Body] = st.one_of(
    st.builds(MessagePost, WORDS),
    st.builds(MessageEdit, MESSAGE, WORDS),
    st.builds(MessageWithdraw, MESSAGE, WORDS),
    st.builds(ReactionSet, MESSAGE, WORDS, st.booleans()),
    st.builds(ReadSet, MESSAGE, PLACES, PLACES, PLACES),
    st.builds(RoomPut, st.none() | WORDS, st.none() | WORDS),
    st.builds(MemberSet, USER, st.sampled_from(["guest", "none"])),
    st.builds(ProfileSet, USER, st.none() | WORDS, st.none() | WORDS),
    st.builds(
        FileReady,
        MESSAGE,
        st.just(name("fl", 1)),
        st.sampled_from(["clean", "held"]),
        REVISION,
        WORDS,
    ),
    st.builds(RelayNotice, MESSAGE, st.sampled_from(["held", "denied"]), REVISION, WORDS, WORDS),
)
ROOMS = st.sampled_from([name("rm", n) for n in range(2)])
Made = tuple[Event, Zone]


@st.composite
def histories(draw: st.DrawFn) -> list[Made]:
    """Draw what both zones did: each counts its own events, and no two have one count."""
    made: list[Made] = []
    for zone in Zone:
        counts = draw(st.lists(st.integers(1, 9), unique=True, max_size=6))
        for count in counts:
            body = draw(ANY_BODY)
            author = Author(draw(USER), AUTHOR.tenant, AUTHOR.frontend)
            number = count * 2 + (zone is Zone.LGWAN)
            room = None if isinstance(body, ProfileSet) else draw(ROOMS)
            made.append((event_of(body, number, hlc=count, author=author, room=room), zone))
    return made


def copy_of(made: list[Made]) -> Copy:
    copy = Copy()
    for event, zone in made:
        copy.apply(event, zone)
    return copy


@given(histories(), st.data())
def test_both_copies_are_alike_whatever_the_order_and_however_often(
    made: list[Made], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(made))) if made else []
    there = data.draw(st.permutations(made + again))
    here, far = copy_of(made), copy_of(there)
    assert here == far
    for room in {event.room for event, _ in made if event.room is not None}:
        assert here.timeline(room) == far.timeline(room)


@given(histories())
def test_no_two_events_say_a_word_under_one_stamp(made: list[Made]) -> None:
    """What would make the outcome depend on the order.  Of the relay's, one subject has one."""
    stamps = [
        (word.object, word.field, word.stamp)
        for event, zone in made
        for word in registers_of(event, zone)
    ]
    assert len(set(stamps)) == len(stamps)


def register(made: list[Made], place: tuple[str, str]) -> object:
    found = copy_of(made).registers.get(place)
    return found and found.value


@pytest.mark.parametrize("turned", [False, True])
def test_the_later_word_wins(turned: bool) -> None:
    edits = [
        (event_of(MessageEdit(MESSAGES[0], text), hlc), zone)
        for hlc, text, zone in [(1, "first", Zone.LGWAN), (2, "second", Zone.INTERNET)]
    ]
    made = edits[::-1] if turned else edits
    assert register(made, (MESSAGES[0], "text")) == "second"


def test_of_two_at_the_same_count_the_zone_decides() -> None:
    one, two = (event_of(MessageEdit(MESSAGES[0], text), 5) for text in "ab")
    made = [(one, Zone.LGWAN), (two, Zone.INTERNET)]
    assert register(made, (MESSAGES[0], "text")) == "a"


def test_each_of_many_who_looked_has_a_reading_of_their_own_with_their_own_time() -> None:
    body = ReadSet(MESSAGES[1], 8, 5, 100, [OtherReader(USERS[1], 101)], [MESSAGES[0]])
    event = event_of(body, 10)
    found = list(readings_of(event, Zone.INTERNET))
    assert [(each.user, each.at) for each in found] == [(AUTHOR.uid, 100), (USERS[1], 101)]
    assert {each[2:6] for each in found} == {(Zone.INTERNET, 8, 5, MESSAGES[1])}
    assert {each.without for each in found} == {(MESSAGES[0],)}
    assert list(registers_of(event, Zone.INTERNET)) == []


@pytest.mark.parametrize("turned", [False, True])
def test_what_was_deleted_up_to_a_time_is_never_put_back(turned: bool) -> None:
    room = name("rm", 1)
    old, new = event_of(MessagePost("古い"), 1), event_of(MessagePost("新しい"), 2)
    old, new = (msgspec.structs.replace(e, at=at) for e, at in ((old, 100), (new, 300)))
    far, near = event_of(RoomPurge(200), 3), event_of(RoomPurge(50), 4)
    made = [(event, Zone.LGWAN) for event in (old, new, far, near)]
    copy = copy_of(made[::-1] if turned else made)
    assert [message.text for message in copy.timeline(room)] == ["新しい"]
    assert copy.registers[room, "purged"].value == [200, AUTHOR.uid, far.at]


def test_what_a_room_is_not_told_stays() -> None:
    first = event_of(RoomPut(name="防災", topic="訓練"), 1)
    second = event_of(RoomPut(topic="本番"), 2)
    made = [(second, Zone.LGWAN), (first, Zone.LGWAN)]
    assert register(made, (name("rm", 1), "name")) == "防災"
    assert register(made, (name("rm", 1), "topic")) == "本番"


def test_the_relays_later_word_on_a_file_supersedes_its_first() -> None:
    held = FileReady(MESSAGES[0], name("fl", 1), "held", 1, "a.png")
    words = [
        event_of(held, 4),
        event_of(msgspec.structs.replace(held, state="clean", revision=2), 4),
    ]
    for order in (words, words[::-1]):
        found = register([(word, Zone.INTERNET) for word in order], (name("fl", 1), "file"))
        assert found == msgspec.to_builtins(words[1].body)


def test_a_message_never_changes() -> None:
    event = said("as it was said")
    copy = copy_of(
        [(event, Zone.LGWAN), (event_of(MessageEdit(event.id, "edited"), 2), Zone.LGWAN)]
    )
    assert [message.text for message in copy.timeline(name("rm", 1))] == ["as it was said"]


def test_a_second_message_of_one_id_changes_nothing() -> None:
    first = said("as it was said")
    second = msgspec.structs.replace(first, hlc=9, body=MessagePost("what it never was"))
    copy = copy_of([(first, Zone.LGWAN), (second, Zone.INTERNET)])
    assert [message.text for message in copy.timeline(name("rm", 1))] == ["as it was said"]


def test_every_kind_leaves_something_behind() -> None:
    for body in BODIES:
        copy = copy_of([(event_of(body), Zone.LGWAN)])
        is_answer = isinstance(body, EventRefuse | CopyDigest | ConsentGive)  # of the lane
        assert bool(copy.messages or copy.registers or copy.looks) is not is_answer
