"""Waiting: joining a queue, what falls due while a call waits, and changes to those who wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acdengine.commands import OpenMedia, PlayMusic
from acdengine.engine.announcer import Announcer
from acdengine.engine.endings import Endings
from acdengine.engine.floor import Floor
from acdengine.engine.offers import Offers
from acdengine.engine.patience import Patience
from acdengine.engine.records import Call
from acdengine.facts import CallQueued, LeaveReason, PriorityChanged, RequirementRelaxed
from acdengine.plan import Plan
from acdengine.requests import PriorityChangeRequested
from queues.deadlines import NEVER_US
from queues.policy import WORKING, StaffRule
from queues.queue import CallQueue
from queues.targets import Target
from queues.waiting import NO_PREFERENCE

if TYPE_CHECKING:
    from acdengine.engine.ways import Ways


class Waiting:
    """The waiting calls' part of the engine."""

    ways: Ways

    def __init__(
        self, floor: Floor, offers: Offers, endings: Endings, announcer: Announcer
    ) -> None:
        self._floor = floor
        self._offers = offers
        self._endings = endings
        self._announcer = announcer
        self._patience = Patience(floor)
        self.read_plan(floor.plan)

    def read_plan(self, plan: Plan) -> None:
        """Find the queues for whose staff every change of an agent's state matters."""
        self._floor.picky = {
            queue_id: True
            for queue_id, policy in plan.queues.items()
            if policy.leave_staff is not None and _is_picky(policy.leave_staff)
        }

    # -- joining -------------------------------------------------------------------------------

    def refusal(self, queue: CallQueue, ani: str = "") -> LeaveReason | None:
        """Why a queue takes no further call now; None when it does. A caller who is to be rung back
        has a place there already."""
        if queue.draining:
            return "drained"
        if queue.is_full() and not queue.callback_to(ani):
            return "full"
        rule = queue.policy.join_staff
        if rule is not None and not self._has_staff(queue, rule):
            return "no_staff"
        return None

    def _has_staff(self, queue: CallQueue, rule: StaffRule) -> bool:
        if not _is_picky(rule):
            return queue.has_staff(rule)
        states = rule.states
        agents = self._floor.agents_of.get(queue.queue_id, {})
        return queue.has_staff(rule, sum(agent.state in states for agent in agents.values()))

    def join(self, call: Call, queue: CallQueue, since_us: int = 0) -> None:
        """Take a place in a queue; a call that comes from another keeps its place. One that was
        found on the switch has waited there ``since_us``, and nothing is put off for it."""
        floor = self._floor
        now = since_us or floor.now_us
        resumed = False
        call.wait_since_us = call.wait_since_us or now
        floor.move_call(call, "queued")
        if not call.queued_at_us:
            resumed = self._resume(call, queue)
        if call.leg_id and queue.callbacks:
            resumed = self._offers.callbacks.take_over(call, queue) or resumed
        queue.join(call, now)
        policy = queue.policy
        call.leave_due_us = NEVER_US if policy.max_wait_us is None else now + policy.max_wait_us
        call.overflow_due_us = now + policy.overflow[0].after_us if policy.overflow else NEVER_US
        call.announce_due_us = self._announcer.first_due_us(queue, now)
        call.aside_due_us = NEVER_US
        call.told_position = 0
        floor.tell_call(
            call,
            CallQueued(
                floor.stamp, call.call_id, queue.queue_id, call.queued_at_us, call.priority,
                call.boost_us, resumed,
            ),
        )  # fmt: skip
        self._begin_stages(call)
        due = min(call.leave_due_us, call.stage_due_us, call.overflow_due_us, call.announce_due_us)
        if due < NEVER_US:
            floor.arm_call(call, due)
        if call.leg_id and not since_us:
            self._entertain(call, queue)
        floor.fresh_calls.append(call)
        if policy.leave_staff is not None and not queue.unstaffed_deadline:
            floor.restaffed.setdefault(queue.queue_id, False)

    def rejoin(self, call: Call, queue: CallQueue) -> None:
        """Take the place again that the call had in the queue it left last, as if it had not left:
        the time away is waiting, and nothing begins anew. It is no newcomer, so that it is taken in
        whatever the queue's limits."""
        floor = self._floor
        policy, since_us = queue.policy, call.joined_us
        floor.move_call(call, "queued")
        queue.join(call, since_us)
        call.leave_due_us = (
            NEVER_US if policy.max_wait_us is None else since_us + policy.max_wait_us
        )
        call.overflow_due_us = floor.now_us if policy.overflow else NEVER_US
        call.announce_due_us = self._announcer.first_due_us(queue, floor.now_us)
        call.aside_due_us = NEVER_US
        call.told_position = 0
        floor.tell_call(
            call,
            CallQueued(
                floor.stamp, call.call_id, queue.queue_id, call.queued_at_us, call.priority,
                call.boost_us, True,
            ),
        )  # fmt: skip
        self._begin_stages(call)
        floor.arm_waiting(call)
        floor.commands.append(PlayMusic(call.call_id, queue.music))
        floor.fresh_calls.append(call)
        if policy.leave_staff is not None and not queue.unstaffed_deadline:
            floor.restaffed.setdefault(queue.queue_id, False)

    def _resume(self, call: Call, queue: CallQueue) -> bool:
        """First queued now, or where the caller was who hung up a moment ago."""
        now = self._floor.now_us
        call.queued_at_us = now
        if not (queue.resume_us and call.known_by):
            return False
        place = queue.resume(call.known_by, now)
        if place is None:
            return False
        call.queued_at_us = place.queued_at_us
        call.waited_us += place.waited_us
        # The time away counts for the place, as if the caller had stayed, but is no waiting.
        call.boost_us += now - place.left_at_us
        return True

    def _entertain(self, call: Call, queue: CallQueue) -> None:
        floor = self._floor
        if queue.policy.answer == "at_once":
            floor.answer_call(call)
        elif not (call.answered or call.early):
            call.early = True
            floor.commands.append(OpenMedia(call.call_id))
        floor.commands.append(PlayMusic(call.call_id, queue.music))
        greeting = queue.policy.announcements.greeting
        if greeting:
            self._announcer.play(call, (greeting,))

    # -- stages --------------------------------------------------------------------------------

    def _begin_stages(self, call: Call) -> None:
        """Preferred agents first, where there are any to wait for; then the queue's stages."""
        call.stage = 0
        call.stages_from_us = 0
        self._patience.begin(call)
        if call.preference == NO_PREFERENCE:
            call.stages_from_us = call.joined_us
        self._go_on(call)

    def _go_on(self, call: Call) -> None:
        """To the agents of the rule in force; without one, to the stage that its time has brought,
        counted from when it first waited for all agents."""
        if call.preference == NO_PREFERENCE:
            self._enter_stage_of_now(call)
        else:
            self._place(call)

    def _enter_stage_of_now(self, call: Call) -> None:
        now = self._floor.now_us
        call.stages_from_us = call.stages_from_us or now
        stages = self._floor.matcher.queues[call.queue_id].stages
        begun = sum(call.stages_from_us + stage.from_us <= now for stage in stages)
        call.stage = max(0, begun - 1)
        self._enter_stage(call)

    def _enter_stage(self, call: Call) -> None:
        matching = self._floor.matcher.queues[call.queue_id]
        following = call.stage + 1
        call.stage_due_us = (
            call.stages_from_us + matching.stages[following].from_us
            if following < len(matching.stages)
            else NEVER_US
        )
        self._place(call)

    def _place(self, call: Call) -> None:
        self._floor.matcher.place(call)

    def _next_stage(self, call: Call) -> None:
        self._floor.matcher.unwait(call)
        if call.preference != NO_PREFERENCE:
            self._patience.choose(call)
            self._go_on(call)
        else:
            call.stage += 1
            self._enter_stage(call)
        self._tell_stage(call)

    def _tell_stage(self, call: Call) -> None:
        floor = self._floor
        stage = floor.matcher.queues[call.queue_id].stages[call.stage]
        alone: tuple[str, ...] = ()
        if call.preference != NO_PREFERENCE:
            alone = tuple(floor.matcher.preferred_now(call))
        floor.tell_call(
            call,
            RequirementRelaxed(
                floor.now_us, call.call_id, call.queue_id, stage.step, stage.open_us, alone
            ),
        )
        floor.fresh_calls.append(call)

    def reconsider(self, agent_id: str) -> None:
        """An agent can take calls no longer, or again: calls that prefer the agent go on to others,
        or wait for their preferred agents alone again."""
        calls = self._floor.awaited.get(agent_id, {}).values()
        for call in sorted(calls, key=lambda call: call.serial):
            if self._patience.is_due(call):
                self._floor.matcher.unwait(call)
                self._patience.choose(call)
                self._go_on(call)
                self._tell_stage(call)
                if call.state == "waiting":
                    self._floor.arm_waiting(call)

    def restage(self, queue: CallQueue) -> None:
        """The queue's stages have changed: every waiting call goes to where it now belongs."""
        floor = self._floor
        floor.matcher.restage(queue.queue_id)
        for waiting in queue.calls.values():
            call = floor.calls[waiting.call_id]
            if call.preference == NO_PREFERENCE:
                floor.matcher.unwait(call)
                self._enter_stage_of_now(call)
                if call.state == "waiting":
                    floor.arm_waiting(call)
                floor.fresh_calls.append(call)

    def rules_changed(self, call: Call) -> None:
        """The queue has other preferred-agent rules; the call lies in no class now."""
        self._patience.rules_changed(call)

    # -- time ----------------------------------------------------------------------------------

    def due(self, call: Call) -> None:
        """What the deadline that fired was for, the end of its patience with us first.

        The clock may be far past it: what is due for this call by now, but later than for others,
        has its turn after theirs (the call is armed for it again), so that calls are served in the
        same order as if no time had been skipped.
        """
        now, turn_us = self._floor.now_us, call.due_us
        if call.callback is not None and self._callback_due(call, now):
            return
        if call.leave_due_us <= now:
            self._send_away(call, "waited", call.queue.policy.when_waited)
            return
        if call.stage_due_us <= turn_us:
            self._next_stage(call)
        if call.ring_more_due_us <= turn_us:
            call.ring_more_due_us = NEVER_US
            self._floor.fresh_calls.append(call)
        if call.aside_due_us <= turn_us:
            self._offers.failing.due(call)
        if call.overflow_due_us <= turn_us and self._overflow(call, now):
            return
        if call.announce_due_us <= turn_us:
            self._announcer.announce(call)
        self._floor.arm_waiting(call)

    def _callback_due(self, call: Call, now: int) -> bool:
        callback = call.callback
        if callback is None or callback.state == "reached":
            return False
        if call.leave_due_us <= now and not call.leg_id:
            self._offers.callbacks.give_up(call, "expired")
            return True
        if callback.resume_us and callback.resume_us <= now:
            self._offers.callbacks.due(call)
            return call.state == "ended" or call.callback is None
        return False

    def _overflow(self, call: Call, now: int) -> bool:
        """Take the first open way of the lines whose time has come; else look again later."""
        policy = call.queue.policy
        waited = now - call.joined_us
        nearest = NEVER_US
        for line in policy.overflow:
            if line.after_us > waited:
                nearest = min(nearest, call.joined_us + line.after_us)
                continue
            for place, target in enumerate(line.targets):
                if self.ways.is_way(call, target):
                    self.ways.leave_for(call, target, "overflow", line.targets[place + 1 :])
                    return True
            nearest = min(nearest, now + line.retry_us)
        call.overflow_due_us = nearest
        return False

    def _send_away(self, call: Call, reason: LeaveReason, ways: tuple[Target, ...]) -> None:
        self.ways.leave_by(call, ways, reason)

    # -- staff ---------------------------------------------------------------------------------

    def restaffed(self, queue_id: str, stages_too: bool) -> None:
        """The staff of a queue has changed: stages, and whether anybody is left to wait for."""
        floor = self._floor
        queue = floor.queues.get(queue_id)
        if queue is None:
            return
        if stages_too:
            self.restage(queue)
            agents = sorted(floor.agents_of.get(queue_id, {}).items())
            floor.fresh_agents.extend(agent for _, agent in agents if agent.idle)
        rule = queue.policy.leave_staff
        missing = rule is not None and not self._has_staff(queue, rule)
        if missing and not queue.unstaffed_deadline:
            queue.unstaffed_due_us = floor.now_us + queue.policy.leave_grace_us
            queue.unstaffed_deadline = floor.arm(queue, queue.unstaffed_due_us)
        elif not missing and queue.unstaffed_deadline:
            floor.deadlines.cancel(queue.unstaffed_due_us, queue.unstaffed_deadline)
            queue.unstaffed_deadline = 0

    def unstaffed(self, queue: CallQueue) -> None:
        """Staff has been missing for the grace time: all who wait go their way, in order."""
        queue.unstaffed_deadline = 0
        for call_id in [waiting.call_id for waiting in queue.calls.values()]:
            call = self._floor.calls[call_id]
            if call.state == "waiting" and call.callback is None:
                self._send_away(call, "no_staff", queue.policy.when_staff_left)

    # -- requests ------------------------------------------------------------------------------

    def change_priority(self, event: PriorityChangeRequested) -> None:
        """Another priority, in effect at once for order, position and estimate."""
        floor = self._floor
        call = floor.calls.get(event.call_id)
        if call is None or call.state != "waiting":
            floor.answer(event, "no such waiting call")
            return
        floor.matcher.unwait(call)
        call.priority = event.priority
        call.queue.rerank(call)
        floor.matcher.place(call)
        floor.tell_call(
            call,
            PriorityChanged(floor.now_us, call.call_id, call.queue_id, event.priority, event.by),
        )
        floor.fresh_calls.append(call)
        floor.answer(event)


def _is_picky(rule: StaffRule) -> bool:
    """Whether a rule counts some working states and others not: the census cannot answer it."""
    states = rule.states
    return not (set(WORKING) <= set(states) or states == ("not_ready",))
