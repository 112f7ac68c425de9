"""The stand-in killed, shut down or cut off: what is lost, and what is not, as with FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_loss"))
