"""The rows of items: made, changed, removed, answered.  Pure.

`BY_KIND` says for each kind of content what holds beyond its row in `wire.item_kinds.ITEMS`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from wire.answers import Answer, Delegate
from wire.bodies import AnswerSet, ItemPut, ItemRemove
from wire.item_kinds import ITEMS, TYPES, kind_of
from wire.items import (
    AgendaEntry,
    Approval,
    Booking,
    Broadcast,
    Content,
    Form,
    Note,
    Post,
    Resource,
    StoredFile,
    Survey,
    Task,
)
from wire.reasons import Reason
from zone.items.rules import objection_to_answer, objection_to_change, objection_to_new
from zone.rights import question
from zone.rights.facts import Facts, ItemFact
from zone.rights.messages import to_files
from zone.rights.question import (
    APART,
    MODERATES,
    SPEAKS,
    TAKEN,
    UNSEEN,
    Objection,
    Question,
    has_duty_for,
    to_presence,
    to_speaking,
)

# Who makes, changes and removes broadcasts.
CALLS: Final = "broadcast"

_Put = Question[ItemPut]
_About = Question[ItemPut] | Question[ItemRemove] | Question[AnswerSet]


@dataclass(frozen=True, slots=True)
class KindRights:
    """What one kind asks for: of the people it names, and of what it refers to."""

    people: Callable[[Content], Iterable[str]]
    refers_to: Callable[[Content], Iterable[tuple[str | None, str]]]


def _nobody(_: Content) -> Iterable[str]:
    return ()


def _nothing(_: Content) -> Iterable[tuple[str | None, str]]:
    return ()


def _assignees(content: Content) -> Iterable[str]:
    return (content.assignees or ()) if isinstance(content, Task) else ()


def _invited(content: Content) -> Iterable[str]:
    return (content.invited or ()) if isinstance(content, AgendaEntry) else ()


def _approvers(content: Content) -> Iterable[str]:
    steps = (content.steps or ()) if isinstance(content, Approval) else ()
    return [user for step in steps for user in step.approvers]


def _booked(content: Content) -> Iterable[tuple[str | None, str]]:
    if not isinstance(content, Booking):
        return ()
    return ((content.resource, "resource"), (content.entry, "entry"))


BY_KIND: Final[Mapping[type[object], KindRights]] = {
    Note: KindRights(_nobody, _nothing),
    Task: KindRights(_assignees, _nothing),
    Survey: KindRights(_nobody, _nothing),
    AgendaEntry: KindRights(_invited, _nothing),
    Resource: KindRights(_nobody, _nothing),
    Booking: KindRights(_nobody, _booked),
    Post: KindRights(_nobody, _nothing),
    StoredFile: KindRights(_nobody, _nothing),
    Form: KindRights(_nobody, _nothing),
    Approval: KindRights(_approvers, _nothing),
    Broadcast: KindRights(_nobody, _nothing),
}


def to_item(q: Question[ItemPut], facts: Facts) -> Objection | None:
    """To make one: whoever speaks in the room, or broadcasts.  To change it: as its kind says."""
    return _to_making(q, facts) if q.body.item is None else _to_change(q, facts, q.body.item)


def _to_making(q: _Put, facts: Facts) -> Objection | None:
    content = q.body.content
    row = ITEMS[type(content)]
    if row.has_room != (q.room is not None):
        return question.invalid("a broadcast is of no room, everything else of one")
    right = to_speaking(q, facts) if row.has_room else _to_calling(q, facts, q.uid)
    if right is not None:
        return right
    if q.name is not None and facts.item(q.name) is not None:
        return TAKEN
    objection = objection_to_new(content, q.uid)
    if objection is not None:
        return question.invalid(objection)
    return _to_what_it_names(q, facts) or to_files(q, facts, q.name)


def _to_what_it_names(q: _Put, facts: Facts) -> Objection | None:
    """People are of the room; what is booked, and for what, is seen by whoever books it."""
    content = q.body.content
    row = BY_KIND[type(content)]
    for user in row.people(content):
        if q.room is None or question.part(q, facts, q.room, user) is None:
            return question.invalid(f"{user} is not in this room")
    for name, kind in row.refers_to(content):
        if name is None:
            continue
        found = facts.item(name)
        if found is None and q.is_far and _is_held_here(q, facts, name, None):
            continue
        if found is None or found.type != kind or not sees_item(q, facts, name, found):
            return Objection(Reason.NOT_FOUND, f"there is no such {kind}")
    return None


def _to_change(q: _Put, facts: Facts, item: str) -> Objection | None:
    content, row = q.body.content, ITEMS[type(q.body.content)]
    found = facts.item(item)
    if found is None:
        return _to_held(q, facts, item, "item.put")
    if found.room != q.room or not sees_item(q, facts, item, found):
        return UNSEEN
    if TYPES[found.type] is not type(content):
        return question.invalid(f"it is a {found.type}, and stays one")
    objection = _to_changing(q, facts, found, by_speakers=row.changed_by == "speakers")
    if objection is not None:
        return objection
    if found.room is None and (apart := _to_audience(q, facts, found.author)):
        return apart
    change = objection_to_change(content, is_author=found.author == q.uid)
    if change is not None:
        return question.invalid(change)
    return _to_what_it_names(q, facts) or to_files(q, facts, item)


def _to_changing(
    q: _About, facts: Facts, found: ItemFact, *, by_speakers: bool
) -> Objection | None:
    """Its author; whoever moderates the room, or broadcasts; of some kinds whoever speaks there."""
    if found.author == q.uid:
        return None
    if found.room is None:
        return to_duty(q, facts, CALLS, found.author)
    here = question.part(q, facts, found.room, q.uid)
    if here is not None and here.role in (SPEAKS if by_speakers else MODERATES):
        return None
    return question.forbidden("this takes its author, an owner or a moderator")


def to_removal(q: Question[ItemRemove], facts: Facts) -> Objection | None:
    """Its author, whoever moderates the room, or broadcasts."""
    found = facts.item(q.body.item)
    if found is None:
        return _to_held(q, facts, q.body.item, "item.put")
    if found.room != q.room or not sees_item(q, facts, q.body.item, found):
        return UNSEEN
    return _to_changing(q, facts, found, by_speakers=False)


def to_answer(q: Question[AnswerSet], facts: Facts) -> Objection | None:
    """Whoever sees it, as its kind is answered; a broadcast, whoever it reaches."""
    item, answer = q.body.item, q.body.answer
    row, found = kind_of(item), facts.item(item)
    if row is None or type(answer) not in row.answers:
        return question.invalid("an item of this kind is not answered so")
    if found is None:
        return _to_held(q, facts, item, "item.put")
    if found.room != q.room or not sees_item(q, facts, item, found):
        return UNSEEN
    if found.room is None and not facts.is_addressed(item, q.uid):
        return question.forbidden("this broadcast is not to you")
    return _to_word(q, facts, found, answer)


def _to_word(
    q: Question[AnswerSet], facts: Facts, found: ItemFact, answer: Answer
) -> Objection | None:
    content = facts.content(q.body.item, found.type)
    given = facts.responses(q.body.item) if isinstance(content, Approval) else ()
    objection = objection_to_answer(content, found.author, q.uid, answer, given)
    if objection is not None:
        return question.forbidden(objection)
    if isinstance(answer, Delegate) and question.part(q, facts, q.room or "", answer.to) is None:
        return question.invalid(f"{answer.to} is not in this room")
    return None


def _to_held(q: _About, facts: Facts, item: str, what: str) -> Objection | None:
    """Of what the relay keeps back the far zone speaks on, in the room in which it stands."""
    if not q.is_far or not _is_held_here(q, facts, item, what):
        return UNSEEN
    held = facts.held(item)
    if held is not None and held.author == q.uid:
        return None if q.room is None else to_presence(q, facts)
    if isinstance(q.body, AnswerSet):
        return None if q.room is None else to_presence(q, facts)
    row = kind_of(item)
    here = None if q.room is None else question.part(q, facts, q.room, q.uid)
    by_speakers = isinstance(q.body, ItemPut) and row is not None and row.changed_by == "speakers"
    is_right = here is not None and here.role in (SPEAKS if by_speakers else MODERATES)
    return (
        None if is_right else question.forbidden("this takes its author, an owner or a moderator")
    )


def _is_held_here(q: _About, facts: Facts, item: str, what: str | None) -> bool:
    held = facts.held(item)
    return held is not None and held.what == (what or held.what) and held.room == q.room


def sees_item(q: _About, facts: Facts, item: str, found: ItemFact) -> bool:
    """Return whether whoever asks sees an item: their room's, or a broadcast to or by them."""
    if found.room is not None:
        return question.sees(q, facts, found.room, found.at)
    is_caller = found.author == q.uid or has_duty_for(facts, q.uid, CALLS, found.author)
    return is_caller or facts.is_addressed(item, q.uid)


def _to_calling(q: _Put, facts: Facts, caller: str) -> Objection | None:
    return to_duty(q, facts, CALLS, caller) or _to_audience(q, facts, caller)


def _to_audience(q: _Put, facts: Facts, caller: str) -> Objection | None:
    """One's own municipality is called, and those that have agreed on calls."""
    said = q.body.content.audience if isinstance(q.body.content, Broadcast) else None
    person = facts.person(caller)
    own = None if person is None else person.tenant
    named = () if said is None else said.tenants
    is_right = all(name == own or "calls" in facts.agreed(own, name) for name in named)
    return None if is_right else question.forbidden(APART)


def to_duty(q: _About, facts: Facts, duty: str, whose: str) -> Objection | None:
    """Object to whoever was not given this duty, for the municipality of `whose`."""
    has_it = has_duty_for(facts, q.uid, duty, whose)
    return None if has_it else question.forbidden(f"this takes the duty {duty}")
