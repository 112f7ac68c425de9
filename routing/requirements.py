"""What a call asks of an agent: and / or / not over minimum proficiencies.

    english >= 5 and (billing >= 3 or sales) and not trainee

A skill alone means "has it at all" (>= 1). ``>``, ``<``, ``<=``, ``==`` and ``!=`` work too; a
skill that an agent lacks counts as 0. Words are case-sensitive and may hold letters, digits, ``_``
and ``-``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

Skills: TypeAlias = Mapping[str, int]
Test: TypeAlias = Callable[[Skills], bool]

_TOKEN: Final = re.compile(r"\s*(>=|<=|==|!=|>|<|\(|\)|[A-Za-z_][\w-]*|\d+)")
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_MAX_TOKENS: Final = 200


class RequirementError(ValueError):
    """A requirement that cannot be read: what was expected, and at which column (from 1)."""

    def __init__(self, text: str, column: int, expected: str) -> None:
        super().__init__(f"column {column} of {text!r}: expected {expected}")
        self.column = column
        self.expected = expected


class Requirement(Struct, frozen=True):
    """A requirement ready to be tested against skill maps."""

    text: str
    test: Test
    #: The skills it names outside of "not", in order, each once.
    skills: tuple[str, ...]


def parse_requirement(text: str) -> Requirement:
    """Read a requirement; the empty text accepts everybody.

    Raises:
        RequirementError: with the column and what was expected there.
    """
    parser = _Parser(text)
    test = parser.whole()
    return Requirement(text.strip(), test, tuple(dict.fromkeys(parser.wanted)))


def accepts_everybody(_skills: Skills) -> bool:
    """The empty requirement."""
    return True


class _Parser:
    """Recursive descent over ``or`` < ``and`` < ``not`` < comparison."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, int]] = []
        self._next = 0
        self._negated = False
        self.wanted: list[str] = []
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                blank = len(text[at:]) - len(text[at:].lstrip())
                raise RequirementError(text, at + blank + 1, "a skill, a number or an operator")
            self._tokens.append((match[1], match.start(1) + 1))
            at = match.end()
            if len(self._tokens) > _MAX_TOKENS:
                raise RequirementError(text, at, f"at most {_MAX_TOKENS} words")

    def whole(self) -> Test:
        if not self._tokens:
            return accepts_everybody
        test = self._or()
        if self._next < len(self._tokens):
            raise self._error("'and', 'or' or the end")
        return test

    def _error(self, expected: str) -> RequirementError:
        if self._next < len(self._tokens):
            return RequirementError(self._text, self._tokens[self._next][1], expected)
        return RequirementError(self._text, len(self._text) + 1, expected)

    def _peek(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _take(self, token: str) -> bool:
        if self._peek() == token:
            self._next += 1
            return True
        return False

    def _or(self) -> Test:
        tests = [self._and()]
        while self._take("or"):
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else lambda have: any(t(have) for t in tests)

    def _and(self) -> Test:
        tests = [self._not()]
        while self._take("and"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda have: all(t(have) for t in tests)

    def _not(self) -> Test:
        if self._take("not"):
            self._negated = not self._negated
            inner = self._not()
            self._negated = not self._negated
            return lambda have: not inner(have)
        if self._take("("):
            inner = self._or()
            if not self._take(")"):
                raise self._error("')'")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        skill = self._peek()
        if not (skill[:1].isalpha() or skill[:1] == "_") or skill in ("and", "or", "not"):
            raise self._error("a skill, 'not' or '('")
        self._next += 1
        if not self._negated:
            self.wanted.append(skill)
        compare = _COMPARE.get(self._peek())
        if compare is None:
            return lambda have: have.get(skill, 0) >= 1
        self._next += 1
        number = self._peek()
        if not number.isdigit() or int(number) > 10:
            raise self._error("a proficiency from 0 to 10")
        self._next += 1
        level = int(number)
        return lambda have: compare(have.get(skill, 0), level)
