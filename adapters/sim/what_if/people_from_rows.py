"""Rows of the records as what callers and agents did.

The same for a journal, whose events are replayed for their rows, and for a database of records.
What the rows do not tell is in `Details`, which only a journal has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from acdengine.events import CallArrived
from acdengine.records.rows import AgentStateRow, CallRow, SegmentRow
from acdengine.requests import CallbackRequested
from adapters.sim.centre.caller_scripts import ScriptedAnswer, ScriptedTalk
from adapters.sim.what_if.recorded_day import (
    Action,
    AgentManner,
    KeyPress,
    RecordedAgent,
    RecordedCall,
    RecordedDay,
    Rows,
)
from adapters.sim.what_if.recorded_systems import RecordedAnswer
from queues.targets import Target, ToQueue
from routing.agent import ENGINE_REASONS

#: Outcomes of offers that are the agent's doing.
_MISSED: Final = ("no_answer",)
_REJECTED: Final = ("rejected", "busy")
_QUEUE: Final = "queue "


@dataclass(slots=True)
class Details:
    """What a journal tells beyond the rows, by call.

    Attributes:
        arrivals: what calls brought along.
        answers, presses: keys.
        systems: what systems and scripts answered.
        callbacks: requests to be rung back, by web forms.
        rung: ringing until the caller answered who was rung back; None: no answer.
        prompt_us: lengths of prompts that were heard to their end.
    """

    arrivals: dict[str, CallArrived] = field(default_factory=dict)
    answers: dict[str, list[ScriptedAnswer]] = field(default_factory=dict)
    presses: dict[str, list[KeyPress]] = field(default_factory=dict)
    systems: dict[str, list[RecordedAnswer]] = field(default_factory=dict)
    callbacks: dict[str, CallbackRequested] = field(default_factory=dict)
    rung: dict[str, list[int | None]] = field(default_factory=dict)
    prompt_us: list[int] = field(default_factory=list)


def recorded_day(
    name: str, rows: Rows, from_us: int, to_us: int, details: Details | None = None
) -> RecordedDay:
    """The day behind rows.

    Args:
        name: where the rows come from.
        rows: of calls, segments and agents' states; those of other times are passed over.
        from_us, to_us: calls that arrive in between are played again.
        details: where there is a journal. Without, calls go into the queue that they went into
            first, at the time when they did: keys and flows are not in the rows.
    """
    left_out: Counter[str] = Counter()
    segments: dict[str, list[SegmentRow]] = {}
    for segment in rows.segments:
        segments.setdefault(segment.call_id, []).append(segment)
    calls = []
    for row in rows.calls:
        if not from_us <= row.started_at_us < to_us:
            continue
        reason = _not_played(row, details)
        if reason:
            left_out[reason] += 1
            continue
        calls.append(_call(row, segments.get(row.call_id, []), details))
    calls.sort(key=lambda call: (call.at_us, call.call_id))
    return RecordedDay(
        name=name,
        from_us=from_us,
        to_us=to_us,
        calls=tuple(calls),
        agents=tuple(_agents(rows, from_us, to_us)),
        rows=rows,
        prompt_us=tuple(details.prompt_us) if details is not None else (),
        left_out=dict(sorted(left_out.items())),
    )


def _not_played(row: CallRow, details: Details | None) -> str:
    """Why a call is not played again; empty where it is."""
    if row.direction != "inbound":
        return f"{row.direction} calls"
    if row.outcome == "blocked":
        return ""
    if details is not None:
        is_known = row.call_id in details.arrivals or row.call_id in details.callbacks
        return "" if is_known else "began before the journal"
    if row.outcome == "refused":
        return "refused before a queue"
    return "" if row.queued_at_us is not None else "never in a queue"


# -- callers --------------------------------------------------------------------------------------


def _call(row: CallRow, segments: Sequence[SegmentRow], details: Details | None) -> RecordedCall:
    if row.outcome == "blocked":
        call_id = row.call_id or f"busy-{row.seq}-{row.idx}"
        arrival = CallArrived(row.started_at_us, call_id, "", row.ani, row.dnis, row.trunk_id)
        return RecordedCall(row.started_at_us, arrival, is_blocked=True)
    at_us = row.started_at_us
    queued_us = row.queued_at_us
    callback = None if details is None else details.callbacks.get(row.call_id)
    if callback is not None:
        arrival = CallArrived(at_us, row.call_id, "", callback.number, "", "")
    elif details is not None:
        arrival = details.arrivals[row.call_id]
    else:
        # The rules that gave the priority give it again.
        arrival = CallArrived(
            at_us, row.call_id, "", row.ani, row.dnis, row.trunk_id, customer_id=row.customer_id,
            wanted_queue=row.first_queue_id, withheld=bool(row.is_withheld),
        )  # fmt: skip
        at_us = queued_us if queued_us is not None else at_us
    waited_us, gave_up = _wait(row, segments)
    hung_up = row.ended_by == "caller" and row.ended_at_us is not None
    return RecordedCall(
        at_us=at_us,
        arrival=arrival,
        queue_id=row.first_queue_id,
        waited_us=waited_us,
        gave_up=gave_up,
        left_after_us=(row.ended_at_us or 0) - row.started_at_us
        if hung_up and queued_us is None
        else None,
        answers=tuple(details.answers.get(row.call_id, ())) if details is not None else (),
        presses=tuple(details.presses.get(row.call_id, ())) if details is not None else (),
        systems=tuple(details.systems.get(row.call_id, ())) if details is not None else (),
        talks=tuple(_talks(segments)),
        rung=tuple(details.rung.get(row.call_id, ())) if details is not None else (),
        callback=callback,
    )


def _wait(row: CallRow, segments: Iterable[SegmentRow]) -> tuple[int, bool]:
    """From joining a queue first to the first answer, or to the end of the last wait before it;
    whether the caller gave up then."""
    if row.queued_at_us is None:
        return 0, False
    if row.answered_at_us is not None:
        return row.answered_at_us - row.queued_at_us, False
    ends = [
        (one.ended_at_us, one.outcome)
        for one in segments
        if one.kind == "queue_wait" and one.ended_at_us is not None
    ]
    if not ends:
        return 0, False
    ended_us, outcome = max(ends)
    return ended_us - row.queued_at_us, outcome == "abandoned"


def _talks(segments: Sequence[SegmentRow]) -> Iterator[ScriptedTalk]:
    """Conversations in order, each with the wrap-up of its agent and where it was passed on to."""
    ordered = sorted(segments, key=lambda one: (one.started_at_us, one.seq, one.idx))
    wrap_ups: dict[str, list[int]] = {}
    for one in ordered:
        if one.kind == "wrap_up":
            wrap_ups.setdefault(one.agent_id, []).append(one.active_us)
    for one in ordered:
        if one.kind != "talk" or one.ended_at_us is None:
            continue
        own = wrap_ups.get(one.agent_id)
        yield ScriptedTalk(
            talk_us=one.ended_at_us - one.started_at_us,
            wrap_up_us=own.pop(0) if own else 0,
            passes_to=_passed_to(one, ordered),
            agent_ends=one.outcome == "agent",
        )


def _passed_to(talk: SegmentRow, segments: Iterable[SegmentRow]) -> Target | None:
    """The queue that the agent passed the caller on to; None where the talk ended otherwise."""
    for one in segments:
        if (
            one.kind == "transfer"
            and one.agent_id == talk.agent_id
            and one.outcome != "refused"
            and one.target.startswith(_QUEUE)
            and talk.ended_at_us is not None
            and talk.started_at_us <= one.started_at_us <= talk.ended_at_us
        ):
            return ToQueue(one.target.removeprefix(_QUEUE))
    return None


# -- agents ---------------------------------------------------------------------------------------


def _agents(rows: Rows, from_us: int, to_us: int) -> Iterator[RecordedAgent]:
    states: dict[str, list[AgentStateRow]] = {}
    for row in rows.agent_states:
        if row.started_at_us < to_us and (row.ended_at_us is None or row.ended_at_us > from_us):
            states.setdefault(row.agent_id, []).append(row)
    manners = _manners(rows.segments, from_us, to_us)
    for agent_id in sorted(states):
        own = sorted(states[agent_id], key=lambda row: (row.started_at_us, row.seq, row.idx))
        actions = tuple(_actions(own, from_us))
        if actions:
            yield RecordedAgent(agent_id, actions, manners.get(agent_id, AgentManner()))


def _actions(states: Sequence[AgentStateRow], from_us: int) -> Iterator[tuple[int, Action, str]]:
    """Signing in and out, breaks and their ends. What the engine did by itself is left to it."""
    is_in, is_away = False, False
    for row in states:
        at_us = max(row.started_at_us, from_us)
        if row.state == "logged_out":
            if is_in:
                yield at_us, "sign_out", row.reason
            is_in = is_away = False
            continue
        if not is_in:
            yield at_us, "sign_in", ""
            is_in = True
        chosen_break = row.state == "not_ready" and row.reason not in ENGINE_REASONS
        if chosen_break:
            yield at_us, "not_ready", row.reason
        elif is_away or (row.state == "ready" and _first(states, row)):
            yield at_us, "ready", ""
        is_away = chosen_break


def _first(states: Sequence[AgentStateRow], row: AgentStateRow) -> bool:
    """Whether it is the first state in which the agent takes calls after signing in."""
    place = states.index(row)
    before = states[place - 1] if place else None
    return before is None or before.state == "logged_out" or before.reason in ENGINE_REASONS


def _manners(segments: Iterable[SegmentRow], from_us: int, to_us: int) -> Mapping[str, AgentManner]:
    rang: dict[str, list[int]] = {}
    missed: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for one in segments:
        if one.kind != "offer" or not from_us <= one.started_at_us < to_us:
            continue
        if one.outcome == "connected":
            rang.setdefault(one.agent_id, []).append(one.rang_us)
        missed[one.agent_id] += one.outcome in _MISSED
        rejected[one.agent_id] += one.outcome in _REJECTED
    return {
        agent_id: AgentManner(tuple(rang.get(agent_id, ())), missed[agent_id], rejected[agent_id])
        for agent_id in {*rang, *missed}
    }
