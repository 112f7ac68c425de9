"""Nailed-up agents on the stand-in, as on FreeSWITCH."""

from __future__ import annotations

from tests.live.test_nailed_up import (
    test_a_caller_who_is_passed_on_leaves_the_line_and_hears_music,
    test_a_switch_that_was_killed_has_its_lines_dialled_when_it_is_back,
    test_agents_on_lines_consult_each_other_and_the_lines_stay,
    test_an_engine_that_begins_anew_takes_in_lines_and_what_is_on_them,
    test_calls_that_wait_come_one_after_the_other,
    test_one_line_serves_call_after_call,
    test_who_hangs_up_the_line_is_not_ready_until_it_is_dialled_again,
)
