"""A zone in the wrong hands: it says whatever the wire's types allow, of whatever there is.

Events are drawn from the types themselves (`msgspec.inspect`), so a new body or field is lied in
from the day it exists.  The source of chance is a `random.Random`, Hypothesis's own or another.
"""

from random import Random
from typing import Any, get_args

import msgspec
from msgspec import inspect

from tests.zone.events import FRONTEND, TENANT, an_id
from tests.zone.rights.city import City
from wire.bodies import Body, ItemPut, MessagePost
from wire.events import Author, Event, FileRef, is_well_formed
from wire.item_kinds import ITEMS
from wire.order import MAX_COUNT, next_hlc

BODIES: tuple[type[Any], ...] = get_args(Body)
TEXTS = ("", "x", "避難", "避難指示を出します", "詳細\n二行", '["none"', "a:b", "😀")
KEYS = ("broadcast", "records", "sponsor", "phone", "x")
# Where each kind of object is named.
_NAMED = (
    "SELECT id FROM message",
    "SELECT id FROM item",
    "SELECT id FROM birth",
    "SELECT fid FROM file",
    "SELECT event FROM held",
)
_FEW = 3
OLD, NEW = 60, 60  # of each kind, what a liar has in mind


class Liar:
    """The internet zone.  `lie` returns an event that its relay would let through."""

    def __init__(self, city: City, random: Random) -> None:
        """Know all that there is in `city`, the rooms of LGWAN alone included."""
        self._city = city
        self._random = random
        self._names: dict[str, list[str]] = {}
        self._count = 10_000
        self._hlc = 0
        self.look()

    def look(self) -> None:
        """See what there is by now: of each kind what was there first, and the latest."""
        db, found = self._city.half.db, dict[str, list[str]]()
        for name in sorted({name for query in _NAMED for (name,) in db.execute(query)}):
            found.setdefault(name[:2], []).append(name)
        self._names = {prefix: all_[:OLD] + all_[OLD:][-NEW:] for prefix, all_ in found.items()}

    def lie(self, random: Random | None = None) -> Event:
        """Return something that somebody there might have said, and did not."""
        self._random = random or self._random
        while True:
            event = self._event()
            if is_well_formed(event):
                return event

    def _event(self) -> Event:
        self._count += 1
        body: Any = self._of(inspect.type_info(self._random.choice(BODIES)), "")
        if isinstance(body, ItemPut):
            body = self._whole(body)
        files = [self._file() for _ in range(self._random.choice((0, 0, 0, 1, 2)))]
        return Event(
            self._name_of(body),
            self._number(self._next()),
            self._number(self._city.time.now),
            self._room_of(body),
            self._author(),
            body,
            files,
        )

    def _next(self) -> int:
        self._hlc = next_hlc(self._hlc, self._city.time.now)
        return self._hlc

    def _whole(self, put: ItemPut) -> ItemPut:
        """Return an item that is all there, under an id of its kind: else it never leaves."""
        kind = type(put.content)
        fields = inspect.type_info(kind)
        assert isinstance(fields, inspect.StructType)
        required = {
            field.name: self._of(field.type, field.name)
            for field in fields.fields
            if field.name in ITEMS[kind].required
        }
        said = {name: value or "x" for name, value in required.items() if value or name == "title"}
        item = None if put.item is None else self._id(ITEMS[kind].prefix)
        return ItemPut(msgspec.structs.replace(put.content, **said), item)

    def _name_of(self, body: Any) -> str:
        if self._random.random() < 0.2:
            return self._id("")
        prefix = "ms" if isinstance(body, MessagePost) else "ac"
        content = getattr(body, "content", None)
        if content is not None and body.item is None:
            prefix = ITEMS[type(content)].prefix
        return an_id(prefix, 1_000_000 + self._count)

    def _room_of(self, body: Any) -> str | None:
        """Return mostly the room of what is spoken of, which is what a good liar says."""
        about = next(
            (n for f in ("message", "item", "reply_to") if (n := getattr(body, f, None))), ""
        )
        row = self._city.half.db.execute(
            "SELECT room FROM message WHERE id = ?1 UNION ALL SELECT room FROM item WHERE id = ?1",
            (about,),
        ).fetchone()
        if row is not None and self._random.random() < 0.8:
            return None if row[0] is None else str(row[0])
        return None if self._random.random() < 0.3 else self._id("rm")

    def _author(self) -> Author:
        chance = self._random
        operator = "operator" if chance.random() < 0.25 else "frontend"
        person = self._id("us") if chance.random() < 0.15 else None
        return Author(self._id("us"), TENANT, FRONTEND, operator, person)  # type: ignore[arg-type] # one of two words

    def _file(self) -> FileRef:
        return FileRef(self._id("fl"), "写真.jpg", "", 0, None)

    def _id(self, prefix: str) -> str:
        """Return an id that there is, mostly of the right kind, or a new one."""
        chance = self._random.random()
        if chance < 0.1:
            return an_id(prefix or "ac", self._random.randrange(2_000_000, 2_000_050))
        if prefix not in self._names or chance > 0.97:
            prefix = self._random.choice(sorted(self._names))
        return self._random.choice(self._names[prefix])

    def _number(self, near: int) -> int:
        chance = self._random.random()
        if chance < 0.9:
            return near
        return self._random.choice((0, 1, near + 10**9, near + 10**13, MAX_COUNT - 1, MAX_COUNT))

    def _of(self, kind: inspect.Type, field: str) -> Any:
        """Return a value of a type of the wire, for a field of this name."""
        chance = self._random
        match kind:
            case inspect.Metadata(type=inner):
                return self._of(inner, field)
            case inspect.StructType():
                return self._struct(kind)
            case inspect.UnionType(types=types):
                return self._of(chance.choice(list(types)), field)
            case inspect.NoneType():
                return None
            case inspect.BoolType():
                return chance.random() < 0.5
            case inspect.EnumType(cls=members):
                return chance.choice(list(members))
            case inspect.LiteralType(values=values):
                return chance.choice(list(values))
            case inspect.ListType(item_type=item, min_length=least):
                count = max(least or 0, chance.randrange(_FEW))
                return [self._of(item, field) for _ in range(count)]
            case inspect.TupleType(item_types=items):
                return tuple(self._of(item, field) for item in items)
            case inspect.IntType(ge=low, le=high, lt=below):
                return self._int(low, high if below is None else below - 1)
            case inspect.StrType():
                return self._str(kind, field)
        raise TypeError(kind)

    def _struct(self, kind: inspect.StructType) -> Any:
        said = {}
        for field in kind.fields:
            if not field.required and self._random.random() < 0.5:
                continue
            said[field.name] = self._of(field.type, field.name)
        return kind.cls(**said)

    def _int(self, low: int | None, high: int | None) -> int:
        least, most = low or 0, MAX_COUNT if high is None else high
        near = self._city.time.now + self._random.choice((-(10**9), 0, 1000, 10**9))
        edges = [value for value in (least, least + 1, near, most) if least <= value <= most]
        return self._random.choice(edges)

    def _str(self, kind: inspect.StrType, field: str) -> str:
        chance = self._random
        if kind.pattern is not None and ":[0-9a-f]{16})?$" in kind.pattern:
            return chance.choice(("", f"{self._id('og')}:{chance.randrange(2**64):016x}"))
        if kind.pattern is not None and kind.pattern.startswith("^([a-z]{2}_"):
            return chance.choice(("", self._id("og")))
        is_id = kind.pattern is not None and kind.pattern.startswith("^[a-z]{2}_")
        if is_id or (kind.min_length, kind.max_length) == (29, 29):
            return self._id(_PREFIX.get(field, ""))
        if (kind.min_length, kind.max_length) == (16, 16):
            return self._stamp()
        if (kind.min_length, kind.max_length) == (64, 64) or kind.pattern == "^[0-9a-f]{64}$":
            return "ab" * 32
        for digits in (32, 128):
            if kind.pattern == f"^[0-9a-f]{{{digits}}}$":
                return "ab" * (digits // 2)
        if kind.pattern is not None and "/" in kind.pattern:
            return "sekisho/ok"
        if kind.pattern is not None:
            return chance.choice(KEYS)
        texts = ("message.post", "room.put", "item.put", "no-authority", *TEXTS)
        fits = [t for t in texts if (kind.min_length or 0) <= len(t) <= (kind.max_length or 10**9)]
        return chance.choice(fits)

    def _stamp(self) -> str:
        rows = self._city.half.db.execute("SELECT stamp FROM message").fetchall()
        to_come = self._random.choice((self._hlc, self._hlc + 10**6, MAX_COUNT))
        if self._random.random() < 0.5:
            return f"{to_come:014x}i0"
        return str(self._random.choice(rows)[0])


_PREFIX = {
    "message": "ms",
    "reply_to": "ms",
    "thread": "ms",
    "user": "us",
    "users": "us",
    "mentions": "us",
    "author": "us",
    "file": "fl",
    "tenant": "tn",
    "org": "og",
    "orgs": "og",
    "sponsor": "us",
    "shared_by": "us",
    "assignees": "us",
    "invited": "us",
    "approvers": "us",
    "to": "us",
}


def as_sent(event: Event) -> Event:
    """Return an event as it comes off the wire: what the types do not allow fails here."""
    return msgspec.json.decode(msgspec.json.encode(event), type=Event)
