"""Messages left with the stand-in, as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_messages import (
    test_a_message_is_kept_however_it_ends,
    test_a_message_outlives_the_engine,
    test_who_hangs_up_before_the_tone_leaves_no_message,
)
