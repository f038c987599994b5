"""What operators said themselves: listed with its standing, taken back, and sent again."""

from typing import Any

import pytest

from tests.zone.api.conftest import TENANT, People
from wire.lane import Lane
from wire.reasons import Reason
from wire.receipts import LaneStatus, Verdict
from zone.link.receipts import apply_all

UNTIL = 1_800_604_800_000


async def judged(people: People, act: str, verdict: Verdict, **more: Any) -> None:
    """Have the relay give its verdict on an act."""
    store = people.town.store
    row = await store.read(
        lambda db: (
            db.execute("SELECT seq FROM delivery WHERE event = ?", (act,)).fetchone()
            + db.execute("SELECT tick FROM chain WHERE lane = 'export'").fetchone()
        )
    )
    place = (Lane.EXPORT, 1, row[0], "00" * 32, row[1] + 1)
    told = LaneStatus(*place, verdict=verdict, first=row[0], last=row[0], **more)
    await store.write(lambda w: apply_all(w, [told]))


async def refused(people: People, act: str) -> None:
    await judged(people, act, Verdict.REFUSED, reason=Reason.UNCLEAN_TEXT, rule="words-shinjo")


async def listed(people: People, query: str = "") -> list[dict[str, Any]]:
    status, answer = await people.town.operate("GET", f"/v1/acts{query}")
    assert status == 200, answer
    return list(answer["items"])


async def made(people: People, path: str, form: dict[str, Any]) -> tuple[str, str]:
    """Have an operator make something and return it and the act that it was."""
    status, answer = await people.town.operate("POST", path, form)
    assert status == 201, answer
    return answer["id"], answer["change"]["act"]


async def test_what_an_operator_did_is_listed_with_its_standing(people: People) -> None:
    assert await listed(people) == []
    user, user_act = await made(
        people, "/v1/users", {"name": "部外秘", "user_kind": "staff", "zones": ["lgwan"]}
    )
    org, org_act = await made(people, "/v1/orgs", {"name": "秘書課"})
    hold: Any = {"reason": Reason.HELD_BY_RULE, "rule": "words-shinjo", "until": UNTIL}
    await judged(people, user_act, Verdict.HELD, **hold, desk="security")
    await refused(people, org_act)
    latest, first = await listed(people)
    assert (latest["id"], latest["about"], latest["kind"]) == (org_act, org, "org.put")
    assert (latest["delivery"], latest["reason"], latest["rule"]) == (
        "refused",
        "unclean-text",
        "words-shinjo",
    )
    assert (first["id"], first["about"], first["delivery"]) == (user_act, user, "held")
    assert (first["hold"]["until"], first["hold"]["desk"]) == (UNTIL, "security")
    assert [each["id"] for each in await listed(people, "?standing=held")] == [user_act]
    assert [each["id"] for each in await listed(people, "?standing=refused")] == [org_act]
    assert len(await listed(people, "?limit=1")) == 1
    status, one = await people.town.operate("GET", f"/v1/acts/{user_act}")
    assert (status, one) == (200, first)


async def test_what_an_operator_did_and_was_refused_is_sent_again_or_taken_back(
    people: People,
) -> None:
    org, act = await made(people, "/v1/orgs", {"name": "部外秘課"})
    await refused(people, act)
    status, again = await people.town.operate("POST", f"/v1/acts/{act}/resend", {"name": "秘書課"})
    assert (status, again["delivery"], again["about"]) == (202, "queued", org)
    _, orgs = await people.town.operate("GET", "/v1/orgs")
    assert [each["name"] for each in orgs["items"]] == ["秘書課"]
    assert await listed(people) == []
    _, before = await people.town.operate("GET", f"/v1/acts/{act}")
    assert (before["outcome"], before["resent_as"]) == ("resent", again["id"])

    await refused(people, again["id"])
    path = f"/v1/acts/{again['id']}/withdraw"
    status, taken = await people.town.operate("POST", path)
    assert (status, taken["outcome"]) == (200, "withdrawn")
    _, orgs = await people.town.operate("GET", "/v1/orgs")
    assert orgs["items"] == []


async def test_a_link_that_was_refused_is_sent_again_by_the_municipality_that_offers(
    people: People,
) -> None:
    await made(people, "/v1/tenants", {"name": "青葉市", "id": TENANT})
    other, _ = await made(people, "/v1/tenants", {"name": "三条市"})
    path = f"/v1/tenants/{TENANT}/links/{other}"
    status, _ = await people.town.operate("PUT", path, {"offers": ["directory"]})
    assert status == 200
    (act,) = await people.town.store.read(
        lambda db: db.execute("SELECT event FROM delivery ORDER BY seq DESC LIMIT 1").fetchone()
    )
    await refused(people, act)
    (found,) = await listed(people)
    assert (found["id"], found["kind"]) == (act, "tenant.link")
    status, again = await people.town.operate("POST", f"/v1/acts/{act}/resend")
    assert (status, again["delivery"]) == (202, "queued")


async def test_what_people_did_is_not_for_the_operators_desk(people: People) -> None:
    await people.hana.change_room(people.room, topic="部外秘")
    act = (await people.hana.room(people.room)).change
    assert act is not None
    await refused(people, act.act)
    assert await listed(people) == []
    for method, rest in (("GET", ""), ("POST", "/withdraw"), ("POST", "/resend")):
        status, answer = await people.town.operate(method, f"/v1/acts/{act.act}{rest}")
        assert (status, answer["code"]) == (404, "not-found")


@pytest.mark.parametrize("query", ["?standing=lost", "?limit=0", "?next=x"])
async def test_what_is_asked_wrongly_is_refused(people: People, query: str) -> None:
    status, answer = await people.town.operate("GET", f"/v1/acts{query}")
    assert (status, answer["code"]) == (422, "invalid")
