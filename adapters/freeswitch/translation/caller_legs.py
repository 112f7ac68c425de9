"""Creates callers' legs in the table, finds them, and reports their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.events import AnyEvent, CallerHungUp, DigitPressed, PromptFinished
from adapters.freeswitch.flow_steps.step_control import StepControl
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.leg_table import CallerLeg, Legs
from adapters.freeswitch.media.player import Player, Wire
from adapters.freeswitch.protocol.channel_fields import UNSET_KEYS
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.recordings.voicemail import Voicemail

#: Events are sent every 20 ms; a busy switch takes longer.
OVERTAKEN_S: Final = 0.5


class CallerLegs:
    """Callers' legs of one node.

    Args:
        legs: the adapter's table.
        wire: sends commands.
        bridging: bridges callers with agents.
        inputs: prompts, collections and recordings under way on callers' legs.
        voicemail: messages under way.
        report: takes the engine's events.
        later: calls something after so many seconds.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        bridging: Bridging,
        inputs: StepControl,
        voicemail: Voicemail,
        report: Callable[[AnyEvent], None],
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._bridging = bridging
        self._inputs = inputs
        self._voicemail = voicemail
        self._report = report
        self._later = later

    def new(self, call_id: str, end_keys: str = UNSET_KEYS) -> CallerLeg:
        """Enter a caller's leg in the table.

        Args:
            call_id: the leg's uuid.
            end_keys: keys that end a playback on the leg (`playback_terminators`).
        """

        def finished(prompt_id: str, is_whole: bool) -> None:
            if self._voicemail.finished(call_id, prompt_id, is_whole):
                return
            if not self._inputs.finished(call_id, prompt_id, is_whole):
                self._report(PromptFinished(0, call_id, prompt_id))

        player = Player(
            call_id, self._wire, finished, lambda: self.missing(call_id), end_keys,
            lambda prompt_id, left: self._inputs.began(call_id, prompt_id, left),
        )  # fmt: skip
        leg = CallerLeg(call_id, player)
        self._legs.callers[call_id] = leg
        return leg

    def find(self, call_id: str) -> CallerLeg | None:
        """A caller's leg; one that is not in the table is reported as hung up."""
        leg = self._legs.callers.get(call_id)
        if leg is None:
            self._report(CallerHungUp(0, call_id, "no_such_leg"))
        return leg

    def renew(self, leg: CallerLeg) -> None:
        """Park a leg again, because it is not known what the caller hears."""
        self._bridging.hold_off(leg.call_id)
        leg.player.renew()

    def tell(self, call_id: str, command: Command) -> None:
        """Send a command that FreeSWITCH refuses only when the leg does not exist."""

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self.missing(call_id)

        self._wire.tell(command, replied)

    def missing(self, call_id: str) -> None:
        """A command was refused because the leg does not exist. Replies overtake events: the event
        with the cause of its end may still arrive, and is waited for."""
        leg = self._legs.callers.get(call_id)

        def still_missing() -> None:
            if leg is not None and self._legs.callers.get(call_id) is leg:
                self.gone(call_id)

        self._later(OVERTAKEN_S, still_missing)

    def gone(self, call_id: str, cause: str = "no_such_leg") -> None:
        """Report that the caller's leg is down, unless that was reported before."""
        leg = self._legs.callers.pop(call_id, None)
        if leg is not None:
            self._report(CallerHungUp(0, call_id, cause))

    def press(self, leg: CallerLeg, key: str) -> None:
        """Report a key, unless a collection or a prompt on the leg takes it."""
        number = leg.keys.press(key)
        if not self._inputs.press(leg, key):
            self._report(DigitPressed(0, leg.call_id, key, number))

    def is_recorded(self, leg: CallerLeg) -> bool:
        """Whether the caller leaves a message or is recorded by a flow: how that ended is reported
        before the hang-up."""
        return bool(leg.message) or self._inputs.is_recording(leg)
