"""What the internet zone says of items: who may, and who in vain."""

from typing import Any, Final

from tests.zone.events import an_id
from tests.zone.rights.case import MAX, Case
from tests.zone.rights.city import (
    CLERK,
    GUEST,
    HELD_NOTE,
    HOME,
    STRANGER,
    THERE,
    operator,
    person,
)
from wire.answers import Decision, Delegate, Reply, Seen, Vote
from wire.bodies import (
    AnswerSet,
    ItemPut,
    ItemRemove,
)
from wire.items import Approval, ApprovalStep, Audience, Booking, Broadcast, Note, Survey, Task

_CALL: Final = Broadcast(title="偽", audience=Audience(), require="ack")

FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    ItemPut: [
        Case(
            "whoever speaks there makes one",
            lambda c: c.far(person(GUEST), c.put(Note(title="x")), c.room, name=an_id("nt", 700)),
        ),
        Case(
            "what is everybody's is changed by everybody",
            lambda c: c.far(person(GUEST), c.put(Note(text="内線 2"), c.note), c.room),
        ),
        Case(
            "what is held is changed by its author",
            lambda c: c.far(person(GUEST), c.put(Note(text="x"), HELD_NOTE), c.room),
        ),
        Case(
            "who has the duty calls",
            lambda c: c.far(person(HOME), c.put(_CALL), name=an_id("bc", 700)),
        ),
    ],
    ItemRemove: [
        Case(
            "its author, while it is held",
            lambda c: c.far(person(GUEST), ItemRemove(HELD_NOTE), c.room),
        )
    ],
    AnswerSet: [
        Case(
            "who is asked decides",
            lambda c: c.far(person(HOME), AnswerSet(c.approval, Decision(0, "approve")), c.room),
        ),
        Case("who is called answers", lambda c: c.far(person(HOME), AnswerSet(c.call, Reply(0)))),
    ],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    ItemPut: [
        Case(
            "made again, under the id of LGWAN's approval",
            lambda c: c.far(
                person(GUEST),
                c.put(Approval(title="一億円", steps=[ApprovalStep([HOME])])),
                c.room,
                name=c.approval,
            ),
            ("content",),
        ),
        Case(
            "the amount, as its approver",
            lambda c: c.far(person(HOME), c.put(Approval(title="一億円"), c.approval), c.room),
            ("content",),
        ),
        Case(
            "who is not there",
            lambda c: c.far(
                person(STRANGER), c.put(Note(title="x")), c.room, name=an_id("nt", 800)
            ),
        ),
        Case(
            "a note of another room",
            lambda c: c.far(person(HOME), c.put(Note(text="x"), c.hidden), c.room),
            ("item",),
        ),
        Case(
            "what is not known",
            lambda c: c.far(person(HOME), c.put(Note(text="x"), an_id("nt", 800)), c.room),
            ("item",),
        ),
        Case(
            "an approver who is not there",
            lambda c: c.far(
                person(HOME),
                c.put(Approval(title="x", steps=[ApprovalStep([CLERK])])),
                c.room,
                name=an_id("ap", 800),
            ),
            ("content",),
        ),
        Case(
            "a task for who is not there",
            lambda c: c.far(
                person(HOME),
                c.put(Task(title="x", assignees=[CLERK])),
                c.room,
                name=an_id("tk", 800),
            ),
            ("content",),
        ),
        Case(
            "LGWAN's car",
            lambda c: c.far(
                person(HOME),
                c.put(Booking(title="x", resource=c.car, starts=1, ends=2)),
                c.room,
                name=an_id("bk", 800),
            ),
            ("content",),
        ),
        Case(
            "a time no calendar has",
            lambda c: c.far(
                person(HOME), c.put(Task(title="x", due=MAX)), c.room, name=an_id("tk", 800)
            ),
            ("content",),
        ),
        Case(
            "a call, without the duty",
            lambda c: c.far(person(GUEST), c.put(_CALL), name=an_id("bc", 800)),
        ),
        Case(
            "a call, as operator",
            lambda c: c.far(operator(HOME), c.put(_CALL), name=an_id("bc", 800)),
        ),
        Case(
            "a survey, by who did not ask",
            lambda c: c.far(person(HOME), c.put(Survey(closed=True), c.survey), c.room),
            ("item",),
        ),
    ],
    ItemRemove: [
        Case("LGWAN's note", lambda c: c.far(person(HOME), ItemRemove(c.note), c.room), ("item",)),
        Case("a note of another room", lambda c: c.far(person(HOME), ItemRemove(c.hidden), c.room)),
        Case("a call, without the duty", lambda c: c.far(person(GUEST), ItemRemove(c.call))),
        Case(
            "what is not known",
            lambda c: c.far(person(HOME), ItemRemove(an_id("nt", 800)), c.room),
            ("item",),
        ),
        Case(
            "a message",
            lambda c: c.far(person(HOME), ItemRemove(c.said_at_home), c.room),
            ("item",),
        ),
    ],
    AnswerSet: [
        Case(
            "who is not asked",
            lambda c: c.far(person(GUEST), AnswerSet(c.approval, Decision(0, "approve")), c.room),
            ("answer",),
        ),
        Case(
            "a seat for who is not there",
            lambda c: c.far(person(HOME), AnswerSet(c.approval, Delegate(0, CLERK)), c.room),
            ("answer",),
        ),
        Case(
            "in another way",
            lambda c: c.far(person(HOME), AnswerSet(c.approval, Vote([0])), c.room),
            ("answer",),
        ),
        Case(
            "in another room",
            lambda c: c.far(person(HOME), AnswerSet(c.approval, Decision(0, "approve")), THERE),
        ),
        Case("who is not called", lambda c: c.far(person(GUEST), AnswerSet(c.call, Seen()))),
        Case(
            "what is not known",
            lambda c: c.far(person(HOME), AnswerSet(an_id("sv", 800), Vote([0])), c.room),
            ("item",),
        ),
    ],
}
