"""Answers that routes of both sockets give."""

from msgspec import Struct

from zone.copy.views import OrgView, TenantView


class Created(Struct, frozen=True):
    """What there is now, and the act that made it."""

    id: str
    act: str | None


class Tenants(Struct, frozen=True):
    """The municipalities of this installation."""

    items: list[TenantView]


class Orgs(Struct, frozen=True):
    """Sections, in their order among siblings."""

    items: list[OrgView]
