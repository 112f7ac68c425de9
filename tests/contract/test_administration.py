"""Operators' questions to the stand-in are answered as FreeSWITCH answers them."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_administration"))
