"""The contract holds, says schemathesis, a program that knows nothing of a zone but that."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.contract_run import Served, served
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
