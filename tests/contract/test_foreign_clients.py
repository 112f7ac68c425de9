"""Clients that others wrote find in the stand-in the FreeSWITCH that they know."""

from __future__ import annotations

import pytest

from tests.live.test_foreign_clients import (
    test_a_node_client,
    test_a_python_client,
    test_the_story_is_that_of_a_real_switch,
)

pytestmark = pytest.mark.slow
