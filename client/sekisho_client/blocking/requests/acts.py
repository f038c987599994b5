# Made of sekisho_client/requests/acts.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""What can be asked of what one did: how far it got, and what is done where it was refused."""

from typing import Any, Literal

from sekisho_client.blocking.transport import Transport
from sekisho_client.changes import Act
from sekisho_client.decoding import decode_items


class ActRequests(Transport):
    """Acts."""

    def acts(self, standing: Literal["held", "refused"] | None = None) -> list[Act]:
        """Return what one did that is held or was refused, the latest first."""
        found: list[Act] = []
        query: dict[str, str | int] = {"limit": 200}
        if standing is not None:
            query["standing"] = standing
        while True:
            page = self._request("GET", "/v1/acts", query=query)
            found += decode_items(page, Act)
            if page["next"] is None:
                return found
            query["next"] = page["next"]

    def act(self, act: str) -> Act:
        """Return something that one did."""
        return self._get(Act, f"/v1/acts/{act}")

    def withdraw_act(self, act: str) -> Act:
        """Take back what was refused: here it is again as it last was in both zones."""
        return self._send(Act, "POST", f"/v1/acts/{act}/withdraw", {})

    def resend_act(
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
        return self._send(Act, "POST", f"/v1/acts/{act}/resend", body, key=key)
