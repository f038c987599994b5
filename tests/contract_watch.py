"""Everything that the daemons of a test tell or answer, held against the contract.

Daemons in the test's own process are watched where they say it: each notification, each frame as
it goes out, each answer of a route.  Daemons in processes of their own are watched where the
client hears them.  What is not as the contract says fails the test in which it was said.
"""

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jsonschema_rs
import pytest
from aiohttp import web

from sekisho_client import events as client_events
from sekisho_client.blocking.requests import events as blocking_requests
from sekisho_client.requests import events as requests
from zone.api import app
from zone.api.http.frames import FRAMES
from zone.api.http.openapi import contract_document
from zone.api.http.route import Route
from zone.api.resources.routes import ROUTES
from zone.store import subscriptions
from zone.store.writing import Writing


class ContractWatch:
    """What was seen so far in a test, and what of it the contract does not have."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.faults: list[str] = []

    def frame(self, value: Any) -> None:
        """Look at an event as a stream sends it."""
        name = "".join(word.capitalize() for word in _words(str(value.get("type"))))
        self._look(f"{name}Event", value)
        self.seen.add(str(value.get("type")))

    def told(self, event_type: str, data: Any) -> None:
        """Look at the data of an event, whoever it is for."""
        if event_type not in FRAMES:
            self.faults.append(f"{event_type} is no type of event")
            return
        self._look(FRAMES[event_type].__name__, data)
        self.seen.add(event_type)

    def answer(self, route: Route, response: web.StreamResponse) -> None:
        """Look at what a route answers."""
        body = getattr(response, "body", None)
        if not isinstance(body, bytes) or response.content_type == "text/event-stream":
            return
        if response.content_type == "application/problem+json":
            self._look("Problem", json.loads(body))
        elif response.status == route.status and response.content_type == "application/json":
            schema = answers()[f"{route.method} {route.path}"]
            if schema is not None:
                self._check(f"{route.method} {route.path}", schema, json.loads(body))

    def _look(self, name: str, value: Any) -> None:
        self._check(name, schema_of(name), value)

    def _check(self, name: str, validator: Any, value: Any) -> None:
        error = next(iter(validator.iter_errors(value)), None)
        if error is not None:
            self.faults.append(f"{name}: {str(error)[:400]}")


def _words(event_type: str) -> list[str]:
    return event_type.replace(".", " ").replace("-", " ").split()


@functools.cache
def contract() -> Any:
    return json.loads(contract_document(ROUTES, title="Sekisho"))


@functools.cache
def schema_of(name: str) -> Any:
    return _validator({"$ref": f"#/components/schemas/{name}"})


@functools.cache
def answers() -> dict[str, Any]:
    """Return what each route says that it answers in JSON, or None."""
    found = {}
    for route in ROUTES:
        operation = contract()["paths"][route.path][route.method.lower()]
        content = operation["responses"][str(route.status)].get("content", {})
        schema = content.get("application/json", {}).get("schema")
        found[f"{route.method} {route.path}"] = None if schema is None else _validator(schema)
    return found


def _validator(schema: dict[str, Any]) -> Any:
    return jsonschema_rs.Draft202012Validator(schema | {"components": contract()["components"]})


@contextmanager
def watching() -> Iterator[ContractWatch]:
    """Look at whatever is told and answered meanwhile; nothing of it is changed."""
    watch, patch = ContractWatch(), pytest.MonkeyPatch()
    tell, told, handler = Writing.tell, subscriptions.told, app._handler

    def watched_tell(writing: Writing, event_type: str, view: object, **whom: Any) -> None:
        tell(writing, event_type, view, **whom)
        entry = writing.entries[-1]
        watch.told(entry.type, json.loads(entry.body))

    def watched_told(tag: str, n: int, entry: Any) -> subscriptions.SentNotification:
        sent = told(tag, n, entry)
        watch.frame(json.loads(sent.json))
        return sent

    def watched_handler(route: Route) -> Any:
        handle = handler(route)

        async def look(request: web.Request) -> web.StreamResponse:
            response = await handle(request)
            watch.answer(route, response)
            return response

        return look

    def watched_reading(read: Callable[[object], Any]) -> Callable[[object], Any]:
        def look(value: Any) -> Any:
            for one in value["items"] if isinstance(value, dict) else ():
                watch.frame(one)
            return read(value)

        return look

    patch.setattr(Writing, "tell", watched_tell)
    patch.setattr(subscriptions, "told", watched_told)
    patch.setattr(app, "_handler", watched_handler)
    for module in (requests, blocking_requests):
        patch.setattr(module, "read_batch", watched_reading(client_events.read_batch))
    try:
        yield watch
    finally:
        patch.undo()


def demand_kept(watch: ContractWatch) -> None:
    """Fail if something was said that the contract does not have."""
    assert watch.faults == []
