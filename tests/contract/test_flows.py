"""Flows of settings files, with the whole daemon and the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_flows import (
    test_a_key_leads_to_a_script_that_plays_says_collects_and_records,
    test_a_key_leads_to_a_system_that_is_asked,
    test_a_script_dials_and_queues,
)

pytestmark = pytest.mark.slow
