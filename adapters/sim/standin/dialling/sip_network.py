"""SIP ports: telephones, and other stand-ins, so that nodes reach each other."""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.calls import audio, leg_states
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.dialling import channel_creation
from adapters.sim.standin.dialling.far_ends import FarEnd, PhoneHabit, Telephone

_FIRST_PHONE_PORT: Final = 20_000


class SipNetwork:
    """The SIP ports of this host; shared by stand-ins that call each other."""

    def __init__(self) -> None:
        self.phones: dict[int, Telephone] = {}
        self._switches: dict[int, tuple[SwitchCore, str]] = {}

    def add_phone(self, habit: PhoneHabit, port: int = 0) -> Telephone:
        """Add a telephone at a port; 0 is any free port."""
        while not port:
            port = _FIRST_PHONE_PORT + len(self.phones)
            while port in self.phones:
                port += 1
        phone = self.phones[port] = Telephone(habit, port)
        return phone

    def add_switch(self, switch: SwitchCore) -> None:
        """A stand-in takes calls at its ports."""
        self._switches[switch.settings.trunk_port] = (switch, "public")
        self._switches[switch.settings.sip_port] = (switch, "agents")

    def remove_switch(self, switch: SwitchCore) -> None:
        """A stand-in takes no calls."""
        for port, (known, _) in list(self._switches.items()):
            if known is switch:
                del self._switches[port]

    def far_end(self, port: int) -> Telephone | OtherSwitch | None:
        """What answers at a port; None where nothing listens."""
        if port in self._switches:
            switch, context = self._switches[port]
            return OtherSwitch(switch, context)
        return self.phones.get(port)


class OtherSwitch(FarEnd):
    """One leg's way to another stand-in: a leg there that comes in."""

    def __init__(self, switch: SwitchCore, context: str) -> None:
        super().__init__()
        self._there = switch
        self._context = context
        self._here: Channel | None = None

    def invited(self, leg: Channel, number: str, invite: str) -> None:
        """The other one takes the call."""
        self.joins(leg)
        self._here = leg
        self.messages.append(invite)
        there = _FromSwitch(self)
        caller = leg.caller
        arriving = channel_creation.Invite(
            number=caller.get("Caller-Caller-ID-Number", ""),
            name=caller.get("Caller-Caller-ID-Name", ""),
            did=number,
            context=self._context,
            variables=_headers_as_variables(leg),
        )
        channel_creation.take_call(self._there, there, arriving)
        self.other_side = there
        leg.switch.clock.after(0, lambda: leg_states.rings(leg.switch, leg))

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """The leg here is down: so is the one there."""
        super().on_end(leg, is_ours)
        for other in list(self.other_side.legs):
            leg_states.far_end_hangs_up(other.switch, other)

    def answered_there(self) -> None:
        """The leg there was answered."""
        if self._here is not None:
            leg_states.answer(self._here.switch, self._here)

    def heard_from_there(self, tone_hz: int) -> None:
        """The tone of the partner there is heard here."""
        here = self._here
        if here is not None and here.is_up:
            here.tone_hz = self.tone_hz = tone_hz
            audio.sound_changed(here.switch, here)

    def ended_there(self, leg: Channel) -> None:
        """The leg there is down."""
        here = self._here
        if here is None or not here.is_up:
            return
        if here.is_answered:
            leg_states.far_end_hangs_up(here.switch, here)
        else:
            leg_states.hang_up(here.switch, here, leg.cause, is_far_end=True)


class _FromSwitch(FarEnd):
    """The caller of a leg that another stand-in has made."""

    def __init__(self, other: OtherSwitch) -> None:
        super().__init__()
        self._other = other

    def on_answer(self, leg: Channel) -> None:
        """Pass the answer on."""
        self._other.answered_there()

    def on_bridge(self, leg: Channel) -> None:
        """Pass on what is heard."""
        if leg.partner is not None:
            self._other.heard_from_there(leg.partner.tone_hz)

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """Pass the end on."""
        super().on_end(leg, is_ours)
        if not is_ours:
            self._other.ended_there(leg)


def _headers_as_variables(leg: Channel) -> dict[str, str]:
    """The leg's custom SIP headers, as variables of the same name at the other end."""
    prefix = "variable_sip_h_"
    return {
        f"sip_h_{name.removeprefix(prefix)}": value
        for name, value in leg.variables.items()
        if name.startswith(prefix)
    }
