"""Steps that speak: play, language, music, wait."""

from __future__ import annotations

from acdengine.ivr.definition import LanguageStep, MusicStep, PlayStep, WaitStep
from acdengine.ivr.effects import Audio, Music, Play
from acdengine.ivr.expressions.compiling import Kinds
from acdengine.ivr.inputs import AnyInput, PlayFinished, TimePassed
from acdengine.ivr.nodes.audio import compile_items
from acdengine.ivr.turn import STAY, Node, Turn


class PlayNode(Node):
    """Plays audio, and goes on when it is over.

    Args:
        hides_keys: the next step that listens takes sensitive input.
    """

    def __init__(self, step: PlayStep, kinds: Kinds, *, hides_keys: bool = False) -> None:
        super().__init__(listens=True)
        self._hear = compile_items(step.items, kinds)
        self._barge_in = step.barge_in and not hides_keys
        self._keep_keys = step.type_ahead and not hides_keys
        self._hides_keys = hides_keys
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        audio = self._hear(turn)
        if not audio:
            return turn.leave("next", self._next)
        turn.effects.append(self._play(turn, audio))
        return STAY

    def _play(self, turn: Turn, audio: tuple[Audio, ...]) -> Play:
        return Play(turn.wait(), audio, self._barge_in, self._keep_keys, self._hides_keys)

    def answer(self, turn: Turn, given: AnyInput) -> str:
        return turn.leave("next", self._next) if isinstance(given, PlayFinished) else STAY

    def again(self, turn: Turn) -> str:
        pending = turn.run.pending
        audio = self._hear(turn)
        heard = pending.heard if pending is not None else 0
        if heard >= len(audio):
            return turn.leave("next", self._next)
        turn.effects.append(self._play(turn, audio[heard:]))
        turn.mark_heard(heard)
        return STAY


class LanguageNode(Node):
    """Changes the caller's language."""

    def __init__(self, step: LanguageStep) -> None:
        super().__init__()
        self._language = step.language
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        turn.run.language = self._language
        turn.run.call["call.language"] = self._language
        return turn.leave("next", self._next)


class MusicNode(Node):
    """Changes the music."""

    def __init__(self, step: MusicStep) -> None:
        super().__init__()
        self._music = step.music
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        turn.run.music = self._music
        turn.effects.append(Music(self._music))
        return turn.leave("next", self._next)


class WaitNode(Node):
    """Lets time pass."""

    def __init__(self, step: WaitStep) -> None:
        super().__init__(listens=True)
        self._time_us = step.time_us
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        self._wait_until(turn, turn.at_us + self._time_us)
        return STAY

    def _wait_until(self, turn: Turn, due_us: int) -> None:
        ticket = turn.wait()
        turn.be_woken(ticket, due_us)

    def answer(self, turn: Turn, given: AnyInput) -> str:
        return turn.leave("next", self._next) if isinstance(given, TimePassed) else STAY

    def again(self, turn: Turn) -> str:
        pending = turn.run.pending
        due_us = pending.due_us if pending is not None else turn.at_us
        if due_us <= turn.at_us:
            return turn.leave("next", self._next)
        self._wait_until(turn, due_us)
        return STAY
