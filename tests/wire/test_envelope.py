"""An envelope's bad days, up to its signature: threats T03, T05 and T06."""

import base64
import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import (
    PAYLOAD,
    RELAY_KEY,
    SEALED,
    SITE,
    SOURCE,
    TEXTS,
    ZONE_KEY,
    encoded_in,
    genuine,
    key_of,
    opened,
    payload_of,
    refusal,
    said,
    sealed_by,
    signed,
)
from wire import payload as payloads
from wire.envelope import PAYLOAD_TYPE, payload_digest, pre_authentication_encoding, seal_envelope
from wire.fields import MAX_ENVELOPE_BYTES, MAX_PAYLOAD_BYTES
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Lane, Link
from wire.reasons import Reason

GENUINE = list(genuine())
LINKS = [Link(site, lane, hop) for site, lane, hop in product((SITE, "tokyo"), Lane, Hop)]


def altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return an envelope whose outer members were changed after it was signed."""
    outer = json.loads(SEALED)
    change(outer)
    return json.dumps(outer, separators=(",", ":")).encode()


@pytest.mark.parametrize(("link", "sealed"), GENUINE)
def test_what_is_sealed_can_be_unsealed(link: Link, sealed: bytes) -> None:
    envelope = opened(sealed, link)
    assert payloads.encode(envelope.payload) == encoded_in(sealed)
    assert envelope.sha256 == payload_digest(encoded_in(sealed))


@pytest.mark.parametrize(
    ("link", "sealed", "step"), [(*GENUINE[0], 1), (*GENUINE[1], 5), (*GENUINE[2], 5)]
)
def test_no_bit_can_be_changed(link: Link, sealed: bytes, step: int) -> None:
    """Every bit of a short envelope; of long ones every fifth, which meets each bit of a byte."""
    expected = {
        Reason.MALFORMED,
        Reason.NOT_CANONICAL,
        Reason.WRONG_TYPE,
        Reason.UNKNOWN_KEY,
        Reason.BAD_SIGNATURE,
    }
    for bit in range(0, len(sealed) * 8, step):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refusal(bytes(flipped), link) in expected


def test_it_can_be_neither_cut_short_nor_padded() -> None:
    assert {refusal(SEALED[:size]) for size in range(len(SEALED))} == {Reason.MALFORMED}
    assert refusal(SEALED + b"\0") is Reason.MALFORMED
    assert refusal(SEALED + SEALED) is Reason.MALFORMED
    for padded in (SEALED + b" ", b" " + SEALED, SEALED + b"\n"):
        assert refusal(padded) is Reason.NOT_CANONICAL


@given(st.binary(max_size=400))
def test_any_bytes_at_all_are_refused_and_nothing_worse(untrusted: bytes) -> None:
    refusal(untrusted)


@given(
    st.recursive(
        TEXTS | st.integers() | st.floats() | st.none() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    )
)
def test_any_signed_json_is_refused_and_nothing_worse(value: object) -> None:
    refusal(signed(json.dumps(value).encode()))


# Steps 1 to 5: whatever is wrong here is found before a payload is parsed.


def test_too_large_is_found_before_anything_is_read() -> None:
    assert refusal(b"[" * (MAX_ENVELOPE_BYTES + 1)) is Reason.BAD_SIZE
    assert refusal(b"[" * MAX_ENVELOPE_BYTES) is Reason.MALFORMED
    assert refusal(signed(bytes(MAX_PAYLOAD_BYTES + 1))) is Reason.BAD_SIZE
    assert refusal(signed(bytes(MAX_PAYLOAD_BYTES))) is Reason.MALFORMED


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda o: o.update(extra=1), Reason.MALFORMED),
        (lambda o: o.pop("signatures"), Reason.MALFORMED),
        (lambda o: o["signatures"].clear(), Reason.MALFORMED),
        (lambda o: o["signatures"].append(o["signatures"][0]), Reason.MALFORMED),
        (lambda o: o["signatures"].append({"keyid": "", "sig": ""}), Reason.MALFORMED),
        (lambda o: o["signatures"][0].update(extra=1), Reason.MALFORMED),
        (lambda o: o["signatures"][0].update(sig=""), Reason.MALFORMED),
        (lambda o: o.update(payload=None), Reason.MALFORMED),
        (lambda o: o.update(payload=o["payload"] + "!"), Reason.MALFORMED),
        (lambda o: o.update(payloadType="application/json"), Reason.WRONG_TYPE),
        (lambda o: o["signatures"][0].update(keyid="0" * 32), Reason.UNKNOWN_KEY),
        (lambda o: o["signatures"][0].update(keyid=""), Reason.UNKNOWN_KEY),
        (lambda o: o["signatures"][0].update(keyid=RELAY_KEY.id), Reason.UNKNOWN_KEY),
        (lambda o: o.update(payload=base64.b64encode(b"{}").decode()), Reason.BAD_SIGNATURE),
    ],
)
def test_the_outer_form_is_exact(
    change: Callable[[dict[str, Any]], object], reason: Reason
) -> None:
    assert refusal(altered(change)) is reason


def test_the_order_of_outer_members_is_fixed() -> None:
    reordered = altered(lambda o: o.update(payload=o.pop("payload")))
    assert json.loads(reordered) == json.loads(SEALED)
    assert refusal(reordered) is Reason.NOT_CANONICAL


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (b'{"payload":', b'{"payload":"","payload":'),
        (b'"payload":', b'"payl\\u006fad":'),
        (b'"keyid":', b'"keyid" :'),
        (PAYLOAD_TYPE.encode(), PAYLOAD_TYPE.replace("/", "\\/").encode()),
        (b'"keyid":"', b'"keyid":"\\u0000'[:9] + b"\\u0030"),
    ],
)
def test_the_same_envelope_written_otherwise_is_not_taken(found: bytes, instead: bytes) -> None:
    assert found in SEALED
    assert refusal(SEALED.replace(found, instead, 1)) in {Reason.NOT_CANONICAL, Reason.UNKNOWN_KEY}


def test_base64_has_one_way_to_be_written() -> None:
    sealed = next(s for _, s in padded() if b'=="' in s)
    text = json.loads(sealed)["payload"]
    # Without padding, with line breaks, with bits set that no byte has, in the alphabet of URLs.
    others = [text.rstrip("="), text + "\n", text[:8] + "\n" + text[8:]]
    others += [f"{text[:-3]}{chr(ord(text[-3]) + 1)}==", text.translate(str.maketrans("+/", "-_"))]
    for other in set(others) - {text}:
        outer = json.dumps({**json.loads(sealed), "payload": other}, separators=(",", ":"))
        assert refusal(outer.encode()) in {
            Reason.MALFORMED,
            Reason.NOT_CANONICAL,
            Reason.BAD_SIGNATURE,
        }


def padded() -> Iterator[tuple[str, bytes]]:
    for length in range(3):
        yield "x" * length, sealed_by(ZONE_KEY, payload_of(SOURCE, [said("x" * length)]))


@pytest.mark.parametrize(("sealed_for", "found_on"), list(product(LINKS, LINKS)))
def test_an_envelope_is_good_on_its_own_link_only(sealed_for: Link, found_on: Link) -> None:
    """Every lane, hop and site against every other, each with the key of its own sender (T05)."""
    key = key_of(KeyRole(sealed_for.sender))
    sealed = sealed_by(key, payload_of(sealed_for, [said()]))
    if sealed_for == found_on:
        opened(sealed, found_on)
    else:
        same_sender = sealed_for.sender == found_on.sender
        assert refusal(sealed, found_on) is (
            Reason.WRONG_LINK if same_sender else Reason.UNKNOWN_KEY
        )


@pytest.mark.parametrize("role", [role for role in KeyRole if role != SOURCE.sender])
def test_no_other_role_may_seal_here(role: KeyRole) -> None:
    assert refusal(sealed_by(key_of(role), payload_of(SOURCE, [said()]))) is Reason.UNKNOWN_KEY


def test_a_head_that_names_another_sender_is_refused() -> None:
    honest = payload_of(SOURCE, [said()])
    lying = msgspec.structs.replace(
        honest, head=msgspec.structs.replace(honest.head, sender="lgwan-source")
    )
    assert refusal(sealed_by(ZONE_KEY, lying)) is Reason.WRONG_LINK


@pytest.mark.parametrize(
    "context", [b"", b"sekisho receipt v1\n", b"DSSEv1 ", pre_authentication_encoding(b"")]
)
def test_a_signature_made_for_something_else_is_no_good(context: bytes) -> None:
    signature = ZONE_KEY.sign(context + PAYLOAD)
    sealed = altered(lambda o: o["signatures"][0].update(sig=base64.b64encode(signature).decode()))
    assert refusal(sealed) is Reason.BAD_SIGNATURE


def test_what_is_signed_is_what_dsse_says() -> None:
    # The example of the specification, with our type in it.
    length = len(PAYLOAD_TYPE)
    expected = f"DSSEv1 {length} {PAYLOAD_TYPE} 11 hello world".encode()
    assert pre_authentication_encoding(b"hello world") == expected


def test_a_key_seals_the_same_bytes_each_time() -> None:
    again = SigningKey.from_seed(ZONE_KEY.role, bytes([1, 0] * 16))
    assert seal_envelope(PAYLOAD, again) == SEALED
