#!/usr/bin/env python3
"""Verify an audit log of Sekisho with nothing of Sekisho: Python and `cryptography`.

    audit_verify.py FOLDER LOG-KEY [WITNESS-KEY or CHECKPOINT-THAT-YOU-KEPT ...]

Keys are C2SP vkeys.  Read FOLDER on a machine that you trust.  Exit code 0: verified; 1: not.
"""

import hashlib
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def demand(is_so: object, trouble: str) -> None:
    """Stop here unless it is so."""
    if not is_so:
        raise ValueError(trouble)


class Key:
    """name+id+base64(type, 32 bytes); the id is a hash of all three (C2SP signed-note)."""

    def __init__(self, vkey: str) -> None:
        self.name, self.id, encoded = vkey.split("+", 2)
        material = b64decode(encoded, validate=True)
        digest = hashlib.sha256(self.name.encode() + b"\n" + material).hexdigest()
        demand(digest[:8] == self.id, f"{vkey} is not a key")
        self.type, self.public = material[0], Ed25519PublicKey.from_public_bytes(material[1:])

    def signed_at(self, text: str, lines: list[str]) -> int | None:
        """Return when this key signed `text`, 0 for a log, or None if no line is of this key."""
        for line in lines:
            dash, name, encoded = line.split(" ")
            blob = b64decode(encoded, validate=True)
            if dash != "—" or name != self.name or blob[:4].hex() != self.id:
                continue
            if self.type == 1:  # the log
                self.public.verify(blob[4:], text.encode())
                return 0
            at = int.from_bytes(blob[4:12], "big")  # a witness (C2SP tlog-cosignature)
            self.public.verify(blob[12:], f"cosignature/v1\ntime {at}\n{text}".encode())
            return at
        return None


def read_checkpoint(path: Path, log: Key) -> tuple[str, list[str], int, bytes]:
    """Return (text, signature lines, size, root) of a checkpoint that the log has signed."""
    head, signatures = path.read_text(encoding="utf-8").split("\n\n")
    text, lines = head + "\n", signatures.splitlines()
    demand(log.signed_at(text, lines) == 0, f"{path}: not signed by the log")
    origin, size, root, end = text.split("\n")
    demand((origin, end) == (log.name, ""), f"{path}: a checkpoint of another log")
    return text, lines, int(size), b64decode(root, validate=True)


def read_part(folder: Path, kind: object, index: int, width: int) -> bytes:
    """Return a tile or a bundle of entries (C2SP tlog-tiles); a full one replaces partial ones."""
    name = "/".join(
        [
            *(f"x{index // 1000**n % 1000:03d}" for n in (2, 1) if index >= 1000**n),
            f"{index % 1000:03d}",
        ]
    )
    partial, full = folder / f"tile/{kind}/{name}.p/{width}", folder / f"tile/{kind}/{name}"
    return (full if width == 256 or not partial.exists() else partial).read_bytes()


def read_leaves(folder: Path, size: int) -> Iterator[bytes]:
    """Yield the hash of each entry, after comparing it with the tile that has it, too."""
    for index in range(-(-size // 256)):
        width = min(256, size - index * 256)
        data, leaves = read_part(folder, "entries", index, width), []
        while data:
            end = 2 + int.from_bytes(data[:2], "big")
            demand(len(data) >= end, f"bundle {index} is cut short")
            leaves.append(hashlib.sha256(b"\0" + data[2:end]).digest())
            data = data[end:]
        demand(len(leaves) in (width, 256), f"bundle {index} has {len(leaves)} entries")
        tile = read_part(folder, 0, index, width)
        demand(
            tile[: 32 * width] == b"".join(leaves[:width]), f"an entry of bundle {index} differs"
        )
        yield from leaves[:width]


def roots_at(folder: Path, leaves: Iterator[bytes], wanted: set[int]) -> dict[int, bytes]:
    """Return the root of the tree at each of the `wanted` sizes (RFC 6962), and compare tiles."""
    peaks: list[tuple[int, int, bytes]] = []  # height, index and hash of perfect subtrees
    roots, last = {0: hashlib.sha256(b"").digest()}, max(wanted)
    for size, leaf in enumerate(leaves, start=1):
        peaks.append((0, size - 1, leaf))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            height, index, right = peaks.pop()
            _, _, left = peaks.pop()
            node = hashlib.sha256(b"\1" + left + right).digest()
            peaks.append((height + 1, index // 2, node))
            if (height + 1) % 8 == 0:
                level, at = (height + 1) // 8, index // 2
                width = min(256, (last >> 8 * level) - at // 256 * 256)
                tile = read_part(folder, level, at // 256, width)
                demand(tile[at % 256 * 32 :][:32] == node, f"tile of level {level} differs at {at}")
        if size in wanted:
            root = peaks[-1][2]
            for _, _, peak in reversed(peaks[:-1]):
                root = hashlib.sha256(b"\1" + peak + root).digest()
            roots[size] = root
    return roots


def verify(folder: Path, log: Key, witnesses: list[Key], kept: list[Path]) -> tuple[int, int]:
    """Return (size, the largest size that a witness has signed)."""
    text, lines, size, root = read_checkpoint(folder / "checkpoint", log)
    seen: dict[str, tuple[int, bytes]] = {}
    for witness in witnesses:
        demand(witness.type == 4, f"{witness.name} is not the key of a witness")
        seen[witness.name] = size, root
        if witness.signed_at(text, lines) is None:  # not the newest: its last is kept beside
            then = read_checkpoint(folder / "cosigned" / witness.id, log)
            demand(witness.signed_at(then[0], then[1]), f"{witness.name} has not signed")
            seen[witness.name] = then[2], then[3]
    sizes = {each for each, _ in seen.values()}
    vouched = max(sizes, default=0)
    for path in kept:
        seen[str(path)] = read_checkpoint(path, log)[2:]
        sizes.add(seen[str(path)][0])
    roots = roots_at(folder, read_leaves(folder, size), sizes | {size})
    demand(roots[size] == root, "the entries do not make the tree that the log has signed")
    for name, (size_then, root_then) in seen.items():
        demand(roots.get(size_then) == root_then, f"what {name} has seen is not in this log")
    return size, vouched


def main() -> int:
    folder, log, more = Path(sys.argv[1]), Key(sys.argv[2]), sys.argv[3:]
    kept = [Path(each) for each in more if Path(each).is_file()]
    try:
        keys = [Key(each) for each in more if not Path(each).is_file()]
        size, vouched = verify(folder, log, keys, kept)
    except Exception as trouble:  # whatever is wrong with it, it is not verified
        print(f"NOT VERIFIED: {type(trouble).__name__}: {trouble}")
        return 1
    print(f"OK {size} records, of which {size - vouched} are vouched for by no witness")
    return 0


if __name__ == "__main__":
    sys.exit(main())
