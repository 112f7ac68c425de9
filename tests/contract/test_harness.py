"""Calls and telephones of the stand-in do what those of the live tests do."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_harness"))
