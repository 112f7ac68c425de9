"""Maps FreeSWITCH's hang-up causes to the engine's, and to whose fault the failure is.

Source: what FreeSWITCH answered to each SIP status and setting (`docs/freeswitch-behaviour.md`,
"Originate, its ends and its causes"); the names are those of `switch_types.h`.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from acdengine.events import OfferCause

Fault = Literal["agent", "phone", "trunk", "centre"]


class End(NamedTuple):
    """What the end of an agent's leg means for the offer, and whose doing it was."""

    cause: OfferCause
    fault: Fault


#: What `dial` says of an order that could not be sent to the switch; no cause of FreeSWITCH's.
NOT_SENT: Final = "NOT_SENT"

#: With `outbound_redirect_fatal`, of a telephone that answers 300 to 305; others end so as well.
REDIRECTED: Final = "REQUESTED_CHAN_UNAVAIL"
#: An agent's leg that ended before the agent had answered. Anything else has failed.
ENDS: Final[dict[str, End]] = {
    "NO_ANSWER": End("no_answer", "agent"),
    "ALLOTTED_TIMEOUT": End("no_answer", "agent"),
    "NO_USER_RESPONSE": End("no_answer", "agent"),
    "USER_BUSY": End("busy", "agent"),
    "CALL_REJECTED": End("rejected", "agent"),
    # The telephone itself took the call back (487).
    "ORIGINATOR_CANCEL": End("rejected", "agent"),
    "UNALLOCATED_NUMBER": End("unreachable", "phone"),
    "NUMBER_CHANGED": End("unreachable", "phone"),
    "INVALID_NUMBER_FORMAT": End("unreachable", "phone"),
    "INCOMPATIBLE_DESTINATION": End("unreachable", "phone"),
    # 408, and a telephone that says nothing at all.
    "RECOVERY_ON_TIMER_EXPIRE": End("unreachable", "phone"),
    "USER_NOT_REGISTERED": End("unreachable", "phone"),
    "SUBSCRIBER_ABSENT": End("unreachable", "phone"),
    # 500 and 503, and a host that refuses connections.
    "NORMAL_TEMPORARY_FAILURE": End("unreachable", "phone"),
    "NORMAL_UNSPECIFIED": End("failed", "phone"),
    "REQUESTED_CHAN_UNAVAIL": End("failed", "phone"),
    "GATEWAY_DOWN": End("failed", "trunk"),
    "INVALID_GATEWAY": End("failed", "centre"),
    "INVALID_PROFILE": End("failed", "centre"),
    "CHAN_NOT_IMPLEMENTED": End("failed", "centre"),
    "DESTINATION_OUT_OF_ORDER": End("failed", "centre"),
    NOT_SENT: End("not_rung", "centre"),
    "NORMAL_CLEARING": End("hangup", "centre"),
    "LOSE_RACE": End("hangup", "centre"),
}
_FAILED: Final = End("failed", "centre")


class OutsideEnd(NamedTuple):
    """What the end of a leg to a number outside means, and whether another way may do better."""

    cause: str
    fault: Literal["callee", "trunk"]


#: A leg to a number outside that was not answered. Whatever is not here is the trunk's fault: the
#: next gateway is tried.
OUTSIDE: Final[dict[str, OutsideEnd]] = {
    "NO_ANSWER": OutsideEnd("no_answer", "callee"),
    "ALLOTTED_TIMEOUT": OutsideEnd("no_answer", "callee"),
    "NO_USER_RESPONSE": OutsideEnd("no_answer", "callee"),
    "USER_BUSY": OutsideEnd("busy", "callee"),
    "CALL_REJECTED": OutsideEnd("rejected", "callee"),
    "ORIGINATOR_CANCEL": OutsideEnd("rejected", "callee"),
    "UNALLOCATED_NUMBER": OutsideEnd("unallocated_number", "callee"),
    "NUMBER_CHANGED": OutsideEnd("unallocated_number", "callee"),
    "INVALID_NUMBER_FORMAT": OutsideEnd("unallocated_number", "callee"),
    "SUBSCRIBER_ABSENT": OutsideEnd("unreachable", "callee"),
    "USER_NOT_REGISTERED": OutsideEnd("unreachable", "callee"),
    "NORMAL_CLEARING": OutsideEnd("rejected", "callee"),
    "SWITCH_CONGESTION": OutsideEnd("congestion", "trunk"),
    "NORMAL_CIRCUIT_CONGESTION": OutsideEnd("congestion", "trunk"),
    "REQUESTED_CHAN_UNAVAIL": OutsideEnd("congestion", "trunk"),
    "NORMAL_TEMPORARY_FAILURE": OutsideEnd("trunk_failed", "trunk"),
    "RECOVERY_ON_TIMER_EXPIRE": OutsideEnd("trunk_failed", "trunk"),
    "GATEWAY_DOWN": OutsideEnd("trunk_failed", "trunk"),
}
_TRUNK_FAILED: Final = OutsideEnd("trunk_failed", "trunk")

#: The engine's reasons for taking a caller's leg down, and what the far end is told.
ORDERED: Final[dict[str, str]] = {
    "normal": "NORMAL_CLEARING",
    "unallocated_number": "UNALLOCATED_NUMBER",
    "blacklisted": "CALL_REJECTED",
    "rejected": "CALL_REJECTED",
    "busy": "USER_BUSY",
    "congestion": "SWITCH_CONGESTION",
    "tenant_limit": "SWITCH_CONGESTION",
    "draining": "NORMAL_TEMPORARY_FAILURE",
}


def end_of_offer(hangup_cause: str) -> End:
    """What it means that an agent's leg ended so before the agent had answered."""
    return ENDS.get(hangup_cause, _FAILED)


def end_of_outside(hangup_cause: str) -> OutsideEnd:
    """What it means that a leg to a number outside ended so before it was answered."""
    return OUTSIDE.get(hangup_cause, _TRUNK_FAILED)


def cause_of_job(printed: str) -> str:
    """The hang-up cause in what a failed `originate` printed: `-ERR USER_BUSY`."""
    words = printed.split()
    return words[1] if len(words) > 1 and words[0] == "-ERR" else ""


def end_of_caller(hangup_cause: str) -> str:
    """The engine's word for the end of a caller's leg."""
    return "normal" if hangup_cause in ("", "NORMAL_CLEARING") else hangup_cause.lower()


def ordered_cause(cause: str) -> str:
    """The hang-up cause for a caller's leg that the engine takes down."""
    return ORDERED.get(cause, "NORMAL_CLEARING")
