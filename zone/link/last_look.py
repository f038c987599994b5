"""The last look: what the relay has released is looked at once more before anybody sees it.  Pure.

Both stages have said that it is as it must be.  Where one of them has fallen and the other been
passed by, a release is signed all the same: what this finds, no honest relay lets through.

    texts     every one of a body, of its files' names and of what the relay says of it
    files     of a kind that the sanitizer writes, with bytes and a name for them, or with neither

Whose an event is, whose message a file is of and which room it may be said in: see `zone.rights`.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import to_builtins

from sanitizer.check.check import MEDIA
from wire.bodies import FileReady, ItemPut, MessagePost
from wire.events import Event
from wire.item_kinds import ITEMS
from wire.reasons import Reason
from zone.link.legible import is_legible

_PARAGRAPHS: Final = frozenset({"text"})
# What a name of a file would do on some disk: go elsewhere, or be hidden.
_OF_PATHS: Final = frozenset('/\\:*?"<>|')
_READY: Final = frozenset({"clean", "altered"})
_REASONS: Final = frozenset(reason.value for reason in Reason)


def fault_of(event: Event) -> Reason | None:
    """Return what is wrong with the form of an event that was released, or None."""
    body = event.body
    if isinstance(body, FileReady) and (fault := _fault_of_file(body)) is not None:
        return fault
    return None if _is_legible(event) else Reason.UNCLEAN_TEXT


def _fault_of_file(ready: FileReady) -> Reason | None:
    has_bytes = ready.sha256 is not None
    if ready.name[0] == "." or not _OF_PATHS.isdisjoint(ready.name):
        return Reason.UNCLEAN_TEXT
    if has_bytes is not (ready.state in _READY):
        return Reason.FILE_CHECK
    if ready.reason is not None and ready.reason not in _REASONS:
        return Reason.FILE_CHECK
    if has_bytes and ready.media not in MEDIA:
        return Reason.FILE_KIND
    return Reason.FILE_CHECK if has_bytes and ready.size == 0 else None


def _is_legible(event: Event) -> bool:
    body = event.body
    said = (event.release.changes if event.release else []) + [
        word for file in event.files for word in (file.name, file.media)
    ]
    if not all(is_legible(word, breaks=False) for word in said):
        return False
    if isinstance(body, MessagePost) and body.is_plain:
        return is_legible(body.text, breaks=True)  # ids and stickers are typed
    paragraphs = ITEMS[type(body.content)].paragraphs if isinstance(body, ItemPut) else _PARAGRAPHS
    return all(
        is_legible(text, breaks=member in paragraphs) for member, text in _texts(to_builtins(body))
    )


def _texts(value: object, member: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and the member that it is of; and the names of members, which are none."""
    match value:
        case str():
            yield member, value
        case dict():
            for name, inner in value.items():
                yield "", name
                yield from _texts(inner, name)
        case list() | tuple():
            for each in value:
                yield from _texts(each, member)
