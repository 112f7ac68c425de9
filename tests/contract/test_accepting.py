"""Keys that accept calls at telephones of the stand-in, as at those of FreeSWITCH."""

from __future__ import annotations

from tests.live.test_accepting import (
    test_a_consulted_agents_voicemail_is_no_answer_and_the_key_is,
    test_a_key_that_is_pressed_after_a_restart_of_the_engine_joins_the_agent,
    test_a_voicemail_that_answers_is_a_miss_and_the_caller_hears_the_music,
    test_an_agent_reached_by_a_direct_transfer_is_asked_for_their_key,
    test_the_key_joins_the_agent_who_pressed_it,
)
