"""Personal data: which fields of a fact hold it, and what is written in its place.

A caller's number is shown by its last digits, and with a key also by a mark that is the same for
the same number: one caller can be followed through a file, and without the key the number
cannot be found by trying all numbers. Agents' ids are not masked; they stand in every report.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args

import msgspec
from msgspec import structs

from acdengine.facts import AnyFact
from acdengine.runtime.journal_files import write_all
from acdengine.screen_pop import ScreenPop

#: Stands for the digits that are not shown, however many they are.
_HIDDEN: Final = "***"
#: Fields that are a number, and fields that say a way which may be one ("number +49...").
NUMBER_FIELDS: Final = ("ani", "number")
WAY_FIELDS: Final = ("to",)
#: Fields that are a `ScreenPop`.
SCREEN_FIELDS: Final = ("screen",)
#: Fields that are a text of a flow.
TEXT_FIELDS: Final = ("value", "detail")
#: Fields of requests that name a telephone.
CONTACT_FIELDS: Final = ("contact",)
#: A number of the telephone network in a contact: extensions and addresses have fewer digits.
_NUMBER_IN_CONTACT: Final = re.compile(r"\+?\d{6,}")
_WAY_TO_NUMBER: Final = "number "
_KEY_BYTES: Final = 32
#: Bytes of the mark: enough that two callers of one centre hardly share it.
_MARK_BYTES: Final = 5


class _Holding(NamedTuple):
    """The fields of a kind of fact that are a number, those that say a way, those that are what an
    agent's screen shows, and texts of flows that may have a number in them."""

    numbers: tuple[str, ...]
    ways: tuple[str, ...]
    screens: tuple[str, ...]
    texts: tuple[str, ...]


def _holding(kind: type[AnyFact]) -> _Holding:
    fields = kind.__struct_fields__
    return _Holding(
        tuple(name for name in NUMBER_FIELDS if name in fields),
        tuple(name for name in WAY_FIELDS if name in fields),
        tuple(name for name in SCREEN_FIELDS if name in fields),
        tuple(name for name in TEXT_FIELDS if name in fields),
    )


#: The kinds of facts that can hold a caller's number.
_HOLDING: Final[dict[type[AnyFact], _Holding]] = {
    kind: holding for kind in get_args(AnyFact) if any(holding := _holding(kind))
}


class Masks:
    """How personal data is written.

    Args:
        digits_shown: last digits of a number; of one hardly longer than that, none is shown.
        key: of the marks; empty: no marks.
    """

    def __init__(self, digits_shown: int = 3, key: bytes = b"") -> None:
        self._digits_shown = digits_shown
        self._key = key

    def number(self, number: str) -> str:
        """``***456``, or ``***456~0a1b2c3d4e`` with a key; nothing stays nothing."""
        if not number:
            return ""
        digits = self._digits_shown
        shown = number[-digits:] if digits and len(number) > 2 * digits else ""
        if not self._key:
            return _HIDDEN + shown
        mark = blake2b(number.encode(), digest_size=_MARK_BYTES, key=self._key).hexdigest()
        return f"{_HIDDEN}{shown}~{mark}"

    def way(self, way: str) -> str:
        """Where a call went, in words, the number masked where it went to one."""
        if not way.startswith(_WAY_TO_NUMBER):
            return way
        return _WAY_TO_NUMBER + self.number(way.removeprefix(_WAY_TO_NUMBER))

    def contact(self, contact: str) -> str:
        """A telephone as the switch dials it, a number of the telephone network in it masked:
        ``sofia/gateway/carrier/***456``."""
        return _NUMBER_IN_CONTACT.sub(lambda found: self.number(found[0]), contact)

    def screen(self, screen: ScreenPop) -> ScreenPop:
        """What an agent's screen shows, without the caller's name and with the number masked."""
        extra = {name: self.contact(value) for name, value in screen.extra.items()}
        return structs.replace(screen, ani=self.number(screen.ani), name="", extra=extra)

    def fact(self, fact: AnyFact) -> AnyFact:
        """A fact with all numbers masked; the same fact where it holds none."""
        holding = _HOLDING.get(type(fact))
        if holding is None:
            return fact
        changes: dict[str, Any] = {
            name: self.number(getattr(fact, name)) for name in holding.numbers
        }
        for name in holding.screens:
            screen = getattr(fact, name)
            if screen is not None:
                changes[name] = self.screen(screen)
        for name in holding.texts:
            text = getattr(fact, name)
            if _NUMBER_IN_CONTACT.search(text):
                changes[name] = self.contact(text)
        for name in holding.ways:
            way = getattr(fact, name)
            if way.startswith(_WAY_TO_NUMBER):
                changes[name] = self.way(way)
        return structs.replace(fact, **changes) if changes else fact


def masked(facts: Iterable[AnyFact], masks: Masks | None) -> list[dict[str, Any]]:
    """Facts as the log writes them; without masks in clear."""
    return [msgspec.to_builtins(fact if masks is None else masks.fact(fact)) for fact in facts]


def new_key() -> bytes:
    """A key for this run alone."""
    return secrets.token_bytes(_KEY_BYTES)


def kept_key(path: Path) -> bytes:
    """The key in a file, made on first use, so that marks are the same after a restart.

    Raises:
        OSError: the file can be neither read nor made.
        ValueError: it holds something else.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise ValueError(f"{path} does not hold a key of {_KEY_BYTES} bytes") from None
        return key
    key = new_key()
    try:
        write_all(handle, key)
    except OSError:
        # Half a key would keep the daemon from ever starting again.
        path.unlink()
        raise
    finally:
        os.close(handle)
    return key
