"""The test vectors of docs/envelope.md: what they say is what this code does, and still does."""

import base64
import json
from typing import Any

import msgspec
import pytest

from tests.vectors.make import FOLDER, everything
from wire import envelope, payload, receipts
from wire.frames import FrameReader, FrameType, read_chunk
from wire.keyring import KeyEntry, Keyring, confirmation_number, read_card
from wire.keys import read_public
from wire.lane import Hop, Lane, Link
from wire.reasons import Refused
from wire.records import Acknowledgement, Cosignature, Hello, Progress, Tree
from wire.text import file_name, normalise_text


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="ascii"))


ENVELOPES, RECEIPTS = read("envelopes.json"), read("receipts.json")
KEYRING = Keyring(msgspec.convert(ENVELOPES["keyring"], list[KeyEntry]))


@pytest.mark.parametrize("name", everything())
def test_nothing_that_crosses_has_changed(name: str) -> None:
    assert json.loads(json.dumps(everything()[name])) == read(name)


def test_no_vector_is_left_behind() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(everything())


@pytest.mark.parametrize("vector", ENVELOPES["accepted"])
def test_envelopes_are_accepted(vector: dict[str, str]) -> None:
    link = Link(ENVELOPES["site"], Lane(vector["lane"]), Hop(vector["hop"]))
    opened = envelope.unseal_envelope(
        vector["envelope"].encode(), link=link, keyring=KEYRING, now=ENVELOPES["now"]
    )
    assert opened.sha256 == vector["sha256"]
    assert payload.encode(opened.payload).decode() == vector["payload"]


@pytest.mark.parametrize(
    "vector", ENVELOPES["refused on import, source"], ids=lambda vector: vector["what"]
)
def test_envelopes_are_refused(vector: dict[str, str]) -> None:
    link = Link(ENVELOPES["site"], Lane.IMPORT, Hop.SOURCE)
    untrusted = base64.b64decode(vector["envelope"])
    with pytest.raises(Refused) as caught:
        envelope.unseal_envelope(untrusted, link=link, keyring=KEYRING, now=ENVELOPES["now"])
    assert caught.value.reason == vector["reason"]


@pytest.mark.parametrize("sealed", RECEIPTS["receipts"].values())
def test_receipts_are_accepted(sealed: str) -> None:
    key = read_public(bytes.fromhex(RECEIPTS["key"]))
    assert receipts.unseal_receipt(bytes.fromhex(sealed), lane=Lane.IMPORT, key=key).tick in (7, 8)


@pytest.mark.parametrize("form", [Hello, Acknowledgement, Progress, Tree, Cosignature])
def test_records_are_read(form: Any) -> None:
    record = bytes.fromhex(RECEIPTS["records"][form.__name__])
    assert form.decode(record).encode() == record


def test_frames_and_chunks_are_read() -> None:
    frame = bytes.fromhex(RECEIPTS["frame"])
    hello = bytes.fromhex(RECEIPTS["records"]["Hello"])
    assert FrameReader(frozenset(FrameType)).feed(frame) == [(FrameType.HELLO, hello)]
    assert read_chunk(bytes.fromhex(RECEIPTS["chunk"])) == ("ab" * 32, 3, b"piece")


def test_cards_have_their_numbers() -> None:
    vectors = read("cards.json")
    entries = [read_card(vector["card"].encode()) for vector in vectors["cards"]]
    assert [confirmation_number(entry) for entry in entries] == [
        vector["number"] for vector in vectors["cards"]
    ]
    assert Keyring(entries).digest().hex() == vectors["keyring sha256"]


def test_texts_are_made_fit_to_cross() -> None:
    vectors = read("text.json")
    for vector in vectors["normalise"]:
        found = normalise_text(vector["written"])
        assert (found.text, dict(found.removed)) == (vector["normal"], vector["removed"])
    for untrusted, shown in vectors["file names of image/png"].items():
        assert file_name(untrusted, "image/png") == shown
