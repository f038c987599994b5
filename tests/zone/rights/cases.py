"""For each body of the closed list: who may say it, and who says it in vain.

A hostile case names the fields that are lied in; where nobody can lie in a field, `FREE` says why.
"""

from typing import Any, Final

from tests.zone.rights import (
    cases_apart,
    cases_events,
    cases_items,
    cases_marks,
    cases_messages,
    cases_one_guard,
    cases_people,
    cases_rooms,
)
from tests.zone.rights.case import Case
from wire.bodies import (
    FileReady,
    ItemPut,
    ItemRemove,
    MessagePin,
    MessagePost,
    MessageWithdraw,
    ReactionSet,
    RelayNotice,
    RoomPurge,
    RoomPut,
)
from wire.digests import CopyDigest

_FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    **cases_messages.FRIENDLY,
    **cases_marks.FRIENDLY,
    **cases_rooms.FRIENDLY,
    **cases_people.FRIENDLY,
    **cases_items.FRIENDLY,
    **cases_events.FRIENDLY,
}
_HOSTILE: Final[dict[type[Any], list[Case]]] = {
    **cases_messages.HOSTILE,
    **cases_marks.HOSTILE,
    **cases_rooms.HOSTILE,
    **cases_people.HOSTILE,
    **cases_items.HOSTILE,
    **cases_events.HOSTILE,
}
FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    body: [*some, *cases_apart.FRIENDLY.get(body, ())] for body, some in _FRIENDLY.items()
}
HOSTILE: Final[dict[type[Any], list[Case]]] = {
    body: [*some, *cases_one_guard.HOSTILE.get(body, ()), *cases_apart.HOSTILE.get(body, ())]
    for body, some in _HOSTILE.items()
}

_TYPED = "the type bounds it, and whoever may say the body may say any of it"
# Fields in which there is nothing to lie beyond what the right to the body covers.
FREE: Final[dict[tuple[type[Any], str], str]] = {
    **dict.fromkeys(
        (
            (MessagePost, "mentions"),
            (MessagePost, "sticker"),
            (MessagePost, "location"),
            (MessagePost, "call"),
            (MessageWithdraw, "reason"),
            (MessagePin, "on"),
            (ReactionSet, "reaction"),
            (ReactionSet, "on"),
            (RoomPurge, "reason"),
            (ItemRemove, "reason"),
            (CopyDigest, "form"),
            (CopyDigest, "said"),
            (CopyDigest, "seen"),
            (CopyDigest, "policy"),
        ),
        _TYPED,
    ),
    **dict.fromkeys(
        (
            (FileReady, "state"),
            (FileReady, "revision"),
            (FileReady, "name"),
            (FileReady, "media"),
            (FileReady, "size"),
            (FileReady, "sha256"),
            (FileReady, "reason"),
            (FileReady, "removed"),
            (FileReady, "rule"),
            (FileReady, "until"),
            (FileReady, "desk"),
            (FileReady, "found"),
            (RelayNotice, "state"),
            (RelayNotice, "revision"),
            (RelayNotice, "rule"),
            (RelayNotice, "until"),
            (RelayNotice, "desk"),
        ),
        "the relay's word on what it may speak of; the verify stage has checked it",
    ),
    **dict.fromkeys(
        ((ItemPut, "base"), (RoomPut, "base")),
        "what its author had read only they know; both wordings are kept either way",
    ),
}
