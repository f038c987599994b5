"""Simple approvals (簡易な決裁): asked in the field, decided at the desk, or by who stands in."""

import pytest

from sekisho_client import Client, Problem, states
from sekisho_client.events import ApprovalWaiting, EventBatch
from tests.stories.city import INTERNET, LGWAN, City


async def told(city: City, client: Client, cursor: str, item: str) -> ApprovalWaiting:
    """Return what somebody was told of an approval that waits for them."""

    def of_it(batch: EventBatch) -> list[ApprovalWaiting]:
        waiting = [e.data for e in batch.items if isinstance(e.data, ApprovalWaiting)]
        return [each for each in waiting if each.item == item]

    return of_it(await city.until(lambda: client.poll(cursor, wait=0), of_it))[0]


async def test_a_purchase_is_approved_by_the_chief_and_then_by_two_of_the_office(
    city: City,
) -> None:
    asker, chief, one, two = [
        await city.person(name) for name in ("佐藤 健", "山田 課長", "鈴木 一郎", "髙橋 望")
    ]
    in_field, at_desk = await city.client(asker, INTERNET), await city.client(chief, LGWAN)
    in_office, at_home = await city.client(one, LGWAN), await city.client(two, INTERNET)
    room = await city.room("決裁", at_desk, asker, one, two)
    cursors = {c: (await c.snapshot()).cursor for c in (at_desk, in_office, at_home)}
    approval = await in_field.make_item(
        room,
        "approval",
        "発電機の購入",
        text="12万円",
        steps=[{"approvers": [chief]}, {"approvers": [one, two], "quorum": 2}],
    )
    news = await told(city, at_desk, cursors[at_desk], approval)
    assert (news.title, news.by, news.step) == ("発電機の購入", asker, 0)
    with pytest.raises(Problem) as caught:
        await in_field.decide(approval, "approve")
    assert caught.value.code == "forbidden", "nobody approves their own request"

    await at_desk.decide(approval, "approve", text="至急です")
    assert (await told(city, in_office, cursors[in_office], approval)).step == 1
    assert (await told(city, at_home, cursors[at_home], approval)).step == 1
    await in_office.decide(approval, "approve", 1)
    await city.until(lambda: at_home.item(approval), lambda item: item.answers == 2)
    await at_home.decide(approval, "approve", 1)
    for client in (in_field, at_desk):
        await city.until(
            lambda client=client: client.item(approval),  # type: ignore[misc] # bound now
            lambda item: item.state_as(states.ApprovalState).status == "approved",
        )


async def test_who_is_on_leave_has_another_decide_on_the_other_network(city: City) -> None:
    asker, chief, deputy = [
        await city.person(name) for name in ("佐藤 健", "山田 課長", "鈴木 代理")
    ]
    at_desk, on_leave = await city.client(asker, LGWAN), await city.client(chief, INTERNET)
    stands_in = await city.client(deputy, LGWAN)
    room = await city.room("出張", at_desk, chief, deputy)
    cursor = (await stands_in.snapshot()).cursor
    approval = await at_desk.make_item(room, "approval", "出張", steps=[{"approvers": [chief]}])
    await city.until(lambda: on_leave.item(approval))
    await on_leave.answer_item(approval, "delegate", step=0, to=deputy, text="休暇中のため")
    await told(city, stands_in, cursor, approval)
    await stands_in.decide(approval, "deny", text="日程が重なっています")
    for client in (at_desk, on_leave):
        seen = await city.until(
            lambda client=client: client.item(approval),  # type: ignore[misc] # bound now
            lambda item: item.state_as(states.ApprovalState).status == "denied",
        )
        assert seen.state_as(states.ApprovalState).steps[0].denied_by == [deputy]
    given = await at_desk.answers(approval)
    words = {each.user: getattr(each.answer, "text", "") for each in given}
    assert words == {chief: "休暇中のため", deputy: "日程が重なっています"}
