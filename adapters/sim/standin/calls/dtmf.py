"""Keys pressed on a leg, for prompts that collect, recordings and supervisors."""

from __future__ import annotations

from adapters.sim.standin.calls import applications, audio
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_core import SwitchCore


def pressed(switch: SwitchCore, leg: Channel, digit: str, source: str) -> None:
    """One key; `source` is ENDPOINT for the far end's, APP for the switch's own."""
    if not leg.is_up:
        return
    if not leg.is_true("sensitive_dtmf"):
        leg.digits += digit
        extra = {"DTMF-Digit": digit, "DTMF-Duration": "2000", "DTMF-Source": source}
        switch.tell("DTMF", leg, extra, variables=False)
    if leg.spied_on:
        if digit in "0123":
            leg.mode = digit
            audio.all_sounds_changed(switch)
        return
    running = leg.top
    if running is not None:
        applications.digit(switch, leg, running, digit)
