"""Named, independent streams of random numbers from one master seed.

A simulation that draws everything from one generator changes every later draw when one thing is
added or removed. Here each purpose has a stream of its own ("arrivals", "sales"), seeded from the
master seed and its name alone: the same callers come, with the same patience, whatever the agents
draw. Two configurations are so compared under common random numbers, which makes the difference
between them far more certain than two independent runs would (Law, Simulation Modeling and
Analysis, section 11.2).

A purpose that two configurations use in a different order (one draw for each offered call, say)
stays in step only while the order of its own draws is the same; draw what belongs to a call when
the call arrives.
"""

from __future__ import annotations

import hashlib
from random import Random

Name = str | int


class Streams:
    """The random streams of one simulation run.

    Args:
        seed: the master seed; any integer.
        path: names put before every name asked for; `child` fills it.
    """

    __slots__ = ("_path", "_streams", "seed")

    def __init__(self, seed: int, path: tuple[Name, ...] = ()) -> None:
        self.seed = seed
        self._path = path
        self._streams: dict[tuple[Name, ...], Random] = {}

    def stream(self, *name: Name) -> Random:
        """The stream of this name; asked for again it goes on where it was left.

        A name is one or more words or numbers; `("a", "b")`, `("a/b",)` and `("a", 1)`,
        `("a", "1")` are all different.

        Raises:
            ValueError: no name given.
        """
        if not name:
            raise ValueError("a random stream needs a name")
        found = self._streams.get(name)
        if found is None:
            found = self._streams[name] = Random(derived_seed(self.seed, *self._path, *name))
        return found

    def child(self, *name: Name) -> Streams:
        """Streams of their own below this name, for one replication of many, say.

        `streams.child("replication", 3).stream("arrivals")` equals
        `streams.stream("replication", 3, "arrivals")` from its first draw.
        """
        return Streams(self.seed, (*self._path, *name))


def derived_seed(seed: int, *name: Name) -> int:
    """A 256-bit seed from the master seed and a name: the same on every machine and every run.

    BLAKE2b over the parts, each with its kind and length before it, so that no two names run
    together. (`hash()` differs from process to process.)
    """
    digest = hashlib.blake2b(digest_size=32)
    for part in (seed, *name):
        text = str(part).encode()
        kind = "i" if isinstance(part, int) else "s"
        digest.update(f"{kind}{len(text)}:".encode())
        digest.update(text)
    return int.from_bytes(digest.digest(), "big")
