"""Callers handed over by REFER, with the whole daemon and the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_refer_out import (
    test_a_caller_is_handed_over_and_the_call_is_over_here,
    test_the_flow_goes_on_where_the_number_is_not_reached,
)

pytestmark = pytest.mark.slow
