"""The contract: an OpenAPI 3.1 document made of the route table and its types.

The types are those that read requests and write answers, so the document cannot
say anything else than what is done.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import msgspec.inspect
from msgspec import Struct

from zone.api.problems import Problem
from zone.api.route import Route

_REF = "#/components/schemas/{name}"


def contract(routes: Sequence[Route], *, title: str) -> bytes:
    """Return the document as JSON."""
    bodies = [form for route in routes for form in (route.form, route.answer) if form is not None]
    types = list(
        dict.fromkeys([Problem, *bodies, *_structs(msgspec.inspect.multi_type_info(bodies))])
    )
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    of_type = dict(zip(types, schemas, strict=True))
    for one in types:
        if isinstance(one, type) and issubclass(one, Struct):
            _complete(one, components[of_type[one]["$ref"].rpartition("/")[2]])
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, of_type)
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": "http://localhost", "description": "api.sock"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def _structs(found: object) -> Iterator[type[Struct]]:
    """Yield the structs that types are made of."""
    if isinstance(found, msgspec.inspect.StructType):
        yield found.cls
    if isinstance(found, Struct):
        for name in found.__struct_fields__:
            yield from _structs(getattr(found, name))
    elif isinstance(found, list | tuple):
        for one in found:
            yield from _structs(one)


def _complete(struct: type[Struct], schema: dict[str, Any]) -> None:
    """Say that an answer has all its members: a default is for who asks."""
    config = struct.__struct_config__
    if not config.omit_defaults and not config.forbid_unknown_fields:
        schema["required"] = list(schema["properties"])


def _operation(route: Route, of_type: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    content = {"application/json": {"schema": of_type[route.answer]}} if route.answer else None
    answered = {"description": route.en, **({"content": content} if content else {})}
    operation: dict[str, Any] = {
        "operationId": route.endpoint.__name__,
        "summary": route.en,
        "x-summary-ja": route.ja,
        "parameters": _parameters(route),
        "responses": {
            str(route.status): answered,
            "default": {
                "description": "A problem (RFC 9457)",
                "content": {"application/problem+json": {"schema": of_type[Problem]}},
            },
        },
    }
    if route.form is not None:
        form = {"application/json": {"schema": of_type[route.form]}}
        operation["requestBody"] = {"required": True, "content": form}
    elif route.raw is not None:
        raw = {route.raw: {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"content": raw}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    found.append(_header("Sekisho-Act-As", "The user for whom the frontend asks: us_…"))
    if route.method == "POST":
        found.append(_header("Idempotency-Key", "Asking again under it answers as before"))
    found += [_header(name, description) for name, description in (route.headers or {}).items()]
    if route.query is not None:
        schema = msgspec.json.schema(route.query)["$defs"][route.query.__name__]
        found += [
            {"name": name, "in": "query", "required": name in schema.get("required", ()),
             "schema": member}
            for name, member in schema["properties"].items()
        ]  # fmt: skip
    return found


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description,
            "schema": {"type": "string"}}  # fmt: skip
