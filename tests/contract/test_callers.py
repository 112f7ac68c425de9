"""Who calls, at the stand-in as at FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_callers"))
