"""What a frontend may be used for: five scopes, and which of them each route asks for.

A scope limits a program, not a person: whoever asks through it still needs the right itself
(`zone.rights`).  Reading routes ask for `read`.  A writing route that is not in the table asks for
`administer`, so a new one is closed to most frontends until somebody has thought about it.
"""

from collections.abc import Mapping
from typing import Final

from wire.bodies import (
    AnswerSet,
    ItemPut,
    ItemRemove,
    MemberSet,
    OrgPut,
    ProfileSet,
    RoomPurge,
    RoomPut,
    TenantLink,
    TenantPut,
)
from wire.events import Event
from wire.ids import BROADCAST
from wire.item_kinds import ITEMS
from wire.items import Approval
from zone.api.http.frontend_scope import FrontendScope

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# The routes that write, by method and path.
WRITING: Final[Mapping[tuple[str, str], FrontendScope]] = {
    **dict.fromkeys(
        [
            ("POST", "/v1/ack"),
            ("POST", "/v1/direct"),
            ("POST", "/v1/files"),
            ("POST", "/v1/uploads"),
            ("PATCH", "/v1/uploads/{upload}"),
            ("POST", "/v1/uploads/{upload}"),
            ("DELETE", "/v1/uploads/{upload}"),
            ("POST", "/v1/rooms/{room}/items"),
            ("PATCH", "/v1/items/{item}"),
            ("POST", "/v1/items/{item}/remove"),
            ("PUT", "/v1/items/{item}/answer"),
            ("POST", "/v1/rooms/{room}/forms"),
            ("POST", "/v1/rooms/{room}/messages"),
            ("POST", "/v1/messages:batch"),
            ("PATCH", "/v1/messages/{message}"),
            ("POST", "/v1/messages/{message}/withdraw"),
            ("POST", "/v1/messages/{message}/forward"),
            ("PUT", "/v1/messages/{message}/pin"),
            ("DELETE", "/v1/messages/{message}/pin"),
            ("POST", "/v1/rooms/{room}/later-messages"),
            ("DELETE", "/v1/later-messages/{later_message}"),
            ("PUT", "/v1/messages/{message}/reactions/{reaction}"),
            ("DELETE", "/v1/messages/{message}/reactions/{reaction}"),
            ("PUT", "/v1/rooms/{room}/read"),
            ("PATCH", "/v1/me"),
            # And what the act itself takes: `scope_of_act`.
            ("POST", "/v1/acts/{act}/withdraw"),
            ("POST", "/v1/acts/{act}/resend"),
        ],
        FrontendScope.TALK,
    ),
    # A question about more people than an address has room for.
    ("POST", "/v1/freebusy"): FrontendScope.READ,
    ("POST", "/v1/broadcasts"): FrontendScope.CALL,
    ("POST", "/v1/clearances/{clearance}/decision"): FrontendScope.DECIDE,
    **dict.fromkeys(
        [
            ("POST", "/v1/guests"),
            ("PATCH", "/v1/guests/{user}"),
            ("POST", "/v1/rooms"),
            ("PATCH", "/v1/rooms/{room}"),
            ("POST", "/v1/rooms/{room}/members:batch"),
            ("PUT", "/v1/rooms/{room}/members/{user}"),
            ("DELETE", "/v1/rooms/{room}/members/{user}"),
        ],
        FrontendScope.ADMINISTER,
    ),
}
_ANSWER: Final = ("PUT", "/v1/items/{item}/answer")
_CHANGES: Final = (("PATCH", "/v1/items/{item}"), ("POST", "/v1/items/{item}/remove"))


def scope_of(method: str, path: str, names: Mapping[str, str]) -> FrontendScope:
    """Return what a frontend needs for the route `path`, asked with the ids in `names`."""
    if method in _READING:
        return FrontendScope.READ
    item = names.get("item", "")
    if (method, path) == _ANSWER and item.startswith(ITEMS[Approval].prefix):
        return FrontendScope.DECIDE
    if (method, path) in _CHANGES and item.startswith(BROADCAST):
        return FrontendScope.CALL
    return WRITING.get((method, path), FrontendScope.ADMINISTER)


def scope_of_act(event: Event) -> FrontendScope:
    """Return what a frontend needs to take back or to repeat what was done through any."""
    match event.body:
        case ProfileSet(user) if user == event.author.uid:
            return FrontendScope.TALK
        case RoomPut() | RoomPurge() | MemberSet() | ProfileSet():
            return FrontendScope.ADMINISTER
        case TenantPut() | TenantLink() | OrgPut():
            return FrontendScope.ADMINISTER
        case AnswerSet(item) if item.startswith(ITEMS[Approval].prefix):
            return FrontendScope.DECIDE
        case ItemPut(item=item) if (item or event.id).startswith(BROADCAST):
            return FrontendScope.CALL
        case ItemRemove(item) if item.startswith(BROADCAST):
            return FrontendScope.CALL
        case _:
            return FrontendScope.TALK
