"""`acdengine run --config` as a process of its own, driving the stand-in."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_daemon"))
