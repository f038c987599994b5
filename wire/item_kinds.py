"""The kinds of items: one row for each, with all that both ends of the wire know of it.

A new kind is a struct in `wire.items` and a row here; what only a zone knows of it is in its
row of `zone.items.kinds`.  No column has a default: "nothing" is written down as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from wire import item_labels
from wire.answers import (
    Answer,
    Decision,
    Delegate,
    Done,
    FormAnswer,
    Reply,
    Rsvp,
    Seen,
    Vote,
)
from wire.item_labels import KindLabels
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemKind:
    """What holds for one kind of item.

    `prefix` is that of its ids, `required` what its first word must fill in, `answers` what can
    be answered.  `changed_by` says who may change it beside moderators.  `paragraphs` are the
    members, at any depth, that hold running text: the relay takes line breaks out of all others.
    `end` is the field that says when its time is up (milliseconds since 1970, 0 for never), and
    `late_answers` whether an answer is still taken after that, or after its author has `closed`
    it; None if nothing is answered.
    """

    prefix: str
    labels: KindLabels
    required: tuple[str, ...]
    answers: tuple[type[Answer], ...]
    changed_by: Literal["author", "speakers"]
    has_room: bool
    has_files: bool
    paragraphs: frozenset[str]
    end: str | None
    late_answers: Literal["taken", "refused"] | None


_TEXT = frozenset({"text"})

ITEMS: Mapping[type[Content], ItemKind] = MappingProxyType(
    {
        Note: ItemKind(
            prefix="nt",
            labels=item_labels.NOTE,
            required=("title",),
            answers=(),
            changed_by="speakers",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end=None,
            late_answers=None,
        ),
        Task: ItemKind(
            prefix="tk",
            labels=item_labels.TASK,
            required=("title",),
            answers=(Done,),
            changed_by="speakers",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end="due",
            late_answers="taken",
        ),
        Survey: ItemKind(
            prefix="sv",
            labels=item_labels.SURVEY,
            required=("title", "choices"),
            answers=(Vote,),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end="deadline",
            late_answers="refused",
        ),
        AgendaEntry: ItemKind(
            prefix="ev",
            labels=item_labels.ENTRY,
            required=("title", "starts", "ends"),
            answers=(Rsvp,),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end=None,
            late_answers="taken",
        ),
        Resource: ItemKind(
            prefix="rs",
            labels=item_labels.RESOURCE,
            required=("title", "resource_kind"),
            answers=(),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end=None,
            late_answers=None,
        ),
        Booking: ItemKind(
            prefix="bk",
            labels=item_labels.BOOKING,
            required=("title", "resource", "starts", "ends"),
            answers=(),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end=None,
            late_answers=None,
        ),
        Post: ItemKind(
            prefix="bp",
            labels=item_labels.POST,
            required=("title", "text"),
            answers=(Seen,),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end="until",
            late_answers="taken",
        ),
        StoredFile: ItemKind(
            prefix="st",
            labels=item_labels.STORED_FILE,
            required=("title",),
            answers=(),
            changed_by="speakers",
            has_room=True,
            has_files=True,
            paragraphs=_TEXT,
            end=None,
            late_answers=None,
        ),
        Form: ItemKind(
            prefix="fm",
            labels=item_labels.FORM,
            required=("title", "fields"),
            answers=(FormAnswer,),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end="deadline",
            late_answers="refused",
        ),
        Approval: ItemKind(
            prefix="ap",
            labels=item_labels.APPROVAL,
            required=("title", "steps"),
            answers=(Decision, Delegate),
            changed_by="author",
            has_room=True,
            has_files=False,
            paragraphs=_TEXT,
            end="deadline",
            late_answers="refused",
        ),
        # Its deadline is no end: whoever has not answered is told again
        # (`zone.reminders.escalation`), and whoever is late is still heard.
        Broadcast: ItemKind(
            prefix="bc",
            labels=item_labels.BROADCAST,
            required=("title", "audience", "require"),
            answers=(Seen, Reply),
            changed_by="author",
            has_room=False,
            has_files=False,
            paragraphs=_TEXT,
            end=None,
            late_answers="taken",
        ),
    }
)
PREFIXES: Mapping[str, type[Content]] = MappingProxyType(
    {row.prefix: content for content, row in ITEMS.items()}
)


def type_of(content: Content | type[Content]) -> str:
    """Return the name of a kind of item, as frontends know it."""
    return str(content.__struct_config__.tag)


TYPES: Mapping[str, type[Content]] = MappingProxyType(
    {type_of(content): content for content in ITEMS}
)


def kind_of(item: str) -> ItemKind | None:
    """Return what holds for the item of this id, or None if it is of no item."""
    content = PREFIXES.get(item[:2])
    return None if content is None else ITEMS[content]


def missing_fields(content: Content) -> list[str]:
    """Return what `content` lacks to be the first word on an item."""
    return [name for name in ITEMS[type(content)].required if not _is_said(content, name)]


def _is_said(content: Content, name: str) -> bool:
    value = getattr(content, name)
    return value is not None and value not in ("", [])
