"""The key for names: it tells whom the commitments of an audit log stand for.

A log has SHA-256 of a salt and a person's id in the place of the person.  The salts are with
each lane's verify stage, which hands them out to its own user; `sekisho audit names` writes them
to a file for an auditor who is to know names.  Without a salt a commitment says nothing.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sekisho import local_socket
from sekisho.read_store import InUse, open_read_only
from sekisho.site import Program, lanes_in, stage_node
from wire.lane import Lane
from wire.reasons import Reason, Refused, Unavailable

# A line of a person: an id or a name of 200 characters at most, and 16 bytes.
MAX_LINE_BYTES: Final = 2_048


@dataclass(frozen=True, slots=True)
class Salted:
    """Somebody, and the salt by which one log hides them."""

    uid: str
    salt: bytes

    @property
    def commitment(self) -> str:
        return hashlib.sha256(self.salt + self.uid.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class NameKey:
    """Whom commitments stand for, and by which commitments somebody is known."""

    people: Mapping[str, str] = field(default_factory=dict)  # commitment -> id

    def commitments_of(self, uids: Iterable[str]) -> frozenset[str]:
        """Return what stands for these people in the logs."""
        wanted = set(uids)
        return frozenset(found for found, uid in self.people.items() if uid in wanted)


def key_of(salted: Iterable[Salted]) -> NameKey:
    """Return the key that these salts make."""
    return NameKey({each.commitment: each.uid for each in salted})


def read_file(path: Path) -> Iterator[Salted]:
    """Yield what a file of `sekisho audit names` holds.  Raises `Refused`."""
    with path.open("rb") as file:
        while line := file.readline(MAX_LINE_BYTES + 1):
            yield _salted(line)


def of_site(site: Path) -> Iterator[Salted]:
    """Yield the salts of each lane of a site, from its running stage or else from its store.

    A lane whose store and socket both keep silent gives none.
    """
    for lane in lanes_in(site):
        yield from of_stage(site, lane)


def of_stage(site: Path, lane: Lane) -> Iterator[Salted]:
    """Yield the salts of one lane."""
    node = stage_node(lane, Program.VERIFY)
    try:
        with open_read_only(site / node.store) as db:
            rows = db.execute("SELECT uid, salt FROM person ORDER BY uid").fetchall()
    except InUse:
        yield from _asked(site / node.folder / "run" / "names.sock")
        return
    except sqlite3.Error:
        return
    yield from (Salted(uid, salt) for uid, salt in rows)


def encode_line(salted: Salted) -> bytes:
    """Return a person as a line of the file."""
    said = json.dumps([salted.uid, salted.salt.hex()], ensure_ascii=False)
    return f"{said}\n".encode()


def _asked(socket: Path) -> Iterator[Salted]:
    try:
        connection = local_socket.connect(socket)
    except Unavailable:
        return
    with closing(connection), connection.makefile("rb") as lines:
        while line := lines.readline(MAX_LINE_BYTES + 1):
            yield _salted(line)


def _salted(untrusted: bytes) -> Salted:
    if len(untrusted) > MAX_LINE_BYTES:
        raise Refused(Reason.BAD_SIZE, "a line of a key for names is longer than any")
    try:
        match json.loads(untrusted):
            case [str(uid), str(salt)]:
                return Salted(uid, bytes.fromhex(salt))
    except ValueError:
        pass
    raise Refused(Reason.MALFORMED, "not a key for names: a line is [id, salt]")
