"""What a dialplan of the stand-in writes on a leg reaches the engine, as of FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_hints"))
