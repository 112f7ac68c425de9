"""Calls and telephones of the stand-in do what those of the live tests do."""

from __future__ import annotations

from tests.live.test_harness import (
    test_a_caller_is_parked_bridged_to_an_agent_and_both_legs_end,
    test_a_caller_without_patience_cancels,
    test_a_killed_switch_starts_again_on_the_same_ports,
    test_a_registered_telephone_rings_answers_and_hangs_up,
    test_a_ringing_telephone_is_put_down,
    test_a_telephone_that_refuses,
    test_a_telephone_told_to_answer_does_so_at_once,
    test_a_wrong_password_is_refused,
    test_digits_reach_the_switch,
    test_the_hold_key_of_a_telephone,
    test_the_sound_of_a_caller_is_recorded,
)
