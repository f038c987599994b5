"""Taking in a list of staff: who is new, who has changed; nobody is lost.

Who is in the directory and not on the list stays, unless the operator asks that they
be let go, and even then what they said stays.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import Struct

from wire.bodies import OrgPut, ProfileSet
from wire.ids import ORG, USER
from zone.conversation.actor import Actor
from zone.conversation.staff_list import LineFault, StaffLine
from zone.copy.views import UserView

_DUTY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class ListFault(Struct, frozen=True):
    """A line that was left out, and why."""

    line: int
    what: str


class ImportReport(Struct, frozen=True):
    """What a list of staff came to.  `missing` are those who are known and not on it."""

    added: int
    changed: int
    unchanged: int
    orgs_added: int
    missing: list[str]
    let_go: int
    faults: list[ListFault]
    is_dry_run: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose list it is, in which zones new people are, and what is only tried."""

    tenant: str
    zones: list[str]
    let_go: bool
    dry_run: bool


def take_in(
    actor: Actor, people: Sequence[StaffLine], faults: Sequence[LineFault], scope: Scope
) -> ImportReport:
    """Make the people of a tenant as its list says.

    Runs in one transaction: either all of the list holds afterwards, or none of it.
    """
    listing = _Listing(actor, scope)
    for person in people:
        listing.put(person)
    missing = listing.missing({person.staff_number for person in people})
    if scope.let_go:
        for user in missing:
            listing.say(ProfileSet(user, zones=[]))
    return ImportReport(
        listing.added,
        listing.changed,
        listing.unchanged,
        listing.orgs_added,
        missing,
        len(missing) if scope.let_go else 0,
        [ListFault(f.line, f.what) for f in faults],
        scope.dry_run,
    )


class _Listing:
    """One list being taken in."""

    def __init__(self, actor: Actor, scope: Scope) -> None:
        self._acting = actor
        self._tenant = tenant = scope.tenant
        self._zones: Any = scope.zones
        self._dry_run = scope.dry_run
        directory = actor.directory
        self._known = directory.by_staff_number(tenant)
        self._orgs = {
            (org.parent, org.name): org.id for org in directory.municipalities.orgs(tenant)
        }
        self.added = self.changed = self.unchanged = self.orgs_added = 0

    def put(self, person: StaffLine) -> None:
        """Make one person as their line says."""
        said: dict[str, Any] = dict(person.said)
        if person.orgs:
            said |= {"orgs": [self._org(person.orgs)], "section": person.orgs[-1]}
        if person.zones:
            said["zones"] = list(person.zones)
        if duties := [duty for duty in person.duties if _DUTY.fullmatch(duty)]:
            said["duties"] = duties
        known = self._known.get(person.staff_number)
        if known is None:
            self._add(person.staff_number, said)
        else:
            self._change(known, said)

    def missing(self, numbers: set[str]) -> list[str]:
        """Return the ids of those who are known, may act, and are not on the list."""
        return [
            user.id for number, user in self._known.items() if number not in numbers and user.zones
        ]

    def _add(self, number: str, said: dict[str, Any]) -> None:
        writing = self._acting.writing
        said = {"zones": self._zones} | said
        profile = ProfileSet(
            writing.mint(USER, writing.now),
            user_kind="staff",
            tenant=self._tenant,
            staff_number=number,
            **said,
        )
        self.say(profile)
        self.added += 1

    def _change(self, known: UserView, said: dict[str, Any]) -> None:
        now = msgspec.structs.asdict(known) | {
            "telephone": self._acting.directory.telephone(known.id)
        }
        news = {field: value for field, value in said.items() if now.get(field) != value}
        if not news:
            self.unchanged += 1
            return
        self.say(ProfileSet(known.id, **news))
        self.changed += 1

    def _org(self, path: Sequence[str]) -> str:
        """Return the section at the end of a path, made where there is none."""
        parent, writing = "", self._acting.writing
        for name in path:
            found = self._orgs.get((parent, name))
            if found is None:
                found = self._orgs[parent, name] = writing.mint(ORG, writing.now)
                self.orgs_added += 1
                rank = self.orgs_added
                self.say(OrgPut(found, self._tenant, name, parent, rank))
            parent = found
        return parent

    def say(self, body: ProfileSet | OrgPut) -> None:
        """Have it hold in both zones, unless this is only to see what would be."""
        if not self._dry_run:
            self._acting.say(body, room=None, crosses=True)
