"""Offers that an agent's telephone sends to another number (302), as the tenant lets it.

The number is rung in place of the telephone, for the rest of the time that the offer may ring. It
must be one that the tenant may dial. So that nothing goes in circles it may be none that the offer
was sent to before, and none of the tenant's own, which would come back as a new call.
"""

from __future__ import annotations

from acdengine.commands import RingAgent, ShownCaller
from acdengine.engine.caller_display import shown_caller
from acdengine.engine.dial_rules import dial_problem
from acdengine.engine.records import Call, Offer
from acdengine.engine.state import EngineState
from acdengine.facts import OfferRedirection
from acdengine.plan import Tenant
from queues.queue import queue_of


def follow(state: EngineState, call: Call, offer: Offer, number: str) -> bool:
    """Ring the number in place of the telephone; False where that is refused."""
    tenant = state.tenant(call.tenant_id)
    refused = _problem(tenant, offer, number)
    fact = OfferRedirection(
        state.now_us, call.call_id, offer.agent_id, offer.offer_id, number, refused
    )
    state.tell_both(call, state.agents[offer.agent_id], fact)
    if refused:
        return False
    offer.redirected_to += (number,)
    offer.far_node_id = ""
    left_us = offer.due_us - state.now_us
    state.commands.append(
        RingAgent(
            offer.offer_id, call.call_id, offer.agent_id, state.agents[offer.agent_id].contact,
            left_us, whisper=offer.whisper, music=queue_of(call).policy.announcements.music,
            shown=_shown(call, tenant), awaits_key=offer.accept_key is not None,
            may_redirect=True, number=number, allow=tenant.dial_allow, route=tenant.dial,
        )
    )  # fmt: skip
    return True


def _problem(tenant: Tenant, offer: Offer, number: str) -> str:
    if len(offer.redirected_to) >= tenant.follow_redirects:
        return "no more redirections are followed"
    if number in offer.redirected_to or _is_own(tenant, number):
        return "it would go in circles"
    return dial_problem(tenant, number)


def _is_own(tenant: Tenant, number: str) -> bool:
    if number in tenant.numbers:
        return True
    beginnings = tuple(own[:-1] for own in tenant.numbers if own.endswith("*"))
    return number.startswith(tuple(filter(None, beginnings)))  # a * alone tells nothing


def _shown(call: Call, tenant: Tenant) -> ShownCaller:
    """The tenant's own number, else the caller's; a number outside is told no withheld one."""
    route = tenant.dial
    if call.caller.withheld:
        return ShownCaller(route.caller_name, route.caller_number)
    who = shown_caller(call, tenant, queue_of(call).policy.show_numbers)
    return ShownCaller(route.caller_name or who.name, route.caller_number or who.number)
