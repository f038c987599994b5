"""What a message can carry beside its text and files: another's words, a place, a call."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wire.fields import Count, Line, Ref, Text


class Forwarded(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """What somebody said, and when they said it in which message: `text` is theirs, word for word.

    The text of the message that forwards it is that of whoever forwards it.
    """

    message: Ref
    author: Ref
    at: Count
    text: Text


class Location(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A place on earth (WGS 84), in millionths of a degree, and what people call it."""

    latitude: Annotated[int, Meta(ge=-90_000_000, le=90_000_000)]
    longitude: Annotated[int, Meta(ge=-180_000_000, le=180_000_000)]
    name: Line


class CallNotice(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A telephone or video call began or ended elsewhere; the call itself never crosses."""

    state: Literal["started", "ended", "missed"]
    medium: Literal["voice", "video"]
    seconds: Count
