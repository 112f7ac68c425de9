"""Numbers of the stand-in that its `socket` leads to the engine, as those of FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_socket_calls"))
