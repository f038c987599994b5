"""Answers that routes of both sockets give."""

from msgspec import Struct

from zone.copy.views import OrgView, TenantView


class Tenants(Struct, frozen=True):
    """The municipalities of this installation."""

    items: list[TenantView]


class Orgs(Struct, frozen=True):
    """Sections, in their order among siblings."""

    items: list[OrgView]
