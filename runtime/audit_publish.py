"""Publishing the audit log: a folder of tiles, entries and a signed checkpoint (C2SP tlog-tiles).

The folder is derived from the store and may lag behind it.  Publishing goes in steps, each from
one tree to a larger one:

    1. `gather` reads from the store what the folder lacks    on the database thread
    2. `write` puts tiles and bundles into the folder         anywhere else
    3. ... makes them durable, removes partial tiles that a full one replaces
    4. ... and only then replaces `checkpoint`, which is what vouches for them

A crash between any two of these leaves the old checkpoint with all that it needs; the next
run does the same step again and finds some of it done.  A file once published never changes.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime import audit_log, failpoints
from runtime.audit_folder import cosigned_path
from wire.audit.checkpoint import open_checkpoint, seal_checkpoint
from wire.audit.note import Signer, Verifier
from wire.audit.tiles import CHECKPOINT_PATH, Tile, encode_bundle, tiles_between
from wire.audit.tlog import EMPTY_TREE, TILE_WIDTH, TreeHead
from wire.reasons import Reason, Refused

# Four bundles: with records of 720 bytes that is 0.8 MB, and 2 ms on the database thread.
STEP_LEAVES: Final = 4 * TILE_WIDTH


@dataclass(frozen=True, slots=True)
class PublishStep:
    """What a folder lacks to go on to `head`: new files with their contents, and cosignatures."""

    head: TreeHead
    files: tuple[tuple[str, bytes], ...]
    full: tuple[Tile, ...]
    cosigned: tuple[audit_log.Cosigned, ...]


def published_head(folder: Path, log: Verifier) -> TreeHead:
    """Return the head of the folder's checkpoint, which is of the empty tree at first."""
    try:
        untrusted = (folder / CHECKPOINT_PATH).read_bytes()
    except FileNotFoundError:
        folder.stat()  # a folder that is not there at all is a mistake, not a beginning
        return EMPTY_TREE
    return open_checkpoint(untrusted, log).head


def gather(db: sqlite3.Connection, published: int) -> PublishStep:
    """Read the next step on from `published` leaves.  It has no files when nothing is new."""
    size = min(audit_log.head(db).size, published + STEP_LEAVES)
    tiles = list(tiles_between(published, size))
    return PublishStep(
        audit_log.head_at(db, size),
        tuple(file for tile in tiles for file in _files_of(db, tile)),
        tuple(tile for tile in tiles if tile.width == TILE_WIDTH),
        tuple(each for each in audit_log.cosigned(db) if each.head.size <= size),
    )


def write(folder: Path, step: PublishStep, signer: Signer) -> None:
    """Publish `step`.  Raises `Refused` where a file is already there with other contents."""
    for path, data in step.files:
        _add(folder, path, data)
    _make_names_durable(folder, [path for path, _ in step.files])
    for tile in step.full:
        for path in (tile.path, tile.bundle_path):
            shutil.rmtree(folder / f"{path}.p", ignore_errors=True)
    failpoints.reach("audit.tiles")
    for each in step.cosigned:
        _replace(
            folder, cosigned_path(each.key_id), seal_checkpoint(each.head, signer, [each.line])
        )
    lines = [each.line for each in step.cosigned if each.head == step.head]
    _replace(folder, CHECKPOINT_PATH, seal_checkpoint(step.head, signer, lines))
    failpoints.reach("audit.checkpoint")


def _files_of(db: sqlite3.Connection, tile: Tile) -> Iterator[tuple[str, bytes]]:
    yield tile.path, b"".join(audit_log.hash_reader(db)(tile.level, tile.first, tile.width))
    if tile.level == 0:
        yield tile.bundle_path, encode_bundle(audit_log.read(db, tile.first, tile.width))


def _add(folder: Path, path: str, data: bytes) -> None:
    """Write a file that is never to change.  It may be there already, from before a crash."""
    target = folder / path
    try:
        published = target.read_bytes()
    except FileNotFoundError:
        _make_parents(folder, path)
        _put(target, data)
        return
    if published != data:
        raise Refused(Reason.AUDIT_INCONSISTENT, f"{path} is published with other contents")


def _replace(folder: Path, path: str, data: bytes) -> None:
    target = folder / path
    if target.exists() and target.read_bytes() == data:
        return
    _make_parents(folder, path)
    _put(target, data)
    _make_names_durable(folder, [path])


def _make_parents(folder: Path, path: str) -> None:
    """Make the folders on the way to `path`, but never `folder` itself.

    Where it has gone, because its disk has, a new one would hold the end of a log only.
    """
    for parent in list(reversed(Path(path).parents))[1:]:
        (folder / parent).mkdir(exist_ok=True)


def _put(target: Path, data: bytes) -> None:
    """Write a whole file or none: nobody ever sees half of one."""
    draft = target.with_name(f"{target.name}.tmp")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    failpoints.reach("audit.draft")
    draft.rename(target)


def _make_names_durable(folder: Path, paths: list[str]) -> None:
    """Fsync every folder on the way to these files, without which a rename may be forgotten."""
    for parent in {parent for path in paths for parent in Path(path).parents}:
        handle = os.open(folder / parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
