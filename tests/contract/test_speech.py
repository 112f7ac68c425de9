"""Callers who speak in flows, with the whole daemon and the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_speech import (
    test_a_module_of_the_switch_listens,
    test_a_silent_caller_and_one_who_presses_a_key_are_not_sent,
    test_what_is_said_is_recorded_and_sent_to_a_recogniser,
)

pytestmark = pytest.mark.slow
