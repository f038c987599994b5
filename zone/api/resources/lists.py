"""Answers that routes of both sockets give."""

from msgspec import Struct

from zone.copy.directory_views import OrgView, TenantLinkView, TenantView


class Tenants(Struct, frozen=True):
    """Municipalities, by reading, and what is offered and agreed between them.

    To people: their own, those that it has agreed with and those of people whom they meet, and
    what their own has to do with others.  To operators: all.
    """

    items: list[TenantView]
    links: list[TenantLinkView]


class Orgs(Struct, frozen=True):
    """Sections, in their order among siblings."""

    items: list[OrgView]
