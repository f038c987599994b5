"""Who holds something, by which rule and until when: told to both sides, and shown ever after."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.zone.acts_town import CHIEF, Town
from tests.zone.events import an_id
from tests.zone.halves import Half
from wire.bodies import FileReady, ItemPut, RelayNotice
from wire.choices import FileState
from wire.events import Event
from wire.items import Note, StoredFile
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict
from zone.conversation import items, messages
from zone.conversation.actor import Actor
from zone.conversation.messages import NewMessage
from zone.copy import files
from zone.copy.change_views import HoldView
from zone.copy.messages import find_message
from zone.copy.room_files import FilesSpan, files_of_room
from zone.items.held_items import find_held
from zone.items.items import find_item
from zone.link.receipts import apply_all

UNTIL = 1_790_604_800_000  # 2026-09-28 23:13 in Japan
JA = "ファイルです。情報セキュリティ担当が確認しています。2026年9月28日 23:13"


@dataclass
class Desk:
    """A relay by whose rules the security desk looks at what LGWAN says."""

    town: Town

    def verdict(self, verdict: Verdict, reason: Reason | None = None, **more: Any) -> None:
        """Have the relay say what became of what left last, or of a file of it."""
        (seq,) = self.town.here.db.execute("SELECT max(seq) FROM delivery").fetchone()
        place = (Lane.EXPORT, 1, seq, "00" * 32, next(self.town.ticks))
        told = LaneStatus(*place, verdict=verdict, reason=reason, first=seq, last=seq, **more)
        self.town.here.write(lambda w: apply_all(w, [told]))

    def hold(self, rule: str, **of_file: int) -> None:
        more: Any = {"rule": rule, "until": UNTIL, "desk": "security", **of_file}
        self.verdict(Verdict.HELD, Reason.HELD_BY_RULE, **more)

    def left(self) -> Event:
        """Return what has left, which arrives here and no further."""
        (raw,) = self.town.here.leaving
        self.town.here.leaving.clear()
        return msgspec.json.decode(raw, type=Event)

    def tell(self, about: Event, body: Any) -> None:
        """Have the relay tell the other zone of an event, as its author's."""
        told = msgspec.structs.replace(about, id=self.town.here.time.mint("ac", 1), body=body)
        self.town.there.take(msgspec.json.encode(msgspec.structs.replace(told, files=[])))


@pytest.fixture
def desk() -> Desk:
    return Desk(Town())


def uploaded(actor: Actor, number: int = 1) -> str:
    fid = an_id("fl", number)
    files.put(
        actor.writing.db,
        fid=fid,
        uploader=CHIEF,
        name="台帳.zip",
        media="application/zip",
        size=3,
        sha256=f"{number:064x}",
        password=None,
        at=actor.writing.now,
    )
    return fid


def post_with_file(actor: Actor, room: str) -> str:
    fid = uploaded(actor)
    return messages.write_message(actor, room, NewMessage(text="台帳です", files=[fid])).id


def store_file(actor: Actor, room: str) -> str:
    fid = uploaded(actor)
    return items.make_item(actor, room, StoredFile(title="台帳"), [fid]).id


def shown_files(half: Half, name: str) -> list[Any]:
    """Return the file as its message or item, its room and itself show it: to whoever asks."""
    view: Any = find_message(half.db, half.side, name)
    if view is None:
        view = find_item(half.db, half.side, name, now=1)
    (file,) = view.files
    (listed,) = files_of_room(half.db, view.room, FilesSpan(9, 0, None)).items
    found = files.find(half.db, file.id)
    assert found is not None
    return [file, listed.file, found[0]]


def said_of(hold: Any) -> tuple[str, int, str]:
    """Return by which rule something is held, until when, and who decides."""
    return hold.rule, hold.until, hold.desk


def own_hold(view: Any) -> HoldView:
    """Return who holds the latest change of a message or item, as it is shown to its author."""
    assert view is not None
    assert view.change is not None
    hold: HoldView = view.change.hold
    assert hold is not None
    return hold


def told_last(half: Half, event_type: str) -> Any:
    (*_, last) = [json.loads(each.body) for each in half.told if each.type == event_type]
    return last


MAKERS: dict[str, Callable[[Actor, str], str]] = {
    "of a message": post_with_file,
    "that is stored": store_file,
}


@pytest.mark.parametrize("maker", MAKERS)
def test_both_sides_see_who_holds_a_file_by_which_rule_and_until_when(
    desk: Desk, maker: str
) -> None:
    town = desk.town
    name: str = town.do(lambda a: MAKERS[maker](a, town.room))
    about = desk.left()
    town.there.take(msgspec.json.encode(about))
    desk.verdict(Verdict.DELIVERED)
    desk.hold("file-kinds", file=1)
    held = FileReady(name, about.files[0].fid, "held", 1, "台帳.zip", rule="file-kinds")
    ready = msgspec.structs.replace(held, until=UNTIL, desk="security")
    desk.tell(about, ready)
    for half in (town.here, town.there):
        for file in shown_files(half, name):
            assert (file.name, file.state, file.rule) == ("台帳.zip", "held", "file-kinds")
            assert said_of(file.hold) == ("file-kinds", UNTIL, "security")
            assert JA in file.hold.ja
            assert "information security desk" in file.hold.en
            assert "2026-09-28 23:13 (JST)" in file.hold.en
        told = told_last(half, "file.updated")["file"]
        assert told["hold"] == msgspec.to_builtins(shown_files(half, name)[0].hold)


