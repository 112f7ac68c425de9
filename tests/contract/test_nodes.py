"""Two stand-ins under one engine, as two FreeSWITCHes."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

_IN_LIVE = "asked of FreeSWITCH alone, for the time it takes"
LEFT_OUT = {
    "test_a_killed_switch_takes_only_what_went_through_it": _IN_LIVE,
    "test_a_killed_switch_takes_its_callers_and_their_legs_elsewhere": _IN_LIVE,
}

globals().update(asked_of_the_standin("tests.live.test_nodes", LEFT_OUT))
