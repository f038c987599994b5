"""Usage figures for the effect reports that municipalities write: numbers of groups, no content.

No figure is about fewer than five people.  That somebody is one of three in a section
would make "two were active" a word on each of them; and as the sections add up to the whole,
what is left out of them must be as large as they are (small-cell suppression, as statistics
offices do).
Pure: what it counts is handed in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from zone.copy.directory_views import UserView

SMALLEST_GROUP: Final = 5
OTHERS: Final = "その他"
# Who is of the municipality.  A shared account is a desk; bots are no use, guests count apart.
OF_STAFF: Final = frozenset({"staff", "shared"})


class CallFigures(Struct, frozen=True):
    """One broadcast: in which month, whom it reached, and who did what it asked for."""

    month: str
    addressees: Sequence[str]
    heard: frozenset[str]


class Figures(Struct, frozen=True, kw_only=True):
    """One group in one month.  `active` did something in either zone; `share` is of `staff`."""

    month: str
    staff: int
    talks: int
    active: int
    share: float


class Whole(Struct, frozen=True, kw_only=True):
    """A municipality in one month.  `called` counts people, once for each broadcast."""

    month: str
    staff: int
    talks: int
    active: int
    share: float
    guest_talks: int
    broadcasts: int
    addressees: int
    heard: int


class SectionUsage(Struct, frozen=True):
    """A section of five people or more; those of smaller ones are together in その他."""

    section: str
    staff: int
    months: list[Figures]


class TenantUsage(Struct, frozen=True, kw_only=True):
    """A municipality.  Of one with fewer than five people nothing is told."""

    tenant: str
    name: str
    staff: int
    months: list[Whole]
    sections: list[SectionUsage]


class Known(Struct, frozen=True):
    """Somebody: whose they are, what kind of person, and of which section."""

    tenant: str
    kind: str
    section: str
    is_here: bool  # they use a zone


def known_person(user: UserView, section: str, tenant: str) -> Known:
    """Return what the figures need to know of somebody; `tenant` is whose installation it is."""
    return Known(user.tenant or tenant, user.user_kind, section, bool(user.zones))


def usage_of(
    tenant: str,
    name: str,
    people: Mapping[str, Known],
    months: Sequence[str],
    acts: Iterable[tuple[str, str, int]],
    broadcasts: Sequence[CallFigures],
) -> TenantUsage:
    """Return the figures of one municipality for `months`."""
    own = {uid: who for uid, who in people.items() if who.tenant == tenant}
    staff = {uid for uid, who in own.items() if who.kind in OF_STAFF and who.is_here}
    if len(staff) < SMALLEST_GROUP:
        return TenantUsage(tenant=tenant, name=name, staff=len(staff), months=[], sections=[])
    done: dict[str, dict[str, int]] = defaultdict(dict)
    for month, uid, talks in acts:
        if uid in own:
            done[month][uid] = talks
    whole = [_whole(month, own, staff, done[month], broadcasts) for month in months]
    sections = [
        SectionUsage(section, len(members), [_figures(m, members, done[m]) for m in months])
        for section, members in _groups(own, staff)
    ]
    return TenantUsage(tenant=tenant, name=name, staff=len(staff), months=whole, sections=sections)


def _whole(
    month: str,
    own: Mapping[str, Known],
    staff: set[str],
    done: Mapping[str, int],
    broadcasts: Sequence[CallFigures],
) -> Whole:
    group = _figures(month, staff, done)
    by_kind: Counter[str] = Counter()
    for uid, talks in done.items():
        by_kind["staff" if own[uid].kind in OF_STAFF else own[uid].kind] += talks
    made = [
        (broadcast, [uid for uid in broadcast.addressees if uid in own]) for broadcast in broadcasts
    ]
    reached = [
        (broadcast, addressees)
        for broadcast, addressees in made
        if broadcast.month == month and addressees
    ]
    return Whole(
        month=month,
        staff=group.staff,
        talks=by_kind["staff"],
        active=group.active,
        share=group.share,
        guest_talks=by_kind["guest"],
        broadcasts=len(reached),
        addressees=sum(len(addressees) for _, addressees in reached),
        heard=sum(
            uid in broadcast.heard for broadcast, addressees in reached for uid in addressees
        ),
    )


def _figures(month: str, members: set[str], done: Mapping[str, int]) -> Figures:
    active = members & done.keys()
    return Figures(
        month=month,
        staff=len(members),
        talks=sum(done[uid] for uid in active),
        active=len(active),
        share=round(len(active) / len(members), 3),
    )


def _groups(own: Mapping[str, Known], staff: set[str]) -> list[tuple[str, set[str]]]:
    """Return the sections of which figures may be told, by name, and the rest as one."""
    sections: dict[str, set[str]] = defaultdict(set)
    for uid in staff:
        sections[own[uid].section].add(uid)
    rest = sections.pop("", set())
    large = sorted(sections.items(), key=lambda group: (len(group[1]), group[0]))
    # Whatever is alone too small goes together, and while that is too small, with the next.
    while large and (len(large[0][1]) < SMALLEST_GROUP or 0 < len(rest) < SMALLEST_GROUP):
        rest |= large.pop(0)[1]
    found = sorted(large)
    return [*found, (OTHERS, rest)] if len(rest) >= SMALLEST_GROUP else found
