"""Legs bridged, held and unbridged, with the rules that cost calls when they are broken.

Measured: `docs/freeswitch-behaviour.md`, "The things to know first" and "Bridge, hold, transfer".
"""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.calls import applications, audio, leg_states
from adapters.sim.standin.core.channel import Channel, Joining
from adapters.sim.standin.core.switch_core import SwitchCore

#: What the profile plays to the other one when a telephone presses its hold key.
_HOLD_MUSIC: Final = "local_stream://moh"
_HOLD_MUSIC_DELAY_S: Final = 0.16


def uuid_bridge(switch: SwitchCore, argument: str) -> str:
    """The API command; what it prints."""
    words = argument.split()
    if len(words) != 2:
        return "-USAGE: <uuid> <other_uuid>\n"
    first, second = (switch.living(word) for word in words)
    if first is None or second is None:
        return "-ERR Invalid uuid\n"
    if first is not second:
        _order(switch, first, second)
    return f"+OK {words[1]}\n"


def _order(switch: SwitchCore, first: Channel, second: Channel) -> None:
    if first.joining is not None or second.joining is not None:
        switch.breaches.append(f"bridged again while a bridge was under way: {first.uuid}")
        for leg in (first, second):
            _end_soon(switch, leg, "DESTINATION_OUT_OF_ORDER")
        return
    unready = [leg for leg in (first, second) if leg.answer_state == "ringing"]
    if unready:
        switch.breaches.append(f"bridged before the answer: {unready[0].uuid}")
        for leg in (first, second):
            out_of_order = leg in unready
            cause = "DESTINATION_OUT_OF_ORDER" if out_of_order else "ORIGINATOR_CANCEL"
            _end_soon(switch, leg, cause)
        return
    for leg in (first, second):
        if not leg.stack and leg.partner is None:
            switch.breaches.append(f"bridged between answer and park: {leg.uuid}")
    join(switch, first, second)


def _end_soon(switch: SwitchCore, leg: Channel, cause: str) -> None:
    switch.next_frame(leg, lambda: leg_states.hang_up(switch, leg, cause))


def join(switch: SwitchCore, first: Channel, second: Channel) -> None:
    """Bridge two legs: the second leaves what it does at its next frame, then the first."""
    joining = Joining(first, second)
    first.joining = second.joining = joining
    for leg, other, kind in ((first, second, "originatee"), (second, first, "originator")):
        leg.next_state = "CS_HIBERNATE"
        leg.other = other.as_other(kind)
        leg.set("bridge_channel", other.name)
        leg.set("bridge_uuid", other.uuid)
        leg.set("signal_bond", other.uuid)
        leg.set("original_destination_number", leg.caller.get("Caller-Destination-Number", ""))
        leg.set("original_caller_id_name", leg.caller.get("Caller-Caller-ID-Name", ""))
        leg.set("original_caller_id_number", leg.caller.get("Caller-Caller-ID-Number", ""))
    switch.next_frame(second, lambda: _second_leaves(switch, joining))


def _second_leaves(switch: SwitchCore, joining: Joining) -> None:
    first, second = joining.first, joining.second
    if not _may_leave(switch, joining, second):
        return
    applications.unwind(switch, second)
    joining.is_late = True
    leg_states.goes(switch, second, "CS_RESET")
    for leg in (first, second):
        if leg.partner is not None:
            part(switch, leg)
    # The bridge's own thread sleeps one frame at least.
    switch.clock.after(switch.settings.frame_s, lambda: _joined(switch, joining))


def _may_leave(switch: SwitchCore, joining: Joining, leg: Channel) -> bool:
    """Run the leg's last frame before the bridge; whether it is still to be bridged."""
    if joining.is_over:
        return False
    applications.work_off(switch, leg, is_leaving=True)
    return not joining.is_over


def _joined(switch: SwitchCore, joining: Joining) -> None:
    first, second = joining.first, joining.second
    if not _may_leave(switch, joining, first):
        return
    applications.unwind(switch, first)
    for leg, other in ((first, second), (second, first)):
        leg.joining = None
        leg.partner = other
        leg.is_first = leg is first
        leg_states.goes(switch, leg, "CS_SOFT_EXECUTE")
        leg.shown_application = ("uuid_bridge", other.uuid)
        extra = {"Application": "uuid_bridge", "Application-Data": other.uuid}
        switch.tell("CHANNEL_EXECUTE", leg, extra)
        leg.stamp("Channel-Bridged", switch.clock.told_us())
    second.call_uuid = first.uuid
    second.set("call_uuid", first.uuid)
    switch.tell("CHANNEL_BRIDGE", first, first=_names(first, second))
    for leg, other in ((first, second), (second, first)):
        leg.set("last_bridge_to", other.uuid)
        leg.set("bridge_to", other.uuid)
        switch.at_frame(leg)
        audio.sound_changed(switch, leg)
    leg_states.goes(switch, second, "CS_EXCHANGE_MEDIA")
    for leg in (first, second):
        if leg.far_end is not None:
            leg.far_end.on_bridge(leg)


