"""What frontends are told of rooms, of who is in them, and of who there is.

Rows of `zone.store.notifications.TOLD`: every function runs inside a transaction.
"""

import msgspec
from msgspec.structs import replace

from wire.bodies import MemberSet, OrgPut, ProfileSet, RoomPurge, RoomPut, TenantLink, TenantPut
from zone.copy import agreements
from zone.copy.changes import with_change
from zone.copy.directory_views import (
    OrgView,
    TenantLinkView,
    TenantView,
    UserView,
    V,
    named_view,
    room_view,
)
from zone.copy.reading_views import UnreadChange
from zone.copy.views import MemberView, PurgeView
from zone.store.new_views import first_change
from zone.store.notification_row import Heard
from zone.store.visibility import MET_WORDS
from zone.store.writing import KNOWN, Writing


def tell_purge(writing: Writing, heard: Heard, purge: RoomPurge) -> None:
    """Tell the room what was deleted in it."""
    event = heard.event
    view = PurgeView(event.room or "", purge.before, event.author.uid, event.at)
    writing.tell("room.purged", view, room=event.room)
    writing.tell("unread.changed", UnreadChange(view.room, "purged"), room=event.room)


def tell_tenant(writing: Writing, heard: Heard, put: TenantPut) -> None:
    """Tell all who see it what is known of a municipality."""
    _tell_all(writing, heard, "tenant.updated", named_view(writing.db, put.tenant, TenantView))


def tell_org(writing: Writing, heard: Heard, put: OrgPut) -> None:
    """Tell all who see it what is known of a section."""
    _tell_all(writing, heard, "org.updated", named_view(writing.db, put.org, OrgView))


def tell_profile(writing: Writing, heard: Heard, put: ProfileSet) -> None:
    """Tell all who see somebody who they are; each is shown what they see (`visibility`).

    Those who merely meet them are not told of what they do not see, nor that it has changed.
    """
    said = {name for name, word in msgspec.structs.asdict(put).items() if word is not None}
    audience = None if said & MET_WORDS else KNOWN + put.user
    _tell_all(writing, heard, "user.updated", named_view(writing.db, put.user, UserView), audience)


def tell_link(writing: Writing, _: Heard, put: TenantLink) -> None:
    """Tell the people of both municipalities what theirs has offered and agreed on now."""
    for one, other in ((put.tenant, put.other), (put.other, put.tenant)):
        offered = agreements.offered(writing.db, one, other)
        agreed = agreements.agreed(writing.db, one, other)
        view = TenantLinkView(one, other, sorted(offered), sorted(agreed))
        writing.tell("tenant.linked", view, audience=one)


def _tell_all(
    writing: Writing,
    heard: Heard,
    event_type: str,
    view: V | None,
    audience: str | None = None,
) -> None:
    if view is None:
        return
    change = first_change(writing, heard.event, heard.zone)  # the latest, if it was made here
    if change is None:
        shown = with_change(writing.db, writing.side, view)
    else:
        shown = replace(view, change=change)
    # What else is known of somebody, a telephone number, is not told.
    writing.tell(event_type, shown, audience=audience)


def tell_member(writing: Writing, heard: Heard, change: MemberSet) -> None:
    """Tell the room who came or went, and the one concerned, who may no longer be told there."""
    event = heard.event
    if event.room is None:
        return
    mine = first_change(writing, event, heard.zone)
    view = MemberView(change.user, change.role, event.at, change.until, mine)
    writing.tell("member.set", view, room=event.room, at=event.at)
    if change.role == "none":
        writing.tell("member.set", view, room=event.room, audience=change.user)
    else:
        _tell_room(writing, event.room, event.at, audience=change.user)


def tell_look(writing: Writing, heard: Heard, _: RoomPut) -> None:
    """Tell the room what it looks like now."""
    if heard.event.room is not None:
        _tell_room(writing, heard.event.room, heard.event.at)


def _tell_room(writing: Writing, room: str, at: int, audience: str | None = None) -> None:
    view = room_view(writing.db, room)
    if view is not None:
        shown = with_change(writing.db, writing.side, view)
        writing.tell("room.updated", shown, room=room, audience=audience, at=at)
