"""Consents: who signed one agreed to exactly this, and to nothing that is like it."""

import json

import msgspec
import pytest

from tests.vectors.make import FOLDER
from tests.wire.samples import AUTHOR, NOW, SITE, key_of, name, said
from wire.consents import (
    MAX_BYTES,
    Consent,
    content_of_file,
    decode_consent,
    digest_of_consent,
    encode_consent,
    is_consent_of,
    sign_consent,
)
from wire.events import Event, FileRef, Release, content_of_event
from wire.keys import KeyRole, read_public
from wire.lane import Lane
from wire.reasons import Reason, Refused

KEY = key_of(KeyRole.LGWAN_CONSENT)
PUBLIC = read_public(KEY.public)
CONSENT = Consent(
    v=1,
    site=SITE,
    lane=Lane.EXPORT,
    subject=name("ms", 1),
    content=content_of_event(said()),
    decision="release",
    by=name("us", 2),
    capacity="approver",
    author=AUTHOR.uid,
    reason="内容を確認しました。",
    at=NOW,
    until=NOW + 1,
)
SIGNED = sign_consent(CONSENT, KEY)
OTHERWISE = {
    "site": "elsewhere",
    "lane": Lane.IMPORT,
    "subject": name("ms", 2),
    "content": "0" * 64,
    "decision": "deny",
    "by": name("us", 3),
    "capacity": "operator",
    "author": name("us", 4),
    "reason": "",
    "at": NOW - 1,
    "until": NOW + 2,
}
WITH_FILE = msgspec.structs.replace(
    said(), files=[FileRef(name("fl", 1), "表.xlsx", "text/csv", 9, "a" * 64, password="ひらけ")]
)


def test_a_consent_is_signed_by_its_key_and_by_no_other() -> None:
    assert is_consent_of(PUBLIC, SIGNED)
    assert not is_consent_of(read_public(key_of(KeyRole.INTERNET_CONSENT).public), SIGNED)


def test_every_member_but_the_version_is_tried() -> None:
    assert set(OTHERWISE) == {field.name for field in msgspec.structs.fields(Consent)} - {"v"}


@pytest.mark.parametrize("member", OTHERWISE)
def test_a_consent_to_something_else_is_not_signed(member: str) -> None:
    other = msgspec.structs.replace(CONSENT, **{member: OTHERWISE[member]})
    assert not is_consent_of(PUBLIC, msgspec.structs.replace(SIGNED, consent=other))


def test_what_was_written_is_read_again() -> None:
    assert decode_consent(encode_consent(SIGNED)) == SIGNED


@pytest.mark.parametrize(
    ("untrusted", "reason"),
    [
        (b"", Reason.MALFORMED),
        (b"[" * MAX_BYTES, Reason.MALFORMED),
        (b"\xff", Reason.MALFORMED),
        (encode_consent(SIGNED) + b" " * MAX_BYTES, Reason.BAD_SIZE),
        (encode_consent(SIGNED) + b"\n", Reason.NOT_CANONICAL),
        (encode_consent(SIGNED).replace(b'"v":1', b'"v":2'), Reason.MALFORMED),
        (encode_consent(SIGNED).replace(b'"v":1', b'"v":1,"w":1'), Reason.MALFORMED),
        (encode_consent(SIGNED).replace(b"ms_0", b"ms_8"), Reason.MALFORMED),
        (encode_consent(SIGNED).replace(b'"release"', b'"pass"'), Reason.MALFORMED),
        (encode_consent(SIGNED).replace(b'"approver"', b'"mayor"'), Reason.MALFORMED),
    ],
)
def test_anything_else_is_refused(untrusted: bytes, reason: Reason) -> None:
    with pytest.raises(Refused) as caught:
        decode_consent(untrusted)
    assert caught.value.reason is reason


def test_the_longest_consent_there_can_be_is_read() -> None:
    site, reason = "\N{GREEK SMALL LETTER ALPHA}" * 100, "\U00020bb7" * 200
    longest = msgspec.structs.replace(CONSENT, site=site, reason=reason)
    assert decode_consent(encode_consent(sign_consent(longest, KEY))).consent == longest


@pytest.mark.parametrize(
    "changed",
    [
        msgspec.structs.replace(said(), id=name("ms", 9)),
        msgspec.structs.replace(said(), room=name("rm", 9)),
        msgspec.structs.replace(said(), hlc=9),
        said("別の文"),
        WITH_FILE,
        msgspec.structs.replace(said(), author=msgspec.structs.replace(AUTHOR, uid=name("us", 9))),
    ],
)
def test_another_event_has_another_content(changed: Event) -> None:
    assert content_of_event(changed) != content_of_event(said())


def test_what_the_relay_takes_off_and_puts_on_an_event_changes_no_content() -> None:
    bare = FileRef(name("fl", 1), "表.xlsx", "text/csv", 9, None)
    released = msgspec.structs.replace(
        WITH_FILE, files=[bare], release=Release(1, "0" * 64, "pass")
    )
    assert content_of_event(released) == content_of_event(WITH_FILE)


def test_a_file_has_a_content_of_its_own_in_each_of_its_members() -> None:
    file = (name("fl", 1), name("ms", 1), "a" * 64, 9)
    others = [
        (name("fl", 2), *file[1:]),
        (file[0], name("ms", 2), *file[2:]),
        (*file[:2], "b" * 64, 9),
        (*file[:3], 10),
    ]
    found = {content_of_file(*each) for each in [file, *others]}
    assert len(found) == 1 + len(others)


def test_the_vectors_are_what_this_code_says() -> None:
    vectors = json.loads((FOLDER / "consents.json").read_text(encoding="ascii"))
    signed = decode_consent(vectors["consent"].encode())
    assert is_consent_of(read_public(bytes.fromhex(vectors["key"])), signed)
    assert digest_of_consent(signed) == vectors["digest"]
    event = msgspec.convert(vectors["event"], Event)
    assert content_of_event(event) == vectors["content of the event"] == signed.consent.content
    assert content_of_file(*vectors["file"]) == vectors["content of the file"]
