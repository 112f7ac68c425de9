"""What a switch has when it is read through: callers' legs and nailed-up lines, as
`acdengine.events.SwitchSynced` brings them."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from acdengine.modes import Direction


class LiveMove(Struct, frozen=True, gc=False):
    """Where a caller has gone without an order: what `CallRejoined` or `CallReferred` would have
    told, had it been heard."""

    #: The leg that the caller is with; empty: the caller is parked, sent to the number.
    leg_id: str
    number: str
    telephone: str = ""
    by: Literal["telephone", "switch"] = "telephone"


class LiveCall(Struct, frozen=True, gc=False):
    """A caller's leg as the switch has it, from its channel variables."""

    call_id: str
    leg_id: str
    ani: str
    dnis: str
    trunk_id: str
    queue_id: str = ""
    #: First queued, and the whole place credit, so that the order can be rebuilt from the switch.
    queued_at_us: int = 0
    priority: int = 0
    boost_us: int = 0
    #: The agent's offer that the leg is bridged with; during a consult that of the agent who has
    #: the call.
    offer_id: str = ""
    agent_id: str = ""
    #: That agent's leg is on hold, by order or by the telephone's own key.
    #: None where the switch does not tell.
    is_held: bool | None = None
    #: What it is busy with, or was a moment ago, in the words of `CallDiverted`: a number outside
    #: that is being rung or has answered, a box that a message is being left in.
    diverted_to: str = ""
    #: It hears what is played, and is not answered.
    early: bool = False
    #: Files that it is being recorded into, the oldest first.
    recordings: tuple[str, ...] = ()
    #: The leg of the party that the agent consults.
    consult_id: str = ""
    #: Where orders are carried out it is not known any more what was ordered for the leg: answer,
    #: music and bridge have to be ordered again.
    forgotten: bool = False
    #: What the dialplan knew of it, as in `CallArrived`.
    skills: dict[str, int] = {}
    customer_id: str = ""
    wanted_queue: str = ""
    name: str = ""
    withheld: bool = False
    direction: Direction = "inbound"
    telephone: str = ""
    moved: LiveMove | None = None


class LiveLine(Struct, frozen=True, gc=False):
    """A nailed-up agent's line as the switch has it."""

    line_id: str
    agent_id: str
    answered: bool
