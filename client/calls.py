"""All-staff calls (安否確認): made, answered, counted, and who is still to be phoned."""

from collections.abc import Sequence
from typing import Any, Literal

from client.asking import Asking

Require = Literal["read", "ack", "answer"]


class Calls(Asking):
    """What a client can do with all-staff calls."""

    async def make_call(
        self, title: str, audience: dict[str, Any], *, require: Require = "answer",
        choices: Sequence[str] = (), key: str | None = None, **more: Any,
    ) -> str:  # fmt: skip
        """Call everybody who fits `audience`, and return the call's id.

        `more` may be `text`, `deadline`, `escalate_after_s` and `training`.
        """
        form = {"title": title, "audience": audience, "require": require,
                "choices": list(choices), **more}  # fmt: skip
        return str((await self._ask("POST", "/v1/broadcasts", json=form, key=key))["id"])

    async def calls(self) -> list[dict[str, Any]]:
        """Return the latest calls that reach one."""
        return list((await self._ask("GET", "/v1/broadcasts"))["items"])

    async def see_call(self, call: str) -> None:
        """Say that one has read a call."""
        await self._answer_call(call, {"type": "seen"})

    async def answer_call(self, call: str, choice: int | None = None, text: str = "") -> None:
        """Answer a call: with the number of a choice, from 0, or that it was heard."""
        await self._answer_call(call, {"type": "reply", "choice": choice, "text": text})

    async def _answer_call(self, call: str, answer: dict[str, Any]) -> None:
        await self._ask("PUT", f"/v1/items/{call}/answer", json={"answer": answer})

    async def close_call(self, call: str) -> None:
        """Say that a call is over."""
        form = {"content": {"type": "broadcast", "closed": True}}
        await self._ask("PATCH", f"/v1/items/{call}", json=form)

    async def call_status(self, call: str) -> dict[str, Any]:
        """Return how many have heard a call, and what they answered."""
        return dict(await self._ask("GET", f"/v1/broadcasts/{call}/status"))

    async def not_heard(self, call: str) -> list[dict[str, Any]]:
        """Return who has not done what a call asks for, in the order in which to phone them."""
        return list((await self._ask("GET", f"/v1/broadcasts/{call}/unread"))["items"])
