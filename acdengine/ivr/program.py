"""Definitions made into programs: each step its node, with its expressions compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from acdengine.ivr import definition as steps
from acdengine.ivr.definition import AnyStep, FlowDefinition
from acdengine.ivr.expressions.compiling import Kinds
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.nodes import agents, deciding, hearing, reaching, speaking, structure, systems
from acdengine.ivr.turn import Node, Program
from acdengine.ivr.ways import is_before_sensitive

_Build: TypeAlias = Callable[[AnyStep, Kinds], Node]

_BUILD: Final[dict[type, Callable[..., Node]]] = {
    steps.MenuStep: hearing.MenuNode,
    steps.CollectStep: hearing.CollectNode,
    steps.SurveyStep: hearing.SurveyNode,
    steps.IfStep: deciding.IfNode,
    steps.SwitchStep: deciding.SwitchNode,
    steps.SetStep: deciding.SetNode,
    steps.LookupStep: deciding.LookupNode,
    steps.QueueStep: reaching.QueueNode,
    steps.NumberStep: reaching.NumberNode,
    steps.TransferStep: reaching.NumberNode,
    steps.CallbackStep: reaching.CallbackNode,
    steps.VoicemailStep: reaching.VoicemailNode,
    steps.RecordStep: reaching.RecordNode,
    steps.HangupStep: reaching.HangupNode,
    steps.HttpStep: systems.HttpNode,
    steps.AgiStep: systems.AgiNode,
    steps.AgentPinStep: agents.PinNode,
    steps.WebhookStep: systems.WebhookNode,
    steps.LogStep: systems.LogNode,
    steps.TagStep: systems.TagNode,
    steps.CallStep: structure.CallNode,
    steps.GotoStep: structure.GotoNode,
}
#: Those that have no expressions.
_BUILD_PLAIN: Final[dict[type, Callable[..., Node]]] = {
    steps.LanguageStep: speaking.LanguageNode,
    steps.MusicStep: speaking.MusicNode,
    steps.WaitStep: speaking.WaitNode,
    steps.HoursStep: deciding.HoursNode,
    steps.QueueStateStep: deciding.QueueStateNode,
    steps.ShareStep: deciding.ShareNode,
    steps.AgentStep: reaching.agent_node,
    steps.AgentStateStep: agents.StateNode,
    steps.ReturnStep: structure.ReturnNode,
}


def program_of(flow: FlowDefinition) -> Program:
    """A definition, compiled. It has been checked by whoever made it.

    Raises:
        ExpressionError: an expression is wrong all the same.
        PatternError: so is a pattern of keys.
    """
    kinds: Kinds = {name: variable.kind for name, variable in flow.variables.items()}
    nodes = {name: _node(flow, step, kinds) for name, step in flow.steps.items()}
    initial: Values = {
        name: variable.initial
        for name, variable in flow.variables.items()
        if variable.initial is not None
    }
    return Program(flow, nodes, initial)


def _node(flow: FlowDefinition, step: AnyStep, kinds: Kinds) -> Node:
    if isinstance(step, steps.PlayStep):
        return speaking.PlayNode(step, kinds, hides_keys=is_before_sensitive(flow, step))
    build = _BUILD.get(type(step))
    return build(step, kinds) if build is not None else _BUILD_PLAIN[type(step)](step)


def programs_of(flows: Iterable[FlowDefinition]) -> dict[str, Program]:
    """Flows that call each other, by their ids."""
    return {flow.flow_id: program_of(flow) for flow in flows}
