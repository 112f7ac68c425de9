"""A queue: its waiting calls in order, its staff, and what is measured of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import Struct
from mypy_extensions import mypyc_attr

from queues.deadlines import NEVER_US
from queues.estimate import WaitEstimate
from queues.line import Line
from queues.order import Rank, band_of, boost_us, rank_of, weight_of
from queues.policy import WORKING, QueuePolicy, StaffRule
from queues.service_level import ServiceLevel

#: An agent of k queues counts FULL_SHARE // k in each: whole numbers, so that sums never drift.
FULL_SHARE: Final = 2520
#: Callers who hung up and whose place is kept, at least (and at most twice as many).
_RESUMABLE_LIMIT: Final = 10_000


class Place(Struct, frozen=True, gc=False):
    """The place of a caller who hung up."""

    queued_at_us: int
    waited_us: int
    left_at_us: int


@mypyc_attr(acyclic=True)
@dataclass(init=False, eq=False, repr=False, slots=True, kw_only=True)
class WaitingCall:
    """A call with its place in line and its deadlines, as a queue needs it. Only the engine writes
    to it."""

    call_id: str
    tenant_id: str
    #: Order of arrival at the engine, the last tie-break.
    serial: int
    priority: int = 0
    #: Waiting time credited by customer and rules, on top of what the queue gives the priority.
    boost_us: int = 0

    #: The queue it waits in, "" when in none.
    queue_id: str = ""
    #: First queued, kept over re-queueing, missed offers and transfers; 0: never.
    queued_at_us: int = 0
    #: Waits that are over (before a conversation and a transfer back).
    waited_us: int = 0
    #: Since when it waits without a break, in any queue; what it hears or tries on its way
    #: from one queue to another is no break. 0: it has not waited since it last had an agent.
    wait_since_us: int = 0
    #: Since when it is in the present queue.
    joined_us: int = 0

    rank: Rank = 0
    weight: float = 1.0

    #: What is due next; `NEVER_US`: nothing of the kind.
    leave_due_us: int = NEVER_US
    stage_due_us: int = NEVER_US
    overflow_due_us: int = NEVER_US
    announce_due_us: int = NEVER_US
    ring_more_due_us: int = NEVER_US
    #: The call has stepped back until then: no agent's phone rings for it.
    retry_due_us: int = NEVER_US
    #: The earliest of them, and the serial of its deadline (0: none is armed).
    due_us: int = NEVER_US
    deadline: int = 0

    #: The queue it waits in; rebuilt on restore.
    queue: CallQueue | None = None

    def __init__(self, call_id: str, tenant_id: str, serial: int) -> None:
        self.call_id = call_id
        self.tenant_id = tenant_id
        self.serial = serial
        self.priority = 0
        self.boost_us = 0
        self.queue_id = ""
        self.queued_at_us = 0
        self.waited_us = 0
        self.wait_since_us = 0
        self.joined_us = 0
        self.rank = 0
        self.weight = 1.0
        self.leave_due_us = NEVER_US
        self.stage_due_us = NEVER_US
        self.overflow_due_us = NEVER_US
        self.announce_due_us = NEVER_US
        self.ring_more_due_us = NEVER_US
        self.retry_due_us = NEVER_US
        self.due_us = NEVER_US
        self.deadline = 0
        self.queue = None

    def wait_us(self, now_us: int) -> int:
        """How long the caller has waited in all."""
        return self.waited_us + (now_us - self.wait_since_us if self.queue_id else 0)


def queue_of(call: WaitingCall) -> CallQueue:
    """The queue of a call that waits in one."""
    assert call.queue is not None
    return call.queue


class CallQueue:
    """Waiting calls in order, and the policy they wait under. Only the engine writes to it."""

    policy: QueuePolicy
    #: Numbers of waiting callbacks as they are dialled, to the call of each.
    rung_back: dict[str, str]
    #: Of the policy, what is looked at with every call: `QueuePolicy.max_conversations`, ...
    cap: int | None
    ring_timeout_us: int
    resume_us: int
    #: Music on hold, and whether anything else is told to those who wait.
    music: str
    tells: bool
    #: Some conversations are recorded because the policy asks for it, not only on request.
    records: bool

    def __init__(self, policy: QueuePolicy) -> None:
        self.queue_id = policy.queue_id
        #: Calls that are waiting callbacks (a place without a telephone), to the number of each.
        self._promised: dict[str, str] = {}
        self.set_policy(policy)
        self.line = Line()
        #: Waiting calls by id, in the order they joined.
        self.calls: dict[str, WaitingCall] = {}
        #: Of these, customers being rung while no agent waits on the line.
        self.dialling = 0
        #: Offers ringing plus conversations, against the cap.
        self.conversations = 0
        self.ringing = 0
        #: Agents serving the queue who work (ready, ringing, talking, wrap-up) or rest (not ready).
        self.working = 0
        self.resting = 0
        #: The working ones by their share in this queue, in units of `FULL_SHARE`.
        self.shares = 0
        #: Takes no new calls, as it was asked, or as the settings have it no longer; those waiting
        #: are served.
        self.drained = False
        self.removed = False
        #: The deadline after which callers are sent away because no staff is left; 0: none.
        self.unstaffed_deadline = 0
        self.unstaffed_due_us = 0
        self.service_level = ServiceLevel(policy.service_level)
        self.estimate = WaitEstimate(policy.estimate)
        self._resumable: dict[str, Place] = {}

    def set_policy(self, policy: QueuePolicy) -> None:
        """Use this policy from now on; calls that wait must be ranked again."""
        self.policy = policy
        self.rung_back = {
            _dialled(number, policy): call_id for call_id, number in self._promised.items()
        }
        self.cap = policy.max_conversations
        self.ring_timeout_us = policy.ring_timeout_us
        self.resume_us = policy.resume_us
        told = policy.announcements
        self.music = told.music
        self.tells = bool(told.position or told.estimate or told.comfort)
        self.records = policy.recording.mode in ("always", "share")
        order = policy.order
        #: Priority 0 changes nothing.
        self._plain_order = not order.boosts_us and not order.weights

    # -- order ---------------------------------------------------------------------------------

    def join(self, call: WaitingCall, now_us: int) -> None:
        """Put a call in line; its place counts all the waiting it has done so far."""
        call.queue_id = self.queue_id
        call.queue = self
        call.joined_us = now_us
        self.rank(call)
        self.calls[call.call_id] = call
        self.line.add(call.weight, call.rank)

    def rank(self, call: WaitingCall) -> None:
        """Work out a call's rank: when it would have come, had its credits been waiting."""
        priority = call.priority
        credit = call.waited_us + call.boost_us
        if not priority and self._plain_order:
            call.weight = 1.0
            call.rank = rank_of(0, call.wait_since_us - credit, call.serial)
            return
        order = self.policy.order
        credit += boost_us(order, priority)
        call.weight = weight_of(order, priority)
        call.rank = rank_of(band_of(order, priority), call.wait_since_us - credit, call.serial)

    def rerank(self, call: WaitingCall) -> None:
        """Work out a waiting call's rank again, after its priority has changed."""
        self.line.remove(call.weight, call.rank)
        self.rank(call)
        self.line.add(call.weight, call.rank)

    def leave(self, call: WaitingCall) -> None:
        """Take a call out of line."""
        self.line.remove(call.weight, call.rank)
        del self.calls[call.call_id]
        call.queue_id = ""
        call.queue = None

    def position(self, call: WaitingCall, now_us: int) -> int:
        """1 for the call that is served next."""
        return self.line.ahead(call.weight, call.rank, now_us) + 1

    # -- limits --------------------------------------------------------------------------------

    @property
    def draining(self) -> bool:
        """Takes no new calls, for either reason."""
        return self.drained or self.removed

    def is_full(self) -> bool:
        """No further call may join."""
        limit = self.policy.max_length
        return limit is not None and len(self.calls) >= limit

    def is_capped(self) -> bool:
        """As many conversations as allowed, counting those about to begin."""
        return self.cap is not None and self.conversations + self.ringing >= self.cap

    def has_staff(self, rule: StaffRule, count: int | None = None) -> bool:
        """Whether enough agents are in the states that the rule counts.

        ``count`` is needed where the rule picks single working states; the census knows only
        working and resting.
        """
        if count is None:
            count = self.working if set(WORKING) <= set(rule.states) else 0
            if "not_ready" in rule.states:
                count += self.resting
        return count >= rule.at_least

    # -- callbacks -----------------------------------------------------------------------------

    @property
    def callbacks(self) -> int:
        """How many of the waiting calls are callbacks."""
        return len(self._promised)

    def callback_to(self, number: str) -> str:
        """The call by which a number is to be rung back; empty when there is none."""
        return self.rung_back.get(_dialled(number, self.policy), "") if number else ""

    def callback_placed(self, number: str, call_id: str) -> None:
        """Enter the number of a callback."""
        self.rung_back[_dialled(number, self.policy)] = call_id
        self._promised[call_id] = number

    def callback_over(self, number: str, call_id: str) -> None:
        """Remove a callback's number, unless the number belongs to another callback by now."""
        if self.callback_to(number) == call_id:
            del self.rung_back[_dialled(number, self.policy)]
        self._promised.pop(call_id, None)

    # -- estimates -----------------------------------------------------------------------------

    def estimate_us(self, ahead: int, now_us: int) -> int | None:
        """The wait of a call with so many before it, by `queues.estimate`."""
        answered, abandoned = self.service_level.counts(now_us)
        ended = answered + abandoned
        share = abandoned / ended if ended else 0.0
        return self.estimate.wait_us(ahead, self.shares / FULL_SHARE, share)

    def newcomer_estimate_us(self, now_us: int) -> int | None:
        """The wait of a call that would join at the end now."""
        return self.estimate_us(len(self.calls), now_us)

    # -- callers who ring again ----------------------------------------------------------------

    def remember(self, caller: str, place: Place) -> None:
        """Keep the place of a caller who hung up; the oldest goes when there are too many."""
        self._resumable.pop(caller, None)
        if len(self._resumable) >= _RESUMABLE_LIMIT:
            del self._resumable[next(iter(self._resumable))]
        self._resumable[caller] = place

    def resume(self, caller: str, now_us: int) -> Place | None:
        """The place kept for a caller, once, if they are back in time."""
        place = self._resumable.pop(caller, None)
        if place is None or now_us - place.left_at_us > self.resume_us:
            return None
        return place

    def dump_places(self) -> dict[str, Place]:
        """The places kept, for a snapshot."""
        return dict(self._resumable)

    def load_places(self, places: dict[str, Place]) -> None:
        """Continue with the places of a snapshot."""
        self._resumable = dict(places)


def _dialled(number: str, policy: QueuePolicy) -> str:
    """A number in one form, however it was written: international, without + or 00."""
    for prefix in ("+", "00"):
        if number.startswith(prefix):
            return number.removeprefix(prefix)
    country, prefix = policy.country_code, policy.national_prefix
    if country and number.startswith(prefix):
        return country + number.removeprefix(prefix)
    return number
