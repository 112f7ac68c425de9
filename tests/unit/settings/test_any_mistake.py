"""Any value in the place of a right one gives a plan or problems, never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acdengine.engine.core import Engine
from acdengine.plan import Plan
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.reading import Reading
from acdengine.settings.tree import Keys
from acdengine.settings.yaml_source import parse

TEXT = Path(__file__).with_name("everything.yaml").read_text(encoding="utf-8")
VALUES: Any = Reading(parse(TEXT, "f").root).values()


def places(value: Any, path: Keys = ()) -> list[Keys]:
    """The ways to everything in a document."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            found += places(value[key], (*path, key))
    return found


def replaced(value: Any, path: Keys, by: Any) -> Any:
    """A copy of a document with another value at a place; without the place for `...`."""
    if not path:
        return by
    copy = dict(enumerate(value)) if isinstance(value, list) else dict(value)
    if path[1:] or by is not ...:
        copy[path[0]] = replaced(copy[path[0]], path[1:], by)
    else:
        del copy[path[0]]
    return list(copy.values()) if isinstance(value, list) else copy


OTHER: st.SearchStrategy[Any] = st.sampled_from(
    [..., None, True, 0, 1, -1, 2.5, 1e300, "", "x", "sales", "bob", "a{1..3}", "office", [], {},
     ["x"], [1], {"x": 1}, {"queue": "other"}, {"hangup": {}}, "german >= 5", "24:00-24:00",
     "2026-02-30"]
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(places(VALUES)), OTHER), min_size=1, max_size=2))
def test_a_wrong_value_is_told_or_makes_a_plan(mistakes: list[tuple[Keys, Any]]) -> None:
    values = VALUES
    for path, by in mistakes:
        if path in places(values):  # unless the first mistake took it away
            values = replaced(values, path, by)
    outcome = plan_or_problems(json.dumps(values))
    if isinstance(outcome, Plan):
        Engine(outcome).check()
    else:
        assert outcome
        assert all(problem.line == 1 and problem.message for problem in outcome)


def plan_or_problems(text: str) -> Plan | tuple[Problem, ...]:
    try:
        return plan_of_documents([parse(text, "f")])[1]
    except SettingsError as error:
        return error.problems
