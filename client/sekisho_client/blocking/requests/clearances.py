# Made of sekisho_client/requests/clearances.py by `python -m tests.sekisho_client.make_blocking`;
# change that one.
"""What can be asked of clearances: what waits for one's word, and giving it."""

from typing import Literal

from sekisho_client.blocking.transport import Transport
from sekisho_client.clearances import Clearance, ClearanceWord


class ClearanceRequests(Transport):
    """Clearances (上長承認)."""

    def clearances(self, of: Literal["waiting", "sent", "decided"] = "waiting") -> list[Clearance]:
        """Return what waits for one's word, what one sent, or what one decided upon."""
        return self._list(Clearance, "/v1/clearances", {"of": of})

    def clearance(self, file: str) -> Clearance:
        """Return a file that waits for a superior's word, or did."""
        return self._get(Clearance, f"/v1/clearances/{file}")

    def clearance_thumbnail(self, file: str, size: Literal[256, 1024] = 256) -> bytes:
        """Return what the file looks like, as a small JPEG."""
        pieces = self._pieces(f"/v1/clearances/{file}/thumbnail", {"size": size})
        return b"".join(list(pieces))

    def give_clearance(
        self, file: str, decision: ClearanceWord, reason: str = "", *, key: str | None = None
    ) -> Clearance:
        """Approve (承認), deny (否認) or return (差戻し), for good; a no has a reason."""
        body = {"decision": decision, "reason": reason}
        return self._send(Clearance, "POST", f"/v1/clearances/{file}/decision", body, key=key)
