"""Causes: what FreeSWITCH says, word by word, as the engine and the far end hear it."""

from __future__ import annotations

import pytest

from acdengine.engine.offers import OUTCOME
from adapters.freeswitch.protocol.hangup_causes import (
    ENDS,
    ORDERED,
    OUTSIDE,
    cause_of_job,
    end_of_caller,
    end_of_offer,
    end_of_outside,
    ordered_cause,
)


@pytest.mark.parametrize(
    ("printed", "cause"),
    [
        ("-ERR USER_BUSY\n", "USER_BUSY"),
        ("-ERR", ""),
        ("", ""),
        ("+OK USER_BUSY", ""),
        ("-USAGE: <call url>", ""),
    ],
)
def test_the_cause_of_a_failed_originate(printed: str, cause: str) -> None:
    assert cause_of_job(printed) == cause


@pytest.mark.parametrize(
    ("hangup_cause", "said"),
    [("", "normal"), ("NORMAL_CLEARING", "normal"), ("ORIGINATOR_CANCEL", "originator_cancel")],
)
def test_the_end_of_a_callers_leg(hangup_cause: str, said: str) -> None:
    assert end_of_caller(hangup_cause) == said


def test_what_is_not_in_the_tables_has_failed() -> None:
    assert end_of_offer("SOMETHING_NEW").cause == "failed"
    assert end_of_outside("SOMETHING_NEW") == ("trunk_failed", "trunk")
    assert ordered_cause("something new") == "NORMAL_CLEARING"


def test_a_callees_own_answer_is_not_the_trunks_fault() -> None:
    own = {"NO_ANSWER", "ALLOTTED_TIMEOUT", "NO_USER_RESPONSE", "USER_BUSY", "CALL_REJECTED",
           "ORIGINATOR_CANCEL", "UNALLOCATED_NUMBER", "NUMBER_CHANGED", "INVALID_NUMBER_FORMAT",
           "SUBSCRIBER_ABSENT", "USER_NOT_REGISTERED", "NORMAL_CLEARING"}  # fmt: skip
    assert {cause for cause, end in OUTSIDE.items() if end.fault == "callee"} == own


def test_what_an_agent_did_is_told_apart_from_what_a_telephone_did() -> None:
    agents = {cause: end.cause for cause, end in ENDS.items() if end.fault == "agent"}
    assert agents == {
        "NO_ANSWER": "no_answer", "ALLOTTED_TIMEOUT": "no_answer", "NO_USER_RESPONSE": "no_answer",
        "USER_BUSY": "busy", "CALL_REJECTED": "rejected", "ORIGINATOR_CANCEL": "rejected",
    }  # fmt: skip
    assert {end.cause for end in ENDS.values()} <= set(OUTCOME), "the engine knows all of them"
    assert ORDERED["congestion"] == ORDERED["tenant_limit"] == "SWITCH_CONGESTION"
