"""Operators' questions to the stand-in are answered as FreeSWITCH answers them."""

from __future__ import annotations

from tests.live.test_administration import (
    paused,
    test_a_disk_is_described_by_df,
    test_a_paused_switch_turns_callers_away_and_dials_nobody,
    test_a_question_is_answered_in_these_words,
    test_a_stream_of_music_is_described_by_these_fields,
    test_configuration_and_profiles_are_xml_with_these_names,
)
