"""Checks of queues: steps, limits with their ways out, and settings that have no effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from acdengine.name_templates import FIELDS, fields_of
from acdengine.settings.checks.requirements import requirement_remarks
from acdengine.settings.checks.targets import targets_remarks
from acdengine.settings.model import Remark
from acdengine.settings.names import Scope, given_twice
from acdengine.settings.queues import QueueSettings
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys

_WAYS: Final = {
    "max_length": ("when_full", False),
    "max_wait_s": ("when_waited", True),
    "join_staff": ("when_no_staff", False),
    "leave_staff": ("when_staff_left", True),
}
"""Each limit, its way out, and whether those who take it are in line."""

_ORDER: Final = {"boost_per_priority_s": "wait", "boosts_s": "wait", "weights": "weights"}
_RINGING: Final = {
    "ring_more_s": ("ring_progressively",),
    "ring_limit": ("ring_all", "ring_progressively"),
}


def queue_remarks(scope: Scope) -> Iterator[Remark]:
    """What is wrong with a tenant's queues."""
    for name, queue in scope.settings.queues.items():
        path = scope.at("queues", name)
        yield from _steps(scope, queue, path)
        yield from _preferred(queue, path)
        yield from _ways(scope, name, queue, path)
        yield from _overflow(scope, name, queue, path)
        yield from _callback(scope, queue, path)
        yield from _caller_name(queue, path)
        yield from _without_effect(queue, path)


def _caller_name(queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    place = (*path, "caller_name")
    known = [*FIELDS, *queue.screen_pop]
    try:
        named = fields_of(queue.caller_name)
    except ValueError as error:
        yield Remark(place, f"has {error}", "a text with fields such as {queue}")
        return
    for field in named:
        if field not in known:
            message = f"there is no field '{field}'{did_you_mean(field, known)}"
            yield Remark(place, message, one_of(known))


def _steps(scope: Scope, queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    if queue.requirement and queue.steps:
        expected = "it as the requirement of the first step"
        yield Remark((*path, "requirement"), "stands beside steps", expected)
    yield from requirement_remarks(scope, queue.requirement, (*path, "requirement"))
    for number, step in enumerate(queue.steps):
        place = (*path, "steps", number)
        last = number == len(queue.steps) - 1
        if last and step.expires_s is not None:
            message = "the last step does not expire"
            yield Remark((*place, "expires_s"), message, "a further step, or none of this")
        elif not last and step.expires_s is None:
            message = "is missing, for a further step follows"
            expected = "a number of seconds"
            where = (*place, "expires_s")
            yield Remark(where, message, expected, lacks=place)
        yield from requirement_remarks(scope, step.requirement, (*place, "requirement"))
        yield from scope.refer_all("teams", step.add_teams, (*place, "add_teams"))
        yield from scope.refer_all("skills", step.drop_skills, (*place, "drop_skills"))


def _preferred(queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    least: int | None = None
    for number, rule in enumerate(queue.preferred):
        if least is not None and rule.min_score >= least:
            message = f"{rule.min_score} is not below the score of the rule before"
            place = (*path, "preferred", number, "min_score")
            yield Remark(place, message, f"at most {least - 1}")
        least = rule.min_score


def _ways(scope: Scope, name: str, queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    for limit, (way, waiting) in _WAYS.items():
        targets = getattr(queue, way)
        limited = getattr(queue, limit) is not None
        if limited and not targets:
            expected = f"{way}, at least 'hangup: {{}}'"
            refers_to = (*path, way)
            message = "says no way out"
            yield Remark((*path, limit), message, expected, refers_to=refers_to)
        elif targets and not limited and way != "when_no_staff":
            message = f"is never used without {limit}"
            yield Remark((*path, way), message, limit, refers_to=(*path, limit))
        yield from targets_remarks(scope, targets, (*path, way), name, waiting=waiting)
    for rule in ("join_staff", "leave_staff"):
        staff = getattr(queue, rule)
        if staff is not None:
            yield from given_twice(staff.states, (*path, rule, "states"))
    for key, targets in queue.exit_keys.items():
        yield from targets_remarks(scope, targets, (*path, "exit_keys", key), name, waiting=True)


def _overflow(scope: Scope, name: str, queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    before: float = 0
    for number, line in enumerate(queue.overflow):
        place = (*path, "overflow", number)
        if line.after_s < before:
            message = f"{line.after_s:g} comes before the line above"
            yield Remark((*place, "after_s"), message, f"at least {before:g}")
        before = line.after_s
        if queue.max_wait_s is not None and line.after_s >= queue.max_wait_s:
            message = f"is never reached, for callers leave after {queue.max_wait_s:g} s"
            yield Remark((*place, "after_s"), message, "less than max_wait_s")
        if line.to == []:
            yield Remark((*place, "to"), "says no target", "one target or a list of them")
        yield from targets_remarks(scope, line.to, (*place, "to"), name, waiting=True)


def _callback(scope: Scope, queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    callback = queue.callback
    if callback is None:
        return
    if not scope.settings.dial_allow:
        message = f"no number may be dialled for {scope.tenant}"
        expected = "beginnings of numbers under dial_allow of the tenant"
        place = scope.at("dial_allow")
        yield Remark((*path, "callback"), message, expected, lacks=place)
    if callback.hours is not None:
        yield from scope.refer("hours", callback.hours, (*path, "callback", "hours"))


def _without_effect(queue: QueueSettings, path: Keys) -> Iterator[Remark]:
    for name, mode in _ORDER.items():
        if name in queue.order.model_fields_set and queue.order.mode != mode:
            message = f"has no effect in the mode {queue.order.mode}"
            yield Remark((*path, "order", name), message, f"mode: {mode}")
    for name, strategies in _RINGING.items():
        if name in queue.model_fields_set and queue.strategy not in strategies:
            message = f"has no effect under {queue.strategy}"
            yield Remark((*path, name), message, f"strategy: {one_of(strategies)}")
    told = queue.announcements
    if told.every_s is not None and not (told.position or told.estimate or told.comfort):
        place = (*path, "announcements")
        message = "there is nothing to announce"
        yield Remark((*place, "every_s"), message, "position, estimate or comfort", lacks=place)
