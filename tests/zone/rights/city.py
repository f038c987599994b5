"""LGWAN's copy of a small city, as its people and those of the internet made it, to be lied to."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from lgwan_side.zone import SIDE as LGWAN
from tests.zone.events import FRONTEND, TENANT, an_id
from tests.zone.halves import Half, Time
from wire.bodies import (
    Body,
    FileReady,
    ItemPut,
    MemberSet,
    MessagePost,
    OrgPut,
    ProfileSet,
    RelayNotice,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.events import Author, Event, FileRef
from wire.items import Approval, ApprovalStep, Audience, Broadcast, Content, Note, Resource, Survey
from wire.order import next_hlc
from wire.reasons import Reason
from zone.conversation import items, messages, retention, rooms
from zone.conversation.actor import Actor
from zone.link.inbox import take_in
from zone.store.table_facts import TableFacts

# People: who they are, and which networks they use.
CHIEF, CLERK, HOME, DESK = (an_id("us", n) for n in range(1, 5))
GUEST, READER, ENDED, STRANGER, NOBODY = (an_id("us", n) for n in range(5, 10))
# What came from the internet: a room there, what was said, what the relay keeps back, a file.
THERE, FAR_SAID, HELD, HELD_NOTE, FILE = (
    an_id("rm", 90),
    an_id("ms", 91),
    an_id("ms", 92),
    an_id("nt", 93),
    an_id("fl", 94),
)
HELD_ROOM, ORG = an_id("rm", 95), an_id("og", 96)
# Another municipality, of which the city knows nobody: a clinic, with all duties there are.
CLINICS, NURSE, DOCTOR = an_id("tn", 71), an_id("us", 72), an_id("us", 73)
HOUR_MS: Final = 3_600_000
# What an event must leave as it is where it is not believed.
TABLES: Final = (
    "message",
    "item",
    "birth",
    "held",
    "register",
    "revision",
    "file",
    "log",
    "activity",
    "escalation",
    "ending",
)


def person(uid: str, speaker: str | None = None, *, tenant: str = TENANT) -> Author:
    return Author(uid, tenant, FRONTEND, person=speaker)


def operator(uid: str = NOBODY, tenant: str = TENANT) -> Author:
    return Author(uid, tenant, FRONTEND, "operator")


class City:
    """LGWAN, with what everybody has done, and the means to have the internet say something."""

    def __init__(self) -> None:
        self.time = Time()
        self.half = Half(LGWAN, self.time)
        self.count, self.hlc = 1000, 0
        self._people()
        self._rooms()
        self._sayings()
        self._send()

    def _send(self) -> None:
        """Have what was said here leave, so that only what comes of it is looked at."""
        self.half.leaving.clear()

    def do(self, uid: str, work: Callable[[Actor], Any]) -> Any:
        return self.half.act(uid, work)

    def far(
        self,
        who: Author,
        body: Body,
        room: str | None = None,
        *,
        name: str | None = None,
        files: list[FileRef] | None = None,
        at: int | None = None,
        hlc: int | None = None,
    ) -> Event:
        """Return an event of the internet zone."""
        self.count += 1
        self.hlc = next_hlc(self.hlc, self.time.now)
        prefix = "ms" if isinstance(body, MessagePost) else "ac"
        return Event(
            name or an_id(prefix, 10_000 + self.count),
            hlc or self.hlc,
            at or self.time.now,
            room,
            who,
            body,
            files or [],
        )

    def receive(self, *events: Event) -> list[tuple[str, str]]:
        """Have LGWAN take in an envelope, and return what it put into quarantine of it."""
        self.half.write(lambda writing: take_in(writing, events))
        names = [event.id for event in events]
        rows = self.half.db.execute("SELECT id, reason FROM quarantine").fetchall()
        return [row for row in rows if row[0] in names]

    def copy(self) -> dict[str, list[Any]]:
        """Return all that LGWAN's copy of the conversation is."""
        return {name: _rows(self.half.db, name) for name in TABLES}

    def refuses(self, event: Event) -> Reason:
        """See that an event is refused and changes nothing, and return why."""
        before = self.copy()
        found = self.receive(event)
        assert self.copy() == before, event
        assert [name for name, _ in found] == [event.id], event
        return Reason(found[0][1])

    def believes(self, event: Event) -> None:
        """See that an event is applied."""
        assert self.receive(event) == [], event

    def _people(self) -> None:
        both, here, there = ["lgwan", "internet"], ["lgwan"], ["internet"]
        self._operate(TenantPut(TENANT, "青葉市"), OrgPut(ORG, TENANT, "危機管理課", ""))
        duties = ["broadcast", "records", "sponsor"]
        for uid, name, zones, given in (
            (CHIEF, "課長", here, duties),
            (CLERK, "係員", here, []),
            (HOME, "在宅", both, duties),
        ):
            said: Any = {"name": name, "zones": zones, "user_kind": "staff", "tenant": TENANT}
            self._operate(ProfileSet(uid, **said, duties=given, orgs=[ORG]))
        desk: Any = {"name": "窓口", "zones": both, "user_kind": "shared", "tenant": TENANT}
        self._operate(ProfileSet(DESK, **desk, shared_by=[HOME, CLERK, ENDED]))
        self._clinics(both, duties)
        for uid in (GUEST, READER, ENDED, STRANGER):
            guest: Any = {"name": "業者", "zones": there, "user_kind": "guest", "sponsor": HOME}
            guest |= {"tenant": TENANT}
            expires = self.time.now + (-HOUR_MS if uid == ENDED else 100 * HOUR_MS)
            self.believes(self.far(operator(), ProfileSet(uid, **guest, expires=expires)))

    def _clinics(self, both: Any, duties: list[str]) -> None:
        self._operate(TenantPut(CLINICS, "医師会"))
        for uid, name in ((NURSE, "看護師"), (DOCTOR, "医師")):
            said: Any = {"name": name, "zones": both, "user_kind": "staff", "tenant": CLINICS}
            self._operate(ProfileSet(uid, **said, duties=duties, telephone="090"))

    def agree(self, *words: Any) -> "City":
        """Have city and clinics agree on these words, and on nothing else."""
        for one, other in ((TENANT, CLINICS), (CLINICS, TENANT)):
            body = TenantLink(one, other, list(words))
            self.half.act(NOBODY, partial(_say, body), operator=True, tenant=one)
        return self

    def _operate(self, *bodies: Body) -> None:
        for body in bodies:
            self.half.act(NOBODY, partial(_say, body), operator=True)

    def _rooms(self) -> None:
        members: Any = [
            (HOME, "member", None),
            (DESK, "member", None),
            (GUEST, "guest", None),
            (READER, "reader", None),
            (ENDED, "guest", None),
        ]

        def opened(name: str, parts: Any, **look: Any) -> Any:
            return self.do(CHIEF, lambda a: rooms.open_room(a, RoomPut(name, **look), parts)).id

        self.room: str = opened("防災", members)
        self.other: str = opened("総務", [(CLERK, "member", None), (HOME, "reader", None)])
        self.inside: str = opened("人事", [(CLERK, "member", None)], scope="lgwan-only")
        look = RoomPut("在宅", room_kind="talk", scope="shared")
        for body in (
            look,
            MemberSet(HOME, "owner"),
            MemberSet(CHIEF, "moderator"),
            MemberSet(GUEST, "guest"),
        ):
            self.believes(self.far(person(HOME), body, THERE))
        self.joint: str = self._joint()

    def _joint(self) -> str:
        """Open a room of both municipalities, from when they had an agreement, and one of two."""
        self.agree("directory", "direct", "calls")
        parts: Any = [(NURSE, "moderator", None), (HOME, "member", None)]
        look = RoomPut("災害医療", room_kind="group")
        joint: str = self.do(CHIEF, lambda a: rooms.open_room(a, look, parts)).id
        self.two: str = self.do(HOME, lambda a: rooms.open_direct(a, NURSE)).id
        theirs = Broadcast(title="点呼", audience=Audience(), require="ack")
        self.their_call: str = self.do(DOCTOR, lambda a: items.make_item(a, None, theirs)).id
        self.agree()
        return joint

    def _sayings(self) -> None:
        def said(uid: str, room: str, text: str) -> Any:
            return self.do(
                uid, lambda a: messages.write_message(a, room, messages.NewMessage(text=text))
            ).id

        self.said: str = said(CHIEF, self.room, "避難指示を出します")
        self.said_at_home: str = said(HOME, self.room, "在宅です")
        self.secret: str = said(CHIEF, self.inside, "異動の件")
        self.elsewhere: str = said(CHIEF, self.other, "予算の件")
        self.said_there: str = said(CHIEF, THERE, "了解")
        post, file = MessagePost("写真です"), FileRef(FILE, "写真.jpg", "", 0, None)
        self.believes(self.far(person(GUEST), post, self.room, name=FAR_SAID, files=[file]))
        for subject, what in ((HELD, "message.post"), (HELD_NOTE, "item.put")):
            notice = RelayNotice(subject, "held", 1, what, "words-x")
            self.believes(self.far(person(GUEST), notice, self.room))
        opening = RelayNotice(an_id("ac", 97), "held", 1, "room.put", "words-x")
        self.believes(self.far(person(HOME), opening, HELD_ROOM))
        self._items()

    def _items(self) -> None:
        def made(room: str | None, content: Content) -> Any:
            return self.do(CHIEF, lambda a: items.make_item(a, room, content)).id

        self.approval: str = made(self.room, Approval(title="百万円", steps=[ApprovalStep([HOME])]))
        self.note: str = made(self.room, Note(title="連絡先", text="内線 1"))
        self.survey: str = made(self.room, Survey(title="昼食", choices=["和", "洋"]))
        self.hidden: str = made(self.other, Note(title="秘", text="x"))
        self.car: str = made(self.inside, Resource(title="公用車", resource_kind="car"))
        call = Broadcast(title="安否確認", audience=Audience(), require="answer", choices=["無事"])
        self.call: str = made(None, call)

    def hold(self, room: str) -> str:
        """Have LGWAN put a room on legal hold."""
        work = partial(retention.put_hold, room=room, on=True)
        self.half.act(NOBODY, work, operator=True)
        return room

    def stamp_of(self, message: str) -> str:
        found = TableFacts(self.half.db).message(message)
        assert found is not None
        return found.stamp

    def at_of(self, message: str) -> int:
        found = TableFacts(self.half.db).message(message)
        assert found is not None
        return found.at

    def put(self, content: Content, item: str | None = None) -> ItemPut:
        return ItemPut(content, item)

    def ready(self, message: str, file: str) -> FileReady:
        return FileReady(message, file, "altered", 1, "写真.jpg", "image/jpeg", 5, "ab" * 32)


def _say(body: Body, actor: Actor) -> Event:
    return actor.say(body, room=None, crosses=True)


def _rows(db: sqlite3.Connection, table: str) -> list[Any]:
    return sorted(map(repr, db.execute(f"SELECT * FROM {table}")))
