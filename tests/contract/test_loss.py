"""The stand-in killed, shut down or cut off: what is lost, and what is not, as with FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

_IN_LIVE = "asked of FreeSWITCH alone, for the time it takes"
LEFT_OUT = {
    "test_a_switch_that_was_killed_and_stays_away_is_lost_soon": _IN_LIVE,
    "test_a_frozen_switch_is_noticed_and_loses_nothing": _IN_LIVE,
    "test_a_daemon_that_stood_still_takes_in_thousands_of_events": _IN_LIVE,
}

globals().update(asked_of_the_standin("tests.live.test_loss", LEFT_OUT))
