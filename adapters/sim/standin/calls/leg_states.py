"""The states of one leg: early media, answer, park, hang-up, and the events of each in order."""

from __future__ import annotations

from adapters.sim.standin.calls import audio
from adapters.sim.standin.core import hangup_causes, sip_variables
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.switch_core import SwitchCore


def call_state(switch: SwitchCore, leg: Channel, state: str) -> None:
    """Change `Channel-Call-State`, with CHANNEL_CALLSTATE."""
    before, leg.call_state = leg.call_state, state
    number = {"DOWN": 0, "RINGING": 2, "EARLY": 3, "ACTIVE": 4, "HELD": 5, "HANGUP": 7}
    extra = {
        "Original-Channel-Call-State": before,
        "Channel-Call-State-Number": str(number.get(state, 1)),
    }
    switch.tell("CHANNEL_CALLSTATE", leg, extra, variables=False)


def goes(switch: SwitchCore, leg: Channel, state: str, next_state: str = "") -> None:
    """Change the state, with CHANNEL_STATE."""
    leg.goes(state, next_state)
    switch.tell("CHANNEL_STATE", leg, variables=False)


def answer(switch: SwitchCore, leg: Channel) -> None:
    """The leg is answered: a caller's by the switch, an outgoing one by its far end."""
    if not leg.is_up or leg.answer_state == "answered":
        return
    leg.answer_state = "answered"
    leg.answered_us = switch.clock.told_us()
    leg.stamp("Channel-Answered", leg.answered_us)
    if leg.far_end is not None and leg.name.startswith("sofia/"):
        leg.codecs = sip_variables.CODECS
        leg.variables.update(sip_variables.of_answer(switch.sessions_begun))
    switch.tell("CHANNEL_ANSWER", leg)
    call_state(switch, leg, "ACTIVE")
    leg.set("endpoint_disposition", "ANSWER")
    command = leg.get("api_on_answer")
    if command:
        name, _, argument = command.partition(" ")
        switch.api(name, argument, lambda _: None)
    if leg.direction == "inbound" and leg.far_end is not None:
        leg.far_end.on_answer(leg)
    if leg.is_loopback_of is not None:
        answer(switch, leg.is_loopback_of)
    if leg.uuid in switch.originations:
        switch.originations[leg.uuid].answered(leg)
    audio.sound_changed(switch, leg)


def pre_answer(switch: SwitchCore, leg: Channel) -> None:
    """Send sound before the answer (183)."""
    if not leg.is_up or leg.answer_state in ("answered", "early"):
        return
    leg.answer_state = "early"
    leg.stamp("Channel-Progress-Media", switch.clock.told_us())
    switch.tell("CHANNEL_PROGRESS_MEDIA", leg)
    call_state(switch, leg, "EARLY")
    leg.set("endpoint_disposition", "EARLY MEDIA")
    if leg.direction == "inbound" and leg.far_end is not None:
        leg.far_end.on_early_media(leg)
    if leg.is_loopback_of is not None:
        pre_answer(switch, leg.is_loopback_of)


def rings(switch: SwitchCore, leg: Channel, *, early_media: bool = False) -> None:
    """A far end rings (180), or sends sound before it answers (183)."""
    if not leg.is_up or leg.answered_us:
        return
    now = switch.clock.told_us()
    if early_media:
        leg.answer_state = "early"
        leg.stamp("Channel-Progress-Media", now)
        switch.tell("CHANNEL_PROGRESS_MEDIA", leg)
        call_state(switch, leg, "EARLY")
    else:
        leg.stamp("Channel-Progress", now)
        user, _, host = leg.name.rpartition("/")[2].partition("@")
        own = leg.get("origination_caller_id_number") or "0000000000"
        leg.variables.update(sip_variables.of_reply(user, host, switch.sessions_begun, own))
        switch.tell("CHANNEL_PROGRESS", leg)
        call_state(switch, leg, "RINGING")
    origination = switch.originations.get(leg.uuid)
    if origination is not None:
        origination.rings(leg, early_media)


