"""What a signed payload may say, and the one way to say it: threat T07, and who may say what."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.samples import (
    BODIES,
    FILES,
    LOCKED,
    PAYLOAD,
    RELAY_BODIES,
    RELAY_KEY,
    RELEASE,
    SOURCE,
    TEXTS,
    ZONE_KEY,
    event_of,
    name,
    opened,
    payload_of,
    refusal,
    released,
    said,
    sealed_by,
    signed,
)
from wire import payload as payloads
from wire.bodies import FileReady, MessagePost, ReadSet, RoomPut
from wire.events import Event, Release
from wire.fields import MAX_EVENTS
from wire.lane import Zone
from wire.order import make_stamp
from wire.payload import Payload
from wire.reasons import Reason, Refused


def swapped(found: str, instead: str) -> bytes:
    text = PAYLOAD.decode()
    assert found in text
    return signed(text.replace(found, instead, 1).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ('"v":1', '"v":1,"v":1'),  # duplicate members, before and after
        ('"seq":1', '"seq":2,"seq":1'),
        ('"kind":"message.post"', '"kind":"message.edit","kind":"message.post"'),
        ('"v":1', '"v": 1'),  # white space
        ('{"head"', ' {"head"'),
        ('"events":[', '"events":[\n'),
        ('"events"', '"\\u0065vents"'),  # escapes nobody needs
        ('"events"', '"event\\u0073"'),
        ("こ", "\\u3053"),
        ("message.post", "message\\u002epost"),
        ('"seq":1', '"seq":1.0'),  # other ways to write a number
        ('"seq":1', '"seq":1e0'),
        ('"seq":1', '"seq":10e-1'),
        ('"hlc":1', '"hlc":-0'),
        ('"hlc":1', '"hlc":01'),
        (',"files":[]', ""),  # a default left out
        ("katsushika", "katsushika\\u0000"),
    ],
)
def test_a_payload_has_one_way_to_be_written(found: str, instead: str) -> None:
    expected = {Reason.NOT_CANONICAL, Reason.MALFORMED, Reason.WRONG_LINK, Reason.OUT_OF_BOUNDS}
    assert refusal(swapped(found, instead)) in expected


@pytest.mark.parametrize(
    ("found", "instead", "reason"),
    [
        ('"v":1', '"v":2', Reason.MALFORMED),
        ('"v":1', '"v":1,"extra":0', Reason.MALFORMED),
        ('"kind":"message.post"', '"kind":"message.shout"', Reason.MALFORMED),
        ('"kind":"message.post",', "", Reason.MALFORMED),
        ('"seq":1', '"seq":0', Reason.MALFORMED),
        ('"seq":1', f'"seq":{2**53}', Reason.MALFORMED),
        ('"hlc":1', '"hlc":-1', Reason.MALFORMED),
        ('"hlc":1', f'"hlc":{10**30}', Reason.MALFORMED),
        ('"hlc":1', '"hlc":1e400', Reason.MALFORMED),
        ('"hlc":1', '"hlc":NaN', Reason.MALFORMED),
        ('"hlc":1', '"hlc":"1"', Reason.MALFORMED),
        ('"hlc":1', '"hlc":true', Reason.MALFORMED),
        ('"こんにちは"', '"こんにちは","reply_to":null', Reason.NOT_CANONICAL),
        ('"こんにちは"', '"こんにちは","reply_to":"x"', Reason.MALFORMED),
        ('"こんにちは"', f'"こんにちは","reply_to":"{"x" * 29}"', Reason.OUT_OF_BOUNDS),
        ('"こんにちは"', '"こんにちは","reply_to":{"kind":"message.post"}', Reason.MALFORMED),
        ('"prev":"0', '"prev":"', Reason.MALFORMED),
        ("こ", "\\u0000", Reason.OUT_OF_BOUNDS),
        ("こ", "\\ud800", Reason.MALFORMED),
        ("こ", "\ud800", Reason.MALFORMED),
        ("こ", "\0", Reason.MALFORMED),
        ("こ", "こ" * 8_000, Reason.MALFORMED),
        ('"events":[', '"events":[' + "[" * 10_000, Reason.MALFORMED),
        ('"events":', '"deep":' + "[" * 10_000 + "]" * 10_000 + ',"events":', Reason.MALFORMED),
        ('"head"', '\ufeff"head"', Reason.MALFORMED),
        ('{"head"', '\ufeff{"head"', Reason.MALFORMED),
    ],
)
def test_a_payload_says_only_what_a_payload_says(found: str, instead: str, reason: Reason) -> None:
    assert refusal(swapped(found, instead)) is reason


@pytest.mark.parametrize("overlong", [b"\xc0\x80", b"\xe0\x80\xaf", b"\xff", b"\xf5\x80\x80\x80"])
def test_what_is_not_utf_8_is_malformed(overlong: bytes) -> None:
    assert refusal(signed(PAYLOAD.replace("こ".encode(), overlong, 1))) is Reason.MALFORMED


def test_a_password_goes_to_the_relay_and_no_further() -> None:
    opened(sealed_by(ZONE_KEY, payload_of(SOURCE, [said(files=[LOCKED])])))
    with pytest.raises(Refused, match="password"):
        payloads.decode(payloads.encode(payload_of(RELEASE, [said(files=[LOCKED])])))


def test_a_backslash_that_somebody_typed_is_no_nul() -> None:
    typed = sealed_by(ZONE_KEY, payload_of(SOURCE, [said("C:\\u0000")]))
    opened(typed)


def reordered(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield `value` with the first member of one of its objects moved to that object's end."""
    first = next(iter(value))
    yield {**{key: value[key] for key in value if key != first}, first: value[first]}
    for key, member in value.items():
        inner = member[0] if isinstance(member, list) and member else member
        if isinstance(inner, dict) and len(inner) > 1:
            for other in reordered(inner):
                yield {**value, key: [other, *member[1:]] if isinstance(member, list) else other}


