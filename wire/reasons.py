"""Why something is refused, and the two ways for something not to work.

`Reason` is a closed list.  The same words stand in the audit log, the receipts,
the problem documents of the local socket API, the metrics and docs/reasons.md;
a test keeps them equal.
"""

from enum import StrEnum
from typing import Final, Literal, get_args


class Reason(StrEnum):
    """Why the answer is no."""

    # At a link: what an envelope, a chunk or a record did wrong.
    BAD_SIZE = "bad-size"
    MALFORMED = "malformed"
    WRONG_TYPE = "wrong-type"
    UNKNOWN_KEY = "unknown-key"
    REVOKED_KEY = "revoked-key"
    BAD_SIGNATURE = "bad-signature"
    NOT_CANONICAL = "not-canonical"
    OUT_OF_BOUNDS = "out-of-bounds"
    WRONG_LINK = "wrong-link"
    WRONG_EPOCH = "wrong-epoch"
    REPLAYED = "replayed"
    GAP = "gap"
    FORK = "fork"
    ROLLBACK = "rollback"
    UNANNOUNCED = "unannounced"
    WRONG_HASH = "wrong-hash"
    TOO_SLOW = "too-slow"

    # At a keyring.
    WEAK_KEY = "weak-key"
    WRONG_NUMBER = "wrong-number"

    # At the policy: what an event did wrong.
    KIND_NOT_ALLOWED = "kind-not-allowed"
    ROOM_NOT_ALLOWED = "room-not-allowed"
    NO_AUTHORITY = "no-authority"
    TOO_LARGE = "too-large"
    RATE_EXCEEDED = "rate-exceeded"
    HELD_BY_RULE = "held-by-rule"
    DENIED = "denied"
    EXPIRED = "expired"
    UNCLEAN_TEXT = "unclean-text"
    CLOCK_AHEAD = "clock-ahead"
    STAGES_DISAGREE = "stages-disagree"

    # At the sanitizer: what a file did wrong.
    FILE_KIND = "file-kind"
    FILE_MISMATCH = "file-mismatch"
    FILE_BROKEN = "file-broken"
    FILE_ENCRYPTED = "file-encrypted"
    FILE_TOO_LARGE = "file-too-large"
    FILE_TIME_OUT = "file-time-out"
    FILE_NOT_CLEANED = "file-not-cleaned"
    FILE_CHECK = "file-check"
    WITHDRAWN = "withdrawn"

    # At the audit log.
    AUDIT_INCONSISTENT = "audit-inconsistent"
    NO_RECORD = "no-record"

    # At the local socket API.
    NOT_SIGNED_IN = "not-signed-in"
    FORBIDDEN = "forbidden"
    FOREIGN_ORIGIN = "foreign-origin"
    NOT_FOUND = "not-found"
    INVALID = "invalid"
    KEY_REUSED = "key-reused"
    CONFLICT = "conflict"
    CHANGED = "changed"
    NEEDS_CONFIRM = "needs-confirm"
    CURSOR_GONE = "cursor-gone"
    UNSUPPORTED = "unsupported"
    QUOTA = "quota"


# Who decides upon what a lane holds back: a role and no person, as the lane's policy names it.
Desk = Literal["operator", "security", "supervisor", "records"]
# The place of a desk in this tuple is on the wire: append, never reorder.
DESKS: Final[tuple[Desk, ...]] = get_args(Desk)


class Refused(Exception):
    """The answer is no, and stays no however often it is asked."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """`detail` says what was found and where; it never quotes content."""
        super().__init__(f"{reason}: {detail}" if detail else reason.value)
        self.reason = reason
        self.detail = detail


class Unavailable(Exception):
    """There is no answer yet: something is down, full or slow.  Ask again."""