def _names(first: Channel, second: Channel) -> dict[str, str]:
    return {"Bridge-A-Unique-ID": first.uuid, "Bridge-B-Unique-ID": second.uuid}


def failed(switch: SwitchCore, joining: Joining, gone: Channel) -> None:
    """One of two legs that were being joined is gone: the first parks as told to, or goes too; the
    second hears nothing from then on, until it is sent elsewhere."""
    first, second = joining.first, joining.second
    joining.is_over = True
    if gone is first and second.is_up:
        applications.unwind(switch, second)
        leg_states.goes(switch, second, "CS_SOFT_EXECUTE")
    for leg in (first, second):
        if leg.joining is joining:
            leg.joining = None
    if gone is first or not first.is_up:
        return
    wish = "uuid_bridge_park_on_cancel" if joining.is_late else "park_after_bridge"
    if first.is_true(wish):
        applications.unwind(switch, first)
        leg_states.park(switch, first)
    else:
        cause = "ORIGINATOR_CANCEL" if joining.is_late else "DESTINATION_OUT_OF_ORDER"
        leg_states.hang_up(switch, first, cause)


def unbridge(switch: SwitchCore, one: Channel, other: Channel) -> None:
    """End a bridge. CHANNEL_UNBRIDGE names the leg that CHANNEL_BRIDGE named."""
    first, second = (one, other) if one.is_first else (other, one)
    cause = one.cause or other.cause
    if cause:
        first.set("bridge_hangup_cause", cause)
        first.set("last_bridge_hangup_cause", cause)
    switch.tell("CHANNEL_UNBRIDGE", first, first=_names(first, second))
    for leg in (one, other):
        leg.partner = None
        leg.set("bridge_to", "")
        # What was played to a held leg ends with the bridge.
        applications.unwind(switch, leg)


def part(switch: SwitchCore, leg: Channel) -> None:
    """The leg is taken out of its bridge for something else; its partner parks, or ends."""
    partner = leg.partner
    if partner is None:
        return
    unbridge(switch, leg, partner)
    left_alone(switch, partner)


def left_alone(switch: SwitchCore, leg: Channel) -> None:
    """The other leg of its bridge is gone: it parks where it was told to, or ends."""
    if not leg.is_up or leg.joining is not None:
        return
    if leg.is_true("park_after_bridge"):
        leg_states.park(switch, leg)
    else:
        leg_states.hang_up(switch, leg, "NORMAL_CLEARING")


# -- hold --------------------------------------------------------------------------------------


def uuid_hold(switch: SwitchCore, argument: str) -> str:
    """The API command; what it prints. Unknown legs get `+OK` too."""
    words = argument.split()
    if not words:
        return "-USAGE: [off|toggle] <uuid> [<display>]\n"
    order = words[0] if words[0] in ("off", "toggle") and len(words) > 1 else "on"
    leg = switch.living(words[0] if order == "on" else words[1])
    if leg is None:
        return "+OK Success\n"
    wanted = not leg.is_held if order == "toggle" else order == "on"
    if wanted == leg.is_held:
        return "-ERR Operation failed\n" if order == "off" else "+OK Success\n"
    music = leg.get("hold_music")
    switch.next_frame(leg, lambda: _hold(switch, leg, wanted, music))
    return "+OK Success\n"


def held_by_phone(switch: SwitchCore, leg: Channel, is_held: bool) -> None:
    """The far end has pressed its hold key."""
    music = leg.get("hold_music") or _HOLD_MUSIC
    switch.next_frame(leg, lambda: _hold(switch, leg, is_held, music, by_phone=True))


def _hold(
    switch: SwitchCore, leg: Channel, is_held: bool, music: str, *, by_phone: bool = False
) -> None:
    if not leg.is_up or leg.is_held == is_held:
        return
    leg.is_held = is_held
    now = switch.clock.told_us()
    if is_held:
        leg.held_us = now
        leg.caller["Caller-Channel-Last-Hold"] = str(now)
    else:
        leg.hold_accum_us += now - leg.held_us
        leg.caller["Caller-Channel-Hold-Accum"] = str(leg.hold_accum_us)
    partner = leg.partner
    if not is_held and partner is not None:
        _stop_hold_music(switch, partner)
    leg_states.call_state(switch, leg, "HELD" if is_held else "UNHELD")
    switch.tell("CHANNEL_HOLD" if is_held else "CHANNEL_UNHOLD", leg)
    if not is_held:
        leg.call_state = "ACTIVE"
    if leg.far_end is not None and not by_phone:
        leg.far_end.on_hold(leg, is_held)
    if is_held and partner is not None and music not in ("", "silence"):
        switch.clock.after(
            _HOLD_MUSIC_DELAY_S, lambda: _play_hold_music(switch, leg, partner, music)
        )
    audio.all_sounds_changed(switch)


def _play_hold_music(switch: SwitchCore, leg: Channel, partner: Channel, music: str) -> None:
    if leg.is_held and leg.partner is partner and partner.is_up and partner.joining is None:
        applications.begin(switch, partner, "playback", music)


def _stop_hold_music(switch: SwitchCore, partner: Channel) -> None:
    if partner.top is not None:
        applications.break_sounds(switch, partner)
