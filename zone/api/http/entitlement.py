"""What a request rests on, and whether it still holds: asked at the gate and where data flows.

A stream, an upload or a download goes on for as long as somebody likes; a right ends when it ends.
So there is one question, `objection`, which the gate asks first, and which is asked again before
each piece of data, inside each transaction, and whenever people or frontends have changed
(`open_requests`).
"""

from dataclasses import dataclass

from wire.events import Author
from wire.ids import USER, is_id
from wire.lane import Zone
from wire.reasons import Reason, Refused
from zone.api.http.frontend_scope import FrontendScope
from zone.api.http.frontends import Frontend, Token
from zone.store.directory import Directory

ACT_AS = "Sekisho-Act-As"
PERSON = "Sekisho-Person"


@dataclass(slots=True)
class Entitlement:
    """Who asks through which frontend: by which token, as which Unix user, for what.

    `who` has no user where a frontend asks for itself.  `scope` is what the route asks for.
    """

    frontend: Frontend
    token: Token
    peer_uid: int
    who: Author
    directory: Directory
    zone: Zone
    scope: FrontendScope | None = None

    def objection(self, now: int) -> Refused | None:
        """Return why the request may not be served at `now`, or None."""
        frontend, who = self.frontend, self.who
        if not self.token.is_valid(now) or self.peer_uid not in frontend.uids:
            return Refused(Reason.NOT_SIGNED_IN)
        if self.scope is not None and self.scope not in frontend.scopes:
            return Refused(Reason.FORBIDDEN, f"this frontend has no scope {self.scope}")
        # Who does not exist, uses another zone, or is another frontend's: one answer.
        if who.uid and not self._may_act_as(who.uid, now):
            return Refused(Reason.FORBIDDEN, "this frontend does not act as that user")
        if self.directory.is_shared_account(who.uid) and not self._may_share(now):
            return Refused(Reason.FORBIDDEN, f"{PERSON} names one of those who share this account")
        return None

    def end(self, now: int) -> Refused | None:
        """Return why a request that was served before may not be served on, or None."""
        found = self.objection(now)
        if found is None:
            return None
        return Refused(found.reason, self._story(now) or found.detail)

    def _story(self, now: int) -> str:
        """Return what has ended, for whoever had it."""
        frontend, uid = self.frontend, self.who.uid
        if not self.token.is_valid(now):
            return "the token was revoked or rotated away"
        if self.peer_uid not in frontend.uids:
            return "the frontend does not run as this Unix user any more"
        if self.scope is not None and self.scope not in frontend.scopes:
            return f"the frontend has lost the scope {self.scope}"
        if uid and not frontend.may_act_as(uid, self.directory):
            return "the frontend does not act as this user any more"
        user = self.directory.user(uid)
        if user is not None and user.expires and now >= user.expires:
            return "this user's stay has ended"
        if uid and not self.directory.may_use(uid, self.zone, now=now):
            return "this user was locked out of this zone"
        return ""

    def _may_act_as(self, untrusted: str, now: int) -> bool:
        if not is_id(USER, untrusted) or not self.frontend.may_act_as(untrusted, self.directory):
            return False
        return self.directory.may_use(untrusted, self.zone, now=now)

    def _may_share(self, now: int) -> bool:
        person = self.who.person or ""
        may_speak = self.directory.may_speak_as(person, self.who.uid)
        return may_speak and self._may_act_as(person, now)