def test_both_sides_see_how_many_times_a_rule_found_something_in_a_file(desk: Desk) -> None:
    town = desk.town
    name: str = town.do(lambda a: post_with_file(a, town.room))
    about = desk.left()
    town.there.take(msgspec.json.encode(about))
    desk.verdict(Verdict.DELIVERED)
    desk.hold("individual-number", file=1, found=50)
    fid, rule = about.files[0].fid, "individual-number"
    held = FileReady(name, fid, "held", 1, "台帳.zip", rule=rule, until=UNTIL, found=50)
    desk.tell(about, held)
    for half in (town.here, town.there):
        for file in shown_files(half, name):
            assert (file.rule, file.found) == ("individual-number", 50)
            assert "マイナンバーのような番号が含まれています(50件)。" in file.hold.ja
            assert "Individual Number (found 50×). It waits" in file.hold.en
    refused = FileReady(name, fid, "refused", 2, "台帳.zip", reason="denied", rule=rule, found=50)
    desk.tell(about, refused)
    desk.verdict(Verdict.REFUSED, Reason.DENIED, file=1, rule=rule, found=50)
    for half in (town.here, town.there):
        assert [file.found for file in shown_files(half, name)] == [50, 50, 50]


@pytest.mark.parametrize(
    ("state", "reason", "rule"),
    [
        ("clean", None, None),
        ("refused", "denied", "file-kinds"),
        ("refused", "expired", "file-kinds"),
    ],
)
def test_nobody_holds_a_file_that_was_decided_upon(
    desk: Desk, state: FileState, reason: str | None, rule: str | None
) -> None:
    town = desk.town
    name: str = town.do(lambda a: post_with_file(a, town.room))
    about = desk.left()
    town.there.take(msgspec.json.encode(about))
    desk.verdict(Verdict.DELIVERED)
    desk.hold("file-kinds", file=1)
    fid, file_name = about.files[0].fid, "台帳.zip"
    held = FileReady(name, fid, "held", 1, file_name, rule="file-kinds", until=UNTIL)
    desk.tell(about, held)
    decided = FileReady(name, fid, state, 2, file_name, reason=reason, rule=rule)
    if state == "clean":
        what: Any = {"media": "application/zip", "size": 3, "sha256": "ab" * 32}
        decided = msgspec.structs.replace(decided, **what)
    desk.tell(about, decided)
    if state == "clean":
        town.there.write(lambda w: files.arrived(w.db, "ab" * 32, None))
    verdict = Verdict.DELIVERED if reason is None else Verdict.REFUSED
    desk.verdict(verdict, Reason(reason) if reason else None, file=1, rule=rule or "")
    for half in (town.here, town.there):
        for file in shown_files(half, name):
            assert (file.state, file.reason, file.rule) == (state, reason, rule)
            assert file.hold is None


def test_both_sides_see_who_holds_a_message_also_when_it_is_asked_for_later(desk: Desk) -> None:
    town = desk.town
    name: str = town.do(
        lambda a: messages.write_message(a, town.room, NewMessage(text="部外秘")).id
    )
    about = desk.left()
    desk.hold("words-shinjo")
    notice = RelayNotice(name, "held", 1, "message.post", "words-shinjo", UNTIL, "security")
    desk.tell(about, notice)
    ours = own_hold(find_message(town.here.db, town.here.side, name))
    theirs = find_message(town.there.db, town.there.side, name)
    assert theirs is not None
    assert theirs.notice is not None
    assert theirs.text is None
    for said in (ours, theirs.notice):
        assert said_of(said) == ("words-shinjo", UNTIL, "security")
        assert "shinjo" in said.ja
        assert "情報セキュリティ担当が確認しています。2026年9月28日 23:13" in said.ja
        assert "It waits for the information security desk" in said.en
    assert told_last(town.here, "delivery.updated")["items"][0]["hold"]["ja"] == ours.ja
    assert told_last(town.there, "message.updated")["notice"]["ja"] == theirs.notice.ja


def test_both_sides_see_who_holds_an_item_also_when_it_is_asked_for_later(desk: Desk) -> None:
    town = desk.town
    name: str = town.do(lambda a: items.make_item(a, town.room, Note(title="部外秘", text="一")).id)
    about = desk.left()
    desk.hold("words-shinjo")
    desk.tell(about, RelayNotice(name, "held", 1, "item.put", "words-shinjo", UNTIL, "security"))
    ours = own_hold(find_item(town.here.db, town.here.side, name, now=1))
    theirs = find_held(town.there.db, town.there.side, name)
    assert theirs is not None
    assert theirs.notice is not None
    assert theirs.content is None
    for said in (ours, theirs.notice):
        assert said_of(said) == ("words-shinjo", UNTIL, "security")
        assert "情報セキュリティ担当が確認しています。2026年9月28日 23:13" in said.ja
    assert told_last(town.there, "item.updated")["notice"]["en"] == theirs.notice.en


def test_the_author_of_a_held_change_sees_who_holds_it_and_the_other_side_what_was(
    desk: Desk,
) -> None:
    town = desk.town
    town.do(lambda a: items.change_item(a, town.note, Note(text="二")))
    about = desk.left()
    assert isinstance(about.body, ItemPut)
    desk.hold("words-shinjo")
    notice = RelayNotice(about.id, "held", 1, "item.put", "words-shinjo", UNTIL, "security")
    desk.tell(about, notice)
    ours = own_hold(find_item(town.here.db, town.here.side, town.note, now=1))
    theirs = find_item(town.there.db, town.there.side, town.note, now=1)
    assert ours.until == UNTIL
    assert theirs is not None
    assert theirs.content == Note(title="連絡先", text="一")
