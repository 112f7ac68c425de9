"""The key that accepts calls, of the plan."""

from __future__ import annotations

from acdengine.settings.accepting import AcceptKeySettings
from acdengine.settings.compiling.ids import to_us
from queues.policy import AcceptKey


def accept_key_of(settings: AcceptKeySettings | None) -> AcceptKey | None:
    """None where the answer of the telephone accepts a call."""
    if settings is None:
        return None
    return AcceptKey(key=settings.key, prompt=settings.prompt, timeout_us=to_us(settings.timeout_s))
