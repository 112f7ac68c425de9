"""Daemons killed with callers in menus, driving the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_flow_restarts import test_callers_in_menus_outlive_every_daemon

pytestmark = pytest.mark.slow
