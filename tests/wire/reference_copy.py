"""The reference for the stores: a zone's copy of the conversation in plain dictionaries.

Nothing in it knows SQL; `wire.merge` says which words an event writes, and of two words on
one field the later stamp wins.
"""

from dataclasses import dataclass, field

from wire.births import Birth, birth_of
from wire.events import Event
from wire.lane import Zone
from wire.merge import Item, Message, Register, item_of, message_of, readings_of, registers_of


def is_elder(one: Birth, other: Birth) -> bool:
    """Return whether of two births of one object the first is the one that counts.

    Only the room of two people is ever opened by both zones (`zone.rights.rooms`).  LGWAN's
    birth counts, so that nobody on the internet takes a room by being early; then the earlier.
    """
    return (one.zone is not Zone.LGWAN, one.stamp) < (other.zone is not Zone.LGWAN, other.stamp)


@dataclass(slots=True)
class Copy:
    """One zone's copy of the conversation, in memory: the reference for the stores."""

    messages: dict[str, Message] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    births: dict[str, Birth] = field(default_factory=dict)
    registers: dict[tuple[str, str], Register] = field(default_factory=dict)
    looks: dict[tuple[object, ...], tuple[int, str]] = field(default_factory=dict)
    unseen: set[tuple[object, ...]] = field(default_factory=set)

    def apply(self, event: Event, zone: Zone) -> None:
        """Take in an event made in `zone`.  Any order and any repetition do."""
        message = message_of(event, zone)
        if message is not None:
            self.messages.setdefault(message.id, message)
        item = item_of(event, zone)
        if item is not None:
            self.items.setdefault(item.id, item)
        birth = birth_of(event, zone)
        if birth is not None:
            known = self.births.setdefault(birth.id, birth)
            self.births[birth.id] = birth if is_elder(birth, known) else known
        for each in readings_of(event, zone):
            key, look = each[:5], (each.at, each.message)
            self.looks[key] = min(look, self.looks.get(key, look))
            self.unseen |= {(*key, message) for message in each.without}
        for word in registers_of(event, zone):
            place = (word.object, word.field)
            held = self.registers.get(place)
            if held is None or word.stamp > held.stamp:
                self.registers[place] = word

    def timeline(self, room: str) -> list[Message]:
        """Return the messages of a room in the order of events."""
        purged = self.registers.get((room, "purged"))
        since = purged.value[0] if purged and isinstance(purged.value, list) else 0
        found = [m for m in self.messages.values() if m.room == room and m.at >= since]
        return sorted(found, key=lambda m: m.stamp)
