"""The machines of call, offer, callback, consult and party: what may follow what, as tables.

Rule 1: every change of state is in a table here (an agent's in `routing.agent`). Rule 2: a trigger
that a state does not list is either in the state's late triggers, which are harmless and change
nothing, or it is a defect and raises `InvalidTransition`. The diagrams in the documentation are
drawn from these tables.
"""

from __future__ import annotations

from typing import Final, Literal

CallState = Literal[
    "arrived",
    "flow",
    "waiting",
    "connecting",
    "talking",
    "held",
    "message",
    "outside",
    "ending",
    "ended",
]
CallTrigger = Literal[
    "queued",
    "flowed",
    "taken",
    "dropped",
    "bridged",
    "held",
    "retrieved",
    "recorded",
    "diverted",
    "rejoined",
    "hung_up",
    "ended",
]

_AWAY: Final[dict[CallTrigger, CallState]] = {
    "queued": "waiting",
    "flowed": "flow",
    "recorded": "message",
    "diverted": "outside",
    "hung_up": "ending",
    "ended": "ended",
}

#: ``connecting``: an agent has answered, the bridge is ordered (or a callback's customer is rung).
#: ``ending``: the hang-up is ordered, the leg not yet confirmed down.
CALL_TABLE: Final[dict[CallState, dict[CallTrigger, CallState]]] = {
    "arrived": _AWAY,
    "flow": _AWAY,
    "waiting": {**_AWAY, "taken": "connecting"},
    "connecting": {
        "bridged": "talking",
        "dropped": "waiting",
        "hung_up": "ending",
        "ended": "ended",
    },
    "talking": {**_AWAY, "held": "held"},
    "held": {**_AWAY, "retrieved": "talking"},
    "message": _AWAY,
    "outside": {**_AWAY, "rejoined": "talking"},
    "ending": {"ended": "ended"},
    "ended": {},
}

LineState = Literal["dialling", "up", "closing", "paused", "closed"]
LineTrigger = Literal["answered", "dropped", "put_off", "ended"]

#: A nailed-up agent's line. ``paused``: lost without a hang-up, dialled again (as another line)
#: after a while. ``closing``: ordered down and not yet confirmed.
LINE_TABLE: Final[dict[LineState, dict[LineTrigger, LineState]]] = {
    "dialling": {
        "answered": "up",
        "dropped": "closing",
        "put_off": "paused",
        "ended": "closed",
    },
    "up": {"dropped": "closing", "put_off": "paused", "ended": "closed"},
    "closing": {"ended": "closed"},
    "paused": {"dropped": "closed"},
    "closed": {},
}

OfferState = Literal["ringing", "answered", "bridged", "clearing", "closed"]
OfferTrigger = Literal["answered", "bridged", "withdrawn", "ended"]

#: ``clearing``: the agent's leg is ordered down and not yet confirmed; the agent waits for it.
OFFER_TABLE: Final[dict[OfferState, dict[OfferTrigger, OfferState]]] = {
    "ringing": {"answered": "answered", "withdrawn": "clearing", "ended": "closed"},
    "answered": {"bridged": "bridged", "withdrawn": "clearing", "ended": "closed"},
    "bridged": {"withdrawn": "clearing", "ended": "closed"},
    "clearing": {"ended": "closed"},
    "closed": {},
}

CallbackState = Literal["waiting", "dialling", "paused", "reached", "given_up"]
CallbackTrigger = Literal["dialled", "reached", "missed", "resumed", "given_up"]

#: ``waiting``: in line, no telephone. ``paused``: until the next try, or until callers may be rung.
#: A customer may answer after we have stopped ringing, so that every state can be followed by
#: ``reached``.
CALLBACK_TABLE: Final[dict[CallbackState, dict[CallbackTrigger, CallbackState]]] = {
    "waiting": {"dialled": "dialling", "reached": "reached", "given_up": "given_up"},
    "dialling": {"reached": "reached", "missed": "paused", "given_up": "given_up"},
    "paused": {"resumed": "waiting", "reached": "reached", "given_up": "given_up"},
    "reached": {},
    "given_up": {},
}

ConsultState = Literal["ringing", "private", "aside", "joined", "over"]
ConsultTrigger = Literal["answered", "swapped", "joined", "ended"]

#: ``private``: the agent talks with the consulted party and the caller hears music; ``aside``: the
#: other way round; ``joined``: all three.
CONSULT_TABLE: Final[dict[ConsultState, dict[ConsultTrigger, ConsultState]]] = {
    "ringing": {"answered": "private", "ended": "over"},
    "private": {"swapped": "aside", "joined": "joined", "ended": "over"},
    "aside": {"swapped": "private", "joined": "joined", "ended": "over"},
    "joined": {"ended": "over"},
    "over": {},
}

PartyState = Literal["ringing", "answered", "clearing", "closed"]
PartyTrigger = Literal["answered", "withdrawn", "ended"]

#: A party on a call that is neither its caller nor an agent with an offer.
PARTY_TABLE: Final[dict[PartyState, dict[PartyTrigger, PartyState]]] = {
    "ringing": {"answered": "answered", "withdrawn": "clearing", "ended": "closed"},
    "answered": {"withdrawn": "clearing", "ended": "closed"},
    "clearing": {"ended": "closed"},
    "closed": {},
}

RecordingState = Literal["ordered", "recording", "paused", "stopping", "over"]
RecordingTrigger = Literal["begun", "paused", "resumed", "stopped", "ended"]

#: ``ordered``: the switch has not said yet that it writes; ``stopping``: that it has stopped.
RECORDING_TABLE: Final[dict[RecordingState, dict[RecordingTrigger, RecordingState]]] = {
    "ordered": {
        "begun": "recording", "paused": "paused", "stopped": "stopping", "ended": "over",
    },
    "recording": {"paused": "paused", "stopped": "stopping", "ended": "over"},
    "paused": {"resumed": "recording", "stopped": "stopping", "ended": "over"},
    "stopping": {"ended": "over"},
    "over": {},
}  # fmt: skip

#: Triggers that come too late in a state, or twice, and change nothing: the switch reports what
#: happened while our command was on its way, a connection repeats itself after a loss.
LATE_OFFER: Final[dict[OfferState, frozenset[OfferTrigger]]] = {
    "ringing": frozenset({"bridged"}),
    "answered": frozenset({"answered"}),
    "bridged": frozenset({"answered", "bridged"}),
    "clearing": frozenset({"answered", "bridged", "withdrawn"}),
    "closed": frozenset({"answered", "bridged", "withdrawn", "ended"}),
}
LATE_PARTY: Final[dict[PartyState, frozenset[PartyTrigger]]] = {
    "ringing": frozenset(),
    "answered": frozenset({"answered"}),
    "clearing": frozenset({"answered", "withdrawn"}),
    "closed": frozenset({"answered", "withdrawn", "ended"}),
}
LATE_LINE: Final[dict[LineState, frozenset[LineTrigger]]] = {
    "dialling": frozenset(),
    "up": frozenset({"answered"}),
    "closing": frozenset({"answered"}),
    "paused": frozenset({"answered", "put_off", "ended"}),
    "closed": frozenset({"answered", "dropped", "put_off", "ended"}),
}
