"""Messages left with the stand-in, as with FreeSWITCH: on disk, and of a known length."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("tests.live.test_messages"))
