"""Numbers of the stand-in that its `socket` leads to the engine, as those of FreeSWITCH."""

from __future__ import annotations

from tests.live.test_socket_calls import (
    test_a_call_by_socket_waits_and_talks_like_every_other,
    test_what_its_connection_leaves_behind_ends_no_call,
    test_without_an_engine_the_dialplan_goes_on,
)
