"""An operator decides upon what a lane holds: looks at it, and signs what they decide.

What is signed is the hash of what the operator was shown, made here of the thing itself: a stage
that shows one thing and has another one signed gets a signature that fits neither.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from sekisho.clock import now_ms
from sekisho.local_socket import ask_node
from sekisho.site import Program, stage_node
from wire.consents import (
    Consent,
    ConsentDecision,
    content_of_file,
    encode_consent,
    sign_consent,
)
from wire.events import Event, content_of_event
from wire.keys import IdentifiedKey
from wire.lane import Lane
from wire.reasons import Reason, Refused

# A second person may be on leave until next week.
LIFE_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Deciding:
    """An operator at the admin socket of a lane's transform stage."""

    site: Path
    lane: Lane
    operator: str
    key: IdentifiedKey

    def look(self, subject: str) -> dict[str, Any]:
        """Return what is held under the id `subject`.  That they looked is on record.

        Raises `Refused` or `Unavailable`, as the others do.
        """
        listed = self._listed(subject)
        found = self._send("looks", self._signed(listed, listed["content"], "look", ""))
        if not isinstance(found, dict):
            raise Refused(Reason.MALFORMED, "the stage did not say what it holds")
        return found

    def release(self, subject: str, reason: str) -> dict[str, Any]:
        """Agree that what is held goes on, having looked at it; return what that came to."""
        shown = self.look(subject)
        listed = {"id": subject, "author": shown["author"]["uid"]}
        content = _content(subject, shown)
        return self._decided(self._signed(listed, content, "release", reason))

    def deny(self, subject: str, reason: str) -> dict[str, Any]:
        """Keep back for good what is held; return what that came to."""
        listed = self._listed(subject)
        return self._decided(self._signed(listed, listed["content"], "deny", reason))

    def _listed(self, subject: str) -> dict[str, Any]:
        for each in list_holds(self.site, self.lane):
            if each["id"] == subject:
                return each
        raise Refused(Reason.NOT_FOUND, "nothing of this id is held")

    def _signed(
        self, listed: dict[str, Any], content: str, decision: ConsentDecision, reason: str
    ) -> bytes:
        now = now_ms()
        consent = Consent(
            1,
            _ask(self.site, self.lane, "GET", "/v1/status")["site"],
            self.lane,
            listed["id"],
            content,
            decision,
            self.operator,
            "operator",
            listed["author"],
            reason,
            now,
            now + LIFE_MS,
        )
        return encode_consent(sign_consent(consent, self.key))

    def _decided(self, signed: bytes) -> dict[str, Any]:
        done = self._send("consents", signed)
        return done if isinstance(done, dict) else {}

    def _send(self, where: str, signed: bytes) -> Any:
        return _ask(self.site, self.lane, "POST", f"/v1/holds/{where}", signed)


def list_holds(site: Path, lane: Lane) -> list[dict[str, Any]]:
    """Return what `lane` holds, the oldest first."""
    holds: list[dict[str, Any]] = _ask(site, lane, "GET", "/v1/holds")["holds"]
    return holds


def _content(subject: str, shown: dict[str, Any]) -> str:
    """Return the hash of what was shown, and of nothing that was only said about it."""
    try:
        if shown["event"] is not None:
            event = msgspec.convert(shown["event"], Event)
            if event.id == subject and event.author.uid == shown["author"]["uid"]:
                return content_of_event(event)
        else:
            file = shown["file"]
            return content_of_file(subject, file["message"], file["sha256"], shown["size"])
    except (KeyError, TypeError, msgspec.ValidationError):
        pass
    raise Refused(Reason.MALFORMED, "the stage shows something else than what was asked for")


def _ask(site: Path, lane: Lane, method: str, path: str, body: object = None) -> Any:
    return ask_node(site / stage_node(lane, Program.TRANSFORM).admin_socket, method, path, body)
