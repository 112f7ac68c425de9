"""A centre's clock that is not the system's: the warning at a start, and what setting it does."""

from __future__ import annotations

import structlog
from msgspec import Struct

from acdengine.engine.state import EngineState
from acdengine.runtime.clock import SLEW_LIMIT, STEP_US, UtcClock

_log = structlog.get_logger("acdengine.runtime")


def warn_where_behind(clock: UtcClock) -> None:
    """Log at the start that the system's clock is behind the journal, and for how long that
    lasts."""
    behind_s = -clock.offset_us / 1e6
    if clock.offset_us > -STEP_US:
        return
    _log.warning(
        "the system's clock is behind the journal: the centre's time goes on from the journal's",
        behind_s=round(behind_s, 3),
        made_good_in_h=round(behind_s / SLEW_LIMIT / 3600, 1),
        see="acdengine clock",
    )


class Due(Struct, frozen=True):
    """How many deadlines of each kind are due by a time."""

    #: Callers who have waited as long as their queue allows.
    sent_away: int
    #: Callers whose overflow is tried.
    overflowing: int
    #: Callbacks that are tried again, given up, or whose try is over.
    callbacks: int
    #: Telephones of agents that have rung as long as they may.
    rings_over: int
    #: Agents whose wrap-up ends.
    wrap_ups_over: int
    #: Agents who are ready again after a delay.
    delays_over: int


def due_by(state: EngineState, at_us: int) -> Due:
    """Count the deadlines that would fire at once if the clock were set to this time; nothing is
    changed."""
    callers = [call for call in state.calls.values() if call.state == "waiting"]
    waiting = [call for call in callers if call.callback is None]
    backs = [call for call in state.calls.values() if call.callback is not None]
    agents = [agent for agent in state.agents.values() if agent.deadline]
    over = [agent.state for agent in agents if agent.until_us <= at_us]
    return Due(
        sent_away=sum(call.leave_due_us <= at_us for call in waiting),
        overflowing=sum(call.overflow_due_us <= at_us for call in waiting),
        callbacks=sum(bool(call.deadline) and call.due_us <= at_us for call in backs),
        rings_over=sum(
            offer.state == "ringing" and offer.due_us <= at_us for offer in state.offers.values()
        ),
        wrap_ups_over=over.count("wrap_up"),
        delays_over=over.count("not_ready"),
    )
