"""Write the test vectors of docs/envelope.md again.  Run by hand, and only on purpose:

python -m tests.vectors.make

A change in any of these files means that nodes of two versions no longer understand each other.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from tests.wire.samples import (
    AUTHOR,
    NOW,
    PAYLOAD,
    SEALED,
    SITE,
    SOURCE,
    ZONE_KEY,
    encoded_in,
    genuine,
    key_of,
    name,
    payload_of,
    said,
    sealed_by,
)
from wire import envelope, frames, receipts
from wire.consents import (
    MAX_LIFE_MS,
    Consent,
    content_of_file,
    digest_of_consent,
    encode_consent,
    sign_consent,
)
from wire.events import content_of_event
from wire.keyring import Keyring, confirmation_number, read_card, write_card
from wire.keys import KeyRole
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import Flag, LaneStatus, ProofPart, SignedHead, Verdict
from wire.records import Acknowledgement, Cosignature, Hello, Progress, Tree
from wire.text import file_name, normalise_text

FOLDER = Path(__file__).parent
SPEAKERS = (KeyRole.INTERNET_SOURCE, KeyRole.IMPORT_RELEASE)

Vectors = dict[str, object]


def main() -> None:
    for file, vectors in everything().items():
        text = json.dumps(vectors, ensure_ascii=True, indent=1)
        (FOLDER / file).write_text(text + "\n", encoding="ascii")


def everything() -> dict[str, Vectors]:
    """Return the vectors by file."""
    return {
        "envelopes.json": envelopes(),
        "receipts.json": receipts_and_records(),
        "cards.json": cards(),
        "text.json": texts(),
        "consents.json": consents(),
    }


def envelopes() -> Vectors:
    keyring = [json.loads(write_card(key_of(role), node="node", since=0)) for role in SPEAKERS]
    accepted = [
        {
            "lane": link.lane,
            "hop": link.hop,
            "payload": encoded_in(sealed).decode(),
            "sha256": envelope.payload_digest(encoded_in(sealed)),
            "envelope": sealed.decode(),
        }
        for link, sealed in genuine()
    ]
    refused = [
        {"what": what, "reason": reason, "envelope": base64.b64encode(untrusted).decode()}
        for what, reason, untrusted in spoiled()
    ]
    return {
        "site": SOURCE.site,
        "now": NOW,
        "keyring": [card["entry"] for card in keyring],
        "accepted": accepted,
        "refused on import, source": refused,
    }


def spoiled() -> Iterator[tuple[str, Reason, bytes]]:
    """Yield envelopes with one thing wrong each, in the order in which it is looked at."""
    text = PAYLOAD.decode()

    def signed(found: str, instead: str) -> bytes:
        return envelope.seal_envelope(text.replace(found, instead, 1).encode(), ZONE_KEY)

    wrong_type = envelope.PAYLOAD_TYPE.replace("v1", "v2").encode()
    relay = key_of(KeyRole.IMPORT_RELEASE)
    elsewhere = replace(SOURCE, site="elsewhere")
    yield "cut short", Reason.MALFORMED, SEALED[:-1]
    yield "white space", Reason.NOT_CANONICAL, SEALED + b"\n"
    yield (
        "another type",
        Reason.WRONG_TYPE,
        SEALED.replace(envelope.PAYLOAD_TYPE.encode(), wrong_type),
    )
    yield "the key of another role", Reason.UNKNOWN_KEY, envelope.seal_envelope(PAYLOAD, relay)
    yield (
        "altered after it was signed",
        Reason.BAD_SIGNATURE,
        SEALED.replace(
            base64.b64encode(PAYLOAD), base64.b64encode(PAYLOAD.replace(b"import", b"export"))
        ),
    )
    yield "a duplicate member", Reason.NOT_CANONICAL, signed('"seq":1', '"seq":2,"seq":1')
    yield "a number written otherwise", Reason.NOT_CANONICAL, signed('"hlc":1', '"hlc":-0')
    yield "an escape nobody needs", Reason.NOT_CANONICAL, signed("こ", "\\u3053")
    yield "an unknown member", Reason.MALFORMED, signed('"v":1', '"v":1,"w":1')
    yield "an unknown kind", Reason.MALFORMED, signed("message.post", "message.shout")
    yield "a number beyond 2^53", Reason.MALFORMED, signed('"hlc":1', f'"hlc":{2**53}')
    yield "a NUL", Reason.OUT_OF_BOUNDS, signed("こ", "\\u0000")
    yield "an id of another form", Reason.OUT_OF_BOUNDS, signed('"id":"ms_0', '"id":"ms_8')
    yield "another site", Reason.WRONG_LINK, sealed_by(ZONE_KEY, payload_of(elsewhere, [said()]))


def receipts_and_records() -> Vectors:
    key = key_of(KeyRole.IMPORT_RECEIPT)
    status = LaneStatus(
        Lane.IMPORT,
        1,
        42,
        "ab" * 32,
        7,
        Flag.HOLD,
        Verdict.HELD,
        Reason.HELD_BY_RULE,
        file=2,
        first=40,
        last=42,
        keyring=bytes(range(16)),
        removed=("exif", "gps", "other"),
        rule="words-classification",
        until=NOW,
        desk="security",
    )
    head = SignedHead(Lane.IMPORT, 1, 8, 1000, bytes([3] * 32), bytes([5] * 64))
    proof = ProofPart(Lane.IMPORT, 1, 8, 900, 1000, 0, 3, (bytes([1] * 32), bytes([2] * 32)))
    records: list[Hello | Acknowledgement | Progress | Tree | Cosignature] = [
        Hello(Lane.IMPORT, 1, 42, "ab" * 32, 7, 1000),
        Acknowledgement(Lane.IMPORT, 1, 42, "ab" * 32),
        Progress(Lane.EXPORT, Verdict.REFUSED, Reason.FILE_CHECK, 3, 9),
        Tree(Lane.IMPORT, Flag.HALT, 900, 1000, head.root, head.signature, (bytes([4] * 32),)),
        Cosignature(Lane.IMPORT, 1000, "— witness.example AAAA"),
    ]
    return {
        "key": key.public.hex(),
        "receipts": {
            type(each).__name__: receipts.seal_receipt(each, key).hex()
            for each in (status, head, proof)
        },
        "records": {type(record).__name__: record.encode().hex() for record in records},
        "frame": frames.write_frame(frames.FrameType.HELLO, records[0].encode()).hex(),
        "chunk": frames.write_chunk("ab" * 32, 3, b"piece").hex(),
    }


def cards() -> Vectors:
    made = [write_card(key_of(role), node="node", since=NOW) for role in SPEAKERS]
    return {
        "cards": [
            {"card": card.decode(), "number": confirmation_number(read_card(card))} for card in made
        ],
        "keyring sha256": Keyring(map(read_card, made)).digest().hex(),
    }


def consents() -> Vectors:
    key = key_of(KeyRole.LGWAN_CONSENT)
    subject, person = name("ms", 1), name("us", 2)
    asked = Consent(
        1,
        SITE,
        Lane.EXPORT,
        subject,
        content_of_event(said()),
        "release",
        person,
        "approver",
        AUTHOR.uid,
        "内容を確認しました。",
        NOW,
        NOW + MAX_LIFE_MS,
    )
    file = (name("fl", 1), subject, "ab" * 32, 1234)
    return {
        "key": key.public.hex(),
        "event": json.loads(msgspec.json.encode(said())),
        "content of the event": content_of_event(said()),
        "file": list(file),
        "content of the file": content_of_file(*file),
        "consent": encode_consent(sign_consent(asked, key)).decode(),
        "digest": digest_of_consent(sign_consent(asked, key)),
    }


def texts() -> Vectors:
    written = [
        "葛\U000e0100飾区の辻\U000e0100さん",
        "葛\U000e0110飾",
        "か\u3099",
        "①㈱ﾊﾟ～",
        "❤\ufe0f👩\u200d👧1\ufe0f\u20e3",
        "a\u200db\ufe0f",
        "report\u202egpj.exe",
        "a\u200bb\U000e0041\x1b\ufdd0\u0378",
        "\ue000",
        "x" + "\u0301" * 9,
        "a\r\nb\u2028c",
        "\ufa19",
    ]
    found = [normalise_text(text) for text in written]
    names = ["表.txt", "../../etc/passwd", "CON", "report\u202egnp.exe", "-rf", "a¥b.png"]
    return {
        "normalise": [
            {
                "written": text,
                "normal": normal.text,
                "removed": dict(sorted(normal.removed.items())),
            }
            for text, normal in zip(written, found, strict=True)
        ],
        "file names of image/png": {each: file_name(each, "image/png") for each in names},
    }


if __name__ == "__main__":
    main()
