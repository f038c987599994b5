"""What an operator asks about the two copies: how they stand, and to compare them now."""

import sqlite3
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Struct

from zone.api.http.api_request import json_response, read_body
from zone.api.http.context import ApiContext
from zone.link import reconciliation
from zone.link.reconciliation import Standing, What
from zone.reconcile import own_words
from zone.store.writing import Writing

MAX_NAMED: Final = 1_000


class DifferenceView(Struct, frozen=True):
    """Something of which the two copies do not say the same, and since when that is known."""

    object: str
    field: str | None
    what: What
    at: int


class CopyStanding(Struct, frozen=True):
    """How the two copies stand to each other; times in milliseconds since 1970, 0 for never."""

    sent_at: int
    compared_at: int
    equal_at: int
    differences: int
    waiting: int
    held: int
    refused: int
    offered: int
    mended: int
    named: list[DifferenceView]


class RoundWanted(Struct, frozen=True, forbid_unknown_fields=True):
    """A round that an operator wants; `refused` also sends again all that was refused by a rule."""

    refused: bool = False


class RoundBegun(Struct, frozen=True):
    """A round is about to begin, and so many refused words go again."""

    offered: int


def _standing(db: sqlite3.Connection) -> CopyStanding:
    found: Standing = reconciliation.standing(db)
    named = [DifferenceView(*row) for row in reconciliation.named(db, MAX_NAMED)]
    return CopyStanding(*found, named)


class ReconcileDesk:
    """The two copies, as an operator asks about them."""

    def __init__(self, context: ApiContext) -> None:
        """Act on the zone of `context`."""
        self._store = context.store

    def table(self) -> list[tuple[str, str, Handler]]:
        """Return the routes."""
        return [
            ("GET", "/v1/reconcile", self.standing),
            ("POST", "/v1/reconcile", self.begin),
        ]

    async def standing(self, _request: web.Request) -> web.Response:
        """Return how the two copies stand to each other."""
        return json_response(await self._store.read(_standing))

    async def begin(self, request: web.Request) -> web.Response:
        """Have both copies compared now."""
        wanted = read_body(await request.read(), RoundWanted)

        offered = 0
        if wanted.refused:
            offered = await own_words.offer_refused(self._store, is_rule_new=True, all_of_it=True)
        await self._store.write(_ask)
        return json_response(RoundBegun(offered), 202)


def _ask(writing: Writing) -> None:
    reconciliation.ask(writing.db)
    writing.has_digests = True
