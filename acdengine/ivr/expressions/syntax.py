"""An expression as a tree, and the parser that makes it (Pratt's, by binding powers)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from acdengine.ivr.expressions.values import Value, as_number

LENGTH_LIMIT: Final = 1_000
"""Characters of one expression."""
DEPTH_LIMIT: Final = 32
"""Operators, functions and brackets within each other."""


class ExpressionError(Exception):
    """An expression that cannot be used; ``at`` counts the characters before the wrong part."""

    def __init__(self, message: str, expected: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.at = at


@dataclass(frozen=True, slots=True)
class Constant:
    """A value as it is written."""

    at: int
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, its parts in order."""

    at: int
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator with what it works on: one operand or two."""

    at: int
    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """A function with its arguments."""

    at: int
    function: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Constant | Name | ListOf | Operation | Application

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      | (?P<text>"(?:[^"\\\n]|\\["\\n])*"|'[^'\n]*')
      | (?P<mark>==|!=|<=|>=|\?\?|[-+*/%<>()\[\],])
    )""",
    re.VERBOSE,
)
#: Operators between two operands, by how strongly they bind.
_BINDING: Final[dict[str, int]] = {
    "or": 1,
    "and": 2,
    "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4,
    "??": 5,
    "+": 6, "-": 6,
    "*": 7, "/": 7, "%": 7,
}  # fmt: skip
_COMPARISON: Final = 4
_NOT: Final = 3
_SIGN: Final = 8
_CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "missing": None}
_OPERAND: Final = "a value, a variable, a function or '('"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else f"'{self.text}'"


def parse_expression(text: str) -> Expression:
    """The tree of an expression.

    Raises:
        ExpressionError: it is not one, or is too long or nested too deeply.
    """
    if len(text) > LENGTH_LIMIT:
        expected = f"{LENGTH_LIMIT} characters at the most"
        raise ExpressionError("the expression is too long", expected, 0)
    return _Parser(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            start = len(text) - len(text[at:].lstrip())
            raise _unreadable(text, start)
        kind = found.lastgroup
        tokens.append(_Token(kind, found[kind], found.start(kind)))
        at = found.end()
    tokens.append(_Token("end", "", end))
    return tokens


def _unreadable(text: str, at: int) -> ExpressionError:
    if text[at] in "\"'":
        return ExpressionError("the text is not closed", f"{text[at]} at its end", at)
    if text[at] == "=":
        return ExpressionError("'=' is not an operator", "'==' to compare", at)
    return ExpressionError(f"{text[at]!r} means nothing here", "an operator or a value", at)


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def whole(self) -> Expression:
        tree = self._operation(0)
        after = self._next()
        if after.kind != "end":
            raise ExpressionError(f"{after.shown} is too much", "an operator or the end", after.at)
        return tree

    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._tokens[self._place]
        if token.kind != "end":
            self._place += 1
        return token

    def _close(self, mark: str) -> None:
        token = self._take()
        if token.text != mark or token.kind != "mark":
            raise ExpressionError(f"{token.shown} stands here", f"'{mark}'", token.at)

    def _operation(self, least: int) -> Expression:
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            expected = f"{DEPTH_LIMIT} levels at the most"
            raise ExpressionError("nested too deeply", expected, self._next().at)
        left = self._operand()
        while (power := self._power()) > least:
            operator = self._take()
            right = self._operation(power)
            left = Operation(operator.at, operator.text, (left, right))
            if power == _COMPARISON and self._power() == _COMPARISON:
                wish = "'and' between two comparisons"
                raise ExpressionError("comparisons stand in a row", wish, self._next().at)
        self._depth -= 1
        return left

    def _power(self) -> int:
        token = self._next()
        return _BINDING.get(token.text, 0) if token.kind in ("mark", "name") else 0

    def _operand(self) -> Expression:
        token = self._take()
        if token.kind == "number":
            return Constant(token.at, as_number(token.text))
        if token.kind == "text":
            return Constant(token.at, _unquoted(token.text))
        if token.text == "-":
            return Operation(token.at, "-", (self._operation(_SIGN),))
        if token.text == "(":
            inner = self._operation(0)
            self._close(")")
            return inner
        if token.text == "[":
            return ListOf(token.at, self._listed("]"))
        if token.kind != "name" or token.text in _BINDING:
            raise ExpressionError(f"{token.shown} stands here", _OPERAND, token.at)
        return self._named(token)

    def _named(self, token: _Token) -> Expression:
        if token.text == "not":
            return Operation(token.at, "not", (self._operation(_NOT),))
        if token.text in _CONSTANTS:
            return Constant(token.at, _CONSTANTS[token.text])
        if self._next().text == "(" and self._next().kind == "mark":
            self._take()
            return Application(token.at, token.text, self._listed(")"))
        return Name(token.at, token.text)

    def _listed(self, end: str) -> tuple[Expression, ...]:
        parts: list[Expression] = []
        if self._next().text == end:
            self._take()
            return ()
        while True:
            parts.append(self._operation(0))
            if self._next().text != "," or self._next().kind != "mark":
                self._close(end)
                return tuple(parts)
            self._take()


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    if text[0] == "'" or "\\" not in inner:
        return inner
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], inner)
