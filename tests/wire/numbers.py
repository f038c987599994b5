"""A body for every number that the wire knows, and each of these numbers at its edges."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from tests.wire.samples import AUTHOR, name
from wire.answers import Decision, Delegate, Reply, Vote
from wire.bodies import (
    AnswerSet,
    Body,
    FileReady,
    ItemPut,
    MemberSet,
    MessagePost,
    OrgPut,
    ProfileSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
)
from wire.consents import Consent, ConsentGive, SignedConsent
from wire.digests import LAST_PLACE, NO_POLICY, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.events import Event, FileRef
from wire.fields import LAST_MS, OtherReader
from wire.item_kinds import ITEMS
from wire.items import (
    AgendaEntry,
    Approval,
    ApprovalStep,
    Audience,
    Booking,
    Broadcast,
    Field,
    Form,
    Payment,
    Post,
    Resource,
    Survey,
    Task,
)
from wire.lane import Lane
from wire.message_parts import CallNotice, Forwarded, Location
from wire.order import MAX_COUNT

US, MS, TN = name("us", 1), name("ms", 1), name("tn", 1)
_CONSENT = Consent(
    1,
    "katsushika",
    Lane.IMPORT,
    name("fl", 1),
    "c" * 64,
    "release",
    US,
    "approver",
    name("us", 2),
    "",
    1_790_000_000_000,
    1_790_000_000_001,
)
_FIELD = Field(key="age", label="年齢", kind="number", least=0, most=120)


def bodies(at: int) -> tuple[Body, ...]:
    """Return bodies that say every number there is, each as somebody might mean it `at` a time."""
    return (
        MessagePost(
            "x",
            forwarded=Forwarded(MS, US, at, "x"),
            location=Location(35_689_487, 139_691_706, "都庁"),
            call=CallNotice("ended", "voice", 60),
        ),
        RoomPut(name="防災", room_kind="talk", scope="shared", retention_days=365),
        RoomPurge(at),
        ReadSet(MS, 1, 1, at, [OtherReader(US, at)]),
        MemberSet(US, "member", at),
        ProfileSet(US, status_until=at),
        ProfileSet(US, expires=at),
        OrgPut(name("og", 1), TN, "課", rank=3),
        ItemPut(Task(title="x", due=at)),
        ItemPut(Survey(title="x", choices=["和", "洋"], deadline=at)),
        ItemPut(AgendaEntry(title="x", starts=at, ends=at + 1)),
        ItemPut(Resource(title="x", resource_kind="car", capacity=4)),
        ItemPut(Booking(title="x", resource=name("rs", 1), starts=at, ends=at + 1)),
        ItemPut(Post(title="x", text="x", until=at)),
        ItemPut(Form(title="x", fields=[_FIELD], deadline=at, payment=Payment(300, TN))),
        ItemPut(Approval(title="x", steps=[ApprovalStep([US, name("us", 2)], 2)], deadline=at)),
        ItemPut(
            Broadcast(
                title="x",
                audience=Audience(),
                require="read",
                deadline=at,
                escalate_after_s=300,
            )
        ),
        AnswerSet(name("sv", 1), Vote([1])),
        AnswerSet(name("ap", 1), Decision(0, "approve")),
        AnswerSet(name("ap", 1), Delegate(0, US)),
        AnswerSet(name("bc", 1), Reply(0)),
    )


def relay_bodies() -> tuple[Body, ...]:
    """Return what the relay, and the daemons of zones, say with numbers in it."""
    return (
        CopyDigest("rows", "", 1, 2, NO_POLICY, [DigestSpan(LAST_PLACE, NOTHING)] * SPANS),
        FileReady(
            MS, name("fl", 1), "altered", 1, "図.png", "image/png", 5, "b" * 64, None, [("exif", 2)]
        ),
        FileReady(
            MS, name("fl", 2), "held", 1, "図.png", rule="file-kinds", until=1_790_000_000_000
        ),
        FileReady(MS, name("fl", 3), "refused", 1, "図.png", rule="words", found=50),
        RelayNotice(MS, "held", 1, "message.post", "words", 1_790_000_000_000),
        ConsentGive(SignedConsent(_CONSENT, "d" * 32, "e" * 128)),
    )


class Edge(NamedTuple):
    """A number of one event, changed: where it stands, what it is, and what must come of it.

    `type` is for what no payload can say; `bounds` and `clock` are refusals of their own;
    `applied` is for what some honest zone may say.
    """

    path: tuple[str | int, ...]
    number: int
    fate: Literal["type", "bounds", "clock", "applied"]
    event: dict[str, Any]

    @property
    def field(self) -> str:
        """The name under which the field is refused."""
        inner = self.path[1:] if self.path[0] == "body" else self.path
        return ".".join(str(step) for step in inner if not isinstance(step, int))


# Times that have come when they are said; times that may be to come; and how much of the rest.
COME = {"at", "before", "forwarded.at", "users.at"}
TO_COME = {"until", "status_until", "expires"} | {
    f"content.{name}" for name in ("due", "deadline", "starts", "ends", "until")
}
MOST = {"call.seconds": 604_800, "rank": 1_000_000, "content.capacity": 1_000_000}


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield where there are whole numbers in what JSON says."""
    match value:
        case bool():
            return
        case int():
            yield path
        case dict():
            for key, inner in value.items():
                yield from paths(inner, (*path, key))
        case list() | tuple():
            for index, inner in enumerate(value):
                yield from paths(inner, (*path, index))


