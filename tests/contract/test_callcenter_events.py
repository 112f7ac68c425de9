"""Events of mod_callcenter's kind pass through the stand-in as through FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_callcenter_events"))
