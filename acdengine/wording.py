"""Numbers in messages."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 problem``, ``2 problems``: a number with its noun, whose plural ends in s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
