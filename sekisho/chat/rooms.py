"""Which room somebody means by what they typed.  Pure."""

from sekisho.chat.conversation import KnownRoom
from sekisho.chat.orders import NotUnderstood


def find_room(rooms: list[KnownRoom], name: str) -> KnownRoom:
    """Return the room that is called `name`, by its id, its name, a part of it, or its number.

    Raises `NotUnderstood` if there is none, or more than one.
    """
    if name.isdecimal() and 0 < int(name) <= len(rooms):
        return rooms[int(name) - 1]
    exact = [room for room in rooms if name in (room.view.id, room.name)]
    found = exact or [room for room in rooms if name in room.name]
    if len(found) != 1:
        names = "、".join(room.name for room in found or rooms)
        what = "に当たるルームが複数あります" if found else "というルームはありません"
        raise NotUnderstood(f"「{name}」{what}: {names}")
    return found[0]
