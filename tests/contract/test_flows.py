"""Flows of settings files, with the whole daemon and the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_flows import (
    test_a_card_is_read_and_paid_with_and_is_nowhere_else,
    test_a_key_leads_a_waiting_caller_out_of_the_queue,
    test_a_key_leads_to_a_script_that_plays_says_collects_and_records,
    test_a_key_leads_to_a_system_that_is_asked,
    test_a_script_dials_and_queues,
    test_a_waiting_caller_is_answered_in_the_middle_of_a_flow_or_rung_back,
)

pytestmark = pytest.mark.slow
