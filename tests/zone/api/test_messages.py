"""What is said over the socket is stored, told, and answered with what it is."""

import json
from dataclasses import replace

import pytest

from sekisho_client import Client, Problem
from sekisho_client.messages import NewMessage, Reader
from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import People
from wire.ids import mint_id

ABSENT = mint_id("ms", now=5, entropy=bytes(10))


async def code_of(call: object) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(Problem) as caught:
        await call  # type: ignore[misc] # any awaitable of the client's
    return caught.value.code


async def test_what_is_said_in_a_shared_room_is_there_and_on_its_way(people: People) -> None:
    posted = await people.hana.post(people.room, "葛󠄀城市の訓練を始めます")
    message = await people.taro.message(posted.id)
    assert message.text == "葛󠄀城市の訓練を始めます"
    assert (message.stamp, message.at) == (posted.stamp, posted.at)
    assert posted.delivery == message.delivery == "queued"


async def test_what_is_said_in_a_room_of_this_zone_stays_here(people: People) -> None:
    room = await people.hana.create_room("内部", scope="lgwan-only")
    posted = await people.hana.post(room, "内緒")
    assert posted.delivery == "local"
    count = await people.town.store.read(
        lambda db: db.execute("SELECT count(*) FROM delivery WHERE room = ?", (room,)).fetchone()
    )
    assert count == (0,)


async def test_only_its_author_rewrites_a_message(people: People) -> None:
    posted = await people.taro.post(people.room, "めいさい")
    edited = await people.taro.edit(posted.id, "明細")
    assert (edited.text, edited.edited) == ("明細", True)
    assert await code_of(people.hana.edit(posted.id, "x")) == "forbidden"
    assert await code_of(people.jiro.edit(posted.id, "x")) == "not-found"


async def test_a_message_is_taken_back_by_its_author_or_a_moderator(people: People) -> None:
    of_taro = await people.taro.post(people.room, "一")
    of_hana = await people.hana.post(people.room, "二")
    assert await code_of(people.taro.withdraw(of_hana.id)) == "forbidden"
    gone = await people.hana.withdraw(of_taro.id, "誤送信")
    assert gone.text is None
    assert gone.withdrawn is not None
    assert gone.withdrawn.reason == "誤送信"
    again = await people.hana.withdraw(of_taro.id, "もう一度")
    assert again.withdrawn == gone.withdrawn
    assert await code_of(people.taro.edit(of_taro.id, "x")) == "conflict"


async def test_a_stamp_is_put_on_once_and_taken_off(people: People) -> None:
    message = (await people.hana.post(people.room, "了解?")).id
    taro = people.town.ids["taro"]
    for stamp in ("👍", "stamp:了解", "a/b"):
        await people.taro.react(message, stamp)
        await people.taro.react(message, stamp)
        assert (await people.hana.message(message)).reactions[stamp] == [taro]
        await people.taro.react(message, stamp, on=False)
        assert stamp not in (await people.hana.message(message)).reactions
    assert await code_of(people.taro.react(message, "x" * 65)) == "invalid"
    assert await code_of(people.taro.react(message, "a\nb")) == "invalid"


async def test_reading_goes_only_forwards_and_says_who_has_not_read(people: People) -> None:
    first, second = [(await people.hana.post(people.room, t)).id for t in ("一", "二")]
    taro = people.town.ids["taro"]
    assert await people.hana.readers(second, "unread") == [Reader(user=taro, name="taro")]
    forwards = await people.taro.read(people.room, second)
    assert await people.taro.read(people.room, first) == forwards
    assert [r.user for r in await people.hana.readers(first, "read")] == [taro]
    assert await people.hana.readers(second, "unread") == []


async def test_a_reply_stays_in_its_room(people: People) -> None:
    message = (await people.hana.post(people.room, "一")).id
    reply = await people.taro.post(people.room, "二", reply_to=message)
    assert (await people.hana.message(reply.id)).reply_to == message
    other = await people.hana.create_room("別室")
    assert await code_of(people.hana.post(other, "三", reply_to=message)) == "not-found"
    assert await code_of(people.hana.post(other, "三", reply_to=ABSENT)) == "not-found"


