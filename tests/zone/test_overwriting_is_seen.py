"""Of two changes of an item made without knowing each other both are kept, and one is told."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.zone.halves import Half
from tests.zone.test_lost_bookings import FIRST, OTHERS, Town
from wire.bodies import RoomPut
from wire.items import Content, Note
from zone.conversation import items, rooms
from zone.copy.directory_views import room_view
from zone.items.items import find_item
from zone.items.wordings import item_revisions, room_revisions

ONE, OTHER = OTHERS[:2]


class Noted(Town):
    """A town with a note that both zones know."""

    def __init__(self) -> None:
        super().__init__()
        note = Note(title="連絡先", text="内線 1")
        self.note = self.lgwan.act(FIRST, lambda a: items.make_item(a, self.room, note)).id
        self.settle()
        self.forget()

    def change(self, zone: Half, uid: str, content: Content) -> None:
        zone.act(uid, partial(items.change_item, item=self.note, content=content))

    def settle(self) -> None:
        self.deliver(self.lgwan.leaving, self.internet)
        self.deliver(self.internet.leaving, self.lgwan)

    def forget(self) -> None:
        for zone in self.zones:
            zone.told.clear()

    def told(self, zone: Half) -> list[tuple[str | None, dict[str, Any]]]:
        return [
            (entry.audience, json.loads(entry.body))
            for entry in zone.told
            if entry.type == "item.superseded"
        ]

    def texts(self, zone: Half) -> list[Any]:
        return [each.content.get("text") for each in item_revisions(zone.db, self.note)]


@pytest.mark.parametrize("is_lgwan_first", [True, False], ids=["LGWAN first", "internet first"])
def test_whoever_was_overwritten_unseen_is_told_in_both_zones_and_both_wordings_are_kept(
    *, is_lgwan_first: bool
) -> None:
    town = Noted()
    first, second = town.zones if is_lgwan_first else town.zones[::-1]
    town.change(first, ONE, Note(text="内線 2"))
    town.change(second, OTHER, Note(text="内線 3"))
    town.settle()
    for zone in town.zones:
        ((whom, view),) = town.told(zone)
        assert whom == ONE
        assert (view["item"], view["fields"], view["by"]) == (town.note, ["text"], OTHER)
        assert view["said"] == {"text": "内線 2"}
        assert town.texts(zone) == ["内線 1", "内線 2", "内線 3"]
        found = find_item(zone.db, zone.side, town.note, now=zone.time.now)
        assert found is not None
        assert isinstance(found.content, Note)
        assert found.content.text == "内線 3"
    assert item_revisions(town.lgwan.db, town.note) == item_revisions(town.internet.db, town.note)


class Named(Town):
    """A town whose room has two owners, of whom either may say what it is called."""

    def __init__(self) -> None:
        super().__init__()
        for uid in (ONE, OTHER):
            owner = partial(rooms.set_member, room=self.room, user=uid, role="owner", until=None)
            self.lgwan.act(FIRST, owner)
        self.settle()
        for zone in self.zones:
            zone.told.clear()

    def change(self, zone: Half, uid: str, **look: Any) -> None:
        zone.act(uid, partial(rooms.change_room, room=self.room, look=RoomPut(**look)))

    def settle(self) -> None:
        self.deliver(self.lgwan.leaving, self.internet)
        self.deliver(self.internet.leaving, self.lgwan)

    def told(self, zone: Half) -> list[tuple[str | None, dict[str, Any]]]:
        return [
            (entry.audience, json.loads(entry.body))
            for entry in zone.told
            if entry.type == "room.superseded"
        ]


@pytest.mark.parametrize("is_lgwan_first", [True, False], ids=["LGWAN first", "internet first"])
def test_an_owner_whose_name_for_a_room_was_overwritten_unseen_is_told(
    *, is_lgwan_first: bool
) -> None:
    town = Named()
    first, second = town.zones if is_lgwan_first else town.zones[::-1]
    town.change(first, ONE, name="防災", topic="九時")
    town.change(second, OTHER, name="危機管理")
    town.settle()
    for zone in town.zones:
        ((whom, view),) = town.told(zone)
        assert whom == ONE
        assert (view["room"], view["fields"], view["by"]) == (town.room, ["name"], OTHER)
        assert view["said"] == {"name": "防災"}
        found = room_view(zone.db, town.room)
        assert found is not None
        assert (found.name, found.topic) == ("危機管理", "九時")
        names = [each.look.get("name") for each in room_revisions(zone.db, town.room, since=0)]
        assert names == ["予約", "防災", "危機管理"]
    one, other = (room_revisions(zone.db, town.room, since=0) for zone in town.zones)
    assert one == other


def test_no_owner_is_told_who_changes_what_they_saw_or_another_field() -> None:
    town = Named()
    town.change(town.lgwan, ONE, name="防災")
    town.settle()
    town.change(town.internet, OTHER, name="危機管理")
    town.change(town.lgwan, ONE, topic="九時")
    town.settle()
    assert [town.told(zone) for zone in town.zones] == [[], []]


def test_a_room_of_two_opened_from_both_sides_is_overwritten_by_neither() -> None:
    town = Named()
    for zone, uid, other in ((town.lgwan, ONE, OTHER), (town.internet, OTHER, ONE)):
        zone.act(uid, partial(rooms.open_direct, other=other))
    town.settle()
    assert [town.told(zone) for zone in town.zones] == [[], []]


def _having_read(town: Noted) -> None:
    town.change(town.lgwan, ONE, Note(text="内線 2"))
    town.settle()
    town.change(town.internet, OTHER, Note(text="内線 3"))


def _of_another_field(town: Noted) -> None:
    town.change(town.lgwan, ONE, Note(text="内線 2"))
    town.change(town.internet, OTHER, Note(title="電話"))


def _in_both_zones(town: Noted) -> None:
    town.change(town.lgwan, ONE, Note(text="内線 2"))
    town.change(town.internet, ONE, Note(text="内線 3"))


def _the_same(town: Noted) -> None:
    town.change(town.lgwan, ONE, Note(text="内線 2"))
    town.change(town.internet, OTHER, Note(text="内線 2"))


UNTOLD: dict[str, Callable[[Noted], None]] = {
    "whoever changes what they have read": _having_read,
    "who speaks of another field": _of_another_field,
    "one person in both zones": _in_both_zones,
    "who says the same": _the_same,
}


@pytest.mark.parametrize("how", UNTOLD)
def test_nobody_is_told_who_was_not_overwritten_unseen(how: str) -> None:
    town = Noted()
    UNTOLD[how](town)
    town.settle()
    assert [town.told(zone) for zone in town.zones] == [[], []]


def test_what_comes_twice_is_told_once() -> None:
    town = Noted()
    town.change(town.lgwan, ONE, Note(text="内線 2"))
    town.change(town.internet, OTHER, Note(text="内線 3"))
    (raw,) = town.internet.leaving
    town.settle()
    town.lgwan.take(raw, again=True)
    assert len(town.told(town.lgwan)) == 1


def test_each_of_several_who_were_overwritten_is_told() -> None:
    town = Noted()
    town.change(town.lgwan, ONE, Note(text="内線 2"))
    town.change(town.lgwan, FIRST, Note(text="内線 4"))
    town.change(town.internet, OTHER, Note(text="内線 3"))
    town.settle()
    for zone in town.zones:
        assert sorted(str(whom) for whom, _ in town.told(zone)) == sorted([ONE, FIRST])


def test_of_what_was_removed_no_wording_is_kept() -> None:
    town = Noted()
    town.change(town.internet, ONE, Note(text="内線 2"))
    town.lgwan.act(FIRST, lambda a: items.withdraw_item(a, town.note, "重複"))
    town.settle()
    for zone in town.zones:
        assert item_revisions(zone.db, town.note) == []
        assert town.told(zone) == []
