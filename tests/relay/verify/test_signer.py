"""The signer (threat T16): it is asked directly for what nobody may have from it."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from relay.verify import store
from relay.verify.audit_record import Occurrence
from relay.verify.policy_in_force import add_policy
from relay.verify.signer import PayloadDraft, ReleaseSigner
from runtime import audit_log
from runtime.database import create_database
from tests.relay.verify.place import LANE, NOW, POLICY_SHA256, SITE, SOURCE_SHA256, event, key_of
from wire import payload as payloads
from wire.envelope import unseal_envelope
from wire.events import Release
from wire.keyring import Keyring, read_card, write_card
from wire.keys import KeyRole
from wire.lane import Hop, Lane, Link
from wire.payload import Authority, Payload
from wire.reasons import Reason, Refused

LINK = Link(SITE, LANE, Hop.RELEASE)
OTHER_POLICY = hashlib.sha256(b"another").hexdigest()
SIGNER = ReleaseSigner(key_of(KeyRole.IMPORT_RELEASE), LINK)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    create_database(tmp_path / "verify.db", store.KIND, store.schema())
    with closing(sqlite3.connect(tmp_path / "verify.db")) as db:
        add_policy(db, POLICY_SHA256, now=NOW)
        yield db


def draft(
    db: sqlite3.Connection,
    *,
    leaf: int = 0,
    policy: str = POLICY_SHA256,
    link: Link = LINK,
    seq: int | None = None,
    number: int = 2,
) -> PayloadDraft:
    """Return the next payload, of `number` events that are on record from `leaf` on."""
    chain = store.lane_position(db).chain
    head = payloads.head(
        link,
        epoch=chain.epoch,
        seq=seq or chain.high + 1,
        prev=chain.head,
        sent_at=NOW,
        authority=Authority("log", policy),
    )
    events = [
        msgspec.structs.replace(event(i), release=Release(leaf + i, SOURCE_SHA256, "pass"))
        for i in range(number)
    ]
    return PayloadDraft(Payload(head, events))


def put_on_record(db: sqlite3.Connection, draft: PayloadDraft, **changes: object) -> None:
    """Append the records of the events in `draft`, with `changes`."""
    assert draft.payload.head.authority is not None
    records = [
        {
            "ev": Occurrence.EVENT_RELEASED,
            "id": each.id,
            "decision": "pass",
            "policy_sha256": draft.payload.head.authority.policy_sha256,
            "in_sha256": SOURCE_SHA256,
            "out_seq": seq,
            "out_sha256": draft.sha256,
        }
        | changes
        for seq, each in enumerate(draft.payload.events, start=draft.payload.head.seq)
    ]
    audit_log.append(db, [msgspec.json.encode(record) for record in records], now=NOW)


def refusal(db: sqlite3.Connection, asked: PayloadDraft) -> Reason:
    before = store.lane_position(db)
    with pytest.raises(Refused) as caught:
        SIGNER.sign(db, asked)
    assert store.lane_position(db) == before
    return caught.value.reason


def test_what_is_on_record_is_signed(db: sqlite3.Connection) -> None:
    asked = draft(db)
    put_on_record(db, asked)
    key = read_card(write_card(key_of(KeyRole.IMPORT_RELEASE), node="test", since=0))
    envelope = unseal_envelope(SIGNER.sign(db, asked), link=LINK, keyring=Keyring([key]), now=NOW)
    assert envelope.sha256 == store.lane_position(db).chain.head == asked.sha256
    assert store.lane_position(db).chain.high == 2


def test_nothing_is_signed_that_is_not_on_record(db: sqlite3.Connection) -> None:
    assert refusal(db, draft(db)) is Reason.NO_AUTHORITY


def test_not_even_if_only_the_last_event_is_not(db: sqlite3.Connection) -> None:
    put_on_record(db, draft(db, number=1))
    assert refusal(db, draft(db, number=2)) is Reason.NO_AUTHORITY


@pytest.mark.parametrize(
    "changes",
    [
        {"out_sha256": "ab" * 32},
        {"in_sha256": "ab" * 32},
        {"id": event(9).id},
        {"out_seq": 3},
        {"decision": "held"},
        {"decision": None},
        {"ev": Occurrence.EVENT_BARRED},
        {"ev": Occurrence.LINK_REFUSED},
        {"policy_sha256": OTHER_POLICY},
    ],
    ids=str,
)
def test_nothing_is_signed_under_the_record_of_something_else(
    db: sqlite3.Connection, changes: dict[str, object]
) -> None:
    asked = draft(db)
    put_on_record(db, asked, **changes)
    assert refusal(db, asked) is Reason.NO_AUTHORITY


@pytest.mark.parametrize("leaf", [1, 2, 500])
def test_nothing_is_signed_under_a_record_in_another_place(
    db: sqlite3.Connection, leaf: int
) -> None:
    asked = draft(db, leaf=leaf)
    put_on_record(db, asked)
    assert refusal(db, asked) is Reason.NO_AUTHORITY


def test_events_cannot_share_a_record(db: sqlite3.Connection) -> None:
    asked = draft(db)
    put_on_record(db, asked)
    twice = Payload(asked.payload.head, [asked.payload.events[0]] * 2)
    assert refusal(db, PayloadDraft(twice)) is Reason.NO_AUTHORITY


def test_an_event_without_a_release_is_not_signed(db: sqlite3.Connection) -> None:
    asked = draft(db)
    put_on_record(db, asked)
    bare = [msgspec.structs.replace(each, release=None) for each in asked.payload.events]
    assert refusal(db, PayloadDraft(Payload(asked.payload.head, bare))) is Reason.NO_AUTHORITY


def test_nothing_is_signed_twice(db: sqlite3.Connection) -> None:
    asked = draft(db)
    put_on_record(db, asked)
    SIGNER.sign(db, asked)
    assert refusal(db, asked) is Reason.FORK


@pytest.mark.parametrize("seq", [2, 7])
def test_no_number_is_left_out(db: sqlite3.Connection, seq: int) -> None:
    asked = draft(db, seq=seq)
    put_on_record(db, asked)
    assert refusal(db, asked) is Reason.FORK


@pytest.mark.parametrize("changes", [{"prev": "ab" * 32}, {"epoch": 2}], ids=str)
def test_no_second_chain_is_begun(db: sqlite3.Connection, changes: dict[str, object]) -> None:
    asked = draft(db)
    head = msgspec.structs.replace(asked.payload.head, **changes)
    other = PayloadDraft(Payload(head, asked.payload.events))
    put_on_record(db, other)
    assert refusal(db, other) is Reason.FORK


def test_nothing_is_signed_while_the_lane_is_halted(db: sqlite3.Connection) -> None:
    asked = draft(db)
    put_on_record(db, asked)
    store.halt(db, Reason.FORK)
    assert refusal(db, asked) is Reason.FORK


def test_nothing_is_signed_under_a_policy_that_was_not_read(db: sqlite3.Connection) -> None:
    asked = draft(db, policy=OTHER_POLICY)
    put_on_record(db, asked)
    assert refusal(db, asked) is Reason.NO_AUTHORITY


def test_nothing_is_signed_without_a_policy(db: sqlite3.Connection) -> None:
    asked = draft(db)
    head = msgspec.structs.replace(asked.payload.head, authority=None)
    assert refusal(db, PayloadDraft(Payload(head, asked.payload.events))) is Reason.NO_AUTHORITY


@pytest.mark.parametrize(
    "link",
    [
        replace(LINK, site="elsewhere"),
        replace(LINK, lane=Lane.EXPORT),
        replace(LINK, hop=Hop.SOURCE),
    ],
    ids=str,
)
def test_nothing_is_signed_for_another_link(db: sqlite3.Connection, link: Link) -> None:
    asked = draft(db, link=link)
    put_on_record(db, asked)
    assert refusal(db, asked) is Reason.WRONG_LINK


@pytest.mark.parametrize(
    "role", [KeyRole.EXPORT_RELEASE, KeyRole.IMPORT_AUDIT, KeyRole.INTERNET_SOURCE]
)
def test_it_does_not_take_another_key(role: KeyRole) -> None:
    with pytest.raises(Refused):
        ReleaseSigner(key_of(role), LINK)
