"""Webhooks: signed, in order, tried again, given up in the open, and never to another host."""

import asyncio
import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from sekisho_client.deliveries import WINDOW_S, is_genuine
from tests.zone.api.conftest import People, peopled
from tests.zone.webhooks.conftest import at_work, register
from tests.zone.webhooks.receiver import receiving
from wire.reasons import Reason, Refused
from zone.store import event_log
from zone.webhooks import hooks
from zone.webhooks.delivering import LONGEST_PAUSE_MS, pause_ms


async def dead(people: People, hook: str) -> list[dict[str, Any]]:
    return list((await people.town.operate("GET", f"/v1/webhooks/{hook}/dead"))[1]["items"])


async def pass_by(people: People, seconds: float) -> None:
    """Let time pass, and have the webhooks see it."""
    people.town.clock.now += int(1000 * seconds)
    people.town.store.has_new_webhooks.set()
    await asyncio.sleep(0)


async def until_kept(people: People) -> None:
    async with asyncio.timeout(30):
        while (await people.town.store.read(hooks.counts))["retried"] != 1:  # noqa: ASYNC110 - it is the store that we look at
            await asyncio.sleep(0.01)


async def until_dead(people: People, hook: str, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(30):
        while len(found := await dead(people, hook)) < count:
            await pass_by(people, 600)
            await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize("is_unix", [True, False])
async def test_a_receiver_knows_who_calls_and_when(
    people: People, tmp_path: Path, is_unix: bool
) -> None:
    async with receiving(tmp_path / "hook.sock" if is_unix else None) as receiver:
        made = await register(people, receiver)
        await people.hana.post(people.room, "訓練")
        (came,) = await receiver.got(1)
        now = people.town.clock.now / 1000
        assert came.json["data"]["text"] == "訓練"
        assert (came.json["webhook"], came.json["type"]) == (made["id"], "message.created")
        assert is_genuine(made["secret"], came.headers, came.body, now_s=now)
        assert not is_genuine(made["secret"], came.headers, came.body + b" ", now_s=now)
        assert not is_genuine("whsec_other", came.headers, came.body, now_s=now)
        for late in (-WINDOW_S - 60, WINDOW_S + 60):
            assert not is_genuine(made["secret"], came.headers, came.body, now_s=now + late)
        works = hmac.new(made["secret"].encode(), came.body, hashlib.sha256).digest()
        assert came.headers["X-WORKS-Signature"] == base64.b64encode(works).decode()


async def test_the_secret_is_shown_once(people: People) -> None:
    async with receiving() as receiver:
        made = await register(people, receiver)
    _, listed = await people.town.operate("GET", "/v1/webhooks")
    assert [one["id"] for one in listed["items"]] == [made["id"]]
    assert made["secret"] not in str(listed)


async def test_a_webhook_sees_what_its_user_sees_of_what_it_asked_for(people: People) -> None:
    async with receiving() as receiver:
        await register(people, receiver)
        own = await people.hana.create_room("別")
        await people.hana.post(own, "内緒")
        posted = await people.hana.post(people.room, "一")
        await people.hana.react(posted.id, "ok")
        await people.hana.post(people.room, "二")
        await receiver.got(2)
        assert receiver.texts() == ["一", "二"]


async def test_what_is_not_taken_waits_in_its_order_and_comes_again(people: People) -> None:
    async with receiving() as receiver:
        receiver.status = 503
        hook = (await register(people, receiver))["id"]
        for text in "一二三":
            await people.hana.post(people.room, text)
        await receiver.got(1)
        await until_kept(people)
        receiver.status = 204
        await pass_by(people, 5)
        first, again, *_ = await receiver.got(4)
        assert receiver.texts() == ["一", "一", "二", "三"]
        assert first.headers["Sekisho-Delivery"] == again.headers["Sekisho-Delivery"]
        assert first.headers["Sekisho-Timestamp"] != again.headers["Sekisho-Timestamp"]
        assert await dead(people, hook) == []


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_after_so_many_tries_it_is_given_up_and_can_be_tried_again(
    people: People, status: int
) -> None:
    async with receiving() as receiver:
        receiver.status = status
        hook = (await register(people, receiver, tries=3))["id"]
        await people.hana.post(people.room, "一")
        (letter,) = await until_dead(people, hook, 1)
        assert (letter["tries"], letter["trouble"]) == (3, f"status {status}")
        assert receiver.texts() == ["一"] * 3
        assert (await people.town.store.read(hooks.counts))["dead"] == 1
        receiver.status = 200
        answer = await people.town.operate("POST", f"/v1/webhooks/{hook}/requeue")
        assert answer == (200, {"count": 1})
        await receiver.got(4)
        await people.hana.post(people.room, "二")
        await receiver.got(5)
        assert receiver.texts() == ["一"] * 4 + ["二"]


async def test_what_is_too_old_is_tried_once(people: People) -> None:
    async with receiving() as receiver:
        pass  # there is nobody at this address any more
    hook = (await register(people, receiver, hours=1))["id"]
    for text in "一二":
        await people.hana.post(people.room, text)
    people.town.clock.now += 2 * 3_600_000
    letters = await until_dead(people, hook, 2)
    assert letters[1]["tries"] == 1
    assert letters[0]["trouble"] == "ClientConnectorError"


async def test_a_receiver_that_never_answers_holds_up_nobody(people: People) -> None:
    async with receiving() as silent, receiving() as other:
        silent.hold.clear()
        await register(people, silent, name="silent")
        await register(people, other, name="other")
        for text in "一二":
            await people.hana.post(people.room, text)
        await silent.got(1)
        await other.got(2)
        assert other.texts() == ["一", "二"]


@pytest.mark.parametrize("keep", [0, 1])
async def test_what_the_log_has_forgotten_is_told_as_a_gap(tmp_path: Path, keep: int) -> None:
    async with peopled(tmp_path / "n") as people, receiving() as receiver:
        people.town.ids["guide"] = people.town.ids["taro"]
        hook = (await register(people, receiver))["id"]
        for text in "一二三":
            await people.hana.post(people.room, text)
        await people.town.store.write(lambda w: event_log.cut(w.db, keep=keep, limit=1000))
        async with at_work(people):
            (letter,) = await until_dead(people, hook, 1)
            await people.hana.post(people.room, "四")
            await receiver.got(keep + 1)
        assert (letter["type"], letter["trouble"]) == ("log.gap", "the log was cut")
        assert receiver.texts() == ["三", "四"][1 - keep :]
        # What is lost cannot be tried again.
        answer = await people.town.operate("POST", f"/v1/webhooks/{hook}/requeue")
        assert answer == (200, {"count": 0})


async def test_a_webhook_that_is_removed_is_called_no_more(people: People) -> None:
    async with receiving() as receiver:
        hook = (await register(people, receiver))["id"]
        await people.hana.post(people.room, "一")
        await receiver.got(1)
        assert (await people.town.operate("DELETE", f"/v1/webhooks/{hook}"))[0] == 204
        assert (await people.town.operate("DELETE", f"/v1/webhooks/{hook}"))[0] == 404
        other = await register(people, receiver, name="次")
        await people.hana.post(people.room, "二")
        await receiver.got(2)
        assert [one.json["webhook"] for one in receiver.came] == [hook, other["id"]]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:1/",
        "http://localhost:1/",
        "http://10.0.0.1:1/",
        "http://127.0.0.1/",
        "http://127.0.0.1:80@example.jp/",
        "http://[::2]:1/",
        "unix:relative.sock",
        "file:///etc/x",
        "http://127.0.0.1.example.jp:80/",
        "unix:/" + "x" * 107,
        "http://127.0.0.1:1/\r\nX: y",
        "http://127.0.0.300:1/",
        "http://127.1.1:1/",
        "http://127.0.0.1:65536/",
    ],
)
def test_no_other_host_is_ever_called(url: str) -> None:
    with pytest.raises(Refused) as caught:
        hooks.demand_local(url)
    assert caught.value.reason is Reason.INVALID


