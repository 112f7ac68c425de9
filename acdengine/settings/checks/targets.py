"""Checks of targets: one kind each, to something that exists, and no way back to itself."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.settings.model import Remark
from acdengine.settings.names import Scope
from acdengine.settings.suggest import one_of
from acdengine.settings.targets import BELONGS, Targets, TargetSettings
from acdengine.settings.tree import Keys


def each_target(targets: Targets, path: Keys) -> Iterator[tuple[TargetSettings, Keys]]:
    """The targets of one or of a list, each with the way to it."""
    if isinstance(targets, TargetSettings):
        yield targets, path
    else:
        for number, target in enumerate(targets):
            yield target, (*path, number)


def targets_remarks(
    scope: Scope, targets: Targets, path: Keys, queue: str = "", *, waiting: bool = False
) -> Iterator[Remark]:
    """What is wrong with one target or a list; see `target_remarks`."""
    for target, place in each_target(targets, path):
        yield from target_remarks(scope, target, place, queue, waiting=waiting)


def target_remarks(
    scope: Scope, target: TargetSettings, path: Keys, queue: str = "", *, waiting: bool = False
) -> Iterator[Remark]:
    """What is wrong with a target for calls that are in `queue`, or were refused by it.

    `waiting` is whether they are in line there, so that they have a place to keep for a callback.
    """
    kinds = [kind for kind in BELONGS if getattr(target, kind) is not None]
    if not kinds:
        yield Remark(path, "says no target", one_of(BELONGS), lacks=path)
        return
    if len(kinds) > 1:
        yield Remark(path, f"says several targets: {', '.join(kinds)}", "one, or a list of them")
        return
    kind = kinds[0]
    for owner, names in BELONGS.items():
        for name in names:
            if owner != kind and name in target.model_fields_set:
                yield Remark((*path, name), f"has no meaning for {kind}", f"it beside {owner}")
    if kind == "queue":
        yield from _queue(scope, target.queue, (*path, "queue"), queue)
    elif kind == "agent":
        yield from _agent(scope, target, path, queue)
    elif kind == "number":
        yield from _number(scope, target.number or "", (*path, "number"))
    elif kind == "callback":
        yield from _callback(scope, (*path, "callback"), queue, waiting)
    elif kind == "flow":
        yield from scope.refer("flows", target.flow or "", (*path, "flow"))


def _queue(scope: Scope, name: str | None, path: Keys, queue: str) -> Iterator[Remark]:
    if name is None:
        return
    if queue and name == queue:
        yield Remark(path, f"leads from '{name}' back to itself", "another queue")
    else:
        yield from scope.refer("queues", name, path)


def _agent(scope: Scope, target: TargetSettings, path: Keys, queue: str) -> Iterator[Remark]:
    yield from scope.refer("agents", target.agent or "", (*path, "agent"))
    if target.backup is None:
        expected = "backup, a queue to wait in"
        yield Remark(path, "says no queue for an agent who is busy", expected, lacks=path)
    yield from _queue(scope, target.backup, (*path, "backup"), queue)


def _number(scope: Scope, number: str, path: Keys) -> Iterator[Remark]:
    allowed = scope.settings.dial_allow
    if number.startswith(tuple(allowed)):
        return
    place = scope.at("dial_allow")
    if allowed:
        expected = f"a number that begins with {one_of(allowed)}, as dial_allow says"
    else:
        expected = f"beginnings of numbers under dial_allow of {scope.tenant}"
    yield Remark(path, f"'{number}' may not be dialled", expected, lacks=place)


def _callback(scope: Scope, path: Keys, queue: str, waiting: bool) -> Iterator[Remark]:
    if not waiting:
        message = "a callback can be given only to those who wait in a queue"
        expected = "it in when_waited, when_staff_left, overflow or exit_keys of a queue"
        yield Remark(path, message, expected)
    elif scope.settings.queues[queue].callback is None:
        place = scope.at("queues", queue, "callback")
        yield Remark(
            path, f"'{queue}' has no callback settings", "callback in the queue", refers_to=place
        )
