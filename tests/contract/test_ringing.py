"""How telephones of the stand-in ring, as those of FreeSWITCH do."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_ringing"))
