"""Frontends as the store keeps them: what they may do, and of their tokens only the hashes.

A frontend that was revoked keeps its row, so that what was decided through it can still be named;
its tokens are gone.  Every function here runs on the database thread.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from wire.ids import FRONTEND
from wire.reasons import Reason, Refused
from zone.api.http.frontend_scope import FrontendScope
from zone.store.writing import Writing

TOKEN_BYTES: Final = 32

# Whom a frontend may act for: people (us_…), sections with all below them (og_…) and
# municipalities (tn_…), or anybody, which has to be said.
ActsFor = list[str] | Literal["anybody"]


class TokenView(Struct, frozen=True):
    """A token, without itself.  `until` is when it ends, once it is rotated away; else null."""

    at: int
    until: int | None


class FrontendView(Struct, frozen=True, kw_only=True):
    """A frontend, without its tokens.  `used` is when it last asked, `revoked` since when not."""

    id: str
    name: str
    uids: list[int]
    act_as: ActsFor
    scopes: list[FrontendScope]
    at: int
    used: int | None = None
    revoked: int | None = None
    tokens: list[TokenView] = []


class KnownToken(Struct, frozen=True):
    """The hash of a token, whose it is, and until when it opens anything."""

    sha256: bytes
    frontend: str
    until: int | None


def new_token() -> str:
    """Return a token; it is shown once and not kept."""
    return f"sk_{secrets.token_urlsafe(TOKEN_BYTES)}"


def hash_of(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def put_frontend(writing: Writing, view: FrontendView, token: bytes) -> FrontendView:
    """Keep a new frontend; there must be none of that name that is not revoked."""
    view = replace(view, id=writing.mint(FRONTEND, writing.now), at=writing.now)
    with _unique_name(view.name):
        writing.db.execute(
            "INSERT INTO frontend (id, name, uids, act_as, scopes, at) VALUES (?, ?, ?, ?, ?, ?)",
            (view.id, view.name, _json(view.uids), _json(view.act_as), _json(view.scopes), view.at),
        )
    _put_token(writing, view.id, token)
    return view


def change_frontend(writing: Writing, view: FrontendView) -> None:
    """Keep what a frontend is called and may do from now on."""
    with _unique_name(view.name):
        writing.db.execute(
            "UPDATE frontend SET name = ?, uids = ?, act_as = ?, scopes = ? WHERE id = ?",
            (view.name, _json(view.uids), _json(view.act_as), _json(view.scopes), view.id),
        )


def rotate_token(writing: Writing, name: str, token: bytes, overlap_ms: int) -> int:
    """Give a frontend another token, and return until when those before it are valid."""
    until = writing.now + overlap_ms
    writing.db.execute(
        "UPDATE frontend_token SET until = min(coalesce(until, ?1), ?1) WHERE frontend = ?2",
        (until, name),
    )
    writing.db.execute("DELETE FROM frontend_token WHERE until <= ?", (writing.now,))
    _put_token(writing, name, token)
    return until


def revoke_frontend(writing: Writing, name: str) -> None:
    """End all tokens of a frontend."""
    writing.db.execute("DELETE FROM frontend_token WHERE frontend = ?", (name,))
    writing.db.execute(
        "UPDATE frontend SET revoked = ? WHERE id = ? AND revoked IS NULL", (writing.now, name)
    )


def note_use(writing: Writing, used: Mapping[str, int]) -> None:
    """Keep when frontends last asked for something."""
    writing.db.executemany(
        "UPDATE frontend SET used = max(coalesce(used, 0), ?) WHERE id = ?",
        [(at, name) for name, at in used.items()],
    )


def find_frontend(db: sqlite3.Connection, name: str) -> FrontendView:
    """Return the frontend with that id, or raise `Refused`; one that is revoked is not found."""
    for view in known_frontends(db):
        if view.id == name and view.revoked is None:
            return view
    raise Refused(Reason.NOT_FOUND)


def known_frontends(db: sqlite3.Connection) -> list[FrontendView]:
    """Return all frontends, those that were revoked as well."""
    tokens: dict[str, list[TokenView]] = {}
    for name, at, until in db.execute("SELECT frontend, at, until FROM frontend_token ORDER BY at"):
        tokens.setdefault(name, []).append(TokenView(at, until))
    rows = db.execute(
        "SELECT id, name, uids, act_as, scopes, at, used, revoked FROM frontend ORDER BY id"
    )
    return [
        FrontendView(
            id=name,
            name=called,
            uids=msgspec.json.decode(uids),
            act_as=msgspec.json.decode(act_as),
            scopes=msgspec.json.decode(scopes, type=list[FrontendScope]),
            at=at,
            used=used,
            revoked=revoked,
            tokens=tokens.get(name, []),
        )
        for name, called, uids, act_as, scopes, at, used, revoked in rows
    ]


def known_tokens(db: sqlite3.Connection) -> list[KnownToken]:
    """Return the hashes of all tokens."""
    rows = db.execute("SELECT sha256, frontend, until FROM frontend_token")
    return [KnownToken(*row) for row in rows]


def _put_token(writing: Writing, name: str, token: bytes) -> None:
    writing.db.execute(
        "INSERT INTO frontend_token (sha256, frontend, at) VALUES (?, ?, ?)",
        (token, name, writing.now),
    )


@contextmanager
def _unique_name(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise Refused(Reason.CONFLICT, f"there is a frontend {name} already") from None


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
