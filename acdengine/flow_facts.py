"""Facts of a call's way through IVR flows."""

from __future__ import annotations

from typing import TypeAlias

from acdengine.base_messages import Fact
from acdengine.ivr.versions import VersionChange


class FlowEntered(Fact, frozen=True, gc=False, tag=True):
    """A call has come into a flow. ``version`` is the flow's, by its content; ``is_trial``: one
    that is tried on a share of the callers."""

    call_id: str
    flow_id: str
    version: str
    is_trial: bool


class FlowLeft(Fact, frozen=True, gc=False, tag=True):
    """A call has left its flow, for somewhere or because it is over ("hangup": the flow has hung
    up, "abandoned": the caller has). It may come back from there."""

    call_id: str
    flow_id: str
    version: str
    to: str
    #: Time in the flow since it came into it, or came back.
    lasted_us: int


class FlowVersionChanged(Fact, frozen=True, gc=False, tag=True):
    """A version of a flow was given to all callers ("published", "rolled_back" where it is one of
    before) or to ``percent`` of them ("tried"), or that was ended ("trial_ended")."""

    flow_id: str
    version: str
    what: VersionChange
    percent: int
    by: str


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


AnyFlowFact: TypeAlias = (
    FlowEntered | FlowLeft | FlowVersionChanged | FlowStepLeft | CallTagged | SurveyAnswered
)
