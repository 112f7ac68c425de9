"""The channel variables that the adapter reads and writes, and the event fields that hold them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from adapters.freeswitch.protocol.event_fields import EventFields

#: On an agent's leg from its birth: for which call it rings, and who. Its uuid is the offer's.
CALL_VARIABLE: Final = "acd_call"
AGENT_VARIABLE: Final = "acd_agent_id"
#: On a nailed-up agent's line, besides: the offer that it serves just now. On the legs of an offer
#: that rings several telephones, and on one that has dialled a pick-up code: the offer.
OFFER_VARIABLE: Final = "acd_offer"
#: On a nailed-up agent's line from its birth: that it is one.
LINE_VARIABLE: Final = "acd_line"
#: On an agent's leg that rings: what FreeSWITCH itself does the moment it is answered.
AHEAD_VARIABLE: Final = "api_on_answer"
#: On an agent's leg: the music of the telephone's own hold key; without it FreeSWITCH plays this
#: stream (`switch_core_media_toggle_hold` of switch_core_media.c).
HOLD_MUSIC_VARIABLE: Final = "hold_music"
HOLD_MUSIC: Final = "local_stream://moh"
#: On a caller's leg that is the engine's: that it is, or where it stands in which queue.
CALLER_VARIABLE: Final = "acd_caller"
PLACE_VARIABLE: Final = "acd_place"
#: On a leg to a number outside: the number, and the call that is put through to it, or whose
#: customer it is.
NUMBER_VARIABLE: Final = "acd_number"
OUTSIDE_VARIABLE: Final = "acd_outside"
CUSTOMER_VARIABLE: Final = "acd_rung_back"
#: On a caller's leg that is or was recorded: the file.
RECORDING_VARIABLE: Final = "acd_recording"
#: On a caller's leg while a message is left: the file, and the box.
MESSAGE_VARIABLE: Final = "acd_message"
BOX_VARIABLE: Final = "acd_box"
#: What is played to the caller who speaks: so many milliseconds of it.
SILENCE: Final = "silence_stream://"
#: FreeSWITCH's own, on a caller's leg: the keys that end what plays; the value for none of them;
#: and what it takes where the leg has no value.
END_KEYS_VARIABLE: Final = "playback_terminators"
NO_KEYS: Final = "none"
UNSET_KEYS: Final = "*"
#: On a caller's leg while sensitive keys are read: which collection it is.
COLLECT_VARIABLE: Final = "acd_collect"
#: FreeSWITCH's own, on a caller's leg whose keys are in no event and no log.
HIDES_KEYS_VARIABLE: Final = "sensitive_dtmf"
#: On the leg of a number that is consulted, or of a supervisor: the call.
PARTY_VARIABLE: Final = "acd_party"
#: On the leg of an agent whom another one consults, until the caller is left to that agent.
CONSULT_VARIABLE: Final = "acd_consult"
#: On a leg that came from another node of the engine, and on those that `bridge` makes for it.
NODE_VARIABLE: Final = "sip_h_X-ACD-Node"
#: FreeSWITCH's own, on both legs of a bridge: the other one. It stays when they are parted.
BOND_VARIABLE: Final = "signal_bond"
#: Set by the dialplan: the trunk group, what is known of the caller, and that an agent is calling.
TRUNK_VARIABLE: Final = "acd_trunk"
SKILLS_VARIABLE: Final = "acd_skills"
PRIORITY_VARIABLE: Final = "acd_priority"
KNOWN_VARIABLE: Final = "acd_customer"
QUEUE_VARIABLE: Final = "acd_queue"
FROM_AGENT_VARIABLE: Final = "acd_from_agent"
#: Set by the dialplan on a leg of the centre's own telephones that is for a queue all the same.
INTERNAL_VARIABLE: Final = "acd_internal"
#: Set by the dialplan: a transfer is planned for a caller whom the engine does not take in time.
FALLBACK_VARIABLE: Final = "acd_fallback"

#: On every leg: what comes of it when a telephone sends it on (REFER of the other side), or another
#: program does without naming a dialplan. It is parked, whatever was dialled: inline applications
#: with a text of their own do not look at the number, which is anybody's.
#: Source: `switch_ivr_session_transfer` of switch_ivr.c, `inline_dialplan_hunt` of mod_dptools.c.
TRANSFERS_VARIABLE: Final = "force_transfer_dialplan"
PARKS: Final = "inline:park"

#: FreeSWITCH's own, on a leg that a telephone has sent on: the header of the REFER. It stays until
#: the engine has been told.
REFER_VARIABLE: Final = "sip_refer_to"

#: On every leg of a caller: no telephone may have it joined with a call that its REFER names. Taken
#: off while the agent's own telephone consults: see `telephone_consultations`.
DENY_TRANSFERS_VARIABLE: Final = "deny_refer_requests"

#: On every leg that is to live on alone: when the other one of its bridge goes, and when it goes
#: while they are still being joined, which FreeSWITCH treats apart (ORIGINATOR_CANCEL without it).
#: On a caller's leg the dialplan may have set it already.
#: Source: `uuid_bridge_on_soft_execute` of switch_ivr_bridge.c.
STAYS: Final = {
    "park_after_bridge": "true",
    "uuid_bridge_park_on_cancel": "true",
    TRANSFERS_VARIABLE: PARKS,
    DENY_TRANSFERS_VARIABLE: "true",
}
#: The same as `uuid_setvar_multi` takes it.
STAYS_TEXT: Final = ";".join(f"{name}={value}" for name, value in STAYS.items())

#: What is to be sent, besides what every connection asks for.
EVENTS: Final = (
    "CHANNEL_ORIGINATE",
    "CHANNEL_PARK",
    "CHANNEL_ANSWER",
    "CHANNEL_BRIDGE",
    "CHANNEL_HOLD",
    "CHANNEL_UNHOLD",
    "CHANNEL_HANGUP",
    "CHANNEL_HANGUP_COMPLETE",
    "DTMF",
    "RECORD_STOP",
    "DETECTED_SPEECH",
    "SHUTDOWN",
)


#: Set on a leg of which it matters that it is about to go: see `TELLS_OF_LEAVING`.
WATCHED_VARIABLE: Final = "acd_watched"
#: CHANNEL_HANGUP comes some ms before CHANNEL_HANGUP_COMPLETE. That is worth another event where it
#: tells who of two ended a conversation (callers, who are the first of two that are joined), and
#: where a leg that loses its partner must not be joined with a third (conversations of more than
#: two).
#: Source: `switch_channel_perform_hangup`, which sets the role on the leg that it ends.
TELLS_OF_LEAVING: Final = (
    ("variable_last_bridge_role", "originator"),
    (f"variable_{WATCHED_VARIABLE}", "true"),
)
#: Applications of the dialplan whose end means nothing: every call has several. Each more makes
#: FreeSWITCH look through all headers of every event once more.
IDLE_APPLICATIONS: Final = ("set", "multiset", "sched_transfer")
#: In which state a leg goes to at the end of an application that end is told: in all but those of a
#: leg that is being joined with another (8, CS_HIBERNATE) and of one that ends (10 and above). What
#: that has cut off is known without (`Player.cut`), and is the largest event of most calls.
#: Source: `switch_ivr_uuid_bridge`; `switch_channel_state_t` in switch_types.h.
TELLS_OF_ENDS: Final = tuple(
    ("Channel-State-Number", str(number)) for number in (2, 3, 4, 5, 6, 7, 9)
)


#: What nobody looks at, by event: who calls whom and the variables, 4 to 11 KB of an event. See
#: `EventReader`. Events that are not here are read whole.
PASSED_OVER: Final = {
    "CHANNEL_ANSWER": ("Caller-", f"variable_{AHEAD_VARIABLE}"),
    "CHANNEL_BRIDGE": ("Caller-", ""),
    "CHANNEL_EXECUTE_COMPLETE": ("Caller-", "Application"),
    "CHANNEL_HOLD": ("Caller-", ""),
    "CHANNEL_UNHOLD": ("Caller-", ""),
    "CHANNEL_HANGUP": ("Caller-", ""),
    "CHANNEL_HANGUP_COMPLETE": ("Caller-", ""),
    "CHANNEL_ORIGINATE": ("Caller-", ""),
}


#: Fields of `ChannelFields` that an event which is read whole never has; see `EventReader`.
NEVER_IN: Final = {
    "CHANNEL_PARK": (
        "subclass", "dtmf_digit", "job_uuid", "body", "application_uuid", "application_data",
        "application_response", "record_path", "session_count",
    )
}  # fmt: skip


class LegFields(EventFields, gc=False, kw_only=True):
    """What is read of the events in `PASSED_OVER`.

    A type of its own: a header is compared with the name of each field, so that fields which cannot
    be there cost time.
    """

    channel_name: str = msgspec.field(name="Channel-Name", default="")
    presence: str = msgspec.field(name="Channel-Presence-ID", default="")
    """`user@domain` of the telephone that the switch calls."""
    joins_itself: str = msgspec.field(name=f"variable_{AHEAD_VARIABLE}", default="")
    application_data: str = msgspec.field(name="Application-Data", default="")
    application_response: str = msgspec.field(name="Application-Response", default="")


class ChannelFields(LegFields, gc=False, kw_only=True):
    """What the translation reads of a leg's events; absent ones are empty.

    In the order in which FreeSWITCH sends them: the next one is then found at once.
    """

    network_address: str = msgspec.field(name="Caller-Network-Addr", default="")
    transfer_source: str = msgspec.field(name="Caller-Transfer-Source", default="")
    """By what the leg was sent where it is, with the time."""
    dialplan: str = msgspec.field(name="Caller-Dialplan", default="")
    """Which one the leg has gone through; empty where an application was named."""
    other_leg_user: str = msgspec.field(name="Other-Leg-Username", default="")
    """What the one who called says to be."""
    other_leg_number: str = msgspec.field(name="Other-Leg-Destination-Number", default="")
    """What that one has dialled."""
    other_leg_id: str = msgspec.field(name="Other-Leg-Unique-ID", default="")
    hides_number: str = msgspec.field(name="Caller-Privacy-Hide-Number", default="")
    hides_name: str = msgspec.field(name="Caller-Privacy-Hide-Name", default="")
    privacy: str = msgspec.field(name="variable_sip_Privacy", default="")
    authorized: str = msgspec.field(name="variable_sip_authorized", default="")
    user_name: str = msgspec.field(name="variable_user_name", default="")
    domain_name: str = msgspec.field(name="variable_domain_name", default="")
    internal: str = msgspec.field(name="variable_acd_internal", default="")
    watched: str = msgspec.field(name="variable_acd_watched", default="")
    from_node: str = msgspec.field(name=f"variable_{NODE_VARIABLE}", default="")
    offer: str = msgspec.field(name="variable_acd_offer", default="")
    agent_id: str = msgspec.field(name="variable_acd_agent_id", default="")
    profile: str = msgspec.field(name="variable_sofia_profile_name", default="")
    gateway_in: str = msgspec.field(name="variable_sip_gateway", default="")
    gateway_out: str = msgspec.field(name="variable_sip_gateway_name", default="")
    span_name: str = msgspec.field(name="variable_freetdm_span_name", default="")
    span_number: str = msgspec.field(name="variable_freetdm_span_number", default="")
    trunk: str = msgspec.field(name="variable_acd_trunk", default="")
    skills: str = msgspec.field(name="variable_acd_skills", default="")
    priority: str = msgspec.field(name="variable_acd_priority", default="")
    customer: str = msgspec.field(name="variable_acd_customer", default="")
    queue: str = msgspec.field(name="variable_acd_queue", default="")
    from_agent: str = msgspec.field(name="variable_acd_from_agent", default="")
    fallback: str = msgspec.field(name="variable_acd_fallback", default="")
    parks: str = msgspec.field(name="variable_park_after_bridge", default="")
    parks_early: str = msgspec.field(name="variable_uuid_bridge_park_on_cancel", default="")
    end_keys: str = msgspec.field(name=f"variable_{END_KEYS_VARIABLE}", default=UNSET_KEYS)
    recording: str = msgspec.field(name="variable_acd_recording", default="")
    record_ms: str = msgspec.field(name="variable_record_ms", default="")
    disposition: str = msgspec.field(name="variable_endpoint_disposition", default="")
    redirected_user: str = msgspec.field(name="variable_sip_redirect_contact_user_0", default="")
    """Whom the first contact of a 302 names."""
    referred_to: str = msgspec.field(name="variable_transfer_destination", default="")
    transfers: str = msgspec.field(name=f"variable_{TRANSFERS_VARIABLE}", default="")
    denies_transfers: str = msgspec.field(name=f"variable_{DENY_TRANSFERS_VARIABLE}", default="")
    refer_to: str = msgspec.field(name=f"variable_{REFER_VARIABLE}", default="")
    refer_leg: str = msgspec.field(name="variable_refer_uuid", default="")
    """The leg that its telephone has named in a REFER with Replaces."""
    hung_up_by: str = msgspec.field(name="variable_sip_hangup_disposition", default="")
    running: str = msgspec.field(name="variable_current_application", default="")
    record_path: str = msgspec.field(name="Record-File-Path", default="")
    completion_cause: str = msgspec.field(name="Record-Completion-Cause", default="")
    """Of RECORD_STOP: why, where silence ended it."""
    speech_type: str = msgspec.field(name="Speech-Type", default="")
    """Of DETECTED_SPEECH: begin-speaking, detected-speech, closed."""
    session_count: int = msgspec.field(name="Session-Count", default=0)
    """Of HEARTBEAT: legs on the switch."""


Hearing = Mapping[str, Callable[[ChannelFields], None]]
"""What is done at which event, by the event's name."""


class Place(NamedTuple):
    """A place in a queue, as it stands on a caller's leg."""

    queue_id: str = ""
    queued_at_us: int = 0
    priority: int = 0
    boost_us: int = 0


def place_text(place: Place) -> str:
    """A place as the value of one variable."""
    return f"{place.queued_at_us}:{place.priority}:{place.boost_us}:{place.queue_id}"


def read_place(text: str) -> Place:
    """The place that a variable tells; no place when it tells none."""
    numbers, queue_id = text.split(":")[:3], text.split(":", 3)[-1]
    if len(numbers) < 3 or text.count(":") < 3:
        return Place()
    try:
        queued_at_us, priority, boost_us = (whole_number(number) for number in numbers)
    except ValueError:
        return Place()
    return Place(queue_id, queued_at_us, priority, boost_us)


def whole_number(text: str) -> int:
    """A whole number of up to 18 digits.

    Raises:
        ValueError: it is none.
    """
    if len(text) > 19 or not text.isascii():
        raise ValueError("no whole number")
    return int(text)
