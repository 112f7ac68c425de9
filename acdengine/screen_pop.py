"""What an agent's screen shows of a call: in the command that rings the telephone, and in facts."""

from __future__ import annotations

from msgspec import Struct


class ScreenPop(Struct, frozen=True, gc=False):
    """What the agent's screen is to show of a call while the phone rings.

    Name and number are as the telephone shows them: empty where the caller or the settings withhold
    them.
    """

    queue_id: str
    ani: str
    #: The caller's name, as the network gave it.
    name: str
    dnis: str
    customer_id: str
    priority: int
    #: Since first queued.
    waited_us: int
    #: The queue's own, by name.
    extra: dict[str, str] = {}
