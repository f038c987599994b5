"""Answers already given, so that a repeated request does a thing once (Idempotency-Key).

Source: draft-ietf-httpapi-idempotency-key-header.  An answer is kept in the same
transaction as what it answers for; a refusal changed nothing and is not kept.
"""

import hashlib
import sqlite3
from dataclasses import dataclass

from wire.reasons import Reason, Refused

KEPT_MS = 24 * 3600 * 1000
MAX_KEY = 200


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A question under its key: `asker` is frontend, user and route."""

    asker: str
    key: str
    question: bytes


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """An answer as it is sent."""

    status: int
    body: bytes
    is_replayed: bool = False


def asked(asker: str, untrusted_key: str, body: bytes) -> KeyedRequest:
    """Return what was asked under which key."""
    if not 0 < len(untrusted_key) <= MAX_KEY or not untrusted_key.isascii():
        raise Refused(Reason.INVALID, f"Idempotency-Key has 1 to {MAX_KEY} ASCII characters")
    return KeyedRequest(asker, untrusted_key, hashlib.sha256(body).digest())


def given(db: sqlite3.Connection, asked: KeyedRequest) -> KeptResponse | None:
    """Return the answer given to this very question, or None if none was."""
    row = db.execute(
        "SELECT question, status, body FROM answer WHERE asker = ? AND key = ?",
        (asked.asker, asked.key),
    ).fetchone()
    if row is None:
        return None
    question, status, body = row
    if question != asked.question:
        raise Refused(Reason.KEY_REUSED, "this Idempotency-Key was used with another body")
    return KeptResponse(status, body, is_replayed=True)


def keep(db: sqlite3.Connection, asked: KeyedRequest, answer: KeptResponse, *, at: int) -> None:
    """Remember an answer."""
    db.execute(
        "INSERT INTO answer (asker, key, question, status, body, at) VALUES (?, ?, ?, ?, ?, ?)",
        (asked.asker, asked.key, asked.question, answer.status, answer.body, at),
    )


def forget(db: sqlite3.Connection, *, now: int, limit: int) -> int:
    """Forget up to `limit` answers older than a day; return how many."""
    cursor = db.execute(
        "DELETE FROM answer WHERE (asker, key) IN"
        " (SELECT asker, key FROM answer WHERE at < ? ORDER BY at LIMIT ?)",
        (now - KEPT_MS, limit),
    )
    return cursor.rowcount
