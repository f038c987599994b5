"""What is said, as both zones have it: its normal form, and the digest of that.  Pure.

The relay puts texts into normal form (`wire.text`), so the far copy of a message may have
another line break or a 〓 where its author's has a character that only their site can show.
Before anything is compared, all of that is taken out on both sides: no text that the relay lets
pass as it is loses by it, and none that it has altered differs.
"""

import hashlib
import re
from typing import Final

import msgspec

from wire.text import normalise_text

SUM_BYTES: Final = 16
_PLACE_BYTES: Final = 8
# White space, and how JSON writes that and controls: what the relay turns into one another.
_BLANK = re.compile(r"[\s\x7f]|\\[nrtbf]|\\u00[01][0-9a-f]")

_encode = msgspec.json.Encoder().encode


def canonical_form(encoded: str) -> bytes:
    """Return JSON, or a text, without what the relay may have changed in it."""
    text = encoded if encoded.isascii() else normalise_text(encoded, gaiji="replace").text
    return _BLANK.sub("", text).encode()


def in_json(column: str | None) -> msgspec.Raw | None:
    """Return what a column holds in JSON, as a part of what is summed up."""
    return None if column is None else msgspec.Raw(column.encode())


def sum_of(*parts: object) -> bytes:
    """Return the 16 bytes that stand for `parts`, which JSON can say."""
    return hashlib.blake2b(canonical_form(_encode(parts).decode()), digest_size=SUM_BYTES).digest()


def place_of(name: str, field: str) -> str:
    """Return where a field of an object is in the order of the copy (`wire.digests`)."""
    digest = hashlib.blake2b(canonical_form(field), digest_size=_PLACE_BYTES)
    return f"{name}:{digest.hexdigest()}"
