"""Callers of the stand-in whose names and numbers are commands: they stay what they are."""

from __future__ import annotations

from tests.live.test_injection import (
    test_names_that_are_commands_are_names,
    test_numbers_that_are_commands_ring_and_are_recorded_as_others,
)
