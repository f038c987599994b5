"""The roll: everybody by reading (kana), as directories and lists show people.

Kept in order one change at a time: thousands of people change their status in a morning,
and each time somebody asks for the list it would be sorted again.
"""

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from functools import partial

from zone.copy.directory_views import UserView

# So many changes since it was last asked for are sorted in at once: a list of staff came in.
MANY = 256


class Roll:
    """Everybody, in order.  What `users` has returned is never changed."""

    def __init__(self, find: Callable[[str], UserView | None]) -> None:
        """Start empty; `find` says what is known of somebody who `change`d."""
        self._find = find
        self._changed: set[str] = set()
        self._views: dict[str, UserView] = {}
        self._sorted: list[UserView] = []

    def change(self, uid: str) -> None:
        """Note that somebody is no longer what they were, or is new."""
        self._changed.add(uid)

    def users(self) -> list[UserView]:
        """Return everybody."""
        changed, self._changed = self._changed, set()
        before = [view for uid in changed if (view := self._views.pop(uid, None)) is not None]
        after = [view for uid in changed if (view := self._find(uid)) is not None]
        self._views |= {view.id: view for view in after}
        if len(changed) >= MANY:
            self._sorted = sorted(self._views.values(), key=list_place)
        elif changed:
            listed = list(self._sorted)
            for view in before:
                del listed[bisect_left(listed, list_place(view), key=list_place)]
            for view in after:
                insort(listed, view, key=list_place)
            self._sorted = listed
        return self._sorted


class Rolls:
    """A roll for each municipality."""

    def __init__(self, find: Callable[[str], UserView | None]) -> None:
        """Start empty; `find` says what is known of somebody who `change`d."""
        self._find = find
        self._rolls: dict[str | None, Roll] = {}

    def change(self, uid: str, *tenants: str | None) -> None:
        """Note that somebody who is, or was, of these is no longer what they were, or is new."""
        for tenant in set(tenants):
            if tenant not in self._rolls:
                self._rolls[tenant] = Roll(partial(self._user_of, tenant))
            self._rolls[tenant].change(uid)

    def _user_of(self, tenant: str | None, uid: str) -> UserView | None:
        view = self._find(uid)
        return view if view is not None and view.tenant == tenant else None

    def users_of(self, is_wanted: Callable[[str | None], bool]) -> list[UserView]:
        """Return everybody of the municipalities that are wanted, in order."""
        rolls = [roll for tenant, roll in list(self._rolls.items()) if is_wanted(tenant)]
        return merged_lists([roll.users() for roll in rolls])


def merged_lists(lists: Sequence[list[UserView]]) -> list[UserView]:
    """Return people of several rolls in one order; a single list as it is."""
    some = [each for each in lists if each]
    return some[0] if len(some) == 1 else list(heapq.merge(*some, key=list_place))


def list_place(user: UserView) -> tuple[str, str, str]:
    """Return where somebody stands in a list of people."""
    return user.kana, user.name, user.id
