"""Where a new call goes and what it brings along: the routing rules of its tenant.

The dialled number gives the tenant and a default target. Then the rules are read from the top;
each one that holds adds priority, credit, skills and preferred agents, and the first with a
target (or a rejection) ends the search.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from queues.targets import Target
from routing.calendar import is_open_now
from routing.policy import Customer, Hold, Hours, RoutingRule, RuleWhen


class CallAttributes(Struct, frozen=True):
    """What rules read of a new call."""

    ani: str
    dnis: str
    trunk_id: str
    customer: Customer | None
    #: On the tenant's own list of unwanted numbers, or a customer marked so.
    blacklisted: bool
    at_us: int
    #: Does not want to be known; ``ani`` is then what the network tells all the same.
    withheld: bool = False


class Route(Struct, eq=False):
    """The outcome of the rules for a call."""

    target: Target | None
    reject: str = ""
    #: Names of the rules that held, in order.
    rules: list[str] = []
    priority: int = 0
    boost_us: int = 0
    skills: dict[str, int] = {}
    preferred: dict[str, int] = {}
    last_agent_score: int = 0


def apply_rules(
    rules: tuple[RoutingRule, ...],
    call: CallAttributes,
    default: Target | None,
    hours: Mapping[str, Hours],
    held: Mapping[str, Hold],
) -> Route:
    """Apply the rules to a call; ``held`` are the hours that are held open or closed by hand. A
    blacklisted caller that no rule names is rejected."""
    route = Route(default)
    for rule in rules:
        if not _holds(rule.when, call, hours, held):
            continue
        then = rule.then
        route.rules.append(rule.name)
        route.priority += then.priority
        route.boost_us += then.boost_us
        _raise_to(route.skills, then.skills)
        _raise_to(route.preferred, then.preferred)
        route.last_agent_score = max(route.last_agent_score, then.last_agent_score)
        if then.reject:
            route.reject = then.reject
            return route
        if then.target is not None:
            route.target = then.target
            return route
    if call.blacklisted:
        route.reject = "blacklisted"
    return route


def _raise_to(have: dict[str, int], more: Mapping[str, int]) -> None:
    for name, value in more.items():
        have[name] = max(value, have.get(name, value))


def _holds(
    when: RuleWhen, call: CallAttributes, hours: Mapping[str, Hours], held: Mapping[str, Hold]
) -> bool:
    customer = call.customer
    if when.ani and not any(_ani_matches(want, call) for want in when.ani):
        return False
    if when.dnis and not any(_number_matches(want, call.dnis) for want in when.dnis):
        return False
    if when.trunks and call.trunk_id not in when.trunks:
        return False
    if when.known is not None and when.known != (customer is not None):
        return False
    if when.customers and (customer is None or customer.customer_id not in when.customers):
        return False
    if when.vip_at_least is not None and (
        customer is None or customer.vip_level < when.vip_at_least
    ):
        return False
    if when.blacklisted is not None and when.blacklisted != call.blacklisted:
        return False
    if when.hours is not None:
        hours_id, inside = when.hours
        return is_open_now(hours[hours_id], held.get(hours_id), call.at_us) == inside
    return True


def _ani_matches(pattern: str, call: CallAttributes) -> bool:
    return (not pattern and call.withheld) or _number_matches(pattern, call.ani)


def _number_matches(pattern: str, number: str) -> bool:
    if pattern.endswith("*"):
        return number.startswith(pattern[:-1])
    return number == pattern
