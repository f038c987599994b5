"""Names of things: a two-letter prefix and a ULID, minted where the thing is born.

The same id is used in both zones.  Source: https://github.com/ulid/spec, written
in lower case.  Time and randomness are handed in.
"""

import re

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
# To the digits that `int` reads in base 32; what is no digit here is none there.
_DIGITS = str.maketrans(_ALPHABET + "ilou_", "0123456789abcdefghijklmnopqrstuv!!!!!")

ENTROPY_BYTES = 10
ID_LENGTH = 29

TENANT, ORG, USER, ROOM, MESSAGE, FILE = "tn", "og", "us", "rm", "ms", "fl"
ACT, FRONTEND, BROADCAST, OPERATOR = "ac", "fe", "bc", "op"

_ID = re.compile(r"[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}")


def mint_id(prefix: str, *, now: int, entropy: bytes) -> str:
    """Return a new id.

    `now` is in milliseconds since 1970, `entropy` 10 random bytes.  Ids of one
    millisecond are in no order; what orders events is `wire.order`.
    """
    number = (now & 0xFFFF_FFFF_FFFF) << 80 | int.from_bytes(entropy)
    return f"{prefix}_" + "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def minted_at(name: str) -> int:
    """Return when an id was minted, in milliseconds since 1970, as it says itself."""
    return int(name[3:13].translate(_DIGITS), 32)


def is_id(prefix: str, untrusted: str) -> bool:
    """Return whether `untrusted` could have come from `mint(prefix, …)`."""
    return untrusted[:2] == prefix and _ID.fullmatch(untrusted) is not None
