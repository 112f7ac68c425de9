"""Numbers outside and callbacks, through the gateways of the stand-in as of FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_outside"))
