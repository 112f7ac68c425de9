"""Why a leg ended, in Asterisk's words and in the engine's.

Sources: the values of DIALSTATUS (``app_dial.c``) and the hang-up causes of Q.850
(``include/asterisk/causes.h``).
"""

from __future__ import annotations

from typing import Final

from acdengine.events import OfferCause
from acdengine.trunks import Busy

#: What a caller is told who meets a full group, or one with too many calls a second: 486 and 503 in
#: SIP, by the causes of Q.850.
BUSY_CAUSES: Final[dict[Busy, str]] = {"channels": "17", "rate": "34"}

#: By HANGUPCAUSE, which tells more than DIALSTATUS.
_OFFER_BY_CAUSE: Final[dict[int, OfferCause]] = {
    1: "unreachable",  # unallocated
    3: "unreachable",  # no route
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    20: "unreachable",  # not registered
    21: "rejected",
    22: "unreachable",  # number changed
    27: "unreachable",  # out of order
    28: "unreachable",  # invalid number
    38: "unreachable",  # network out of order
}
_OFFER_BY_STATUS: Final[dict[str, OfferCause]] = {
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CHANUNAVAIL": "unreachable",
    "CANCEL": "hangup",
    "DONTCALL": "rejected",
    "TORTURE": "rejected",
    "INVALIDARGS": "not_rung",
}
_NUMBER_BY_CAUSE: Final[dict[int, str]] = {
    1: "unallocated_number",
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    20: "unreachable",
    21: "rejected",
    22: "unallocated_number",
    28: "unallocated_number",
    34: "congestion",
    42: "congestion",
}
_NUMBER_BY_STATUS: Final[dict[str, str]] = {
    "NOANSWER": "no_answer",
    "BUSY": "busy",
    "CANCEL": "hangup",
    "CONGESTION": "congestion",
}
#: What says that the number itself was reached: another way would do no better.
_OF_THE_NUMBER: Final = frozenset(
    {"busy", "no_answer", "rejected", "unallocated_number", "unreachable", "hangup"}
)
#: The engine's reasons for taking a caller's leg down, and what the far end is told.
_ORDERED: Final[dict[str, int]] = {
    "unallocated_number": 1,
    "blacklisted": 21,
    "rejected": 21,
    "not_allowed": 21,
    "busy": 17,
    "no_answer": 19,
    "congestion": 42,
    "no_agent": 42,
    "tenant_limit": 42,
    "draining": 41,
}
_NORMAL: Final = 16


def end_of_offer(status: str, cause: int) -> OfferCause:
    """What it means that an agent's leg ended so before the agent had answered."""
    if status in ("NOANSWER", "CANCEL", "INVALIDARGS"):
        return _OFFER_BY_STATUS[status]
    return _OFFER_BY_CAUSE.get(cause) or _OFFER_BY_STATUS.get(status, "failed")


def end_of_number(status: str, cause: int) -> str:
    """What it means that a leg to a number outside ended so before it was answered."""
    if status in ("NOANSWER", "CANCEL"):
        return _NUMBER_BY_STATUS[status]
    return _NUMBER_BY_CAUSE.get(cause) or _NUMBER_BY_STATUS.get(status, "trunk_failed")


def is_final(cause: str) -> bool:
    """Whether the number was reached, so that no other way is tried."""
    return cause in _OF_THE_NUMBER


def ordered_cause(cause: str) -> int:
    """The hang-up cause for a caller's leg that the engine takes down."""
    return _ORDERED.get(cause, _NORMAL)
