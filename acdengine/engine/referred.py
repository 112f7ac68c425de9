"""Where a number leads to which an agent's telephone has sent a caller."""

from __future__ import annotations

from typing import Final

from acdengine.engine.dial_rules import dial_problem
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.engine.telephones import extension_of
from queues.targets import Target, ToAgent, ToNumber
from routing.agent import Agent

#: How long the caller waits for a colleague before the queue; as with the control API.
_AGENT_WAIT_US: Final = 20_000_000


def referred_target(state: EngineState, call: Call, queue_id: str, number: str) -> Target:
    """To the agent whose extension it is, to what the tenant has behind the number, else outside;
    a number that may be dialled goes before a prefix of the tenant's own."""
    tenant = state.tenant(call.tenant_id)
    colleague = _whose_extension(state, tenant.tenant_id, number)
    if colleague is not None:
        queues = colleague.queues
        backup = queue_id if queue_id in queues else min(queues, default="")
        if backup:
            return ToAgent(colleague.agent_id, _AGENT_WAIT_US, backup)
    exact = tenant.numbers.get(number)
    if exact is not None:
        return exact
    prefixes = [
        known for known in tenant.numbers if known.endswith("*") and number.startswith(known[:-1])
    ]
    if not number or not prefixes or not dial_problem(tenant, number):
        return ToNumber(number)
    return tenant.numbers[max(prefixes, key=len)]


def _whose_extension(state: EngineState, tenant_id: str, number: str) -> Agent | None:
    """The agent whose telephone has this number: one who is signed in before one who is not."""
    owners = [
        agent
        for agent in state.agents.values()
        if number and agent.tenant_id == tenant_id and extension_of(agent.contact) == number
    ]
    return min(
        owners, key=lambda agent: (agent.state == "logged_out", agent.agent_id), default=None
    )
