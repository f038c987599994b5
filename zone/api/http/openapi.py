"""The contract: an OpenAPI 3.1 document made of the route table and its types.

The types are those that read requests and write answers, so the document cannot
say anything else than what is done.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import msgspec.inspect
from msgspec import Struct

from wire.ids import USER
from wire.item_kinds import ITEMS
from wire.item_labels import KindLabels
from zone.api.http import downloads
from zone.api.http.entitlement import ACT_AS, PERSON
from zone.api.http.gate import FOR_ITSELF
from zone.api.http.linking import id_pattern, links_of, names_of, path_schema
from zone.api.http.problems import Problem
from zone.api.http.route import Header, Route

_REF = "#/components/schemas/{name}"
_PARAMETER = "#/components/parameters/{name}"
_PROBLEM = "#/components/responses/Problem"
_BYTES = {"type": "string", "format": "binary"}

# A document that is answered as a file is JSON all the same.
_KINDS: Mapping[str, dict[str, Any]] = {"application/json": {"type": "object"}}

# What any request may say of itself, and what an answer to one that was asked before says.
_ASKED: Mapping[str, Header] = {
    ACT_AS: Header("The user for whom the frontend asks", id_pattern(USER), required=True),
    PERSON: Header("Who speaks, where several share the account that Sekisho-Act-As names: us_…"),
    "Idempotency-Key": Header("Asking again under it answers as before: 1 to 200 ASCII characters"),
}
_REPLAYED: Mapping[str, Header] = {
    "Idempotency-Replayed": Header(
        "That this was answered before, and nothing done again", "^true$"
    )
}


def contract_document(routes: Sequence[Route], *, title: str) -> bytes:
    """Return the document as JSON."""
    bodies = [body for route in routes for body in (route.body, route.answer) if body is not None]
    types = list(
        dict.fromkeys([Problem, *bodies, *_structs(msgspec.inspect.multi_type_info(bodies))])
    )
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    _bound_tuples(components)
    of_type = dict(zip(types, schemas, strict=True))
    for one in types:
        if isinstance(one, type) and issubclass(one, Struct):
            _complete(one, components[of_type[one]["$ref"].rpartition("/")[2]])
    for content, row in ITEMS.items():
        _label(row.labels, components[of_type[content]["$ref"].rpartition("/")[2]])
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        links = links_of(route, routes)
        operation = _operation(route, of_type, links)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": "http://localhost", "description": "api.sock"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": {name: _header(name, said) for name, said in _ASKED.items()},
            "responses": {"Problem": _problem(of_type)},
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


def _bound_tuples(schema: object) -> None:
    """Say of a tuple how long it is and what is in it: `items: false` is more than others read."""
    if isinstance(schema, dict):
        if "prefixItems" in schema:
            said = schema.pop("prefixItems")
            kinds = [kind for n, kind in enumerate(said) if kind not in said[:n]]
            schema["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        for member in schema.values():
            _bound_tuples(member)
    elif isinstance(schema, list):
        for member in schema:
            _bound_tuples(member)


def _label(labels: KindLabels, schema: dict[str, Any]) -> None:
    """Say what a kind of item and its fields are called, for frontends that show them."""
    schema["x-label"] = labels.kind._asdict()
    for field, label in labels.fields.items():
        schema["properties"][field]["x-label"] = label._asdict()


def _problem(of_type: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    language = Header("In which language its title is", "^(ja|en)$", required=True)
    return {
        "description": "A problem (RFC 9457)",
        "headers": {
            "Content-Language": _answered(language),
            "Retry-After": _answered(Header("Seconds to wait before asking again", "^[0-9]+$")),
        },
        "content": {"application/problem+json": {"schema": of_type[Problem]}},
    }


def _operation(
    route: Route, of_type: dict[Any, dict[str, Any]], links: dict[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.en,
        "x-summary-ja": route.ja,
        "parameters": _parameters(route),
        "responses": _responses(route, of_type, links),
    }
    if route.body is not None:
        said: dict[str, Any] = {"schema": of_type[route.body]}
        if route.example is not None:
            said["example"] = route.example
        operation["requestBody"] = {"required": True, "content": {"application/json": said}}
    elif route.raw is not None:
        raw = {route.raw: {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"content": raw}
    return operation


def _responses(
    route: Route, of_type: dict[Any, dict[str, Any]], links: dict[str, Any]
) -> dict[str, Any]:
    content = {media: {"schema": _KINDS.get(media, _BYTES)} for media in route.media}
    if route.answer is not None:
        content["application/json"] = {"schema": of_type[route.answer]}
    answered: dict[str, Any] = {"description": route.en}
    if content and route.method != "HEAD":
        answered["content"] = content
    headers = {**(route.answered or {}), **(_REPLAYED if route.is_kept else {})}
    if headers:
        answered["headers"] = {name: _answered(said) for name, said in headers.items()}
    if links:
        answered["links"] = links
    found = {str(route.status): answered}
    if route.headers is downloads.ASKED:
        had = {"description": "The asker has these bytes", "headers": answered["headers"]}
        found |= {"206": answered | {"description": "The part that was asked for"}, "304": had}
    return found | {statuses: {"$ref": _PROBLEM} for statuses in ("4XX", "503")}


def _answered(said: Header) -> dict[str, Any]:
    return {"description": said.says, "required": said.required, "schema": _text_of(said)}


def _text_of(said: Header) -> dict[str, Any]:
    return {"type": "string"} | ({"pattern": said.pattern} if said.pattern else {})


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": path_schema(name)}
        for name in names_of(route)
    ]
    found += [{"$ref": _PARAMETER.format(name=name)} for name in _asked(route)]
    found += [_header(name, said) for name, said in (route.headers or {}).items()]
    if route.query is not None:
        schema = msgspec.json.schema(route.query)["$defs"][route.query.__name__]
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": member,
            }
            for name, member in schema["properties"].items()
        ]
    return found


def _asked(route: Route) -> list[str]:
    """Return what a request may say of itself, whatever it is about."""
    if route.path in FOR_ITSELF:
        return []
    return [ACT_AS, PERSON, *(["Idempotency-Key"] if route.is_kept else [])]


def _header(name: str, said: Header) -> dict[str, Any]:
    found = {
        "name": name,
        "in": "header",
        "required": said.required,
        "description": said.says,
        "schema": _text_of(said),
    }
    return found | ({"example": said.example} if said.example else {})
