"""A short text that is equal only where every fact of two runs is equal, and in the same order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from acdengine.facts import AnyFact


class FactDigest:
    """BLAKE2b over all facts, each as JSON with its kind."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._encode = msgspec.json.Encoder().encode
        self.count = 0

    def add(self, facts: Sequence[AnyFact]) -> None:
        """The next facts."""
        if facts:
            self._hash.update(self._encode(facts))
            self.count += len(facts)

    def value(self) -> str:
        """32 hexadecimal digits."""
        return self._hash.hexdigest()
