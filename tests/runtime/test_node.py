"""A node's folder: its keys, its keyring, and the addresses its settings name."""

import base64
import os
from pathlib import Path

import pytest

from runtime.certificates import make_certificate, public_key_of
from runtime.links import TlsEndpoint, UnixEndpoint
from runtime.node import read_endpoint, read_key, read_keyring, write_key, write_keyring
from runtime.settings import SettingsFault
from wire.keyring import KeyEntry, read_card, write_card
from wire.keys import KeyRole, SigningKey

SEED = bytes(range(32))
NOW = 1_790_000_000_000


def entry(role: KeyRole, seed: bytes = SEED, *, certificate: bool = False) -> KeyEntry:
    key = SigningKey.from_seed(role, seed)
    made = make_certificate(key.private, "node") if certificate else None
    return read_card(write_card(key, node="node", since=0, certificate=made))


def test_a_key_is_written_once_and_for_its_owner(tmp_path: Path) -> None:
    written = write_key(tmp_path, KeyRole.INTERNET_SOURCE, SEED)
    path = tmp_path / "keys" / "internet-source.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_key(tmp_path, KeyRole.INTERNET_SOURCE).public == written.public
    with pytest.raises(FileExistsError):
        write_key(tmp_path, KeyRole.INTERNET_SOURCE, bytes(32))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds 0 bytes"),
        ("00" * 31, "holds 31 bytes"),
        ("zz" * 32, "not a readable key"),
        ("０" * 64, "not a readable key"),
    ],
)
def test_what_is_not_a_key_is_said(tmp_path: Path, content: str, complaint: str) -> None:
    write_key(tmp_path, KeyRole.LGWAN_SOURCE, SEED)
    (tmp_path / "keys" / "lgwan-source.key").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsFault, match=complaint):
        read_key(tmp_path, KeyRole.LGWAN_SOURCE)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_not_used(tmp_path: Path, mode: int) -> None:
    write_key(tmp_path, KeyRole.LGWAN_SOURCE, SEED)
    (tmp_path / "keys" / "lgwan-source.key").chmod(mode)
    with pytest.raises(SettingsFault, match="chmod 600"):
        read_key(tmp_path, KeyRole.LGWAN_SOURCE)


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_keyring_that_others_can_change_is_not_used(tmp_path: Path, mode: int) -> None:
    write_keyring(tmp_path, [entry(KeyRole.LGWAN_SOURCE)])
    read_keyring(tmp_path)
    (tmp_path / "keyring.json").chmod(mode)
    with pytest.raises(SettingsFault, match="chmod go-w"):
        read_keyring(tmp_path)


def test_a_keyring_is_written_so_that_it_can_be_used_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_keyring(tmp_path, [entry(KeyRole.LGWAN_SOURCE)])
    finally:
        os.umask(before)
    assert len(read_keyring(tmp_path).entries) == 1


def test_a_missing_key_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="missing: run `sekisho init` or restore it"):
        read_key(tmp_path, KeyRole.LGWAN_SOURCE)


def test_a_keyring_is_kept_and_replaced(tmp_path: Path) -> None:
    entries = [entry(KeyRole.LGWAN_SOURCE), entry(KeyRole.IMPORT_RECEIPT, bytes(32))]
    write_keyring(tmp_path, [])
    write_keyring(tmp_path, entries)
    assert read_keyring(tmp_path).entries == tuple(sorted(entries))
    assert [path.name for path in tmp_path.iterdir()] == ["keyring.json"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "keyring.json"),
        (b"{}", "keyring.json"),
        (b'[{"role":"king","node":"n","key":"","since":0}]', "role"),
        (b'[{"role":"lgwan-source","node":"n","key":"?","since":0}]', "not base64"),
        (b" " * (1024 * 1024 + 1), "larger"),
    ],
)
def test_what_is_not_a_keyring_is_said(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "keyring.json").write_bytes(content)
    with pytest.raises(SettingsFault, match=complaint):
        read_keyring(tmp_path)


def test_a_missing_keyring_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsFault, match="missing: run `sekisho init` or restore it"):
        read_keyring(tmp_path)


def test_a_weak_key_is_not_taken_from_a_keyring(tmp_path: Path) -> None:
    weak = base64.b64encode(bytes(32)).decode()
    write_keyring(tmp_path, [KeyEntry(role=KeyRole.LGWAN_SOURCE, node="n", key=weak, since=0)])
    with pytest.raises(SettingsFault, match="weak-key"):
        read_keyring(tmp_path)


def address(folder: Path, setting: str) -> UnixEndpoint | TlsEndpoint:
    return read_endpoint(
        setting,
        folder,
        own=KeyRole.TLS_INTERNET,
        peer=KeyRole.TLS_IMPORT_TRANSFORM,
        uids=frozenset({7}),
        now=NOW,
    )


def test_a_unix_address_is_under_the_folder_unless_it_is_whole(tmp_path: Path) -> None:
    uids = frozenset({7})
    assert address(tmp_path, "unix:run/link.sock") == UnixEndpoint(tmp_path / "run/link.sock", uids)
    assert address(tmp_path, "unix:/run/a.sock") == UnixEndpoint(Path("/run/a.sock"), uids)


@pytest.mark.parametrize(
    ("setting", "host", "port"),
    [("tls:relay.example:4001", "relay.example", 4001), ("tls:[::1]:4001", "::1", 4001)],
)
def test_a_tls_address_has_both_certificates(
    tmp_path: Path, setting: str, host: str, port: int
) -> None:
    own = write_key(tmp_path, KeyRole.TLS_INTERNET, SEED)
    peer = entry(KeyRole.TLS_IMPORT_TRANSFORM, bytes(32), certificate=True)
    write_keyring(tmp_path, [entry(KeyRole.TLS_INTERNET, certificate=True), peer])
    found = address(tmp_path, setting)
    assert isinstance(found, TlsEndpoint)
    assert (found.host, found.port) == (host, port)
    assert found.identity.private.public_key().public_bytes_raw() == own.public
    assert base64.b64encode(found.peer_certificate).decode() == peer.certificate
    assert public_key_of(found.identity.certificate) != public_key_of(found.peer_certificate)


def test_a_card_without_a_certificate_is_no_use_for_tls(tmp_path: Path) -> None:
    write_key(tmp_path, KeyRole.TLS_INTERNET, SEED)
    write_keyring(tmp_path, [entry(KeyRole.TLS_INTERNET)])
    with pytest.raises(SettingsFault, match="exchange it again"):
        address(tmp_path, "tls:relay.example:4001")


@pytest.mark.parametrize(
    "setting", ["", "unix:", "tcp:a:1", "tls:a", "tls::1", "tls:a:", "tls:a:b", "run/link.sock"]
)
def test_what_is_no_address_is_said(tmp_path: Path, setting: str) -> None:
    with pytest.raises(SettingsFault, match="is not unix:PATH or tls:HOST:PORT"):
        address(tmp_path, setting)
