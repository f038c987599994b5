"""A node's folder: the keys it holds, and the keyring of those it trusts.

    keys/ROLE.key     the seed of one key, 64 hexadecimal digits, mode 0600
    keyring.json      the public keys of the site, as `sekisho keys add` wrote them

Keys are read once, when the node starts.
"""

import base64
import grp
import os
from pathlib import Path

import msgspec

from runtime.certificates import Identity
from runtime.links import TlsEndpoint, UnixEndpoint
from runtime.settings import SettingsFault, read_guarded, read_secret
from wire.keyring import KeyEntry, Keyring
from wire.keys import KeyRole, SigningKey
from wire.reasons import Refused

MAX_KEYRING_BYTES = 1024 * 1024


def write_key(folder: Path, role: KeyRole, seed: bytes) -> SigningKey:
    """Keep a new key under `folder`; there must not be one of that role yet."""
    path = folder / "keys" / f"{role}.key"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(seed.hex() + "\n")
    return SigningKey.from_seed(role, seed)


def read_key(folder: Path, role: KeyRole) -> SigningKey:
    """Return the key that the node in `folder` holds for `role`."""
    path = folder / "keys" / f"{role}.key"
    try:
        seed = bytes.fromhex(read_secret(path).decode("ascii").strip())
    except FileNotFoundError:
        raise SettingsFault(f"{path} is missing: run `sekisho init` or restore it") from None
    except (OSError, ValueError) as trouble:
        raise SettingsFault(f"{path} is not a readable key: {trouble}") from None
    if len(seed) != 32:
        raise SettingsFault(f"{path} holds {len(seed)} bytes, a key has 32: restore it")
    return SigningKey.from_seed(role, seed)


def write_keyring(folder: Path, entries: list[KeyEntry]) -> None:
    """Replace the keyring in `folder`, all or nothing."""
    path = folder / "keyring.json"
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o644)  # whatever the umask is: one that others may change is not read
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(sorted(entries)), indent=2) + b"\n")
    draft.replace(path)


def read_keyring(folder: Path) -> Keyring:
    """Return the keyring in `folder`; a weak or doubled key is an error."""
    path = folder / "keyring.json"
    try:
        if path.stat().st_size > MAX_KEYRING_BYTES:
            raise SettingsFault(f"{path} is larger than a keyring can be")
        return Keyring(msgspec.json.decode(read_guarded(path), type=list[KeyEntry]))
    except FileNotFoundError:
        raise SettingsFault(f"{path} is missing: run `sekisho init` or restore it") from None
    except (OSError, msgspec.DecodeError, Refused) as trouble:
        raise SettingsFault(f"{path}: {trouble}") from None


def read_endpoint(
    address: str,
    folder: Path,
    *,
    own: KeyRole,
    peer: KeyRole,
    uids: frozenset[int],
    now: int,
    group: str = "",
) -> UnixEndpoint | TlsEndpoint:
    """Return the endpoint that a setting names: `unix:PATH` or `tls:HOST:PORT`.

    A relative path is under `folder`.  `own` and `peer` are the tls-… roles of the
    two ends; `uids` are the users allowed at the other end of a Unix socket, `group` the
    Unix group that may open it where we listen.
    """
    scheme, _, rest = address.partition(":")
    if scheme == "unix" and rest:
        # Without its `..`: what is dialled counts against the 107 bytes of a socket's path.
        return UnixEndpoint(Path(os.path.normpath(folder / rest)), uids, gid_of(group))
    host, _, port = rest.rpartition(":")
    if scheme != "tls" or not host or not port.isdecimal():
        raise SettingsFault(f"{address!r} is not unix:PATH or tls:HOST:PORT")
    keyring = read_keyring(folder)
    return TlsEndpoint(
        host.strip("[]"),
        int(port),
        Identity(_certificate(keyring.of(own, now=now)), read_key(folder, own).private),
        _certificate(keyring.of(peer, now=now)),
    )


def gid_of(group: str) -> int | None:
    """Return the number of a Unix group, named or numbered, or None for none."""
    if not group:
        return None
    if group.isdecimal():
        return int(group)
    try:
        return grp.getgrnam(group).gr_gid
    except KeyError:
        raise SettingsFault(f"there is no Unix group {group} on this host") from None


def _certificate(entry: KeyEntry) -> bytes:
    if entry.certificate is None:
        raise SettingsFault(f"the key card of {entry.role} has no certificate: exchange it again")
    return base64.b64decode(entry.certificate)
