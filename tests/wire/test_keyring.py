"""Keyrings and key cards: who is trusted for what, since when, and how that is agreed on."""

import base64
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import KEYRING, NOW, ROLES, entry_of, key_of
from wire.keyring import (
    CARD_CONTEXT,
    MAX_CARD_BYTES,
    Card,
    KeyEntry,
    Keyring,
    confirmation_number,
    demand_number,
    read_card,
    write_card,
)
from wire.keys import KeyRole, SigningKey
from wire.reasons import Reason, Refused

ROLE = KeyRole.INTERNET_SOURCE
OLD, NEW = key_of(ROLE), key_of(ROLE, generation=1)
CARD = write_card(OLD, node="internet", since=NOW, certificate=b"DER")


# Whoever types Japanese has them under the same keys.
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def reason_of(keyring: Keyring, role: KeyRole, key: SigningKey, now: int) -> Reason | None:
    try:
        keyring.find(role, key.id, now=now)
    except Refused as refusal:
        return refusal.reason
    return None


def refusal(untrusted: bytes) -> Reason:
    with pytest.raises(Refused) as caught:
        read_card(untrusted)
    return caught.value.reason


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("asked", ROLES)
def test_a_key_is_trusted_for_its_own_role_and_no_other(role: KeyRole, asked: KeyRole) -> None:
    expected = None if role is asked else Reason.UNKNOWN_KEY
    assert reason_of(KEYRING, asked, key_of(role), NOW) is expected


@pytest.mark.parametrize(
    ("now", "expected"),
    [(9, Reason.REVOKED_KEY), (10, None), (19, None), (20, Reason.REVOKED_KEY)],
)
def test_a_key_is_good_from_since_to_just_before_until(now: int, expected: Reason | None) -> None:
    entry = msgspec.structs.replace(entry_of(OLD), since=10, until=20)
    assert reason_of(Keyring([entry]), ROLE, OLD, now) is expected


def test_a_revoked_key_is_good_for_nothing() -> None:
    keyring = Keyring([msgspec.structs.replace(entry_of(OLD), revoked=True)])
    assert reason_of(keyring, ROLE, OLD, NOW) is Reason.REVOKED_KEY
    with pytest.raises(Refused) as caught:
        keyring.of(ROLE, now=NOW)
    assert caught.value.reason is Reason.UNKNOWN_KEY


def test_in_a_rotation_both_keys_verify_and_the_newer_one_is_ours() -> None:
    keyring = Keyring([entry_of(OLD, since=1), entry_of(NEW, since=2)])
    assert reason_of(keyring, ROLE, OLD, NOW) is None
    assert reason_of(keyring, ROLE, NEW, NOW) is None
    assert keyring.public(ROLE, now=NOW).public_bytes_raw() == NEW.public
    assert keyring.public(ROLE, now=1).public_bytes_raw() == OLD.public


def test_a_key_that_ended_is_not_ours() -> None:
    entry = msgspec.structs.replace(entry_of(NEW), since=2, until=5)
    keyring = Keyring([entry_of(OLD, since=1), entry])
    assert keyring.of(ROLE, now=4) == entry
    assert keyring.of(ROLE, now=5) == entry_of(OLD, since=1)


def test_one_key_cannot_have_two_roles() -> None:
    entry = entry_of(OLD)
    with pytest.raises(Refused) as caught:
        Keyring([entry, msgspec.structs.replace(entry, role=KeyRole.LGWAN_SOURCE)])
    assert caught.value.reason is Reason.WEAK_KEY


@pytest.mark.parametrize("key", ["", "AAAA", base64.b64encode(bytes(32)).decode(), "?"])
def test_a_keyring_takes_no_weak_key(key: str) -> None:
    with pytest.raises(Refused):
        Keyring([msgspec.structs.replace(entry_of(OLD), key=key)])


def test_keyrings_with_the_same_entries_have_the_same_digest() -> None:
    entries = [entry_of(key_of(role)) for role in ROLES]
    assert Keyring(entries).digest() == Keyring(reversed(entries)).digest() == KEYRING.digest()
    assert len(KEYRING.digest()) == 32
    drifted = [msgspec.structs.replace(entries[0], until=NOW), *entries[1:]]
    assert Keyring(drifted).digest() != KEYRING.digest()


