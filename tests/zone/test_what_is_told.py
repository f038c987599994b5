"""The table of what is told: a row for each body, and nothing told that its row does not name."""

from collections import defaultdict
from typing import get_args

import pytest

from lgwan_side.zone import SIDE
from tests.zone.events import FRONTEND, TENANT, an_id
from tests.zone.halves import Half, Time
from wire.answers import Decision, Delegate, Done, FormAnswer, Reply, Seen
from wire.bodies import (
    AnswerSet,
    Body,
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.consents import Consent, ConsentGive, SignedConsent
from wire.digests import LAST_PLACE, NO_POLICY, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.events import Author, Event, FileRef
from wire.fields import Refusal
from wire.ids import BROADCAST, USER
from wire.ids import TENANT as TENANT_PREFIX
from wire.items import (
    Approval,
    ApprovalStep,
    Audience,
    Booking,
    Broadcast,
    Field,
    Form,
    Resource,
    Task,
)
from wire.lane import Lane, Zone
from wire.order import make_stamp
from zone.api.http.frames import FRAMES
from zone.store import notifications
from zone.store.notifications import TOLD
from zone.store.writing import DUTY, KNOWN, Notification, Writing

STAFF, OTHER, THIRD = (an_id("us", n) for n in range(3))
ROOM, SAID, HELD, FILE = an_id("rm", 1), an_id("ms", 1), an_id("ms", 2), an_id("fl", 1)
TASK, FORM, RESOURCE, PAPER, ALARM = (an_id(p, 1) for p in ("tk", "fm", "rs", "ap", "bc"))
FIRST, SECOND, HELD_ALARM = an_id("bk", 1), an_id("bk", 2), an_id("bc", 9)


def booking(starts: int, ends: int) -> ItemPut:
    return ItemPut(Booking(title="会議", resource=RESOURCE, starts=starts, ends=ends))


_CONSENTED = Consent(
    1, "x", Lane.IMPORT, FILE, "c" * 64, "deny", STAFF, "approver", OTHER, "", 1, 2
)
CONSENT = ConsentGive(SignedConsent(_CONSENTED, "d" * 32, "e" * 128))

# (body, id where it makes something, who does it): what each row can bring is brought by one.
DEEDS: list[tuple[Body, str | None, str]] = [
    (ProfileSet(STAFF, name="山田", user_kind="staff", zones=["lgwan"]), None, STAFF),
    (TenantPut(TENANT, name="青葉市"), None, STAFF),
    (TenantLink(TENANT, an_id("tn", 77), ["directory"]), None, STAFF),
    (ProfileSet(STAFF, status="在宅"), None, STAFF),
    (OrgPut(an_id("og", 1), name="防災課"), None, STAFF),
    (RoomPut(name="防災", scope="shared"), None, STAFF),
    (RoomPut(name="防災課"), None, STAFF),
    # Somebody else named it, too, without having heard of that.
    (RoomPut(name="危機管理", base=make_stamp(1, Zone.INTERNET)), None, OTHER),
    (MemberSet(OTHER, "member"), None, STAFF),
    (MemberSet(OTHER, "none"), None, STAFF),
    (MessagePost("一"), SAID, STAFF),
    (MessageEdit(SAID, "壱"), None, STAFF),
    (ReactionSet(SAID, "ok", on=True), None, OTHER),
    (MessagePin(SAID, on=True), None, STAFF),
    (ReadSet(SAID, 0, 7, 1), None, OTHER),
    (FileReady(SAID, FILE, "held", 1, "図.png"), None, STAFF),
    (MessageWithdraw(SAID), None, STAFF),
    (RelayNotice(HELD, "held", 1, "message.post", "word-list"), None, STAFF),
    (RelayNotice(an_id("tk", 9), "held", 1, "item.put", "word-list"), None, STAFF),
    (RelayNotice(HELD_ALARM, "held", 1, "item.put", "word-list"), None, STAFF),
    (ReactionSet(HELD, "ok", on=True), None, OTHER),
    (EventRefuse([Refusal(an_id("ac", 99), "no-authority")]), None, STAFF),
    (MessagePost("二"), HELD, STAFF),  # released, after something was said of it
    (ItemPut(Task(title="確認")), TASK, STAFF),
    (ItemPut(Task(title="再確認"), TASK), None, STAFF),
    # Somebody else changed it, too, without having heard of that.
    (ItemPut(Task(title="三度"), TASK, make_stamp(1, Zone.INTERNET)), None, OTHER),
    (AnswerSet(TASK, Done()), None, OTHER),
    (ItemRemove(TASK), None, STAFF),
    (ItemPut(Form(title="届", fields=[Field(key="a", label="名", kind="line")])), FORM, STAFF),
    (AnswerSet(FORM, FormAnswer([])), None, OTHER),
    (ItemPut(Resource(title="大会議室", resource_kind="room")), RESOURCE, STAFF),
    (booking(8, 10), FIRST, STAFF),
    (booking(9, 12), SECOND, OTHER),
    (booking(11, 13), an_id("bk", 3), THIRD),
    (ItemRemove(FIRST), None, STAFF),  # the second holds again, and the third has lost
    (
        ItemPut(Approval(title="決裁", steps=[ApprovalStep([OTHER]), ApprovalStep([THIRD])])),
        PAPER,
        STAFF,
    ),
    (AnswerSet(PAPER, Decision(0, "approve")), None, OTHER),
    (AnswerSet(PAPER, Delegate(1, STAFF)), None, THIRD),
    (ItemPut(Broadcast(title="参集", audience=Audience(), require="ack")), ALARM, STAFF),
    (ItemPut(Broadcast(text="至急"), ALARM), None, STAFF),
    (AnswerSet(ALARM, Reply()), None, OTHER),
    (AnswerSet(ALARM, Seen()), None, THIRD),
    (ItemRemove(ALARM), None, STAFF),
    (RoomPurge(1), None, STAFF),
    (
        CopyDigest("ranges", "", 0, 0, NO_POLICY, [DigestSpan(LAST_PLACE, NOTHING)] * SPANS),
        None,
        STAFF,
    ),
    (CONSENT, None, STAFF),
]


def whom(entry: Notification) -> str:
    match entry.audience:
        case None:
            return "all" if entry.room is None else "room"
        case str(audience) if audience.startswith(DUTY):
            return "duty"
        case str(audience) if audience.startswith(KNOWN):
            return "known"
        case str(audience) if audience.startswith(TENANT_PREFIX):
            return "tenant"
        case str(audience) if audience.startswith(BROADCAST):
            return "called"
        case audience:
            assert audience.startswith(USER)
            return "one"


@pytest.fixture(scope="module")
def told() -> dict[type[Body], set[tuple[str, str]]]:
    """Have all of it come from the far zone, and return what was told of each kind of body."""
    half, found = Half(SIDE, Time()), defaultdict[type[Body], set[tuple[str, str]]](set)
    places: dict[str | None, int] = {}  # of what is held the relay says it in its place
    for number, (body, name, who) in enumerate(DEEDS, 1):
        about = {name, getattr(body, "item", None), getattr(body, "subject", None)}
        is_of_none = isinstance(
            body,
            ProfileSet | TenantPut | TenantLink | OrgPut | EventRefuse | CopyDigest | ConsentGive,
        ) or not about.isdisjoint((ALARM, HELD_ALARM))
        files = [FileRef(FILE, "図.png", "", 0, None)] if name == SAID else []
        what = getattr(body, "subject", None) or name or an_id("ac", number)
        event = Event(
            name or an_id("ac", number),
            places.setdefault(what, number),
            half.time(),
            None if is_of_none else ROOM,
            Author(who, TENANT, FRONTEND),
            body,
            files,
        )

        def hear(writing: Writing, event: Event = event) -> None:
            writing.receive(event)
            notifications.tell(writing, event, Zone.INTERNET)

        if isinstance(body, EventRefuse):
            half.db.execute(
                "INSERT INTO delivery (seq, event, author, verdict) VALUES (1, ?, ?, 'refused')",
                (body.events[0].id, STAFF),
            )
        half.told.clear()
        half.write(hear)
        found[type(body)] |= {(entry.type, whom(entry)) for entry in half.told}
    return found


@pytest.mark.parametrize("body", get_args(Body), ids=lambda body: body.__name__)
def test_each_body_is_told_as_its_row_says(
    body: type[Body], told: dict[type[Body], set[tuple[str, str]]]
) -> None:
    """Also the other way round: a row that names what never comes would be found here."""
    assert set(TOLD[body].told) == told[body]


def test_the_table_has_no_row_for_what_is_no_body() -> None:
    assert set(TOLD) == set(get_args(Body))


def test_whatever_is_told_is_in_the_contract() -> None:
    assert {kind for row in TOLD.values() for kind, _ in row.told} <= set(FRAMES)
