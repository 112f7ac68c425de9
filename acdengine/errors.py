"""The engine's errors.

- `ACDError`: the root; never raised itself
    - `InvalidTransition`: an event that no table allows where it came (a defect, ours or the
      adapter's); nothing was changed
    - `InvariantViolated`: the engine's state contradicts itself (a defect)
        - `InconsistentState`: and so an event could not be carried through to its end

Expected outcomes (busy, no answer, rejected, no such number) are events, never exceptions; what a
person asks for and cannot have is a `Reply` with its problem.
"""

from __future__ import annotations

from collections.abc import Sequence


class ACDError(Exception):
    """Root of the engine's errors."""


class InvalidTransition(ACDError):
    """A trigger that the state does not allow; carries the story of who it was about."""

    def __init__(self, who: str, state: str, trigger: str, story: Sequence[object]) -> None:
        told = "\n  ".join(str(fact) for fact in story)
        super().__init__(f"{who} is {state}: {trigger} cannot follow; so far:\n  {told}")
        self.who = who
        self.state = state
        self.trigger = trigger
        self.story = tuple(story)


class InvariantViolated(ACDError):
    """Something that must always hold does not."""


class InconsistentState(InvariantViolated):
    """An event had been let in when a later step of it met a state that does not allow that step.

    The engine is half changed and of no further use. Carries what the `InvalidTransition` carried.
    """

    def __init__(self, defect: InvalidTransition) -> None:
        super().__init__(str(defect))
        self.who = defect.who
        self.state = defect.state
        self.trigger = defect.trigger
        self.story = defect.story
