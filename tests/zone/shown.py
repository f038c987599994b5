"""What a zone shows, and what the reference says of it, in the same plain words."""

import sqlite3
from typing import Any

from tests.zone.halves import Half
from tests.zone.reference import World
from wire.answers import Answer, Decision, Done, Vote
from wire.merge import PIN
from wire.reasons import Refused
from zone.copy.messages import TimelineSpan, read_timeline
from zone.copy.registers import decoded, of_kind
from zone.copy.states import ApprovalState, BookingState
from zone.items.items import ItemSpan, items_in_room
from zone.items.responses import responses_to

KINDS = ("note", "task", "survey", "resource", "booking", "approval")


def finds(half: Half, uid: str, message: str) -> bool:
    try:
        half.act(uid, lambda actor: actor.seen(message))
    except Refused:
        return False
    return True


def named(db: sqlite3.Connection) -> set[str]:
    """Return the rooms that anything in a store is of."""
    rows = db.execute(
        "SELECT room FROM message UNION SELECT room FROM item UNION SELECT object FROM register"
        " UNION SELECT room FROM log"
    )
    return {room for (room,) in rows}


def shown_room(half: Half, room: str) -> dict[str, Any]:
    """Return what a zone shows of a room, in plain words."""
    db, side = half.db, half.side
    messages = read_timeline(db, side, room, TimelineSpan(1000))
    items = items_in_room(
        db, side, room, ItemSpan([*KINDS], 1000, with_removed=True), "", now=half.time.now
    )
    pins = of_kind(db, room, PIN, decoded)
    return {
        "members": {m.user: m.role for m in half.directory.members(room)},
        "messages": [
            (
                m.id,
                m.author,
                m.text,
                None if m.forwarded is None else m.forwarded.text,
                sorted((k, u) for k, us in m.reactions.items() for u in us),
            )
            for m in messages
        ],
        "pins": {message for message, (is_on, *_) in pins.items() if is_on},
        "items": {i.id: shown_item(half, i) for i in items},
    }


def shown_item(half: Half, item: Any) -> dict[str, Any]:
    answers = {(a.part, a.user): plain(a.answer) for a in responses_to(half.db, item.id)}
    shown: dict[str, Any] = {"removed": item.removed is not None, "answers": answers}
    if item.content is not None:
        shown["title"] = item.content.title
    match item.state:
        case BookingState() as state:
            shown["holds"] = state.holds
        case ApprovalState() as state:
            shown["status"] = (state.status, state.step)
    return shown


def plain(answer: Answer) -> object:
    match answer:
        case Done(done):
            return done
        case Vote(choices):
            return choices
        case Decision(_, verdict):
            return verdict
        case _:
            raise AssertionError(answer)


def expected_room(now: World, room: str) -> dict[str, Any]:
    """Return what the reference says of a room, in the same words."""
    messages = sorted(
        ((name, m) for name, m in now.messages.items() if m["room"] == room),
        key=lambda pair: pair[1]["order"],
    )
    return {
        "members": now.members[room],
        "messages": [
            (
                n,
                m["author"],
                None if m["withdrawn"] else m["text"],
                None if m["withdrawn"] else m["words"],
                sorted(m["reactions"]),
            )
            for n, m in messages
        ],
        "pins": now.pins[room],
        "items": {n: expected_item(now, n) for n, i in now.items.items() if i["room"] == room},
    }


def expected_item(now: World, name: str) -> dict[str, Any]:
    item = now.items[name]
    expected: dict[str, Any] = {"removed": item["removed"], "answers": item["answers"]}
    if not item["removed"] and not item["held"]:
        expected["title"] = item["fields"]["title"]
        if item["kind"] == "booking":
            expected["holds"] = now.holder(name) == name
        if item["kind"] == "approval":
            expected["status"] = now.status(name)
    return expected
