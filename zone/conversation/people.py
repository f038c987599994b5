"""Who there is: municipalities, sections, people and guests; admitted, changed, let go."""

from wire.bodies import OrgPut, ProfileSet, TenantPut
from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.conversation.actor import Actor

# A guest is looked at again after a year at the latest.
LONGEST_STAY_MS = 366 * 24 * 3_600_000
SPONSOR = "sponsor"


def set_status(actor: Actor, status: str, emoji: str | None, until: int | None) -> None:
    """Say where one is today, and until when that holds."""
    uid = actor.who.uid
    body = ProfileSet(uid, status=status, status_emoji=emoji or "", status_until=until or 0)
    actor.say(body, room=None, crosses=True)


def admit(actor: Actor, profile: ProfileSet) -> None:
    """Make a user known in both zones, or change who they are.  Only operators do this.

    A zone vouches for its own kinds of people and for no others.
    """
    directory = actor.directory
    known = directory.user(profile.user)
    kind = known.user_kind if known else profile.user_kind
    if kind not in actor.writing.side.admits or profile.user_kind not in (None, kind):
        raise Refused(Reason.FORBIDDEN, f"this zone does not vouch for {kind}")
    for org in profile.orgs or ():
        if directory.org(org) is None:
            raise Refused(Reason.NOT_FOUND, f"there is no section {org}")
    if profile.tenant is not None and directory.tenant(profile.tenant) is None:
        raise Refused(Reason.NOT_FOUND, f"there is no municipality {profile.tenant}")
    actor.say(profile, room=None, crosses=True)


def put_tenant(actor: Actor, tenant: TenantPut) -> None:
    """Make a municipality known in both zones, or change what it is called."""
    if tenant.name is None and actor.directory.tenant(tenant.tenant) is None:
        raise Refused(Reason.INVALID, "a municipality has a name")
    actor.say(tenant, room=None, crosses=True)


def put_org(actor: Actor, org: OrgPut) -> None:
    """Make a section known in both zones, or change it.  No section is part of itself."""
    directory = actor.directory
    if org.name is None and directory.org(org.org) is None:
        raise Refused(Reason.INVALID, "a section has a name")
    if org.parent and (directory.org(org.parent) is None or org.org in directory.line(org.parent)):
        raise Refused(Reason.INVALID, "it is part of another section that there is")
    actor.say(org, room=None, crosses=True)


def invite(actor: Actor, name: str, kana: str, section: str, expires: int) -> str:
    """Admit a guest for whom the asker stands, until `expires`; return their id."""
    _demand_sponsor(actor, expires)
    if "guest" not in actor.writing.side.admits:
        raise Refused(Reason.FORBIDDEN, "guests are invited in the internet zone")
    user = actor.writing.mint(USER, actor.writing.now)
    guest = ProfileSet(
        user,
        name=name,
        kana=kana,
        section=section,
        user_kind="guest",
        zones=[actor.writing.side.zone.value],
        sponsor=actor.who.uid,
        expires=expires,
    )
    actor.say(guest, room=None, crosses=True)
    return user


def prolong(actor: Actor, guest: str, expires: int) -> None:
    """Let a guest stay until another time; a time gone by ends their stay at once."""
    known = actor.directory.user(guest)
    if known is None or known.user_kind != "guest" or known.sponsor != actor.who.uid:
        raise Refused(Reason.NOT_FOUND)
    if expires > actor.writing.now:
        _demand_sponsor(actor, expires)
    actor.say(ProfileSet(guest, expires=max(expires, 1)), room=None, crosses=True)


def _demand_sponsor(actor: Actor, expires: int) -> None:
    actor.demand_duty(SPONSOR)
    now = actor.writing.now
    if not now < expires <= now + LONGEST_STAY_MS:
        raise Refused(Reason.INVALID, "a stay ends later than now, and within a year")
