"""Two stand-ins under one engine, as two FreeSWITCHes."""

from __future__ import annotations

from tests.live.test_nodes import (
    pair,
    test_a_caller_of_one_switch_talks_with_an_agent_at_another,
    test_a_killed_switch_takes_its_callers_and_their_legs_elsewhere,
    test_a_killed_switch_takes_only_what_went_through_it,
    test_a_switch_is_emptied_and_restarted,
    test_a_telephone_that_refuses_at_another_switch_has_refused,
    test_consult_and_supervision_reach_telephones_at_another_switch,
)
