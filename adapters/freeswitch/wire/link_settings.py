"""Limits of one link to a switch: buffered data, pending commands, time without a reply."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.freeswitch.protocol.frame_codec import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """What one link may hold, and how soon its silence is noticed."""

    limits: Limits = DEFAULT_LIMITS
    max_pending: int = 10_000
    """Commands without a reply, jobs and applications under way: each at most so many."""
    max_unsent_bytes: int = 4 * 1024 * 1024
    """Bytes that the switch has not taken yet; with more, no command is accepted."""
    quiet_s: float = 2.0
    """After so long a silence the switch is asked whether it is there."""
    answer_s: float = 2.0
    """It must answer that within this, or the link is dead."""
    unwaited_jobs: bool = False
    """Jobs are begun by mod_commands, which the switch must have, and hold up nothing."""
    blocking_limit_s: float = 30.0
    """An `api` command keeps the switch from answering anything else. So long it may."""
    gather_s: float = 0.0
    """Replies to patient commands come together with the next event, or twice so long after the
    last that came (`gathering`); 0: each comes by itself."""
