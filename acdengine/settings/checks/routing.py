"""Checks of numbers, customers, rules and flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from acdengine.settings.checks.targets import each_target, target_remarks
from acdengine.settings.ivr import ivr_names
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope, given_twice
from acdengine.settings.routing import RuleSettings, WhenSettings
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.targets import TargetSettings
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.tree import Keys


def number_remarks(tenants: Mapping[str, TenantSettings]) -> Iterator[Remark]:
    """Dialled numbers that two tenants claim."""
    owners: dict[str, str] = {}
    for name, tenant in tenants.items():
        for number in tenant.numbers:
            owner = owners.setdefault(number, name)
            if owner != name:
                path = ("tenants", name, "numbers", number)
                yield Remark(path, f"is a number of '{owner}' already", "each number once")


def routing_remarks(scope: Scope) -> Iterator[Remark]:
    """What is wrong with a tenant's numbers, customers, rules and flows."""
    for number, target in scope.settings.numbers.items():
        yield from target_remarks(scope, target, scope.at("numbers", number))
    for place, target in scope.settings.agi.places.items():
        yield from target_remarks(scope, target, scope.at("agi", "places", place))
    yield from given_twice(scope.settings.blacklist, scope.at("blacklist"))
    yield from _customers(scope)
    yield from _rules(scope)
    for name, flow in scope.settings.flows.items():
        yield from target_remarks(scope, flow.then, scope.at("flows", name, "then"))
    yield from _circles(scope)
    yield from _ivr(scope)


def _ivr(scope: Scope) -> Iterator[Remark]:
    """A folder of IVR flows without any, and flows of the same name."""
    ivr = scope.settings.ivr
    if ivr is None:
        return
    names = list(ivr_names(ivr))
    if not names:
        message = f"'{ivr.folder}' holds no flow files"
        yield Remark(scope.at("ivr", "folder"), message, "a folder with NAME.yaml in it")
    for name in names:
        if name in scope.settings.flows:
            message = f"there is a flow of this name in {ivr.folder}, too"
            yield Remark(scope.at("flows", name), message, "another name for one of them")


def _customers(scope: Scope) -> Iterator[Remark]:
    owners: dict[str, str] = {}
    for name, customer in scope.settings.customers.items():
        path = scope.at("customers", name)
        yield from scope.refer_all("agents", customer.preferred, (*path, "preferred"))
        yield from scope.refer_all("skills", customer.skills, (*path, "skills"))
        for place, number in enumerate(customer.numbers):
            owner = owners.get(number)
            if owner is not None:
                message = f"is a number of '{owner}' already"
                yield Remark((*path, "numbers", place), message, "each number once")
            owners.setdefault(number, name)


def _rules(scope: Scope) -> Iterator[Remark]:
    first: dict[str, int] = {}
    ended_by: str = ""
    for number, rule in enumerate(scope.settings.rules):
        path = scope.at("rules", number)
        name = rule.name or f"rule {number + 1}"
        if first.setdefault(name, number) != number:
            message = f"'{name}' is the name of another rule already"
            yield Remark((*path, "name"), message, "another name")
        if ended_by:
            message = f"is never reached, for '{ended_by}' always ends the search"
            yield Remark(path, message, "a condition there, or this rule before it")
            ended_by = ""
        yield from _when(scope, rule.when, (*path, "when"))
        yield from _then(scope, rule, (*path, "then"))
        ends = rule.then.to is not None or rule.then.reject is not None
        if ends and rule.when == WhenSettings():
            ended_by = name


def _when(scope: Scope, when: WhenSettings, path: Keys) -> Iterator[Remark]:
    yield from scope.refer_all("customers", when.customers, (*path, "customers"))
    for number, trunk in enumerate(when.trunks):
        if trunk not in scope.trunks:
            place = (*path, "trunks", number)
            message = f"no trunk group '{trunk}' brings calls of {scope.tenant}"
            message += did_you_mean(trunk, scope.trunks)
            expected = one_of(scope.trunks) or "a name under trunks"
            yield Remark(place, message, expected)
    for name in ("within", "outside"):
        hours = getattr(when, name)
        if hours is not None:
            yield from scope.refer("hours", hours, (*path, name))
    if when.within is not None and when.outside is not None:
        yield Remark((*path, "outside"), "stands beside within", "one of the two")
    unknown_only = when.known is False
    if unknown_only and (when.customers or when.vip_at_least is not None):
        message = "a caller who is not known is no such customer"
        yield Remark((*path, "known"), message, "known left out, or the other conditions")


def _then(scope: Scope, rule: RuleSettings, path: Keys) -> Iterator[Remark]:
    then = rule.then
    if not then.model_fields_set:
        yield Remark(path, "does nothing", one_of(type(then).model_fields), lacks=path)
    if then.to is not None and then.reject is not None:
        yield Remark((*path, "reject"), "stands beside to", "one of the two")
    if then.to is not None:
        yield from target_remarks(scope, then.to, (*path, "to"))
    yield from scope.refer_all("skills", then.skills, (*path, "skills"))
    yield from scope.refer_all("agents", then.preferred, (*path, "preferred"))


def _circles(scope: Scope) -> Iterator[Remark]:
    """Flows that come back to themselves, also through a queue that takes no call."""
    flows = scope.settings.flows
    finished: dict[str, None] = {}
    for start in flows:
        way: dict[str, str] = {}
        ahead = [{start: start}]
        while ahead:
            if not ahead[-1]:
                ahead.pop()
                if way:
                    finished[way.popitem()[0]] = None
                continue
            name = next(iter(ahead[-1]))
            words = ahead[-1].pop(name)
            if name in way:
                names = list(way)
                steps = [way[step] for step in names[names.index(name) + 1 :]]
                message = (
                    f"comes back to itself without a wait: {' > '.join([name, *steps, words])}"
                )
                yield Remark(scope.at("flows", name, "then"), message, "an end, such as hangup")
            elif name in flows and name not in finished:
                way[name] = words
                ahead.append(_flows_after(scope, flows[name].then))


def _flows_after(scope: Scope, target: TargetSettings) -> dict[str, str]:
    """The flows that a call can be in next, without having waited in between, each in words."""
    if target.flow is not None:
        return {target.flow: target.flow}
    name = target.queue or target.backup or ""
    queue = scope.settings.queues.get(name)
    if queue is None:
        return {}
    refused = [*each_target(queue.when_full, ()), *each_target(queue.when_no_staff, ())]
    return {way.flow: f"queue {name} > {way.flow}" for way, _ in refused if way.flow is not None}
