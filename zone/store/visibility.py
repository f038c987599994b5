"""Who sees whom, and how much of them.

    oneself, one's municipality, one that agreed on `directory`   all that the directory shows
    somebody of another municipality in a room with one           name, section, municipality
    anybody else                                                  nothing: they do not exist

People from outside see whom they meet in a room, and no directory.  Asked at the door and at each
delivery, since agreements, rooms and people change while a stream is open.
"""

from collections.abc import Iterable
from typing import Final, Literal

from zone.copy.directory_views import UserView
from zone.store.directory import Directory
from zone.store.roll import list_place, merged_lists

# How much of somebody another person sees: all that the directory shows, or who they are.
Visibility = Literal["whole", "met"]
# What is seen of somebody of another municipality, beside the name of their section.
MET: Final = ("id", "name", "kana", "user_kind", "tenant")
# The words of a profile of which that is made.
MET_WORDS: Final = frozenset({*MET, "section", "orgs"})


def sight(directory: Directory, uid: str, other: str, *, now: int) -> Visibility | None:
    """Return how much of somebody a user sees at `now`; None is nothing."""
    if uid == other:
        return "whole"
    one, whose = directory.tenant_of(uid), directory.tenant_of(other)
    if not directory.is_guest(uid) and directory.municipalities.is_shown(one, whose):
        return "whole"
    if not _is_met(directory, uid, other, now=now):
        return None
    return "whole" if one == whose else "met"


def shown(directory: Directory, uid: str, other: str, *, now: int) -> UserView | None:
    """Return what a user sees of somebody, or None."""
    view, how_much = directory.user(other), sight(directory, uid, other, now=now)
    if view is None or how_much is None:
        return None
    return view if how_much == "whole" else met(directory, view)


def met(directory: Directory, user: UserView) -> UserView:
    """Return what is seen of somebody of another municipality: name, section, municipality."""
    who = {name: getattr(user, name) for name in MET}
    return UserView(**who, section=section_of(directory, user))


def section_of(directory: Directory, user: UserView) -> str:
    """Return where somebody works, as people say it: 防災課."""
    if user.section:
        return user.section
    found = (directory.municipalities.org(org) for org in user.orgs)
    return "、".join(view.name for view in found if view is not None)


def shown_users(directory: Directory, uid: str, *, now: int) -> list[UserView]:
    """Return all whom a user sees, each as they see them, by reading (kana)."""
    if directory.is_guest(uid):
        return _shown(directory, uid, _companions(directory, uid), now=now)
    tenant, is_shown = directory.tenant_of(uid), directory.municipalities.is_shown
    strangers = [
        other
        for other in _companions(directory, uid)
        if not is_shown(tenant, directory.tenant_of(other))
    ]
    ours = directory.users_of(lambda of: is_shown(tenant, of))
    return merged_lists([ours, _shown(directory, uid, strangers, now=now)])


def _shown(directory: Directory, uid: str, others: Iterable[str], *, now: int) -> list[UserView]:
    found = (shown(directory, uid, other, now=now) for other in others)
    return sorted((view for view in found if view is not None), key=list_place)


def sees_unit(directory: Directory, uid: str, name: str, *, now: int) -> bool:
    """Return whether a user sees a municipality, or a section, in lists.

    Staff see the municipalities with which theirs has agreed on anything, and those of people
    whom they meet; people from outside see none.
    """
    if directory.is_guest(uid):
        return False
    if directory.municipalities.sees_unit(directory.tenant_of(uid), name):
        return True
    others = (each for each in _companions(directory, uid) if directory.tenant_of(each) == name)
    return any(_is_met(directory, uid, other, now=now) for other in others)


def _is_met(directory: Directory, uid: str, other: str, *, now: int) -> bool:
    """Return whether two people are in a room together."""
    both = set(directory.rooms_of(uid)).intersection(directory.rooms_of(other))
    return any(
        directory.sees(uid, room, now=now) and directory.sees(other, room, now=now) for room in both
    )


def _companions(directory: Directory, uid: str) -> set[str]:
    """Return all who are, or for a time were, in a room with somebody; they are one of them."""
    rooms = directory.rooms_of(uid)
    return {uid, *(member.user for room in rooms for member in directory.members(room))}
