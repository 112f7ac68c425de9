"""The machines of legs that the adapter dials, as tables.

An agent's leg: how far it is, what the engine has ordered, and whether FreeSWITCH bridges it by
itself. A leg to a number outside has the first two; a nailed-up line has a machine of its own.

A trigger that a state does not list changes nothing: replies overtake events, and commands may be
repeated. The diagrams in `adapters/README.md` are drawn from these tables.
"""

from __future__ import annotations

from typing import Final, Literal

LegProgress = Literal["dialled", "ringing", "answered", "ready"]
ProgressTrigger = Literal["parked", "answered"]

#: ``ringing``: the leg is parked while the telephone rings. ``answered``: not parked yet; a bridge
#: at this moment may leave the caller deaf. ``ready``: it can be bridged.
PROGRESS_TABLE: Final[dict[LegProgress, dict[ProgressTrigger, LegProgress]]] = {
    "dialled": {"parked": "ringing", "answered": "answered"},
    "ringing": {"answered": "ready"},
    "answered": {"parked": "ready"},
    "ready": {},
}

LegOrder = Literal["ring", "bridge", "end"]
OrderTrigger = Literal["bridge_ordered", "bridge_done", "end_ordered"]

#: ``ring``: nothing but to ring, or all that was ordered is done. ``bridge``: the engine wants the
#: leg bridged with the caller. ``end``: the engine wants it ended, and no bridge any more.
ORDER_TABLE: Final[dict[LegOrder, dict[OrderTrigger, LegOrder]]] = {
    "ring": {"bridge_ordered": "bridge", "end_ordered": "end"},
    "bridge": {"bridge_done": "ring", "end_ordered": "end"},
    "end": {},
}

AheadBridge = Literal["off", "set", "in_doubt", "done"]
AheadTrigger = Literal["set", "withdrawn", "answered_in_time", "answered_too_early", "asked"]

#: The bridge that FreeSWITCH makes by itself at the answer (`api_on_answer`). ``in_doubt``: the
#: answer and the variable crossed, and the leg is asked whether it is bridged.
AHEAD_TABLE: Final[dict[AheadBridge, dict[AheadTrigger, AheadBridge]]] = {
    "off": {"set": "set", "answered_in_time": "done"},
    "set": {
        "withdrawn": "off",
        "answered_in_time": "done",
        "answered_too_early": "in_doubt",
    },
    "in_doubt": {"asked": "off"},
    "done": {},
}

LineState = Literal["dialled", "ringing", "answered", "idle", "bridged"]
LineTrigger = Literal["parked", "answered", "bridged"]

#: A nailed-up line. ``ringing`` and ``answered`` as in `PROGRESS_TABLE`; ``idle``: it is parked and
#: can be bridged; ``bridged``: a caller is on it, or it has not been parked again since.
LINE_STATE_TABLE: Final[dict[LineState, dict[LineTrigger, LineState]]] = {
    "dialled": {"parked": "ringing", "answered": "answered"},
    "ringing": {"answered": "idle"},
    "answered": {"parked": "idle", "bridged": "bridged"},
    "idle": {"bridged": "bridged"},
    "bridged": {"parked": "idle"},
}
