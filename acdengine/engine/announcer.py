"""Announcer: what callers hear. Nothing of it holds up an answer."""

from __future__ import annotations

from typing import Final

from acdengine.commands import PlayPrompt, PlayPrompts
from acdengine.engine.part import Part
from acdengine.engine.records import Announced, Call, Playback
from acdengine.engine.state import EngineState
from acdengine.facts import EstimateTold
from acdengine.prompts import SoundPrompt
from queues.deadlines import NEVER_US
from queues.estimate import rounded_up
from queues.policy import SECOND_US, Announcements
from queues.queue import CallQueue, queue_of

#: A prompt that the switch never reports as finished is taken as finished.
PROMPT_GUARD_US: Final = 120 * SECOND_US
#: An announcement that is due once, at a bad moment, comes so much later.
_LATER_US: Final = 5 * SECOND_US


class Announcer(Part):
    """Plays prompts and announcements to callers."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def play(self, call: Call, prompts: tuple[str, ...]) -> None:
        """Play prompts in place of those still to come. In a flow they are ordered as one row;
        while the call waits, one by one, so that music goes on between them."""
        call.playback = None
        if prompts:
            self._start(call, prompts)

    def next(self, call: Call) -> bool:
        """Play the next prompt; False when there is none."""
        playback, call.playback = call.playback, None
        if playback is None or not playback.left:
            return False
        self._start(call, playback.left)
        return True

    def _start(self, call: Call, prompts: tuple[str, ...]) -> None:
        state = self._state
        call.prompts_played += 1
        call.playback = Playback(call.prompts_played, state.now_us, prompts[1:])
        prompt_id = str(call.prompts_played)
        if call.state == "flow":
            row = tuple(SoundPrompt(prompt) for prompt in prompts)
            state.commands.append(PlayPrompts(call.call_id, prompt_id, row))
        else:
            state.commands.append(PlayPrompt(call.call_id, prompt_id, prompts[0]))

    def heard(self, playback: Playback, count: int) -> None:
        """So many prompts of a row have been played to their end, and the next one begins."""
        new = count - playback.heard
        if 0 < new <= len(playback.left):
            playback.heard, playback.left = count, playback.left[new:]
            playback.since_us = self._state.now_us

    def first_due_us(self, queue: CallQueue, now_us: int) -> int:
        """When a call that joins now hears its first announcement."""
        return now_us + queue.policy.announcements.first_after_us if queue.tells else NEVER_US

    def announce(self, call: Call) -> None:
        """Announce position, estimate and comfort message by the queue's policy, and set the time
        of the next announcement."""
        queue = queue_of(call)
        policy = queue.policy.announcements
        now = self._state.now_us
        playback = call.playback
        playing = playback is not None and now - playback.since_us < PROMPT_GUARD_US
        if playing or call.ringing:
            call.announce_due_us = now + (policy.every_us or _LATER_US)
            return
        call.announce_due_us = now + policy.every_us if policy.every_us else NEVER_US
        position = queue.position(call, now)
        if call.announced is None:
            call.announced = Announced()
        announced = call.announced
        prompts = self._position(announced, policy, position)
        told_position = position if prompts else 0
        estimate = queue.estimate_us(position - 1, now) if policy.estimate else None
        if estimate is not None:
            prompts.append(self._estimate(policy, estimate))
            announced.estimate_us = estimate
            announced.estimate_at_us = now
        if policy.comfort:
            prompts.append(policy.comfort[announced.announcements % len(policy.comfort)])
        announced.announcements += 1
        if told_position or estimate is not None:
            estimate_us = -1 if estimate is None else estimate
            self._state.tell_call(
                call, EstimateTold(now, call.call_id, call.queue_id, told_position, estimate_us)
            )
        if prompts:
            self.play(call, tuple(prompts))

    def _position(self, announced: Announced, policy: Announcements, position: int) -> list[str]:
        if not policy.position:
            return []
        if policy.position_limit is not None and position > policy.position_limit:
            return []
        if policy.position_only_better and announced.position and position >= announced.position:
            return []
        announced.position = position
        return [f"position:{position}"]

    def _estimate(self, policy: Announcements, estimate_us: int) -> str:
        limit = policy.estimate_limit_us
        if limit is not None and estimate_us > limit:
            return f"estimate_over:{limit // SECOND_US}"
        return f"estimate:{rounded_up(estimate_us, policy.estimate_round_us) // SECOND_US}"
