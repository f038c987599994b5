"""What the internet zone says of events themselves: who may, and who in vain."""

from typing import Any, Final

from tests.zone.events import an_id
from tests.zone.rights.case import Case
from tests.zone.rights.city import (
    CHIEF,
    FAR_SAID,
    FILE,
    GUEST,
    HELD,
    HOME,
    THERE,
    operator,
    person,
)
from wire.bodies import EventRefuse, FileReady, RelayNotice
from wire.consents import Capacity, Consent, ConsentGive, SignedConsent
from wire.digests import NO_POLICY, NOTHING, SPANS, CopyDigest, DigestSpan
from wire.fields import Refusal
from wire.lane import Lane

_ENDS: Final = [an_id("ms", 800 + n) + ":" + "0" * 16 for n in range(SPANS)]


def _spans(*ends: str, digest: str = "1" * 32) -> list[DigestSpan]:
    """Return spans that end there, and as many empty ones behind them as it takes."""
    spans = [DigestSpan(end, digest) for end in ends]
    return [*spans, *[DigestSpan(ends[-1], NOTHING)] * (SPANS - len(spans))]


def _digest(spans: list[DigestSpan], after: str = "") -> CopyDigest:
    return CopyDigest("ranges", after, 1, 1, NO_POLICY, spans)


def _consent(by: str, author: str, capacity: Capacity = "approver") -> ConsentGive:
    file, hash_, until = an_id("fl", 800), "c" * 64, 1_900_000_000_000
    lane = Lane.IMPORT
    said = Consent(1, "test", lane, file, hash_, "release", by, capacity, author, "", 1, until)
    return ConsentGive(SignedConsent(said, "d" * 32, "e" * 128))


FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    ConsentGive: [],
    CopyDigest: [
        Case(
            "its daemon, of its copy",
            lambda c: c.far(operator(), _digest(_spans(_ENDS[0], _ENDS[1]))),
        )
    ],
    EventRefuse: [
        Case(
            "its daemon, of what was sent there",
            lambda c: c.far(operator(), EventRefuse([Refusal(c.said, "no-authority")])),
        )
    ],
    FileReady: [
        Case(
            "the relay, of a file that was announced",
            lambda c: c.far(person(GUEST), c.ready(FAR_SAID, FILE), c.room),
        )
    ],
    RelayNotice: [
        Case(
            "the relay, of what it keeps back",
            lambda c: c.far(
                person(GUEST),
                RelayNotice(an_id("ms", 700), "held", 1, "message.post", "words"),
                c.room,
            ),
        )
    ],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    ConsentGive: [
        Case(
            "to the relay's ears, and no further",
            lambda c: c.far(person(HOME), _consent(HOME, GUEST)),
            ("consent",),
        ),
        Case("a daemon", lambda c: c.far(operator(), _consent(HOME, GUEST))),
        Case("in a room", lambda c: c.far(person(HOME), _consent(HOME, GUEST), c.room)),
    ],
    CopyDigest: [
        Case("a person", lambda c: c.far(person(HOME), _digest(_spans(_ENDS[0])))),
        Case("in a room", lambda c: c.far(operator(), _digest(_spans(_ENDS[0])), c.room)),
        Case(
            "not in its order",
            lambda c: c.far(operator(), _digest(_spans(_ENDS[1], _ENDS[0]))),
            ("spans",),
        ),
        Case(
            "more than there is room for",
            lambda c: c.far(operator(), _digest(_spans(_ENDS[0], _ENDS[0]))),
            ("spans",),
        ),
        Case(
            "from behind its end",
            lambda c: c.far(operator(), _digest(_spans(_ENDS[0]), after=_ENDS[1])),
            ("after",),
        ),
    ],
    EventRefuse: [
        Case(
            "a person",
            lambda c: c.far(person(HOME), EventRefuse([Refusal(c.said, "no-authority")])),
        ),
        Case(
            "what was never sent",
            lambda c: c.far(operator(), EventRefuse([Refusal(c.secret, "no-authority")])),
            ("events",),
        ),
        Case(
            "what they said themselves",
            lambda c: c.far(operator(), EventRefuse([Refusal(FAR_SAID, "no-authority")])),
            ("events",),
        ),
        Case(
            "for a reason that is none",
            lambda c: c.far(operator(), EventRefuse([Refusal(c.said, "held-by-rule")])),
            ("events",),
        ),
    ],
    FileReady: [
        Case(
            "under LGWAN's message",
            lambda c: c.far(person(HOME), c.ready(c.said_at_home, an_id("fl", 800)), c.room),
            ("message", "file"),
        ),
        Case(
            "the announced file, under another message",
            lambda c: c.far(person(GUEST), c.ready(c.said, FILE), c.room),
            ("message",),
        ),
        Case(
            "in somebody else's name",
            lambda c: c.far(person(HOME), c.ready(FAR_SAID, FILE), c.room),
        ),
        Case(
            "of a room",
            lambda c: c.far(person(GUEST), c.ready(FAR_SAID, c.room), c.room),
            ("file",),
        ),
        Case("in another room", lambda c: c.far(person(GUEST), c.ready(FAR_SAID, FILE), THERE)),
    ],
    RelayNotice: [
        Case(
            "of LGWAN's message",
            lambda c: c.far(
                person(HOME), RelayNotice(c.said_at_home, "held", 1, "message.post", "x"), c.room
            ),
            ("subject",),
        ),
        Case(
            "of an item, as of a message",
            lambda c: c.far(
                person(HOME), RelayNotice(c.note, "held", 1, "message.post", "x"), c.room
            ),
            ("what",),
        ),
        Case(
            "of a person",
            lambda c: c.far(person(HOME), RelayNotice(CHIEF, "held", 1, "profile.set", "x")),
            ("subject",),
        ),
        Case(
            "of somebody else's message",
            lambda c: c.far(
                person(HOME), RelayNotice(HELD, "denied", 2, "message.post", "x"), c.room
            ),
            ("subject",),
        ),
    ],
}
