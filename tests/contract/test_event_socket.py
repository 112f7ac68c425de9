"""The event socket of the stand-in: values arrive, events are whole, losses are noticed."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_event_socket"))
