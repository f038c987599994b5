"""Keys, events and payloads to test with, all from fixed seeds."""

import base64
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import strategies as st

from wire import envelope, payload
from wire.answers import Vote
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
from wire.digests import LAST_PLACE, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.envelope import Envelope
from wire.events import Author, Event, FileRef, Release
from wire.fields import OtherReader, Refusal
from wire.ids import mint_id
from wire.items import Survey
from wire.keyring import KeyEntry, Keyring, read_card, write_card
from wire.keys import KeyRole, SigningKey
from wire.lane import Hop, Lane, Link
from wire.message_parts import Location
from wire.payload import GENESIS, Authority, Payload
from wire.reasons import Reason, Refused

NOW = 1_790_000_000_000
SITE = "katsushika"
SOURCE = Link(SITE, Lane.IMPORT, Hop.SOURCE)
RELEASE = Link(SITE, Lane.IMPORT, Hop.RELEASE)
ROLES = tuple(KeyRole)


def key_of(role: KeyRole, generation: int = 0) -> SigningKey:
    return SigningKey.from_seed(role, bytes([ROLES.index(role) + 1, generation] * 16))


def entry_of(key: SigningKey, *, since: int = 0) -> KeyEntry:
    return read_card(write_card(key, node=f"node of {key.role}", since=since))


KEYRING = Keyring(entry_of(key_of(role)) for role in ROLES)
ZONE_KEY = key_of(KeyRole.INTERNET_SOURCE)
RELAY_KEY = key_of(KeyRole.IMPORT_RELEASE)
AUTHORITY = Authority(log="log.example/import/2026", policy_sha256="5" * 64)


def name(prefix: str, number: int) -> str:
    return mint_id(prefix, now=NOW, entropy=number.to_bytes(10))


AUTHOR = Author(uid=name("us", 1), tenant=name("tn", 1), frontend=name("fe", 1))


def event_of(body: Body, number: int = 1, **fields: object) -> Event:
    known: dict[str, object] = {
        "id": name("ms" if isinstance(body, MessagePost) else "ac", number),
        "hlc": number,
        "at": NOW + number,
        "room": None if isinstance(body, ProfileSet | CopyDigest) else name("rm", 1),
        "author": AUTHOR,
        "body": body,
    }
    return Event(**{**known, **fields})  # type: ignore[arg-type] # the names and types are above


def said(text: str = "こんにちは", number: int = 1, **fields: object) -> Event:
    return event_of(MessagePost(text), number, **fields)


def released(event: Event) -> Event:
    return msgspec.structs.replace(
        event, release=Release(leaf=7, source_sha256="a" * 64, decision="pass")
    )


