"""Forwarding: somebody's words, said again in another room, under their name and one's own."""

from collections.abc import Container, Sequence

from wire.bodies import MessagePost
from wire.events import FileRef
from wire.ids import FILE
from wire.message_parts import Forwarded
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.conversation.messages import put_message
from zone.copy import files as rows
from zone.copy.messages import find_message
from zone.copy.views import FileView, MessageView

_HAS_BYTES = ("stored", "crossing", "clean", "altered")


def forward_to_room(
    actor: Actor, message: str, room: str, text: str, *, confirm: bool
) -> MessageView:
    """Say a message again in `room`, beside a word of one's own.

    Of a message that forwards another it is the other's words, and not the word beside them.

    Raises `Refused` (NEEDS_CONFIRM) where somebody would see it who does not see it now,
    unless the asker has said that they mean it.
    """
    place = actor.seen(message)
    view = find_message(actor.writing.db, actor.writing.side, message)
    if view is None or view.withdrawn is not None or view.text is None:
        raise Refused(Reason.CONFLICT, "it was taken back or is held")
    origin = view.forwarded or Forwarded(message, view.author, view.at, view.text)
    body = MessagePost(
        text,
        sticker=view.sticker,
        forwarded=origin,
        location=view.location,
    )
    actor.demand(body, room=room)
    actor.demand_open(room)
    newcomers = 0 if confirm else _newcomers(actor, place.room, room, place.at)
    if newcomers:
        raise Refused(Reason.NEEDS_CONFIRM, f"{newcomers} more people would see it")
    return put_message(actor, room, body, copies(actor, view, _HAS_BYTES))


def _newcomers(actor: Actor, source: str, target: str, at: int) -> int:
    """Return how many people of the target room do not see the message where it stands."""
    directory, now = actor.directory, actor.writing.now
    return sum(
        not directory.sees_said(member.user, source, at, now=now)
        for member in directory.present(target, now=now)
    )


def copies(actor: Actor, view: MessageView, states: Container[str]) -> Sequence[FileRef]:
    """Return the message's files as files of the asker's own; the bytes are the same.

    Raises `Refused` for a file that is in none of `states`.
    """
    found = [copy_of(actor, file, states) for file in view.files if file.state != "withdrawn"]
    if not found:
        return ()
    return rows.references(actor.writing.db, found, uploader=actor.who.uid)


def copy_of(actor: Actor, file: FileView, states: Container[str]) -> str:
    """Return a new file of the asker's own with the bytes of another."""
    if file.state not in states or file.sha256 is None:
        raise Refused(Reason.CONFLICT, f"{file.id} is not here: it is {file.state}")
    writing = actor.writing
    fid = writing.mint(FILE, writing.now)
    rows.put(
        writing.db,
        fid=fid,
        uploader=actor.who.uid,
        name=file.name,
        media=file.media,
        size=file.size,
        sha256=file.sha256,
        password=None,
        at=writing.now,
    )
    return fid
