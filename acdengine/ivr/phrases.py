"""What callers say, as the keys that it stands for.

Words are compared without case and punctuation. Digits that a recogniser writes as such stand for
themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_WORD: Final = re.compile(r"\w+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared."""
    return tuple(_WORD.findall(text.casefold()))


class Phrases:
    """Phrases and their keys.

    Args:
        phrases: phrase to keys.
        as_row: what is said is a row of phrases, whose keys follow each other, and nothing else;
            without, one phrase is looked for among other words.
    """

    __slots__ = ("_as_row", "_keys", "_longest")

    def __init__(self, phrases: Mapping[str, str], *, as_row: bool) -> None:
        self._keys = {words_of(phrase): keys for phrase, keys in phrases.items()}
        self._longest = max(map(len, self._keys), default=0)
        self._as_row = as_row

    def keys_of(self, said: str) -> str:
        """The keys that something stands for; empty: none, or several that contradict each
        other. Of phrases that begin at the same word the longest counts."""
        words = words_of(said)
        found: list[str] = []
        at = 0
        while at < len(words):
            keys, taken = self._at(words, at)
            if keys:
                found.append(keys)
            elif self._as_row:
                return ""
            at += taken
        if self._as_row:
            return "".join(found)
        return found[0] if len(set(found)) == 1 else ""

    def _at(self, words: tuple[str, ...], at: int) -> tuple[str, int]:
        """The keys of the phrase that begins here, and how many words it has."""
        for count in range(min(self._longest, len(words) - at), 0, -1):
            keys = self._keys.get(words[at : at + count])
            if keys is not None:
                return keys, count
        word = words[at]
        return (word if word.isascii() and word.isdigit() else ""), 1
