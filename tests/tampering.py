"""An audit log as an auditor finds it, and every way we know to tamper with one.

Our verifier and the foreign ones are put to the same table.
"""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from runtime import audit_log
from tests.runtime.publishing import publish
from wire.audit.checkpoint import checkpoint_text, seal_checkpoint
from wire.audit.note import SignatureType, Signer, cosign_note
from wire.audit.tiles import Tile, decode_bundle, encode_bundle
from wire.audit.tlog import Frontier, extend_frontier, leaf_hash

LOG = Signer("relay.city.example/import/2026", Ed25519PrivateKey.from_private_bytes(b"l" * 32))
STRANGER = Signer(LOG.name, Ed25519PrivateKey.from_private_bytes(b"s" * 32))
WITNESS = Signer("lgwan.city.example", Ed25519PrivateKey.from_private_bytes(b"w" * 32))
WITNESS_VERIFIER = WITNESS.verifier(SignatureType.COSIGNATURE_V1)

# Two full tiles and a partial one; the witness has seen the log when the second was begun.
WITNESSED, SIZE = 300, 700
WITNESSED_AT_S = 1_790_000_000

LAST = Tile(0, 2, 188)


def records(first: int, end: int, *, decision: str = "allow") -> list[bytes]:
    return [
        b'{"id":"ev-%d","t":%d,"ev":"decided","decision":"%s","approvers":["u%d","u9"]}'
        % (number, 1000 + number, decision.encode(), number % 3)
        for number in range(first, end)
    ]


