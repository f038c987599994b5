"""The words in an event, and the event with its words in normal form.  Pure.

What a character may do is decided in `wire.text`; here is where words stand.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from wire.bodies import Body, ItemPut, MessagePost
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.events import Event, FileRef
from wire.item_kinds import ITEMS
from wire.text import file_name, normalise_text

Gaiji = Literal["keep", "replace", "hold"]

# Members that hold several lines, except in what an item says: its kind has a column for them.
# All others are one line.
PARAGRAPHS = frozenset({"text"})
_TAGS = frozenset({"kind", "type"})
_ID = re.compile(r"[a-z]{2}_[0-7][0-9a-hjkmnp-tv-z]{25}")

UNKNOWN_MEDIA = "application/octet-stream"
_MEDIA = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")
_BREAKS = re.compile(r"[\n\t]+")
# Hashes, which may look like a word or a number, and what was signed as it stands.
_APART = CopyDigest | ConsentGive
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
    body, texts = event.body, []
    if isinstance(body, _APART):
        return []
    if isinstance(body, MessagePost) and body.is_plain:  # nearly all that crosses
        texts.append(body.text)
    else:
        _gather(msgspec.to_builtins(body), "", texts)
    return texts + [file.name for file in event.files]


def _gather(value: Any, key: str, texts: list[str]) -> None:
    """Add the texts in JSON `value`, member `key` of something, as `_rewritten` finds them."""
    if isinstance(value, str):
        if key not in _TAGS and _ID.fullmatch(value) is None:
            texts.append(value)
    elif isinstance(value, dict):
        for name, each in value.items():
            _gather(each, name, texts)
    elif isinstance(value, list):
        for each in value:
            _gather(each, key, texts)


def _rewritten(value: Any, key: str, rewrite: Callable[[str, str], str]) -> Any:
    """Return JSON `value`, member `key` of something, with its texts rewritten.

    Ids and the words of closed lists are no texts; the types see to those.
    """
    match value:
        case str() if key not in _TAGS and _ID.fullmatch(value) is None:
            return rewrite(value, key)
        case dict():
            return {name: _rewritten(each, name, rewrite) for name, each in value.items()}
        case list():
            return [_rewritten(each, key, rewrite) for each in value]
        case _:
            return value


def normal_form(events: Sequence[Event], gaiji: Gaiji) -> list[Wording]:
    """Return `events` with their words in normal form."""
    # Nearly all words are so already, and one look at all of them together is what
    # that costs.  A line break keeps what stands on its two sides apart.
    words = [_loose_words(event) for event in events]
    joined = "\n".join(text for texts in words if texts is not None for text in texts)
    looked = normalise_text(joined, gaiji=gaiji)
    if looked.text != joined or looked.removed or looked.held:
        return [_normal(event, gaiji) for event in events]
    pairs = zip(events, words, strict=True)
    return [_normal(event, gaiji) if texts is None else Wording(event) for event, texts in pairs]


def _loose_words(event: Event) -> list[str] | None:
    """Return the texts of an event that is normal if they are; None if there is more to look at.

    That is a file, or a line break, which is only in its place in some of the texts.
    """
    body = event.body
    if event.files or isinstance(body, _APART):
        return None
    texts = texts_of(event)
    is_plain = isinstance(body, MessagePost) and body.is_plain
    return texts if is_plain or not any("\n" in text or "\t" in text for text in texts) else None


def _normal(event: Event, gaiji: Gaiji) -> Wording:
    if isinstance(event.body, ConsentGive):  # for the relay itself, which takes it or does not
        return Wording(event)
    changes: set[str] = set()
    held: list[bool] = []
    paragraphs = _paragraphs_of(event.body)

    def rewrite(text: str, key: str) -> str:
        found = normalise_text(text, gaiji=gaiji)
        clean = found.text if key in paragraphs else _BREAKS.sub(" ", found.text)
        held.append(found.held)
        changes.update(found.removed)
        if clean != text:
            changes.add("text")
        return clean

    said = msgspec.to_builtins(event.body)
    clean = _rewritten(said, "", rewrite)
    hold = any(held)
    is_same = clean == said
    files = [_named(file) for file in event.files]
    for file in event.files:
        changes.update(normalise_text(file.name).removed)
    if files == event.files and is_same:
        return Wording(event, tuple(sorted(changes))[:MAX_CHANGES], hold)
    try:  # NFC can lengthen a text beyond its bound
        body = event.body if is_same else msgspec.convert(clean, type(event.body))
    except msgspec.ValidationError:
        return Wording(event, fits=False)
    changed = msgspec.structs.replace(event, body=body, files=files)
    if not _fits(changed):
        return Wording(event, fits=False)
    return Wording(changed, tuple(sorted(changes))[:MAX_CHANGES], hold)


def _paragraphs_of(body: Body) -> frozenset[str]:
    return ITEMS[type(body.content)].paragraphs if isinstance(body, ItemPut) else PARAGRAPHS


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
