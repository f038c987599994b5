"""The types of the fields of what crosses, and how large all of it may be.

Each figure says what it is measured against.
"""

import re
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, Struct

from wire.ids import ID_LENGTH
from wire.order import MAX_COUNT

KIB = 1024

# The last millisecond that calendars can write: the end of the year 9999.
LAST_MS = 253_402_300_799_999

# 8,000 characters are ten pages of Japanese typescript.
MAX_TEXT = 8_000
MAX_FILES = 10
MAX_FILE_BYTES = 100 * 1024 * KIB  # the hard limit; 20 MiB unless policy says otherwise
MAX_NAME = 100  # 100 kanji are 300 bytes in UTF-8; file systems that take 255 never see a name
MAX_PASSWORD = 255  # Office and PDF take no longer one

# An event is text and hashes: 8,000 characters outside the BMP are 32 KiB.
MAX_EVENT_BYTES = 64 * KIB
MAX_EVENTS = 256
MAX_PAYLOAD_BYTES = 256 * KIB
# A payload in base64 (4/3) with its signature.
MAX_ENVELOPE_BYTES = 512 * KIB
MAX_CHUNK_BYTES = 256 * KIB

# An id by its length, for what is read thousands of times a second; `wire.events.is_well_formed`
# looks at the rest.  `Ref` looks at all of it, for everything else.
Id = Annotated[str, Meta(min_length=ID_LENGTH, max_length=ID_LENGTH)]
Ref = Annotated[str, Meta(pattern="^[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
Line = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Digest = Annotated[str, Meta(min_length=64, max_length=64)]
_DIGESTS = re.compile(r"(?:[0-9a-f]{64})*")
Password = Annotated[str, Meta(min_length=1, max_length=MAX_PASSWORD)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
# The name of something in a closed or a local list: no text, so nothing hides in it.
Key = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]
# So many things of one kind in a file; the sanitizer gives up long before.
Tally = Annotated[int, Meta(ge=0, le=1_000_000_000)]
# A room of which the relay holds more at once is no conversation any more.
MAX_WITHOUT = 100
MAX_MENTIONS = 50


class OtherReader(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """Somebody who looked, too, and when."""

    user: Ref
    at: Count


class Refusal(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """An event that was not applied, and why."""

    id: Ref
    reason: Word


def are_digests(texts: Iterable[str]) -> bool:
    """Return whether these are hashes in the one way to write them, which no type expresses."""
    return _DIGESTS.fullmatch("".join(texts)) is not None
