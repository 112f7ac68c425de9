"""Clients that others wrote find in the stand-in the FreeSWITCH that they know."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_foreign_clients"))
