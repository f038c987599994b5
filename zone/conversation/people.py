"""Who there is: municipalities, sections, people and guests; admitted, changed, let go."""

from wire.bodies import OrgPut, ProfileSet, TenantPut
from wire.ids import USER
from wire.reasons import Reason, Refused
from zone.conversation.acting import Acting

# A guest is looked at again after a year at the latest.
LONGEST_STAY_MS = 366 * 24 * 3_600_000
SPONSOR = "sponsor"


def set_status(acting: Acting, status: str, emoji: str | None, until: int | None) -> None:
    """Say where one is today, and until when that holds."""
    uid = acting.who.uid
    body = ProfileSet(uid, status=status, status_emoji=emoji or "", status_until=until or 0)
    acting.say(body, room=None, crosses=True)


def admit(acting: Acting, profile: ProfileSet) -> None:
    """Make a user known in both zones, or change who he is.  Only operators do this.

    A zone vouches for its own kinds of people and for no others.
    """
    directory = acting.directory
    known = directory.user(profile.user)
    kind = known.user_kind if known else profile.user_kind
    if kind not in acting.writing.side.admits or profile.user_kind not in (None, kind):
        raise Refused(Reason.FORBIDDEN, f"this zone does not vouch for {kind}")
    for org in profile.orgs or ():
        if directory.org(org) is None:
            raise Refused(Reason.NOT_FOUND, f"there is no section {org}")
    if profile.tenant is not None and directory.tenant(profile.tenant) is None:
        raise Refused(Reason.NOT_FOUND, f"there is no municipality {profile.tenant}")
    acting.say(profile, room=None, crosses=True)


def put_tenant(acting: Acting, tenant: TenantPut) -> None:
    """Make a municipality known in both zones, or change what it is called."""
    if tenant.name is None and acting.directory.tenant(tenant.tenant) is None:
        raise Refused(Reason.INVALID, "a municipality has a name")
    acting.say(tenant, room=None, crosses=True)


def put_org(acting: Acting, org: OrgPut) -> None:
    """Make a section known in both zones, or change it.  No section is part of itself."""
    directory = acting.directory
    if org.name is None and directory.org(org.org) is None:
        raise Refused(Reason.INVALID, "a section has a name")
    if org.parent and (directory.org(org.parent) is None or org.org in directory.line(org.parent)):
        raise Refused(Reason.INVALID, "it is part of another section that there is")
    acting.say(org, room=None, crosses=True)


def invite(acting: Acting, name: str, kana: str, section: str, expires: int) -> str:
    """Admit a guest for whom the asker stands, until `expires`; return his id."""
    _demand_sponsor(acting, expires)
    if "guest" not in acting.writing.side.admits:
        raise Refused(Reason.FORBIDDEN, "guests are invited in the internet zone")
    user = acting.writing.mint(USER, acting.writing.now)
    guest = ProfileSet(
        user, name=name, kana=kana, section=section, user_kind="guest",
        zones=[acting.writing.side.zone.value], sponsor=acting.who.uid, expires=expires,
    )  # fmt: skip
    acting.say(guest, room=None, crosses=True)
    return user


def prolong(acting: Acting, guest: str, expires: int) -> None:
    """Let a guest stay until another time; a time gone by ends his stay at once."""
    known = acting.directory.user(guest)
    if known is None or known.user_kind != "guest" or known.sponsor != acting.who.uid:
        raise Refused(Reason.NOT_FOUND)
    if expires > acting.writing.now:
        _demand_sponsor(acting, expires)
    acting.say(ProfileSet(guest, expires=max(expires, 1)), room=None, crosses=True)


def _demand_sponsor(acting: Acting, expires: int) -> None:
    acting.demand_duty(SPONSOR)
    now = acting.writing.now
    if not now < expires <= now + LONGEST_STAY_MS:
        raise Refused(Reason.INVALID, "a stay ends later than now, and within a year")
