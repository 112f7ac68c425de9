"""One leg of a call as the switch keeps it: its state, its variables, and how events tell of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from adapters.sim.standin.core.speech_recogniser import Recogniser
from adapters.sim.standin.core.wav_recording import Recording

if TYPE_CHECKING:
    from adapters.sim.standin.core.switch_core import SwitchCore

Headers = dict[str, str]

#: `switch_channel_state_t` of switch_types.h.
STATE_NUMBERS: Final = {
    "CS_NEW": "0", "CS_INIT": "1", "CS_ROUTING": "2", "CS_SOFT_EXECUTE": "3", "CS_EXECUTE": "4",
    "CS_EXCHANGE_MEDIA": "5", "CS_PARK": "6", "CS_CONSUME_MEDIA": "7", "CS_HIBERNATE": "8",
    "CS_RESET": "9", "CS_HANGUP": "10", "CS_REPORTING": "11", "CS_DESTROY": "12", "CS_NONE": "13",
}  # fmt: skip

#: Applications that play something.
PLAYING: Final = ("playback", "endless_playback", "play_and_get_digits", "read", "gentones", "say")

_TIMES: Final = (
    "Profile-Created", "Channel-Created", "Channel-Answered", "Channel-Progress",
    "Channel-Progress-Media", "Channel-Hangup", "Channel-Transfer", "Channel-Resurrect",
    "Channel-Bridged",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class Running:
    """An application on a leg; what it runs over is below it on the leg's stack."""

    name: str
    argument: str
    uuid: str
    is_told: bool = True
    """Whether its beginning was told as CHANNEL_EXECUTE; parking after a bridge is not."""
    is_locked: bool = False
    """Nothing else begins on the leg until it has ended."""
    timer: asyncio.Handle | None = None
    left_s: float = 0.0
    """Of a sound: how much of it is still to come; infinite for music."""
    since_us: int = 0
    """When it went on last."""
    played_us: int = 0
    hz: int = 0
    """The tone in Hz while it plays."""
    digits: str = ""
    terminators: str = ""
    tries: int = 1
    path: str = ""
    begins: list[tuple[str, float, int]] = field(default_factory=list)
    """What is collected or recorded: its name, a time limit, and a count or beginning."""
    on_end: Callable[[], None] | None = None

    @property
    def is_sound(self) -> bool:
        """Whether it plays a sound, with PLAYBACK events."""
        return self.name in PLAYING and bool(self.path)


@dataclass(slots=True, frozen=True)
class Message:
    """A command that waits for a leg."""

    command: str
    application: str = ""
    argument: str = ""
    uuid: str = ""
    is_locked: bool = False
    cause: str = ""
    loops: int = 1
    on_end: Callable[[], None] | None = None
    """Told when the application has ended."""


class FarParty(Protocol):
    """What a leg tells the person or telephone at its far end."""

    #: Its legs that are up, in the order in which they began.
    legs: list[Channel]

    def joins(self, leg: Channel) -> None:
        """It is the far end of this leg from now on."""

    def turned_away(self, status: str) -> None:
        """The switch takes no calls: there is no leg, only this SIP status."""

    def on_early_media(self, leg: Channel) -> None:
        """The switch sends sound before the answer."""

    def on_ringing(self, leg: Channel) -> None:
        """The switch tells that the one who was called is rung."""

    def on_answer(self, leg: Channel) -> None:
        """The switch has answered."""

    def on_bridge(self, leg: Channel) -> None:
        """The leg is bridged with another."""

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """The leg is down; `is_ours`: the far end hung up."""

    def on_refer(self, leg: Channel, address: str) -> None:
        """The switch asks by REFER for another number to be called."""

    def on_hold(self, leg: Channel, is_held: bool) -> None:
        """The switch has put it on hold, or taken it back."""

    def on_talk(self, leg: Channel) -> None:
        """The switch asks it to answer at once."""


@dataclass(slots=True, eq=False)
class Joining:
    """A bridge that is under way; a second one now would end both legs."""

    first: Channel
    second: Channel
    is_over: bool = False
    #: The second has left what it did.
    is_late: bool = False


