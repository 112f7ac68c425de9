"""How telephones of the stand-in ring, as those of FreeSWITCH do."""

from __future__ import annotations

from tests.live.test_ringing import (
    test_a_caller_who_hangs_up_during_a_whisper_frees_the_agent,
    test_a_number_of_the_switch_itself_is_an_agents_telephone,
    test_a_redirection_in_circles_or_to_a_forbidden_number_has_failed,
    test_a_redirection_to_an_allowed_number_rings_there,
    test_a_telephone_answers_by_itself_at_once_when_it_is_told_to,
    test_a_telephone_behind_a_gateway_rings,
    test_a_telephone_is_told_by_a_header_to_answer_by_itself,
    test_a_telephone_that_fails_for_one_call_after_another_is_missed,
    test_a_telephone_that_redirects_is_called_once_and_the_next_one_rings,
    test_an_answer_that_comes_as_the_offer_is_taken_back_costs_no_caller,
    test_the_agent_hears_a_whisper_while_the_caller_hears_the_music,
    test_the_screen_is_told_who_calls_for_what,
    test_those_who_did_not_answer_are_told_that_somebody_else_has,
    test_two_who_answer_at_once_share_neither_the_caller_nor_a_silence,
)
