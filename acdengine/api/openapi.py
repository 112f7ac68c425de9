"""The OpenAPI 3.1 document, made from the table of routes: nothing is described twice."""

from __future__ import annotations

import inspect
from functools import cache
from http import HTTPStatus
from typing import Any, Final, TypeAlias, get_args

import msgspec
from msgspec import Struct

import acdengine
from acdengine.api.bodies import LiveFilter, Query
from acdengine.api.live_messages import Facts, Live, Rows, Snapshot, Subscribe
from acdengine.api.paths import documented, parts_of
from acdengine.api.problems import Problem
from acdengine.api.raw import Raw
from acdengine.api.routes import LIVE_PATH, LOOKERS, OPENAPI_PATH, ROUTES, Route
from acdengine.facts import AnyFact

#: JSON as it goes into the document.
Node: TypeAlias = dict[str, Any]

_MESSAGES: Final = (Snapshot, Rows, Live, Facts)
_REF: Final = "#/components/schemas/{name}"
_NAME: Final = "^[A-Za-z0-9_@-][A-Za-z0-9_.@-]*$"
_JSON: Final = "application/json"
_TEXT: Final = "text/plain"
_MEANING: Final = {
    400: "The body is not JSON.",
    401: "No valid token.",
    403: "The token sees it, and may not do this.",
    404: "There is no such thing, or it is out of the token's rights.",
    405: "The path is another's, for want of a part.",
    408: "The body did not come in time.",
    409: "It cannot be done now.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "The request has a field that is missing, unknown or wrong.",
    426: "This is a WebSocket.",
    429: "Too many requests with this token; `Retry-After` says when to go on.",
    500: "Something went wrong here.",
    503: "Not at the moment.",
    504: "Not answered in time; it may still be done.",
}
_LIVE_TEXT: Final = """A snapshot, then facts as they happen.

Messages are JSON in text frames; `x-messages` lists them. They are applied in the order of their
coming. A browser gives its token as one of the protocols: `acdengine.v1, bearer.TOKEN`.

Close codes: 1000 the client closed; 1001 the daemon is stopping; 1003 a frame that is not text;
1007 a message that is not understood; 1008 the token is no longer valid; 1009 a message that is
too long; 1011 something went wrong here; 4008 nothing was read for too
long. Who answers no ping is cut off (1006)."""


@cache
def document() -> bytes:
    """The whole document, as it is served."""
    return msgspec.json.encode(describe())


