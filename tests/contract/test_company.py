"""Calls with more than two, of the stand-in as of FreeSWITCH.

The others cost too much time here: they are asked of FreeSWITCH alone.
"""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

CHOSEN = (
    "test_consult_swap_and_return",
    "test_an_attended_transfer",
    "test_a_conference_and_whoever_leaves_it",
    "test_a_number_outside_is_asked_and_given_the_caller",
    "test_a_supervisor_listens_whispers_barges_and_leaves",
    "test_a_supervisor_takes_over",
)
_asked = asked_of_the_standin("tests.live.test_company")
globals().update({name: _asked[name] for name in ("talk", *CHOSEN)})
