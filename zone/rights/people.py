"""The rows of people, municipalities and sections.  Pure.

who vouches      a zone's operators admit the kinds of people in `Question.vouched`, and
                 change them and nobody else; who vouches for staff names both zones
sponsors         people with the duty `sponsor` invite guests to the zone they are in
agreements       an operator offers, in the name of one municipality; both make one
oneself          says where one is today, and nothing else
"""

from typing import Final

import msgspec

from runtime.bounds import TOLERANCE_MS
from wire.bodies import OrgPut, ProfileSet, TenantLink, TenantPut
from wire.reasons import Reason
from zone.rights import question
from zone.rights.facts import Facts, Person
from zone.rights.question import UNSEEN, VOUCHING, Objection, Question, has_duty

# A guest is looked at again after a year at the latest.
LONGEST_STAY_MS: Final = 366 * 24 * 3_600_000
SPONSOR: Final = "sponsor"

_TODAY: Final = frozenset({"status", "status_emoji", "status_until"})
_BORN: Final = frozenset({"name", "zones", "user_kind"})
# What only somebody of the staff has, and an account that they share.
_OF_STAFF: Final = frozenset({"title", "orgs", "duties", "staff_number"})
_OF_GUESTS: Final = frozenset(
    {"name", "kana", "section", "user_kind", "zones", "tenant", "sponsor", "expires"}
)


def to_profile(q: Question[ProfileSet], facts: Facts) -> Objection | None:
    """Oneself, of today; an operator, of whom this zone vouches for; a sponsor, of guests."""
    said = {k: v for k, v in msgspec.structs.asdict(q.body).items() if v is not None}
    fields = frozenset(said) - {"user"}
    known = facts.person(q.body.user)
    if q.is_operator:
        return _to_admission(q, facts, known, said)
    if fields <= _TODAY:
        return (
            None if q.uid == q.body.user else question.forbidden("everybody says it of themselves")
        )
    if fields == {"expires"}:
        return _to_stay(q, facts, known)
    if known is None:
        return _to_invitation(q, facts, fields)
    return question.forbidden("an operator says who somebody is")


def _to_admission(
    q: Question[ProfileSet], facts: Facts, known: Person | None, said: dict[str, object]
) -> Objection | None:
    kind = known.kind if known is not None else q.body.user_kind
    if kind not in q.vouched or q.body.user_kind not in (None, kind):
        return question.forbidden(f"this zone does not vouch for {kind}")
    birth = facts.birth(q.body.user)
    if birth is not None and birth.zone != q.zone:
        return question.forbidden("who somebody is is said where they were admitted")
    if known is None and not _BORN.issubset(said):
        return question.invalid("whoever is admitted has a name, a kind and zones")
    if _TODAY & frozenset(said):
        return question.forbidden("everybody says it of themselves")
    return _to_kind(q, kind, said)


def _to_kind(q: Question[ProfileSet], kind: str, said: dict[str, object]) -> Objection | None:
    """Only staff has offices; only an account that is shared is shared; a zone names itself."""
    if kind not in ("staff", "shared") and any(said.get(name) for name in _OF_STAFF):
        return question.invalid(f"a {kind} has no title, section number or duty of the staff")
    if kind != "shared" and q.body.shared_by:
        return question.invalid("only a shared account is shared")
    zones = q.body.zones
    if zones is not None and VOUCHING not in q.vouched and not set(zones) <= {q.zone.value}:
        return Objection(Reason.FORBIDDEN, "this zone lets nobody into the other")
    return None


def _to_invitation(
    q: Question[ProfileSet], facts: Facts, fields: frozenset[str]
) -> Objection | None:
    body = q.body
    if body.user_kind != "guest" or "guest" not in q.vouched or not fields <= _OF_GUESTS:
        return question.forbidden("guests are invited in the internet zone")
    if not fields >= _BORN or list(body.zones or ()) != [q.zone.value] or body.sponsor != q.uid:
        return question.invalid(
            "a guest has a name, this zone, and whoever invites them as sponsor"
        )
    sponsor = facts.person(q.uid)
    if sponsor is not None and body.tenant != sponsor.tenant:
        return question.forbidden("a guest is of the municipality of their sponsor")
    return _to_sponsor(q, facts) or _to_expiry(q, body.expires or 0)


def _to_stay(q: Question[ProfileSet], facts: Facts, known: Person | None) -> Objection | None:
    """Its sponsor ends a stay at any time, and prolongs it while they have the duty."""
    if known is None or known.kind != "guest" or known.sponsor != q.uid:
        return UNSEEN
    expires = q.body.expires or 0
    if 0 < expires <= q.now:
        return None
    return _to_sponsor(q, facts) or _to_expiry(q, expires)


def _to_sponsor(q: Question[ProfileSet], facts: Facts) -> Objection | None:
    has_it = has_duty(facts.person(q.uid), SPONSOR)
    return None if has_it else question.forbidden(f"this takes the duty {SPONSOR}")


def _to_expiry(q: Question[ProfileSet], expires: int) -> Objection | None:
    """A stay ends within a year; what was decided on the other side may have ended meanwhile."""
    since, slack = (0, TOLERANCE_MS) if q.is_far else (q.now, 0)
    if not since < expires <= q.now + LONGEST_STAY_MS + slack:
        return question.invalid("a stay ends later than now, and within a year")
    return None


def to_unit(
    q: Question[TenantPut] | Question[OrgPut] | Question[TenantLink], _facts: Facts
) -> Objection | None:
    """An operator of the zone that vouches for staff."""
    is_right = q.is_operator and VOUCHING in q.vouched
    return None if is_right else question.forbidden("this zone does not vouch for staff")


def to_link(q: Question[TenantLink], facts: Facts) -> Objection | None:
    """An operator, in the name of the municipality that offers; the other one has its own."""
    body = q.body
    if objection := to_unit(q, facts):
        return objection
    if body.tenant != q.who.tenant:
        return question.forbidden("a municipality offers for itself")
    return question.invalid("oneself") if body.other == body.tenant else None