def test_members_have_one_order() -> None:
    shuffled = list(reordered(json.loads(PAYLOAD)))
    assert len(shuffled) == 5  # payload, head, event, author, body
    for value in shuffled:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        assert text != PAYLOAD
        assert refusal(signed(text)) is Reason.NOT_CANONICAL


def test_there_are_1_to_256_events() -> None:
    assert refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, []))) is Reason.MALFORMED
    many = [said("", number) for number in range(MAX_EVENTS + 1)]
    opened(sealed_by(ZONE_KEY, payload_of(SOURCE, many[1:])))
    assert refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, many))) is Reason.MALFORMED


def test_one_event_has_at_most_64_kib() -> None:
    # Characters that JSON writes with six bytes each, in all places that hold many.
    changes = ["\x01" * 64] * 32
    file = msgspec.structs.replace(FILES[0], name="\x01" * 100, media="\x01" * 100)
    heavy = released(said("\x01" * 8_000, files=[file] * 10))
    authority = Release(leaf=7, source_sha256="a" * 64, decision="pass", changes=changes)
    heavier = msgspec.structs.replace(heavy, release=authority)
    head = payload_of(RELEASE, [said()]).head
    opened(sealed_by(RELAY_KEY, Payload(head, [heavy, heavy])), RELEASE)
    crowd = sealed_by(RELAY_KEY, Payload(head, [heavy, heavier]))
    assert refusal(crowd, RELEASE) is Reason.OUT_OF_BOUNDS


# Who may say what, at which hop.


def test_the_source_claims_no_authority() -> None:
    honest = payload_of(SOURCE, [said()])
    claiming = payload_of(RELEASE, [said()]).head.authority
    head = msgspec.structs.replace(honest.head, authority=claiming)
    assert refusal(sealed_by(ZONE_KEY, Payload(head, honest.events))) is Reason.MALFORMED
    assert (
        refusal(sealed_by(ZONE_KEY, Payload(honest.head, [released(said())]))) is Reason.MALFORMED
    )


