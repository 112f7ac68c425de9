"""What flows may name: of a tenant's settings, of each other, and of prompts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from acdengine.ivr.expressions.values import Kind, fits
from acdengine.settings.flows.defining import initial_of
from acdengine.settings.flows.file import FlowFile
from acdengine.settings.flows.structure import CallSettings, GotoSettings, ReturnSettings
from acdengine.settings.names import Scope
from acdengine.settings.systems import AgiSystems

_NOUNS: Final = {
    "queues": "queue",
    "agents": "agent",
    "hours": "set of opening hours",
    "skills": "skill",
    "reasons": "reason among not_ready_reasons",
    "callbacks": "callback in the queue",
}


@dataclass(frozen=True)
class Signature:
    """What other flows need to know of one."""

    parameters: Mapping[str, Kind]
    #: Parameters that must be given.
    required: tuple[str, ...]
    variables: Mapping[str, Kind]
    #: Ways in which it returns.
    returns: tuple[str, ...]
    #: Flows that it calls, and those that it goes on in.
    calls: tuple[str, ...]
    goes_to: tuple[str, ...]
    #: Whether the caller types or says something in it.
    hears: bool

    @property
    def leads_to(self) -> tuple[str, ...]:
        """All flows that it leads into and that are in its place, or above it."""
        return self.calls + self.goes_to


def signature_of(file: FlowFile) -> Signature:
    """The signature of a flow file, wrong in parts or not."""
    kinds: dict[str, Kind] = {name: about.type for name, about in file.declared().items()}
    steps = list(file.with_defaults().values())
    return Signature(
        parameters={name: kinds[name] for name in file.parameters},
        required=tuple(
            name for name, about in file.declared().items()
            if name in file.parameters and about.value is None
        ),
        variables=kinds,
        returns=tuple(
            dict.fromkeys(
                step.return_ for step in steps if isinstance(step, ReturnSettings) and step.return_
            )
        ),
        calls=tuple(step.call for step in steps if isinstance(step, CallSettings)),
        goes_to=tuple(step.goto for step in steps if isinstance(step, GotoSettings)),
        hears=any(step.hears for step in steps),
    )  # fmt: skip


@dataclass(frozen=True)
class References:
    """What can be named. None: not known here, so that every name is right."""

    #: Kind of thing to the names that there are.
    settings: Mapping[str, tuple[str, ...]] | None = None
    dial_allow: tuple[str, ...] | None = None
    #: Language to names of prompts.
    prompts: Mapping[str, frozenset[str]] | None = None
    #: Flow to signature; None for one whose file could not be read.
    flows: Mapping[str, Signature | None] = field(default_factory=dict)
    #: Whether callers are understood who speak.
    has_recogniser: bool = True
    #: Hosts that may be asked over HTTP, FastAGI servers, and the folder of local scripts; None:
    #: not known.
    http_hosts: tuple[str, ...] | None = None
    agi: AgiSystems | None = None

    def names(self, kind: str) -> tuple[str, ...] | None:
        """The names of a kind, where they are known."""
        return None if self.settings is None else self.settings.get(kind, ())

    def noun(self, kind: str) -> str:
        """The kind in words."""
        return _NOUNS[kind]

    def returns_of(self, flow: str) -> tuple[str, ...] | None:
        """All ways in which a flow, or one that it goes on in, returns."""
        return self._returns(flow, ())

    def _returns(self, flow: str, seen: tuple[str, ...]) -> tuple[str, ...] | None:
        signature = self.flows.get(flow)
        if signature is None:
            return None
        ways = dict.fromkeys(signature.returns)
        for other in signature.goes_to:
            if other not in (*seen, flow):
                further = self._returns(other, (*seen, flow))
                if further is None:
                    return None
                ways |= dict.fromkeys(further)
        return tuple(ways)

    def reaches(self, flow: str, wanted: str) -> bool:
        """Whether a flow leads, through others or at once, into another."""
        seen: set[str] = set()
        to_visit = [flow]
        while to_visit:
            name = to_visit.pop()
            if name == wanted:
                return True
            signature = self.flows.get(name)
            if name not in seen and signature is not None:
                seen.add(name)
                to_visit += signature.leads_to
        return False


def names_of(scope: Scope) -> dict[str, tuple[str, ...]]:
    """What a tenant's settings have that flows can name."""
    tenant = scope.settings
    return {
        "queues": tuple(tenant.queues),
        "agents": tuple(scope.agents),
        "hours": tuple(tenant.hours),
        "skills": tuple(tenant.skills),
        "reasons": tuple(tenant.not_ready_reasons),
        "callbacks": tuple(
            name for name, queue in tenant.queues.items() if queue.callback is not None
        ),
    }


def misfits(file: FlowFile) -> Iterator[str]:
    """Variables whose value at the beginning is not of their type."""
    for name, about in file.declared().items():
        if about.value is not None and (about.type == "secret" or not fits(
            initial_of(about), about.type
        )):  # fmt: skip
            yield name
