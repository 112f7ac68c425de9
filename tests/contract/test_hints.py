"""What a dialplan of the stand-in writes on a leg reaches the engine, as of FreeSWITCH."""

from __future__ import annotations

import pytest

from tests.live.test_hints import (
    test_skills_priority_customer_and_queue_from_the_dialplan,
)

pytestmark = pytest.mark.slow
