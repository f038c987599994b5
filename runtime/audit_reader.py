"""Reading, searching and proving from a published audit log, with nothing but its folder.

`search` trusts the folder: run `runtime.audit_verify.verify_log` first.  A `ProofBundle` trusts
nobody: it carries all that whoever holds the log's public key needs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from runtime.audit_folder import hash_reader, read_bundle, read_checkpoint
from wire.audit.checkpoint import Checkpoint, open_checkpoint
from wire.audit.note import Verifier
from wire.audit.tiles import tile_at
from wire.audit.tlog import TILE_WIDTH, check_inclusion, inclusion_proof, leaf_hash
from wire.reasons import Reason, Refused

# A hundred of the largest records in base64 are 9 MB.
MAX_PROOF_BYTES: Final = 16 * 1024 * 1024

Record = dict[str, object]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A record of the log, as the bytes that were hashed and as what they say."""

    index: int
    encoded: bytes
    record: Record


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record, where it stands in the log, and the hashes that lead from it to the root."""

    index: int
    record: bytes
    proof: tuple[bytes, ...]


class ProofBundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the log says of one event, for someone who has not got the log.

    In JSON, `record` and `proof` are base64.  `checkpoint` is the signed note as text.
    """

    v: Literal[1]
    checkpoint: str
    leaves: tuple[Leaf, ...]


def iter_records(folder: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield index and bytes of the first `size` records, one bundle in memory at a time."""
    for number in range(-(-size // TILE_WIDTH)):
        tile = tile_at(0, number, size)
        yield from enumerate(read_bundle(folder, tile), start=tile.first)


def search(
    folder: Path,
    log: Verifier,
    where: Mapping[str, object],
    *,
    since: int | None = None,
    until: int | None = None,
) -> Iterator[AuditEntry]:
    """Yield the entries from `since` up to before `until` (ms) whose members are as in `where`.

    Where a member is a list, the value has to be in it.
    """
    size = open_checkpoint(read_checkpoint(folder), log).head.size
    for entry in _matching(folder, size, where):
        if _in_time(entry.record, since, until):
            yield entry


def read_entries(
    folder: Path, log: Verifier, is_wanted: Callable[[Record], bool]
) -> Iterator[AuditEntry]:
    """Yield the entries whose record is wanted, in the order of the log."""
    size = open_checkpoint(read_checkpoint(folder), log).head.size
    for index, encoded in iter_records(folder, size):
        record = decode_record(index, encoded)
        if is_wanted(record):
            yield AuditEntry(index, encoded, record)


def read_record(folder: Path, size: int, index: int) -> Record:
    """Return the record `index` of a log of `size`."""
    tile = tile_at(0, index // TILE_WIDTH, size)
    return decode_record(index, read_bundle(folder, tile)[index - tile.first])


def mentioning(folder: Path, log: Verifier, name: str) -> Iterator[AuditEntry]:
    """Yield the entries in which the id `name` stands anywhere; only these are decoded."""
    size, wanted = open_checkpoint(read_checkpoint(folder), log).head.size, name.encode()
    for index, encoded in iter_records(folder, size):
        if wanted in encoded:
            yield AuditEntry(index, encoded, decode_record(index, encoded))


def demand_included(folder: Path, log: Verifier, entry: AuditEntry) -> None:
    """Refuse an entry that is not in the tree that the log has signed."""
    head = open_checkpoint(read_checkpoint(folder), log).head
    proof = inclusion_proof(hash_reader(folder, head.size), entry.index, head.size)
    check_inclusion(leaf_hash(entry.encoded), entry.index, head, proof)


def prove(folder: Path, log: Verifier, event_id: str) -> ProofBundle:
    """Return the proof that the log says of an event what it says, or raise `Refused`.

    It proves what is in it.  That nothing else was logged takes the whole log to show.
    """
    untrusted_checkpoint = read_checkpoint(folder)
    head = open_checkpoint(untrusted_checkpoint, log).head
    read = hash_reader(folder, head.size)
    leaves = []
    for entry in _matching(folder, head.size, {"id": event_id}):
        proof = inclusion_proof(read, entry.index, head.size)
        check_inclusion(leaf_hash(entry.encoded), entry.index, head, proof)
        leaves.append(Leaf(entry.index, entry.encoded, tuple(proof)))
    if not leaves:
        raise Refused(Reason.NOT_FOUND, f"no record of {event_id}")
    return ProofBundle(1, untrusted_checkpoint.decode(), tuple(leaves))


def verify_proof(
    bundle: ProofBundle, log: Verifier, witnesses: tuple[Verifier, ...] = ()
) -> tuple[Checkpoint, list[AuditEntry]]:
    """Return what a bundle proves and the checkpoint it rests on, or raise `Refused`."""
    checkpoint = open_checkpoint(bundle.checkpoint.encode(), log, witnesses)
    entries = []
    for leaf in bundle.leaves:
        check_inclusion(leaf_hash(leaf.record), leaf.index, checkpoint.head, leaf.proof)
        entries.append(AuditEntry(leaf.index, leaf.record, decode_record(leaf.index, leaf.record)))
    if not entries:
        raise Refused(Reason.MALFORMED, "a proof of nothing")
    return checkpoint, entries


def encode_proof(bundle: ProofBundle) -> bytes:
    return msgspec.json.encode(bundle)


def decode_proof(untrusted: bytes) -> ProofBundle:
    """Return the bundle that `untrusted` encodes, or raise `Refused`.  Nothing is proven yet."""
    if len(untrusted) > MAX_PROOF_BYTES:
        raise Refused(Reason.BAD_SIZE, f"proof of {len(untrusted)} bytes")
    try:
        return msgspec.json.decode(untrusted, type=ProofBundle)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(Reason.MALFORMED, "not a proof") from None


def decode_record(index: int, encoded: bytes) -> Record:
    """Return what a record says, or raise `Refused`."""
    try:
        return msgspec.json.decode(encoded, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(Reason.MALFORMED, f"entry {index} is not a JSON object") from None


def _matching(folder: Path, size: int, where: Mapping[str, object]) -> Iterator[AuditEntry]:
    for index, encoded in iter_records(folder, size):
        entry = AuditEntry(index, encoded, decode_record(index, encoded))
        if all(_has(entry.record, name, wanted) for name, wanted in where.items()):
            yield entry


def _has(record: Record, name: str, wanted: object) -> bool:
    found = record.get(name)
    return found == wanted or (isinstance(found, list) and wanted in found)


def _in_time(record: Record, since: int | None, until: int | None) -> bool:
    match record.get("t"):
        case int(t):
            return (since is None or since <= t) and (until is None or t < until)
        case _:
            return since is None and until is None
