"""The key by which agents accept calls, so that a voicemail that answers has taken none.

Until it is pressed the offer rings on as far as the call is concerned: the caller waits and hears
what there is, other telephones ring too, and the first to accept has the call. A nailed-up line
needs no key: the agent took it up when signing in. An agent who is consulted is asked by their own
key, else by that of the queue that the call came from.
"""

from __future__ import annotations

from acdengine.commands import AskToAccept
from acdengine.engine.records import Offer
from acdengine.engine.state import EngineState
from acdengine.facts import AcceptanceAwaited


def ask(state: EngineState, offer: Offer, node_id: str = "") -> None:
    """Handles the answer of a telephone whose agent has to press a key: asks for it, once, and sets
    its deadline. A second report counts as late."""
    key = offer.accept_key
    if key is None or offer.asked_us:
        state.count("late_events")
        return
    now = state.now_us
    offer.asked_us = now
    if node_id:
        offer.node_id = node_id
    until_us = now + key.timeout_us
    state.arm_offer(offer, until_us)
    order(state, offer)
    fact = AcceptanceAwaited(
        now, offer.call_id, offer.agent_id, offer.offer_id, offer.queue_id,
        now - offer.made_us, until_us,
    )  # fmt: skip
    state.tell_both(state.calls[offer.call_id], state.agents[offer.agent_id], fact)


def order(state: EngineState, offer: Offer) -> None:
    """Order the adapter to ask the agent for the key; also after the adapter restarted."""
    key = offer.accept_key
    if key is None or not offer.asked_us or offer.state != "ringing":
        return
    whisper = "" if offer.consult else state.queues[offer.queue_id].policy.whisper
    prompts = (whisper, key.prompt) if whisper else (key.prompt,)
    state.commands.append(AskToAccept(offer.offer_id, offer.call_id, key.key, prompts))


def accepts(offer: Offer, digit: str) -> bool:
    """Whether this is the key that the agent was asked for."""
    key = offer.accept_key
    return key is not None and bool(offer.asked_us) and digit == key.key


def asked_for(offer: Offer, now_us: int) -> int:
    """How long the agent was asked for a key without accepting; 0 where the call was accepted."""
    return now_us - offer.asked_us if offer.asked_us and not offer.answered_us else 0
