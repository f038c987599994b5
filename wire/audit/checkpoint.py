"""Checkpoints (C2SP tlog-checkpoint): a tree head signed by its log, as a note.

    example.org/log                                  origin: which log this is
    42                                               size of the tree
    wYGMuTs2mvUGRL7ORXCfjoYMsBHsAxkRdFcYfeHFIbw=     its root

Extension lines are refused: ours have none, and nobody could audit what stood in them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wire.audit.note import (
    Signature,
    SignedNote,
    Signer,
    Verifier,
    decode_base64,
    encode_base64,
    encode_note,
    open_note,
    read_unsigned_text,
    sign_note,
    signature_line,
)
from wire.audit.tlog import EMPTY_ROOT, HASH_BYTES, TreeHead
from wire.keys import is_signed_by
from wire.reasons import Reason, Refused

# 18 digits hold more leaves than will ever be written, and stay below 2^63.
_SIZE = re.compile("0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head known to be signed by the log named `origin`, and by these witnesses."""

    origin: str
    head: TreeHead
    cosignatures: tuple[Signature, ...]


def seal_checkpoint(head: TreeHead, log: Signer, cosignature_lines: Iterable[str] = ()) -> bytes:
    """Sign `head` as the log.  Ed25519 is deterministic, so the same head gives the same bytes."""
    text = checkpoint_text(log.name, head)
    return encode_note(text, [sign_note(text, log), *cosignature_lines])


def open_checkpoint(
    untrusted: bytes, log: Verifier, witnesses: Sequence[Verifier] = ()
) -> Checkpoint:
    """Return the checkpoint that `log` signed, with the cosignatures of `witnesses` on it.

    Raises `Refused` if the log has not signed it, or a signature of any of these is wrong.
    """
    note = open_note(untrusted, [log, *witnesses])
    cosignatures = tuple(each for each in note.signatures if each.verifier is not log)
    if len(cosignatures) == len(note.signatures):
        raise Refused(Reason.UNKNOWN_KEY, f"no signature by {log.name}+{log.key_id.hex()}")
    return _read(note, log, cosignatures)


def sign_head(head: TreeHead, log: Signer) -> bytes:
    """Return the 64 bytes by which the log signs `head`, those of the line in its checkpoint."""
    return log.key.sign(checkpoint_text(log.name, head).encode())


def seal_signed(head: TreeHead, untrusted_signature: bytes, log: Verifier) -> bytes:
    """Return the checkpoint that a head and the log's signature make, or raise `Refused`."""
    text = checkpoint_text(log.name, head)
    if not is_signed_by(log.key, untrusted_signature, text.encode()):
        raise Refused(Reason.BAD_SIGNATURE, f"{log.name} did not sign a tree of {head.size}")
    return encode_note(text, [signature_line(log, untrusted_signature)])


def checkpoint_text(origin: str, head: TreeHead) -> str:
    return f"{origin}\n{head.size}\n{encode_base64(head.root)}\n"


def read_unsigned(untrusted: bytes) -> tuple[str, TreeHead]:
    """Return what a checkpoint claims: only to say what is wrong with it."""
    return read_text(read_unsigned_text(untrusted))


def read_text(untrusted: str) -> tuple[str, TreeHead]:
    """Return origin and tree head of a checkpoint's text, or raise `Refused`."""
    match untrusted.split("\n"):
        case [origin, size, root, ""] if origin:
            pass
        case _:
            raise Refused(Reason.MALFORMED, "a checkpoint has three lines")
    if not _SIZE.fullmatch(size):
        raise Refused(Reason.MALFORMED, "checkpoint line 2 is not a size")
    head = TreeHead(int(size), decode_base64(root))
    if len(head.root) != HASH_BYTES or (head.size == 0 and head.root != EMPTY_ROOT):
        raise Refused(Reason.MALFORMED, "checkpoint line 3 is not a root of such a tree")
    return origin, head


def _read(note: SignedNote, log: Verifier, cosignatures: tuple[Signature, ...]) -> Checkpoint:
    origin, head = read_text(note.text)
    # A name may sign for its own log only: a checkpoint of last year's cannot pass for this one's.
    if origin != log.name:
        raise Refused(Reason.AUDIT_INCONSISTENT, f"checkpoint is not of the log {log.name}")
    return Checkpoint(origin, head, cosignatures)
