"""Leaves of an audit log on their way to a zone that follows it: in their order, from one on.

    first index (8 bytes) | an entry for each leaf, one behind the other
    entry: length (2 bytes), and so many bytes of a record; or 0, and the leaf's hash (32 bytes)

What a record says is for whoever it is about: of all other leaves the hash alone goes along.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from wire.audit.tiles import MAX_RECORD_BYTES
from wire.audit.tlog import HASH_BYTES, leaf_hash
from wire.fields import KIB
from wire.reasons import Reason, Refused

MAX_LEAVES_BYTES: Final = 256 * KIB
# So many leaves lie between two trees that a zone is shown, at most.
MAX_STEP: Final = 2_048

_FIRST: Final = struct.Struct(">Q")
_LENGTH: Final = struct.Struct(">H")


class SentLeaf(NamedTuple):
    """A leaf: its hash, and its record where that is told."""

    hash: bytes
    record: bytes | None


def write_leaves(first: int, leaves: Iterable[SentLeaf]) -> Iterator[bytes]:
    """Yield bodies of LEAVES that hold `leaves`, of which the first has this index."""
    body, index = bytearray(_FIRST.pack(first)), first
    for leaf in leaves:
        said = leaf.record or b""
        entry = _LENGTH.pack(len(said)) + (said or leaf.hash)
        if len(body) + len(entry) > MAX_LEAVES_BYTES:
            yield bytes(body)
            body = bytearray(_FIRST.pack(index))
        body += entry
        index += 1
    if len(body) > _FIRST.size:
        yield bytes(body)


def read_leaves(untrusted: bytes) -> tuple[int, list[SentLeaf]]:
    """Return the index of the first leaf and the leaves, or raise `Refused`.

    Of a leaf whose record is told the hash is computed here.
    """
    if len(untrusted) < _FIRST.size:
        raise Refused(Reason.MALFORMED, "leaves without an index")
    (first,) = _FIRST.unpack_from(untrusted)
    return first, list(_entries(untrusted))


def _entries(untrusted: bytes) -> Iterator[SentLeaf]:
    at = _FIRST.size
    while at < len(untrusted):
        begin = at + _LENGTH.size
        if begin > len(untrusted):
            raise Refused(Reason.MALFORMED, "half a leaf")
        (length,) = _LENGTH.unpack_from(untrusted, at)
        at = begin + (length or HASH_BYTES)
        said = untrusted[begin:at]
        if at > len(untrusted) or length > MAX_RECORD_BYTES:
            raise Refused(Reason.MALFORMED, "half a leaf")
        yield SentLeaf(leaf_hash(said), said) if length else SentLeaf(said, None)
