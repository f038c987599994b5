"""The words in an event, and the event with its words in normal form.  Pure.

What a character may do is decided in `wire.text`; here is where words stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from msgspec import Struct

from wire.events import (
    Event,
    FileRef,
    MessageEdit,
    MessagePost,
    MessageWithdraw,
    ProfileSet,
    ReactionSet,
    RoomPut,
)
from wire.text import file_name, normalise

Gaiji = Literal["keep", "replace", "hold"]

# Fields that hold what somebody typed.  All others are numbers, ids, hashes or words
# of a closed list, which the types see to.
FIELDS: dict[type[Struct], tuple[str, ...]] = {
    MessagePost: ("text",),
    MessageEdit: ("text",),
    MessageWithdraw: ("reason",),
    ReactionSet: ("stamp",),
    RoomPut: ("name", "topic", "icon", "colour"),
    ProfileSet: ("name", "kana", "section", "title", "status"),
}
PARAGRAPHS = frozenset({"text"})  # the others are one line

UNKNOWN_MEDIA = "application/octet-stream"
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_BREAKS = re.compile(r"[\n\t]+")
MAX_CHANGES = 32  # the bound of `Release.changes`


@dataclass(frozen=True, slots=True)
class Wording:
    """An event in normal form and what it took to get there.

    `fits` is False where the normal form would break a bound: then `event` is as it was.
    `hold` is whether a person has to look at its characters.
    """

    event: Event
    changes: tuple[str, ...] = ()
    hold: bool = False
    fits: bool = True


def texts_of(event: Event) -> list[str]:
    """Return everything in `event` that somebody typed, names of files included."""
    fields = FIELDS.get(type(event.body), ())
    texts = [text for field in fields if (text := getattr(event.body, field)) is not None]
    return texts + [file.name for file in event.files]


def normal_form(events: Sequence[Event], gaiji: Gaiji) -> list[Wording]:
    """Return `events` with their words in normal form."""
    # Nearly all words are so already, and one look at all of them together is what
    # that costs.  A line break keeps what stands on its two sides apart.
    plain = [event for event in events if not event.files and isinstance(event.body, MessagePost)]
    joined = "\n".join(text for event in plain for text in texts_of(event))
    looked = normalise(joined, gaiji=gaiji)
    if looked.text == joined and not looked.removed and not looked.held:
        clean = {id(event) for event in plain}
        return [Wording(e) if id(e) in clean else _normal(e, gaiji) for e in events]
    return [_normal(event, gaiji) for event in events]


def _normal(event: Event, gaiji: Gaiji) -> Wording:
    fields: dict[str, Any] = {}
    changes: set[str] = set()
    hold = False
    for field in FIELDS.get(type(event.body), ()):
        text = getattr(event.body, field)
        if text is None:
            continue
        found = normalise(text, gaiji=gaiji)
        clean = found.text if field in PARAGRAPHS else _BREAKS.sub(" ", found.text)
        hold = hold or found.held
        changes.update(found.removed)
        if clean != text:
            fields[field] = clean
            changes.add("text")
    files = [_named(file) for file in event.files]
    for file in event.files:
        changes.update(normalise(file.name).removed)
    if files == event.files and not fields:
        return Wording(event, tuple(sorted(changes))[:MAX_CHANGES], hold)
    body = msgspec.structs.replace(event.body, **fields)
    changed = msgspec.structs.replace(event, body=body, files=files)
    if not _fits(changed):
        return Wording(event, fits=False)
    return Wording(changed, tuple(sorted(changes))[:MAX_CHANGES], hold)


def _named(file: FileRef) -> FileRef:
    """Return `file` under a name and a media type that can do no harm, without its password."""
    media = file.media if _MEDIA.fullmatch(file.media) else UNKNOWN_MEDIA
    name = file_name(file.name, media)
    return msgspec.structs.replace(file, name=name, media=media, password=None)


def _fits(event: Event) -> bool:
    """Return whether `event` still keeps the bounds of its types: NFC can lengthen a text."""
    try:
        msgspec.convert(msgspec.to_builtins(event), Event)
    except msgspec.ValidationError:
        return False
    return True
