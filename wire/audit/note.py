"""Signed notes (C2SP signed-note): a text, an empty line, and lines with signatures of it.

    example.org/log                                  the text, with its last newline
    42
    wYGMuTs2mvUGRL7ORXCfjoYMsBHsAxkRdFcYfeHFIbw=

    — example.org/log Az3grlgtzPICa5OS…              an em dash, a key's name, key id and signature

Two kinds of signature are known: plain Ed25519 (0x01), by which a log vouches for its checkpoint,
and cosignature/v1 (0x04, C2SP tlog-cosignature), by which a witness says what it saw and when.
What a text means is not decided here: see `wire.audit.checkpoint`.
"""

import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from wire.keys import KEY_BYTES, is_signed_by, read_public
from wire.reasons import Reason, Refused

# Sixteen signatures must fit (signed-note), and the largest in use is of 5 kB.
MAX_NOTE_BYTES: Final = 128 * 1024

KEY_ID_BYTES: Final = 4

_TIMESTAMP = struct.Struct(">Q")
_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/=]+)")
_VKEY = re.compile("([^+]+)\\+([0-9a-f]{8})\\+([A-Za-z0-9+/=]+)")


class SignatureType(IntEnum):
    """Goes into the key id, so that one kind of signature can never pass for the other."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


_TYPES = frozenset(SignatureType)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key, under the name it signs with, trusted for one type of signature."""

    name: str
    key: Ed25519PublicKey
    type: SignatureType = SignatureType.ED25519

    @property
    def key_id(self) -> bytes:
        material = self.name.encode() + b"\n" + bytes([self.type]) + self.key.public_bytes_raw()
        return sha256(material).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key, and the name it signs with."""

    name: str
    key: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise ValueError("a key's name is not empty and holds neither spaces nor a plus")

    def verifier(self, signature_type: SignatureType = SignatureType.ED25519) -> Verifier:
        return Verifier(self.name, self.key.public_key(), signature_type)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature that was verified, and when it was made (Unix seconds) if its type tells."""

    verifier: Verifier
    line: str
    at_s: int | None


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text, and who is known to have signed it."""

    text: str
    signatures: tuple[Signature, ...]


def open_note(untrusted: bytes, verifiers: Sequence[Verifier]) -> SignedNote:
    """Return the note that at least one of `verifiers` signed, or raise `Refused`.

    Signatures of strangers are passed over, as the format wants it; a wrong signature under
    a known key refuses the whole note.
    """
    untrusted_text, untrusted_lines = _split(untrusted)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    signatures = []
    for untrusted_line in untrusted_lines:
        name, key_id, blob = _read_line(untrusted_line)
        if verifier := known.get((name, key_id)):
            at_s = _verify(verifier, untrusted_text, blob)
            signatures.append(Signature(verifier, untrusted_line, at_s))
    if not signatures:
        wanted = ", ".join(f"{verifier.name}+{verifier.key_id.hex()}" for verifier in verifiers)
        raise Refused(Reason.UNKNOWN_KEY, f"no signature by {wanted}")
    return SignedNote(untrusted_text, tuple(signatures))


def read_unsigned_text(untrusted: bytes) -> str:
    """Return the text of a note without asking who signed it: only to say what is wrong with it."""
    return _split(untrusted)[0]


def sign_note(text: str, signer: Signer) -> str:
    """Return the line, without its newline, by which `signer` signs `text` (Ed25519)."""
    return signature_line(signer.verifier(), signer.key.sign(text.encode()))


def cosign_note(text: str, signer: Signer, *, now_s: int) -> str:
    """Return the line, without its newline, by which a witness signs `text` at `now_s` seconds."""
    signature = signer.key.sign(_cosigned(text, now_s))
    verifier = signer.verifier(SignatureType.COSIGNATURE_V1)
    return signature_line(verifier, _TIMESTAMP.pack(now_s) + signature)


def encode_note(text: str, lines: Iterable[str]) -> bytes:
    return "\n".join([text, *lines, ""]).encode()


def encode_vkey(verifier: Verifier) -> str:
    """Return the verifier as one word that can be read out, printed and put into settings."""
    material = encode_base64(bytes([verifier.type]) + verifier.key.public_bytes_raw())
    return f"{verifier.name}+{verifier.key_id.hex()}+{material}"


def decode_vkey(untrusted: str) -> Verifier:
    """Return the verifier that `untrusted` encodes, or raise `Refused`."""
    match = _VKEY.fullmatch(untrusted)
    if match is None or not _is_name(match[1]):
        raise Refused(Reason.MALFORMED, "a verifier key is name+id+key")
    material = decode_base64(match[3])
    if len(material) != 1 + KEY_BYTES or material[0] not in _TYPES:
        raise Refused(Reason.MALFORMED, "neither an Ed25519 nor a cosignature/v1 key")
    key = read_public(material[1:])
    verifier = Verifier(match[1], key, SignatureType(material[0]))
    if verifier.key_id.hex() != match[2]:
        raise Refused(Reason.MALFORMED, "key id does not belong to this name and key")
    return verifier


def encode_base64(data: bytes) -> str:
    return b64encode(data).decode()


def decode_base64(untrusted: str) -> bytes:
    """Return what `untrusted` encodes, or raise `Refused`.  No two spellings mean the same."""
    try:
        data = b64decode(untrusted, validate=True)
    except ValueError:
        raise Refused(Reason.MALFORMED, "not base64") from None
    if encode_base64(data) != untrusted:
        raise Refused(Reason.NOT_CANONICAL, "base64 with stray bits")
    return data


def _split(untrusted: bytes) -> tuple[str, list[str]]:
    if len(untrusted) > MAX_NOTE_BYTES:
        raise Refused(Reason.BAD_SIZE, f"note of {len(untrusted)} bytes")
    try:
        note = untrusted.decode()
    except UnicodeDecodeError:
        raise Refused(Reason.MALFORMED, "note is not UTF-8") from None
    if any(character < " " and character != "\n" for character in note):
        raise Refused(Reason.MALFORMED, "note holds control characters")
    # The text may hold empty lines; the last one of the note is where it ends.
    text, empty_line, signatures = note.rpartition("\n\n")
    if not (empty_line and text and signatures.endswith("\n")):
        raise Refused(Reason.MALFORMED, "not a text, an empty line and signatures")
    return f"{text}\n", signatures[:-1].split("\n")


def _read_line(untrusted: str) -> tuple[str, bytes, bytes]:
    match = _LINE.fullmatch(untrusted)
    if match is None or not _is_name(match[1]):
        raise Refused(Reason.MALFORMED, "not a signature line")
    blob = decode_base64(match[2])
    if len(blob) <= KEY_ID_BYTES:
        raise Refused(Reason.MALFORMED, "signature line without a signature")
    return match[1], blob[:KEY_ID_BYTES], blob[KEY_ID_BYTES:]


def _verify(verifier: Verifier, text: str, blob: bytes) -> int | None:
    """Return when the signature was made, if that is known, or raise `Refused`."""
    at_s, signature, message = None, blob, text.encode()
    if verifier.type is SignatureType.COSIGNATURE_V1:
        if len(blob) < _TIMESTAMP.size:
            raise Refused(Reason.BAD_SIGNATURE, f"cosignature of {verifier.name} is cut short")
        at_s, signature = _TIMESTAMP.unpack_from(blob)[0], blob[_TIMESTAMP.size :]
        message = _cosigned(text, at_s)
    if not is_signed_by(verifier.key, signature, message):
        raise Refused(Reason.BAD_SIGNATURE, f"signature of {verifier.name} is wrong")
    return at_s


def _cosigned(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def signature_line(verifier: Verifier, signature: bytes) -> str:
    """Return the line, without its newline, that carries a signature in a note."""
    return f"— {verifier.name} {encode_base64(verifier.key_id + signature)}"


def _is_name(untrusted: str) -> bool:
    return bool(untrusted) and not any(c.isspace() or c < " " or c == "+" for c in untrusted)
