"""Operators: who of the relay's own staff may decide upon what is held, and by which keys.

Each stage of a lane has a copy of the list in `trusted/operators.json` of its own folder, and
believes no other.  `sekisho operator` writes it; the stage reads it again whenever somebody
decides, so that an operator who was ended decides nothing more from that moment on.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Meta, Struct

from runtime.settings import SettingsFault
from wire.fields import Name, Ref
from wire.ids import OPERATOR, is_id
from wire.keys import key_id, read_public
from wire.reasons import Reason, Refused

MAX_BYTES = 1024 * 1024
_NAME = "operators.json"


class OperatorKey(Struct, frozen=True, forbid_unknown_fields=True, order=True):
    """A key of an operator.  Whoever has changed keys has several, at most one of them valid.

    Times are milliseconds since 1970; `until` null means no end is set.  `user` is who the
    operator is in the zones, if they are somebody there: nobody decides upon their own words.
    """

    id: Ref
    name: Name
    key: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    since: int
    until: int | None = None
    user: Ref | None = None

    def is_valid(self, now: int) -> bool:
        """Return whether the key counts at the time `now`."""
        return self.since <= now and (self.until is None or now < self.until)


class Operators:
    """The operators that a node knows, ready for use."""

    def __init__(self, entries: Iterable[OperatorKey] = ()) -> None:
        """Raise `Refused` for a key that is weak, or that two have, and for what is no operator."""
        self.entries = tuple(sorted(entries, key=lambda each: (each.id, each.since, each.key)))
        self._by_key = {key_id(bytes.fromhex(each.key)): each for each in self.entries}
        if len(self._by_key) != len(self.entries):
            raise Refused(Reason.WEAK_KEY, "one key stands there twice")
        for each in self.entries:
            read_public(bytes.fromhex(each.key))
            if not is_id(OPERATOR, each.id):
                raise Refused(Reason.MALFORMED, f"{each.id} is not the id of an operator")

    def find(self, operator: str, keyid: str, *, now: int) -> tuple[OperatorKey, Ed25519PublicKey]:
        """Return the entry and the key `keyid` of `operator`, if valid now, or raise `Refused`."""
        entry = self._by_key.get(keyid)
        if entry is None or entry.id != operator:
            raise Refused(Reason.UNKNOWN_KEY, f"key {keyid[:8]} is not known for {operator}")
        if not entry.is_valid(now):
            raise Refused(Reason.REVOKED_KEY, f"key {keyid[:8]} is not valid now")
        return entry, read_public(bytes.fromhex(entry.key))

    def current(self, *, now: int) -> list[OperatorKey]:
        """Return the entries that are valid now, in the order of their ids."""
        return [each for each in self.entries if each.is_valid(now)]


def trusted_folder(folder: Path) -> Path:
    """Return where the stage with the folder `folder` has what it may read while it runs."""
    return folder / "trusted"


def write_operators(folder: Path, entries: Sequence[OperatorKey]) -> None:
    """Replace the operators that the stage in `folder` knows, all or nothing."""
    path = trusted_folder(folder) / _NAME
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".tmp")
    encoded = msgspec.json.encode(Operators(entries).entries)
    draft.write_bytes(msgspec.json.format(encoded, indent=2) + b"\n")
    draft.replace(path)


def read_operators(folder: Path) -> Operators:
    """Return the operators that the stage in `folder` knows: nobody, if there is no list.

    Raises `SettingsFault`.
    """
    path = trusted_folder(folder) / _NAME
    try:
        with path.open("rb") as file:
            untrusted = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Operators()
    except OSError as trouble:
        raise SettingsFault(f"{path} cannot be read: {trouble.strerror}") from None
    if len(untrusted) > MAX_BYTES:
        raise SettingsFault(f"{path} is larger than a list of operators can be")
    try:
        return Operators(msgspec.json.decode(untrusted, type=list[OperatorKey]))
    except (msgspec.DecodeError, UnicodeDecodeError, Refused) as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None