def open_store(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    if not db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'audit_leaf'").fetchone():
        db.executescript(audit_log.AUDIT_SCHEMA)
    return db


def grow(db: sqlite3.Connection, new: Sequence[bytes]) -> None:
    db.execute("BEGIN")
    audit_log.append(db, new, now=1)
    db.execute("COMMIT")


def have_witnessed(db: sqlite3.Connection, size: int) -> None:
    text = checkpoint_text(LOG.name, audit_log.head_at(db, size))
    line = cosign_note(text, WITNESS, now_s=WITNESSED_AT_S)
    audit_log.keep_cosignature(db, line, size=size, origin=LOG.name, witness=WITNESS_VERIFIER)


def build_log(home: Path, signer: Signer = LOG) -> Path:
    """Return the folder of a log of 700, published at 300 and whole, that a witness saw at 300."""
    folder = home / "log"
    folder.mkdir(parents=True)
    db = open_store(home / "store.db")
    grow(db, records(0, WITNESSED))
    publish(db, folder, signer)
    have_witnessed(db, WITNESSED)
    grow(db, records(WITNESSED, SIZE))
    publish(db, folder, signer)
    db.close()
    return folder


@dataclass(frozen=True, slots=True)
class Tampering:
    """Something done to a folder, and what the verifier has to say of it."""

    tamper: Callable[[Path], None]
    found: str


def edit(path: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        found = (folder / path).read_bytes()
        assert found.count(old) == 1
        (folder / path).write_bytes(found.replace(old, new))

    return tamper


def flip(path: str, at: int) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        data = bytearray((folder / path).read_bytes())
        data[at] ^= 1
        (folder / path).write_bytes(data)

    return tamper


def rebundle(path: str, change: Callable[[list[bytes]], None]) -> Callable[[Path], None]:
    def tamper(folder: Path) -> None:
        entries = decode_bundle((folder / path).read_bytes())
        change(entries)
        (folder / path).write_bytes(encode_bundle(entries))

    return tamper


def truncate(path: str) -> Callable[[Path], None]:
    return lambda folder: _cut(folder / path)


def drop(path: str) -> Callable[[Path], None]:
    return lambda folder: (folder / path).unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _swap(entries: list[bytes]) -> None:
    entries[3], entries[7] = entries[7], entries[3]


def _replace_key(folder: Path) -> None:
    head, _ = extend_frontier(Frontier(), map(leaf_hash, records(0, SIZE)))
    (folder / "checkpoint").write_bytes(seal_checkpoint(head.head, STRANGER))


def _rewrite(folder: Path, size: int, decision: str) -> None:
    """Put another log in the place of this one, as only the log's own key can sign it."""
    kept = {path.name: path.read_bytes() for path in (folder / "cosigned").iterdir()}
    shutil.rmtree(folder)
    folder.mkdir()
    db = open_store(folder.parent / "forged.db")
    grow(db, records(0, size, decision=decision))
    publish(db, folder, LOG)
    db.close()
    (folder / "cosigned").mkdir()
    for name, data in kept.items():
        (folder / "cosigned" / name).write_bytes(data)


def _roll_back(folder: Path) -> None:
    _rewrite(folder, 200, "allow")


def _fork(folder: Path) -> None:
    _rewrite(folder, SIZE, "denied")


def _rewrite_unsigned(folder: Path) -> None:
    """Rewrite everything but the checkpoint, which takes a key."""
    checkpoint = (folder / "checkpoint").read_bytes()
    _fork(folder)
    (folder / "checkpoint").write_bytes(checkpoint)


def _edit_entry_and_tile(folder: Path) -> None:
    edit("tile/entries/000", b'"ev-5"', b'"ev-X"')(folder)
    leaf = leaf_hash(decode_bundle((folder / "tile/entries/000").read_bytes())[5])
    edit("tile/0/000", leaf_hash(records(5, 6)[0]), leaf)(folder)


_ROOT = checkpoint_text(
    LOG.name, extend_frontier(Frontier(), map(leaf_hash, records(0, SIZE)))[0].head
)
_ROOT_LINE = _ROOT.split("\n")[2].encode()

# Every row is found by our verifier with these words and refused by the foreign ones.
TAMPERINGS = {
    "an entry edited": Tampering(
        edit("tile/entries/000", b'"ev-5"', b'"ev-X"'), "entry 5 .*the entry was altered"
    ),
    "the last entry edited": Tampering(
        edit(LAST.bundle_path, b'"ev-699"', b'"ev-X99"'), "entry 699 .*the entry was altered"
    ),
    "a tile edited": Tampering(
        flip("tile/0/001", 10 * 32), "entry 266 .* in tile/0/001: the tile was altered"
    ),
    "a partial tile edited": Tampering(
        flip(LAST.path, 32), "entry 513 .*tile/0/002.p/188: the tile was altered"
    ),
    "a tile above edited": Tampering(
        flip("tile/1/000.p/2", 32), "hash 1 of tile/1/000.p/2 .*: the tile was altered"
    ),
    "an entry and its tile edited alike": Tampering(
        _edit_entry_and_tile, "hash 0 of tile/1/000.p/2 .*: the entry was altered"
    ),
    "a bundle truncated": Tampering(
        truncate(LAST.bundle_path), "tile/entries/002.p/188 ends inside record 187"
    ),
    "a tile truncated": Tampering(truncate("tile/0/000"), "tile/0/000 does not end with a whole"),
    "the last entry removed": Tampering(
        rebundle(LAST.bundle_path, lambda entries: entries.__delitem__(-1)),
        "tile/entries/002.p/188 holds 187 and should hold 188",
    ),
    "an entry inserted": Tampering(
        rebundle("tile/entries/001", lambda entries: entries.insert(4, b"{}")),
        "tile/entries/001 holds 257 and should hold 256",
    ),
    "two entries swapped": Tampering(rebundle("tile/entries/001", _swap), "entry 259 .*altered"),
    "a partial tile dropped": Tampering(drop(LAST.path), "tile/0/002.p/188 is missing"),
    "a full tile dropped": Tampering(drop("tile/0/001"), "tile/0/001 is missing"),
    "a bundle dropped": Tampering(drop("tile/entries/000"), "tile/entries/000 is missing"),
    "the checkpoint dropped": Tampering(drop("checkpoint"), "checkpoint is missing"),
    "the size edited": Tampering(
        edit("checkpoint", b"\n700\n", b"\n512\n"), r"checkpoint: lines 2 and 3 \(size, root\)"
    ),
    "the root edited": Tampering(
        edit("checkpoint", _ROOT_LINE, b"A" * 43 + b"="),
        r"checkpoint: lines 2 and 3 \(size, root\)",
    ),
    "the root garbled": Tampering(
        edit("checkpoint", _ROOT_LINE, b"*" * 44), "checkpoint: not base64, and signature of"
    ),
    "the origin edited": Tampering(
        edit("checkpoint", b"/2026\n", b"/2025\n"), r"checkpoint: line 1 \(origin\)"
    ),
    "the signature edited": Tampering(flip("checkpoint", -10), "checkpoint: a signature line"),
    "the key replaced": Tampering(
        _replace_key, r"no signature by relay.city.example/import/2026\+"
    ),
    "all rewritten but the checkpoint": Tampering(
        _rewrite_unsigned, r"checkpoint line 3 \(root\) is not the root of the 700 entries"
    ),
    "rolled back and signed again": Tampering(
        _roll_back, "witness lgwan.city.example: tree shrank from 300 to 200"
    ),
    "forked for one witness": Tampering(
        _fork, "witness lgwan.city.example: tree of 700 does not hold the tree of 300"
    ),
}