async def test_a_bot_of_line_works_knows_its_callbacks(people: People) -> None:
    async with receiving() as receiver:
        made = await register(people, receiver, form="line-works", events=[])
        posted = await people.hana.post(people.room, "こんにちは")
        (came,) = await receiver.got(1)
        assert came.json["type"] == "message"
        assert came.json["content"] == {"type": "text", "text": "こんにちは"}
        assert came.json["source"] == {
            "userId": people.town.ids["hana"],
            "channelId": people.room,
        }
        assert came.json["issuedTime"].endswith(f".{posted.at % 1000:03d}Z")
        assert came.headers["X-WORKS-BotId"] == made["id"]


def test_pauses_grow_and_are_never_all_alike() -> None:
    for dice, share in ((lambda _: 0, 0.5), (lambda n: n - 1, 1.0)):
        pauses = [pause_ms(tries, 1000, dice) for tries in range(1, 40)]
        assert pauses[:3] == [1000 * share, 2000 * share, 4000 * share]
        assert pauses[-1] == LONGEST_PAUSE_MS * share


async def test_what_waits_is_not_sent_once_its_user_may_not_see_it(people: People) -> None:
    """Case 20: a letter that is tried again is asked for again, and given up with the reason."""
    async with receiving() as receiver:
        receiver.status = 500
        made = await register(people, receiver)
        await people.hana.post(people.room, "秘密")
        await until_kept(people)
        tried = len(receiver.came)
        receiver.status = 200
        await people.hana.remove_member(people.room, people.town.ids["guide"])
        (letter,) = await until_dead(people, made["id"], 1)
        assert letter["trouble"] == "right-ended"
        assert len(receiver.came) == tried
        await people.town.operate("POST", f"/v1/webhooks/{made['id']}/requeue")
        (letter,) = await until_dead(people, made["id"], 1)
        assert len(receiver.came) == tried
        await people.hana.set_member(people.room, people.town.ids["guide"])
        await people.town.operate("POST", f"/v1/webhooks/{made['id']}/requeue")
        await receiver.got(tried + 1)
