"""Municipalities, their sections, and what they have agreed on, in memory.

A municipality sees itself.  Of another one it sees what both have offered (`zone.copy.agreements`).
Part of `zone.store.directory`, which keeps it in step.
"""

from collections import defaultdict
from typing import Any

from wire.ids import TENANT
from wire.merge import LINK, Register, field_name
from zone.copy.agreements import DIRECTORY, NONE, agreed_by
from zone.copy.directory_views import OrgView, TenantLinkView, TenantView


class Municipalities:
    """All municipalities of an installation."""

    def __init__(self) -> None:
        """Start empty; `learn_tenant` and `learn_org` fill it."""
        self._tenants: dict[str, dict[str, Any]] = defaultdict(dict)
        self._orgs: dict[str, dict[str, Any]] = defaultdict(dict)
        self._offers: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)

    def learn_tenant(self, word: Register) -> None:
        """Take in a word on a municipality."""
        kind, _, other = word.field.partition(":")
        if kind != LINK:
            self._tenants[word.object][word.field] = word.value
        elif isinstance(word.value, list):
            self._offers[word.object][other] = frozenset(word.value)

    def learn_org(self, word: Register) -> None:
        """Take in a word on a section."""
        self._orgs[word.object][word.field] = word.value

    def forget(self, name: str, what: str) -> None:
        """Take in that there is no word any more on a field of a municipality or a section."""
        for known in (self._tenants, self._orgs):
            known.get(name, {}).pop(what, None)
        self._offers.get(name, {}).pop(what.removeprefix(field_name(LINK, "")), None)

    def offered(self, tenant: str, other: str) -> frozenset[str]:
        """Return what a municipality offers another one."""
        found = self._offers.get(tenant)
        return NONE if found is None else found.get(other, NONE)

    def agreed(self, one: str | None, other: str | None) -> frozenset[str]:
        """Return what two municipalities have agreed on: what both offer."""
        return agreed_by(self.offered, one, other)

    def is_shown(self, one: str | None, other: str | None) -> bool:
        """Return whether people of one municipality see the directory of another, or their own."""
        return one == other or DIRECTORY in self.agreed(one, other)

    def links(self, tenant: str | None = None) -> list[TenantLinkView]:
        """Return what a municipality, or each, offers others, and what of it is agreed."""
        whose = list(self._offers) if tenant is None else [tenant]
        return sorted(
            (self.link(one, other) for one in whose for other in list(self._offers.get(one, ()))),
            key=lambda link: (link.tenant, link.other),
        )

    def link(self, tenant: str, other: str) -> TenantLinkView:
        """Return what a municipality offers another one, and what of it is agreed."""
        offered = sorted(self.offered(tenant, other))
        return TenantLinkView(tenant, other, offered, sorted(self.agreed(tenant, other)))

    def tenants(self) -> list[TenantView]:
        """Return all municipalities, by reading."""
        found = [view for each in list(self._tenants) if (view := self.tenant(each)) is not None]
        return sorted(found, key=lambda view: (view.kana, view.name, view.id))

    def tenant(self, tenant: str) -> TenantView | None:
        """Return a municipality, or None."""
        found = self._tenants.get(tenant)
        return TenantView(id=tenant, **found) if found and "name" in found else None

    def orgs(self, tenant: str | None = None) -> list[OrgView]:
        """Return the sections of a tenant, or of all, in their order among siblings."""
        found = [view for each in list(self._orgs) if (view := self.org(each)) is not None]
        mine = [view for view in found if tenant is None or view.tenant == tenant]
        return sorted(mine, key=lambda view: (view.rank, view.name, view.id))

    def org(self, org: str) -> OrgView | None:
        """Return a section, or None."""
        found = self._orgs.get(org)
        return OrgView(id=org, **found) if found and "name" in found else None

    def line(self, org: str) -> list[str]:
        """Return a section and all that it is part of, upwards."""
        found: list[str] = []
        at: str | None = org
        while at and at not in found:  # two zones can make a ring of it
            found.append(at)
            at = self._orgs.get(at, {}).get("parent")
        return found

    def sees_unit(self, tenant: str | None, name: str) -> bool:
        """Return whether people of a municipality see another one, or a section, in lists.

        They see those with which theirs has agreed on anything at all, and sections of those
        whose directory they see.
        """
        if name.startswith(TENANT):
            return name == tenant or bool(self.agreed(tenant, name))
        org = self.org(name)
        return org is not None and self.is_shown(tenant, org.tenant)
