"""Channels of trunk groups, as far as this adapter counts them."""

from __future__ import annotations

from typing import Protocol

from acdengine.trunks import Busy


class Lines(Protocol):
    """Counts the channels of trunk groups, on all switches together."""

    def arrive(self, node_id: str, leg_id: str, trunk_id: str) -> Busy | None:
        """Take a channel for a leg; what is missing, if anything is. A group that the settings do
        not have has no limit."""

    def end(self, node_id: str, leg_id: str) -> None:
        """The leg is down."""


class UnlimitedLines:
    """Counts nothing."""

    def arrive(self, node_id: str, leg_id: str, trunk_id: str) -> Busy | None:
        """There is always one."""
        return None

    def end(self, node_id: str, leg_id: str) -> None:
        """Nothing was taken."""
