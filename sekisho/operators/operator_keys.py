"""Keys of operators: made and kept in the operator's own place, and never in a node's folder.

A key is a file of PKCS #8 in PEM, which only its owner may read, encrypted if they chose a
passphrase.
"""

import os
from collections.abc import Callable
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from runtime.settings import SettingsFault
from wire.keys import IdentifiedKey


def own_path(operator: str, public: str) -> Path:
    """Return where whoever runs this keeps this key of `operator`, unless they say otherwise."""
    folder = Path(click.get_app_dir("sekisho")) / "operators"
    return folder / f"{operator}-{public[:16]}.pem"


def make_key(operator: str, path: Path | None, passphrase: str) -> tuple[IdentifiedKey, Path]:
    """Make a new key, encrypted unless the passphrase is empty; return it and where it is.

    Raises `SettingsFault` if there is something at `path` already.
    """
    private = Ed25519PrivateKey.generate()
    made = IdentifiedKey.of_seed(private.private_bytes_raw())
    path = path or own_path(operator, made.public.hex())
    closed = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    encoded = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, closed)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as trouble:
        raise SettingsFault(f"{path} cannot be made: {trouble.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(encoded)
    return made, path


def open_key(path: Path, ask: Callable[[], str]) -> IdentifiedKey:
    """Return the key at `path`; `ask` returns the passphrase, if it has one.

    Raises `SettingsFault`.
    """
    try:
        encoded = path.read_bytes()
        is_open = bool(path.stat().st_mode & 0o077)
    except OSError as trouble:
        raise SettingsFault(f"{path} cannot be read: {trouble.strerror}") from None
    if is_open:
        raise SettingsFault(f"{path} can be read by others: run `chmod 600 {path}`")
    try:
        private = _load(encoded, None) or _load(encoded, ask().encode())
    except ValueError:
        raise SettingsFault(f"{path} is no key, or that is not its passphrase") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise SettingsFault(f"{path} is not a key of an operator")
    return IdentifiedKey.of_seed(private.private_bytes_raw())


def _load(encoded: bytes, passphrase: bytes | None) -> object:
    """Return the key, or None if it has a passphrase and none was given."""
    try:
        return load_pem_private_key(encoded, passphrase)
    except TypeError:
        return None
