"""In which order people are phoned: section by section as the tree of them stands, then by kana."""

from collections.abc import Iterable
from typing import Final

from zone.copy.directory_views import UserView
from zone.store.directory import Directory

_LAST: Final = 2**53  # behind every rank

Place = tuple[tuple[int, str, str], ...]


def in_phoning_order(directory: Directory, people: Iterable[str]) -> list[UserView]:
    """Return people in the order in which they are phoned; who is of no section comes last."""
    places: dict[str, Place] = {}
    known = [view for uid in people if (view := directory.user(uid)) is not None]
    return sorted(known, key=lambda user: _key(directory, user, places))


def telephone_cell(number: str) -> str:
    """Return a number so that a spreadsheet keeps its first 0: with a hyphen it is no number."""
    if not (number.isascii() and number.isdigit()) or len(number) < 5:
        return number
    if len(number) == 11:  # 090, 080, 070, 050
        return f"{number[:3]}-{number[3:7]}-{number[7:]}"
    return f"{number[:-4]}-{number[-4:]}"


def _key(directory: Directory, user: UserView, places: dict[str, Place]) -> tuple[object, ...]:
    org = user.orgs[0] if user.orgs else ""
    if org not in places:
        places[org] = _place(directory, org) if org else ((_LAST, "", ""),)
    tenant = directory.municipalities.tenant(user.tenant or "")
    whose = (tenant.kana or tenant.name) if tenant else ""
    return whose, places[org], user.section, user.kana or user.name, user.id


def _place(directory: Directory, org: str) -> Place:
    """Return where a section stands in the tree: rank and name of all that it is part of."""
    found = []
    for each in reversed(directory.municipalities.line(org)):
        view = directory.municipalities.org(each)
        found.append((view.rank, view.name, each) if view else (_LAST, "", each))
    return tuple(found)
