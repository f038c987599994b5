"""Rights: one table over all bodies, asked before anything is done and before it is believed.

        a use case                                    the inbox
     "may I say this?"                        "was this theirs to say?"
             │                                            │
             └──────────▶  objection(question, facts) ◀───┘
                                    │
             the row of the body: by whom, in which room, naming what
                                    │
             the author: known, of that zone, their stay not over, themselves
                                    │
             the right of that body, over facts of this copy at this zone's clock
                                    │
                        None, or an objection: the answer is no

A zone says nothing that it would not believe: both sides ask the same rows.  What is not in
the table is refused, and so is what speaks of something unknown, unless the relay has said that
it keeps that back.  What fixed an object when it was made (`Birth`, and the tables of messages
and items) is read from columns that no later word reaches.

What depends on the moment alone stays with the use cases: whether a room is archived, whether
a slot is free, whether a form still takes answers.  Two zones can differ about a moment without
either of them lying.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from wire.bodies import (
    AnswerSet,
    EventRefuse,
    FileReady,
    ItemPut,
    ItemRemove,
    MemberSet,
    MessageEdit,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReactionSet,
    ReadSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.consents import ConsentGive
from wire.digests import CopyDigest
from wire.ids import MESSAGE, ORG, ROOM, TENANT, USER
from wire.item_kinds import ITEMS
from wire.reasons import Reason
from zone.rights import question
from zone.rights.facts import Facts
from zone.rights.items import to_answer, to_item, to_removal
from zone.rights.messages import to_edit, to_mark, to_post, to_reading, to_withdrawal
from zone.rights.people import to_link, to_profile, to_unit
from zone.rights.question import UNSEEN, Objection, Question
from zone.rights.relay import to_consent, to_digest, to_notice, to_outcome, to_refusal
from zone.rights.rooms import to_membership, to_purge, to_room

By = Literal["people", "operator", "relay"]
Right = Callable[[Any, Facts], Objection | None]  # of the body of its row


@dataclass(frozen=True, slots=True)
class RightsRow:
    """Who may say a body: by whose mouth, in a room or of none, naming what.

    `names` are the fields that name an object, and how its id begins.
    """

    right: Right
    by: frozenset[By]
    in_room: bool | None  # None: as the body says
    names: Mapping[str, str]


_PEOPLE: Final[frozenset[By]] = frozenset({"people"})
_OPERATOR: Final[frozenset[By]] = frozenset({"operator"})
_RELAY: Final[frozenset[By]] = frozenset({"relay"})
_OF_MESSAGE: Final = {"message": MESSAGE}

RIGHTS: Final[Mapping[type[object], RightsRow]] = {
    MessagePost: RightsRow(to_post, _PEOPLE, True, {"reply_to": MESSAGE, "thread": MESSAGE}),
    MessageEdit: RightsRow(to_edit, _PEOPLE, True, _OF_MESSAGE),
    MessageWithdraw: RightsRow(to_withdrawal, _PEOPLE, True, _OF_MESSAGE),
    MessagePin: RightsRow(to_mark, _PEOPLE, True, _OF_MESSAGE),
    ReactionSet: RightsRow(to_mark, _PEOPLE, True, _OF_MESSAGE),
    ReadSet: RightsRow(to_reading, _PEOPLE, True, _OF_MESSAGE),
    RoomPut: RightsRow(to_room, _PEOPLE | _OPERATOR, True, {}),
    RoomPurge: RightsRow(to_purge, _OPERATOR, True, {}),
    MemberSet: RightsRow(to_membership, _PEOPLE, True, {"user": USER}),
    ProfileSet: RightsRow(
        to_profile,
        _PEOPLE | _OPERATOR,
        False,
        {"user": USER, "tenant": TENANT, "sponsor": USER},
    ),
    TenantPut: RightsRow(to_unit, _OPERATOR, False, {"tenant": TENANT}),
    TenantLink: RightsRow(to_link, _OPERATOR, False, {"tenant": TENANT, "other": TENANT}),
    OrgPut: RightsRow(to_unit, _OPERATOR, False, {"org": ORG, "tenant": TENANT}),
    ItemPut: RightsRow(to_item, _PEOPLE, None, {}),
    ItemRemove: RightsRow(to_removal, _PEOPLE, None, {}),
    AnswerSet: RightsRow(to_answer, _PEOPLE, None, {}),
    FileReady: RightsRow(to_outcome, _RELAY, None, {}),
    RelayNotice: RightsRow(to_notice, _RELAY, None, {}),
    EventRefuse: RightsRow(to_refusal, _OPERATOR, False, {}),
    CopyDigest: RightsRow(to_digest, _OPERATOR, False, {}),
    ConsentGive: RightsRow(to_consent, _PEOPLE, False, {}),
}


def objection(q: Question[Any], facts: Facts) -> Objection | None:
    """Return why something is not to be said, or not to be believed; None if it is."""
    row = RIGHTS.get(type(q.body))
    if row is None:
        return question.forbidden("nobody says this")
    return _to_form(q, row) or _to_author(q, facts, row) or row.right(q, facts)


def _to_form(q: Question[Any], row: RightsRow) -> Objection | None:
    """Object to a body that no honest zone makes, whoever says it."""
    if row.in_room is not None and row.in_room is (q.room is None):
        return question.invalid("a room, or none, is not what this is about")
    if q.room is not None and q.room[:2] != ROOM:
        return question.invalid("a room that is none")
    for name, prefix in row.names.items():
        said = getattr(q.body, name)
        if said is not None and said[:2] != prefix:
            return question.invalid(f"{name} is none")
    if q.name is not None and q.name[:2] != MESSAGE and isinstance(q.body, MessagePost):
        return question.invalid("the id of a message that is none")
    if q.files and not _has_files(q.body):
        return question.invalid("this has no files")
    return None


def _has_files(body: object) -> bool:
    """Return whether files may come with a body (`wire.events.owner_of_files`)."""
    if isinstance(body, ItemPut):
        return ITEMS[type(body.content)].has_files
    return isinstance(body, MessagePost)


def _to_author(q: Question[Any], facts: Facts, row: RightsRow) -> Objection | None:
    """Object to whoever does not say this in that zone, or is not who they say they are."""
    if row.by is _RELAY:
        return None if q.is_far else question.forbidden("the relay says this")
    if (row.by is _PEOPLE and q.is_operator) or (row.by is _OPERATOR and not q.is_operator):
        return question.forbidden("an operator says this, or nobody")
    room = facts.birth(q.room) if q.is_far and q.room is not None else None
    if room is not None and room.scope != "shared":
        return Objection(Reason.ROOM_NOT_ALLOWED, "a room of this zone alone")
    if q.is_operator:
        return None if q.who.person is None else question.forbidden("an operator speaks for nobody")
    return _to_person(q, facts)


def _to_person(q: Question[Any], facts: Facts) -> Objection | None:
    person = facts.person(q.uid)
    if person is None or q.zone not in person.zones:
        return question.forbidden("this user does not use this zone")
    if person.expires and q.now >= person.expires:
        return question.forbidden("their stay has ended")
    if person.kind != "shared":
        return None if q.who.person is None else question.forbidden("this account is nobody else's")
    speaker = None if q.who.person is None else facts.person(q.who.person)
    if speaker is None or q.who.person not in person.shared_by or q.zone not in speaker.zones:
        return question.forbidden("a shared account speaks through one of its people")
    return None if not speaker.expires or q.now < speaker.expires else UNSEEN
