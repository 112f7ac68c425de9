"""Callers of the stand-in whose names are commands: names they stay, as with FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_injection"))
