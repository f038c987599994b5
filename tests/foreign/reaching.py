"""The contract of a zone in which there is one of everything, with real ids as its examples.

schemathesis sends the examples of a contract as they are: so it reaches every operation.  Each
operation that takes something away has one of its own to take.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sekisho_client import Client
from tests.zone.api.matrix import MATRIX
from tests.zone.api.settling import hold_for_superior, settle
from tests.zone.api.test_matrix import TUS, Place, begun
from tests.zone.api.test_thumbnails import PHOTO
from wire.reasons import Reason
from wire.receipts import Verdict
from zone.api.http.openapi import contract_document
from zone.api.resources.routes import ROUTES

DAY_MS = 86_400_000
BOTS = ("GET /v1/bots/me/events", "POST /v1/ack")
SPONSORS = ("POST /v1/guests", "PATCH /v1/guests/{user}")
SUPERIORS = (
    "GET /v1/clearances/{clearance}/thumbnail",
    "HEAD /v1/clearances/{clearance}/thumbnail",
    "POST /v1/clearances/{clearance}/decision",
)


@dataclass
class Asker:
    """Somebody who asks: for which operations, all others if none is named."""

    uid: str
    only: tuple[str, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Any] = field(default_factory=dict)  # what is otherwise in a body

    def asks(self, label: str) -> bool:
        return label in self.only if self.only else label not in BOTS + SPONSORS + SUPERIORS


def as_staff(place: Place) -> Asker:
    return Asker(place.town.ids["hana"])


async def as_bot(place: Place) -> Asker:
    """Return the bot of LGWAN, to whom something was told that it can acknowledge."""
    uid = place.town.ids["other"]
    told = await (await place.town.client(uid)).bot_events(wait=0)
    return Asker(uid, BOTS, forms={"POST /v1/ack": {"cursor": told.cursor}})


async def as_sponsor(place: Place) -> Asker:
    """Return somebody on the internet who may invite guests, and has invited one."""
    sponsor: Client = await place.town.client(place.neighbour)
    expires = place.town.clock() + DAY_MS
    guest = await sponsor.invite_guest("業者", expires)
    forms = {"POST /v1/guests": {"expires": expires}}
    return Asker(place.neighbour, SPONSORS, {"user": guest}, forms)


async def as_superior(place: Place) -> Asker:
    """Return somebody who gives clearances where the author has no superior."""
    uid = place.town.ids["jiro"]
    await place.town.operate("PATCH", f"/v1/users/{uid}", {"duties": ["approver"]})
    return Asker(uid, SUPERIORS)


async def refused(place: Place) -> str:
    """Say something that the relay refuses, all else having arrived, and return what it was."""
    await settle(place.town, Verdict.DELIVERED)
    act = (await place.people.hana.post(place.names["room"], "部外秘")).id
    await settle(place.town, Verdict.REFUSED, Reason.UNCLEAN_TEXT)
    return act


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
    elif label.startswith("POST /v1/acts/"):
        ids["act"] = await refused(place)
    elif label in SUPERIORS:
        ids["clearance"] = (await hana.upload("写真.jpg", PHOTO)).id
        await hana.post(room, "写真です", files=[ids["clearance"]])
        await hold_for_superior(here, ids["clearance"])
    elif label.endswith("/thumbnail"):
        ids["file"] = (await hana.upload("写真.jpg", PHOTO)).id
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


async def contract_with_examples(place: Place, asker: Asker) -> dict[str, Any]:
    """Return the contract of what is asked; each parameter and body has an example that is real."""
    document: dict[str, Any] = json.loads(contract_document(ROUTES, title="Sekisho"))
    shared = document["components"]["parameters"]
    for path, operations in document["paths"].items():
        for method, one in list(operations.items()):
            if asker.asks(label := label_of(method, path)):
                ids = {**await names_for(place, label), **asker.ids}
                _give_all(one, label, ids, asker, shared)
            else:
                del operations[method]
    return document


def _give_all(
    one: dict[str, Any], label: str, ids: dict[str, str], asker: Asker, shared: dict[str, Any]
) -> None:
    """Give an operation its examples: `ids` in its parameters and its body."""
    row = MATRIX[label]
    ids["own"] = ids["room"]
    if "broadcasts" in label:
        ids["item"] = ids["call"]
    asked = [each for each in one["parameters"] if "$ref" not in each]
    query = dict(pair.split("=", 1) for pair in _filled(row.query, ids).split("&") if pair)
    for each in asked:
        _give(each, ids | query | TUS)
    by_name = [
        shared[each["$ref"].rpartition("/")[2]] for each in one["parameters"] if "$ref" in each
    ]
    one["parameters"] = [
        *(each for each in asked if "example" in each or each.get("required")),
        *(each | {"example": asker.uid} for each in by_name if each["required"]),
    ]
    if "requestBody" in one:
        (content,) = one["requestBody"]["content"].values()
        content["example"] = "x"
        if row.form is not None:
            form = json.loads(_filled(json.dumps(row.form), ids))
            content["example"] = form | asker.forms.get(label, {})


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
