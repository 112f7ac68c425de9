"""Writes facts to the log that the operators of the centre should see, as warnings."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from acdengine.conversation_facts import TransferRefused
from acdengine.facts import AnyFact, CallSteppedBack, OfferRedirection

_log = structlog.get_logger("acdengine.calls")
_US_PER_S = 1_000_000


class FactLog:
    """A `FactSink` that writes down calls which cannot be offered to any agent, and what telephones
    wanted that the settings do not allow.

    None of these lines can flood the log: a call steps back at most once a second, and less and
    less often; a refused transfer ends the agent's conversation, a refused redirection the offer.
    """

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Write the facts of one event. Numbers are left out: the facts have them, masked."""
        for fact in facts:
            if type(fact) is CallSteppedBack:
                _log.warning(
                    "offers of a call fail", call=fact.call_id, queue=fact.queue_id,
                    failures=fact.failures, agents=fact.agents,
                    again_in_s=(fact.until_us - fact.at_us) / _US_PER_S,
                )  # fmt: skip
            elif type(fact) is TransferRefused:
                _log.warning(
                    "transfer by telephone refused", call=fact.call_id, agent=fact.agent_id,
                    reason=fact.reason,
                )  # fmt: skip
            elif type(fact) is OfferRedirection and fact.refused:
                _log.warning(
                    "redirection by telephone refused", call=fact.call_id, agent=fact.agent_id,
                    reason=fact.refused,
                )  # fmt: skip
