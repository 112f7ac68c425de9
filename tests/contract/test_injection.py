"""Callers of the stand-in whose names are commands: names they stay, as with FreeSWITCH."""

from __future__ import annotations

from tests.live.test_injection import (
    test_names_that_are_commands_are_names,
)
