"""The rows of messages: said, said better, taken back, pinned, marked, read, said again.  Pure."""

from typing import Final

from wire.bodies import MessageEdit, MessagePin, MessagePost, MessageWithdraw, ReactionSet, ReadSet
from wire.fields import OtherReader
from wire.ids import FILE, MESSAGE
from wire.lane import Zone
from wire.message_parts import Forwarded
from wire.order import hlc_of
from wire.reasons import Reason
from wire.text import Gaiji, normalise_text
from zone.rights import question
from zone.rights.facts import Facts, MessageFact
from zone.rights.question import (
    MODERATES,
    TAKEN,
    UNSEEN,
    Objection,
    Question,
    to_message,
    to_presence,
    to_speaking,
)

# What a lane may have made of characters that only their own site can show.
_GAIJI: Final[tuple[Gaiji, ...]] = ("replace", "keep")


def to_post(q: Question[MessagePost], facts: Facts) -> Objection | None:
    """Whoever speaks in the room, under an id that is new, about what is in the room."""
    body = q.body
    return (
        to_speaking(q, facts)
        or _to_id(q, facts)
        or _to_mention(q, facts, body.reply_to)
        or _to_mention(q, facts, body.thread)
        or (None if body.forwarded is None else _to_forwarding(q, facts, body.forwarded))
        or to_files(q, facts, q.name)
    )


def _to_id(q: Question[MessagePost], facts: Facts) -> Objection | None:
    """A message is made once.  One that was held has its place already, and fills that in."""
    found = None if q.name is None else facts.message(q.name)
    if found is None:
        return None
    is_release = found.is_held and (found.author, found.room) == (q.uid, q.room)
    return None if is_release and found.zone == q.zone else TAKEN


def _to_mention(q: Question[MessagePost], facts: Facts, name: str | None) -> Objection | None:
    """What is answered stands in the same room; far away it may be one that never came here."""
    if name is None:
        return None
    found = facts.message(name)
    if found is None:
        return None if q.is_far else UNSEEN
    is_there = found.room == q.room and question.sees(q, facts, found.room, found.at)
    return None if is_there else UNSEEN


def _to_forwarding(
    q: Question[MessagePost], facts: Facts, forwarded: Forwarded
) -> Objection | None:
    """Nobody is made to say what they did not say, nor quoted by who never read it."""
    found = facts.message(forwarded.message)
    if found is None:
        return _to_retelling(q, facts, forwarded)
    if (found.author, found.at) != (forwarded.author, forwarded.at):
        return question.invalid("who said it, and when, is not so")
    if not _has_read(q, facts, forwarded.message, found):
        return UNSEEN
    said = facts.wordings(forwarded.message)
    is_said = found.is_held or _is_one_of(forwarded.text, said)
    return None if is_said else question.invalid("these are not the words that were said")


def _to_retelling(q: Question[MessagePost], facts: Facts, forwarded: Forwarded) -> Objection | None:
    """What is not here is the far zone's to quote, or was said again here: word for word."""
    author = facts.person(forwarded.author)
    if q.is_far and author is not None and q.zone in author.zones:
        return None
    is_said = any(
        (each.author, each.said_at) == (forwarded.author, forwarded.at)
        and question.sees(q, facts, each.room, each.at)
        and _is_one_of(forwarded.text, [each.text])
        for each in facts.retold(forwarded.message)
    )
    return None if is_said else UNSEEN


def _has_read(q: Question[MessagePost], facts: Facts, name: str, found: MessageFact) -> bool:
    """Return whether whoever asks sees a message where it stands, or where it was said again."""
    if question.sees(q, facts, found.room, found.at):
        return True
    return any(question.sees(q, facts, each.room, each.at) for each in facts.retold(name))


def _is_one_of(text: str, wordings: list[str]) -> bool:
    """Return whether `text` is one of the wordings, as the relay's normal form has them."""
    return any(
        normalise_text(wording, gaiji=gaiji).text == normalise_text(text, gaiji=gaiji).text
        for gaiji in _GAIJI
        for wording in wordings
    )


