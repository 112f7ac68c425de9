"""What an explanation is made of, and how it reads. Times are UTC microseconds, 0 for none.

It is plain data (JSON by msgspec) and holds no caller's number: a way out to a number reads
"a number outside"; the call's story has it, for those who may see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

from acdengine.machines import CallState
from queues.policy import SECOND_US

#: Why an agent does not get, or did not get, a call.
Reason = Literal[
    "candidate",
    "ringing",
    "talking",
    "wrap_up",
    "not_ready",
    "missed",
    "phone",
    "lacks_skill",
    "level",
    "delay",
    "not_preferred",
    "other_queue",
    "changing",
    "signed_out",
    "unknown",
]

#: The order in which groups of agents are shown, and how they are called.
HEADINGS: Final[dict[Reason, str]] = {
    "candidate": "free and fitting",
    "changing": "changing at that very moment",
    "ringing": "ringing",
    "talking": "talking",
    "wrap_up": "in wrap-up",
    "missed": "resting after a missed offer",
    "phone": "without a usable phone",
    "not_ready": "not ready",
    "delay": "joining in later",
    "level": "of a level that is not open yet",
    "lacks_skill": "lacking a skill",
    "not_preferred": "not preferred",
    "other_queue": "preferred, but not of this queue",
    "signed_out": "signed out",
    "unknown": "no longer known",
}


class NamedAgent(Struct, frozen=True, kw_only=True):
    """One agent with details of the reason."""

    agent_id: str
    #: In words: "with call c3 for 2 min", "english >= 5 (has 3)"; may be empty.
    detail: str = ""
    #: When it ends by itself.
    until_us: int = 0
    #: The call the agent has or rings for.
    call_id: str = ""


class LeftOut(Struct, frozen=True, kw_only=True):
    """Agents who do not take the call, for one reason: how many, and the first of them."""

    reason: Reason
    count: int
    agents: tuple[NamedAgent, ...]


class Coming(Struct, frozen=True, kw_only=True):
    """Something that happens to a waiting call by itself."""

    at_us: int
    what: str


class Wait(Struct, frozen=True, kw_only=True):
    """Why a call waits at this moment."""

    queue_id: str
    #: 1 is served next, of so many.
    position: int
    waiting: int
    waited_us: int
    #: None: no agent works, so there is no estimate.
    estimate_us: int | None
    #: What is asked of agents now, in words.
    rule: str
    #: What holds the call up independently of agents: a cap, a paused callback, a ringing phone.
    held_up: tuple[str, ...]
    coming: tuple[Coming, ...]
    #: Agents of the queue (and of teams that a step added), by reason.
    agents: tuple[LeftOut, ...]


class Decision(Struct, frozen=True, kw_only=True):
    """One offer: why this agent, and what became of it."""

    at_us: int
    offer_id: str
    agent_id: str
    queue_id: str
    #: "agent": a ready agent took the first call; "call": a new call took the best agent.
    surplus: Literal["agent", "call"]
    #: A strategy's name, "order", "preferred" or "picked_up".
    rule: str
    #: Calls or agents compared, the best one not taken, and what told the two apart.
    candidates: int
    runner_up: str
    reason: str
    #: The queue at that moment: calls in line, agents at work, agents at rest.
    waiting: int
    working: int
    resting: int
    #: An `OfferOutcome`; empty: it rings, or its conversation is going on.
    outcome: str
    rang_us: int
    #: Agents of the queue who were not taken, by reason, worked out from the agents' stories;
    #: empty for decisions that lie too far back.
    left_out: tuple[LeftOut, ...] = ()


class Moment(Struct, frozen=True, kw_only=True):
    """Something that happened to the call, in words."""

    at_us: int
    what: str
    #: The decision that it was, where it is among `Explanation.decisions`.
    offer_id: str = ""


class Explanation(Struct, frozen=True, kw_only=True):
    """Why a call waits, or why it went where it went."""

    call_id: str
    tenant_id: str
    state: CallState
    #: When the call came, and the moment at which this is true.
    began_us: int
    at_us: int
    #: Where it is now, in a sentence.
    now: str
    #: Routing rules that held, in order.
    rules: tuple[str, ...]
    #: The last moments, oldest first; ``earlier`` more lie before them.
    moments: tuple[Moment, ...]
    earlier: int
    #: The last offers, oldest first.
    decisions: tuple[Decision, ...]
    wait: Wait | None

    def text(self) -> str:
        """The explanation in plain sentences; times are since the call began."""
        return "\n".join(_lines(self))


def span(length_us: int) -> str:
    """A length of time as people say it: ``0.3 s``, ``12 s``, ``1 min 20 s``, ``2 h 5 min``."""
    if 0 < length_us < 10 * SECOND_US and length_us % SECOND_US:
        return f"{max(0.1, length_us / SECOND_US):.1f} s"
    seconds = round(length_us / SECOND_US)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _lines(told: Explanation) -> Iterator[str]:
    yield f"Call {told.call_id} {told.now}."
    if told.wait is not None:
        yield from _wait_lines(told.wait, told.at_us)
    if told.moments:
        yield "How it came here:"
    if told.earlier:
        yield f"  ({told.earlier} earlier moments)"
    decisions = {decision.offer_id: decision for decision in told.decisions}
    for moment in told.moments:
        yield f"  {_clock(moment.at_us - told.began_us):>8}  {moment.what}"
        decision = decisions.get(moment.offer_id)
        for left_out in _left_out(decision) if decision is not None else ():
            yield f"            - {left_out}"


def _left_out(decision: Decision) -> list[str]:
    if decision.left_out or decision.working <= 1:
        return [_group(group) for group in decision.left_out]
    return [f"of {decision.working} agents at work and {decision.resting} at rest"]


def _wait_lines(wait: Wait, now_us: int) -> Iterator[str]:
    estimate = "nobody is staffed, so no estimate"
    if wait.estimate_us is not None:
        estimate = f"the estimate from here is {span(wait.estimate_us)}"
    yield (
        f"Position {wait.position} of {wait.waiting} in {wait.queue_id},"
        f" {span(wait.waited_us)} so far; {estimate}."
    )
    yield f"Asked of agents now: {wait.rule}."
    yield from wait.held_up
    if wait.agents:
        total = sum(group.count for group in wait.agents)
        yield f"The agents ({total}):"
        for group in wait.agents:
            yield f"  - {_group(group)}"
    else:
        yield "No agent serves this queue."
    if wait.coming:
        yield "What comes next:"
    for coming in wait.coming:
        yield f"  in {span(max(0, coming.at_us - now_us))}: {coming.what}"


def _group(group: LeftOut) -> str:
    named = ", ".join(
        f"{agent.agent_id} ({agent.detail})" if agent.detail else agent.agent_id
        for agent in group.agents
    )
    more = group.count - len(group.agents)
    rest = f", and {more} more" if more else ""
    return f"{HEADINGS[group.reason]}, {group.count}: {named}{rest}"


def _clock(since_us: int) -> str:
    """``m:ss.d`` since the call began."""
    minutes, rest_us = divmod(max(0, since_us), 60 * SECOND_US)
    return f"{minutes}:{rest_us // SECOND_US:02}.{rest_us % SECOND_US // 100_000}"
