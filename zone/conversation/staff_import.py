"""What a list of staff comes to: who is new, who has changed; nobody is lost.

Who is in the directory and not on the list stays, unless the operator asks that they
be let go, and even then what they said stays.

A list is read here in one go and becomes a plan: the events that make people as it says.  They are
said in batches (`zone.conversation.imports`), so that no list is too long for one.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from msgspec import Struct

from wire.bodies import OrgPut, ProfileSet
from wire.ids import ORG, USER
from zone.conversation.staff_list import LineFault, StaffLine
from zone.copy.directory_views import UserView
from zone.store.directory import Directory
from zone.store.writing import Writing

_DUTY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# What a person's registers say that makes them whoever they are, for one who has to be said again.
_WHOLE = ("name", "kana", "section", "title", "orgs", "duties", "zones")

# What became of the latest event about somebody that did not arrive, or has not yet.
Standing = Literal["on_the_way", "held", "refused"]


class ListFault(Struct, frozen=True):
    """A line that was left out, and why."""

    line: int
    what: str


class ListCounts(Struct, frozen=True, kw_only=True):
    """What a list of staff says against what is known.  `missing` are not on it.

    `unchanged` are as the list says, in both zones as far as is known.  `sent_again` are as the
    list says here and were refused on their way; `still_on_the_way` and `still_held` have not
    arrived yet.
    """

    added: int
    changed: int
    unchanged: int
    sent_again: int
    still_on_the_way: int
    still_held: int
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


@dataclass(frozen=True, slots=True)
class Planned:
    """An event of a list that is to be said.  `about` names it for people: a number, a section."""

    line: int
    subject: str
    about: str
    body: ProfileSet | OrgPut


@dataclass(slots=True)
class ImportPlan:
    """What is to be said, in order, and what the list came to."""

    events: list[Planned]
    counts: ListCounts


def plan_import(
    writing: Writing,
    directory: Directory,
    standing: Mapping[str, Standing],
    people: Sequence[StaffLine],
    faults: Sequence[LineFault],
    scope: Scope,
) -> ImportPlan:
    """Return what makes the people of a tenant as its list says.

    `standing` are those people and sections whose latest word has not arrived in the far zone.
    """
    listing = _Listing(writing, directory, standing, scope)
    for person in people:
        listing.put(person)
    missing = listing.missing({person.staff_number for person in people})
    if scope.let_go:
        for user in missing:
            listing.say(0, user, user, ProfileSet(user, zones=[]))
    count = listing.counts
    return ImportPlan(
        listing.events,
        ListCounts(
            added=count["added"],
            changed=count["changed"],
            unchanged=count["unchanged"],
            sent_again=count["sent_again"],
            still_on_the_way=count["on_the_way"],
            still_held=count["held"],
            orgs_added=count["orgs_added"],
            missing=missing,
            let_go=len(missing) if scope.let_go else 0,
            faults=[ListFault(f.line, f.what) for f in faults],
            is_dry_run=scope.dry_run,
        ),
    )


class _Listing:
    """One list being read."""

    def __init__(
        self,
        writing: Writing,
        directory: Directory,
        standing: Mapping[str, Standing],
        scope: Scope,
    ) -> None:
        self._writing = writing
        self._directory = directory
        self._standing = standing
        self._tenant = tenant = scope.tenant
        self._zones: Any = scope.zones
        self._known = directory.by_staff_number(tenant)
        known = directory.municipalities.orgs(tenant)
        self._orgs = {(org.parent, org.name): org.id for org in known}
        self._again: set[str] = set()  # sections that were said again
        self.counts: Counter[str] = Counter()
        self.events: list[Planned] = []

    def put(self, person: StaffLine) -> None:
        """Make one person as their line says."""
        said: dict[str, Any] = dict(person.said)
        if person.orgs:
            org = self._org(person.line, person.orgs)
            said |= {"orgs": [org], "section": person.orgs[-1]}
        if person.zones:
            said["zones"] = list(person.zones)
        if duties := [duty for duty in person.duties if _DUTY.fullmatch(duty)]:
            said["duties"] = duties
        known = self._known.get(person.staff_number)
        if known is None:
            self._add(person, said)
        else:
            self._change(person, known, said)

    def missing(self, numbers: Collection[str]) -> list[str]:
        """Return the ids of those who are known, may act, and are not on the list."""
        return [
            user.id for number, user in self._known.items() if number not in numbers and user.zones
        ]

    def _add(self, person: StaffLine, said: dict[str, Any]) -> None:
        user = self._writing.mint(USER, self._writing.now)
        self._say_whole(person, user, {"zones": self._zones} | said)
        self.counts["added"] += 1

    def _say_whole(self, person: StaffLine, user: str, said: dict[str, Any]) -> None:
        profile = ProfileSet(
            user,
            user_kind="staff",
            tenant=self._tenant,
            staff_number=person.staff_number,
            **said,
        )
        self.say(person.line, user, person.staff_number, profile)

    def _change(self, person: StaffLine, known: UserView, said: dict[str, Any]) -> None:
        telephone = self._directory.telephone(known.id)
        now = msgspec.structs.asdict(known) | {"telephone": telephone}
        news = {field: value for field, value in said.items() if now.get(field) != value}
        standing = self._standing.get(known.id)
        if standing == "refused":  # of whoever never arrived the far zone needs to hear all
            whole = {name: now[name] for name in (*_WHOLE, "telephone")} | said
            self._say_whole(person, known.id, whole)
            self.counts["sent_again"] += 1
        elif news:
            self.say(person.line, known.id, person.staff_number, ProfileSet(known.id, **news))
            self.counts["changed"] += 1
        else:
            self.counts[standing or "unchanged"] += 1

    def _org(self, line: int, path: Sequence[str]) -> str:
        """Return the section at the end of a path, made where there is none."""
        parent = ""
        for name in path:
            found = self._orgs.get((parent, name))
            if found is None:
                found = self._writing.mint(ORG, self._writing.now)
                self._orgs[parent, name] = found
                self.counts["orgs_added"] += 1
                rank = self.counts["orgs_added"]
                self.say(line, found, name, OrgPut(found, self._tenant, name, parent, rank))
            elif self._standing.get(found) == "refused" and found not in self._again:
                self._again.add(found)
                self.say(line, found, name, OrgPut(found, self._tenant, name, parent))
            parent = found
        return parent

    def say(self, line: int, subject: str, about: str, body: ProfileSet | OrgPut) -> None:
        """Have it said later, behind what was planned before."""
        self.events.append(Planned(line, subject, about, body))
