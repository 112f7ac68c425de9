"""No class takes the whole house: constructors have few parameters."""

from __future__ import annotations

import ast
from typing import Final

import pytest

from tests.unit.test_tidy import CODE, name_of

_MOST: Final = 7

#: Constructors with more, and why.
_MAY_HAVE_MORE: Final = {
    "ScriptCall": "the leg, the request and two clocks of one AGI script",
    "Destinations": "a call may go to each of these parts",
    "Intake": "a new call may go to each of these parts",
    "Call": "a record: its first fields in order",
    "Offer": "a record: its first fields in order",
    "Reload": "new settings concern each of these parts",
    "Switches": "what a switch has lost or kept concerns every part",
    "Transfers": "a call may be transferred to each of these parts",
    "TenantHost": "the centre, the tenant and the call of one AGI script",
}


def _constructors(tree: ast.AST) -> dict[str, int]:
    """Parameters of the written constructors, by class."""
    return {
        node.name: len(one.args.posonlyargs + one.args.args + one.args.kwonlyargs) - 1
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for one in node.body
        if isinstance(one, ast.FunctionDef) and one.name == "__init__"
    }


def test_constructors_have_few_parameters() -> None:
    large = {
        name: f"{name_of(path)}: {name} has {count} parameters, not more than {_MOST} are wanted"
        for path in CODE
        for name, count in _constructors(ast.parse(path.read_text())).items()
        if count > _MOST
    }
    assert [large[name] for name in large if name not in _MAY_HAVE_MORE] == []
    assert [name for name in _MAY_HAVE_MORE if name not in large] == [], "not needed any more"


@pytest.mark.parametrize("kind", ["a, b", "a, *, b", "a, /, b"])
def test_every_kind_of_parameter_counts(kind: str) -> None:
    assert _constructors(ast.parse(f"class X:\n def __init__(self, {kind}): ...")) == {"X": 2}
