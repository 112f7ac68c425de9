"""Calls with more than two, of the stand-in as of FreeSWITCH: some of the questions, for the time
they take.

Not asked: an agent who leaves a conference, after which the stand-in's caller goes on hearing the
music of before.
"""

from __future__ import annotations

from tests.contract.asked import asked_of_the_standin

CHOSEN = (
    "test_consult_swap_and_return",
    "test_whoever_hangs_up_while_two_talk_alone",
    "test_a_number_outside_is_asked_and_given_the_caller",
    "test_a_supervisor_takes_over",
)
_asked = asked_of_the_standin("tests.live.test_company")
globals().update({name: _asked[name] for name in CHOSEN})