def describe() -> Node:
    """The whole document."""
    schemas = _Schemas()
    paths: dict[str, Node] = {}
    for route in ROUTES:
        paths.setdefault(documented(route.path), {})[route.method.lower()] = _operation(
            route, schemas
        )
    paths[OPENAPI_PATH] = {
        "get": {
            "operationId": "get_openapi",
            "summary": "This document",
            "description": "This document. Needs no token.",
            "security": [],
            "responses": {"200": _answer("OK", _JSON, {"type": "object"})},
        }
    }
    paths[LIVE_PATH] = {"get": _live(schemas)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "acdengine control",
            "version": acdengine.__version__,
            "description": "The control interface of a running acdengine.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas:
    """All schemas of the document. Those of one union are told apart by names in one lot."""

    def __init__(self) -> None:
        kinds = [route.answer for route in ROUTES if route.answer is not Raw]
        kinds += [kind for route in ROUTES for kind in (route.body, route.query) if kind]
        kinds += [*_MESSAGES, Subscribe, Problem, Query, LiveFilter, *get_args(AnyFact)]
        unique = list(dict.fromkeys(kinds))
        nodes, self._components = msgspec.json.schema_components(unique, ref_template=_REF)
        self._nodes = dict(zip(unique, nodes, strict=True))

    def of(self, kind: type[Struct]) -> Node:
        """The reference to a type's schema."""
        return self._nodes[kind]

    def fields(self, kind: type[Struct]) -> tuple[Node, list[str]]:
        """The fields of a type with their schemas, and those that must be given."""
        schema = self._components[self._nodes[kind]["$ref"].rpartition("/")[2]]
        return schema["properties"], schema["required"]

    def components(self) -> Node:
        """All but those that are written out elsewhere."""
        queries = {route.query for route in ROUTES if route.query} | {LiveFilter, Query}
        left_out = {kind.__name__ for kind in queries}
        return {name: node for name, node in self._components.items() if name not in left_out}


def statuses_of(route: Route) -> list[int]:
    """Every status that a route may answer with."""
    found = [200, 500, *route.also]
    if route.roles:
        found += [401, 429]
        if route.body is None:
            found.append(422)
    if route.all_tenants or (route.roles and set(route.roles) != set(LOOKERS)):
        found.append(403)
    if parts_of(route.path):
        found += [404, 405]
    if route.body is not None:
        found += [400, 408, 413, 415, 422]
    if route.changes:
        found += [409, 503, 504]
    return sorted(set(found))


def _operation(route: Route, schemas: _Schemas) -> Node:
    text = inspect.getdoc(route.handler) or ""
    operation: Node = {
        "operationId": route.name,
        "tags": [route.path.split("/")[2]],
        "summary": text.partition("\n")[0].rstrip("."),
        "description": _with_roles(text, route),
        "responses": {
            str(status): _refused(status, schemas)
            for status in statuses_of(route)
            if status != HTTPStatus.OK
        },
    }
    if route.answer is Raw:
        good = _answer("Metrics.", _TEXT, {"type": "string"})
    else:
        good = _answer("Done, or found.", _JSON, schemas.of(route.answer))
    operation["responses"] = {"200": good, **operation["responses"]}
    if not route.roles:
        operation["security"] = []
    parameters = [_path_parameter(part) for part in parts_of(documented(route.path))]
    if route.query is not None:
        parameters += _query_parameters(route.query, schemas)
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        _, required = schemas.fields(route.body)
        operation["requestBody"] = {
            "required": bool(required),
            "content": {_JSON: {"schema": schemas.of(route.body)}},
        }
    return operation


def _with_roles(text: str, route: Route) -> str:
    if not route.roles:
        return text
    who = f"{text}\n\nFor the roles {', '.join(route.roles)}"
    return f"{who}; not for tokens of one tenant." if route.all_tenants else f"{who}."


def _live(schemas: _Schemas) -> Node:
    return {
        "operationId": "live",
        "tags": ["live"],
        "summary": "A snapshot, then facts as they happen",
        "description": _LIVE_TEXT,
        "parameters": _query_parameters(LiveFilter, schemas),
        "responses": {
            "101": {"description": "A WebSocket of the protocol acdengine.v1."},
            **{str(status): _refused(status, schemas) for status in (401, 422, 426, 429, 500, 503)},
        },
        "x-messages": {
            "sent": [schemas.of(kind) for kind in _MESSAGES],
            "received": [schemas.of(Subscribe)],
        },
    }


def _answer(description: str, media: str, schema: Node) -> Node:
    return {"description": description, "content": {media: {"schema": schema}}}


def _refused(status: int, schemas: _Schemas) -> Node:
    return _answer(_MEANING[status], _JSON, schemas.of(Problem))


def _path_parameter(name: str) -> Node:
    schema: Node = {"type": "string", "minLength": 1, "maxLength": 160}
    description = "The call's id."
    if name != "call_id":
        # Ids are tenant/name everywhere else; the slash between the two may also be sent as %2F.
        schema = {"type": "string", "pattern": _NAME, "maxLength": 64}
        description = f"The {name}'s name; its id is `tenant/name`."
        if name == "switch":
            description = "The switch's name."
    return {
        "name": name, "in": "path", "required": True, "description": description, "schema": schema,
    }  # fmt: skip


def _query_parameters(kind: type[Struct], schemas: _Schemas) -> list[Node]:
    fields, _ = schemas.fields(kind)
    parameters = []
    for name, field in fields.items():
        schema = {key: value for key, value in field.items() if key != "description"}
        node = {"name": name, "in": "query", "required": False, "schema": schema}
        parameters.append({**node, "description": field["description"]})
    return parameters
