"""Events of mod_callcenter's kind pass through the stand-in as through FreeSWITCH."""

from __future__ import annotations

from tests.live.test_callcenter_events import (
    test_another_client_of_the_switch_hears_a_whole_call,
)
