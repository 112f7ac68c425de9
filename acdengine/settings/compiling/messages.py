"""How messages are taken, of the plan."""

from __future__ import annotations

from acdengine.plan import MessagePolicy
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.messages import MessageSettings


def message_policy_of(settings: MessageSettings) -> MessagePolicy:
    """How a tenant takes messages."""
    return MessagePolicy(
        max_us=to_us(settings.max_s),
        min_us=to_us(settings.min_s),
        silence_us=to_us(settings.silence_s),
        end_keys=settings.end_keys,
        beep=settings.beep,
        mask_caller=settings.mask_caller,
    )
