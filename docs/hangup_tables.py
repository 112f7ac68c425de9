"""The tables of docs/hangup-causes.md: the adapter's own tables, with words for people."""

from __future__ import annotations

from typing import Final

from adapters.freeswitch.protocol import hangup_causes

#: Cause to what brings it about, and what to do when there are many. What SIP status comes as which
#: cause was measured (docs/freeswitch-behaviour.md).
WORDS: Final[dict[str, tuple[str, str]]] = {
    "NO_ANSWER": ("it rang until the time was over", "ring_timeout_s; is the agent there?"),
    "ALLOTTED_TIMEOUT": ("it rang until a limit in the dial string", "ring_timeout_s"),
    "NO_USER_RESPONSE": ("480: temporarily unavailable", "do-not-disturb on the telephone?"),
    "USER_BUSY": ("486, 600: busy", "is it also used for calls of its own?"),
    "CALL_REJECTED": (
        "603, 403: declined",
        "the agent pressed reject; by trunks: is the number allowed, are we?",
    ),
    "ORIGINATOR_CANCEL": ("487: the far end took it back", "telephones with a limit of their own"),
    "UNALLOCATED_NUMBER": ("404: no such number", "the contact, or the number that was dialled"),
    "NUMBER_CHANGED": ("410: gone", "the contact, or the number that was dialled"),
    "INVALID_NUMBER_FORMAT": ("484: incomplete", "digits are missing: +49... or 0049...?"),
    "INCOMPATIBLE_DESTINATION": ("488: no codec in common", "PCMA and PCMU on both sides"),
    "RECOVERY_ON_TIMER_EXPIRE": (
        "408, or no reply at all", "no network, firewall, or the far end is down",
    ),
    "USER_NOT_REGISTERED": ("`user/NAME` has not registered", "is it on? acdengine doctor"),
    "SUBSCRIBER_ABSENT": ("`user/NAME` is not in the directory", "acdengine freeswitch config"),
    "NORMAL_TEMPORARY_FAILURE": ("500, 503, or nobody listens", "the far end's own log"),
    "NORMAL_UNSPECIFIED": ("what has no other name", "FreeSWITCH's log"),
    "REQUESTED_CHAN_UNAVAIL": (
        "300 to 305: a redirection, which is not followed; or no line is free",
        "forwarding on the telephone; by trunks: more channels, or fewer calls",
    ),
    "GATEWAY_DOWN": ("the gateway answers no OPTIONS", "acdengine doctor; the carrier"),
    "INVALID_GATEWAY": ("no gateway of that name", "sip_profiles; the contact"),
    "INVALID_PROFILE": ("no SIP profile of that name", "sip_profiles; the contact"),
    "CHAN_NOT_IMPLEMENTED": ("no module for that kind of contact", "modules.conf.xml"),
    "DESTINATION_OUT_OF_ORDER": ("502, a codec that fails, legs misused", "FreeSWITCH's log"),
    hangup_causes.NOT_SENT: (
        "acdengine could not have it rung: no connection, or an order that cannot be written",
        "acdengine's log: ring refused",
    ),
    "NORMAL_CLEARING": ("it ended in good order", ""),
    "LOSE_RACE": ("another telephone was quicker (ring-all)", ""),
    "SWITCH_CONGESTION": ("the trunk is full", "more channels, or fewer calls"),
    "NORMAL_CIRCUIT_CONGESTION": ("503: no line is free", "more channels, or fewer calls"),
}  # fmt: skip

_FOLLOWS: Final[dict[str, str]] = {
    "no_answer": "a miss; `misses.no_answer`",
    "busy": "a miss; `misses.busy`",
    "rejected": "a miss; `misses.rejected`",
    "unreachable": "a miss; `misses.unreachable`",
    "failed": "a miss that never counts towards the limit; the second time in a row, none",
    "not_rung": "none: ready at once",
    "hangup": "none when it was withdrawn; `misses.rejected` when the agent was too quick to leave",
}


def agents_ends() -> str:
    """An agent's leg that ended before the agent had answered."""
    rows = [
        f"| `{name}` | {WORDS[name][0]} | {end.cause} | {end.fault} | {_FOLLOWS[end.cause]} | "
        f"{WORDS[name][1]} |"
        for name, end in hangup_causes.ENDS.items()
    ]
    titles = ("cause", "what brings it about", "the offer ends as", "whose fault", "for the agent",
              "where to look")  # fmt: skip
    return "\n".join([f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}", *rows])


def outside_ends() -> str:
    """A leg to a number outside that was not answered."""
    rows = [
        f"| `{name}` | {WORDS[name][0]} | {end.cause} | {end.fault} | "
        f"{'the next gateway' if end.fault == 'trunk' else 'no other way is tried'} |"
        for name, end in hangup_causes.OUTSIDE.items()
    ]
    head = "| cause | what brings it about | the call hears of it as | whose fault | then |"
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def ordered() -> str:
    """What the network is told when the engine ends or turns away a call."""
    rows = [f"| {why} | `{cause}` |" for why, cause in hangup_causes.ORDERED.items()]
    return "\n".join(["| the engine's reason | what the network is told |", "| --- | --- |", *rows])
