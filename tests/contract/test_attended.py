"""Callers whom a telephone or another program joins with another leg: as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_attended import (
    gateway,
    registered,
    test_a_caller_left_to_a_queue_whose_number_was_dialled_waits_there,
    test_a_caller_left_to_a_telephone_that_rings,
    test_a_caller_sent_on_blind_while_no_engine_listened_goes_there,
    test_a_caller_whom_another_program_transfers_is_found,
    test_a_colleague_who_was_asked_takes_the_caller_over,
    test_a_colleague_whom_another_program_joins_with_a_caller_takes_the_call_over,
    test_a_number_outside_that_was_asked_has_the_caller_if_it_may_be_dialled,
    test_a_telephone_joins_its_caller_with_no_other_call,
    test_a_transfer_made_while_no_engine_listened_is_found,
    test_a_transfer_of_a_consultation_that_began_before_a_restart,
    test_a_waiting_caller_whom_a_telephone_picks_up_by_the_dialplan_is_its_agents,
    test_a_waiting_caller_whom_another_program_transfers_goes_there,
    test_an_agent_of_a_queue_who_was_asked_takes_the_caller_over,
    test_an_agents_leg_that_another_program_ends_ends_the_conversation,
    trunked,
)
