"""What an agent's telephone is told of a caller: as much as caller and settings allow."""

from __future__ import annotations

import re
from typing import Final

from acdengine.commands import ShownCaller
from acdengine.engine.records import Call
from acdengine.name_templates import filled
from acdengine.plan import Tenant
from acdengine.screen_pop import ScreenPop
from queues.policy import SECOND_US
from queues.queue import CallQueue

#: So many digits in a row in a name tell a number.
_NUMBER_IN_NAME: Final = re.compile(r"\+?\d(?:[ ./-]?\d){3,}")


def shown_caller(call: Call, tenant: Tenant, shows_numbers: bool) -> ShownCaller:
    """Name and number for an agent's telephone; empty ones are not to be known."""
    caller = call.caller
    if caller.withheld:
        if tenant.withheld_for != "telephones":
            return ShownCaller()
        number = caller.asserted
    else:
        number = caller.ani
    if shows_numbers:
        return ShownCaller(caller.name or number, number)
    is_number = caller.name == number or _NUMBER_IN_NAME.search(caller.name)
    return ShownCaller("" if is_number else caller.name)


def screen_pop(call: Call, queue: CallQueue | None, tenant: Tenant, now_us: int) -> ScreenPop:
    """What the agent's screen shows; without a queue (a consult after a direct call) by the
    tenant's settings."""
    if queue is None:
        return _screen_pop(call, "", {}, shown_caller(call, tenant, tenant.show_numbers), now_us)
    policy = queue.policy
    who = shown_caller(call, tenant, policy.show_numbers)
    return _screen_pop(call, policy.queue_id, policy.screen_pop, who, now_us)


def _screen_pop(
    call: Call, queue_id: str, extra: dict[str, str], who: ShownCaller, now_us: int
) -> ScreenPop:
    """With what the queue adds, and what flows have tagged the call with."""
    caller = call.caller
    if call.tags:
        extra = {**extra, **call.tags}
    return ScreenPop(
        queue_id, who.number, who.name if caller.name else "", call.dnis, caller.customer_id,
        call.priority, call.wait_us(now_us), extra,
    )  # fmt: skip


def for_telephone(
    call: Call, queue: CallQueue, tenant: Tenant, now_us: int
) -> tuple[ShownCaller, ScreenPop]:
    """What the telephone displays, and what it is told for the agent's screen."""
    policy = queue.policy
    who = shown_caller(call, tenant, policy.show_numbers)
    pop = _screen_pop(call, policy.queue_id, policy.screen_pop, who, now_us)
    if policy.caller_name:
        who = ShownCaller(_templated(policy.caller_name, queue, who, pop), who.number)
    return who, pop


def _templated(template: str, queue: CallQueue, who: ShownCaller, pop: ScreenPop) -> str:
    values = {
        "queue": queue.policy.name,
        "queue_id": pop.queue_id,
        "name": who.name,
        "number": who.number,
        "dnis": pop.dnis,
        "customer": pop.customer_id,
        "priority": str(pop.priority),
        "waited": str(pop.waited_us // SECOND_US),
    }
    return filled(template, {**pop.extra, **values})
