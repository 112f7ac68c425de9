"""The scenario of a stand-in that runs alone: telephones, numbers outside, and callers.

Read from a YAML file, such as `config/standin.yaml`.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.standin_settings import FRAME_S, StandInSettings
from adapters.sim.standin.dialling.far_ends import FOREVER_S, Call, CallerHabit, PhoneHabit
from adapters.sim.standin.stand_in import StandIn

#: The voice of callers who say something.
_VOICE_HZ = 250


class PhoneScript(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One telephone: registered as `user`, or behind a gateway for numbers that begin so.

    Attributes:
        refusal: a SIP status such as ``486 Busy Here`` with which it refuses.
    """

    user: str = ""
    number: str = ""
    answer_s: float = 2.0
    talk_s: float = FOREVER_S
    refusal: str = ""


class CallerScript(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Callers of one kind, one each `every_s`; with 0 only one.

    Attributes:
        patience_s: until an unanswered call is given up.
        talk_s: from the first bridge to the caller's hang-up.
        words: said all the time, for a flow that listens (`detect_speech` with the module `test`).
    """

    did: str
    number: str = "3012345"
    name: str = "Caller"
    every_s: float = 5.0
    patience_s: float = FOREVER_S
    talk_s: float = FOREVER_S
    digits: str = ""
    words: str = ""


class Script(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A whole scenario; the switch's own settings come first."""

    password: str = "ClueCon"
    domain: str = "acd.test"
    speed: float = 1.0
    poll_s: float = FRAME_S
    heartbeat_s: float = 20.0
    seed: int = 1
    gateways: tuple[str, ...] = ()
    music: dict[str, int] = msgspec.field(default_factory=lambda: {"moh": 440})
    phones: tuple[PhoneScript, ...] = ()
    callers: tuple[CallerScript, ...] = ()


class ScriptError(Exception):
    """A scenario file that cannot be used; says where and why."""


def read_script(path: Path) -> Script:
    """Read a scenario file.

    Raises:
        ScriptError: it is not there, or not what it should be.
    """
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Script)
    except (OSError, msgspec.DecodeError) as error:
        raise ScriptError(f"{path}: {error}") from error


def settings_of(script: Script, host: str, port: int) -> StandInSettings:
    """The settings of the stand-in that a scenario needs."""
    users = {phone.user: phone.user for phone in script.phones if phone.user}
    return StandInSettings(
        host=host,
        port=port,
        password=script.password,
        domain=script.domain,
        directory=users,
        speed=script.speed,
        poll_s=script.poll_s,
        heartbeat_s=script.heartbeat_s,
        seed=script.seed,
        music=script.music,
        gateways=dict.fromkeys(script.gateways, True),
    )


class Playing:
    """A scenario at work on a stand-in, with counts of what happened."""

    def __init__(self, switch: StandIn, script: Script) -> None:
        self.calls = 0
        self.answered = 0
        self.talked = 0
        self._switch = switch
        self._script = script

    def begin(self) -> None:
        """Telephones are there and registered; callers begin to call."""
        switch = self._switch
        for script in self._script.phones:
            habit = PhoneHabit(
                answer_s=script.answer_s, talk_s=script.talk_s, refusal=script.refusal
            )
            if script.user:
                switch.register(script.user, switch.phone(habit), expires_s=1_000_000)
            else:
                switch.number(script.number, habit)
        for callers in self._script.callers:
            self._next(callers, 0)

    def _next(self, script: CallerScript, counted: int) -> None:
        self.calls += 1
        habit = CallerHabit(
            did=script.did,
            number=f"{script.number}{counted:04}" if script.every_s else script.number,
            name=script.name,
            patience_s=script.patience_s,
            digits=script.digits,
            words=script.words,
            tone_hz=_VOICE_HZ if script.words else 0,
        )
        self._switch.place(_CountedCaller(habit, self, script.talk_s))
        if script.every_s:
            self._switch.clock.after(script.every_s, lambda: self._next(script, counted + 1))

    def report(self) -> str:
        """What happened so far, in one line."""
        return f"{self.calls} calls, {self.answered} answered, {self.talked} bridged"


class _CountedCaller(Call):
    def __init__(self, habit: CallerHabit, playing: Playing, talk_s: float) -> None:
        super().__init__(habit)
        self._playing = playing
        self._talk_s = talk_s
        self._has_talked = False

    def on_answer(self, leg: Channel) -> None:
        super().on_answer(leg)
        self._playing.answered += 1

    def on_bridge(self, leg: Channel) -> None:
        if not self._has_talked:
            self._has_talked = True
            self._playing.talked += 1
            leg.switch.clock.after(self._talk_s, self.hang_up)
