"""Cursors: where in a zone's log a frontend has got to.  Opaque to frontends.

A cursor names the store too: one of another store, or of this one before it was
restored from a backup, is not taken for a place in this one.
"""

from wire.reasons import Reason, Refused

TAG_LENGTH = 8
MAX_DIGITS = 16  # 2^63 in hexadecimal


def write_cursor(tag: str, n: int) -> str:
    """Return the cursor behind entry `n` of the store `tag`."""
    return f"{tag}{n:x}"


def read_cursor(tag: str, untrusted: str) -> int:
    """Return the number of the entry that `untrusted` stands behind, or raise `Refused`."""
    digits = untrusted[TAG_LENGTH:]
    if untrusted[:TAG_LENGTH] != tag or not 0 < len(digits) <= MAX_DIGITS:
        raise Refused(Reason.CURSOR_GONE, "the cursor is of another store: take a new snapshot")
    try:
        n = int(digits, 16)
    except ValueError:
        raise Refused(Reason.CURSOR_GONE, "not a cursor: take a new snapshot") from None
    if write_cursor(tag, n) != untrusted:
        raise Refused(Reason.CURSOR_GONE, "not a cursor: take a new snapshot")
    return n
