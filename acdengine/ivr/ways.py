"""The ways out of each step, as a picture and a count of what was taken show them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from acdengine.ivr import definition as steps
from acdengine.ivr.definition import AnyStep, FlowDefinition
from acdengine.ivr.expressions.values import as_text

#: The kinds of step by their names in the language, for pictures.
KINDS: Final[dict[type, str]] = {
    step: str(step.__struct_config__.tag)
    for step in AnyStep.__args__  # the union's own list
}


class Way(NamedTuple):
    """One way: its name, which `StepLeft` says, and the step that it leads to; empty where the flow
    ends by it."""

    name: str
    to: str


def kind_of(step: AnyStep) -> str:
    """The kind of a step, as flow files call it."""
    return KINDS[type(step)]


def ways_of(flow: FlowDefinition, step: AnyStep) -> tuple[Way, ...]:
    """All ways out of a step of a flow, in the order of the file."""
    return tuple(_ways(flow, step))


def _ways(flow: FlowDefinition, step: AnyStep) -> Iterator[Way]:
    out = flow.otherwise
    if isinstance(step, steps.MenuStep):
        yield from (Way(f"key {key}", to) for key, to in step.keys.items())
        yield from _failures(step.listening, out)
    elif isinstance(step, (steps.CollectStep, steps.SurveyStep)):
        yield Way("value" if isinstance(step, steps.CollectStep) else "score", step.next)
        yield from _failures(step.listening, out)
        if isinstance(step, steps.CollectStep) and step.confirm is not None:
            yield Way("refused", step.confirm.then or out)
    elif isinstance(step, steps.IfStep):
        yield Way("then", step.then)
        yield Way("else", step.otherwise)
    elif isinstance(step, steps.SwitchStep):
        yield from (Way(f"case {as_text(case.value)}", case.then) for case in step.cases)
        yield Way("else", step.next)
    elif isinstance(step, steps.HoursStep):
        yield Way("open", step.open)
        yield Way("closed", step.closed)
    elif isinstance(step, steps.LookupStep):
        yield Way("found", step.found)
        yield Way("unknown", step.unknown)
    elif isinstance(step, steps.ShareStep):
        yield from (Way(f"to {to}", to) for _, to in step.shares)
        if sum(percent for percent, _ in step.shares) < 100:
            yield Way("else", step.next)
    elif isinstance(step, (steps.HttpStep, steps.AgiStep)):
        yield Way("next", step.next)
        if isinstance(step, steps.HttpStep):
            yield from (Way(f"status {status}", to) for status, to in step.on_status.items())
        yield Way("error", step.on_error or out)
    elif isinstance(step, (steps.AgentPinStep, steps.AgentStateStep)):
        yield from _of_agents(step, out)
    elif isinstance(step, steps.RecordStep):
        yield Way("next", step.next)
        yield Way("empty", step.empty or out)
    else:
        yield from _other(step)


#: Steps that take no keys, and behind which the flow goes on by itself.
_PASSED_THROUGH: Final = (
    steps.PlayStep,
    steps.LanguageStep,
    steps.MusicStep,
    steps.WaitStep,
    steps.IfStep,
    steps.SwitchStep,
    steps.SetStep,
    steps.HoursStep,
    steps.LookupStep,
    steps.QueueStateStep,
    steps.ShareStep,
    steps.HttpStep,
    steps.WebhookStep,
    steps.LogStep,
    steps.TagStep,
    steps.AgentPinStep,
    steps.AgentStateStep,
)


def is_before_sensitive(flow: FlowDefinition, step: AnyStep) -> bool:
    """Whether the next step that listens takes sensitive input, on one of the ways from here: what
    is typed ahead may be a part of that."""
    seen: dict[str, None] = {}
    to_visit = [way.to for way in ways_of(flow, step)]
    while to_visit:
        name = to_visit.pop()
        following = flow.steps.get(name)
        if following is None or name in seen:
            continue
        seen[name] = None
        if isinstance(following, steps.CollectStep) and following.sensitive:
            return True
        if isinstance(following, _PASSED_THROUGH):
            to_visit += [way.to for way in ways_of(flow, following)]
    return False


def _failures(listening: steps.Listening, out: str) -> Iterator[Way]:
    yield Way("noinput", listening.noinput.then or out)
    yield Way("nomatch", listening.nomatch.then or out)


def _of_agents(step: steps.AgentPinStep | steps.AgentStateStep, out: str) -> Iterator[Way]:
    yield Way("next", step.next)
    if isinstance(step, steps.AgentPinStep):
        yield Way("refused", step.refused or out)
        yield Way("locked", step.locked or step.refused or out)
    elif step.change != "hear":
        yield Way("refused", step.refused or out)


def _other(step: AnyStep) -> Iterator[Way]:
    if isinstance(step, steps.HangupStep):
        yield Way("hangup", "")
    elif isinstance(step, steps.ReturnStep):
        yield Way(step.way or "return", "")
    elif isinstance(step, steps.CallStep):
        yield Way("next", step.next)
        yield from (Way(way, to) for way, to in step.on.items())
    elif isinstance(step, REACHING):
        yield from (Way(outcome, to) for outcome, to in step.reach.on.items())
        yield Way("next", step.next)
    else:
        yield Way("next", step.next)


REACHING: Final = (
    steps.QueueStep,
    steps.AgentStep,
    steps.NumberStep,
    steps.TransferStep,
    steps.CallbackStep,
    steps.VoicemailStep,
)
"""Steps that lead the call away."""
