"""What was refused and cannot be as it was before: taken back here, and said again as another."""

import json
from typing import Any

import pytest

from tests.zone.acts_town import CHIEF, FATES, HOME, OPERATOR, REASON, Fate, Town, changed, new
from tests.zone.events import TENANT, an_id
from tests.zone.halves import Half
from wire.bodies import (
    MemberSet,
    OrgPut,
    RoomPut,
)
from wire.ids import ORG
from wire.items import Note, StoredFile
from wire.reasons import Reason, Refused
from wire.receipts import Verdict
from zone.conversation import items, messages, recalls, rooms
from zone.conversation.actor import Actor
from zone.copy import deliveries, files
from zone.copy.messages import find_message
from zone.copy.states import StoredFileState
from zone.items.items import find_item


@pytest.mark.parametrize("fate", FATES)
def test_a_refused_message_is_taken_back_here_and_said_again_as_another(fate: Fate) -> None:
    town = Town()
    posted = town.do(lambda a: messages.write_message(a, town.room, new("部外秘です")))
    assert posted.change.act == posted.id
    town.meet(fate)
    view = find_message(town.here.db, town.here.side, posted.id)
    assert view is not None
    assert (view.delivery, view.reason) == ("refused", REASON[fate])
    town.do(lambda a: messages.rewrite_message(a, posted.id, "書き直し中"))
    assert town.here.leaving == []  # nobody there knows of it

    again = town.resend(posted.change.act, text="公開です")
    town.arrive()
    there = find_message(town.there.db, town.there.side, again.id)
    assert there is not None
    assert there.text == "公開です"
    old = find_message(town.here.db, town.here.side, posted.id)
    assert old is not None
    assert old.withdrawn is not None
    assert find_message(town.there.db, town.there.side, posted.id) is None


def test_a_refused_message_that_is_taken_back_does_not_bother_the_other_zone() -> None:
    town = Town()
    posted = town.do(lambda a: messages.write_message(a, town.room, new("部外秘です")))
    town.meet("policy")
    assert town.withdraw(posted.change.act).outcome == "withdrawn"
    assert town.here.leaving == []


@pytest.mark.parametrize("fate", FATES)
def test_a_refused_item_is_made_again_corrected(fate: Fate) -> None:
    town = Town()
    made = town.do(lambda a: items.make_item(a, town.room, Note(title="部外秘", text="一")))
    town.meet(fate)
    assert town.act(made.change.act).reason == REASON[fate]
    again = town.resend(made.change.act, content=Note(title="公開"))
    town.arrive()
    view = find_item(town.there.db, town.there.side, again.id, now=0)
    assert view is not None
    assert view.content == Note(title="公開", text="一")
    old = find_item(town.here.db, town.here.side, made.id, now=0)
    assert old is not None
    assert old.content is None


@pytest.mark.parametrize("fate", FATES)
def test_a_refused_version_of_a_stored_file_is_sent_again_with_its_file(fate: Fate) -> None:
    town = Town()

    def uploaded(actor: Actor, number: int) -> str:
        fid, digest = an_id("fl", number), f"{number:064x}"
        said = {"name": f"{number}.txt", "media": "text/plain", "size": 1, "sha256": digest}
        files.put(actor.writing.db, fid=fid, uploader=CHIEF, **said, password=None, at=1)  # type: ignore[arg-type]
        return fid

    def versions(half: Half, item: str) -> list[str]:
        view = find_item(half.db, half.side, item, now=0)
        assert view is not None
        assert isinstance(view.state, StoredFileState)
        assert [file.id for file in view.files] == [each.file for each in view.state.versions]
        return [file.name for file in view.files]

    plan = StoredFile(title="計画")
    made = town.do(lambda a: items.make_item(a, town.room, plan, [uploaded(a, 1)]))
    town.arrive()
    better = StoredFile(title="部外秘")
    changed = town.do(lambda a: items.change_item(a, made.id, better, files=[uploaded(a, 2)]))
    town.meet(fate)
    again = town.resend(changed.change.act, content=StoredFile(title="計画 二"))
    town.arrive()
    assert town.act(again.id).delivery == "delivered"
    for half in (town.here, town.there):
        assert versions(half, made.id) == ["2.txt", "1.txt"]
    assert town.differences() == []

    changed = town.do(lambda a: items.change_item(a, made.id, better, files=[uploaded(a, 3)]))
    town.meet(fate)
    town.withdraw(changed.change.act)
    for half in (town.here, town.there):
        assert versions(half, made.id) == ["2.txt", "1.txt"]
    assert files.find(town.here.db, an_id("fl", 3)) is None


@pytest.mark.parametrize("fate", FATES)
def test_a_refused_room_is_closed_or_opened_again_with_its_members(fate: Fate) -> None:
    town = Town()

    def opened(actor: Actor) -> tuple[str, str]:
        view = rooms.open_room(actor, RoomPut("部外秘"), [(HOME, "member", None)])
        assert view.change is not None
        return view.id, view.change.act

    room, act = town.do(opened)
    town.meet(fate)
    assert (town.act(act).delivery, town.act(act).about) == ("refused", room)
    again = town.resend(act, name="公開")
    town.arrive()
    view = town.there.directory.room(room)
    assert view is not None
    assert (view.name, view.members) == ("公開", 2)
    assert town.differences() == []
    assert town.act(again.id).delivery == "delivered"

    other, act = town.do(opened)
    town.meet(fate)
    town.withdraw(act)
    assert town.here.directory.is_archived(other)
    assert town.here.leaving == []


