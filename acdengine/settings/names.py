"""Names within a tenant: agents written in one line, and what a name refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from acdengine.settings.agents import AgentSettings
from acdengine.settings.ivr import ivr_names
from acdengine.settings.model import Remark
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tenants import TenantSettings
from acdengine.settings.tree import Keys, path_text

Kind = Literal[
    "queues", "agents", "teams", "flows", "hours", "customers", "wrap_up", "misses", "skills"
]

_NOUNS: Final[dict[Kind, str]] = {
    "queues": "queue",
    "agents": "agent",
    "teams": "team",
    "flows": "flow",
    "hours": "set of opening hours",
    "customers": "customer",
    "wrap_up": "wrap-up policy",
    "misses": "miss policy",
    "skills": "skill",
}
_MANY: Final = re.compile(r"(.*)\{([0-9]+)\.\.([0-9]+)\}(.*)")
_MOST: Final = 100_000


def many(key: str) -> list[str]:
    """The names that a key of agents stands for: `a{08..10}` for a08, a09 and a10.

    A key without such numbers stands for itself; the numbers have the width of the first; numbers
    that run down, or too far, stand for nothing.
    """
    found = _MANY.fullmatch(key)
    if found is None:
        return [key]
    before, first, last, after = found.groups()
    if int(last) - int(first) >= _MOST:
        return []
    width = len(first)
    return [f"{before}{n:0{width}d}{after}" for n in range(int(first), int(last) + 1)]


class NamedAgent(NamedTuple):
    """An agent with the key in the settings that names it."""

    key: str
    settings: AgentSettings


def agents_of(tenant: TenantSettings) -> dict[str, NamedAgent]:
    """All agents of a tenant by name; of a name given twice the first."""
    agents: dict[str, NamedAgent] = {}
    for key, settings in tenant.agents.items():
        for name in many(key):
            agents.setdefault(name, NamedAgent(key, settings))
    return agents


@dataclass(frozen=True)
class Scope:
    """A tenant whose settings are being checked: nothing outside of it can be named in it."""

    tenant: str
    settings: TenantSettings
    #: Trunk groups that calls of this tenant may come in on.
    trunks: tuple[str, ...] = ()
    agents: dict[str, NamedAgent] = field(init=False)
    _known: dict[Kind, Mapping[str, object]] = field(init=False)

    def __post_init__(self) -> None:
        tenant = self.settings
        object.__setattr__(self, "agents", agents_of(tenant))
        known: dict[Kind, Mapping[str, object]] = {
            "queues": tenant.queues,
            "agents": self.agents,
            "teams": tenant.teams,
            "flows": {**tenant.flows, **dict.fromkeys(ivr_names(tenant.ivr))},
            "hours": tenant.hours,
            "customers": tenant.customers,
            "wrap_up": tenant.wrap_up,
            "misses": tenant.misses,
            "skills": dict.fromkeys(tenant.skills),
        }
        object.__setattr__(self, "_known", known)

    def at(self, *keys: str | int) -> Keys:
        """The way to something of this tenant."""
        return ("tenants", self.tenant, *keys)

    def refer(self, kind: Kind, name: str, path: Keys) -> Iterator[Remark]:
        """The remark that a name, written at `path`, refers to nothing; none when it does."""
        known = self._known[kind]
        if name in known:
            return
        section = self.at(kind)
        expected = one_of(known) or f"a name under {path_text(section)}"
        yield Remark(
            path,
            f"there is no {_NOUNS[kind]} '{name}' in {self.tenant}{did_you_mean(name, known)}",
            expected,
            refers_to=() if kind == "skills" else (*section, name),
            lacks=section if kind == "skills" else (),
        )

    def refer_all(self, kind: Kind, names: Iterable[str], path: Keys) -> Iterator[Remark]:
        """The same for a list, or for the keys of a mapping, written at `path`."""
        by_key = isinstance(names, Mapping)
        for number, name in enumerate(names):
            yield from self.refer(kind, name, (*path, name if by_key else number))


def given_twice(names: Iterable[str], path: Keys) -> Iterator[Remark]:
    """The names of a list that stand in it a second time."""
    first: dict[str, int] = {}
    for number, name in enumerate(names):
        if first.setdefault(name, number) != number:
            yield Remark((*path, number), f"'{name}' stands in this list already", "each name once")
