"""What can be asked of clearances: what waits for one's word, and giving it."""

from typing import Literal

from sekisho_client.clearances import Clearance, ClearanceWord
from sekisho_client.transport import Transport


class ClearanceRequests(Transport):
    """Clearances (上長承認)."""

    async def clearances(
        self, of: Literal["waiting", "sent", "decided"] = "waiting"
    ) -> list[Clearance]:
        """Return what waits for one's word, what one sent, or what one decided upon."""
        return await self._list(Clearance, "/v1/clearances", {"of": of})

    async def clearance(self, file: str) -> Clearance:
        """Return a file that waits for a superior's word, or did."""
        return await self._get(Clearance, f"/v1/clearances/{file}")

    async def clearance_thumbnail(self, file: str, size: Literal[256, 1024] = 256) -> bytes:
        """Return what the file looks like, as a small JPEG."""
        pieces = self._pieces(f"/v1/clearances/{file}/thumbnail", {"size": size})
        return b"".join([piece async for piece in pieces])

    async def give_clearance(
        self, file: str, decision: ClearanceWord, reason: str = "", *, key: str | None = None
    ) -> Clearance:
        """Approve (承認), deny (否認) or return (差戻し), for good; a no has a reason."""
        body = {"decision": decision, "reason": reason}
        return await self._send(Clearance, "POST", f"/v1/clearances/{file}/decision", body, key=key)