def park(switch: SwitchCore, leg: Channel) -> None:
    """Park a leg after a bridge, without the application `park`."""
    goes(switch, leg, "CS_PARK")
    leg.stack.append(Running("park", "", "", is_told=False))
    switch.tell("CHANNEL_PARK", leg)
    begin_parking(switch, leg)


def begin_parking(switch: SwitchCore, leg: Channel) -> None:
    """Start the time limit of parking, and work off waiting commands."""
    limit = leg.get("park_timeout")
    if limit:
        leg.set("park_after_bridge", "")
        seconds, _, cause = limit.partition(":")
        if seconds.isdigit() and int(seconds):
            leg.park_timer = switch.clock.after(
                int(seconds), lambda: hang_up(switch, leg, cause or "NORMAL_CLEARING")
            )
    switch.at_frame(leg)


def leave_park(leg: Channel) -> None:
    """Cancel the time limit of parking."""
    if leg.park_timer is not None:
        leg.park_timer.cancel()
        leg.park_timer = None


def refused(switch: SwitchCore, leg: Channel, status: str, moved_to: str = "agent") -> None:
    """The far end refuses an outgoing call with a SIP status; `moved_to`: the user of the contact
    in a 302."""
    code = status.split(" ")[0]
    cause = hangup_causes.of_status(status)
    if status.startswith("30") and leg.get("outbound_redirect_fatal") == "true":
        cause = "REQUESTED_CHAN_UNAVAIL"
        leg.set("sip_redirect_contact_user_0", moved_to)
    leg.set("sip_hangup_disposition", "recv_refuse")
    leg.set("sip_invite_failure_status", code)
    leg.set("sip_invite_failure_phrase", status.partition(" ")[2])
    leg.set("sip_term_status", code)
    leg.set("proto_specific_hangup_cause", f"sip:{code}")
    leg.set("sip_term_cause", str(hangup_causes.q850(cause)))
    hang_up(switch, leg, cause, is_far_end=True)


def far_end_hangs_up(switch: SwitchCore, leg: Channel) -> None:
    """BYE, or CANCEL where there was no answer yet."""
    if not leg.is_up:
        return
    is_answered = leg.answer_state == "answered"
    leg.set("sip_hangup_disposition", "recv_bye" if is_answered else "recv_cancel")
    if is_answered:
        leg.set("sip_term_status", "200")
        leg.set("proto_specific_hangup_cause", "sip:200")
        leg.set("sip_term_cause", "16")
    cause = "NORMAL_CLEARING" if is_answered else "ORIGINATOR_CANCEL"
    hang_up(switch, leg, cause, is_far_end=True)


def hang_up(switch: SwitchCore, leg: Channel, cause: str, *, is_far_end: bool = False) -> None:
    """Hang up a leg. CHANNEL_HANGUP is told at once, the rest one frame later."""
    if not leg.is_up:
        return
    leg.cause = cause
    leg.next_state = "CS_HANGUP"
    leg.hung_up_us = switch.clock.told_us()
    if not is_far_end and leg.name.startswith("sofia/"):
        refusing = "send_refuse" if leg.direction == "inbound" else "send_cancel"
        leg.set("sip_hangup_disposition", "send_bye" if leg.answered_us else refusing)
    leg.answer_state = "hangup"
    leave_park(leg)
    leg.messages.clear()
    if leg.partner is not None:
        leg.set("last_bridge_role", "originator" if leg.is_first else "originatee")
    switch.tell("CHANNEL_HANGUP", leg)
    if leg.far_end is not None:
        leg.far_end.on_end(leg, is_far_end)
    if leg.uuid in switch.originations:
        switch.originations[leg.uuid].ended(leg)
    for other in (leg.is_loopback_of, switch.channels.get(leg.get("other_loopback_leg_uuid"))):
        if other is not None and other.is_up:
            hang_up(switch, other, cause)
    switch.next_frame(leg, lambda: switch.tear_down(leg))
