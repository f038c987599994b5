"""What the internet zone says of people, municipalities and sections: who may, and who in vain."""

from typing import Any, Final

from tests.zone.events import TENANT, an_id
from tests.zone.rights.case import NEW, Case
from tests.zone.rights.city import (
    CHIEF,
    CLINICS,
    DESK,
    ENDED,
    GUEST,
    HOME,
    HOUR_MS,
    NURSE,
    operator,
    person,
)
from wire.bodies import (
    OrgPut,
    ProfileSet,
    TenantLink,
    TenantPut,
)

_DAY_MS: Final = 24 * HOUR_MS
_GUEST: Any = {"name": "新人", "zones": ["internet"], "user_kind": "guest"}
_BORN: Any = _GUEST | {"sponsor": HOME, "tenant": TENANT}

FRIENDLY: Final[dict[type[Any], list[Case]]] = {
    ProfileSet: [
        Case(
            "an operator admits a guest", lambda c: c.far(operator(NEW), ProfileSet(NEW, **_GUEST))
        ),
        Case(
            "a sponsor invites one",
            lambda c: c.far(person(HOME), ProfileSet(NEW, **_BORN, expires=c.time.now + HOUR_MS)),
        ),
        Case("a sponsor ends a stay", lambda c: c.far(person(HOME), ProfileSet(GUEST, expires=1))),
        Case(
            "somebody says where they are",
            lambda c: c.far(
                person(HOME), ProfileSet(HOME, status="在宅", status_emoji="", status_until=0)
            ),
        ),
    ],
    # LGWAN's alone: `test_municipalities` and `test_both_sides` have their friends.
    TenantPut: [],
    TenantLink: [],
    OrgPut: [],
}

