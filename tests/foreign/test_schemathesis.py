"""The contract holds, says schemathesis, a program that knows nothing of a zone but that."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.contract_watch import ContractWatch
from tests.foreign.contract_run import Served, served
from tests.foreign.reaching import (
    Asker,
    as_bot,
    as_sponsor,
    as_staff,
    as_superior,
    contract_with_examples,
)
from tests.zone.api.asking import signed_in
from tests.zone.api.conftest import INTERNET
from tests.zone.api.test_matrix import Place, make_place
from zone.api.http.openapi import contract_document
from zone.api.resources.routes import ROUTES

# The same questions each time: `python3 dev.py contract` asks others.
SEED = ("--seed", "1", "--generation-database", "none")


@pytest.fixture
async def zone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("c")) as found:
        yield found


async def test_every_route_keeps_to_the_contract_whatever_it_is_asked(zone: Served) -> None:
    ended, report = await zone.judge(*SEED, "--phases", "coverage")
    assert ended == 0, report
    assert int(number(r"(\d+) generated, \1 passed", report)) > 3000, report


async def test_the_contract_is_kept_along_the_ways_that_its_links_lead(zone: Served) -> None:
    ended, report = await zone.judge(*SEED, "--phases", "stateful")
    assert ended == 0, report
    assert int(number(r"API Links: +(\d+) covered", report)) > 60, report


def number(pattern: str, report: str) -> str:
    found = re.search(pattern, report)
    assert found is not None, report
    return found[1]


async def test_a_contract_that_says_something_else_is_noticed(zone: Served, tmp_path: Path) -> None:
    document: Any = json.loads(contract_document(ROUTES, title="Sekisho"))
    document["components"]["schemas"]["Me"]["required"].append("salary")
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(document))
    only = ("--phases", "coverage", "--include-path", "/v1/me")
    ended, report = await zone.judge(*SEED, *only, contract=str(wrong))
    assert ended == 1
    assert '"salary" is a required property' in report


async def ask_for_all(zone: Served, asker: Asker, place: Place) -> str:
    """Have schemathesis ask, with real ids, whatever `asker` may; return what it reports."""
    path = zone.folder / "examples.json"
    path.write_text(json.dumps(await contract_with_examples(place, asker)))
    _, report = await zone.judge(*SEED, "--phases", "examples", contract=str(path), who=asker.uid)
    return report


async def test_every_operation_is_reached_with_a_real_id(zone: Served, tmp_path: Path) -> None:
    """Each in a zone that has it, by somebody who may; a WebSocket by a client that speaks it."""
    place = await make_place(zone.people)
    askers = (as_staff(place), await as_bot(place), await as_superior(place))
    reports = [await ask_for_all(zone, who, place) for who in askers]
    for_itself = ("--include-path", "/v1/server", "--include-path", "/v1/openapi.json")
    await zone.judge(*SEED, "--phases", "coverage", *for_itself)
    reached = zone.reached() | {await listen(zone)}
    async with served(tmp_path, INTERNET) as other:
        there = await make_place(other.people)
        reports.append(await ask_for_all(other, await as_sponsor(there), there))
        reached |= other.reached()
    missed = {f"{route.method} {route.path}" for route in ROUTES} - reached
    assert missed == set(), reports


async def listen(zone: Served) -> str:
    """Hear over a WebSocket what happens, hold it against the contract, and return what that was.

    schemathesis speaks no WebSocket: its protocol begins where the answer `101` ends.
    """
    here, path = zone.people.town, "/v1/stream"
    said = json.loads(contract_document(ROUTES, title="Sekisho"))["paths"][path]["get"]
    headers = signed_in(here.token, here.ids["hana"], Host="localhost")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{zone.url}{path}", headers=headers) as socket,
    ):
        status = str(socket._response.status)
        await zone.people.taro.post(zone.people.room, "聞こえますか")
        async with asyncio.timeout(30):
            while not (frame := await socket.receive_json())["items"]:
                pass
    assert status in said["responses"]
    watch = ContractWatch()
    watch.frames(frame)
    assert watch.seen == {"message.created"}
    assert watch.faults == []
    return f"GET {path}"
