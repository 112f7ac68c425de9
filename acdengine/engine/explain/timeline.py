"""What happened to a call, fact by fact, in words: for explanations."""

from __future__ import annotations

from typing import Final

from acdengine import facts as ft
from acdengine.conversation_facts import (
    CallHandedOver,
    CallTransferred,
    ConsultEnded,
    ConsultOutcome,
    ConsultStarted,
    ConversationEnded,
    TransferRefused,
)
from acdengine.engine.explain.explanation import span
from acdengine.facts import AnyFact
from acdengine.flow_facts import (
    AgentPinChecked,
    CallTagged,
    FlowEntered,
    FlowLeft,
    FlowStepLeft,
    SurveyAnswered,
)

#: Why a call left a queue, or was not taken by it.
WHY_LEFT: Final[dict[ft.LeaveReason, str]] = {
    "abandoned": "the caller hung up",
    "waited": "it had waited as long as the queue allows",
    "no_staff": "there was no staff",
    "full": "it was full",
    "key": "the caller pressed a key",
    "overflow": "a way out was open",
    "moved": "somebody moved it",
    "withdrawn": "somebody ended it",
    "callback": "the callback was given up",
    "drained": "it takes no new calls",
    "switch_lost": "the switch was lost",
    "rang_in": "the customer rang in and has the place",
}
#: How a call is over in a flow.
_END: Final = {"hangup": "and was hung up", "abandoned": "because the caller hung up"}
_OUTCOME: Final[dict[ft.OfferOutcome, str]] = {
    "connected": "connected",
    "no_answer": "no answer",
    "busy": "busy",
    "rejected": "rejected",
    "unreachable": "not reachable",
    "failed": "failed",
    "not_rung": "not rung, by no fault of theirs",
    "withdrawn": "withdrawn",
    "hangup": "hung up",
}
_ASKED: Final[dict[ConsultOutcome, str]] = {
    "passed": "the caller was left to them",
    "returned": "back to the caller",
    "left": "they hung up",
    "conversation_over": "the conversation ended",
    "no_answer": "no answer",
    "busy": "busy",
    "rejected": "rejected",
    "unreachable": "not reachable",
    "failed": "failed",
    "not_rung": "not rung, by no fault of theirs",
}


def in_words(fact: AnyFact) -> str:
    """A fact of a call as a part of a sentence about it; empty for one that says nothing of why."""
    told = _of_flows(fact) or _of_the_way(fact) or _of_the_queue(fact) or _of_offers(fact)
    return told or _of_consults(fact)


def _of_flows(fact: AnyFact) -> str:
    match fact:
        case FlowEntered():
            tried = ", which is tried" if fact.is_trial else ""
            return f"came into flow {fact.flow_id}, version {fact.version}{tried}"
        case FlowLeft():
            return (
                f"left flow {fact.flow_id} {_END.get(fact.to) or 'for ' + place_in_words(fact.to)}"
            )
        case FlowStepLeft():
            why = f" ({fact.detail})" if fact.detail and fact.detail != fact.way else ""
            return f"left step {fact.step} of flow {fact.flow_id} by {fact.way}{why}"
        case CallTagged():
            return f"was tagged {fact.name}"
        case SurveyAnswered():
            return f"was rated {fact.score} of {fact.scale} for {fact.question} ({fact.survey})"
        case AgentPinChecked():
            who = fact.agent_id or "a number of no agent"
            lock = ", locked from then on" if fact.locked_until_us else ""
            return f"typed a PIN for {who}: {fact.outcome}{lock}"
    return ""


def place_in_words(to: str) -> str:
    """Where a call went, without anybody's number."""
    return "a number outside" if to.startswith("number ") else to


def _to(to: str) -> str:
    return f"; on to {place_in_words(to)}" if to else ""


