"""Commands that the switch must confirm: sent again until it does, up to a limit.

The part that has sent the command arms the next deadline itself; here is only how long, how often,
and what is counted.
"""

from __future__ import annotations

from typing import Final

from acdengine.engine.records import Call, Line, Offer, Party
from acdengine.engine.state import EngineState
from queues.policy import SECOND_US

#: An unconfirmed command is sent again after this time.
REPEAT_US: Final = 5 * SECOND_US
#: After so many repetitions it is taken as carried out.
REPEAT_LIMIT: Final = 24


def repeats(state: EngineState, leg: Call | Offer | Party | Line) -> bool:
    """Count a command that was not confirmed in time; False once the limit is exceeded."""
    leg.repeats += 1
    state.count("repeated_orders")
    if leg.repeats <= REPEAT_LIMIT:
        return True
    state.count("unconfirmed_orders")
    return False
