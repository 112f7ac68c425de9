"""The OpenAPI document is valid, complete, and true of what the server does."""

from __future__ import annotations

import re
from typing import Any, Final

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from acdengine.api import live as live_feed
from acdengine.api.live import Closing
from acdengine.api.openapi import describe, document
from acdengine.api.paths import documented, parts_of
from acdengine.api.routes import LIVE_PATH, OPENAPI_PATH, ROUTES
from tests.unit.api.conftest import Browser
from tests.unit.api.served import Served

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


OPERATIONS = [(route.method, documented(route.path)) for route in ROUTES]
#: Names of what there is, so that not everything ends with "no such call".
THERE = {
    "tenant": "acme",
    "queue": "support",
    "agent": "alice",
    "switch": "fs1",
    "call_id": "acme-talk",
    "flow": "menu",
    "hours": "office",
}
#: What takes nothing can be asked wrongly in no way that the document knows of.
PLAIN = [
    (route.method, documented(route.path))
    for route in ROUTES
    if not (parts_of(route.path) or route.body or route.query)
]

DOCUMENT = schemathesis.openapi.from_dict(describe())

CHECK = settings(
    max_examples=6,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    database=None,
)


def run(method: str, path: str, mode: GenerationMode, **parts: str) -> None:
    """Some requests as the document allows or forbids them, to a fresh server."""
    with Served() as served, requests.Session() as session:

        def check(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(
                served.url,
                session,
                headers={"Authorization": "Bearer root"},
                # What is well formed may still name what is not there.
                excluded_checks=[positive_data_acceptance],
            )

        operation = DOCUMENT[path][method]
        CHECK(given(operation.as_strategy(mode, path_parameters=parts or None))(check))()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [pair for pair in OPERATIONS if "{" not in pair[1]])
def test_what_is_asked_rightly_is_answered_as_documented(method: str, path: str) -> None:
    run(method, path, GenerationMode.POSITIVE)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [pair for pair in OPERATIONS if "{" in pair[1]])
def test_what_is_there_is_answered_as_documented(method: str, path: str) -> None:
    run(method, path, GenerationMode.POSITIVE, **{part: THERE[part] for part in parts_of(path)})


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), [pair for pair in OPERATIONS if pair not in PLAIN])
def test_what_is_asked_wrongly_is_refused_as_documented(method: str, path: str) -> None:
    run(method, path, GenerationMode.NEGATIVE)


async def test_the_document_is_served_to_anybody(ask: Browser) -> None:
    answer = await ask("GET", OPENAPI_PATH, "")
    assert answer.content == document()


def test_every_schema_is_one() -> None:
    for schema in describe()["components"]["schemas"].values():
        assert jsonschema_rs.meta.is_valid(schema | {"$schema": DIALECT})


def test_everything_is_described_and_nothing_twice() -> None:
    paths = describe()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names)) == len(ROUTES) + 2
    for operation in operations:
        assert operation["summary"]
        assert operation["responses"]
    references = set(re.findall(r"#/components/schemas/(\w+)", document().decode()))
    assert references == set(describe()["components"]["schemas"])


def test_all_messages_of_the_live_feed_are_described() -> None:
    live = describe()["paths"][LIVE_PATH]["get"]
    sent = [ref["$ref"].rpartition("/")[2] for ref in live["x-messages"]["sent"]]
    assert sent == ["Snapshot", "Rows", "Live", "Facts"]
    codes = [closing.code for closing in vars(live_feed).values() if isinstance(closing, Closing)]
    assert [code for code in codes if str(code) not in live["description"]] == []
