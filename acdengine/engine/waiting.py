"""Waiting: joining a queue, the stages of a waiting call, and changes to waiting calls."""

from __future__ import annotations

from collections.abc import Iterator

from acdengine.commands import OpenMedia, PlayMusic
from acdengine.engine.admission import Admission, counts_single_states
from acdengine.engine.announcer import Announcer
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.part import Handlers, Part, Share, Shares
from acdengine.engine.preferred_agents import PreferredAgents, can_take
from acdengine.engine.queue_snapshot import QueueState, queue_state, restored_queue
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.engine.stored_records import copied
from acdengine.facts import CallQueued, PriorityChanged, RequirementRelaxed
from acdengine.plan import Plan
from acdengine.requests import PriorityChangeRequested
from queues.deadlines import NEVER_US
from queues.queue import CallQueue, queue_of
from routing.call_group import NO_PREFERENCE
from routing.stages import Stage


class Waiting(Part):
    """Puts calls into queues and keeps their stages and priorities."""

    def __init__(
        self, state: EngineState, admission: Admission, callbacks: Callbacks, announcer: Announcer
    ) -> None:
        self._state = state
        self._admission = admission
        self._callbacks = callbacks
        self._announcer = announcer
        self._preferred_agents = PreferredAgents(state)
        #: Between loading a snapshot and taking it up: queue id to its calls in order.
        self._order: dict[str, list[str]] = {}
        self.read_plan(state.plan)

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            PriorityChangeRequested: self.change_priority,
        }

    def read_plan(self, plan: Plan) -> None:
        """Find the queues for whose staff every change of an agent's state matters."""
        self._state.single_state_queues = {
            queue_id: True
            for queue_id, policy in plan.queues.items()
            if policy.leave_staff is not None and counts_single_states(policy.leave_staff)
        }

    def shares(self) -> Shares:
        """The calls, and the queues with the order of those that wait."""
        return {
            "calls": Share(list[Call], self._dump_calls, self._load_calls),
            "queues": Share(list[QueueState], self._dump_queues, self._load_queues),
        }

    def _dump_calls(self) -> list[Call]:
        bare = [copied(call) for call in self._state.calls.values()]
        for call in bare:
            call.queue = call.group = None
            call.rank = 0
        return bare

    def _load_calls(self, calls: list[Call]) -> None:
        self._state.calls.update((call.call_id, call) for call in calls)

    def _dump_queues(self) -> list[QueueState]:
        state = self._state
        return [
            queue_state(queue, state.matcher.queues[queue_id].cursor.seat)
            for queue_id, queue in state.queues.items()
        ]

    def _load_queues(self, queues: list[QueueState]) -> None:
        state = self._state
        for kept in queues:
            queue = restored_queue(kept)
            queue.removed = queue.queue_id not in state.plan.queues
            state.queues[queue.queue_id] = queue
            state.matcher.add_queue(kept.policy).cursor.seat = kept.seat
            self._order[queue.queue_id] = kept.waiting

    def restored(self) -> None:
        """Calls take their places in the queues and in the matcher's classes."""
        state = self._state
        for queue_id in state.queues:
            state.matcher.restage(queue_id)
        for queue_id, order in self._order.items():
            queue = state.queues[queue_id]
            for call_id in order:
                call = state.calls[call_id]
                call.queue = queue
                queue.rank(call)
                queue.calls[call_id] = call
                queue.line.add(call.weight, call.rank)
                state.matcher.place(call)
                if call.preferred_until_us:
                    state.await_agents(call)
                if call.in_heap:
                    state.matcher.wait(call)
                self._callbacks.enter_again(call, queue)
            state.matcher.set_capped(queue_id, queue.is_capped())
        self._order = {}

    def check(self) -> Iterator[str]:
        """Each waiting call is in one line; preferred agents are waited for while they can come."""
        state = self._state
        for call_id, call in state.calls.items():
            name = f"call {call_id} ({call.state})"
            in_line = call.state in ("waiting", "connecting")
            if in_line != bool(call.queue_id):
                yield f"{name} is in queue {call.queue_id!r}"
            if in_line and (call.queue is None or call_id not in call.queue.calls):
                yield f"{name} is not in its queue's line"
            if call.preferred_rule != NO_PREFERENCE:
                names = state.matcher.preferred_now(call)
                if not any(can_take(state, agent_id, call) for agent_id in names):
                    yield f"{name} waits for {', '.join(names)} alone, who cannot take it"
        for queue_id, queue in state.queues.items():
            ranks = sorted(call.rank for call in queue.calls.values())
            if any(call_id not in state.calls for call_id in queue.calls):
                yield f"queue {queue_id} holds calls that are over"
            if len(queue.line) != len(queue.calls) or sorted(queue.line) != ranks:
                yield f"queue {queue_id}'s line is not its calls"

    # -- joining -------------------------------------------------------------------------------

    def join(self, call: Call, queue: CallQueue, since_us: int = 0) -> None:
        """Take a place in a queue; a call that comes from another keeps its place. One that was
        found on the switch has waited there ``since_us``, and nothing is put off for it."""
        state = self._state
        now = since_us or state.now_us
        resumed = False
        call.wait_since_us = call.wait_since_us or now
        state.move_call(call, "queued")
        if not call.queued_at_us:
            resumed = self._resume(call, queue)
        if queue.rung_back and call.leg_id:
            resumed = self._callbacks.take_over(call, queue) or resumed
        queue.join(call, now)
        policy = queue.policy
        call.leave_due_us = NEVER_US if policy.max_wait_us is None else now + policy.max_wait_us
        call.overflow_due_us = now + policy.overflow[0].after_us if policy.overflow else NEVER_US
        is_beside = call.ivr is not None and call.ivr.is_beside
        # What the flow beside the queue says takes the place of the queue's announcements.
        call.announce_due_us = NEVER_US
        if queue.tells and not is_beside:
            call.announce_due_us = self._announcer.first_due_us(queue, now)
        call.retry_due_us = NEVER_US
        if call.announced is not None:
            call.announced.position = 0
        state.tell_call(
            call,
            CallQueued(
                state.stamp, call.call_id, queue.queue_id, call.queued_at_us, call.priority,
                call.boost_us, resumed,
            ),
        )  # fmt: skip
        self._begin_stages(call)
        due = min(call.leave_due_us, call.stage_due_us, call.overflow_due_us, call.announce_due_us)
        if is_beside:
            state.arm_waiting(call)
        elif due < NEVER_US:
            state.arm_call(call, due)
        if call.leg_id and not since_us and not is_beside:
            self._play_to_waiting(call, queue)
        state.calls_to_match.append(call)
        if policy.leave_staff is not None and not queue.unstaffed_deadline:
            state.staff_changed.setdefault(queue.queue_id, False)

    def rejoin(self, call: Call, queue: CallQueue) -> None:
        """Take the place again that the call had in the queue it left last, as if it had not left:
        the time away is waiting, and all times go on. The queue's limits do not
        apply."""
        state = self._state
        policy, since_us = queue.policy, call.joined_us
        state.move_call(call, "queued")
        queue.join(call, since_us)
        call.leave_due_us = (
            NEVER_US if policy.max_wait_us is None else since_us + policy.max_wait_us
        )
        call.overflow_due_us = state.now_us if policy.overflow else NEVER_US
        call.announce_due_us = self._announcer.first_due_us(queue, state.now_us)
        call.retry_due_us = NEVER_US
        if call.announced is not None:
            call.announced.position = 0
        state.tell_call(
            call,
            CallQueued(
                state.stamp, call.call_id, queue.queue_id, call.queued_at_us, call.priority,
                call.boost_us, True,
            ),
        )  # fmt: skip
        self._begin_stages(call)
        state.arm_waiting(call)
        state.commands.append(PlayMusic(call.call_id, queue.music))
        state.calls_to_match.append(call)
        if policy.leave_staff is not None and not queue.unstaffed_deadline:
            state.staff_changed.setdefault(queue.queue_id, False)

    def _resume(self, call: Call, queue: CallQueue) -> bool:
        """Set when the call was first queued; a caller who hung up a moment ago gets the old place
        back. Returns whether that is so."""
        now = self._state.now_us
        call.queued_at_us = now
        if not (queue.resume_us and call.caller.known_by):
            return False
        place = queue.resume(call.caller.known_by, now)
        if place is None:
            return False
        call.queued_at_us = place.queued_at_us
        call.waited_us += place.waited_us
        # The time away counts for the place, as if the caller had stayed, but is no waiting.
        call.boost_us += now - place.left_at_us
        return True

    def _play_to_waiting(self, call: Call, queue: CallQueue) -> None:
        state = self._state
        if queue.policy.answer == "at_once":
            state.answer_call(call)
        elif not (call.answered or call.early_media):
            call.early_media = True
            state.commands.append(OpenMedia(call.call_id))
        state.commands.append(PlayMusic(call.call_id, queue.music))
        greeting = queue.policy.announcements.greeting
        if greeting:
            self._announcer.play(call, (greeting,))

    # -- stages --------------------------------------------------------------------------------

    def _begin_stages(self, call: Call) -> None:
        """Preferred agents first, where there are any to wait for; then the queue's stages."""
        call.stage = 0
        call.stages_from_us = 0
        if call.preferred:
            self._preferred_agents.begin(call)
            if call.preferred_rule != NO_PREFERENCE:
                self._state.matcher.place(call)
                return
        call.stages_from_us = call.joined_us
        matcher = self._state.matcher
        if len(matcher.queues[call.queue_id].stages) == 1:
            call.stage_due_us = NEVER_US
            matcher.place(call)
        else:
            self._enter_stage_of_now(call)

    def _go_on(self, call: Call) -> None:
        """Wait for the agents of the rule in force; without one, enter the stage of the time since
        the call first waited for all agents."""
        if call.preferred_rule == NO_PREFERENCE:
            self._enter_stage_of_now(call)
        else:
            self._state.matcher.place(call)

    def _enter_stage_of_now(self, call: Call) -> None:
        state = self._state
        since_us = call.stages_from_us = call.stages_from_us or state.now_us
        stages = state.matcher.queues[call.queue_id].stages
        stage = 0
        if len(stages) > 1:
            waited_us = state.now_us - since_us
            stage = max(0, sum(one.from_us <= waited_us for one in stages) - 1)
        self._enter_stage(call, stage, stages)

    def _enter_stage(self, call: Call, stage: int, stages: tuple[Stage, ...]) -> None:
        call.stage = stage
        following = stage + 1
        call.stage_due_us = (
            call.stages_from_us + stages[following].from_us if following < len(stages) else NEVER_US
        )
        self._state.matcher.place(call)

    def next_stage(self, call: Call) -> None:
        """Handles the deadline of a stage: the call may go to the agents of the next stage too."""
        self._state.matcher.unwait(call)
        if call.preferred_rule != NO_PREFERENCE:
            self._preferred_agents.choose(call)
            self._go_on(call)
        else:
            stages = self._state.matcher.queues[call.queue_id].stages
            self._enter_stage(call, call.stage + 1, stages)
        self._tell_stage(call)

    def _tell_stage(self, call: Call) -> None:
        state = self._state
        stage = state.matcher.queues[call.queue_id].stages[call.stage]
        alone: tuple[str, ...] = ()
        if call.preferred_rule != NO_PREFERENCE:
            alone = tuple(state.matcher.preferred_now(call))
        state.tell_call(
            call,
            RequirementRelaxed(
                state.now_us, call.call_id, call.queue_id, stage.step, stage.open_us, alone
            ),
        )
        state.calls_to_match.append(call)

    def reconsider(self, agent_id: str) -> None:
        """An agent can take calls no longer, or again: calls that prefer the agent go on to others,
        or wait for their preferred agents alone again."""
        calls = self._state.preferring_calls.get(agent_id, {}).values()
        for call in sorted(calls, key=lambda call: call.serial):
            if self._preferred_agents.is_due(call):
                self._state.matcher.unwait(call)
                self._preferred_agents.choose(call)
                self._go_on(call)
                self._tell_stage(call)
                if call.state == "waiting":
                    self._state.arm_waiting(call)

    def restage(self, queue: CallQueue) -> None:
        """The queue's stages have changed: put each waiting call into the class it now belongs
        to."""
        state = self._state
        state.matcher.restage(queue.queue_id)
        for waiting in queue.calls.values():
            call = state.calls[waiting.call_id]
            if call.preferred_rule == NO_PREFERENCE:
                state.matcher.unwait(call)
                self._enter_stage_of_now(call)
                if call.state == "waiting":
                    state.arm_waiting(call)
                state.calls_to_match.append(call)

    def rules_changed(self, call: Call) -> None:
        """The queue has other preferred-agent rules; the call lies in no class now."""
        self._preferred_agents.rules_changed(call)

    # -- staff ---------------------------------------------------------------------------------

    def staff_changed(self, queue_id: str, stages_too: bool) -> None:
        """The staff of a queue has changed: stages, and whether anybody is left to wait for."""
        state = self._state
        queue = state.queues.get(queue_id)
        if queue is None:
            return
        if stages_too:
            self.restage(queue)
            agents = sorted(state.agents_of.get(queue_id, {}).items())
            state.agents_to_match.extend(agent for _, agent in agents if agent.idle)
        rule = queue.policy.leave_staff
        missing = rule is not None and not self._admission.has_staff(queue, rule)
        if missing and not queue.unstaffed_deadline:
            queue.unstaffed_due_us = state.now_us + queue.policy.leave_grace_us
            queue.unstaffed_deadline = state.arm(queue, queue.unstaffed_due_us)
        elif not missing and queue.unstaffed_deadline:
            state.deadlines.cancel(queue.unstaffed_due_us, queue.unstaffed_deadline)
            queue.unstaffed_deadline = 0

    # -- requests ------------------------------------------------------------------------------

    def change_priority(self, event: PriorityChangeRequested) -> None:
        """Handles `PriorityChangeRequested`; order, position and estimate follow at once."""
        state = self._state
        call = state.calls.get(event.call_id)
        if call is None or call.state != "waiting":
            state.answer(event, state.why_not(event.call_id, "the call does not wait"))
            return
        state.matcher.unwait(call)
        call.priority = event.priority
        queue_of(call).rerank(call)
        state.matcher.place(call)
        state.tell_call(
            call,
            PriorityChanged(state.now_us, call.call_id, call.queue_id, event.priority, event.by),
        )
        state.calls_to_match.append(call)
        state.answer(event)
