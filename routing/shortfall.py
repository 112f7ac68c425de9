"""What an agent lacks for a requirement, in words: for explanations, never for a choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from routing.call_group import SkillMinimums
from routing.requirements import Requirement, Skills, parse_requirement

_WORD: Final = re.compile(r"[()]|[A-Za-z_][\w-]*")
_KEYWORDS: Final = ("and", "or", "not", "(", ")")


class Demand:
    """A requirement and the minimums of a call, taken apart to name what an agent lacks."""

    def __init__(self, requirement: str, minimums: SkillMinimums = ()) -> None:
        texts = [*conjuncts(requirement), *(f"{skill} >= {least}" for skill, least in minimums)]
        self._parts: tuple[Requirement, ...] = tuple(
            parse_requirement(text) for text in dict.fromkeys(texts)
        )
        #: All of it; empty: everybody may.
        self.text = " and ".join(
            f"({part.text})" if len(self._parts) > 1 and _is_choice(part.text) else part.text
            for part in self._parts
        )

    def is_met(self, skills: Skills) -> bool:
        """Whether an agent with these skills lacks nothing."""
        return all(part.test(skills) for part in self._parts)

    def lacking(self, skills: Skills) -> str:
        """``english >= 5 (has 3)``, joined by commas; empty when nothing is missing."""
        return ", ".join(
            f"{part.text} (has {_have(part.text, skills)})"
            for part in self._parts
            if not part.test(skills)
        )


def _have(text: str, skills: Skills) -> str:
    named = [word for word in dict.fromkeys(_WORD.findall(text)) if word not in _KEYWORDS]
    if len(named) == 1:
        return str(skills.get(named[0], 0))
    return ", ".join(f"{skill} {skills.get(skill, 0)}" for skill in named)


def conjuncts(requirement: str) -> tuple[str, ...]:
    """The parts of a requirement that must all hold: what stands between its outermost ``and``.

    One that has an outermost ``or`` is one part.
    """
    if _is_choice(requirement):
        return (requirement.strip(),)
    cuts = list(_outermost(requirement))
    starts = [0, *(end for _, _, end in cuts)]
    ends = [*(start for _, start, _ in cuts), len(requirement)]
    parts = [requirement[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return tuple(part for part in parts if part)


def _is_choice(requirement: str) -> bool:
    return any(word == "or" for word, _, _ in _outermost(requirement))


def _outermost(requirement: str) -> Iterator[tuple[str, int, int]]:
    """Each ``and`` and ``or`` outside of parentheses, with where it begins and ends."""
    depth = 0
    for match in _WORD.finditer(requirement):
        word = match[0]
        if word in "()":
            depth += 1 if word == "(" else -1
        elif depth == 0 and word in ("and", "or"):
            yield word, match.start(), match.end()
