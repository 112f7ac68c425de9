"""What a reload says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.plan import Plan
from acdengine.settings.compile import load_plan, plan_of_documents
from acdengine.settings.difference import differences
from acdengine.settings.yaml_source import parse


def plan_of(text: str) -> Plan:
    return plan_of_documents([parse("tenants: {acme: {" + text + "}}", "f")])[1]


def told(old: str, new: str) -> list[str]:
    return [str(change) for change in differences(plan_of(old), plan_of(new))]


def test_the_same_plan_is_no_change() -> None:
    plan = load_plan([Path(__file__).with_name("everything.yaml")])[1]
    assert differences(plan, plan) == []


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("", "queues: {a: {}}", ["queue acme/a added"]),
        ("queues: {a: {}}", "", ["queue acme/a drained"]),
        ("agents: {a: {}}", "agents: {b: {}}", ["agent acme/b added", "agent acme/a drained"]),
        ("flows: {a: {then: {hangup: {}}}}", "", ["flow acme/a removed"]),
        (
            "queues: {a: {}}",
            "queues: {a: {ring_timeout_s: 25.5, name: A, announcements: {position: true}}}",
            [
                'queue acme/a changed: name "a" -> "A", ring_timeout_s 20 -> 25.5, '
                + "announcements.position false -> true"
            ],
        ),
        (
            "queues: {a: {}}",
            "queues: {a: {max_wait_s: 60, when_waited: {hangup: {}}}}",
            [
                "queue acme/a changed: max_wait_s none -> 60, when_waited [] -> "
                + '[{"type":"hangup","prompt":"","cause":"normal"}]'
            ],
        ),
        (
            "skills: [x, y], agents: {a: {skills: {x: 1}}}",
            "skills: [x, y], agents: {a: {skills: {y: 2}}}",
            ["agent acme/a changed: skills.y none -> 2, skills.x 1 -> none"],
        ),
        (
            "numbers: {1: {hangup: {}}}",
            "numbers: {1: {voicemail: a}}",
            [
                'tenant acme changed: numbers.1 {"type":"hangup","prompt":"","cause":"normal"} -> '
                + '{"type":"voicemail","box":"acme/a","prompt":""}'
            ],
        ),
    ],
)
def test_a_change_is_told_with_its_fields(old: str, new: str, changes: list[str]) -> None:
    assert told(old, new) == changes


def test_the_engines_own_settings_change_too() -> None:
    assert [str(change) for change in differences(Plan(), Plan(seed=5, history_limit=1))] == [
        "engine changed: seed 1 -> 5, history_limit 10000 -> 1"
    ]


def test_a_long_value_is_cut() -> None:
    assert told("queues: {a: {}}", "queues: {a: {name: " + "x" * 200 + "}}") == [
        'queue acme/a changed: name "a" -> "' + "x" * 56 + "..."
    ]
