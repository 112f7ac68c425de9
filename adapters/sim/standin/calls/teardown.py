"""The frame after a hang-up: the leg leaves its bridge, is reported and destroyed."""

from __future__ import annotations

from adapters.sim.standin.calls import applications, bridging, eavesdropping, leg_states, recording
from adapters.sim.standin.core import hangup_causes, sip_variables
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_core import SwitchCore


def tear_down(switch: SwitchCore, leg: Channel) -> None:
    """Take a leg that was hung up out of its bridge, or of the one under way, and destroy it."""
    if leg.is_gone:
        return
    joining, partner = leg.joining, leg.partner
    if partner is not None:
        _bridge_ended(switch, leg, partner)
        return
    applications.unwind(switch, leg)
    _complete(switch, leg)
    if joining is not None:
        bridging.failed(switch, joining, leg)
    _destroy(switch, leg)


def _complete(switch: SwitchCore, leg: Channel) -> None:
    """The events of a leg's end, up to CHANNEL_HANGUP_COMPLETE."""
    leg_states.goes(switch, leg, "CS_HANGUP")
    leg.stamp("Channel-Hangup", leg.hung_up_us)
    recording.leg_ended(switch, leg)
    leg_states.call_state(switch, leg, "HANGUP")
    leg_states.goes(switch, leg, "CS_REPORTING")
    if switch.is_wanted("CHANNEL_HANGUP_COMPLETE") or switch.is_wanted("CHANNEL_DESTROY"):
        leg.variables.update(sip_variables.of_the_end(leg, hangup_causes.q850(leg.cause)))
    switch.tell("CHANNEL_HANGUP_COMPLETE", leg, first={"Hangup-Cause": leg.cause})


def _destroy(switch: SwitchCore, leg: Channel) -> None:
    """Destroy the leg; its uuid is free."""
    leg.is_gone = True
    leg.next_state = "CS_DESTROY"
    switch.tell("CHANNEL_DESTROY", leg)
    leg_states.goes(switch, leg, "CS_DESTROY")
    switch.forget(leg)
    if switch.spies:
        eavesdropping.target_gone(switch, leg)
    client = switch.of_legs.pop(leg.uuid, None)
    if client is not None:
        client.leg_ended(leg)


def _bridge_ended(switch: SwitchCore, gone: Channel, partner: Channel) -> None:
    """A bridged leg was hung up: events of both legs; the other one parks or is hung up."""
    stays = partner.is_up and partner.is_true("park_after_bridge")
    if gone.is_first and not stays:
        leg_states.hang_up(switch, partner, "NORMAL_CLEARING")
        bridging.unbridge(switch, gone, partner)
        _finished(switch, gone)
        return
    if gone.is_first:
        bridging.unbridge(switch, gone, partner)
        bridging.left_alone(switch, partner)
        _finished(switch, gone)
        return
    applications.unwind(switch, gone)
    _complete(switch, gone)
    bridging.unbridge(switch, gone, partner)
    bridging.left_alone(switch, partner)
    _destroy(switch, gone)


def _finished(switch: SwitchCore, leg: Channel) -> None:
    applications.unwind(switch, leg)
    _complete(switch, leg)
    _destroy(switch, leg)
