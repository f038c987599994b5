"""Frontends: the programs that may use the local socket API, and as whom.

Known in memory; the store keeps them, and of their tokens only the hash.
"""

import hashlib
import math
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec import Struct

from wire.events import Author
from wire.ids import FRONTEND
from wire.reasons import Reason, Refused
from zone.api.http.problems import Impatient
from zone.settings import RequestLimits
from zone.store.writing import Writing

TOKEN_BYTES = 32
# Authors a frontend speaks as, remembered; a municipality of 100,000 people has fewer staff.
MAX_AUTHORS = 20_000


class FrontendView(Struct, frozen=True):
    """A frontend, without its token.  `act_as` is null if it may act as anybody."""

    id: str
    name: str
    uids: list[int]
    act_as: list[str] | None
    at: int


@dataclass(slots=True)
class RequestAllowance:
    """A token bucket: `rate` requests a second, of which `burst` may be saved up."""

    rate: int
    burst: int
    left: float = 0.0
    counted_at: float = 0.0  # time.monotonic; 0 was long ago, so it starts full

    def take(self) -> None:
        """Count a request, or raise `Impatient`."""
        now = time.monotonic()
        self.left = min(self.burst, self.left + (now - self.counted_at) * self.rate)
        self.counted_at = now
        if self.left < 1:
            raise Impatient(math.ceil((1 - self.left) / self.rate))
        self.left -= 1


@dataclass(slots=True)
class Frontend:
    """A frontend that is known here."""

    id: str
    uids: frozenset[int]
    act_as: frozenset[str] | None
    allowance: RequestAllowance
    streams: int = 0
    authors: dict[tuple[str, str, str | None], Author] = field(default_factory=dict)

    def author(self, uid: str, tenant: str, person: str | None = None) -> Author:
        """Return the author of what this frontend has a user, or a person as a user, do."""
        key = (uid, tenant, person)
        author = self.authors.get(key)
        if author is None:
            if len(self.authors) >= MAX_AUTHORS:
                self.authors.clear()
            author = self.authors[key] = Author(uid, tenant, self.id, person=person)
        return author

    def may_act_as(self, uid: str) -> bool:
        """Return whether this frontend may speak for a user."""
        return self.act_as is None or uid in self.act_as


class Frontends:
    """All frontends of a zone."""

    def __init__(self, limits: RequestLimits) -> None:
        """Start empty; `learn` fills it."""
        self._limits = limits
        self._of_token: dict[bytes, Frontend] = {}
        self.uids: frozenset[int] = frozenset()

    def learn(self, known: Sequence[tuple[FrontendView, bytes]]) -> None:
        """Take in frontends with the hashes of their tokens."""
        for view, token in known:
            act_as = None if view.act_as is None else frozenset(view.act_as)
            allowance = RequestAllowance(self._limits.frontend_rate, self._limits.frontend_burst)
            self._of_token[token] = Frontend(view.id, frozenset(view.uids), act_as, allowance)
        self.uids = frozenset(uid for one in self._of_token.values() for uid in one.uids)

    def called(self, authorization: str, uid: int) -> Frontend:
        """Return the frontend that a token names, if it runs as Unix user `uid`."""
        scheme, _, untrusted = authorization.partition(" ")
        found = self._of_token.get(hashlib.sha256(untrusted.encode()).digest())
        if scheme.lower() != "bearer" or found is None or uid not in found.uids:
            raise Refused(Reason.NOT_SIGNED_IN)
        return found


def new_token() -> str:
    """Return a token; it is shown once and not kept."""
    return f"sk_{secrets.token_urlsafe(TOKEN_BYTES)}"


def hash_of(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def put_frontend(writing: Writing, view: FrontendView, token: bytes) -> FrontendView:
    """Keep a frontend; there must not be one of that name yet."""
    view = msgspec.structs.replace(view, id=writing.mint(FRONTEND, writing.now), at=writing.now)
    try:
        writing.db.execute(
            "INSERT INTO frontend (id, name, token, uids, act_as, at) VALUES (?, ?, ?, ?, ?, ?)",
            (view.id, view.name, token, _json(view.uids), _json(view.act_as), view.at),
        )
    except sqlite3.IntegrityError:
        raise Refused(Reason.CONFLICT, f"there is a frontend {view.name} already") from None
    return view


def known_frontends(db: sqlite3.Connection) -> list[tuple[FrontendView, bytes]]:
    """Return all frontends with the hashes of their tokens."""
    rows = db.execute("SELECT id, name, uids, act_as, at, token FROM frontend ORDER BY id")
    return [
        (FrontendView(i, name, msgspec.json.decode(uids), msgspec.json.decode(act_as), at), token)
        for i, name, uids, act_as, at, token in rows
    ]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
