"""The terminal client in a pipe: every line is a message, and its verdict a line in answer."""

import asyncio
from typing import Final, TextIO

from sekisho.chat import timeline
from sekisho.chat.conversation import Conversation
from sekisho.chat.orders import NotUnderstood
from sekisho.chat.rooms import find_room
from sekisho.chat.session import Session
from sekisho.exits import Exit
from sekisho_client import Message

# Longer than a busy lane takes by far; whoever waits in a script wants an end.
PATIENCE_S: Final = 60.0
ARRIVED: Final = frozenset({"local", "delivered", "altered"})
VERDICTS: Final = ARRIVED | {"held", "refused"}


async def post_lines(session: Session, name: str | None, said: TextIO, answers: TextIO) -> Exit:
    """Post the lines of `said` to the room called `name`, one after the other.

    Each is answered with its id, what became of it and why.  Raises `NotUnderstood`.
    """
    if name is None:
        raise NotUnderstood("--room でルームを指定してください")
    room = find_room(session.rooms(), name).view.id
    have_arrived = True
    while line := await asyncio.to_thread(said.readline):
        if text := line.rstrip("\n"):
            message = await _post(session, room, text)
            have_arrived = have_arrived and message.delivery in ARRIVED
            print(message.id, timeline.delivery(message).plain or "✓", file=answers, flush=True)
    return Exit.OK if have_arrived else Exit.REFUSED


async def _post(session: Session, room: str, text: str) -> Message:
    posted = await session.client.post(room, text)

    def settled(known: Conversation) -> Message | None:
        found = known.find(posted.id)
        return found if found is not None and found.delivery in VERDICTS else None

    try:
        return await session.following.until(settled, PATIENCE_S)
    except TimeoutError:
        return await session.client.message(posted.id)
