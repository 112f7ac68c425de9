"""Numbers outside and callbacks, through the gateways of the stand-in as of FreeSWITCH."""

from __future__ import annotations

from tests.live.test_outside import (
    test_a_caller_is_rung_back_on_the_leg_s_own_name,
    test_a_caller_talks_with_a_number_outside_that_hangs_up,
    test_a_caller_who_hangs_up_takes_the_number_down,
    test_a_caller_whose_number_is_not_reached_waits_on_and_is_served,
    test_a_conversation_outside_outlives_the_engine,
    test_a_customer_is_rung_back_and_talks_with_the_agent,
    test_a_customer_who_does_not_answer_is_tried_again,
    test_a_number_that_does_not_answer_is_given_up,
    test_a_number_that_refuses_is_not_tried_elsewhere,
    test_an_agent_passes_a_caller_on_to_a_number,
    test_no_more_legs_than_the_trunk_group_has_channels,
    test_one_whom_an_agent_passes_on_to_a_busy_number_is_back_in_the_queue,
    test_the_next_gateway_is_tried_where_the_trunk_failed,
)
