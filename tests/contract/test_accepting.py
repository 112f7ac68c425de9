"""Keys that accept calls at telephones of the stand-in, as at those of FreeSWITCH."""

from __future__ import annotations

from tests.live.test_accepting import (
    test_a_voicemail_that_answers_is_a_miss_and_the_caller_hears_the_music,
    test_the_key_joins_the_agent_who_pressed_it,
)
