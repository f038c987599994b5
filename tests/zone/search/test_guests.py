"""What a guest can learn by searching: what they see anyway, and nothing of anything else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sekisho_client import Client
from tests.zone.api.asking import Answer, ask, signed_in
from tests.zone.api.conftest import INTERNET, Town, town
from tests.zone.api.test_hidden import absent
from tests.zone.search.test_search import caught_up
from zone.search.query_words import read_words
from zone.search.terms import demand_for, match_expression, room_code


@dataclass
class Reception:
    """A guest in one room, where something was said before they came, and staff in another."""

    here: Town
    staff: Client
    guest: Client
    room: str
    other: str

    async def asked(self, query: str) -> Answer:
        """Search as the guest, byte for byte."""
        await caught_up(self.here.search)
        headers = signed_in(self.here.token, self.here.ids["業者"])
        answer = await ask(self.here.api, "GET", f"/v1/search?{query}", headers)
        answer.headers.pop("Date", None)
        return answer


@pytest.fixture
async def reception(tmp_path: Path) -> AsyncIterator[Reception]:
    async with town(tmp_path / "n", INTERNET) as here:
        here.token = await here.frontend("door")
        await here.admit("受付", kind="bot", zones=("internet",))
        await here.admit("業者", kind="guest", zones=("internet",))
        staff = await here.client(here.ids["受付"])
        room, other = [await staff.create_room(name) for name in ("工事", "入札")]
        await staff.post(room, "工事の予定価格は秘密")
        await staff.set_member(room, here.ids["業者"], "guest")
        yield Reception(here, staff, await here.client(here.ids["業者"]), room, other)


def items(answer: Answer) -> list[Any]:
    assert answer.status == 200
    return [one["id"] for one in answer.json["items"]]


async def test_a_guest_finds_what_was_said_since_he_came(reception: Reception) -> None:
    later = (await reception.staff.post(reception.room, "工事は明日から")).id
    await reception.staff.post(reception.other, "工事の入札")
    assert items(await reception.asked(f"q={quote('工事')}")) == [later]
    assert items(await reception.asked(f"q={quote('秘密')}")) == []
    everything = await reception.staff.search("工事")
    assert len(everything.items) == 3


@pytest.mark.parametrize("query", ["q=工", "q=工事", "q=工事&limit=2", "q=秘密", "type=message"])
async def test_nothing_said_elsewhere_changes_a_byte_of_the_answer(
    reception: Reception, query: str
) -> None:
    for n in range(4):
        await reception.staff.post(reception.room, f"工事 {n}")
    path = quote(query, safe="=&")
    before = await reception.asked(path)
    for n in range(30):
        await reception.staff.post(reception.other, f"工事の秘密 {n}")
    after = await reception.asked(path)
    assert (after.status, after.headers, after.body) == (
        before.status,
        before.headers,
        before.body,
    )


async def test_a_room_and_an_author_forbidden_are_as_absent(reception: Reception) -> None:
    word = quote("工事")
    hidden, nothing = reception.other, absent("rm")
    forbidden = await reception.asked(f"q={word}&room={hidden}")
    missing = await reception.asked(f"q={word}&room={nothing}")
    assert forbidden.status == missing.status == 404
    assert (forbidden.headers, forbidden.body) == (missing.headers, missing.body)
    await reception.here.admit("別の業者", kind="guest", zones=("internet",))
    unmet = await reception.asked(f"q={word}&author={reception.here.ids['別の業者']}")
    nobody = await reception.asked(f"q={word}&author={absent('us')}")
    assert (unmet.status, unmet.body) == (nobody.status, nobody.body)


async def test_whoever_leaves_a_room_finds_nothing_there(reception: Reception) -> None:
    await reception.staff.post(reception.room, "工事は明日から")
    assert items(await reception.asked(f"q={quote('工事')}"))
    await reception.staff.remove_member(reception.room, reception.here.ids["業者"])
    assert items(await reception.asked(f"q={quote('工事')}")) == []


@pytest.mark.parametrize("query", ["次", "避難 -訓練", '"a b" c -d', "x" * 200])
def test_the_index_is_asked_for_nothing_outside_the_rooms(query: str) -> None:
    """So there is nothing elsewhere that could make an answer slower."""
    asked = match_expression(demand_for(read_words(query), ["zf"]), [7, 300])
    terms = asked.replace("(", " ").replace(")", " ").split()
    rooms = tuple(map(room_code, (7, 300)))
    assert all(term.startswith(rooms) for term in terms if term not in ("AND", "OR", "NOT"))
