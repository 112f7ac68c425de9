"""Hold and transfer keys, private calls, several telephones of one user: as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_telephones import (
    daemon,
    several,
    test_a_caller_sends_nobody_anywhere,
    test_a_caller_who_says_to_be_an_agents_telephone_makes_nobody_busy,
    test_a_caller_whom_the_telephone_sends_on_talks_with_the_next_agent,
    test_a_caller_whom_the_telephone_sends_where_none_may_go_waits_for_another_agent,
    test_a_colleague_picks_up_a_call_that_rings_at_another_agent,
    test_a_hold_key_pressed_while_no_engine_listened_is_found,
    test_a_pickup_code_in_vain_is_refused_and_the_call_rings_on,
    test_a_private_call_from_before_the_daemon_is_found,
    test_a_private_call_that_begins_while_an_offer_rings_is_no_miss,
    test_a_private_call_to_the_telephone_is_one_while_it_rings_too,
    test_a_telephone_that_dials_the_pickup_code_has_the_call,
    test_an_agent_whose_telephone_dials_is_not_rung_until_that_call_has_ended,
    test_the_telephones_own_hold_key_is_a_hold_with_the_queues_music,
)