HOSTILE: Final[dict[type[Any], list[Case]]] = {
    ProfileSet: [
        Case(
            "the chief, otherwise called",
            lambda c: c.far(operator(), ProfileSet(CHIEF, name="前課長")),
            ("user", "name"),
        ),
        Case(
            "the chief, let in",
            lambda c: c.far(operator(), ProfileSet(CHIEF, zones=["internet"])),
            ("zones",),
        ),
        Case(
            "a new guest of both zones",
            lambda c: c.far(
                operator(NEW), ProfileSet(NEW, **_GUEST | {"zones": ["internet", "lgwan"]})
            ),
            ("zones",),
        ),
        Case(
            "a new member of staff",
            lambda c: c.far(operator(NEW), ProfileSet(NEW, **_GUEST | {"user_kind": "staff"})),
            ("user_kind",),
        ),
        Case(
            "a guest who becomes staff",
            lambda c: c.far(operator(), ProfileSet(GUEST, user_kind="staff")),
            ("user_kind",),
        ),
        *(
            Case(
                f"a new guest with {field}",
                lambda c, field=field, value=value: c.far(  # type: ignore[misc]
                    operator(NEW), ProfileSet(NEW, **_GUEST, **{field: value})
                ),
                (field,),
            )
            for field, value in {
                "title": "市長",
                "orgs": [an_id("og", 96)],
                "duties": ["broadcast"],
                "staff_number": "1",
                "shared_by": [HOME],
            }.items()
        ),
        *(
            Case(
                f"one's own {field}",
                lambda c, field=field, value=value: c.far(  # type: ignore[misc]
                    person(GUEST), ProfileSet(GUEST, **{field: value})
                ),
                (field,),
            )
            for field, value in {
                "name": "市長",
                "kana": "x",
                "section": "秘書課",
                "tenant": TENANT,
                "telephone": "1",
                "sponsor": CHIEF,
                "expires": 0,
            }.items()
        ),
        *(
            Case(
                f"somebody else's {field}",
                lambda c, field=field, value=value: c.far(  # type: ignore[misc]
                    person(GUEST), ProfileSet(HOME, **{field: value})
                ),
                (field,),
            )
            for field, value in {"status": "x", "status_emoji": "x", "status_until": 5}.items()
        ),
        Case(
            "a stay beyond a year",
            lambda c: c.far(person(HOME), ProfileSet(GUEST, expires=c.time.now + 400 * _DAY_MS)),
            ("expires",),
        ),
        Case(
            "a stay without end",
            lambda c: c.far(person(HOME), ProfileSet(GUEST, expires=0)),
            ("expires",),
        ),
        Case(
            "a guest of who has no duty",
            lambda c: c.far(
                person(DESK, HOME),
                ProfileSet(NEW, **_BORN | {"sponsor": DESK}, expires=c.time.now + 5),
            ),
            ("sponsor",),
        ),
        Case(
            "a guest of somebody else",
            lambda c: c.far(
                person(HOME),
                ProfileSet(NEW, **_BORN | {"sponsor": CHIEF}, expires=c.time.now + 5),
            ),
            ("sponsor",),
        ),
        Case(
            "a guest of the other municipality",
            lambda c: c.far(
                person(HOME),
                ProfileSet(NEW, **_BORN | {"tenant": CLINICS}, expires=c.time.now + HOUR_MS),
            ),
            ("tenant",),
        ),
        Case(
            "a guest of no municipality",
            lambda c: c.far(
                person(HOME),
                ProfileSet(NEW, **_GUEST, sponsor=HOME, expires=c.time.now + HOUR_MS),
            ),
            ("tenant",),
        ),
        Case(
            "a section",
            lambda c: c.far(operator(), ProfileSet(an_id("og", 96), **_GUEST)),
            ("user",),
        ),
        Case("in a room", lambda c: c.far(operator(NEW), ProfileSet(NEW, **_GUEST), c.room)),
        Case(
            "who comes back by themselves",
            lambda c: c.far(
                person(ENDED),
                ProfileSet(ENDED, expires=c.time.now + HOUR_MS, status="x"),
                at=c.time.now - 2 * HOUR_MS,
            ),
        ),
    ],
    TenantPut: [
        Case(
            "an operator",
            lambda c: c.far(operator(), TenantPut(TENANT, "偽の市")),
            ("tenant", "name"),
        ),
        Case(
            "an operator, of a new one",
            lambda c: c.far(operator(), TenantPut(an_id("tn", 800), "偽の市", "x", "131016")),
            ("kana", "code"),
        ),
        Case("a person", lambda c: c.far(person(HOME), TenantPut(TENANT, code="1")), ("code",)),
        Case("a person who is renamed so", lambda c: c.far(operator(), TenantPut(CHIEF, "x"))),
    ],
    TenantLink: [
        Case(
            "an operator there, for the city",
            lambda c: c.far(operator(), TenantLink(TENANT, CLINICS, ["directory"])),
            ("tenant", "offers"),
        ),
        Case(
            "an operator there, for the clinics",
            lambda c: c.far(operator(tenant=CLINICS), TenantLink(CLINICS, TENANT, ["calls"])),
            ("other",),
        ),
        Case(
            "an operator, in the name of the other one",
            lambda c: c.far(operator(), TenantLink(CLINICS, TENANT, ["direct"])),
            ("tenant",),
        ),
        Case(
            "somebody of the clinics",
            lambda c: c.far(person(NURSE, tenant=CLINICS), TenantLink(CLINICS, TENANT, ["calls"])),
        ),
        Case(
            "a person who is linked so",
            lambda c: c.far(operator(), TenantLink(TENANT, NURSE, ["directory"])),
            ("other",),
        ),
        Case(
            "what was agreed, taken back",
            lambda c: c.agree("calls").far(operator(), TenantLink(TENANT, CLINICS, [])),
            ("offers",),
        ),
        Case(
            "in a room",
            lambda c: c.far(operator(), TenantLink(TENANT, CLINICS, ["calls"]), c.room),
        ),
    ],
    OrgPut: [
        Case(
            "an operator",
            lambda c: c.far(operator(), OrgPut(an_id("og", 96), TENANT, "偽の課")),
            ("org", "tenant", "name"),
        ),
        Case(
            "an operator, otherwise",
            lambda c: c.far(
                operator(), OrgPut(an_id("og", 800), parent="", rank=1, telephone="1", closed=True)
            ),
            ("parent", "rank", "telephone", "closed"),
        ),
        Case("a person", lambda c: c.far(person(HOME), OrgPut(an_id("og", 96), closed=True))),
        Case("a person who is renamed so", lambda c: c.far(operator(), OrgPut(CHIEF, name="x"))),
    ],
}
