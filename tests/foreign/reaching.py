"""The contract of a zone in which there is one of everything, with real ids as its examples.

schemathesis sends the examples of a contract as they are: so it reaches every operation.  Each
operation that takes something away has one of its own to take.
"""

import json
from typing import Any

from tests.zone.api.matrix import MATRIX
from tests.zone.api.test_matrix import TUS, Place, begun
from zone.api.http.openapi import contract_document
from zone.api.resources.routes import ROUTES


async def names_for(place: Place, label: str) -> dict[str, str]:
    """Return ids for one operation, of things that it may take away."""
    hana, room = place.people.hana, place.names["room"]
    ids, here = dict(place.names), place.town
    if (
        label in ("PATCH /v1/uploads/{upload}", "DELETE /v1/uploads/{upload}")
        or label == "POST /v1/uploads/{upload}"
    ):
        ids["upload"] = await begun(hana)
    elif label == "DELETE /v1/later-messages/{later_message}":
        ids["later_message"] = (await hana.post_later(room, "x", here.clock() + 900_000)).id
    elif "{message}" in label:
        ids["message"] = (await hana.post(room, "x")).id
        if "revisions" in label:
            await hana.edit(ids["message"], "y")
    elif label in ("PATCH /v1/items/{item}", "POST /v1/items/{item}/remove"):
        ids["item"] = await hana.make_item(room, "note", "x")
    elif "/bookings" in label:
        ids["item"] = await hana.make_item(room, "resource", "x", resource_kind="car")
    elif label == "PUT /v1/items/{item}/answer":
        ids["item"] = await hana.make_item(room, "survey", "x", choices=["甲", "乙"])
    elif "members/{user}" in label:
        ids["user"] = here.ids["jiro"]
        if label.startswith("DELETE"):
            await hana.set_member(room, ids["user"])
    return ids


def label_of(method: str, path: str) -> str:
    return f"{method.upper()} {path}".replace("broadcasts/{item}", "broadcasts/{call}")


async def contract_with_examples(place: Place) -> dict[str, Any]:
    """Return the contract, each of whose parameters and bodies has an example that is real."""
    document: dict[str, Any] = json.loads(contract_document(ROUTES, title="Sekisho"))
    shared = document["components"]["parameters"]
    for path, operations in document["paths"].items():
        for method, one in operations.items():
            label = label_of(method, path)
            ids, row = await names_for(place, label), MATRIX[label]
            ids["own"] = ids["room"]
            if "broadcasts" in label:
                ids["item"] = ids["call"]
            asked = [each for each in one["parameters"] if "$ref" not in each]
            query = dict(pair.split("=", 1) for pair in _filled(row.query, ids).split("&") if pair)
            for each in asked:
                _give(each, ids | query | TUS)
            by_name = [
                shared[each["$ref"].rpartition("/")[2]]
                for each in one["parameters"]
                if "$ref" in each
            ]
            one["parameters"] = [
                *(each for each in asked if "example" in each or each.get("required")),
                *(
                    each | {"example": place.town.ids["hana"]}
                    for each in by_name
                    if each["required"]
                ),
            ]
            if "requestBody" in one and row.form is not None:
                (content,) = one["requestBody"]["content"].values()
                content["example"] = json.loads(_filled(json.dumps(row.form), ids))
            elif "requestBody" in one:
                (content,) = one["requestBody"]["content"].values()
                content["example"] = "x"
    return document


def _give(parameter: dict[str, Any], values: dict[str, str]) -> None:
    name = parameter["name"]
    if name in values:
        value = values[name]
        is_number = parameter["schema"].get("type") == "integer"
        parameter["example"] = int(value) if is_number else value
    elif name == "X-HTTP-Method-Override":
        parameter["example"] = "DELETE"


def _filled(text: str, ids: dict[str, str]) -> str:
    for key, name in ids.items():
        text = text.replace(f"{{{key}}}", name)
    return text
