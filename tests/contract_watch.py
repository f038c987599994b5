"""Everything that the daemons of a test tell or answer, held against the contract.

Daemons are watched where they say it, in whatever process they run: each notification, each frame
as it goes out, each answer of a route, each refusal.  What is not as the contract says fails the
test in which it was said.  A daemon in a process of its own writes it into a file, which whoever
ends the daemon reads: `tests.faults.installation`, `tests.sekisho.daemons`.
"""

import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web

from zone.api import app
from zone.api.http import event_stream, gate
from zone.api.http.frames import FRAMES
from zone.api.http.openapi import contract_document
from zone.api.http.route import Route
from zone.api.resources import streams, uploads
from zone.api.resources.routes import ROUTES
from zone.store import subscriptions
from zone.store.writing import Writing

# docs/api.md: what a stream sends in one piece, which every WebSocket client takes.
FRAME_BYTES = 256 * 1024
PROBLEM = "application/problem+json"


class Contract:
    """What a contract says of each answer and each event."""

    def __init__(self, document: Any) -> None:
        """Read an OpenAPI document."""
        self._document = document
        self._validators: dict[str, Any] = {}

    def schema(self, name: str) -> Any:
        """Return the validator of a schema that the contract has a name for."""
        return self._validator(name, {"$ref": f"#/components/schemas/{name}"})

    def answer(self, route: Route) -> Any:
        """Return the validator of what a route answers in JSON, or None."""
        content = self._responses(route)[str(route.status)].get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return schema and self._validator(f"{route.method} {route.path}", schema)

    def has(self, route: Route, status: int) -> bool:
        """Return whether a route may be answered with a status."""
        said = self._responses(route)
        return str(status) in said or f"{status // 100}XX" in said

    def read_events(self) -> None:
        """Make the validators of all events, for processes that are forked from this one."""
        for event_type, view in FRAMES.items():
            self.schema(view.__name__)
            self.schema(event_name(event_type))

    def _responses(self, route: Route) -> dict[str, Any]:
        found: dict[str, Any] = self._document["paths"][route.path][route.method.lower()]
        responses: dict[str, Any] = found["responses"]
        return responses

    def _validator(self, name: str, schema: dict[str, Any]) -> Any:
        if name not in self._validators:
            whole = schema | {"components": self._document["components"]}
            self._validators[name] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[name]


@functools.cache
def own_contract() -> Contract:
    return Contract(json.loads(contract_document(ROUTES, title="Sekisho")))


def contract_in(path: Path) -> Contract:
    """Return the contract in a file, and the product's own if there is none."""
    return Contract(json.loads(path.read_bytes())) if path.exists() else own_contract()


def lacking(schema: str) -> bytes:
    """Return a contract in which `schema` demands a member that nothing has."""
    document = json.loads(contract_document(ROUTES, title="Sekisho"))
    document["components"]["schemas"][schema]["required"].append("salary")
    return json.dumps(document).encode()


class ContractWatch:
    """What was seen so far, and what of it the contract does not have."""

    def __init__(self, contract: Contract | None = None, note: Path | None = None) -> None:
        """Hold against `contract`, the product's own if there is none; write faults to `note`."""
        self.seen: set[str] = set()
        self.faults: list[str] = []
        self._contract = contract or own_contract()
        # Opened while that can be done: a daemon that has confined itself opens nothing there.
        self._note = None if note is None else note.open("a", encoding="utf-8", buffering=1)

    def frame(self, value: Any) -> None:
        """Look at an event as a stream sends it."""
        self._look(event_name(str(value.get("type"))), value)
        self.seen.add(str(value.get("type")))

    def frames(self, value: Any) -> None:
        """Look at what a WebSocket or a long poll brings."""
        self._look("EventBatch", value)
        for one in value["items"]:
            self.frame(one)

    def told(self, event_type: str, data: Any) -> None:
        """Look at the data of an event, whoever it is for."""
        if event_type not in FRAMES:
            self._blame(f"{event_type} is no type of event")
            return
        self._look(FRAMES[event_type].__name__, data)
        self.seen.add(event_type)

    def piece(self, raw: bytes) -> None:
        """Look at the size of what a stream sends in one piece."""
        if len(raw) > FRAME_BYTES:
            self._blame(f"a piece of {len(raw)} bytes begins with {raw[:200]!r}")

    def answer(self, route: Route, response: web.StreamResponse) -> None:
        """Look at what a route answers."""
        name = f"{route.method} {route.path}"
        if not self._contract.has(route, response.status):
            self._blame(f"{name}: {response.status}")
        body = getattr(response, "body", None)
        if not isinstance(body, bytes):
            return
        if isinstance(response, web.Response) and response.content_type == PROBLEM:
            self.problem(response)
        elif response.status == route.status and response.content_type == "application/json":
            schema = self._contract.answer(route)
            if schema is not None:
                self._check(name, schema, json.loads(body))

    def problem(self, response: web.Response) -> None:
        """Look at a refusal."""
        assert isinstance(response.body, bytes)
        problem = json.loads(response.body)
        self._look("Problem", problem)
        if not (400 <= response.status < 500 or response.status == 503):
            self._blame(f"a problem with {response.status}: {problem}")

    def _look(self, name: str, value: Any) -> None:
        self._check(name, self._contract.schema(name), value)

    def _check(self, name: str, validator: Any, value: Any) -> None:
        error = next(iter(validator.iter_errors(value)), None)
        if error is not None:
            self._blame(f"{name}: {str(error)[:400]}")

    def _blame(self, fault: str) -> None:
        self.faults.append(fault)
        if self._note is not None:
            self._note.write(f"{fault!r}\n")


