"""Every test can fail by what it finds: it asserts, expects an error, or calls what does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
#: Calls that fail by themselves. `look` and `check` are those of the seeds' checkers.
_FAILING_CALLS = frozenset("raises warns fail check look".split())
#: A function of hypothesis: the machine's rules and invariants assert.
_RUNS_A_MACHINE = "run_state_machine"

#: No name of a function.
_ASSERTS = "assert"


def without_assertion(trees: dict[str, ast.Module]) -> list[str]:
    """`file:line name` of test functions that assert nothing, directly or through a function of
    the tests. Functions are known by their bare names, fixtures among them."""
    functions = [
        (f"{path}:{node.lineno} {node.name}", node.name, _mentioned(node))
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    asserting = {_ASSERTS}
    while True:
        found = {
            name
            for _, name, mentioned in functions
            if not name.startswith("test_") and mentioned & asserting
        }
        if found <= asserting:
            break
        asserting |= found
    return [
        place
        for place, name, mentioned in functions
        if name.startswith("test_") and not mentioned & asserting
    ]


def _mentioned(function: ast.AST) -> frozenset[str]:
    """Names in a function, and `_ASSERTS` where it can fail by itself."""
    names: list[str] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            names.append(_ASSERTS if node.id == _RUNS_A_MACHINE else node.id)
        elif isinstance(node, ast.Attribute):
            names.append(_ASSERTS if node.attr in _FAILING_CALLS else node.attr)
        elif isinstance(node, ast.Assert | ast.Raise):
            names.append(_ASSERTS)
    return frozenset(names)


@pytest.mark.slow
def test_every_test_asserts_something() -> None:
    trees = {
        path.relative_to(TESTS.parent).as_posix(): ast.parse(path.read_bytes())
        for path in TESTS.rglob("*.py")
    }
    assert without_assertion(trees) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_a(): f()", ["a.py:1 test_a"]),
        ("def test_a(): assert f()", []),
        ("def test_a():\n    with pytest.raises(E): f()", []),
        ("def f(): assert x\ndef test_a(): f()", []),
        ("def g(): assert x\ndef f(): g()\ndef test_a(): f()", []),
        ("def f(): pass\nasync def test_a(): await f()", ["a.py:2 test_a"]),
    ],
)
def test_what_asserts_nothing_is_found(source: str, found: list[str]) -> None:
    assert without_assertion({"a.py": ast.parse(source)}) == found
