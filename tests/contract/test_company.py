"""Calls with more than two, of the stand-in as of FreeSWITCH."""

from __future__ import annotations

from tests.live.test_company import (
    talk,
    test_a_caller_on_hold_waits_on_while_somebody_is_asked,
    test_a_conference_and_whoever_leaves_it,
    test_a_conversation_is_passed_on_to_one_agent_by_name,
    test_a_number_outside_is_asked_and_given_the_caller,
    test_a_supervisor_hears_on_through_a_consult_and_goes_with_the_conversation,
    test_a_supervisor_listens_whispers_barges_and_leaves,
    test_a_supervisor_takes_over,
    test_an_attended_transfer,
    test_an_engine_that_comes_back_finds_that_the_agent_has_left,
    test_an_engine_that_comes_back_goes_on_where_it_was,
    test_an_engine_that_comes_back_still_has_its_supervisor,
    test_an_engine_without_memory_leaves_the_caller_to_the_agent_who_had_the_call,
    test_consult_swap_and_return,
    test_nobody_answers_and_the_agent_is_with_the_caller_again,
    test_whoever_hangs_up_while_two_talk_alone,
)
