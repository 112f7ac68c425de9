"""Conversations recorded by the stand-in, as by FreeSWITCH.

The others cost too much time here: they are asked of FreeSWITCH alone.
"""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

CHOSEN = (
    "test_a_conversation_is_recorded_from_the_bridge_to_the_end",
    "test_a_recording_outlives_the_engine_and_is_not_begun_twice",
    "test_without_space_calls_go_on_and_are_not_recorded",
)
_asked = asked_of_the_standin("tests.live.test_recording")
globals().update({name: _asked[name] for name in CHOSEN})
