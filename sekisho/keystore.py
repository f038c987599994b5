"""The keys of a host: making them, its keyrings, and the cards on which they travel.

A node keeps its own private keys and the public ones of the whole site.  All keyrings
of a site should be equal; one that differs is seen in every receipt.
"""

import base64
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from runtime.certificates import make_certificate
from runtime.node import read_key, read_keyring, write_key, write_keyring
from runtime.settings import SettingsFault
from sekisho.site import Node
from wire.keyring import KeyEntry, Keyring, raw_key, read_card, write_card
from wire.keys import KEY_BYTES, KeyRole, SigningKey


def make(site: Path, nodes: Sequence[Node], *, now: int) -> Iterator[tuple[Path, bool]]:
    """Make the keys, keyrings and cards that `nodes` lack.

    Yields the path of each, and whether it was made or changed.
    """
    own: list[KeyEntry] = []
    for node in nodes:
        for role in node.roles:
            made = _make_key(site / node.folder, role)
            yield key_path(site / node.folder, role), made
            own.append(_own_entry(site / node.folder, node.name, role, now=now))
    for node in nodes:
        yield site / node.folder / "keyring.json", add(site / node.folder, own)
    for node in nodes:
        for role in node.roles:
            yield card_path(site, role), _make_card(site, node, role)


def add(folder: Path, entries: Sequence[KeyEntry]) -> bool:
    """Add `entries` to the keyring of a node; return whether it changed.

    Raises `SettingsFault` where a role has another key there, and `Refused` for a key
    that is weak or has another role.
    """
    held = keyring_of(folder)
    new = [entry for entry in entries if _is_new(held, entry, folder)]
    if new:
        together = Keyring([*held.entries, *new])
        write_keyring(folder, list(together.entries))
    return bool(new)


def keyring_of(folder: Path) -> Keyring:
    """Return the keyring of a node, which is empty where it has none yet."""
    return read_keyring(folder) if (folder / "keyring.json").exists() else Keyring([])


def entry_of(keyring: Keyring, role: KeyRole) -> KeyEntry | None:
    """Return the entry of a role that is not revoked, if there is one."""
    return next((e for e in keyring.entries if e.role is role and not e.revoked), None)


def card_of(site: Path, node: Node, role: KeyRole) -> bytes:
    """Return the card of a key that a node of this host holds: the same whenever it is asked."""
    key = read_key(site / node.folder, role)
    entry = entry_of(read_keyring(site / node.folder), role)
    if entry is None or raw_key(entry) != key.public:
        raise SettingsFault(f"{site / node.folder}: the keyring does not have its own key {role}")
    certificate = base64.b64decode(entry.certificate) if entry.certificate else None
    return write_card(key, node=entry.node, since=entry.since, certificate=certificate)


def key_path(folder: Path, role: KeyRole) -> Path:
    return folder / "keys" / f"{role}.key"


def card_path(site: Path, role: KeyRole) -> Path:
    return site / "cards" / f"{role}.card"


def _is_new(held: Keyring, entry: KeyEntry, folder: Path) -> bool:
    known = entry_of(held, entry.role)
    if known is None:
        return True
    if (known.key, known.certificate) != (entry.key, entry.certificate):
        raise SettingsFault(
            f"{folder / 'keyring.json'} has another key for {entry.role} (of {known.node}) already"
        )
    return False


def _make_key(folder: Path, role: KeyRole) -> bool:
    if key_path(folder, role).exists():
        return False
    if entry_of(keyring_of(folder), role) is not None:
        raise SettingsFault(
            f"{key_path(folder, role)} is missing, and others know that key: restore it"
        )
    write_key(folder, role, secrets.token_bytes(KEY_BYTES))
    return True


def _own_entry(folder: Path, node: str, role: KeyRole, *, now: int) -> KeyEntry:
    """Return the entry of a node's own key: that of its keyring, or a new one."""
    key = read_key(folder, role)
    known = entry_of(keyring_of(folder), role)
    if known is None:
        return _new_entry(key, node, now=now)
    if raw_key(known) != key.public:
        raise SettingsFault(f"{key_path(folder, role)} is not the key that its keyring has")
    return known


def _new_entry(key: SigningKey, node: str, *, now: int) -> KeyEntry:
    is_tls = key.role.startswith("tls-")
    certificate = make_certificate(key.private, node) if is_tls else None
    return read_card(write_card(key, node=node, since=now, certificate=certificate))


def _make_card(site: Path, node: Node, role: KeyRole) -> bool:
    path = card_path(site, role)
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(card_of(site, node, role))
    return True