def _of_the_way(fact: AnyFact) -> str:
    match fact:
        case ft.CallStarted():
            held = f"; rules that held: {fact.rule}" if fact.rule else "; no rule held"
            trunk = f" on {fact.trunk_id}" if fact.trunk_id else ""
            return f"arrived for {fact.dnis or 'no number'}{trunk}{held}"
        case ft.CallRefused():
            return f"was refused: {fact.cause}"
        case ft.CallDiverted():
            return f"went to {place_in_words(fact.to)}"
        case ft.NumberReached():
            return f"was answered outside after {span(fact.rang_us)}"
        case ft.NumberMissed():
            return f"was not answered outside: {fact.cause}{_to(fact.to)}"
        case ft.MessageStored():
            return f"left a message of {span(fact.length_us)} in box {fact.box}"
        case CallTransferred():
            return f"was passed on by {fact.agent_id}{_to(fact.to)}"
        case TransferRefused():
            return f"was not passed on by {fact.agent_id}{_to(fact.to)}: {fact.reason}"
        case ConversationEnded():
            return f"ended talking with {fact.agent_id} after {span(fact.talked_us)}"
        case ft.CallEnded():
            return f"ended: {fact.outcome}, by the {fact.ended_by} ({fact.cause})"
    return ""


def _of_the_queue(fact: AnyFact) -> str:
    match fact:
        case ft.CallQueued():
            credit = f", credit {span(fact.boost_us)}" if fact.boost_us else ""
            again = ", in the place it had before" if fact.resumed else ""
            return f"joined {fact.queue_id} with priority {fact.priority}{credit}{again}"
        case ft.QueueRefused():
            return f"was not taken by {fact.queue_id}: {WHY_LEFT[fact.reason]}{_to(fact.to)}"
        case ft.RequirementRelaxed() if fact.preferred:
            return f"waits for {', '.join(fact.preferred)} alone"
        case ft.RequirementRelaxed():
            opened = f", open to those who join in after {span(fact.opened_us)}"
            return f"step {fact.step + 1} in force{opened if fact.opened_us else ''}"
        case ft.CallSteppedBack():
            pause = span(fact.until_us - fact.at_us)
            return f"stepped back for {pause}: its offers fail, whichever agent it is"
        case ft.PriorityChanged():
            return f"was given priority {fact.priority}{f' by {fact.by}' if fact.by else ''}"
        case ft.CallLeftQueue():
            place = f"from position {fact.position} after {span(fact.waited_us)}"
            return f"left {fact.queue_id} {place}: {WHY_LEFT[fact.reason]}{_to(fact.to)}"
        case ft.CallbackPlaced():
            return "became a callback: the place is kept, the telephone is not"
        case ft.CallbackDialled():
            return f"the customer is rung, try {fact.attempt}"
        case ft.CallbackMissed():
            return f"try {fact.attempt} did not reach the customer: {fact.cause}"
        case ft.CallbackReached():
            return "the customer has answered"
    return ""


def _of_offers(fact: AnyFact) -> str:
    match fact:
        case ft.OfferMade():
            return f"offered to {fact.agent_id}{choice_in_words(fact)}"
        case ft.AcceptanceAwaited():
            return f"the telephone of {fact.agent_id} answered; the key that accepts is awaited"
        case ft.OfferClosed():
            rang = f"after ringing {span(fact.rang_us)}"
            if fact.asked_us:
                rang += f" and an answer of {span(fact.asked_us)} without the key"
            return f"offer to {fact.agent_id} over {rang}: {_OUTCOME[fact.outcome]}"
        case ft.CallConnected():
            return f"talks with {fact.agent_id}, having waited {span(fact.waited_us)}"
    return ""


def _of_consults(fact: AnyFact) -> str:
    match fact:
        case ConsultStarted():
            return f"{fact.agent_id} asks {place_in_words(fact.to)}; the caller hears music"
        case ConsultEnded():
            whom = place_in_words(fact.to)
            return f"asking {whom} is over after {span(fact.lasted_us)}: {_ASKED[fact.outcome]}"
        case CallHandedOver():
            return f"was left to {fact.agent_id} by {fact.from_agent_id}"
    return ""


def choice_in_words(fact: ft.OfferMade) -> str:
    """Why this agent: what was compared, and what broke the tie."""
    best, reason = fact.runner_up, fact.reason
    if fact.surplus == "agent":
        if fact.rule == "preferred":
            return ", who had become free and whom it prefers"
        line = (
            f"first in line, before call {best}: {reason}"
            if best
            else "no other call waited for this agent"
        )
        return f", who had become free; {line}"
    before = f", before {best}: {reason}" if best else ""
    if fact.rule == "preferred":
        return f", who was free and whom it prefers{before}"
    who = f"first of {fact.candidates} free who fitted" if best else "the only one free who fitted"
    return f" by {fact.rule}: {who}{before}"
