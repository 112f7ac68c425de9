"""State of one switch: connected or not and since when, reply times, counters.

Nothing here decides anything; it is shown to operators.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

from acdengine.runtime.histogram import Histogram
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.reply_matching import OnReply, Reply
from adapters.freeswitch.wire.backoff import Outage

#: `connecting`: not yet known whether it can be reached; `reading`: connected, and what is live on
#: it is being read; `up`: connected and compared; `down`: not connected.
SwitchState = Literal["connecting", "reading", "up", "down"]

#: Microseconds from a command to its reply: some 150 on one machine, as measured.
REPLY_BOUNDS_US: Final = (
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 500_000, 2_000_000,
)  # fmt: skip
#: Microseconds from an agent's answer to the joined conversation.
BRIDGING_BOUNDS_US: Final = (
    10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 80_000, 100_000, 150_000, 200_000, 500_000,
    1_000_000, 5_000_000,
)  # fmt: skip
_US: Final = 1_000_000
#: The smallest delay of an event is looked for over so long: two clocks drift apart.
_DELAY_WINDOW_US: Final = 600 * _US
#: Agents' answers without a bridge that are remembered.
_ANSWERS_KEPT: Final = 10_000

_VERSION: Final = re.compile(r"\(Version ([^ )]+)")
_SESSIONS: Final = re.compile(r"^([0-9]{1,9}) session\(s\) - peak", re.MULTILINE)


class SwitchHealth:
    """Of one switch.

    Args:
        legs: the adapter's table.
        now_us: the present time, UTC.
        monotonic_s: a clock that is never set.
    """

    def __init__(
        self, legs: Legs, now_us: Callable[[], int], monotonic_s: Callable[[], float]
    ) -> None:
        self._legs = legs
        self._now_us = now_us
        self._monotonic_s = monotonic_s
        self.state: SwitchState = "connecting"
        #: When it came into that state, UTC.
        self.since_us = now_us()
        #: As the switch says it; empty until it has been asked.
        self.version = ""
        #: Legs on the switch, those of others too, as it said last.
        self.sessions = 0
        #: Why it is not connected, or was not the last time.
        self.last_error = ""
        self.events = 0
        self.commands = 0
        #: Commands that were refused, lost, or not answered in time.
        self.commands_failed = 0
        self.reply_us = Histogram(REPLY_BOUNDS_US)
        self.bridging_us = Histogram(BRIDGING_BOUNDS_US)
        #: By how much the last event came later than the quickest of the last minutes: the two
        #: clocks need not agree.
        self.lag_us = 0
        self._quickest_us: int | None = None
        self._window_begun_us = 0
        self._answered_s: dict[str, float] = {}

    def _enter(self, state: SwitchState) -> None:
        if state != self.state:
            self.state = state
            self.since_us = self._now_us()

    # -- the connection ------------------------------------------------------------------------

    def connected(self) -> None:
        """Logged in; what is live there is not known yet."""
        self._quickest_us = None
        self.lag_us = 0
        self._enter("reading")

    def compared(self) -> None:
        """The engine knows what is live."""
        self._enter("up")

    def lost(self, outage: Outage) -> None:
        """Not connected."""
        self.last_error = str(outage.reason) or type(outage.reason).__name__
        self._answered_s.clear()
        self._enter("down")

    def described(self, printed: str) -> None:
        """What `status` printed."""
        version, sessions = _VERSION.search(printed), _SESSIONS.search(printed)
        if version is not None:
            self.version = version[1]
        if sessions is not None:
            self.sessions = int(sessions[1])

    # -- events --------------------------------------------------------------------------------

    def heard(self, fields: ChannelFields) -> None:
        """An event came."""
        self.events += 1
        sent_at_us = fields.sent_at_us
        if sent_at_us:
            self._delayed(sent_at_us)
        name = fields.event_name
        if name == "CHANNEL_ANSWER":
            self._answered(fields.unique_id)
        elif name == "CHANNEL_BRIDGE":
            self._bridged(fields.bridge_a_id)
            self._bridged(fields.bridge_b_id)
        elif name == "CHANNEL_HANGUP_COMPLETE":
            self._answered_s.pop(fields.unique_id, None)
        elif name == "HEARTBEAT":
            self.sessions = fields.session_count

    def _delayed(self, sent_at_us: int) -> None:
        now_us = self._now_us()
        delay_us = now_us - sent_at_us
        quickest_us = self._quickest_us
        # A clock that was set back begins a new window as well.
        if quickest_us is None or not 0 <= now_us - self._window_begun_us <= _DELAY_WINDOW_US:
            self._window_begun_us = now_us
            quickest_us = delay_us
        if delay_us < quickest_us:
            quickest_us = delay_us
        self._quickest_us = quickest_us
        self.lag_us = delay_us - quickest_us

    def _answered(self, leg_id: str) -> None:
        if leg_id in self._legs.agents and len(self._answered_s) < _ANSWERS_KEPT:
            self._answered_s.setdefault(leg_id, self._monotonic_s())

    def _bridged(self, leg_id: str) -> None:
        answered_s = self._answered_s.pop(leg_id, None)
        if answered_s is not None:
            self.bridging_us.add(round((self._monotonic_s() - answered_s) * _US))

    # -- commands ------------------------------------------------------------------------------

    def sent(self, on_reply: OnReply | None) -> Sent:
        """A command is being sent: what its reply is to be given to."""
        self.commands += 1
        return Sent(self, on_reply)

    def timed(self, reply_s: float) -> None:
        """One of the commands was answered after so long; most are not timed (`Link`)."""
        self.reply_us.add(round(reply_s * _US))


class Sent:
    """A command that is under way; called with its reply, or the reason for none."""

    __slots__ = ("_health", "_on_reply")

    def __init__(self, health: SwitchHealth, on_reply: OnReply | None) -> None:
        self._health = health
        self._on_reply = on_reply

    def __call__(self, outcome: Reply | EslError) -> None:
        """Count a failure, and hand on what it was."""
        if not isinstance(outcome, Reply) or outcome.is_refusal:
            self._health.commands_failed += 1
        if self._on_reply is not None:
            self._on_reply(outcome)
