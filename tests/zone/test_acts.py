"""What was refused or held: its author sees it where they look, takes it back or sends it again.

Both zones in one process.  What leaves one is handed to the other, or is not, and then what the
relay or the far zone says of it comes back (case 17).
"""

import pytest

from tests.zone.acts_town import (
    CHANGES,
    CHIEF,
    FATES,
    HOME,
    REASON,
    Fate,
    Town,
    changed,
    new,
    words,
)
from wire.items import Note
from wire.reasons import Refused
from zone.conversation import acts, items, messages
from zone.copy import changes, deliveries
from zone.copy.messages import find_message
from zone.items.items import find_item


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("kind", CHANGES)
def test_a_refused_change_is_seen_and_taken_back_and_the_copies_are_one(
    kind: str, fate: Fate
) -> None:
    town = Town()
    before = words(town.here)
    act = changed(town, kind)
    town.meet(fate)
    assert town.differences() != []
    found = town.act(act)
    assert (found.kind, found.delivery, found.reason) == (kind, "refused", REASON[fate])
    assert found.outcome == "open"
    assert seen(town, kind) == (act, "refused", REASON[fate])

    assert town.withdraw(act).outcome == "withdrawn"
    assert words(town.here) == before
    assert town.differences() == []
    assert town.here.leaving == []  # nothing is said for it
    assert seen(town, kind)[1:] != ("refused", REASON[fate])
    here = town.here
    refused = acts.list_acts(here.db, here.side, CHIEF, ("refused",), before=None, limit=9)
    assert refused.items == []
    assert town.withdraw(act).outcome == "withdrawn"


def seen(town: Town, kind: str) -> tuple[str | None, str | None, str | None]:
    """Return what is shown of the latest change to what the change of a kind is about."""
    db, side = town.here.db, town.here.side
    name = CHANGES[kind][1](town)
    found = changes.latest(db, side, name, deliveries.acked_of(db, side))
    return (found.act, found.delivery, found.reason) if found else (None, None, None)


@pytest.mark.parametrize("kind", CHANGES)
def test_a_refused_change_is_sent_again_and_arrives(kind: str) -> None:
    town = Town()
    act = changed(town, kind)
    town.meet("denied")
    again = town.resend(act)
    assert (again.delivery, town.act(act).outcome) == ("queued", "resent")
    assert town.act(act).resent_as == again.id != act
    town.arrive()
    assert town.differences() == []
    assert town.act(again.id).delivery == "delivered"
    with pytest.raises(Refused):
        town.resend(act)


def test_what_lost_to_a_refused_word_stands_again_by_the_clock() -> None:
    """The far zone wrote meanwhile: before the refused word, and so it lost to it here alone."""
    town = Town()
    far = town.there.act(HOME, lambda a: items.change_item(a, town.note, Note(text="遠")))
    for _ in range(3):  # this zone is the busier one
        town.do(lambda a: messages.write_message(a, town.room, new("…")))
    town.here.leaving.clear()
    act = changed(town, "item.put")
    (raw,) = town.there.leaving
    town.here.take(raw)
    assert note(town).text == "二"
    town.meet("policy")
    town.withdraw(act)
    assert note(town).text == "遠"
    assert words(town.here)[town.note, "text"] == words(town.there)[town.note, "text"]
    assert far.id == town.note


def note(town: Town) -> Note:
    view = find_item(town.here.db, town.here.side, town.note, now=0)
    assert view is not None
    assert isinstance(view.content, Note)
    return view.content


def test_a_later_change_overtakes_a_refused_one() -> None:
    town = Town()
    act = changed(town, "message.edit")
    town.meet("policy")
    town.do(lambda a: messages.rewrite_message(a, town.said, "十一時"))
    assert town.act(act).outcome == "overtaken"
    town.arrive()
    assert town.differences() == []
    view = find_message(town.here.db, town.here.side, town.said)
    assert view is not None
    assert (view.text, view.delivery, view.reason) == ("十一時", "delivered", None)


def test_what_is_refused_in_one_field_shows_although_another_has_arrived() -> None:
    town = Town()
    act = changed(town, "item.put")
    town.meet("policy")
    town.do(lambda a: items.change_item(a, town.note, Note(title="電話")))
    town.arrive()
    view = find_item(town.here.db, town.here.side, town.note, now=0)
    assert view is not None
    assert view.change is not None
    assert (view.change.act, view.delivery, view.reason) == (act, "refused", "unclean-text")
