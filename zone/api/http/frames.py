"""What streams say: every type of event, and the view that is its data.

One table.  The contract has it as a union that `type` tells apart; a test compares
it with what the zone tells.
"""

import re
from collections.abc import Mapping
from typing import Any, Union

import msgspec
from msgspec import Struct

from zone.clearances.clearance_views import ClearanceUpdate
from zone.conversation.later_messages import WaitingMessage
from zone.copy.directory_views import OrgView, RoomView, TenantLinkView, TenantView, UserView
from zone.copy.link_views import LinkView
from zone.copy.reading_views import ReadView, UnreadChange
from zone.copy.states import BeatenView, RoomSupersededView, SupersededView, WaitingView
from zone.copy.views import (
    AnswerView,
    DeliveryUpdate,
    EscalationView,
    FileUpdate,
    ItemView,
    MemberView,
    MessageView,
    OutgrownView,
    PinView,
    PurgeView,
    ReactionView,
)

FRAMES: Mapping[str, type[Struct]] = {
    "answer.set": AnswerView,
    "approval.waiting": WaitingView,
    "booking.beaten": BeatenView,
    "broadcast.escalated": EscalationView,
    "clearance.updated": ClearanceUpdate,
    "delivery.updated": DeliveryUpdate,
    "file.updated": FileUpdate,
    "item.created": ItemView,
    "item.outgrown": OutgrownView,
    "item.superseded": SupersededView,
    "item.updated": ItemView,
    "link.down": LinkView,
    "link.up": LinkView,
    "member.set": MemberView,
    "message.created": MessageView,
    "message.outgrown": OutgrownView,
    "message.pinned": PinView,
    "message.updated": MessageView,
    "org.updated": OrgView,
    "reaction.set": ReactionView,
    "read.set": ReadView,
    "room.purged": PurgeView,
    "room.superseded": RoomSupersededView,
    "room.updated": RoomView,
    "later-message.updated": WaitingMessage,
    "tenant.linked": TenantLinkView,
    "tenant.updated": TenantView,
    "unread.changed": UnreadChange,
    "user.updated": UserView,
}


def _frame(event_type: str, view: type[Struct]) -> type[Struct]:
    """Return the type of an event: `message.created` is a `MessageCreatedEvent`."""
    name = "".join(word.capitalize() for word in re.split(r"\W", event_type)) + "Event"
    fields: list[tuple[str, Any]] = [("cursor", str), ("room", str | None), ("data", view)]
    return msgspec.defstruct(
        name,
        fields,
        tag_field="type",
        tag=event_type,
        frozen=True,
        namespace={"__doc__": f"`{event_type}`.  Behind `cursor` comes what happened next."},
    )


# A later server has more of them: a follower passes over those that it does not know.
EVENT: Any = Union[tuple(_frame(name, view) for name, view in FRAMES.items())]  # noqa: UP007 - made at run time

EventBatch = msgspec.defstruct(
    "EventBatch",
    [("items", list[EVENT]), ("cursor", str)],
    frozen=True,
    namespace={"__doc__": "What has gathered.  Empty: up to `cursor` there was nothing."},
)
