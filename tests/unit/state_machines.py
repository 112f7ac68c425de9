"""Runs a state machine of Hypothesis as a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

#: Older versions of Hypothesis do not say its types.
_run: Final = cast("Callable[..., None]", run_state_machine_as_test)


def run_state_machine(machine: type[RuleBasedStateMachine], how: settings | None = None) -> None:
    """Run random sequences of the machine's rules; fails with the shortest that breaks one."""
    _run(machine, settings=how)
