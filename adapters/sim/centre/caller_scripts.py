"""What one caller does, where that was recorded: in place of what their kind of caller draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from queues.targets import Target


class ScriptedAnswer(NamedTuple):
    """What the caller presses at a question, and how long after its beginning."""

    keys: str
    after_us: int


class ScriptedTalk(NamedTuple):
    """A conversation with an agent.

    Attributes:
        talk_us: from the answer to its end, holds included.
        wrap_up_us: what the agent needs after it.
        passes_to: where the agent passes the caller on to; None: the conversation ends.
        agent_ends: the agent hangs up, and not the caller.
    """

    talk_us: int
    wrap_up_us: int
    passes_to: Target | None = None
    agent_ends: bool = False


class MoreDraws(NamedTuple):
    """What is drawn behind the end of a script.

    Attributes:
        talk: a conversation.
        patience_us: how long the caller waits who is left alone after a conversation.
        ringing_us: until the caller answers who is rung back; None: no answer.
    """

    talk: Callable[[], ScriptedTalk]
    patience_us: Callable[[], int]
    ringing_us: Callable[[], int | None]


class CallerScript:
    """The answers and conversations of a caller, in order.

    Args:
        answers: to questions; a question behind the last is not answered.
        talks: conversations.
        rung: ringing until the answer each time the caller is rung back; None: no answer.
        more: what is drawn behind the last.
    """

    __slots__ = ("_answers", "_more", "_rung", "_talks")

    def __init__(
        self,
        answers: Sequence[ScriptedAnswer],
        talks: Sequence[ScriptedTalk],
        rung: Sequence[int | None],
        more: MoreDraws,
    ) -> None:
        self._answers = iter(answers)
        self._talks = iter(talks)
        self._rung = iter(rung)
        self._more = more

    def answer(self) -> ScriptedAnswer:
        """What is pressed at the next question."""
        return next(self._answers, ScriptedAnswer("", 0))

    def talk(self) -> ScriptedTalk:
        """The next conversation."""
        return next(self._talks, None) or self._more.talk()

    def patience_us(self) -> int:
        """How long the caller waits who is left alone."""
        return self._more.patience_us()

    def ringing_us(self) -> int | None:
        """How long the caller lets it ring who is rung back; None: there is no answer."""
        for ringing_us in self._rung:
            return ringing_us
        return self._more.ringing_us()
