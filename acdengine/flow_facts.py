"""Facts of a call's way through IVR flows."""

from __future__ import annotations

from typing import TypeAlias

from acdengine.base_messages import Fact
from acdengine.ivr.inputs import PinOutcome
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


class AgentPinChecked(Fact, frozen=True, gc=False, tag=True):
    """An agent who calls has typed a PIN. "locked": it was not looked at, after too many wrong ones
    of this agent or from this telephone; "failed": it could not be checked."""

    call_id: str
    #: Whose number was typed; empty where it is the number of no agent.
    agent_id: str
    outcome: PinOutcome
    #: Until when no further PIN is looked at; 0: there is no lock.
    locked_until_us: int = 0


AnyFlowFact: TypeAlias = (
    FlowEntered
    | FlowLeft
    | FlowVersionChanged
    | FlowStepLeft
    | CallTagged
    | SurveyAnswered
    | AgentPinChecked
)
