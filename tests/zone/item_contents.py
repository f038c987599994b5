"""What people write into new items of either zone, and what the reference keeps of it."""

from typing import Any

from msgspec.structs import replace

from tests.zone.reference import World
from wire.items import Approval, ApprovalStep, Booking, Content, Note, Resource, Survey, Task


def content_of(
    now: World, room: str, uid: str, kind: str, hour: int, quorum: int
) -> Content | None:
    """Return what somebody asks for there, if there is what it takes."""
    match kind:
        case "note":
            return Note(title="連絡先")
        case "task":
            return Task(title="土のう")
        case "survey":
            return Survey(title="出欠", choices=["甲", "乙", "丙"], several=True)
        case "resource":
            return Resource(title="会議室", resource_kind="room")
        case "booking":
            items = [i for i in now.items.values() if i["room"] == room]
            found = [i["id"] for i in items if i["kind"] == "resource"]
            booking = Booking(title="打合せ", starts=hour, ends=hour + 2)
            return replace(booking, resource=found[0]) if found else None
        case _:
            seats = [user for user in now.members[room] if user != uid]
            steps = [ApprovalStep(seats, quorum), ApprovalStep(seats[:1])]
            return Approval(title="起案", steps=steps) if len(seats) >= quorum else None


def said_in(content: Content) -> dict[str, Any]:
    """Return what the reference keeps of it."""
    names = ("title", "resource", "starts", "ends")
    fields = {name: value for name in names if (value := getattr(content, name, None)) is not None}
    if isinstance(content, Approval):
        fields["steps"] = [
            {"approvers": step.approvers, "quorum": step.quorum} for step in content.steps or ()
        ]
    return fields
