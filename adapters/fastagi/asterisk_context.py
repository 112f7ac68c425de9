"""What the legs of one Asterisk share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from acdengine.events import AnyEvent
from adapters.fastagi.asterisk_settings import Asterisk
from adapters.fastagi.control_channel import ControlChannel
from adapters.fastagi.lines import Lines, UnlimitedLines


@dataclass(slots=True)
class AsteriskContext:
    """What the legs of one Asterisk share.

    Attributes:
        asterisk: its settings.
        report: hands an event to the engine.
        now_us: the time.
        lines: channels of trunk groups.
        control: ends channels that take no commands themselves.
        has_subroutines: its dialplan is known to have those that ``Dial`` needs.
        is_leaving: the settings no longer name it; it is let go of when its calls have ended.
    """

    asterisk: Asterisk
    report: Callable[[AnyEvent], object]
    now_us: Callable[[], int]
    lines: Lines = field(default_factory=UnlimitedLines)
    control: ControlChannel = field(init=False)
    has_subroutines: bool = False
    is_leaving: bool = False

    def __post_init__(self) -> None:
        self.control = ControlChannel(self.asterisk.node_id, self.asterisk.context)

    def use(self, asterisk: Asterisk) -> None:
        """Follow other settings from now on; calls go on with what they have begun."""
        if asterisk.context != self.asterisk.context:
            self.has_subroutines = False
        self.asterisk, self.is_leaving = asterisk, False
        self.control.context = asterisk.context
