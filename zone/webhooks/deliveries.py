"""What a receiver is sent: the body, and the headers by which it knows whose it is.

Two forms: our own, which is an event as the streams have it, and the callback that bots
of LINE WORKS know (developers.worksmobile.com, "Receive Messages (Callback)").
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec

from zone.store.writing import Notification
from zone.webhooks.hooks import Webhook

_encode = msgspec.json.Encoder().encode


def body_of(hook: Webhook, cursor: str, entry: Notification, amount: int | None) -> bytes | None:
    """Return the body for an entry of the log, or None if this form has none for it."""
    data = msgspec.json.decode(entry.body)
    if hook.form == "line-works":
        said = _line_works(hook, entry, data)
        return None if said is None else _encode(said)
    told: dict[str, object] = {
        "webhook": hook.id,
        "cursor": cursor,
        "type": entry.type,
        "room": entry.room,
        "at": entry.at,
        "data": data,
    }
    if amount is not None:
        told["payment"] = {"amount": amount}
    return _encode(told)


def _line_works(
    hook: Webhook, entry: Notification, data: dict[str, Any]
) -> dict[str, object] | None:
    if entry.type != "message.created" or data["author"] == hook.user:
        return None
    forwarded = data["forwarded"] or {"text": ""}
    said = "\n\n".join(filter(None, (data["text"], forwarded["text"])))
    if not said:
        return None
    issued = datetime.fromtimestamp(data["at"] / 1000, UTC)
    return {
        "type": "message",
        "source": {"userId": data["author"], "channelId": data["room"]},
        "issuedTime": f"{issued:%Y-%m-%dT%H:%M:%S}.{data['at'] % 1000:03d}Z",
        "content": {"type": "text", "text": said},
    }


def headers_of(hook: Webhook, secret: str, cursor: str, body: bytes, now: int) -> dict[str, str]:
    """Return the headers of one attempt.  `now` is in milliseconds; each is signed again."""
    key, timestamp = secret.encode(), str(now // 1000)
    signed = hmac.new(key, b"%s.%s" % (timestamp.encode(), body), hashlib.sha256)
    plain = hmac.new(key, body, hashlib.sha256)
    return {
        "Content-Type": "application/json; charset=UTF-8",
        "User-Agent": "Sekisho",
        "Sekisho-Webhook": hook.id,
        "Sekisho-Delivery": cursor,
        "Sekisho-Timestamp": timestamp,
        "Sekisho-Signature": f"v1={signed.hexdigest()}",
        "X-WORKS-BotId": hook.id,
        "X-WORKS-Signature": base64.b64encode(plain.digest()).decode(),
    }
