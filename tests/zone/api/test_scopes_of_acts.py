"""Taking back and repeating what was refused takes what doing it took: another door, one lock."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sekisho_client import Problem
from tests.zone.api.conftest import People, Town
from tests.zone.api.settling import settle
from wire.bodies import Body, OrgPut, ProfileSet, RoomPurge, TenantLink, TenantPut
from wire.events import Author, Event
from wire.ids import mint_id
from wire.reasons import Reason
from wire.receipts import Verdict
from zone.api.http.frontend_scope import FrontendScope
from zone.api.http.scopes import scope_of_act

# Each does something that crosses; which scope it takes stands beside it.
Doing = Callable[[People], Awaitable[object]]


async def change_room(people: People) -> None:
    await people.hana.change_room(people.room, topic="部外秘")


async def remove_member(people: People) -> None:
    await people.hana.remove_member(people.room, people.town.ids["taro"])


async def invite(people: People) -> None:
    await people.hana.set_member(people.room, people.town.ids["jiro"])


async def decide(people: People) -> None:
    steps = [{"approvers": [people.town.ids["hana"]]}]
    asked = await people.taro.make_item(people.room, "approval", "伺い", steps=steps)
    await settle(people.town, Verdict.DELIVERED)
    await people.hana.decide(asked, "approve")


async def call(people: People) -> str:
    return await people.hana.make_broadcast("点呼", {}, require="read")


async def end_call(people: People) -> None:
    called = await call(people)
    await settle(people.town, Verdict.DELIVERED)
    await people.hana.remove_item(called)


async def post(people: People) -> None:
    await people.hana.post(people.room, "部外秘")


async def set_status(people: People) -> None:
    await people.hana.set_status("部外秘")


DOINGS: list[Any] = [
    (change_room, FrontendScope.ADMINISTER),
    (remove_member, FrontendScope.ADMINISTER),
    (invite, FrontendScope.ADMINISTER),
    (decide, FrontendScope.DECIDE),
    (call, FrontendScope.CALL),
    (end_call, FrontendScope.CALL),
    (post, FrontendScope.TALK),
    (set_status, FrontendScope.TALK),
]


SOMEBODY, TENANT = mint_id("us", now=1, entropy=bytes(10)), mint_id("tn", now=1, entropy=bytes(10))
ORG, FRONTEND = mint_id("og", now=1, entropy=bytes(10)), mint_id("fe", now=1, entropy=bytes(10))


@pytest.mark.parametrize(
    "body",
    [
        RoomPurge(1),
        TenantPut(TENANT, "本市"),
        TenantLink(TENANT, TENANT, []),
        OrgPut(ORG, TENANT, "総務部"),
        ProfileSet(ORG),  # somebody other than who says it
    ],
    ids=lambda body: type(body).__name__,
)
def test_what_operators_and_owners_do_takes_administering(body: Body) -> None:
    author = Author(SOMEBODY, TENANT, FRONTEND)
    event = Event(mint_id("ac", now=1, entropy=bytes(10)), 1, 1, None, author, body)
    assert scope_of_act(event) is FrontendScope.ADMINISTER


async def refused_act(people: People, doing: Doing) -> str:
    """Have hana do something that the relay then refuses, and return the act that it was."""
    here = people.town
    duties = {"duties": ["broadcast", "phone"]}
    await here.operate("PATCH", f"/v1/users/{here.ids['hana']}", duties)
    await settle(here, Verdict.DELIVERED)
    await doing(people)
    await settle(here, Verdict.REFUSED, Reason.UNCLEAN_TEXT)
    (found,) = await people.hana.acts("refused")
    return found.id


async def through(here: Town, *scopes: FrontendScope) -> Any:
    name = "-".join(scopes) + "-only"
    token = await here.frontend(name, scopes=sorted(scopes))
    return await here.client(here.ids["hana"], token)


@pytest.mark.parametrize(("doing", "scope"), DOINGS)
@pytest.mark.parametrize("way", ["withdraw_act", "resend_act"])
async def test_what_was_refused_is_mended_through_frontends_that_could_have_done_it(
    people: People, doing: Doing, scope: FrontendScope, way: str
) -> None:
    act, here = await refused_act(people, doing), people.town
    least = {FrontendScope.READ, FrontendScope.TALK}
    lacking = await through(here, *(set(FrontendScope) - {scope}))
    with pytest.raises(Problem) as caught:
        await getattr(lacking, way)(act)
    assert (caught.value.status, caught.value.detail) == (
        403,
        f"this frontend has no scope {scope}",
    )
    assert (await people.hana.act(act)).outcome == "open"
    assert await getattr(await through(here, *least, scope), way)(act)
    assert (await people.hana.act(act)).outcome in ("withdrawn", "resent")
