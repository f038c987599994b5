"""What an event brings with it in the store, in the transaction that makes or receives it.

One list, which `zone.service` hands to the store.  A new side effect is a function and a line
in it.  The order is part of what they do:

    1. look          what is about to change is looked at, so that the difference can be told
    2. files         the rows of its files: taken by what was said here, announced from there
    3. apply         messages, items and registers: from here on it is so
    4. revisions     every wording of an item and of a room, and who was overwritten unseen
    5. removal       files of what is gone now; their bytes go behind the commit
    6. plans         when an all-staff call, or an item, is to be told of again
    7. activity      who did something in this month: gathered, and kept with the group

What frontends are told is none of these: that is `zone.store.notifications`, behind all of them.
"""

from collections.abc import Sequence
from typing import Final

from wire.events import Event
from wire.lane import Zone
from zone.copy import activity, apply, files, removal
from zone.copy.apply import Coming
from zone.items import broadcasts, due, wordings
from zone.store import side_notifications
from zone.store.writing import SideEffect, Writing


def _put_files(writing: Writing, event: Event, zone: Zone) -> None:
    if zone != writing.side.zone:
        files.announce_files(writing.db, event)
    elif event.files:
        files.take_files(writing.db, event, crosses=writing.leaves(event))


def _apply(writing: Writing, event: Event, zone: Zone) -> None:
    writing.won += apply.apply_event(writing.db, event, zone, _coming(writing))


def _coming(writing: Writing) -> Coming:
    """Return how far this zone has come with the event that is being applied."""
    made, heard = writing.clock.hlc, writing.clock.heard
    counts = (made, heard) if writing.side.zone is Zone.LGWAN else (heard, made)
    return Coming(writing.now, writing.side.zone, *counts, is_latest=writing.is_latest)


def _keep_wording(writing: Writing, event: Event, zone: Zone) -> None:
    found = wordings.keep(writing.db, event, zone)
    if found:
        writing.before[side_notifications.superseded_by(event)] = found


def _withdraw_files(writing: Writing, event: Event, _: Zone) -> None:
    writing.orphans += removal.withdrawn_files(writing.db, event)


def _plan_escalation(writing: Writing, event: Event, _: Zone) -> None:
    broadcasts.plan(writing.db, event, now=writing.now)


def _plan_ending(writing: Writing, event: Event, _: Zone) -> None:
    due.plan(writing.db, event)


def _note_activity(writing: Writing, event: Event, _: Zone) -> None:
    activity.note(writing.talks, event)


SIDE_EFFECTS: Final[Sequence[SideEffect]] = (
    side_notifications.look,
    _put_files,
    _apply,
    _keep_wording,
    _withdraw_files,
    _plan_escalation,
    _plan_ending,
    _note_activity,
)
