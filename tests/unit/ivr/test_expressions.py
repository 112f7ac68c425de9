"""The expression language: what it works out, what it refuses, and where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.ivr.expressions.compiling import compile_expression, compile_template
from acdengine.ivr.expressions.functions import FUNCTIONS
from acdengine.ivr.expressions.syntax import ExpressionError
from acdengine.ivr.expressions.values import TEXT_LIMIT, Kind, Value

KINDS: dict[str, Kind] = {
    "amount": "number",
    "name": "text",
    "ready": "flag",
    "cities": "list",
    "card": "secret",
    "unset": "number",
}
VALUES: dict[str, Value] = {
    "amount": 12,
    "name": "Ann",
    "ready": True,
    "cities": ("Bonn", "Kiel"),
    "card": "secret-1",
}
CALL: dict[str, Value] = {"caller.number": "+4930123", "customer.vip": 2}


def value_of(text: str) -> Value:
    return compile_expression(text, KINDS).evaluate(VALUES, CALL)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 - 2 - 1", 4),
        ("-amount + 2", -10),
        ("- 2 * 3", -6),
        ("7 / 2", 3.5),
        ("8 / 2", 4),
        ("7 % 4", 3),
        ("1 / 0", None),
        ("1 % 0", None),
        ("unset + 1", None),
        ("unset ?? 5", 5),
        ("unset == unset", False),
        ("unset != 1", True),
        ("unset < 1", False),
        ("999999999999999 * 10", None),
        ("amount == 12 and ready", True),
        ("not ready or amount > 100", False),
        ("not amount == 12", False),
        ("'a' < 'b'", True),
        ("name + ', hello'", "Ann, hello"),
        ("'Bonn' in cities", True),
        ("'nn' in name", True),
        ("unset == missing", False),
        ("is_missing(unset)", True),
        ("if(ready, 'yes', 'no')", "yes"),
        ("if(ready, missing, 3)", None),
        ("text(amount) + text(1.50)", "121.5"),
        ("text(missing)", ""),
        ("customer.vip >= 2", True),
        ("last(caller.number, 3)", "123"),
        ("length([])", 0),
        ("join(['a', name], '-')", "a-Ann"),
        ('"say \\"x\\""', 'say "x"'),
        ("true", True),
    ],
)
def test_what_an_expression_is_worth(text: str, value: Value) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


@pytest.mark.parametrize(
    ("call", "value"),
    [
        ("length(name)", 3),
        ("length(cities)", 2),
        ("lower(name)", "ann"),
        ("upper(name)", "ANN"),
        ("trim(' a ')", "a"),
        ("digits('+49 (30) 1')", "49301"),
        ("starts_with(name, 'A')", True),
        ("ends_with(name, 'A')", False),
        ("part('abcdef', 2, 3)", "bcd"),
        ("part('abc', 0, 3)", ""),
        ("last('abc', 0)", ""),
        ("replace('a-b', '-', ' ')", "a b"),
        ("replace('ab', '', 'x')", "ab"),
        ("number('12.50')", 12.5),
        ("number('1e9')", None),
        ("number('²')", None),
        ("number('')", None),
        ("round(2.5, 0)", 3),
        ("round(-2.345, 2)", -2.35),
        ("floor(-1.5)", -2),
        ("abs(-3)", 3),
        ("min(1, 2)", 1),
        ("max(1, unset)", None),
        ("item(cities, 2)", "Kiel"),
        ("item(cities, 3)", None),
        ("join(cities, ' ')", "Bonn Kiel"),
        ("luhn('4111111111111111')", True),
        ("luhn('4111111111111112')", False),
        ("luhn('')", False),
    ],
)
def test_functions(call: str, value: Value) -> None:
    assert value_of(call) == value


def test_every_function_is_tried() -> None:
    told = test_functions.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {call.partition("(")[0] for call, _ in told} >= FUNCTIONS.keys()


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "the end stands here"),
        ("1 +", 3, "the end stands here"),
        ("amount = 1", 7, "'=' is not an operator"),
        ("amount == 'a'", 10, "a text stands here"),
        ("1 < 2 < 3", 6, "comparisons stand in a row"),
        ("nme", 0, "there is no variable 'nme'"),
        ("foo(1)", 0, "there is no function 'foo'"),
        ("length()", 0, "'length' is given 0 values"),
        ("lower(amount)", 6, "a number stands here"),
        ("'abc", 0, "the text is not closed"),
        ("(1", 2, "the end stands here"),
        ("1 2", 2, "'2' is too much"),
        ("card", 0, "what was typed in secret cannot be read"),
        ("card == '1'", 8, "what was typed in secret cannot be read"),
        ("text(card)", 0, "what was typed in secret cannot be read"),
        ("length(card)", 7, "a secret stands here"),
        ("if(ready, card, '1')", 16, "what was typed in secret cannot be read"),
        ("name * 2", 7, "a number stands here"),
        ("ready < ready", 6, "'<' compares a flag"),
        ("ready and 1", 10, "a number stands here"),
        ("__import__('os')", 0, "there is no function '__import__'"),
        ("name.upper", 0, "there is no variable 'name.upper'"),
        ("a; b", 1, "';' means nothing here"),
        ("(" * 40 + "1" + ")" * 40, 32, "nested too deeply"),
        ("-" * 40 + "1", 32, "nested too deeply"),
        ("1" * 1001, 0, "the expression is too long"),
    ],
)
def test_what_is_refused_and_where(text: str, at: int, message: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text, KINDS)
    assert (refused.value.message, refused.value.at) == (message, at)
    assert refused.value.expected


def test_a_template_takes_values_as_texts() -> None:
    template = compile_template("{{{name}}} owes {amount / 8} of {unset}", KINDS)
    assert template.evaluate(VALUES, CALL) == "{Ann} owes 1.5 of "
    assert template.reads == ("name", "amount", "unset")
    assert compile_template("plain {{", KINDS).constant == "plain {"


@pytest.mark.parametrize(
    ("text", "at"), [("a {", 2), ("a }", 2), ("ab {nme}", 4), ("{card}", 1), ("{}", 1)]
)
def test_a_wrong_template_says_where(text: str, at: int) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_template(text, KINDS)
    assert refused.value.at == at


def test_no_text_grows_without_bound() -> None:
    grow = compile_expression("name + name", KINDS)
    values: dict[str, Value] = {"name": "x" * 600}
    for _ in range(5):
        values["name"] = grow.evaluate(values, {})
    assert values["name"] == "x" * TEXT_LIMIT


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_is_refused_with_its_place(text: str) -> None:
    try:
        compiled = compile_expression(text, KINDS)
    except ExpressionError as error:
        at = error.at
    else:
        at = 0
        compiled.evaluate(VALUES, CALL)
    assert 0 <= at <= len(text)


PIECES = st.sampled_from([*KINDS, *"+-*/%()[],", "==", "<", "??", "in", "and", "not", "1", "'a'",
                          "if(", "text(", "item(", "number(", "missing",
                          "customer.vip"])  # fmt: skip


@given(st.lists(PIECES, max_size=14), st.dictionaries(
    st.sampled_from(sorted(KINDS)), st.none(), max_size=3))  # fmt: skip
def test_what_compiles_runs_with_its_type(pieces: list[str], without: dict[str, None]) -> None:
    try:
        compiled = compile_expression(" ".join(pieces), KINDS)
    except ExpressionError:
        return
    value = compiled.evaluate({**VALUES, **without}, CALL)
    kinds = {str: "text", bool: "flag", int: "number", float: "number", tuple: "list"}
    assert value is None or compiled.kind == kinds[type(value)]
