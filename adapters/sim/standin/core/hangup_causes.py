"""Hang-up causes: their numbers, and what SIP replies mean.

Source: `switch_types.h`, `sofia_glue_sip_cause_to_freeswitch` and measurements
(`docs/freeswitch-behaviour.md`, "Originate, its ends and its causes").
"""

from __future__ import annotations

from typing import Final

#: ITU-T Q.850 numbers; causes of FreeSWITCH's own are above 127 there and 16 in events.
Q850: Final = {
    "NONE": 0, "UNALLOCATED_NUMBER": 1, "NO_ROUTE_TRANSIT_NET": 2, "NO_ROUTE_DESTINATION": 3,
    "CHANNEL_UNACCEPTABLE": 6, "NORMAL_CLEARING": 16, "USER_BUSY": 17, "NO_USER_RESPONSE": 18,
    "NO_ANSWER": 19, "SUBSCRIBER_ABSENT": 20, "CALL_REJECTED": 21, "NUMBER_CHANGED": 22,
    "REDIRECTION_TO_NEW_DESTINATION": 23, "DESTINATION_OUT_OF_ORDER": 27,
    "INVALID_NUMBER_FORMAT": 28, "FACILITY_REJECTED": 29, "NORMAL_UNSPECIFIED": 31,
    "NORMAL_CIRCUIT_CONGESTION": 34, "NETWORK_OUT_OF_ORDER": 38, "NORMAL_TEMPORARY_FAILURE": 41,
    "SWITCH_CONGESTION": 42, "ACCESS_INFO_DISCARDED": 43, "REQUESTED_CHAN_UNAVAIL": 44,
    "PRE_EMPTED": 45, "FACILITY_NOT_SUBSCRIBED": 50, "OUTGOING_CALL_BARRED": 52,
    "INCOMING_CALL_BARRED": 54, "BEARERCAPABILITY_NOTAUTH": 57, "BEARERCAPABILITY_NOTAVAIL": 58,
    "SERVICE_UNAVAILABLE": 63, "BEARERCAPABILITY_NOTIMPL": 65, "CHAN_NOT_IMPLEMENTED": 66,
    "FACILITY_NOT_IMPLEMENTED": 69, "SERVICE_NOT_IMPLEMENTED": 79, "INCOMPATIBLE_DESTINATION": 88,
    "RECOVERY_ON_TIMER_EXPIRE": 102, "MANDATORY_IE_LENGTH_ERROR": 103, "PROTOCOL_ERROR": 111,
    "INTERWORKING": 127, "ORIGINATOR_CANCEL": 16, "CRASH": 16, "SYSTEM_SHUTDOWN": 16,
    "LOSE_RACE": 16, "MANAGER_REQUEST": 16, "BLIND_TRANSFER": 16, "ATTENDED_TRANSFER": 16,
    "ALLOTTED_TIMEOUT": 16, "USER_CHALLENGE": 16, "MEDIA_TIMEOUT": 16, "PICKED_OFF": 16,
    "USER_NOT_REGISTERED": 20, "PROGRESS_TIMEOUT": 16, "INVALID_GATEWAY": 16, "GATEWAY_DOWN": 16,
    "INVALID_URL": 16, "INVALID_PROFILE": 16, "NO_PICKUP": 16,
}  # fmt: skip

#: What the switch makes of a telephone's refusal.
_OF_STATUS: Final = {
    "486": "USER_BUSY", "600": "USER_BUSY", "603": "CALL_REJECTED", "403": "CALL_REJECTED",
    "480": "NO_USER_RESPONSE", "404": "UNALLOCATED_NUMBER", "410": "NUMBER_CHANGED",
    "484": "INVALID_NUMBER_FORMAT", "488": "INCOMPATIBLE_DESTINATION",
    "408": "RECOVERY_ON_TIMER_EXPIRE", "487": "ORIGINATOR_CANCEL",
    "500": "NORMAL_TEMPORARY_FAILURE", "503": "NORMAL_TEMPORARY_FAILURE",
    "302": "NORMAL_UNSPECIFIED",
}  # fmt: skip

#: What the switch says to a caller who was not answered.
_STATUS_OF: Final = {
    "UNALLOCATED_NUMBER": "404 Not Found", "NO_ROUTE_DESTINATION": "404 Not Found",
    "USER_BUSY": "486 Busy Here", "CALL_REJECTED": "603 Decline",
    "NO_ANSWER": "480 Temporarily Unavailable", "NO_USER_RESPONSE": "408 Request Timeout",
    "SUBSCRIBER_ABSENT": "480 Temporarily Unavailable",
    "SWITCH_CONGESTION": "503 Service Unavailable",
    "NORMAL_TEMPORARY_FAILURE": "503 Service Unavailable",
    "NUMBER_CHANGED": "410 Gone", "INVALID_NUMBER_FORMAT": "484 Address Incomplete",
    "DESTINATION_OUT_OF_ORDER": "502 Bad Gateway", "ORIGINATOR_CANCEL": "487 Request Terminated",
}  # fmt: skip


def q850(cause: str) -> int:
    """A cause's number."""
    return Q850.get(cause, 16)


def known(cause: str, otherwise: str = "NORMAL_CLEARING") -> str:
    """A cause by its name or number; `other` where there is none of that name."""
    if cause.isdigit():
        return next((name for name, number in Q850.items() if number == int(cause)), otherwise)
    return cause.upper() if cause.upper() in Q850 else otherwise


def of_status(status: str) -> str:
    """The cause for a SIP status such as ``486 Busy Here``."""
    return _OF_STATUS.get(status.split(" ")[0], "NORMAL_UNSPECIFIED")


def status_of(cause: str) -> str:
    """The SIP status with which an unanswered call is refused."""
    return _STATUS_OF.get(cause, "480 Temporarily Unavailable")