async def test_a_timeline_is_walked_both_ways_without_gap_or_double(people: People) -> None:
    said = [(await people.hana.post(people.room, str(i))).id for i in range(25)]
    for first in ({"limit": 10}, {"limit": 10, "before": said[24]}):
        walked: list[str] = []
        page = await people.taro.messages(people.room, **first)
        while True:
            walked = [m.id for m in page.items] + walked
            if page.next is None:
                break
            page = await people.taro.messages(people.room, limit=10, next=page.next)
        assert walked == said[: 25 if "before" not in first else 24]
    walked, page = [], await people.taro.messages(people.room, limit=4, after=said[3])
    while page.items:
        walked += [m.id for m in page.items]
        if page.next is None:
            break
        page = await people.taro.messages(people.room, limit=4, next=page.next)
    assert walked == said[4:]
    around = await people.taro.messages(people.room, limit=5, around=said[10])
    assert [m.id for m in around.items] == said[8:13]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "next=zzz", "frm=1", f"before={ABSENT}&after={ABSENT}"],
)
async def test_a_query_that_is_not_of_its_form_is_invalid(people: People, query: str) -> None:
    here = people.town
    path = f"/v1/rooms/{people.room}/messages?{query}"
    answer = await ask(here.api, "GET", path, signed_in(here.token, here.ids["hana"]))
    assert (answer.status, answer.json["code"]) == (422, "invalid")


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        (b'{"text":1}', 422, "/text"),
        (b'{"text":"x","colour":"red"}', 422, ""),
        (b'{"text":"x","files":["short"]}', 422, "/files/0"),
        (b'{"text":"' + b"x" * 8001 + b'"}', 422, "/text"),
        (b'{"text":""}', 422, None),
        (b'{"text":"a\\u0000b"}', 422, None),
        (b'{"text":"x"', 400, None),
        (b"", 400, None),
        (b'{"text":"\xff"}', 400, None),
        (b'{"text":"\\ud800"}', 400, None),
        (b'{"files":[' + b"[" * 100_000, 422, "/files/0"),
        (b"[" * 100_000, 422, ""),
        (b'{"text":"' + b"x" * 2_000_000 + b'"}', 413, None),
    ],
)
async def test_a_body_that_is_not_of_its_form_is_refused_with_its_place(
    people: People, body: bytes, status: int, pointer: str | None
) -> None:
    here = people.town
    path = f"/v1/rooms/{people.room}/messages"
    answer = await ask(here.api, "POST", path, signed_in(here.token, here.ids["hana"]), body)
    assert (answer.status, answer.json["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [e["pointer"] for e in answer.json.get("errors", [])] == (
        [] if pointer is None else [pointer]
    )
    assert (await people.hana.messages(people.room)).items == []


async def test_a_backslash_that_somebody_typed_is_no_nul(people: People) -> None:
    posted = await people.hana.post(people.room, "C:\\u0000dir")
    assert (await people.hana.message(posted.id)).text == "C:\\u0000dir"


def batch(room: str, *texts: str) -> list[NewMessage]:
    return [NewMessage(room=room, text=text, client_key=f"k{i}") for i, text in enumerate(texts)]


async def test_each_message_of_a_batch_succeeds_or_fails_by_itself(people: People) -> None:
    elsewhere = await people.jiro.create_room("別")
    messages = batch(people.room, "一", "", "三") + batch(elsewhere, "四")
    outcomes = await people.hana.post_batch(messages)
    assert [o.code for o in outcomes] == [None, "invalid", None, "not-found"]
    assert [o.client_key for o in outcomes] == ["k0", "k1", "k2", "k0"]
    said = (await people.taro.messages(people.room)).items
    assert [m.id for m in said] == [outcomes[0].id, outcomes[2].id]
    assert [m.text for m in said] == ["一", "三"]


async def test_one_file_is_posted_in_one_message_even_within_a_batch(people: People) -> None:
    file = (await people.hana.upload("a.txt", b"a")).id
    messages = [replace(each, files=[file]) for each in batch(people.room, "一", "二")]
    outcomes = await people.hana.post_batch(messages)
    assert [o.code for o in outcomes] == [None, "not-found"]


async def test_a_batch_is_not_endless(people: People) -> None:
    assert len(await people.hana.post_batch(batch(people.room, *map(str, range(256))))) == 256
    too_many = people.hana.post_batch(batch(people.room, *map(str, range(257))))
    assert await code_of(too_many) == "invalid"


async def test_nothing_more_leaves_while_the_lane_is_halted(people: People) -> None:
    """Speaking is refused for now and nothing is stored; a room of this zone goes on."""
    own = await people.hana.create_room("内部", scope="lgwan-only")
    await people.town.store.write(
        lambda w: w.db.execute("UPDATE chain SET halted = 'fork' WHERE lane = 'export'")
    )
    here = people.town
    headers = signed_in(here.token, here.ids["hana"])
    path = f"/v1/rooms/{people.room}/messages"
    answer = await ask(here.api, "POST", path, headers, json.dumps({"text": "x"}).encode())
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "1"
    assert (await people.hana.messages(people.room)).items == []
    outcomes = await people.hana.post_batch(batch(people.room, "x") + batch(own, "y"))
    assert [o.code for o in outcomes] == ["unavailable", None]
    assert [m.text for m in (await people.hana.messages(own)).items] == ["y"]


async def test_readers_of_a_room_say_nothing(people: People) -> None:
    await people.hana.set_member(people.room, people.town.ids["jiro"], "reader")
    message = (await people.hana.post(people.room, "一")).id
    assert (await people.jiro.message(message)).text == "一"
    for call in (people.jiro.post(people.room, "x"), people.jiro.react(message, "x")):
        assert await code_of(call) == "forbidden"
    assert isinstance(people.jiro, Client)
    await people.jiro.read(people.room, message)
