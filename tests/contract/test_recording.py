"""Conversations recorded by the stand-in, as by FreeSWITCH."""

from __future__ import annotations

from tests.live.test_recording import (
    test_a_conversation_is_recorded_from_the_bridge_to_the_end,
    test_a_recording_outlives_the_engine_and_is_not_begun_twice,
    test_music_on_hold_is_recorded_or_not,
    test_somebody_asks_for_a_recording_and_ends_it,
    test_what_is_said_while_it_is_paused_is_silence,
    test_without_space_calls_go_on_and_are_not_recorded,
)
