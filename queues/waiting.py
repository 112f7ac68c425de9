"""A waiting call: all that a queue and the matcher need to know of a call."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from msgspec import Struct

from queues.deadlines import NEVER_US
from queues.order import Rank

#: Skill to minimum proficiency, sorted by skill: part of a requirement class's identity.
SkillMinimums: TypeAlias = tuple[tuple[str, int], ...]
#: Agent id and score, best first.
Preferred: TypeAlias = tuple[tuple[str, int], ...]

NO_PREFERENCE: Final = -1


class WaitingCall(Struct, gc=False, kw_only=True, eq=False):
    """A call's place in line. Only the engine writes to it."""

    call_id: str
    tenant_id: str
    #: Order of arrival at the engine, the last tie-break.
    serial: int
    priority: int = 0
    #: Waiting time credited by customer and rules, on top of what the queue gives the priority.
    boost_us: int = 0
    skills: SkillMinimums = ()
    preferred: Preferred = ()

    #: The queue it waits in, "" when in none.
    queue_id: str = ""
    #: First queued, kept over re-queueing, missed offers and transfers; 0: never.
    queued_at_us: int = 0
    #: Waits that are over (before a conversation and a transfer back).
    waited_us: int = 0
    #: Since when it waits without a break, whatever the queue; what it hears or tries on its way
    #: from one queue to another is no break. 0: it has not waited since it last had an agent.
    wait_since_us: int = 0
    #: Since when it is in the present queue.
    joined_us: int = 0

    rank: Rank = 0
    weight: float = 1.0
    #: The preferred-agent rule in force; `NO_PREFERENCE`: none, or no longer.
    preferred_rule: int = NO_PREFERENCE
    #: When each rule that has begun ends, in order; 0: the rule does not concern the call.
    preferred_until_us: tuple[int, ...] = ()
    #: The stage of the queue's requirement in force, counted from ``stages_from_us`` (0: the call
    #: has waited for preferred agents alone so far).
    stage: int = 0
    stages_from_us: int = 0

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

    #: Runtime only, rebuilt on restore: the queue and the matcher's requirement class, and whether
    #: the call lies there for agents to take.
    queue: Any = None
    group: Any = None
    in_heap: bool = False
    #: The seat asked last, for the strategy `top_down`; snapshots keep it.
    last_seat: tuple[int, int, str] | None = None

    def wait_us(self, now_us: int) -> int:
        """How long the caller has waited in all."""
        return self.waited_us + (now_us - self.wait_since_us if self.queue_id else 0)
