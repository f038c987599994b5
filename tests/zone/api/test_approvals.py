"""簡易な決裁 over real sockets: who is told, who decides, and how it ends."""

from sekisho_client import Item, states
from sekisho_client.events import ApprovalWaiting
from tests.zone.api.conftest import People
from tests.zone.api.test_items import cursor, events_of
from tests.zone.api.test_messages import code_of

DAY = 86_400_000


async def everybody(people: People) -> tuple[str, str, str]:
    """Bring jiro in as well, and return the ids of hana, taro and jiro."""
    ids = people.town.ids
    await people.hana.set_member(people.room, ids["jiro"])
    return ids["hana"], ids["taro"], ids["jiro"]


def standing_of(view: Item) -> tuple[str, int | None]:
    state = view.state_as(states.ApprovalState)
    return state.status, state.step


async def test_an_approval_goes_from_step_to_step_and_tells_who_is_next(people: People) -> None:
    hana, taro, jiro = await everybody(people)
    at_taro, at_jiro = await cursor(people.taro), await cursor(people.jiro)
    steps = [{"approvers": [taro]}, {"approvers": [jiro]}]
    asked = await people.hana.make_item(people.room, "approval", "物品購入", steps=steps)
    told = [e for e in await events_of(people.taro, at_taro) if e.type == "approval.waiting"]
    assert [e.data for e in told] == [
        ApprovalWaiting(item=asked, room=people.room, title="物品購入", by=hana, step=0)
    ]
    assert await code_of(people.jiro.decide(asked, "approve", 1)) == "conflict"
    assert await code_of(people.jiro.decide(asked, "approve", 0)) == "forbidden"
    assert await code_of(people.hana.decide(asked, "approve", 0)) == "forbidden"
    view = await people.taro.decide(asked, "approve", text="承認します")
    assert standing_of(view) == ("open", 1)
    told = [e for e in await events_of(people.jiro, at_jiro) if e.type == "approval.waiting"]
    assert [e.data_as(ApprovalWaiting).step for e in told] == [1]
    assert await code_of(people.taro.decide(asked, "deny", 0)) == "conflict"
    view = await people.jiro.decide(asked, "approve", 1)
    assert standing_of(view) == ("approved", None)
    comments = {a.user: getattr(a.answer, "text", "") for a in await people.hana.answers(asked)}
    assert comments == {taro: "承認します", jiro: ""}
    assert "taro,,承認,承認します" in (await people.hana.export(asked, "csv")).decode("utf-8-sig")


async def test_only_whose_turn_it_has_become_is_told(people: People) -> None:
    _, taro, jiro = await everybody(people)
    shiro = await people.town.admit("shiro")
    await people.hana.set_member(people.room, shiro)
    clients = {taro: people.taro, jiro: people.jiro, shiro: await people.town.client(shiro)}
    since = await cursor(people.hana)

    async def told() -> list[int]:
        """Return how often each was told."""
        events = [await events_of(client, since) for client in clients.values()]
        return [sum(e.type == "approval.waiting" for e in each) for each in events]

    steps = [{"approvers": [taro, jiro], "quorum": 2}]
    asked = await people.hana.make_item(people.room, "approval", "契約", steps=steps)
    assert await told() == [1, 1, 0]
    await people.taro.answer_item(asked, "delegate", step=0, to=shiro)
    assert await told() == [1, 1, 1], "jiro knows already"
    await clients[shiro].decide(asked, "approve")
    assert await told() == [1, 1, 1], "the step is the same"


async def test_a_no_ends_it(people: People) -> None:
    _, taro, jiro = await everybody(people)
    steps = [{"approvers": [taro, jiro], "quorum": 2}]
    asked = await people.hana.make_item(people.room, "approval", "契約", steps=steps)
    await people.jiro.decide(asked, "approve")
    view = await people.taro.decide(asked, "deny", text="予算がありません")
    assert view.state_as(states.ApprovalState).status == "denied"
    assert await code_of(people.jiro.decide(asked, "approve")) == "conflict"


async def test_nobody_approves_what_he_asks_for(people: People) -> None:
    hana, taro, jiro = await everybody(people)
    for steps in (
        [{"approvers": [hana]}],
        [{"approvers": [taro, taro]}],
        [{"approvers": [taro], "quorum": 2}],
        [],
    ):
        made = people.hana.make_item(people.room, "approval", "x", steps=steps)
        assert await code_of(made) == "invalid"
    steps = [{"approvers": [taro]}]
    asked = await people.hana.make_item(people.room, "approval", "x", steps=steps)
    assert (
        await code_of(people.taro.answer_item(asked, "delegate", step=0, to=hana))
    ) == "forbidden"
    assert jiro != hana


async def test_who_is_away_has_somebody_decide_in_his_place(people: People) -> None:
    _, taro, jiro = await everybody(people)
    asked = await people.hana.make_item(
        people.room, "approval", "出張", steps=[{"approvers": [taro]}]
    )
    since = await cursor(people.jiro)
    view = await people.taro.answer_item(asked, "delegate", step=0, to=jiro, text="休暇中")
    assert view.state_as(states.ApprovalState).steps[0].waiting == [jiro]
    told = [e.type for e in await events_of(people.jiro, since)]
    assert "approval.waiting" in told
    back = people.jiro.answer_item(asked, "delegate", step=0, to=taro)
    assert await code_of(back) == "invalid"
    assert standing_of(await people.jiro.decide(asked, "approve")) == ("approved", None)


async def test_what_is_to_be_approved_stays_and_its_asker_may_cancel_it(people: People) -> None:
    _, taro, jiro = await everybody(people)
    steps = [{"approvers": [taro]}]
    asked = await people.hana.make_item(people.room, "approval", "十万円", text="椅子", steps=steps)
    assert await code_of(people.hana.change_item(asked, title="百万円")) == "invalid"
    more = people.hana.change_item(asked, steps=[{"approvers": [jiro]}])
    assert await code_of(more) == "invalid"
    assert await code_of(people.taro.change_item(asked, cancelled=True)) == "forbidden"
    view = await people.hana.change_item(asked, cancelled=True)
    assert view.state_as(states.ApprovalState).status == "cancelled"
    assert await code_of(people.taro.decide(asked, "approve")) == "conflict"


async def test_after_its_time_nobody_decides_any_more(people: People) -> None:
    _, taro, _ = await everybody(people)
    deadline = people.town.clock.now + DAY
    asked = await people.hana.make_item(
        people.room, "approval", "至急", steps=[{"approvers": [taro]}], deadline=deadline
    )
    people.town.clock.now = deadline
    assert await code_of(people.taro.decide(asked, "approve")) == "conflict"
    assert (await people.hana.item(asked)).state_as(states.ApprovalState).status == "expired"
