"""Whether an event that came sealed from the far zone was its author's to make there.

The relay vouches for form, not for the far zone's honesty.  An internet zone that was
taken over must not speak as somebody who only uses LGWAN, change the staff
directory, or rewrite what was said on this side.  Runs inside a transaction.
"""

import sqlite3

import msgspec

from wire.bodies import (
    MessageEdit,
    MessageWithdraw,
    OrgPut,
    ProfileSet,
    ReadSet,
    RoomPurge,
    RoomPut,
    TenantPut,
)
from wire.events import Event
from wire.lane import Zone
from wire.reasons import Reason
from zone.copy.apply import opened_in, read_register
from zone.copy.side import Side
from zone.items import broadcasts
from zone.link import item_authority
from zone.store.directory import MODERATES

# Where somebody is today: what either zone may say of anybody.
_TODAY = {"status", "status_emoji", "status_until"}


def objection(db: sqlite3.Connection, event: Event, side: Side) -> Reason | None:
    """Return why `event` is not to be applied here, or None.

    What nothing is known of yet is let through: the lane brings a profile before
    its owner speaks, and objections must not depend on what comes later.
    """
    if not _may_speak(db, event, side):
        return Reason.NO_AUTHORITY
    if event.room is not None and read_register(db, event.room, "scope") == side.own_scope:
        return Reason.ROOM_NOT_ALLOWED
    match event.body:
        case ReadSet(users=users) if not all(_uses(db, user, side.far) for user in users):
            return Reason.NO_AUTHORITY
        case ProfileSet() as profile:
            return _to_profile(db, profile, side)
        case OrgPut() | TenantPut() if "staff" not in side.believes:
            return Reason.NO_AUTHORITY
        case RoomPurge() | RoomPut(legal_hold=False) if event.room is not None:
            return _to_deletion(db, event.room, event.body, side)
        case MessageEdit(message):
            return _to_edit(db, message, event.author.uid, side)
        case MessageWithdraw(message):
            return _to_withdrawal(db, message, event.author.uid)
    return item_authority.objection(db, event) or broadcasts.objection(db, event)


def _may_speak(db: sqlite3.Connection, event: Event, side: Side) -> bool:
    """Return whether the author was in the far zone, and a user of their own, when they did it."""
    rows = db.execute(
        "SELECT field, value FROM register WHERE object = ?"
        " AND field IN ('zones', 'expires', 'user_kind', 'shared_by')",
        (event.author.uid,),
    )
    known = {field: msgspec.json.decode(value) for field, value in rows}
    if "zones" in known and side.far not in known["zones"]:
        return False
    if isinstance(event.body, ProfileSet) or event.author.assurance == "operator":
        return True  # an operator's, in the name of whom it is about
    if known.get("expires") and event.at >= known["expires"]:
        return False
    is_shared = known.get("user_kind") == "shared"
    return not is_shared or event.author.person in known.get("shared_by", ())


def _uses(db: sqlite3.Connection, user: str, zone: Zone) -> bool:
    zones = read_register(db, user, "zones")
    return not isinstance(zones, list) or zone in zones


def _to_deletion(
    db: sqlite3.Connection, room: str, body: RoomPurge | RoomPut, side: Side
) -> Reason | None:
    """Let a zone delete only in rooms that were opened in it, and nothing that is on hold."""
    is_held = isinstance(body, RoomPurge) and read_register(db, room, "legal_hold") is True
    return Reason.NO_AUTHORITY if is_held or opened_in(db, room) != side.far else None


def _to_profile(db: sqlite3.Connection, profile: ProfileSet, side: Side) -> Reason | None:
    row = db.execute(
        "SELECT stamp FROM register WHERE object = ? AND field = 'user_kind'", (profile.user,)
    ).fetchone()
    if row is None:
        known = profile.user_kind is None or profile.user_kind in side.believes
        return None if known else Reason.NO_AUTHORITY
    # Whoever admitted a user is in the stamp of that word (wire.order).
    is_ours = row[0][14] == side.zone[0]
    changes = {k for k, v in msgspec.structs.asdict(profile).items() if v is not None} - {"user"}
    # Where somebody is today can be said from either zone; who they are only from their own.
    return Reason.NO_AUTHORITY if is_ours and changes - _TODAY else None


def _to_edit(db: sqlite3.Connection, message: str, editor: str, side: Side) -> Reason | None:
    row = db.execute("SELECT author, zone FROM message WHERE id = ?", (message,)).fetchone()
    return None if row is None or row == (editor, side.far) else Reason.NO_AUTHORITY


def _to_withdrawal(db: sqlite3.Connection, message: str, by: str) -> Reason | None:
    row = db.execute("SELECT author, room FROM message WHERE id = ?", (message,)).fetchone()
    if row is None or row[0] == by:
        return None
    part = read_register(db, row[1], f"member:{by}")
    role = part[0] if isinstance(part, list) else "none"
    return None if role in MODERATES else Reason.NO_AUTHORITY
