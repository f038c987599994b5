"""The blocking client: made of the asynchronous one, and as good over a real socket."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest

from sekisho_client import Problem, Unreachable
from sekisho_client.blocking import Client
from tests.sekisho_client.make_blocking import PACKAGE, make
from tests.zone.api.conftest import People

T = TypeVar("T")


def test_it_is_what_the_asynchronous_client_makes() -> None:
    folder = PACKAGE / "blocking" / "requests"
    found = {name: (folder / name).read_text(encoding="utf-8") for name in make()}
    assert found == make(), "run python -m tests.sekisho_client.make_blocking"


async def in_thread(people: People, work: Callable[[Client], T]) -> T:
    """Do `work` as Hana in a thread: the zone is in this one's event loop."""
    uid = people.town.ids["hana"]

    def use() -> T:
        with Client(people.town.api, people.town.token, uid) as client:
            return work(client)

    return await asyncio.to_thread(use)


async def test_it_says_reads_and_follows(people: People) -> None:
    def work(client: Client) -> list[str]:
        cursor = client.snapshot().cursor
        posted = client.post(people.room, "訓練を始めます")
        client.react(posted.id, "了解")
        assert client.message(posted.id).reactions == {"了解": [people.town.ids["hana"]]}
        events = client.events(cursor)
        return [next(events).type for _ in range(2)]

    assert await in_thread(people, work) == ["message.created", "reaction.set"]


async def test_it_brings_files_up_and_down(people: People) -> None:
    content = bytes(range(256)) * 4096

    def work(client: Client) -> bytes:
        file = client.upload("a.bin", content)
        return b"".join(client.download(file.id))

    assert await in_thread(people, work) == content


async def test_a_refusal_is_a_problem(people: People) -> None:
    with pytest.raises(Problem, match="not-found"):
        await in_thread(people, lambda client: client.room("rm_" + "0" * 26))


async def test_nobody_there_is_said(people: People) -> None:
    client = Client(people.town.folder / "run" / "no.sock", "t", None)
    with pytest.raises(Unreachable):
        await asyncio.to_thread(client.rooms)
