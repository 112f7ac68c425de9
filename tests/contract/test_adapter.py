"""The engine and the adapter with the stand-in, as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_adapter import (
    test_a_caller_waits_with_music_and_talks_with_an_agent,
    test_a_caller_who_hangs_up_stops_the_telephone,
    test_a_callers_name_reaches_the_telephone_as_a_name,
    test_a_conversation_goes_on_when_the_engine_begins_anew,
    test_a_conversation_is_passed_on_to_another_agent,
    test_a_greeting_is_cut_off_by_the_agents_answer,
    test_a_key_leads_out_of_the_queue_and_into_another,
    test_a_lost_connection_costs_no_caller,
    test_a_number_that_nobody_has_is_refused,
    test_a_registered_telephone_rings_by_its_users_name,
    test_a_switch_that_was_killed_has_lost_its_calls_and_takes_new_ones,
    test_a_telephone_that_is_not_registered_is_unreachable,
    test_after_the_greeting_the_music_goes_on,
    test_an_agent_who_does_not_answer_is_left_alone,
    test_callers_keep_their_places_when_the_engine_begins_anew,
    test_the_caller_hears_music_also_on_a_hold_at_the_very_beginning,
    test_the_caller_hears_music_on_hold_and_the_agent_again,
    test_the_next_agent_rings_when_one_refuses,
    test_thirty_callers_are_all_served_by_six_agents,
    test_two_callers_reach_one_agent_in_their_order,
)