def to_files(q: Question[object], facts: Facts, owner: str | None) -> Objection | None:
    """Files of the far zone are new, or were announced already with what they are of.

    Of this zone's own `zone.copy.files.references` hands out only what is free, and the asker's.
    """
    if not q.files or not q.is_far:
        return None
    names = [file.fid for file in q.files]
    if len(set(names)) < len(names) or not all(name.startswith(FILE) for name in names):
        return question.invalid("a file twice, or one that is none")
    for name in names:
        found = facts.file(name)
        if found is not None and (found.owner != owner or not found.is_far):
            return TAKEN
    return None


def to_edit(q: Question[MessageEdit], facts: Facts) -> Objection | None:
    """Its author, where they said it, while they speak there."""
    if objection := to_speaking(q, facts):
        return objection
    found = to_message(q, facts, q.body.message)
    if not isinstance(found, MessageFact):
        return found
    if found.author != q.uid:
        return question.forbidden("only its author rewrites a message")
    if found.zone != q.zone:
        return question.forbidden("a message is rewritten in the zone in which it was said")
    return None


def to_withdrawal(q: Question[MessageWithdraw], facts: Facts) -> Objection | None:
    """Its author, or whoever moderates the room."""
    found = to_message(q, facts, q.body.message)
    if not isinstance(found, MessageFact):
        return found
    here = question.part(q, facts, found.room, q.uid)
    is_right = found.author == q.uid or (here is not None and here.role in MODERATES)
    return (
        None
        if is_right
        else question.forbidden("only its author or a moderator takes a message back")
    )


def to_mark(q: Question[ReactionSet] | Question[MessagePin], facts: Facts) -> Objection | None:
    """Whoever speaks in the room of the message."""
    if objection := to_speaking(q, facts):
        return objection
    found = to_message(q, facts, q.body.message)
    return None if isinstance(found, MessageFact) else found


def to_reading(q: Question[ReadSet], facts: Facts) -> Objection | None:
    """Somebody who is in the room, or of several at least one who was: of what can have been there.

    Who of several is believed says `readers_believed`.  What was read was there: a position names
    nothing that is yet to be said.
    """
    if not q.is_far and (objection := to_presence(q, facts)):
        return objection
    if not readers_believed(q, facts):
        return UNSEEN
    found = facts.message(q.body.message)
    if found is not None and found.room != q.room:
        return UNSEEN
    if found is None and not q.is_far:
        return UNSEEN
    if not all(name.startswith(MESSAGE) for name in q.body.without):
        return question.invalid("what was not there is no message")
    return _to_position(q, found) if q.is_far else None


def _to_position(q: Question[ReadSet], found: MessageFact | None) -> Objection | None:
    """Their zone has said less than it says now, has heard no more than ours has said."""
    counts = {Zone.LGWAN: q.body.lgwan, Zone.INTERNET: q.body.internet}
    if counts[q.zone] >= q.hlc or counts[q.side.zone] > q.clock:
        return Objection(Reason.OUT_OF_BOUNDS, "a place that is yet to come")
    if found is not None and hlc_of(found.stamp) > counts[Zone(found.zone)]:
        return question.invalid("the message that was read stands further on")
    return None


def readers_believed(q: Question[ReadSet], facts: Facts) -> list[OtherReader]:
    """Return whose readings these can be, and when they looked: the author's, too.

    They use that zone and are in the room, or were: somebody who has left it meanwhile takes
    nothing from the others, nor from what they read themselves.
    """
    found = []
    for reader in (OtherReader(q.uid, q.body.at), *q.body.users):
        person = facts.person(reader.user)
        is_known = person is not None and q.zone in person.zones
        if is_known and facts.part(q.room or "", reader.user) is not None:
            found.append(reader)
    return found


def speaks_for_readers(q: Question[ReadSet], facts: Facts, user: str) -> bool:
    """Return whether one of several readers can be the author of what all of them have read."""
    if user == q.uid and q.who.person is not None:
        return True  # a shared account: the table asks for whom it speaks
    person = facts.person(user)
    if person is None or person.kind == "shared":
        return False
    return not person.expires or q.now < person.expires
