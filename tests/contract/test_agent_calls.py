"""Agents who call, with the whole daemon and the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_agent_calls import (
    test_an_agent_signs_in_by_number_and_pin_and_the_pin_is_nowhere,
    test_wrong_pins_lock_the_agent_and_the_log_says_so,
)

pytestmark = pytest.mark.slow
