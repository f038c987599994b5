"""Frontends: the programs that may use the local socket API, as whom, and for what.

Known in memory, by the hashes of their tokens; `frontend_rows` keeps them.  What an operator
changes takes hold at once, also for requests that are under way: a `Frontend` is one object for
as long as the daemon runs, and its requests ask it again (`entitlement`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from wire.events import Author
from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.api.http.allowance import Allowances
from zone.api.http.frontend_rows import ActsFor, FrontendView, KnownToken
from zone.api.http.frontend_scope import FrontendScope
from zone.settings import RequestLimits
from zone.store.directory import Directory

# Authors a frontend speaks as, remembered; a municipality of 100,000 people has fewer staff.
MAX_AUTHORS = 20_000


@dataclass(slots=True)
class Frontend:
    """A frontend that is known here.  `used` is when it last asked, in milliseconds."""

    id: str
    allowances: Allowances
    uids: frozenset[int] = frozenset()
    act_as: ActsFor = field(default_factory=list)
    scopes: frozenset[FrontendScope] = frozenset()
    used: int = 0
    streams: int = 0
    streams_of: dict[str, int] = field(default_factory=dict)
    authors: dict[tuple[str, str, str | None], Author] = field(default_factory=dict)

    def learn(self, view: FrontendView) -> None:
        """Take in what it may do from now on."""
        self.uids, self.scopes = frozenset(view.uids), frozenset(view.scopes)
        self.act_as = view.act_as

    def author(self, uid: str, tenant: str, person: str | None = None) -> Author:
        """Return the author of what this frontend has a user, or a person as a user, do."""
        key = (uid, tenant, person)
        author = self.authors.get(key)
        if author is None:
            if len(self.authors) >= MAX_AUTHORS:
                self.authors.clear()
            author = self.authors[key] = Author(uid, tenant, self.id, person=person)
        return author

    def may_act_as(self, uid: str, directory: Directory) -> bool:
        """Return whether this frontend may speak for a user."""
        if self.act_as == "anybody" or uid in self.act_as:
            return True
        named = [name for name in self.act_as if not name.startswith(USER)]
        return bool(named) and not directory.belongs_to(uid).isdisjoint(named)


@dataclass(slots=True)
class Token:
    """A token at work.  `until` is when it ends, if it does; 0 once it was revoked."""

    until: int | None

    def is_valid(self, now: int) -> bool:
        """Return whether it still opens anything."""
        return self.until is None or now < self.until


class Frontends:
    """All frontends of a zone that are not revoked."""

    def __init__(self, limits: RequestLimits) -> None:
        """Start empty; `learn` fills it."""
        self._limits = limits
        self._known: dict[str, Frontend] = {}
        self._tokens: dict[bytes, tuple[Frontend, Token]] = {}
        self.uids: frozenset[int] = frozenset()

    def learn(self, views: Sequence[FrontendView], tokens: Sequence[KnownToken]) -> None:
        """Take in all frontends there are; those that are not among them are no more."""
        before, self._tokens = self._tokens, {}
        for view in views:
            if view.revoked is None:
                if view.id not in self._known:
                    self._known[view.id] = Frontend(view.id, Allowances.full(self._limits))
                self._known[view.id].learn(view)
        for each in tokens:
            _, token = before.pop(each.sha256, (None, Token(None)))
            token.until = each.until
            self._tokens[each.sha256] = (self._known[each.frontend], token)
        for _, ended in before.values():
            ended.until = 0
        for view in views:
            if view.revoked is not None:
                self._known.pop(view.id, None)
        self.uids = frozenset(uid for one in self._known.values() for uid in one.uids)

    def called(self, authorization: str) -> tuple[Frontend, Token]:
        """Return the frontend that a token names, and the token; raises `Refused`."""
        scheme, _, untrusted = authorization.partition(" ")
        found = self._tokens.get(hashlib.sha256(untrusted.encode()).digest())
        if scheme.lower() != "bearer" or found is None:
            raise Refused(Reason.NOT_SIGNED_IN)
        return found

    def take_used(self) -> dict[str, int]:
        """Return when each frontend last asked, of those that have since this was called last."""
        used = {name: one.used for name, one in self._known.items() if one.used}
        for one in self._known.values():
            one.used = 0
        return used
