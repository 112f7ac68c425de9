"""Ends of flows: an agent's answer cuts one off; a call that leaves its flow is told once for each
time that it was in it."""

from __future__ import annotations

from acdengine.commands import PlayMusic, StopPrompt
from acdengine.engine.flow_orders import id_of
from acdengine.engine.records import Call, IvrCall
from acdengine.engine.state import EngineState
from acdengine.flow_facts import FlowLeft
from acdengine.service_commands import StopScript


def cut_off(state: EngineState, call: Call, ivr: IvrCall, music: str) -> None:
    """An agent has answered a caller who goes through a flow while waiting: what the flow says or
    asks ends at once; ``music`` goes on where some is given."""
    ivr.is_cut = True
    pending = ivr.run.pending
    if ivr.awaits == "script" and pending is not None:
        state.commands.append(StopScript(call.call_id, id_of(pending.ticket)))
    order = PlayMusic(call.call_id, music) if music else StopPrompt(call.call_id)
    state.commands.append(order)


def tell_flow_left(state: EngineState, call: Call, to: str) -> None:
    """A call leaves the flow that it is in, for ``to``; nothing where it is in none."""
    ivr = call.ivr
    if ivr is None or not ivr.entered_us:
        return
    lasted_us = state.now_us - ivr.entered_us
    ivr.entered_us = 0
    state.tell_call(
        call, FlowLeft(state.now_us, call.call_id, ivr.flow_id, ivr.run.version, to, lasted_us)
    )
