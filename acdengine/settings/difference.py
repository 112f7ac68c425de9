"""What a reload changes, in words: the difference between two plans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

import msgspec

from acdengine.plan import Plan
from acdengine.settings.daemon import DaemonSettings
from queues.policy import SECOND_US

How = Literal["added", "changed", "drained", "removed"]

_KINDS: Final = {
    "tenants": "tenant",
    "trunks": "trunk group",
    "queues": "queue",
    "agents": "agent",
    "customers": "customer",
    "flows": "flow",
    "hours": "hours",
}
_DRAINED: Final = ("queue", "agent")
_SHOWN: Final = 60


class Change(NamedTuple):
    """Something added, changed or taken away; `fields` say what has changed."""

    kind: str
    id: str
    how: How
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"{self.kind} {self.id} {self.how}".replace("  ", " ")
        return f"{what}: {', '.join(self.fields)}" if self.fields else what


#: Fields of the plan that follow from others, which are told.
_DERIVED: Final = frozenset({"boxes"})


def differences(old: Plan, new: Plan) -> list[Change]:
    """All that a new plan changes, in its order; what is removed comes last of its kind.

    Queues and agents that are gone are drained: they end their calls and take no new ones.
    """
    changes: list[Change] = []
    for name, kind in _KINDS.items():
        before, after = getattr(old, name), getattr(new, name)
        gone: How = "drained" if kind in _DRAINED else "removed"
        for key, value in after.items():
            if key not in before:
                changes.append(Change(kind, key, "added"))
            elif before[key] != value:
                fields = tuple(_fields(before[key], value, ""))
                changes.append(Change(kind, key, "changed", fields))
        changes += [Change(kind, key, gone) for key in before if key not in after]
    fields = tuple(_field(n, getattr(old, n), getattr(new, n)) for n in ("seed", "history_limit")
                   if getattr(old, n) != getattr(new, n))  # fmt: skip
    return [*changes, Change("engine", "", "changed", fields)] if fields else changes


def _fields(old: object, new: object, path: str) -> Iterator[str]:
    """The fields in which two values differ, down to where they stop being of one form."""
    if isinstance(old, msgspec.Struct) and type(old) is type(new):
        for name in old.__struct_fields__:
            if name in _DERIVED:
                continue
            yield from _fields(getattr(old, name), getattr(new, name), _below(path, name))
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*new, *(key for key in old if key not in new)]:
            yield from _fields(old.get(key), new.get(key), _below(path, str(key)))
    elif old != new:
        yield _field(path, old, new)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _field(path: str, old: object, new: object) -> str:
    if not path.endswith("_us"):
        return f"{path} {_shown(old)} -> {_shown(new)}"
    return f"{path.removesuffix('_us')}_s {_seconds(old)} -> {_seconds(new)}"


def _seconds(value: object) -> str:
    return f"{value / SECOND_US:g}" if isinstance(value, int) else _shown(value)


def _shown(value: object) -> str:
    if value is None:
        return "none"
    text = msgspec.json.encode(value, enc_hook=str).decode()
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


#: Settings of the daemon that a reload puts in force.
_READ_AGAIN: Final = ("tokens", "accounts_file")


#: Settings of the daemon that a reload puts in force, which tells of them itself.
_IN_FORCE_AT_ONCE: Final = ("fastagi",)


def restart_needed(old: DaemonSettings, new: DaemonSettings) -> Iterator[Change]:
    """What only a restart of the daemon puts in force: all of its own settings but tokens, the
    file of accounts and the Asterisks."""
    for name in DaemonSettings.model_fields:
        if name in _IN_FORCE_AT_ONCE:
            continue
        before, after = getattr(old, name), getattr(new, name)
        fields = tuple(
            f"{_field(field, getattr(before, field), getattr(after, field))}, after a restart"
            for field in type(before).model_fields
            if field not in _READ_AGAIN and getattr(before, field) != getattr(after, field)
        )
        if fields:
            yield Change("daemon", name, "changed", fields)