@pytest.mark.parametrize("kind", ["item.put", "room.put"])
def test_of_a_refused_change_that_is_taken_back_no_wording_is_kept(kind: str) -> None:
    town = Town()

    def wordings(half: Half) -> list[Any]:
        return half.db.execute("SELECT * FROM wording ORDER BY object, stamp").fetchall()

    act = changed(town, kind)
    assert wordings(town.here) != wordings(town.there)
    town.meet("policy")
    town.withdraw(act)
    assert wordings(town.here) == wordings(town.there)


def test_who_was_refused_is_unknown_again() -> None:
    town = Town()
    org = an_id(ORG, 50)
    town.operate(OrgPut(org, TENANT, "部外秘課", ""))
    (row,) = town.here.db.execute("SELECT event FROM delivery WHERE about = ?", (org,)).fetchall()
    town.meet("policy")
    assert town.here.directory.municipalities.org(org) is not None
    town.here.act(OPERATOR, lambda a: recalls.withdraw_act(a, row[0], hours=0), operator=True)
    assert town.here.directory.municipalities.org(org) is None
    assert town.differences() == []
    assert town.here.db.execute("SELECT 1 FROM birth WHERE id = ?", (org,)).fetchone() is None


def test_nobody_sees_or_takes_back_what_somebody_else_did() -> None:
    town = Town()
    act = changed(town, "item.put")
    town.meet("policy")
    for work in (town.act, town.withdraw, town.resend):
        with pytest.raises(Refused) as caught:
            work(act, HOME)
        assert caught.value.reason is Reason.NOT_FOUND


def test_what_was_not_refused_is_neither_taken_back_nor_sent_again() -> None:
    town = Town()
    act = changed(town, "item.put")
    for verdict in (None, Verdict.HELD, Verdict.DELIVERED):
        if verdict is not None:
            town.settle(verdict)
        for work in (town.withdraw, town.resend):
            with pytest.raises(Refused) as caught:
                work(act)
            assert caught.value.reason is Reason.CONFLICT


def test_what_deleted_files_is_not_taken_back_but_sent_again() -> None:
    town = Town()
    town.here.db.execute(
        "INSERT INTO file (fid, message, place, uploader, name, media, size, state, at)"
        " VALUES (?, ?, 1, ?, 'a.txt', 'text/plain', 1, 'clean', 1)",
        (an_id("fl", 1), town.said, CHIEF),
    )
    act = changed(town, "message.withdraw")
    town.meet("policy")
    with pytest.raises(Refused, match="gone here"):
        town.withdraw(act)
    town.resend(act)
    town.arrive()
    assert town.differences() == []


def test_a_correction_that_does_not_fit_is_refused() -> None:
    town = Town()
    act = changed(town, "member.set")
    town.meet("policy")
    with pytest.raises(Refused, match="no text"):
        town.resend(act, text="x")


def test_a_refused_membership_is_asked_for_with_the_right_of_now() -> None:
    """Who may not do it any more does not do it by sending it again."""
    town = Town()
    act = changed(town, "room.put")
    town.meet("policy")
    town.do(lambda a: rooms.set_member(a, town.room, HOME, "owner", None))
    town.here.act(HOME, lambda a: rooms.set_member(a, town.room, CHIEF, "member", None))
    with pytest.raises(Refused):
        town.resend(act)


def test_how_it_is_taken_back_is_forgotten_in_time_but_not_while_it_is_on_its_way() -> None:
    town = Town()
    changed(town, "item.put")
    town.settle(Verdict.HELD, Reason.HELD_BY_RULE)

    def left() -> list[Any]:
        return town.here.db.execute(
            "SELECT (SELECT count(*) FROM delivery WHERE said IS NOT NULL),"
            " (SELECT count(*) FROM displaced)"
        ).fetchall()

    end = town.here.time.now + 1
    town.here.write(lambda w: deliveries.forget(w.db, before=end))
    assert left() == [(1, 1)]
    town.settle(Verdict.DELIVERED)
    while town.here.write(lambda w: deliveries.forget(w.db, before=end)):
        pass
    assert left() == [(0, 0)]


def test_a_member_who_was_left_out_by_a_refused_word_is_a_member_again() -> None:
    town = Town()
    act = changed(town, "member.set")
    assert town.here.directory.entry(town.room, HOME) is None
    town.meet("policy")
    town.here.told.clear()
    town.withdraw(act)
    part = town.here.directory.entry(town.room, HOME)
    assert part is not None
    assert part.role == "member"
    told = [json.loads(each.body) for each in town.here.told if each.type == "member.set"]
    assert [(each["user"], each["role"]) for each in told] == [(HOME, "member")]
    assert MemberSet(HOME, "member").role == part.role