class Channel:
    """One leg.

    Attributes:
        state, next_state: what it does, and what it was told to do.
        answer_state: ringing, early, answered or hangup.
        far_end: the person or telephone behind it.
        partner: the leg it is bridged with; `is_first` tells which one events of the bridge name.
        joining: the bridge that is under way.
        stack: what runs on it, the last one at this moment.
    """

    def __init__(
        self,
        switch: SwitchCore,
        uuid: str,
        name: str,
        direction: str,
        profile: Headers,
        created_us: int,
    ) -> None:
        self.switch = switch
        self.uuid = uuid
        self.name = name
        self.direction = direction
        self.caller = profile
        self.variables: Headers = {}
        self.other: Headers = {}
        self.codecs: Headers = {}
        self.state = "CS_NEW"
        self.next_state = "CS_INIT"
        self.call_state = "DOWN"
        self.answer_state = "ringing"
        self.call_uuid = uuid
        self.cause = ""
        self.hits_dialplan = direction == "inbound"
        self.created_us = created_us
        self.answered_us = 0
        self.hung_up_us = 0
        self.far_end: FarParty | None = None
        self.partner: Channel | None = None
        self.is_first = False
        self.joining: Joining | None = None
        self.stack: list[Running] = []
        self.messages: deque[Message] = deque()
        self.is_frame_due = False
        #: What is played is being broken off.
        self.is_breaking = False
        self.is_gone = False
        self.is_held = False
        self.held_us = 0
        self.hold_accum_us = 0
        self.digits = ""
        #: Keys that `uuid_recv_dtmf` has put on the leg, until its next frame.
        self.received = ""
        #: Keys that no application has taken yet.
        self.queued_keys = ""
        self.recordings: dict[str, Recording] = {}
        self.park_timer: asyncio.Handle | None = None
        self.shown_application = ("", "")
        self.conference = ""
        self.spied_on: str = ""
        self.mode = ""
        """Of a supervisor's leg: the key that says who hears it."""
        self.tone_hz = 0
        """What the person behind it sounds like."""
        self.words = ""
        """What a recogniser understands of it; empty: what the recogniser's own settings say."""
        self.recogniser: Recogniser | None = None
        self.is_loopback_of: Channel | None = None

    # -- variables -----------------------------------------------------------------------------

    def get(self, name: str) -> str:
        """A variable; empty when it is not set."""
        return self.variables.get(f"variable_{name}", "")

    def set(self, name: str, value: str) -> None:
        """Set a variable, or clear it with an empty value."""
        key = f"variable_{name}"
        if value:
            self.variables.pop(key, None)
            self.variables[key] = value
        else:
            self.variables.pop(key, None)

    def is_true(self, name: str) -> bool:
        """Whether a variable says yes, as `switch_true` reads it."""
        value = self.get(name).lower()
        return value in ("true", "yes", "on", "enabled", "active", "allow") or (
            value.isdigit() and int(value) != 0
        )

    # -- times ---------------------------------------------------------------------------------

    def stamp(self, what: str, at_us: int) -> None:
        """Write one of the profile's times: `Channel-Bridged`, `Channel-Hangup`..."""
        self.caller[f"Caller-{what}-Time"] = str(at_us)

    def time_us(self, what: str) -> int:
        """One of the profile's times; 0 when it has not been."""
        return int(self.caller.get(f"Caller-{what}-Time", "0"))

    # -- state ---------------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        """Whether it has not been hung up."""
        return not self.cause

    @property
    def is_answered(self) -> bool:
        """Whether the far end has answered, and not hung up."""
        return self.answer_state == "answered"

    @property
    def is_parked(self) -> bool:
        """Whether it runs `park`."""
        return bool(self.stack) and self.stack[0].name == "park"

    @property
    def top(self) -> Running | None:
        """What runs on it at this moment."""
        return self.stack[-1] if self.stack else None

    def goes(self, state: str, next_state: str = "") -> None:
        """Change its state."""
        self.state = state
        self.next_state = next_state or state

    def headers(self) -> Headers:
        """The headers of a leg in events."""
        return {
            **self._head(),
            **self.codecs,
            **self.caller,
            **self.other,
            **self.variables,
        }

    def headers_without_variables(self) -> Headers:
        """The headers of a leg in events without variables."""
        return {**self._head(), **self.codecs, **self.caller, **self.other}

    def _head(self) -> Headers:
        presence = self.get("presence_id")
        head = {
            "Channel-State": self.state,
            "Channel-Call-State": self.call_state,
            "Channel-State-Number": STATE_NUMBERS[self.next_state],
            "Channel-Name": self.name,
            "Unique-ID": self.uuid,
            "Call-Direction": self.direction,
            "Presence-Call-Direction": self.direction,
            "Channel-HIT-Dialplan": "true" if self.hits_dialplan else "false",
        }
        if presence:
            head["Channel-Presence-ID"] = presence
        head["Channel-Call-UUID"] = self.call_uuid
        head["Answer-State"] = self.answer_state
        if self.cause:
            head["Hangup-Cause"] = self.cause
        return head

    def as_other(self, kind: str) -> Headers:
        """How events of another leg tell of this one, as `originator` or `originatee`."""
        profile = {
            f"Other-Leg{name.removeprefix('Caller')}": value
            for name, value in self.caller.items()
            if not name.startswith(("Caller-Transfer-Source", "Caller-Profile-Index"))
        }
        return {"Other-Type": kind, **profile}


def new_profile(
    fields: Headers, uuid: str, name: str, at_us: int, source: str, context: str
) -> Headers:
    """A caller profile: the given fields among those of every profile."""
    profile = {f"Caller-{name}": value for name, value in fields.items() if value}
    profile["Caller-Unique-ID"] = uuid
    profile["Caller-Source"] = source
    profile["Caller-Context"] = context
    profile["Caller-Channel-Name"] = name
    profile["Caller-Profile-Index"] = "1"
    for what in _TIMES:
        is_now = what in ("Profile-Created", "Channel-Created")
        profile[f"Caller-{what}-Time"] = str(at_us) if is_now else "0"
    profile["Caller-Channel-Last-Hold"] = "0"
    profile["Caller-Channel-Hold-Accum"] = "0"
    profile["Caller-Screen-Bit"] = "true"
    profile["Caller-Privacy-Hide-Name"] = "false"
    profile["Caller-Privacy-Hide-Number"] = "false"
    return profile
