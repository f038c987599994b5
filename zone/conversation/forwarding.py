"""Forwarding: somebody's words, said again in another room, under his name and one's own."""

from collections.abc import Sequence

from wire.bodies import Forwarded, MessagePost
from wire.events import FileRef
from wire.ids import FILE
from wire.reasons import Reason, Refused
from zone import files as rows
from zone.conversation.acting import Acting
from zone.conversation.speaking import Posted, put
from zone.messages import find
from zone.views import FileView, MessageView

_HAS_BYTES = ("stored", "crossing", "clean", "altered")


def forward(acting: Acting, message: str, room: str, text: str, *, confirm: bool) -> Posted:
    """Say a message again in `room`, with a word of one's own before it.

    Raises `Refused` (NEEDS_CONFIRM) where somebody would see it who does not see it now,
    unless the asker has said that he means it.
    """
    place = acting.seen(message)
    acting.demand_speaker(room)
    view = find(acting.writing.db, acting.writing.side, message)
    if view is None or view.withdrawn is not None or view.text is None:
        raise Refused(Reason.CONFLICT, "it was taken back or is held")
    newcomers = 0 if confirm else _newcomers(acting, place.room, room, place.at)
    if newcomers:
        raise Refused(Reason.NEEDS_CONFIRM, f"{newcomers} more people would see it")
    origin = view.forwarded or Forwarded(message, view.author, view.at)
    body = MessagePost(
        f"{text}\n\n{view.text}".strip() if text else view.text,
        sticker=view.sticker, forwarded=origin, location=view.location,
    )  # fmt: skip
    return put(acting, room, body, _copies(acting, view))


def _newcomers(acting: Acting, source: str, target: str, at: int) -> int:
    """Return how many people of the target room do not see the message where it stands."""
    directory, now = acting.directory, acting.writing.now
    return sum(
        not directory.sees_said(member.user, source, at, now=now)
        for member in directory.members(target)
    )


def _copies(acting: Acting, view: MessageView) -> Sequence[FileRef]:
    """Return the message's files as files of the asker's own; the bytes are the same."""
    found = [_copy(acting, file) for file in view.files if file.state != "withdrawn"]
    if not found:
        return ()
    return rows.references(acting.writing.db, found, uploader=acting.who.uid)


def _copy(acting: Acting, file: FileView) -> str:
    if file.state not in _HAS_BYTES or file.sha256 is None:
        raise Refused(Reason.CONFLICT, f"{file.id} is not here: it is {file.state}")
    writing = acting.writing
    fid = writing.mint(FILE, writing.now)
    rows.put(
        writing.db, fid=fid, uploader=acting.who.uid, name=file.name, media=file.media,
        size=file.size, sha256=file.sha256, password=None, at=writing.now,
    )  # fmt: skip
    return fid
