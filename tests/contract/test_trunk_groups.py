"""Trunk groups of the daemon, with calls of the stand-in as with FreeSWITCH's."""

from __future__ import annotations

import pytest

from tests.live.test_trunk_groups import (
    test_a_misnamed_group_is_told_of_and_the_profiles_limits_hold,
    test_the_call_too_many_hears_busy_after_a_restart_too,
    test_the_tenth_call_of_a_profile_with_nine_channels_is_the_one,
    test_too_many_calls_a_second_from_a_network_are_told_of_congestion,
)

pytestmark = pytest.mark.slow
