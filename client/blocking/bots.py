# Made of client/bots.py by tests/client/make_blocking.py; change that one.
"""What bots do: resume behind what they have acknowledged."""

from typing import cast

from client.blocking.asking import Asking
from client.views import EventBatch


class Bots(Asking):
    """What a client can do for a bot."""

    def bot_events(self, ack: str = "", *, wait: int = 30) -> EventBatch:
        """Acknowledge all up to the cursor `ack`, and return what is behind that.

        Without `ack` it is what was told and not acknowledged, also after a restart.
        """
        query: dict[str, str | int] = {"ack": ack, "wait": wait}
        return cast(EventBatch, self._ask("GET", "/v1/bots/me/events", query=query))

    def ack(self, cursor: str) -> None:
        """Acknowledge all up to a cursor."""
        self._ask("POST", "/v1/ack", json={"cursor": cursor})