def test_the_relay_states_its_authority_for_every_event() -> None:
    honest = payload_of(RELEASE, [said()])
    head = msgspec.structs.replace(honest.head, authority=None)
    assert refusal(sealed_by(RELAY_KEY, Payload(head, honest.events)), RELEASE) is Reason.MALFORMED
    bare = Payload(honest.head, [*honest.events, said(number=2)])
    assert refusal(sealed_by(RELAY_KEY, bare), RELEASE) is Reason.MALFORMED


@pytest.mark.parametrize("body", RELAY_BODIES)
def test_the_relays_words_are_the_relays(body: FileReady) -> None:
    assert refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, [event_of(body)]))) is Reason.NO_AUTHORITY


def with_id(event: Event, **ids: str) -> Event:
    return msgspec.structs.replace(event, **ids)


@pytest.mark.parametrize(
    "odd",
    [
        with_id(said(), id="ms_" + "8" + "0" * 25),  # beyond 128 bits
        with_id(said(), id="MS_" + "0" * 26),
        with_id(said(), id="ms_" + "0" * 25 + "o"),  # not in the alphabet
        with_id(said(), room="rm_" + "0" * 25 + " "),
        said(files=[msgspec.structs.replace(FILES[0], sha256="B" * 64)]),
        said(files=[msgspec.structs.replace(FILES[0], fid="fl " + "0" * 26)]),
    ],
)
def test_ids_and_hashes_are_of_their_form(odd: Event) -> None:
    assert refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, [odd]))) is Reason.OUT_OF_BOUNDS


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("field", ["message", "user", "reply_to"])
def test_every_id_in_every_body_is_looked_at(body: MessagePost, field: str) -> None:
    if getattr(body, field, None) is not None:
        odd = msgspec.structs.replace(body, **{field: "x" * 29})
        assert (
            refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, [event_of(odd)])))
            is Reason.OUT_OF_BOUNDS
        )


@given(TEXTS)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    sealed = sealed_by(ZONE_KEY, payload_of(SOURCE, [said(text)]))
    body = opened(sealed).payload.events[0].body
    assert body == MessagePost(text)


def test_a_refusal_quotes_nothing() -> None:
    with pytest.raises(Refused) as caught:
        opened(swapped('"kind":"message.post"', '"kind":"秘密"'))
    assert "秘密" not in str(caught.value)


@given(st.data())
def test_a_signed_payload_with_anything_spliced_in_is_refused_or_reads_as_written(
    data: st.DataObject,
) -> None:
    at = data.draw(st.integers(0, len(PAYLOAD)))
    upto = data.draw(st.integers(at, min(at + 8, len(PAYLOAD))))
    spliced = PAYLOAD[:at] + data.draw(st.binary(max_size=8)) + PAYLOAD[upto:]
    try:
        envelope = opened(signed(spliced))
    except Refused:
        return
    assert payloads.encode(envelope.payload) == spliced


@pytest.mark.parametrize("untrusted", ["ms_" + "u" * 26, "x" * 29, "ms_" + "0" * 25 + "\n"])
def test_what_is_no_id_was_not_missing_when_somebody_looked(untrusted: str) -> None:
    body = ReadSet(name("ms", 1), 1, 1, 1, without=[untrusted])
    assert refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, [event_of(body)]))) is Reason.MALFORMED


STAMP = make_stamp(7, Zone.LGWAN)


def test_a_change_of_a_room_may_name_the_wording_that_it_was_made_from() -> None:
    change = event_of(RoomPut(name="防災", base=STAMP))
    opened(sealed_by(ZONE_KEY, payload_of(SOURCE, [change])))


@pytest.mark.parametrize(
    "look",
    [
        RoomPut(name="防災", base=STAMP.upper()),
        RoomPut(name="防災", base=make_stamp(7, Zone.LGWAN, 1)),
        RoomPut(name="防災", room_kind="talk", scope="shared", base=STAMP),
    ],
    ids=["no stamp", "the relay's word", "it is opened"],
)
def test_a_room_is_made_from_no_other_wording(look: RoomPut) -> None:
    change = event_of(look)
    assert refusal(sealed_by(ZONE_KEY, payload_of(SOURCE, [change]))) is Reason.OUT_OF_BOUNDS
