"""The stand-in killed, shut down or cut off: what is lost, and what is not, as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_loss import (
    switch,
    test_a_connection_that_swallows_everything_is_noticed_and_made_anew,
    test_a_frozen_switch_is_noticed_and_loses_nothing,
    test_a_switch_that_is_shut_down_loses_its_calls_and_nobody_has_abandoned,
    test_a_switch_that_was_killed_and_is_back_at_once_has_lost_its_calls,
    test_a_switch_that_was_killed_and_stays_away_is_lost_soon,
)
