"""Switch nodes: which are lost or being emptied, where a phone is, and who cannot be reached.

An agent's leg is on the node of the caller, so that the two are joined on one machine; where the
phone is registered at another node, the leg goes through that one. A node that was lost, or that is
drained and empty, reaches no phones: its agents are not ready until it is back.
"""

from __future__ import annotations

from typing import Final

from acdengine.engine.records import Call, Node
from acdengine.engine.state import EngineState
from routing.agent import REASON_PHONE_BUSY, REASON_PHONE_LOST, REASON_SWITCH_GONE, Agent

#: Reasons for being not ready that are the phone's, and pass with it.
PHONE_REASONS: Final = frozenset({REASON_PHONE_LOST, REASON_PHONE_BUSY, REASON_SWITCH_GONE})


def unreachable(state: EngineState, agent: Agent) -> str:
    """Why the agent's phone cannot be rung now; empty when it can."""
    node = state.nodes.get(agent.node_id) if agent.node_id else None
    if node is not None and (node.lost or node.closed):
        return REASON_SWITCH_GONE
    if not agent.registered:
        return REASON_PHONE_LOST
    is_busy = agent.phone_busy or agent.agent_id in state.calling
    return REASON_PHONE_BUSY if is_busy else ""


def node_to_ring_from(state: EngineState, call: Call, agent: Agent) -> str:
    """The node for the agent's leg: the caller's, else the phone's, else any; "" where none is
    known."""
    if call.leg_id:
        return call.node_id
    home = state.nodes.get(agent.node_id)
    if home is not None and home.usable:
        return home.node_id
    return node_to_dial_from(state)


def node_to_dial_from(state: EngineState) -> str:
    """A node from which a new leg may be dialled; "" where none is known."""
    for node in state.nodes.values():
        if node.usable:
            return node.node_id
    return ""


def known_node(state: EngineState, node_id: str) -> Node:
    """A node by its name; added when it is new."""
    node = state.nodes.get(node_id)
    if node is None:
        node = state.nodes[node_id] = Node(node_id)
    return node


def _has_leg(call: Call) -> bool:
    """Whether the call has a leg, or one is being made for it."""
    callback = call.callback
    return bool(call.leg_id) or (callback is not None and callback.state == "dialling")


def close_empty(state: EngineState) -> list[Node]:
    """Drained nodes that have just lost their last call; they are closed."""
    emptied = [node for node in state.nodes.values() if node.draining and not node.closed]
    held = {call.node_id: None for call in state.calls.values() if _has_leg(call)}
    emptied = [node for node in emptied if node.node_id not in held]
    for node in emptied:
        node.closed = True
    state.has_draining_nodes = any(
        node.draining and not node.closed for node in state.nodes.values()
    )
    return emptied
