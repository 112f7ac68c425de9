"""Expressions and text templates, checked against the types of variables and made into closures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from acdengine.ivr.expressions.functions import FUNCTIONS
from acdengine.ivr.expressions.syntax import (
    Application,
    Constant,
    Expression,
    ExpressionError,
    ListOf,
    Name,
    Operation,
    parse_expression,
)
from acdengine.ivr.expressions.values import (
    LIST_LIMIT,
    TEXT_LIMIT,
    Kind,
    Value,
    Values,
    as_text,
    limited,
)

Evaluate: TypeAlias = Callable[[Values, Values], Value]
"""An expression ready to run: the flow's variables and what is known of the call, in this order."""
Kinds: TypeAlias = Mapping[str, Kind]

#: What is known of every call, by name. A flow reads these and cannot write to them.
CALL_KINDS: Final[dict[str, Kind]] = {
    "caller.number": "text",
    "caller.name": "text",
    "call.dialled": "text",
    "call.id": "text",
    "call.language": "text",
    "customer.known": "flag",
    "customer.id": "text",
    "customer.name": "text",
    "customer.vip": "number",
    "customer.blacklisted": "flag",
    "agent.number": "text",
    "agent.name": "text",
    "agent.state": "text",
    "agent.reason": "text",
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression with its type, what runs it, and the flow's variables that it reads and that
    must be set for that: those in `a ?? b`, `is_missing(a)` and `text(a)` need not."""

    kind: Kind
    evaluate: Evaluate
    reads: tuple[str, ...] = ()


def compile_expression(text: str, kinds: Kinds) -> Compiled:
    """An expression over variables of the given types.

    Raises:
        ExpressionError: what is wrong with it first, and where.
    """
    compiler = _Compiler(kinds)
    kind, evaluate = compiler.compile(parse_expression(text))
    if kind == "secret":
        raise ExpressionError(*_SECRET, 0)
    return Compiled(kind, evaluate, tuple(compiler.reads))


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expressions in braces; `reads` are the variables that it reads."""

    evaluate: Callable[[Values, Values], str]
    reads: tuple[str, ...]
    #: The text, where it has no expression in it.
    constant: str | None


def compile_template(text: str, kinds: Kinds) -> Template:
    """A text in which `{expression}` stands for a value, and `{{` and `}}` for braces.

    Raises:
        ExpressionError: one of the expressions is wrong, or a brace is not closed.
    """
    parts: list[str | Evaluate] = []
    compiler = _Compiler(kinds)
    for at, is_expression, part in _parts(text):
        if not is_expression:
            parts.append(part)
            continue
        try:
            kind, evaluate = compiler.compile(parse_expression(part))
        except ExpressionError as error:
            raise ExpressionError(error.message, error.expected, at + error.at) from None
        if kind == "secret":
            raise ExpressionError(*_SECRET, at)
        parts.append(evaluate)
    constant = "".join(cast("list[str]", parts)) if not any(map(callable, parts)) else None
    if constant is not None:
        return Template(_constant_text(constant), (), constant)
    return Template(_joined(parts), tuple(compiler.reads), None)


_SECRET: Final = (
    "what was typed in secret cannot be read",
    "it in the data of an http step, by its name alone",
)


def _constant_text(text: str) -> Callable[[Values, Values], str]:
    return lambda variables, call: text


def _joined(parts: list[str | Evaluate]) -> Callable[[Values, Values], str]:
    def evaluate(variables: Values, call: Values) -> str:
        texts = [
            part if isinstance(part, str) else as_text(part(variables, call)) for part in parts
        ]
        return "".join(texts)[:TEXT_LIMIT]

    return evaluate


def _parts(text: str) -> Iterator[tuple[int, bool, str]]:
    """The parts of a template, each with its place and whether it is an expression."""
    plain: list[str] = []
    at = 0
    while at < len(text):
        mark = text[at]
        if mark in "{}" and text[at : at + 2] == mark * 2:
            plain.append(mark)
            at += 2
        elif mark == "}":
            raise ExpressionError("a '}' closes nothing", "'}}' for a brace", at)
        elif mark == "{":
            end = text.find("}", at)
            if end < 0:
                raise ExpressionError("the '{' is not closed", "'}', or '{{' for a brace", at)
            if plain:
                yield at, False, "".join(plain)
                plain = []
            yield at + 1, True, text[at + 1 : end]
            at = end + 1
        else:
            plain.append(mark)
            at += 1
    if plain:
        yield at, False, "".join(plain)


_Typed: TypeAlias = tuple[Kind, Evaluate]


class _Compiler:
    def __init__(self, kinds: Kinds) -> None:
        self._kinds = kinds
        #: In the order in which they were met, each once.
        self.reads: dict[str, None] = {}
        #: Within what takes a missing value: what is read there need not be set.
        self._provided = 0

    def compile(self, tree: Expression) -> _Typed:
        if isinstance(tree, Constant):
            return _constant(tree.value)
        if isinstance(tree, Name):
            return self._name(tree)
        if isinstance(tree, ListOf):
            return self._list(tree)
        if isinstance(tree, Application):
            return self._application(tree)
        if tree.operator == "not":
            operand = self._of(tree.operands[0], ("flag",), "true or false")
            return "flag", lambda variables, call: not operand(variables, call)
        if len(tree.operands) == 1:
            operand = self._of(tree.operands[0], ("number",), "a number")
            return "number", _negative(operand)
        return self._binary(tree)

    def _name(self, tree: Name) -> _Typed:
        name = tree.name
        kind = self._kinds.get(name)
        if kind is not None:
            if not self._provided:
                self.reads[name] = None
            return kind, lambda variables, call: variables.get(name)
        kind = CALL_KINDS.get(name)
        if kind is None:
            known = ", ".join([*self._kinds, *CALL_KINDS])
            raise ExpressionError(f"there is no variable '{name}'", f"one of {known}", tree.at)
        return kind, lambda variables, call: call.get(name)

    def _list(self, tree: ListOf) -> _Typed:
        parts = [self._of(part, ("text",), "a text") for part in tree.parts]
        if len(parts) > LIST_LIMIT:
            raise ExpressionError("the list is too long", f"{LIST_LIMIT} texts", tree.at)

        def evaluate(variables: Values, call: Values) -> Value:
            return tuple([as_text(part(variables, call)) for part in parts])

        return "list", evaluate

    def _of(self, tree: Expression, kinds: tuple[Kind, ...], words: str) -> Evaluate:
        """An operand that must have one of some types."""
        kind, evaluate = self.compile(tree)
        if kind != "nothing" and kind not in kinds:
            raise ExpressionError(f"a {kind} stands here", words, tree.at)
        return evaluate

    def _application(self, tree: Application) -> _Typed:
        if tree.function in ("text", "is_missing", "if"):
            return self._special(tree)
        function = FUNCTIONS.get(tree.function)
        if function is None:
            known = ", ".join([*FUNCTIONS, "text", "is_missing", "if"])
            message = f"there is no function '{tree.function}'"
            raise ExpressionError(message, f"one of {known}", tree.at)
        self._count(tree, len(function.arguments))
        arguments = [
            self._of(argument, kinds, f"a {' or a '.join(kinds)}")
            for argument, kinds in zip(tree.arguments, function.arguments, strict=True)
        ]
        apply = function.apply

        def evaluate(variables: Values, call: Values) -> Value:
            values = [argument(variables, call) for argument in arguments]
            for value in values:
                if value is None:
                    return None
            return apply(values)

        return function.result, evaluate

    def _count(self, tree: Application, count: int) -> None:
        given = len(tree.arguments)
        if given != count:
            message = f"'{tree.function}' is given {given} values"
            raise ExpressionError(message, f"{count}", tree.at)

    def _special(self, tree: Application) -> _Typed:
        if tree.function == "if":
            return self._choice(tree)
        self._count(tree, 1)
        kind, operand = self._compile_provided(tree.arguments[0])
        if kind == "secret":
            raise ExpressionError(*_SECRET, tree.at)
        if tree.function == "text":
            return "text", lambda variables, call: as_text(operand(variables, call))
        return "flag", lambda variables, call: operand(variables, call) is None

    def _compile_provided(self, tree: Expression) -> _Typed:
        self._provided += 1
        try:
            return self.compile(tree)
        finally:
            self._provided -= 1

    def _choice(self, tree: Application) -> _Typed:
        self._count(tree, 3)
        condition = self._of(tree.arguments[0], ("flag",), "a condition, true or false")
        kind, chosen = self.compile(tree.arguments[1])
        other_kind, other = self.compile(tree.arguments[2])

        def evaluate(variables: Values, call: Values) -> Value:
            if condition(variables, call):
                return chosen(variables, call)
            return other(variables, call)

        return self._same(kind, other_kind, tree.arguments[2].at), evaluate

    def _same(self, kind: Kind, other: Kind, at: int) -> Kind:
        """The type of two values of which either may result."""
        if kind == "secret" or other == "secret":
            raise ExpressionError(*_SECRET, at)
        if kind == "nothing":
            return other
        if other not in ("nothing", kind):
            raise ExpressionError(f"a {other} stands here", f"a {kind}", at)
        return kind

    def _binary(self, tree: Operation) -> _Typed:
        operator = tree.operator
        left_tree, right_tree = tree.operands
        if operator in ("and", "or"):
            left = self._of(left_tree, ("flag",), "true or false")
            right = self._of(right_tree, ("flag",), "true or false")
            return "flag", _both(left, right) if operator == "and" else _either(left, right)
        compile_left = self._compile_provided if operator == "??" else self.compile
        left_kind, left = compile_left(left_tree)
        if operator == "in":
            container = self._of(right_tree, ("text", "list"), "a list or a text")
            self._same("text", left_kind, left_tree.at)
            return "flag", _within(left, container)
        right_kind, right = self.compile(right_tree)
        kind = self._same(left_kind, right_kind, right_tree.at)
        if operator == "??":
            return kind, _otherwise(left, right)
        if operator in _EQUALITY:
            return "flag", _EQUALITY[operator](left, right)
        if operator in _ORDER:
            if kind in ("flag", "list"):
                wish = "numbers or texts on both sides"
                raise ExpressionError(f"'{operator}' compares a {kind}", wish, tree.at)
            return "flag", _ORDER[operator](left, right)
        if operator == "+" and kind == "text":
            return "text", _texts(left, right)
        if kind not in ("number", "nothing"):
            raise ExpressionError(f"'{operator}' is given a {kind}", "numbers", tree.at)
        return "number", _ARITHMETIC[operator](left, right)


def _constant(value: Value) -> _Typed:
    kind: Kind = "text" if isinstance(value, str) else "number"
    if value is None:
        kind = "nothing"
    elif isinstance(value, bool):
        kind = "flag"
    return kind, lambda variables, call: value


def _number_of(value: Value) -> int | float:
    return cast("int | float", value)


def _negative(operand: Evaluate) -> Evaluate:
    def evaluate(variables: Values, call: Values) -> Value:
        value = operand(variables, call)
        return None if value is None else -_number_of(value)

    return evaluate


def _both(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda variables, call: bool(left(variables, call)) and bool(right(variables, call))


def _either(left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda variables, call: bool(left(variables, call)) or bool(right(variables, call))


def _within(left: Evaluate, container: Evaluate) -> Evaluate:
    def evaluate(variables: Values, call: Values) -> Value:
        value, found = left(variables, call), container(variables, call)
        return value is not None and found is not None and value in cast("tuple[str, ...]", found)

    return evaluate


def _otherwise(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(variables: Values, call: Values) -> Value:
        value = left(variables, call)
        return right(variables, call) if value is None else value

    return evaluate


def _texts(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(variables: Values, call: Values) -> Value:
        return (as_text(left(variables, call)) + as_text(right(variables, call)))[:TEXT_LIMIT]

    return evaluate


_Combine: TypeAlias = Callable[[Evaluate, Evaluate], Evaluate]


def _equal(left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(variables: Values, call: Values) -> Value:
        value = left(variables, call)
        return value is not None and value == right(variables, call)

    return evaluate


def _unequal(left: Evaluate, right: Evaluate) -> Evaluate:
    equal = _equal(left, right)
    return lambda variables, call: not equal(variables, call)


def _ordered(holds: Callable[[float, float], bool]) -> _Combine:
    def combine(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(variables: Values, call: Values) -> Value:
            value, other = left(variables, call), right(variables, call)
            if value is None or other is None:
                return False
            # Both are texts, or both are numbers.
            return holds(_number_of(value), _number_of(other))

        return evaluate

    return combine


def _calculated(work: Callable[[int | float, int | float], int | float | None]) -> _Combine:
    def combine(left: Evaluate, right: Evaluate) -> Evaluate:
        def evaluate(variables: Values, call: Values) -> Value:
            value, other = left(variables, call), right(variables, call)
            if value is None or other is None:
                return None
            result = work(_number_of(value), _number_of(other))
            return None if result is None else limited(result)

        return evaluate

    return combine


_EQUALITY: Final[dict[str, _Combine]] = {"==": _equal, "!=": _unequal}
_ORDER: Final[dict[str, _Combine]] = {
    "<": _ordered(lambda a, b: a < b),
    "<=": _ordered(lambda a, b: a <= b),
    ">": _ordered(lambda a, b: a > b),
    ">=": _ordered(lambda a, b: a >= b),
}
_ARITHMETIC: Final[dict[str, _Combine]] = {
    "+": _calculated(lambda a, b: a + b),
    "-": _calculated(lambda a, b: a - b),
    "*": _calculated(lambda a, b: a * b),
    "/": _calculated(lambda a, b: a / b if b else None),
    "%": _calculated(lambda a, b: a % b if b else None),
}
