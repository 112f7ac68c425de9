"""Keys that meant nothing to the part that had the call when they came: typed ahead for a flow.

They are kept while the call is on its way, in a flow, leaves a message or waits; what is pressed in
a conversation is for who is in it. The collection of a flow takes them over or drops them.
"""

from __future__ import annotations

from typing import Final

from acdengine.engine.records import Call, TypedKeys
from acdengine.events import DigitPressed, DigitsCollected

#: States in which a key is typed ahead.
_KEPT_IN: Final = ("arrived", "flow", "message", "waiting", "outside")
#: So many keys, the last ones.
_MOST: Final = 32


def keep(call: Call, event: DigitPressed) -> None:
    """Keep a key that the call's part has no use for.

    A key without a number is not kept: its adapter could not tell a collection which keys it has
    told of already.
    """
    if call.state not in _KEPT_IN or not event.number:
        forget(call, event.number)
        return
    typed = call.typed.keys if call.typed is not None else ""
    call.typed = TypedKeys((typed + event.digit)[-_MOST:], event.number)


def forget(call: Call, number: int) -> None:
    """Drop all keys up to this one."""
    call.typed = TypedKeys("", number) if number else None


def drop(call: Call) -> None:
    """Drop all keys: they were typed for the queue that the call leaves."""
    if call.typed is not None:
        call.typed = TypedKeys("", call.typed.heard)


def collected(call: Call, event: DigitsCollected) -> None:
    """A collection has taken what was typed ahead, and tells what came behind its end."""
    call.typed = TypedKeys(event.typed_ahead[-_MOST:], event.heard)


def given_back(call: Call, typed: str, heard: int) -> None:
    """A script that has had the keys is over, and tells what it has not taken."""
    if heard:
        call.typed = TypedKeys(typed[-_MOST:], heard)