BODIES: tuple[Body, ...] = (
    MessagePost("葛󠄀飾区の防災訓練について", reply_to=name("ms", 9)),
    MessageEdit(name("ms", 1), '引用 "\\" と 改行\n'),
    MessageWithdraw(name("ms", 1)),
    ReactionSet(name("ms", 1), "👍", on=True),
    ReadSet(name("ms", 1), 7, 9, NOW, [OtherReader(name("us", 2), NOW)], [name("ms", 2)]),
    RoomPut(name="防災", scope="shared"),
    MemberSet(name("us", 2), "guest", until=NOW),
    ProfileSet(name("us", 1), name="辻󠄀", zones=["lgwan", "internet"]),
    MessagePost("", sticker="sekisho/ok", location=Location(35_689_487, -139_691_706, "都庁")),
    MessagePin(name("ms", 1), on=True),
    RoomPurge(NOW),
    TenantPut(name("tn", 1), name="青葉市"),
    TenantLink(name("tn", 1), name("tn", 2), ["calls", "directory"]),
    OrgPut(name("og", 1), name="危機管理課", parent=""),
    ItemPut(Survey(title="昼食", choices=["和", "洋"]), name("sv", 1)),
    ItemRemove(name("sv", 1)),
    AnswerSet(name("sv", 1), Vote([1])),
    EventRefuse([Refusal(name("ms", 1), "no-authority")]),
    CopyDigest(
        "rows",
        "",
        7,
        9,
        "d" * 64,
        [
            DigestSpan(name("ms", 1) + ":" + "0" * 16, "e" * 32),
            *[DigestSpan(LAST_PLACE, NOTHING)] * (SPANS - 1),
        ],
    ),
    ConsentGive(
        SignedConsent(
            Consent(
                1,
                SITE,
                Lane.IMPORT,
                name("fl", 1),
                "c" * 64,
                "release",
                name("us", 1),
                "approver",
                name("us", 2),
                "",
                NOW,
                NOW + 1,
            ),
            "d" * 32,
            "e" * 128,
        )
    ),
)
RELAY_BODIES: tuple[Body, ...] = (
    FileReady(
        name("ms", 1),
        name("fl", 1),
        "altered",
        1,
        "図面.png",
        "image/png",
        5,
        "b" * 64,
        removed=[("exif", 2)],
    ),
    FileReady(
        name("ms", 1),
        name("fl", 2),
        "held",
        1,
        "見積.zip",
        rule="file-kinds",
        until=NOW + 1,
        desk="security",
    ),
    RelayNotice(name("ms", 1), "held", 1, "message.post", "word-list", NOW + 1, "security"),
)
FILES = [FileRef(name("fl", 1), "図面.png", "image/png", 5, "b" * 64)]
LOCKED = FileRef(name("fl", 2), "見積.zip", "application/zip", 9, "c" * 64, "ひらけゴマ")


def payload_of(link: Link, events: list[Event], *, seq: int = 1, **head: object) -> Payload:
    """Return a payload for `link`, with the events released where the relay speaks."""
    known: dict[str, object] = {"epoch": 1, "seq": seq, "prev": GENESIS, "sent_at": NOW}
    if link.hop is Hop.RELEASE:
        events = [released(event) for event in events]
        known["authority"] = AUTHORITY
    return Payload(payload.head(link, **{**known, **head}), events)  # type: ignore[arg-type] # as above


def encoded_in(sealed: bytes) -> bytes:
    """Return the bytes of the payload in an envelope."""
    return base64.b64decode(msgspec.json.decode(sealed)["payload"])


def sealed_by(key: SigningKey, content: Payload) -> bytes:
    return envelope.seal_envelope(payload.encode(content), key)


def genuine() -> Iterator[tuple[Link, bytes]]:
    """Yield envelopes of both hops: of one event, of every kind, and of many."""
    events = [event_of(body, i + 1) for i, body in enumerate(BODIES)]
    with_files = said(number=20, files=[*FILES, LOCKED])
    yield SOURCE, sealed_by(ZONE_KEY, payload_of(SOURCE, [said()]))
    yield SOURCE, sealed_by(ZONE_KEY, payload_of(SOURCE, [*events, with_files], seq=42))
    relay_events = [event_of(body, i + 30) for i, body in enumerate(RELAY_BODIES)]
    yield RELEASE, sealed_by(RELAY_KEY, payload_of(RELEASE, [*events, *relay_events]))


# Text of every kind, but without NUL and lone surrogates, which no envelope holds.
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


def opened(sealed: bytes, link: Link = SOURCE) -> Envelope:
    return envelope.unseal_envelope(sealed, link=link, keyring=KEYRING, now=NOW)


def refusal(untrusted: bytes, link: Link = SOURCE) -> Reason:
    """Return the reason for which `untrusted` is refused; that it is not fails the test."""
    with pytest.raises(Refused) as caught:
        opened(untrusted, link)
    return caught.value.reason


def signed(payload: bytes) -> bytes:
    """Seal bytes that are perhaps no payload: a zone that was taken over can sign anything."""
    return envelope.seal_envelope(payload, ZONE_KEY)


SEALED = sealed_by(ZONE_KEY, payload_of(SOURCE, [said()]))
PAYLOAD = encoded_in(SEALED)
