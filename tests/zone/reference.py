"""What a conversation comes to, in dictionaries: every deed, done again in the order of events.

Written to be seen to be right.  It shares nothing with `wire.merge` or the store: there are no
registers here, and nothing ever arrives late.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SPEAKERS = ("owner", "moderator", "member")
MODERATORS = ("owner", "moderator")


@dataclass(frozen=True)
class Deed:
    """What somebody did: `order` is its place in the order of events."""

    order: tuple[int, str]
    at: int
    zone: str
    who: str
    name: str
    said: dict[str, Any]


@dataclass
class World:
    """How things stand."""

    rooms: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    pins: dict[str, set[str]] = field(default_factory=dict)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def role(self, room: str, user: str) -> str:
        return self.members.get(room, {}).get(user, "none")

    def speaks(self, room: str, user: str) -> bool:
        return self.role(room, user) in SPEAKERS

    def sees(self, room: str, user: str) -> bool:
        return self.role(room, user) != "none"

    def moderates(self, room: str, user: str) -> bool:
        return self.role(room, user) in MODERATORS

    def holder(self, booking: str) -> str | None:
        """Return which booking has a booking's time: it, or one that was made before it."""
        held: list[dict[str, Any]] = []
        for item in sorted(self.items.values(), key=lambda each: each["order"]):
            if item["kind"] != "booking" or item["removed"] or item["held"]:
                continue
            rivals = [other for other in held if overlap(other["fields"], item["fields"])]
            if not rivals:
                held.append(item)
            if item["id"] == booking:
                return str(rivals[0]["id"]) if rivals else booking
        return None

    def spoken_of(self) -> "World":
        """Return what people can speak of: what the relay has kept back is no more than a place."""
        messages = {name: one for name, one in self.messages.items() if not one["held"]}
        items = {name: one for name, one in self.items.items() if not one["held"]}
        return World(self.rooms, self.members, messages, self.pins, items)

    def is_free(self, resource: str, starts: int, ends: int) -> bool:
        wanted = {"resource": resource, "starts": starts, "ends": ends}
        taken = [i for i in self.items if self.holder(i) == i]
        return not any(overlap(self.items[i]["fields"], wanted) for i in taken)

    def status(self, item: str) -> tuple[str, int | None]:
        """Return where an approval stands, and which step is open."""
        answers = self.items[item]["answers"]
        for number, step in enumerate(self.items[item]["fields"]["steps"]):
            words = [answers.get((f"step{number}", who)) for who in step["approvers"]]
            if "deny" in words:
                return "denied", None
            if words.count("approve") < step["quorum"]:
                return "open", number
        return "approved", None


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same = one["resource"] == other["resource"]
    return bool(same and one["starts"] < other["ends"] and other["starts"] < one["ends"])


def world(deeds: Iterable[Deed]) -> World:
    """Return how things stand after these deeds."""
    made, purged = World(), dict[str, int]()
    for deed in sorted(deeds, key=lambda each: each.order):
        said = deed.said
        match deed.name:
            case "open" | "member":
                _to_room(made, deed)
            case "post" | "hold" if "message" in said:
                is_held = deed.name == "hold"
                made.messages[said["message"]] = {
                    "room": said["room"],
                    "author": deed.who,
                    "zone": deed.zone,
                    "at": deed.at,
                    "held": is_held,
                    "text": None if is_held else said["text"],
                    # Somebody else's, beside one's own.
                    "words": None if is_held else said.get("words"),
                    "order": deed.order,
                    "reactions": set(),
                    "withdrawn": False,
                }
            case "purge":
                purged[said["room"]] = max(said["before"], purged.get(said["room"], 0))
            case _ if "message" in said:
                _to_message(made, said["message"], deed)
            case _:
                _to_item(made, deed)
    _purge(made, purged)
    return made


def _to_room(made: World, deed: Deed) -> None:
    said, room = deed.said, deed.said["room"]
    if deed.name == "open":
        made.rooms[room] = {"zone": deed.zone, "scope": said["scope"]}
        made.members[room] = dict.fromkeys(said["users"], "member") | {deed.who: "owner"}
        made.pins[room] = set()
    elif said["role"] == "none":
        made.members[room].pop(said["user"], None)
    else:
        made.members[room][said["user"]] = said["role"]


def _to_message(made: World, name: str, deed: Deed) -> None:
    message, said = made.messages[name], deed.said
    room, mark = message["room"], (said["mark"], deed.who)
    match deed.name:
        case "edit":
            message["text"] = said["text"]
        case "withdraw":
            message["withdrawn"] = True
        case "react":
            (message["reactions"].add if said["on"] else message["reactions"].discard)(mark)
        case "pin":
            (made.pins[room].add if said["on"] else made.pins[room].discard)(name)


def _to_item(made: World, deed: Deed) -> None:
    said = deed.said
    match deed.name:
        case "make" | "hold":
            is_held = deed.name == "hold"
            made.items[said["item"]] = {
                "id": said["item"],
                "room": said["room"],
                "kind": said["kind"],
                "author": deed.who,
                "held": is_held,
                "fields": {} if is_held else dict(said["fields"]),
                "order": deed.order,
                "answers": {},
                "removed": False,
            }
        case "change":
            made.items[said["item"]]["fields"] |= said["fields"]
        case "remove":
            made.items[said["item"]]["removed"] = True
        case "answer":
            made.items[said["item"]]["answers"][said["part"], deed.who] = said["answer"]


def _purge(made: World, purged: dict[str, int]) -> None:
    for name, message in list(made.messages.items()):
        if message["at"] < purged.get(message["room"], 0):
            del made.messages[name]
            made.pins[message["room"]].discard(name)
