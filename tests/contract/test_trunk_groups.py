"""Trunk groups of the daemon, with calls of the stand-in as with FreeSWITCH's."""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

globals().update(asked_of_the_standin("test_trunk_groups"))
