"""Keys, prompts and recordings of callers with the stand-in, as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_inputs import (
    test_a_key_stops_prompts_and_others_are_typed_ahead,
    test_a_recording_goes_on_beside_prompts_and_keys_are_sent,
    test_a_sensitive_question_that_is_stopped,
    test_a_sound_that_is_not_there_is_told,
    test_a_star_does_not_end_the_music,
    test_keys_by_info_and_the_time_between_them,
    test_keys_typed_before_and_behind_sensitive_input_are_in_no_event,
    test_sensitive_keys_are_in_no_event_and_no_log,
    test_sensitive_keys_of_a_call_that_goes_on_in_the_middle_are_in_no_event,
    test_values_are_said_and_take_no_harm_where_there_are_no_sounds,
    test_variables_are_written_and_read,
    test_what_the_caller_says_is_recorded,
)
