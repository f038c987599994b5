"""docs/envelope.md says of every member what the types say: which there are, and in what order."""

import re
from typing import Any, get_args

import msgspec
import pytest

from tests.conftest import ROOT
from wire import fields, frames, receipts
from wire.answers import Answer, Filled
from wire.bodies import KINDS, Body
from wire.consents import Consent
from wire.digests import DigestSpan
from wire.envelope import PAYLOAD_TYPE, pre_authentication_encoding
from wire.events import Author, Event, FileRef, Release
from wire.fields import Refusal
from wire.frames import FrameType
from wire.item_kinds import ITEMS
from wire.items import ApprovalStep, Audience, Field, Payment, ShownIf
from wire.keyring import CARD_CONTEXT, KeyEntry
from wire.message_parts import CallNotice, Forwarded, Location
from wire.payload import Authority, Head, Payload
from wire.reasons import Reason
from wire.removed import REMOVED

TEXT = (ROOT / "docs" / "envelope.md").read_text(encoding="utf-8")
FORMS: dict[str, Any] = {
    form.__name__: form for form in (Payload, Head, Authority, Event, Author, FileRef, Release)
}
FORMS |= {str(body.__struct_config__.tag): body for body in get_args(Body)}
FORMS |= {part.__name__: part for part in (Forwarded, Location, CallNotice, Refusal, DigestSpan)}
FORMS |= {content.__name__: content for content in ITEMS}
FORMS |= {part.__name__: part for part in (Field, ShownIf, Payment, ApprovalStep, Audience, Filled)}
FORMS[Consent.__name__] = Consent
FORMS |= {answer.__name__: answer for answer in get_args(Answer)}


def section(title: str) -> str:
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.M | re.S)
    assert found is not None, title
    return found[1]


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.M)


def members(form: Any) -> list[str]:
    tag = [form.__struct_config__.tag_field] if form.__struct_config__.tag is not None else []
    return tag + [field.encode_name for field in msgspec.structs.fields(form)]


@pytest.mark.parametrize("title", FORMS)
def test_every_member_is_described_in_its_order(title: str) -> None:
    # "Payload" is a chapter as well; the table comes under the second heading of that name.
    text = TEXT[TEXT.index("### Payload") :] if title == "Payload" else TEXT
    found = re.search(rf"^### {re.escape(title)}\n(.*?)(?=^#|\Z)", text, re.M | re.S)
    assert found is not None
    assert first_cells(found[1]) == members(FORMS[title])


def test_every_kind_is_described() -> None:
    assert set(re.findall(r"^### ([a-z]+\.[a-z]+)$", TEXT, re.M)) == KINDS


def test_an_entry_of_a_keyring_is_described() -> None:
    assert first_cells(section("Key cards")) == members(KeyEntry)


@pytest.mark.parametrize(
    "figure",
    [
        fields.MAX_ENVELOPE_BYTES,
        fields.MAX_PAYLOAD_BYTES,
        fields.MAX_EVENT_BYTES,
        fields.MAX_FILE_BYTES,
        fields.MAX_CHUNK_BYTES,
        fields.MAX_TEXT,
    ],
)
def test_every_limit_is_stated(figure: int) -> None:
    assert f"{figure:,}" in TEXT


def test_frames_are_described_with_their_numbers_and_limits() -> None:
    rows = re.findall(r"^\| `([A-Z]+)` \| (\d+) \|[^|]*\| ([\d,]+) \|", section("Frames"), re.M)
    described = {name: (int(value), int(limit.replace(",", ""))) for name, value, limit in rows}
    internal = {FrameType.NORMAL, FrameType.PROGRESS, FrameType.TREE}
    assert described == {
        each.name: (each.value, frames.MAX_BODY[each]) for each in FrameType if each not in internal
    }


def test_the_reasons_in_receipts_are_listed_in_their_order() -> None:
    listed = re.search(r"from 0 on: none, (.*?)\.\n", section("Receipts"), re.S)
    assert listed is not None
    words = re.findall(r"`([a-z-]+)`", listed[1])
    assert [Reason(word) for word in words] == list(receipts.REASONS[1:])


def test_what_can_be_removed_is_listed_in_its_order() -> None:
    listed = re.search(r"bit 0 first: (.*?)\.\s", section("Receipts"), re.S)
    assert listed is not None
    assert tuple(re.findall(r"`([a-z-]+)`", listed[1])) == REMOVED


def test_every_reason_it_names_exists() -> None:
    checks = section("Order of checks")
    named = re.findall(r"`([a-z]+-[a-z-]+|malformed|fork)`", checks)
    assert {word for word in named if word not in set(Reason)} == set()


def test_what_is_signed_is_described_to_the_byte() -> None:
    head = pre_authentication_encoding(b"").removesuffix(b"0 ").decode()
    assert f'"{head}" LENGTH' in TEXT
    assert PAYLOAD_TYPE in TEXT
    assert CARD_CONTEXT.decode().removesuffix("\n") in section("Key cards")
    assert receipts._CONTEXT.decode().removesuffix("\n") in section("Receipts")
