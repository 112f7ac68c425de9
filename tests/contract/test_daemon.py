"""`acdengine run --config` as a process of its own, driving the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_daemon import (
    test_a_call_from_the_trunk_to_the_facts,
    test_a_caller_who_waits_outlives_the_daemon,
    test_a_reload_connects_anew_and_lets_go,
)

pytestmark = pytest.mark.slow
