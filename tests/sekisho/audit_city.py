"""A city's audit logs as its relay left them, and what a zone beside them knows."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from relay.verify.audit_record import person_commitment
from runtime import audit_log
from runtime.node import read_key
from tests.runtime.publishing import publish
from wire.audit.note import Signer, encode_vkey
from wire.ids import mint_id
from wire.keys import KeyRole
from wire.lane import Lane, log_origin

SITE = "machi"
# 2026-11-29 23:30 and 2026-11-30 00:10 in Japan lie in one day of UTC.
LATE, EARLY = 1_795_962_600_000, 1_795_965_000_000


def an_id(prefix: str, number: int = 0) -> str:
    return mint_id(prefix, now=LATE, entropy=number.to_bytes(10))


HANAKO, CHIEF = an_id("us", 1), an_id("us", 2)
ROOM, WEB, PHOTO = an_id("rm"), an_id("fe"), an_id("fl")
POSTED, DENIED, ANSWER, NOTICE = (an_id("ms", n) for n in range(1, 5))
EDIT = an_id("ac", 5)
SALTS = {
    Lane.IMPORT: {HANAKO: b"salt of hanako  ", CHIEF: b"salt of chief   "},
    Lane.EXPORT: {CHIEF: b"another of chief"},
}
POLICY, SOURCE = "ab" * 32, "cd" * 32
CAME, WENT = "11" * 32, "22" * 32


def stands_for(uid: str, lane: Lane = Lane.IMPORT) -> str:
    return person_commitment(SALTS[lane][uid], uid)


def _record(lane: Lane, idx: int, t: int, ev: str, **more: Any) -> dict[str, Any]:
    where = {"log": log_origin(SITE, lane), "idx": idx, "ev": ev, "t": t, "host": "relay1"}
    return {"v": 1, **where, "proc": f"{lane}-verify", "ver": "0.1", "lane": lane.value, **more}


_SAID = {"room": ROOM, "kind": "message.post", "frontend": WEB, "actor": stands_for(HANAKO)}
_SENT = {"from": "internet", "epoch": 1, "policy_sha256": POLICY, "in_sha256": SOURCE}
_LEFT = {"out_seq": 1, "out_sha256": "ee" * 32}
_CLEANED = {
    "fid": PHOTO,
    "state": "altered",
    "media_in": "image/jpeg",
    "size_in": 2000,
    "sha256_in": CAME,
    "media_out": "image/jpeg",
    "size_out": 1500,
    "sha256_out": WENT,
    "removed": [["exif", 3]],
}


def import_records() -> list[dict[str, Any]]:
    """A photo that was cleaned, and a message that was held, looked at and denied."""
    whole = {**_SAID, **_SENT, **_LEFT}
    posted = {**whole, "id": POSTED, "decision": "pass", "attached": [PHOTO]}
    ready = {**whole, "id": an_id("ac", 1), "about": POSTED, "kind": "file.ready"}
    cleaned = {**ready, "decision": "altered", "files": [_CLEANED]}
    kept_back = {**whole, "id": DENIED, "notice": NOTICE, "rule": "words-secret"}
    held = {**kept_back, "decision": "held", "reason": "held-by-rule"}
    denied = {**kept_back, "decision": "refused", "reason": "denied"}
    looked = {"id": DENIED, "node": "import-transform", "actor": stands_for(CHIEF)}
    told: list[tuple[str, dict[str, Any]]] = [
        ("stage.started", {"node": "import-verify", "policy_sha256": POLICY}),
        ("event.released", posted),
        ("event.released", cleaned),
        ("event.released", held),
        ("hold.viewed", looked),
        ("event.released", {**denied, "approvers": [stands_for(CHIEF)]}),
    ]
    return [
        _record(Lane.IMPORT, idx, LATE + idx * 1000, ev, **body)
        for idx, (ev, body) in enumerate(told)
    ]


def export_records() -> list[dict[str, Any]]:
    """An answer from LGWAN, and a reaction there to what had crossed."""
    who = {"room": ROOM, "from": "lgwan", "actor": stands_for(CHIEF, Lane.EXPORT)}
    answer = {"id": ANSWER, "kind": "message.post", "decision": "pass", **who}
    reaction = {
        "id": EDIT,
        "about": POSTED,
        "kind": "reaction.set",
        "decision": "pass",
        **who,
    }
    return [
        _record(Lane.EXPORT, 0, EARLY, "event.released", **answer),
        _record(Lane.EXPORT, 1, EARLY + 1, "event.released", **reaction),
    ]


def write_log(site: Path, lane: Lane, records: Sequence[dict[str, Any]]) -> None:
    """Append records to the log of a lane and publish it."""
    folder = site / "relay" / lane / "verify"
    log = Signer(log_origin(SITE, lane), read_key(folder, KeyRole(f"{lane}-audit")).private)
    with closing(sqlite3.connect(folder / "verify.db")) as db:
        audit_log.append(db, [json.dumps(record).encode() for record in records], now=1)
        db.executemany(
            "INSERT INTO person VALUES (?, ?) ON CONFLICT DO NOTHING", SALTS[lane].items()
        )
        db.commit()
        publish(db, folder / "log", log)


def log_of(site: Path, lane: Lane) -> tuple[Path, str]:
    """Return a lane's published log and its public key, as an auditor gets them."""
    folder = site / "relay" / lane / "verify"
    key = read_key(folder, KeyRole(f"{lane}-audit"))
    return folder / "log", encode_vkey(Signer(log_origin(SITE, lane), key.private).verifier())


def found_city(site: Path) -> Path:
    """Write both logs, and let the LGWAN zone know names."""
    write_log(site, Lane.IMPORT, import_records())
    write_log(site, Lane.EXPORT, export_records())
    with closing(sqlite3.connect(site / "lgwan/zone.db")) as db:
        names = [(HANAKO, "山田花子"), (CHIEF, "鈴木課長"), (ROOM, "防災")]
        db.executemany(
            "INSERT INTO register VALUES (?, 'name', ?, '0')",
            [(each, json.dumps(name, ensure_ascii=False)) for each, name in names],
        )
        db.execute(
            "INSERT INTO file (fid, place, uploader, name, media, size, state, at)"
            " VALUES (?, 1, ?, '現場.jpg', 'image/jpeg', 1500, 'altered', 0)",
            (PHOTO, HANAKO),
        )
        db.execute(
            "INSERT INTO message VALUES (?, ?, 'internet', ?, ?, '0', NULL, NULL, NULL, NULL,"
            " NULL, ?, 0, 0, 0, 0)",
            (POSTED, ROOM, HANAKO, LATE, LATE + 2500),
        )
        db.commit()
    return site
