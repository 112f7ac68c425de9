"""What happens to legs while a comparison reads them: the reading may show an older state."""

from __future__ import annotations

from typing import Final

from adapters.freeswitch.protocol.channel_fields import ChannelFields

#: Events that make a reading of their legs an old one.
_TOUCHES: Final = ("CHANNEL_PARK", "CHANNEL_ANSWER", "CHANNEL_BRIDGE")


class ReadingChanges:
    """Changes on one node since its reading began.

    Attributes:
        came: callers' legs that were parked meanwhile, in order; None while nothing is read.
        went: legs that ended meanwhile.
        touched: legs with an event meanwhile; they are read again.
    """

    def __init__(self) -> None:
        self.came: dict[str, None] | None = None
        self.went: dict[str, None] = {}
        self.touched: dict[str, None] = {}

    def begin(self) -> None:
        """The switch is read from now on."""
        self.came = {}
        self.went.clear()
        self.touched.clear()

    def end(self) -> None:
        """The engine has taken what was read."""
        self.came = None

    def take(self, fields: ChannelFields) -> None:
        """Notes the legs of an event."""
        if self.came is None or fields.event_name not in _TOUCHES:
            return
        for leg_id in (fields.unique_id, fields.bridge_a_id, fields.bridge_b_id):
            if leg_id:
                self.touched[leg_id] = None

    def ended(self, leg_id: str) -> None:
        """Notes the end of a leg."""
        if self.came is not None:
            self.went[leg_id] = None
