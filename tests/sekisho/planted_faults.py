"""The faults that `sekisho doctor` finds, each with how it is planted in a site."""

import base64
import json
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from runtime import audit_log
from runtime.node import read_key, read_keyring, write_keyring
from sekisho.clock import now_ms
from sekisho.doctor.codes import Code
from tests.runtime.publishing import publish
from tests.sekisho.test_audit import fall_behind
from wire.audit.note import Signer
from wire.keys import KeyRole
from wire.lane import Lane, log_origin

IMPORT_VERIFY = "relay/import/verify"


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def weaken(site: Path) -> None:
    path = site / "lgwan" / "keyring.json"
    entries = json.loads(path.read_text())
    entries[0]["key"] = base64.b64encode(bytes([1]) + bytes(31)).decode()
    path.write_text(json.dumps(entries))


def drop(site: Path, *nodes: str) -> None:
    for node in nodes:
        kept = [e for e in read_keyring(site / node).entries if e.role is not KeyRole.IMPORT_AUDIT]
        write_keyring(site / node, kept)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(200)
        file.write(b"\xff" * 4000)


def listen_and_die(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as sock:
        sock.bind(str(path))


def publish_record(site: Path) -> None:
    folder = site / IMPORT_VERIFY
    key = read_key(folder, KeyRole.IMPORT_AUDIT)
    signer = Signer(log_origin("machi", Lane.IMPORT), key.private)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        audit_log.append(db, [b'{"v":1}'], now=1)
        db.commit()
        publish(db, folder / "log", signer)


def publish_and_forget(site: Path) -> None:
    """Publish a record, and then lose it as a restored backup does."""
    store = site / IMPORT_VERIFY / "verify.db"
    backup = store.read_bytes()
    publish_record(site)
    store.write_bytes(backup)


Plant = Callable[[Path], object]

PLANTED: dict[Code, Plant] = {
    Code.FOLDER_MISSING: lambda s: (s / "lgwan" / "blobs").rmdir(),
    Code.FOLDER_OPEN: lambda s: (s / "lgwan").chmod(0o755),
    Code.FILE_OPEN: lambda s: (s / "lgwan/zone.db").chmod(0o640),
    Code.FILE_CHANGEABLE: lambda s: (s / "lgwan/zone.toml").chmod(0o620),
    Code.FRONTEND_SHUT_OUT: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO frontend (id, name, uids, act_as, scopes, at)"
        " VALUES ('fe', 'web', '[61004]', '[]', '[]', 0)",
    ),
    Code.SETTINGS_BAD: lambda s: rewrite(s / "lgwan/zone.toml", "site =", "syte ="),
    Code.SITE_DIFFERS: lambda s: rewrite(s / "lgwan/zone.toml", '"machi"', '"mura"'),
    Code.TENANT_DIFFERS: lambda s: rewrite(s / "lgwan/zone.toml", '"tn_0', '"tn_1'),
    Code.KEY_MISSING: lambda s: (s / "lgwan/keys/lgwan-source.key").unlink(),
    Code.KEY_OPEN: lambda s: (s / "lgwan/keys/lgwan-source.key").chmod(0o640),
    Code.KEY_DAMAGED: lambda s: (s / "lgwan/keys/lgwan-source.key").write_text("beef\n"),
    Code.KEY_FOREIGN: lambda s: (s / "lgwan/keys/lgwan-source.key").write_text("ab" * 32),
    Code.KEY_WEAK: weaken,
    Code.KEYRING_BAD: lambda s: (s / "lgwan/keyring.json").write_text("[{}]"),
    Code.STORE_MISSING: lambda s: (s / "lgwan/zone.db").unlink(),
    Code.STORE_FOREIGN: lambda s: execute(s / "lgwan/zone.db", "PRAGMA application_id = 7"),
    Code.STORE_DAMAGED: lambda s: damage(s / "lgwan/zone.db"),
    Code.SOCKET_STALE: lambda s: listen_and_die(s / "lgwan/run/api.sock"),
    Code.LINK_MISMATCH: lambda s: rewrite(s / "lgwan/zone.toml", "export/tr", "import/tr"),
    Code.POLICY_BAD: lambda s: (s / "relay/import/rules/policy.toml").write_text("x = 1\n"),
    Code.LANE_HALTED: lambda s: execute(
        s / "relay/import/transform/transform.db", "UPDATE lane SET halt = 'fork'"
    ),
    Code.WEBHOOK_DEAD: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO undelivered VALUES ('wh', 1, 't', x'', 0, 20, 0, 'x', 1, NULL)",
    ),
    Code.EVENTS_REFUSED: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO quarantine VALUES ('ac_x', 'room.purge', 'no-authority', 5, NULL, NULL)",
    ),
    Code.COPIES_DIFFER: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO difference VALUES ('ms_x:0', 'ms_x', 'text', 'missing-there', 5)",
    ),
    Code.IMPORT_UNARRIVED: lambda s: execute(
        s / "lgwan/zone.db",
        "INSERT INTO import_event VALUES (1, 1, 2, 'us_x', '1001', NULL, NULL, 'no-authority')",
    ),
    Code.STORE_AHEAD: lambda s: execute(
        s / "lgwan/zone.db", f"UPDATE counter SET clock = {(now_ms() + 3_600_000) * 2048}"
    ),
    Code.ROLLBACK: publish_and_forget,
    Code.WITNESS_LAGS: fall_behind,
    Code.AUDIT_BROKEN: lambda s: (s / IMPORT_VERIFY / "log/checkpoint").write_text("nonsense\n\n"),
}
