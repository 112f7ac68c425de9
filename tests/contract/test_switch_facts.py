"""What the adapter relies on, asked of the stand-in as of FreeSWITCH."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_switch_facts"))