def event_name(event_type: str) -> str:
    """Return what the contract calls an event: `message.created` is a `MessageCreatedEvent`."""
    words = event_type.replace(".", " ").replace("-", " ").split()
    return "".join(word.capitalize() for word in words) + "Event"


@contextmanager
def watching() -> Iterator[ContractWatch]:
    """Look at whatever is told and answered meanwhile; nothing of it is changed."""
    watch = ContractWatch()
    patch = stand_by(watch)
    try:
        yield watch
    finally:
        patch.undo()


def stand_by(watch: ContractWatch) -> pytest.MonkeyPatch:
    """Have whatever this process tells and answers from now on looked at."""
    patch = pytest.MonkeyPatch()
    _stand_by_events(watch, patch)
    _stand_by_answers(watch, patch)
    return patch


def _stand_by_events(watch: ContractWatch, patch: pytest.MonkeyPatch) -> None:
    tell, told = Writing.tell, subscriptions.told
    as_json, as_events = event_stream.StreamBatch.json, streams._as_events

    def watched_tell(writing: Writing, event_type: str, view: object, **whom: Any) -> None:
        tell(writing, event_type, view, **whom)
        entry = writing.entries[-1]
        watch.told(entry.type, json.loads(entry.body))

    def watched_told(tag: str, n: int, entry: Any) -> subscriptions.SentNotification:
        sent = told(tag, n, entry)
        watch.frame(json.loads(sent.json))
        return sent

    def watched_json(batch: event_stream.StreamBatch) -> bytes:
        watch.piece(raw := as_json(batch))
        return raw

    def watched_events(batch: event_stream.StreamBatch) -> bytes:
        watch.piece(raw := as_events(batch))
        return raw

    patch.setattr(Writing, "tell", watched_tell)
    patch.setattr(subscriptions, "told", watched_told)
    patch.setattr(event_stream.StreamBatch, "json", watched_json)
    patch.setattr(streams, "_as_events", watched_events)


def _stand_by_answers(watch: ContractWatch, patch: pytest.MonkeyPatch) -> None:
    handler, trouble = app._handler, gate.answer_trouble

    def watched_handler(route: Route) -> Any:
        handle = handler(route)

        async def look(request: web.Request) -> web.StreamResponse:
            response = await handle(request)
            watch.answer(route, response)
            return response

        return look

    def watched_trouble(request: web.Request, found: Exception) -> web.Response:
        response = trouble(request, found)
        watch.problem(response)
        return response

    patch.setattr(app, "_handler", watched_handler)
    for module in (gate, uploads):
        patch.setattr(module, "answer_trouble", watched_trouble)


def demand_kept(watch: ContractWatch) -> None:
    """Fail if something was said that the contract does not have."""
    assert not watch.faults, "\n".join(watch.faults)


def demand_noted_nothing(note: Path) -> None:
    """Fail if a daemon in a process of its own said what the contract does not have."""
    noted = note.read_text(encoding="utf-8") if note.exists() else ""
    assert noted == "", noted[:4000]
