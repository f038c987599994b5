"""What a receiver of webhooks does first: check who calls back."""

import hashlib
import hmac
from collections.abc import Mapping

# As the server signs again at each attempt, an older letter is one that somebody has kept.
WINDOW_S = 300


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
