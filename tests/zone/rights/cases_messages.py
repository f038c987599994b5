"""What the internet zone says in rooms: who may, and who in vain."""

from typing import Any, Final

from tests.zone.events import an_id
from tests.zone.rights.case import MAX, Case
from tests.zone.rights.city import (
    CHIEF,
    DESK,
    ENDED,
    FILE,
    GUEST,
    HELD,
    HOME,
    HOUR_MS,
    NOBODY,
    READER,
    STRANGER,
    THERE,
    City,
    operator,
    person,
)
from wire.bodies import MessagePost
from wire.events import FileRef
from wire.message_parts import Forwarded


def _quote(city: City, message: str, author: str, text: str, *, late: int = 0) -> MessagePost:
    said = Forwarded(message, author, city.at_of(message) + late, text)
    return MessagePost("見て", forwarded=said)


FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    MessagePost: [
        Case("whoever is in the room", lambda c: c.far(person(GUEST), MessagePost("はい"), c.room)),
        Case(
            "an answer to what is there",
            lambda c: c.far(person(GUEST), MessagePost("はい", c.said, c.said), c.room),
        ),
        Case(
            "an answer to what never came",
            lambda c: c.far(person(GUEST), MessagePost("はい", an_id("ms", 700)), c.room),
        ),
        Case(
            "what was held and is released",
            lambda c: c.far(person(GUEST), MessagePost("釈放"), c.room, name=HELD),
        ),
        Case(
            "a shared account through one of its own",
            lambda c: c.far(person(DESK, HOME), MessagePost("受付中"), c.room),
        ),
        Case(
            "what was said, word for word",
            lambda c: c.far(person(HOME), _quote(c, c.said, CHIEF, "避難指示を出します"), THERE),
        ),
        Case(
            "what was said in a room of theirs alone",
            lambda c: c.far(
                person(HOME),
                MessagePost("x", forwarded=Forwarded(an_id("ms", 701), GUEST, 5, "x")),
                c.room,
            ),
        ),
    ],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    MessagePost: [
        Case("who uses LGWAN alone", lambda c: c.far(person(CHIEF), MessagePost("x"), c.room)),
        Case("whom nobody knows", lambda c: c.far(person(NOBODY), MessagePost("x"), c.room)),
        Case("whose stay has ended", lambda c: c.far(person(ENDED), MessagePost("x"), c.room)),
        Case(
            "whose stay has ended, an hour ago",
            lambda c: c.far(person(ENDED), MessagePost("x"), c.room, at=c.time.now - 2 * HOUR_MS),
        ),
        Case(
            "whose stay has ended, as operator",
            lambda c: c.far(operator(ENDED), MessagePost("x"), c.room),
        ),
        Case("a reader", lambda c: c.far(person(READER), MessagePost("x"), c.room)),
        Case("who is not in the room", lambda c: c.far(person(STRANGER), MessagePost("x"), c.room)),
        Case("in a room of LGWAN alone", lambda c: c.far(person(HOME), MessagePost("x"), c.inside)),
        Case(
            "in a room that nobody opened",
            lambda c: c.far(person(HOME), MessagePost("x"), an_id("rm", 800)),
        ),
        Case(
            "under the id of LGWAN's message",
            lambda c: c.far(person(HOME), MessagePost("別の話"), c.room, name=c.said_at_home),
            ("text",),
        ),
        Case(
            "over what is held of somebody else's",
            lambda c: c.far(person(HOME), MessagePost("x"), c.room, name=HELD),
        ),
        Case(
            "under the id of an item",
            lambda c: c.far(person(HOME), MessagePost("x"), c.room, name=c.note),
        ),
        Case(
            "an answer to what stands elsewhere",
            lambda c: c.far(person(GUEST), MessagePost("x", c.secret), c.room),
            ("reply_to",),
        ),
        Case(
            "an answer to an item",
            lambda c: c.far(person(GUEST), MessagePost("x", c.note), c.room),
            ("reply_to",),
        ),
        Case(
            "in a thread of another room",
            lambda c: c.far(person(GUEST), MessagePost("x", thread=c.elsewhere), c.room),
            ("thread",),
        ),
        Case(
            "words in the mouth of who never wrote",
            lambda c: c.far(
                person(HOME),
                MessagePost("x", forwarded=Forwarded(an_id("ms", 800), CHIEF, 5, "x")),
                c.room,
            ),
            ("forwarded",),
        ),
        Case(
            "other words under one's name",
            lambda c: c.far(person(HOME), _quote(c, c.said, CHIEF, "避難は要りません"), c.room),
            ("forwarded",),
        ),
        Case(
            "one's words under another name",
            lambda c: c.far(person(HOME), _quote(c, c.said, HOME, "避難指示を出します"), c.room),
            ("forwarded",),
        ),
        Case(
            "at another time",
            lambda c: c.far(
                person(HOME), _quote(c, c.said, CHIEF, "避難指示を出します", late=1), c.room
            ),
            ("forwarded",),
        ),
        Case(
            "what they never read",
            lambda c: c.far(person(GUEST), _quote(c, c.elsewhere, CHIEF, "予算の件"), c.room),
            ("forwarded",),
        ),
        Case(
            "with a file of somebody's",
            lambda c: c.far(
                person(HOME), MessagePost("x"), c.room, files=[FileRef(FILE, "x", "", 0, None)]
            ),
        ),
        Case(
            "with a file that is a room",
            lambda c: c.far(
                person(HOME), MessagePost("x"), c.room, files=[FileRef(c.room, "x", "", 0, None)]
            ),
        ),
        Case(
            "at the end of all time",
            lambda c: c.far(person(GUEST), MessagePost("x"), c.room, hlc=MAX),
        ),
        Case(
            "when no calendar is", lambda c: c.far(person(GUEST), MessagePost("x"), c.room, at=MAX)
        ),
        Case(
            "a shared account through nobody",
            lambda c: c.far(person(DESK), MessagePost("x"), c.room),
        ),
        Case(
            "a shared account through somebody else",
            lambda c: c.far(person(DESK, GUEST), MessagePost("x"), c.room),
        ),
        Case(
            "somebody through somebody else",
            lambda c: c.far(person(GUEST, HOME), MessagePost("x"), c.room),
        ),
        Case("of no room", lambda c: c.far(person(GUEST), MessagePost("x"))),
    ],
}
