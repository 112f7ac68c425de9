"""Facts of a call's way through IVR flows."""

from __future__ import annotations

from typing import TypeAlias

from acdengine.base_messages import Fact


class FlowStepLeft(Fact, frozen=True, gc=False, tag=True):
    """A step of a flow is done, by one of its ways out. ``version`` is the flow's, by its content;
    ``detail`` says why, where that is not plain."""

    call_id: str
    flow_id: str
    version: str
    step: str
    way: str
    detail: str


class CallTagged(Fact, frozen=True, gc=False, tag=True):
    """A flow has tagged the call; the agent's screen shows it."""

    call_id: str
    name: str
    value: str


class SurveyAnswered(Fact, frozen=True, gc=False, tag=True):
    """The caller has answered a question of a survey, from 1 to ``scale``."""

    call_id: str
    survey: str
    question: str
    score: int
    scale: int


AnyFlowFact: TypeAlias = FlowStepLeft | CallTagged | SurveyAnswered
