"""What is asked of people: staff, guests, municipalities, sections, and who may act for whom."""

from typing import Annotated, Literal

from msgspec import Meta

from wire.choices import Agreed, UserKind
from wire.fields import Count, Key, Line, Name, Ref
from zone.api.resources.request_bodies import Limit, RequestQuery


class OwnProfile(RequestQuery, frozen=True):
    """What users say of themselves, and until when (milliseconds since 1970).

    Fields that are left out stay as they are; "" and 0 take back what was said.
    """

    status: Line | None = None
    status_emoji: Annotated[str, Meta(max_length=16)] | None = None
    status_until: Count | None = None


class NewUser(RequestQuery, frozen=True, kw_only=True):
    """Somebody to admit."""

    name: Name
    kana: Line = ""
    section: Line = ""
    title: Line = ""
    user_kind: UserKind
    zones: Annotated[list[Literal["lgwan", "internet"]], Meta(min_length=1, max_length=2)]
    tenant: Ref | None = None
    orgs: Annotated[list[Ref], Meta(max_length=20)] | None = None
    telephone: Annotated[str, Meta(max_length=30)] | None = None
    staff_number: Annotated[str, Meta(max_length=40)] | None = None
    duties: Annotated[list[Key], Meta(max_length=20)] | None = None
    sponsor: Ref | None = None
    expires: Count | None = None
    shared_by: Annotated[list[Ref], Meta(max_length=50)] | None = None


class UserChange(RequestQuery, frozen=True, kw_only=True):
    """Who somebody is now; fields that are left out stay.  Without zones nobody can act."""

    name: Name | None = None
    kana: Line | None = None
    section: Line | None = None
    title: Line | None = None
    zones: Annotated[list[Literal["lgwan", "internet"]], Meta(max_length=2)] | None = None
    tenant: Ref | None = None
    orgs: Annotated[list[Ref], Meta(max_length=20)] | None = None
    telephone: Annotated[str, Meta(max_length=30)] | None = None
    staff_number: Annotated[str, Meta(max_length=40)] | None = None
    duties: Annotated[list[Key], Meta(max_length=20)] | None = None
    expires: Count | None = None
    shared_by: Annotated[list[Ref], Meta(max_length=50)] | None = None


class NewTenant(RequestQuery, frozen=True, kw_only=True):
    """A municipality that comes to use this installation; an id where it has one elsewhere."""

    name: Name
    kana: Line = ""
    code: Annotated[str, Meta(pattern="^([0-9]{6})?$")] = ""
    id: Ref | None = None


class TenantChange(RequestQuery, frozen=True, kw_only=True):
    """What a municipality is called now; fields that are left out stay."""

    name: Name | None = None
    kana: Line | None = None
    code: Annotated[str, Meta(pattern="^([0-9]{6})?$")] | None = None


class LinkOffer(RequestQuery, frozen=True, kw_only=True):
    """What a municipality offers another one, all of it; it is agreed once both offer it."""

    offers: Annotated[list[Agreed], Meta(max_length=3)]


class NewOrg(RequestQuery, frozen=True, kw_only=True):
    """A department or section, part of `parent` where one is named."""

    name: Name
    tenant: Ref | None = None
    parent: Ref | None = None
    rank: Count = 0
    telephone: Annotated[str, Meta(max_length=30)] = ""


class OrgChange(RequestQuery, frozen=True, kw_only=True):
    """What a section is now; fields that are left out stay.  A parent of "" is none."""

    name: Name | None = None
    parent: Ref | Literal[""] | None = None
    rank: Count | None = None
    telephone: Annotated[str, Meta(max_length=30)] | None = None
    closed: bool | None = None


class StaffQuery(RequestQuery, frozen=True, kw_only=True):
    """How a list of staff is imported: for which municipality, and whether only as a trial."""

    tenant: Ref | None = None
    zones: Literal["lgwan", "internet", "both"] = "both"
    let_go: bool = False
    dry_run: bool = False


class NewGuest(RequestQuery, frozen=True, kw_only=True):
    """Somebody from outside for whom the asker stands, until `expires`."""

    name: Name
    kana: Line = ""
    section: Line = ""
    expires: Count


class Stay(RequestQuery, frozen=True):
    """Until when a guest stays; a time gone by ends it at once."""

    expires: Count


class OrgsQuery(RequestQuery, frozen=True):
    """The sections of one municipality, or of all."""

    tenant: Ref | None = None


class UsersQuery(RequestQuery, frozen=True):
    """Which page of the directory, of one section and those below it, or of all."""

    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9]{1,9}$")] | None = None
    org: Ref | None = None


class PeopleQuery(RequestQuery, frozen=True):
    """Who is looked for: words that are all true of them."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    limit: Limit = 50
    next: Annotated[str, Meta(pattern="^[0-9]{1,9}$")] | None = None
