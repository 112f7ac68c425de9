"""The facts that operators find in the log."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from acdengine.conversation_facts import TransferRefused
from acdengine.facts import AnyFact, CallSteppedBack, OfferRedirection
from acdengine.runtime.fact_log import FactLog

S = 1_000_000


@pytest.mark.parametrize(
    ("fact", "line"),
    [
        (
            CallSteppedBack(5 * S, "c", "t/a", 3, 2, 7 * S),
            {"event": "offers of a call fail", "call": "c", "queue": "t/a", "failures": 3,
             "agents": 2, "again_in_s": 2.0},
        ),
        (
            TransferRefused(S, "c", "t/anna", "number 0301234", "the number is not allowed"),
            {"event": "transfer by telephone refused", "call": "c", "agent": "t/anna",
             "reason": "the number is not allowed"},
        ),
        (
            OfferRedirection(S, "c", "t/anna", "c-1", "0301234", "not followed"),
            {"event": "redirection by telephone refused", "call": "c", "agent": "t/anna",
             "reason": "not followed"},
        ),
    ],
)  # fmt: skip
def test_what_operators_see_has_no_number(fact: AnyFact, line: dict[str, object]) -> None:
    with capture_logs() as logged:
        FactLog().take(1, [fact])
    assert logged == [{"log_level": "warning", **line}]
    assert "0301234" not in str(logged)


def test_a_redirection_that_is_followed_is_not_told() -> None:
    with capture_logs() as logged:
        FactLog().take(1, [OfferRedirection(S, "c", "t/anna", "c-1", "0301234")])
    assert logged == []
