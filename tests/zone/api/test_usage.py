"""The usage figures over the operator's socket."""

import csv
import io

import aiohttp

from tests.zone.api.conftest import TENANT, People
from wire.answers import Reply
from wire.bodies import AnswerSet, Body, ItemPut, MessagePost, RoomPurge
from wire.events import Author, Event
from wire.ids import mint_id
from wire.items import Audience, Broadcast
from zone.copy.activity import month_of
from zone.store.writing import Writing

BROADCAST = mint_id("bc", now=1, entropy=bytes(10))


async def test_what_is_done_in_either_zone_is_counted_once(people: People) -> None:
    here = people.town
    for name in ("s1", "s2", "s3"):
        await here.admit(name)
    await people.hana.post(people.room, "一")
    await people.taro.read(people.room, (await people.hana.post(people.room, "二")).id)
    author = Author(here.ids["jiro"], TENANT, "fe_" + "0" * 26)
    await here.store.write(lambda w: _from_afar(w, author, people.room))
    month = month_of(here.clock.now)
    status, found = await here.operate("GET", "/v1/usage")
    assert status == 200
    assert (len(found["months"]), found["months"][-1]) == (12, month)
    tenant = found["tenant"]
    now = tenant["months"][-1]
    assert (now["staff"], now["talks"]) == (6, 3)
    assert (now["broadcasts"], now["addressees"], now["heard"]) == (1, 6, 1)
    assert "hana" not in str(found)
    # What is deleted has been said.
    purge = RoomPurge(here.clock.now + 1000)
    await here.store.write(lambda w: w.act(author, purge, room=people.room, crosses=True))
    _, again = await here.operate("GET", f"/v1/usage?from={month}&to={month}")
    assert again["tenant"]["months"][0]["talks"] == 3


def _from_afar(writing: Writing, author: Author, room: str) -> None:
    done: list[tuple[Body, str, str | None]] = [
        (MessagePost("外から"), mint_id("ms", now=2, entropy=bytes(10)), room),
        (ItemPut(Broadcast(title="x", audience=Audience(), require="ack")), BROADCAST, None),
        (AnswerSet(BROADCAST, Reply()), mint_id("ac", now=3, entropy=bytes(10)), None),
    ]
    for n, (body, name, where) in enumerate(done):
        writing.receive(Event(name, 100 + n, writing.now, where, author, body))


async def test_the_figures_are_a_table_for_excel(people: People) -> None:
    path = people.town.folder / "run" / "admin.sock"
    query = "/v1/usage?from=2026-11&to=2026-12&format=csv&charset=shift_jis"
    connector = aiohttp.UnixConnector(path=str(path))
    async with (
        aiohttp.ClientSession("http://localhost", connector=connector) as session,
        session.get(query) as response,
    ):
        assert response.headers["Content-Type"] == "text/csv; charset=Shift_JIS"
        text = (await response.read()).decode("cp932")
    (heading,) = csv.reader(io.StringIO(text))  # of three people nothing is told
    assert heading[:4] == ["団体", "所属", "月", "職員数"]


async def test_a_span_that_is_none_is_refused(people: People) -> None:
    for query in ("from=2026-12&to=2026-11", "from=2000-01&to=2026-01", "from=2026-13", "x=1"):
        assert (await people.town.operate("GET", f"/v1/usage?{query}"))[0] == 422
