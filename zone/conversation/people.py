"""Who there is: municipalities, sections, people and guests; admitted, changed, let go."""

from collections.abc import Sequence

from wire.bodies import OrgPut, ProfileSet, TenantLink, TenantPut
from wire.choices import Agreed
from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor
from zone.copy.changes import with_change
from zone.copy.directory_views import UserView, V, named_view


def set_status(actor: Actor, status: str | None, emoji: str | None, until: int | None) -> None:
    """Say where one is today, and until when that holds; what is None stays as it is."""
    if (status, emoji, until) != (None, None, None):
        body = ProfileSet(actor.who.uid, status=status, status_emoji=emoji, status_until=until)
        actor.say(body, room=None, crosses=True)


def admit(actor: Actor, profile: ProfileSet) -> None:
    """Make a user known in both zones, or change who they are.  Only operators do this.

    A zone vouches for its own kinds of people and for no others.
    """
    municipalities = actor.directory.municipalities
    actor.demand(profile, room=None)
    for org in profile.orgs or ():
        if municipalities.org(org) is None:
            raise Refused(Reason.NOT_FOUND, f"there is no section {org}")
    own = actor.who.tenant  # the installation's, which may have no name yet
    if profile.tenant not in (None, own) and municipalities.tenant(profile.tenant or "") is None:
        raise Refused(Reason.NOT_FOUND, f"there is no municipality {profile.tenant}")
    actor.say(profile, room=None, crosses=True)


def put_tenant(actor: Actor, tenant: TenantPut) -> None:
    """Make a municipality known in both zones, or change what it is called."""
    if tenant.name is None and actor.directory.municipalities.tenant(tenant.tenant) is None:
        raise Refused(Reason.INVALID, "a municipality has a name")
    actor.say(tenant, room=None, crosses=True)


def put_offer(actor: Actor, tenant: str, other: str, offers: Sequence[Agreed]) -> None:
    """Offer another municipality what both may agree on; an offer of nothing ends it.

    It holds once the operators of the other one have offered the same.
    """
    municipalities = actor.directory.municipalities
    for name in (tenant, other):
        if municipalities.tenant(name) is None:
            raise Refused(Reason.NOT_FOUND, f"there is no municipality {name}")
    if municipalities.offered(tenant, other) != frozenset(offers):
        actor.say(TenantLink(tenant, other, sorted(set(offers))), room=None, crosses=True)


def put_org(actor: Actor, org: OrgPut) -> None:
    """Make a section known in both zones, or change it.  No section is part of itself."""
    directory = actor.directory.municipalities
    if org.name is None and directory.org(org.org) is None:
        raise Refused(Reason.INVALID, "a section has a name")
    if org.parent and (directory.org(org.parent) is None or org.org in directory.line(org.parent)):
        raise Refused(Reason.INVALID, "it is part of another section that there is")
    actor.say(org, room=None, crosses=True)


def invite(actor: Actor, name: str, kana: str, section: str, expires: int) -> UserView:
    """Admit a guest for whom the asker stands, until `expires`."""
    user = actor.writing.mint(USER, actor.writing.now)
    guest = ProfileSet(
        user,
        name=name,
        kana=kana,
        section=section,
        user_kind="guest",
        zones=[actor.writing.side.zone.value],
        tenant=actor.directory.tenant_of(actor.who.uid),
        sponsor=actor.who.uid,
        expires=expires,
    )
    actor.say(guest, room=None, crosses=True)
    return made_view(actor, user, UserView)


def made_view(actor: Actor, name: str, form: type[V]) -> V:
    """Return what was made just now: somebody, a municipality or a section."""
    view = named_view(actor.writing.db, name, form)
    if view is None:
        raise Refused(Reason.NOT_FOUND)
    return with_change(actor.writing.db, actor.writing.side, view)


def prolong(actor: Actor, guest: str, expires: int) -> None:
    """Let a guest stay until another time; a time gone by ends their stay at once."""
    actor.say(ProfileSet(guest, expires=max(expires, 1)), room=None, crosses=True)
