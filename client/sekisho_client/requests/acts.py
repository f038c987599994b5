"""What can be asked of what one did: how far it got, and what is done where it was refused."""

from typing import Any, Literal

from sekisho_client.changes import Act
from sekisho_client.decoding import decode_items
from sekisho_client.transport import Transport


class ActRequests(Transport):
    """Acts."""

    async def acts(self, standing: Literal["held", "refused"] | None = None) -> list[Act]:
        """Return what one did that is held or was refused, the latest first."""
        found: list[Act] = []
        query: dict[str, str | int] = {"limit": 200}
        if standing is not None:
            query["standing"] = standing
        while True:
            page = await self._request("GET", "/v1/acts", query=query)
            found += decode_items(page, Act)
            if page["next"] is None:
                return found
            query["next"] = page["next"]

    async def act(self, act: str) -> Act:
        """Return something that one did."""
        return await self._get(Act, f"/v1/acts/{act}")

    async def withdraw_act(self, act: str) -> Act:
        """Take back what was refused: here it is again as it last was in both zones."""
        return await self._send(Act, "POST", f"/v1/acts/{act}/withdraw", {})

    async def resend_act(
        self,
        act: str,
        *,
        text: str | None = None,
        name: str | None = None,
        content: dict[str, Any] | None = None,
        key: str | None = None,
    ) -> Act:
        """Say once more what was refused, with another text, name or content; return the new act.

        `content` has the `type` of the item, and what is to be said otherwise.
        """
        body = {"text": text, "name": name, "content": content}
        return await self._send(Act, "POST", f"/v1/acts/{act}/resend", body, key=key)
