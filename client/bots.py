"""What bots do: resume behind what they have acknowledged, and check who calls them back."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import cast

from client.asking import Asking
from client.views import EventBatch

# As the server signs anew at each attempt, an older letter is one that somebody has kept.
WINDOW_S = 300


class Bots(Asking):
    """What a client can do for a bot."""

    async def bot_events(self, ack: str = "", *, wait: int = 30) -> EventBatch:
        """Acknowledge all up to the cursor `ack`, and return what is behind that.

        Without `ack` it is what was told and not acknowledged, also after a restart.
        """
        query: dict[str, str | int] = {"ack": ack, "wait": wait}
        return cast(EventBatch, await self._ask("GET", "/v1/bots/me/events", query=query))

    async def ack(self, cursor: str) -> None:
        """Acknowledge all up to a cursor."""
        await self._ask("POST", "/v1/ack", json={"cursor": cursor})


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, *, now_s: float) -> bool:
    """Return whether a callback was signed with the webhook's `secret`, just now.

    `headers` are looked up as they are written here; `now_s` is in seconds since 1970.
    """
    timestamp = headers.get("Sekisho-Timestamp", "")
    if not (timestamp.isascii() and timestamp.isdigit()):
        return False
    if abs(now_s - int(timestamp)) > WINDOW_S:
        return False
    signed = hmac.new(secret.encode(), b"%s.%s" % (timestamp.encode(), body), hashlib.sha256)
    return hmac.compare_digest(headers.get("Sekisho-Signature", ""), f"v1={signed.hexdigest()}")
