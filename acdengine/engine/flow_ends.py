"""When a call leaves its flow: told once for each time that it was in it."""

from __future__ import annotations

from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.flow_facts import FlowLeft


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
