"""What the contract says is what the application does."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.zone.api.asking import ask, signed_in
from tests.zone.api.conftest import People, seal_of, settings
from tests.zone.launching import thumbnailer
from wire.item_kinds import ITEMS
from wire.item_labels import Label
from wire.reasons import Reason, Refused, Unavailable
from zone.api import app
from zone.api.http import problems
from zone.api.http.api_request import read_body
from zone.api.http.context import ApiContext
from zone.api.http.door import SocketDoor
from zone.api.http.frontends import Frontends
from zone.api.http.linking import PREFIXES, names_of
from zone.api.http.problems import TITLES, UNAVAILABLE
from zone.api.resources.examples import EXAMPLES
from zone.api.resources.routes import ROUTES
from zone.settings import RequestLimits


async def contract(people: People) -> Any:
    """Return the document as a frontend gets it."""
    headers = {"Authorization": f"Bearer {people.town.token}"}
    answer = await ask(people.town.api, "GET", "/v1/openapi.json", headers)
    assert answer.status == 200
    return answer.json


async def test_the_table_is_what_the_application_serves(people: People) -> None:
    store = people.town.store

    async def status() -> dict[str, Any]:
        return {}

    side = people.town.side
    limits = RequestLimits()
    clock, search = people.town.clock, people.town.search
    chosen = settings(side, limits)
    context = ApiContext(store, side, chosen, clock, status, search, seal_of(side))
    built = app.build(context, Frontends(limits), SocketDoor(lambda: ()), thumbnailer())
    served = {
        (route.method, route.resource.canonical)
        for route in built.router.routes()
        if route.resource is not None
    }
    assert served == {(route.method, route.path) for route in ROUTES}


async def test_the_contract_has_every_route_of_the_table_and_no_other(people: People) -> None:
    document = await contract(people)
    said = {
        (method.upper(), path)
        for path, operations in document["paths"].items()
        for method in operations
    }
    assert said == {(route.method, route.path) for route in ROUTES}
    assert document["openapi"] == "3.1.0"


async def test_every_reference_in_the_contract_leads_somewhere(people: People) -> None:
    document = await contract(people)
    found = set(references(document))
    assert found
    for reference in found:
        place: Any = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


def references(value: object) -> Iterator[str]:
    match value:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for member in value.values():
                yield from references(member)
        case list():
            for member in value:
                yield from references(member)


async def test_a_link_leads_to_every_route_that_takes_an_id(people: People) -> None:
    document = await contract(people)
    operations = [one for path in document["paths"].values() for one in path.values()]
    reached = {
        name
        for one in operations
        for answered in one["responses"].values()
        for name in answered.get("links", ())
    }
    takes_an_id = {r.name for r in ROUTES if set(names_of(r)) & set(PREFIXES)}
    assert takes_an_id - reached == set()


async def test_ids_in_paths_are_told_by_how_they_look(people: People) -> None:
    paths = (await contract(people))["paths"]
    (room,) = (
        one for one in paths["/v1/rooms/{room}"]["get"]["parameters"] if one.get("in") == "path"
    )
    assert re.search(room["schema"]["pattern"], people.room)
    assert not re.search(room["schema"]["pattern"], people.town.ids["hana"])


async def test_every_operation_is_named_once_and_said_in_both_languages(people: People) -> None:
    document = await contract(people)
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names))
    for one in operations:
        assert one["summary"].isascii()
        assert not one["x-summary-ja"].isascii()


async def test_the_contract_says_what_kinds_and_fields_are_called(people: People) -> None:
    schemas = (await contract(people))["components"]["schemas"]
    for content, row in ITEMS.items():
        schema = schemas[content.__name__]
        assert schema["x-label"] == {"ja": row.labels.kind.ja, "en": row.labels.kind.en}
        members = {name: said for name, said in schema["properties"].items() if name != "type"}
        labels = {name: Label(**said["x-label"]) for name, said in members.items()}
        assert labels == row.labels.fields


async def test_forms_in_the_contract_take_no_unknown_member(people: People) -> None:
    document = await contract(people)
    forms = [route.body.__name__ for route in ROUTES if route.body is not None]
    schemas = document["components"]["schemas"]
    assert all(schemas[name]["additionalProperties"] is False for name in forms)


@pytest.mark.parametrize("code", sorted(TITLES))
def test_every_problem_has_a_title_in_both_languages(code: str) -> None:
    title = TITLES[code]
    assert title.en.isascii()
    assert re.search("[\u3041-\u9fff]", title.ja)
    assert 400 <= title.status < 600
    trouble = Unavailable("x") if code == UNAVAILABLE else Refused(Reason(code), "x")
    document = problems.describe(trouble, instance="/v1/x", language="ja")
    assert (document.code, document.status, document.title) == (code, title.status, title.ja)


def test_what_no_frontend_can_cause_is_no_problem_document() -> None:
    with pytest.raises(Refused):
        problems.describe(Refused(Reason.FORK), instance="/", language="en")


async def test_unknown_routes_and_methods_are_problems_too(people: People) -> None:
    headers = signed_in(people.town.token, people.town.ids["hana"])
    nowhere = await ask(people.town.api, "GET", "/v2/me", headers)
    assert (nowhere.status, nowhere.json["code"]) == (404, "not-found")
    wrong = await ask(people.town.api, "DELETE", "/v1/me", headers)
    assert (wrong.status, wrong.json["code"]) == (405, "unsupported")
    assert set(wrong.headers["Allow"].split(",")) == {"GET", "PATCH"}
    assert json.loads(wrong.body)["instance"] == "/v1/me"


def test_the_documentation_lists_the_problems_there_are() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    listed = {
        (code, int(status))
        for status, codes in re.findall(r"^\| (\d{3}) \| (.*) \|$", text, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", codes)
    }
    assert listed == {(str(code), title.status) for code, title in TITLES.items()}


def test_every_form_has_an_example_that_is_one() -> None:
    forms = {f"{route.method} {route.path}": route.body for route in ROUTES if route.body}
    assert set(EXAMPLES) == set(forms)
    for label, form in forms.items():
        read_body(msgspec.json.encode(EXAMPLES[label]), form)


async def test_the_contract_has_every_header_that_is_read_or_said(people: People) -> None:
    document = await contract(people)
    asked = document["components"]["parameters"]
    assert set(asked) == {"Sekisho-Act-As", "Sekisho-Person", "Idempotency-Key"}
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            names = {
                each.get("name") or each["$ref"].rpartition("/")[2] for each in one["parameters"]
            }
            is_for_itself = path in ("/v1/server", "/v1/openapi.json")
            assert ("Sekisho-Act-As" in names) != is_for_itself, path
            assert ("Idempotency-Key" in names) == (
                method == "post" and "Idempotency-Replayed" in str(one["responses"])
            )
    content = document["paths"]["/v1/files/{file}/content"]["get"]
    said = {each.get("name") for each in content["parameters"]}
    assert said >= {"Range", "If-Range", "If-None-Match", "If-Match"}
    assert set(content["responses"]["206"]["headers"]) >= {"ETag", "Content-Range"}
    for path in ("/v1/events", "/v1/bots/me/events"):
        events = document["paths"][path]["get"]
        assert "Last-Event-ID" in {each.get("name") for each in events["parameters"]}
    (example,) = document["paths"]["/v1/direct"]["post"]["requestBody"]["content"].values()
    assert example["example"] == EXAMPLES["POST /v1/direct"]