def test_a_card_carries_an_entry() -> None:
    entry = read_card(CARD)
    assert (entry.role, entry.node, entry.since) == (ROLE, "internet", NOW)
    assert base64.b64decode(entry.key) == OLD.public
    assert entry.certificate is not None
    assert base64.b64decode(entry.certificate) == b"DER"


def test_nothing_on_a_card_can_be_changed() -> None:
    honest = json.loads(CARD)
    for field, other in [
        ("role", "lgwan-source"),
        ("node", "lgwan"),
        ("since", 0),
        ("until", 1),
        ("revoked", True),
        ("certificate", None),
        ("key", base64.b64encode(NEW.public).decode()),
    ]:
        changed = {**honest, "entry": {**honest["entry"], field: other}}
        assert refusal(json.dumps(changed).encode()) is Reason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"{}", Reason.MALFORMED),
        (CARD[:-1], Reason.MALFORMED),
        (CARD.replace(b'"v":1', b'"v":2'), Reason.MALFORMED),
        (CARD.replace(b'"v":1', b'"v":1,"x":1'), Reason.MALFORMED),
        (CARD.replace(b'"role":"internet-source"', b'"role":"king"'), Reason.MALFORMED),
        (b"[" * MAX_CARD_BYTES, Reason.MALFORMED),
        (b'{"v":' + b"[" * 8000, Reason.MALFORMED),
        (b'{"x":' + b"[" * 8000, Reason.MALFORMED),
        (b"\xff" * 10, Reason.MALFORMED),
        (b" " * (MAX_CARD_BYTES + 1), Reason.BAD_SIZE),
    ],
)
def test_what_is_no_card_is_refused(untrusted: bytes, reason: Reason) -> None:
    assert refusal(untrusted) is reason


@given(st.binary(max_size=200))
def test_any_bytes_are_no_card_and_nothing_worse(untrusted: bytes) -> None:
    refusal(untrusted)


def test_a_card_of_a_weak_key_is_refused_whatever_its_signature() -> None:
    weak = base64.b64encode(bytes([1]) + bytes(31)).decode()
    entry = KeyEntry(role=ROLE, node="internet", key=weak, since=0)
    card = Card(1, entry, base64.b64encode(bytes([1]) + bytes(63)).decode())
    assert refusal(msgspec.json.encode(card)) is Reason.WEAK_KEY


def test_a_signature_of_the_same_key_for_something_else_makes_no_card() -> None:
    entry = read_card(CARD)
    signature = OLD.sign(msgspec.json.encode(entry))
    card = Card(1, entry, base64.b64encode(signature).decode())
    assert refusal(msgspec.json.encode(card)) is Reason.BAD_SIGNATURE
    signature = OLD.sign(CARD_CONTEXT + msgspec.json.encode(entry))
    card = Card(1, entry, base64.b64encode(signature).decode())
    assert read_card(msgspec.json.encode(card)) == entry


def test_a_confirmation_number_is_six_groups_of_five_digits() -> None:
    groups = confirmation_number(read_card(CARD)).split(" ")
    assert [len(group) for group in groups] == [5] * 6
    assert "".join(groups).isdecimal()


def test_whatever_differs_has_another_number() -> None:
    entry = read_card(CARD)
    others = [
        msgspec.structs.replace(entry, **{field: other})
        for field, other in [
            ("role", KeyRole.LGWAN_SOURCE),
            ("node", "lgwan"),
            ("since", 0),
            ("until", 1),
            ("certificate", None),
            ("key", base64.b64encode(NEW.public).decode()),
        ]
    ]
    assert len({confirmation_number(each) for each in [entry, *others]}) == len(others) + 1


@pytest.mark.parametrize("digits", [15, 20, 30])
@pytest.mark.parametrize("digits_as", [{}, FULL_WIDTH])
def test_its_last_digits_are_enough_however_they_are_typed(
    digits: int, digits_as: dict[int, int]
) -> None:
    entry = read_card(CARD)
    number = confirmation_number(entry).replace(" ", "")[-digits:].translate(digits_as)
    demand_number(entry, number)
    demand_number(entry, f" {number[:-3]}-{number[-3:]}\n")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "照合番号",
        "0",
        confirmation_number(read_card(CARD)).replace(" ", "")[-14:],
        "123456",
        "1" * 31,
    ],
)
def test_too_few_or_other_digits_are_not_taken(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        demand_number(read_card(CARD), typed)
    assert caught.value.reason is Reason.WRONG_NUMBER
