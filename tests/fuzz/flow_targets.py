"""What flow files and expressions are fuzzed with, and what must hold whatever they say."""

from __future__ import annotations

import tempfile
from pathlib import Path

from acdengine.ivr.expressions.compiling import compile_expression, compile_template
from acdengine.ivr.expressions.syntax import ExpressionError
from acdengine.ivr.expressions.values import (
    LIST_LIMIT,
    NUMBER_LIMIT,
    TEXT_LIMIT,
    Kind,
    Value,
    fits,
)
from acdengine.ivr.program import programs_of
from acdengine.settings.errors import SettingsError
from acdengine.settings.flows.library import load_flows

KINDS: dict[str, Kind] = {"n": "number", "t": "text", "f": "flag", "l": "list", "s": "secret"}
VALUES: list[dict[str, Value]] = [
    {},
    {"n": 3, "t": "+49 30", "f": True, "l": ("a", "b"), "s": "secret-1"},
    {"n": -999_999_999_999_999, "t": "x" * TEXT_LIMIT, "f": False, "l": ("y" * 100,) * LIST_LIMIT},
]
CALL: dict[str, Value] = {"caller.number": "+4930", "customer.vip": 2}


def expression(data: bytes) -> None:
    """Any bytes as an expression and as a template: refused with a place, or worth a value of its
    type within the limits, and never what was typed in secret."""
    text = data.decode("utf-8", "replace")
    at = 0
    try:
        compiled = compile_expression(text, KINDS)
    except ExpressionError as error:
        at = error.at
    else:
        for values in VALUES:
            value = compiled.evaluate(values, CALL)
            assert compiled.kind != "secret"
            assert compiled.kind == "nothing" or fits(value, compiled.kind), (text, value)
            _check_limits(value)
    assert 0 <= at <= len(text)
    try:
        template = compile_template(text, KINDS)
    except ExpressionError as error:
        at = error.at
    else:
        for values in VALUES:
            assert "secret-1" not in template.evaluate(values, CALL) or "secret-1" in text
    assert 0 <= at <= len(text)


def _check_limits(value: Value) -> None:
    if isinstance(value, str):
        # Text that an expression holds as written may be as long as the expression.
        assert len(value) <= TEXT_LIMIT
    elif isinstance(value, tuple):
        assert len(value) <= LIST_LIMIT
    elif isinstance(value, (int, float)):
        assert abs(value) < 2 * NUMBER_LIMIT


def flow_file(data: bytes) -> None:
    """Any bytes as a flow file: refused with problems that are told in lines, or a flow that can
    run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.yaml"
        path.write_bytes(data)
        try:
            library = load_flows([path], draft=True)
        except SettingsError as error:
            told = [str(problem) for problem in error.problems]
        else:
            programs_of(library.definitions.values())
            return
    assert told
    assert all(line.isprintable() for line in told), told


#: Beginnings that a mutation starts from.
EXPRESSIONS: tuple[bytes, ...] = (
    b"n + 2 * (n - 1) > 3 and not f",
    b"if(is_missing(t), 'none', upper(part(t, 1, 2)))",
    b"item(l, n) ?? join(l, '-')",
    b"{n} of {last(t, 4)} {{",
    b"replace(t, 'x', t) + replace(t, 'x', t)",
    b"s",
    b"luhn(digits(t)) or 'a' in l",
    b"round(n / 7, 2) % 3 == -n",
)
