"""Callers of the stand-in who wait unanswered, as with FreeSWITCH: 183, then 200."""

from __future__ import annotations

from tests.live.test_early_media import (
    test_a_caller_is_answered_with_the_agent,
    test_who_waits_unanswered_keeps_the_place_through_a_restart,
)
