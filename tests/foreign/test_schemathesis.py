"""The contract holds, says schemathesis, a program that knows nothing of a zone but that."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.contract_run import Served, served
from tests.foreign.reaching import contract_with_examples
from tests.zone.api.test_matrix import make_place
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


# What no member of LGWAN's staff has: other tests ask these.
NOT_THEIRS = {
    "GET /v1/stream",  # a WebSocket, which schemathesis does not speak
    "GET /v1/bots/me/events",  # a bot's
    "POST /v1/ack",
    "POST /v1/guests",  # of the internet side
    "PATCH /v1/guests/{user}",
    "POST /v1/acts/{act}/resend",  # of what was refused
    "POST /v1/acts/{act}/withdraw",
    "GET /v1/files/{file}/thumbnail",  # of a picture, in a jail
    "HEAD /v1/files/{file}/thumbnail",
}


async def test_every_operation_of_the_staff_is_reached_with_a_real_id(
    zone: Served, tmp_path: Path
) -> None:
    place = await make_place(zone.people)
    path = tmp_path / "examples.json"
    path.write_text(json.dumps(await contract_with_examples(place)))
    _, report = await zone.judge(*SEED, "--phases", "examples", contract=str(path))
    for_itself = ("--include-path", "/v1/server", "--include-path", "/v1/openapi.json")
    await zone.judge(*SEED, "--phases", "coverage", *for_itself)
    missed = {f"{route.method} {route.path}" for route in ROUTES} - zone.reached()
    assert missed == NOT_THEIRS, report
