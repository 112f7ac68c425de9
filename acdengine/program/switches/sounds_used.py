"""Which sounds a plan needs: the names of prompts and music, tenant by tenant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec import Struct

from acdengine.ivr.definition import MusicStep
from acdengine.ivr.spoken import prompts_named_by
from acdengine.plan import Plan

#: Fields of the plan that name prompts, one or several.
_PROMPTS: Final = frozenset(
    {"prompt", "prompts", "greeting", "comfort", "confirm_prompt", "whisper"}
)
_MUSIC: Final = "music"


@dataclass(slots=True)
class SoundsUsed:
    """Names, in the order in which the plan has them."""

    prompts: dict[str, None] = field(default_factory=dict)
    music: dict[str, None] = field(default_factory=dict)


def sounds_used(plan: Plan) -> dict[str, SoundsUsed]:
    """The sounds of each tenant."""
    used = {name: SoundsUsed() for name in plan.tenants}
    for name, tenant in plan.tenants.items():
        _collect(tenant, used[name])
    for queue in plan.queues.values():
        _collect(queue, used[queue.tenant_id])
    for agent in plan.agents.values():
        _collect(agent.accept_key, used[agent.tenant_id])
    for flow_id, flow in plan.flows.items():
        _collect(flow, used[flow_id.partition("/")[0]])
    for flow_id, ivr_flow in plan.ivr_flows.items():
        of_tenant = used[flow_id.partition("/")[0]]
        for name in prompts_named_by(ivr_flow):
            named = (f"{language}/{name}" for language in ivr_flow.languages)
            of_tenant.prompts.update(dict.fromkeys(named))
        for step in ivr_flow.steps.values():
            if isinstance(step, MusicStep) and step.music:
                of_tenant.music[step.music] = None
    return used


def _collect(part: object, used: SoundsUsed) -> None:
    for name, value in _named(part):
        if name == _MUSIC and isinstance(value, str):
            if value:
                used.music[value] = None
        elif name in _PROMPTS:
            names = value if isinstance(value, tuple) else (value,)
            used.prompts.update({str(one): None for one in names if one})
        else:
            _collect(value, used)


def _named(part: object) -> Iterator[tuple[str, object]]:
    if isinstance(part, Struct):
        for name in part.__struct_fields__:
            yield name, getattr(part, name)
    elif isinstance(part, dict):
        for value in part.values():
            yield "", value
    elif isinstance(part, tuple | list):
        for value in part:
            yield "", value
