# Made of sekisho_client/requests/broadcasts.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""Broadcasts (安否確認): made, answered, counted, and who is still to be phoned."""

from collections.abc import Mapping, Sequence
from typing import Any

from sekisho_client.blocking.transport import Transport
from sekisho_client.broadcasts import BroadcastStatus, Missing
from sekisho_client.contents import Require
from sekisho_client.items import Item


class BroadcastRequests(Transport):
    """Broadcasts.  An answer to one, and what it says, is that of an item."""

    def make_broadcast(
        self,
        title: str,
        audience: Mapping[str, Any],
        *,
        require: Require = "answer",
        choices: Sequence[str] = (),
        key: str | None = None,
        **more: object,
    ) -> str:
        """Address everybody who fits `audience`, and return the id of the broadcast.

        `more` may be `text`, `deadline`, `escalate_after_s` and `training`.
        """
        body = {"title": title, "audience": dict(audience), "require": require} | more
        return self._make("/v1/broadcasts", body | {"choices": list(choices)}, key)

    def broadcasts(self) -> list[Item]:
        """Return the latest broadcasts that reach one."""
        return self._list(Item, "/v1/broadcasts")

    def see_broadcast(self, broadcast: str) -> None:
        """Say that one has read a broadcast."""
        self._answer_broadcast(broadcast, {"type": "seen"})

    def answer_broadcast(self, broadcast: str, choice: int | None = None, text: str = "") -> None:
        """Answer a broadcast: with the number of a choice, from 0, or that it was heard."""
        self._answer_broadcast(broadcast, {"type": "reply", "choice": choice, "text": text})

    def _answer_broadcast(self, broadcast: str, answer: dict[str, Any]) -> None:
        self._request("PUT", f"/v1/items/{broadcast}/answer", json={"answer": answer})

    def close_broadcast(self, broadcast: str) -> None:
        """Say that a broadcast is over."""
        body = {"content": {"type": "broadcast", "closed": True}}
        self._request("PATCH", f"/v1/items/{broadcast}", json=body)

    def broadcast_status(self, broadcast: str) -> BroadcastStatus:
        """Return how many have heard a broadcast, and what they answered."""
        return self._get(BroadcastStatus, f"/v1/broadcasts/{broadcast}/status")

    def broadcast_missing(self, broadcast: str) -> list[Missing]:
        """Return who has not done what is asked for, in the order in which to phone them."""
        return self._list(Missing, f"/v1/broadcasts/{broadcast}/unread")