def event_of(body: Body, number: int, at: int, **fields: Any) -> Event:
    """Return an event that says `body` at a time, its stamp included."""
    content = body.content if isinstance(body, ItemPut) else None
    prefix = ITEMS[type(content)].prefix if content is not None else "ac"
    prefix = "ms" if isinstance(body, MessagePost) else prefix
    known = {"room": None if isinstance(body, ProfileSet | OrgPut) else name("rm", 1)}
    files = [FileRef(name("fl", 2), "図.png", "image/png", 5, "b" * 64)]
    has_files = isinstance(body, MessagePost)
    said: dict[str, Any] = {"author": AUTHOR, "files": files if has_files else []}
    return Event(
        id=name(prefix, number), hlc=at * 2048, at=at, body=body, **{**known, **said, **fields}
    )


def edges(make: Callable[[Body], Event], at: int, tolerance: int) -> Iterator[Edge]:
    """Yield each number of each body at its edges, as of a receiver whose clock says `at`."""
    numbers = (-1, 0, 1, at + tolerance, at + tolerance + 1, LAST_MS, LAST_MS + 1, MAX_COUNT)
    stamps = ((at + tolerance + 1) * 2048 - 1, (at + tolerance + 1) * 2048)
    more = tuple(edge for most in MOST.values() for edge in (most, most + 1))
    seen: set[tuple[str, int]] = set()
    for body in bodies(at):
        whole = msgspec.to_builtins(make(body))
        for path in paths(whole):
            for number in (*numbers, *stamps, *more, MAX_COUNT + 1):
                if path[0] != "body" and (str(path), number) in seen:
                    continue  # once is enough for what every event has
                seen.add((str(path), number))
                changed = _changed(whole, path, number)
                yield Edge(path, number, _fate(changed, path, number, at + tolerance), changed)


def _changed(whole: Any, path: tuple[str | int, ...], number: int) -> Any:
    copy = msgspec.json.decode(msgspec.json.encode(whole))
    inner = copy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = number
    return copy


def _fate(
    changed: Any, path: tuple[str | int, ...], number: int, latest: int
) -> Literal["type", "bounds", "clock", "applied"]:
    try:
        msgspec.convert(changed, Event)
    except msgspec.ValidationError:
        return "type"
    field = Edge(path, number, "applied", {}).field
    if field in ("hlc", "lgwan", "internet"):
        return "clock" if number // 2048 > latest else "applied"
    if field in COME and number > latest:
        return "bounds" if number > LAST_MS and path != ("at",) else "clock"
    if field in COME | TO_COME and number > LAST_MS:
        return "bounds"
    return "bounds" if number > MOST.get(field, MAX_COUNT) else "applied"
