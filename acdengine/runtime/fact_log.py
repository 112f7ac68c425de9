"""Writes facts to the log that the operators of the centre should see, as warnings."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from acdengine.facts import AnyFact, CallSteppedBack

_log = structlog.get_logger("acdengine.calls")
_US_PER_S = 1_000_000


class FactLog:
    """A `FactSink` that writes down calls which cannot be offered to any agent."""

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Log calls that have stepped back; each does so at most once a second, and less and less
        often."""
        for fact in facts:
            if type(fact) is CallSteppedBack:
                _log.warning(
                    "offers of a call fail", call=fact.call_id, queue=fact.queue_id,
                    failures=fact.failures, agents=fact.agents,
                    again_in_s=(fact.until_us - fact.at_us) / _US_PER_S,
                )  # fmt: skip
