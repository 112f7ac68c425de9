"""Callers of the stand-in who wait unanswered, as with FreeSWITCH: 183, then 200."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_early_media"))
