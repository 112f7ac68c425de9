"""The far ends of legs: callers, telephones, and numbers behind a trunk.

The SIP messages that there would have been are kept in `messages`, so that a test can check
what a telephone was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from adapters.sim.standin.calls import bridging, dtmf, leg_states, transfer
from adapters.sim.standin.core import hangup_causes
from adapters.sim.standin.core.channel import Channel

FOREVER_S: Final = 3_600.0


class FarEnd:
    """The far end of legs."""

    def __init__(self, tone_hz: int = 0, words: str = "") -> None:
        self.tone_hz = tone_hz
        self.words = words
        self.messages: list[str] = []
        #: Its legs that are up, in the order in which they began.
        self.legs: list[Channel] = []
        #: The uuids of all legs that it ever had, in that order.
        self.call_ids: list[str] = []

    def joins(self, leg: Channel) -> None:
        """It is the far end of this leg from now on."""
        leg.far_end = self
        self.call_ids.append(leg.uuid)
        leg.tone_hz = self.tone_hz
        leg.words = self.words
        self.legs.append(leg)

    def turned_away(self, status: str) -> None:
        """There is no leg for it: the switch takes no calls."""
        self.messages.append(f"SIP/2.0 {status}")

    def on_early_media(self, leg: Channel) -> None:
        """The switch sends sound, and has not answered."""

    def on_ringing(self, leg: Channel) -> None:
        """The switch tells that somebody is rung."""

    def on_answer(self, leg: Channel) -> None:
        """The switch has answered."""

    def on_bridge(self, leg: Channel) -> None:
        """The leg is bridged with another."""

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """The leg is down; `is_ours`: this far end did it."""
        if leg in self.legs:
            self.legs.remove(leg)

    def on_hold(self, leg: Channel, is_held: bool) -> None:
        """The switch has put it on hold, or taken it back."""
        self.messages.append(f"INVITE sip:person@127.0.0.1\na={'sendonly' if is_held else 'x'}")

    def on_talk(self, leg: Channel) -> None:
        """The switch asks it to answer at once."""

    def on_refer(self, leg: Channel, address: str) -> None:
        """The switch asks by REFER for another number to be called: it is not done."""
        self.messages.append(f"REFER sip:person@127.0.0.1\nRefer-To: {address}")
        leg.set("sip_refer_status_code", "405")

    def press(self, digits: str) -> None:
        """Press keys, each heard at once by the switch."""
        for leg in self.legs:
            for digit in digits:
                dtmf.pressed(leg.switch, leg, digit, "ENDPOINT")

    def hang_up(self, call_id: str = "") -> None:
        """Put down that call, or every one."""
        for leg in list(self.legs):
            if call_id in ("", leg.uuid):
                self._puts_down(leg)

    def _puts_down(self, leg: Channel) -> None:
        leg_states.far_end_hangs_up(leg.switch, leg)

    def hold(self) -> None:
        """Press the hold key."""
        for leg in list(self.legs):
            bridging.held_by_phone(leg.switch, leg, True)

    def resume(self) -> None:
        """Take the call back from hold."""
        for leg in list(self.legs):
            bridging.held_by_phone(leg.switch, leg, False)

    def transfer(self, to: str, call_id: str = "") -> None:
        """Press the transfer key in that call, or in every one, for an address such as
        `<sip:1001@example>`."""
        for leg in list(self.legs):
            if call_id not in ("", leg.uuid):
                continue
            transfer.referred(leg.switch, leg, to)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHabit:
    """How a caller behaves.

    Attributes:
        patience_s: until an unanswered call is given up.
        talk_s: from the answer to the hang-up.
        digits: pressed after the answer, one each 0.2 s.
        variables: set on the leg before the dialplan, as a profile or a SIP header would.
        from_agent: the call comes from an agent's telephone, which is authenticated.
        words: what a recogniser understands, of a caller with a tone.
        user: the authenticated user of the directory; empty: the number.
        refer: the status with which it tells, of a REFER that it has taken, how the number
            answered; empty: it takes none.
        asserted, privacy: what the headers P-Asserted-Identity and Privacy say.
    """

    did: str
    number: str = "30123"
    name: str = "Test Caller"
    patience_s: float = FOREVER_S
    talk_s: float = FOREVER_S
    digits: str = ""
    tone_hz: int = 0
    words: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    from_agent: bool = False
    user: str = ""
    refer: str = ""
    asserted: str = ""
    privacy: str = ""


class Call(FarEnd):
    """A caller with one call; `leg` is its leg in the switch."""

    def __init__(self, habit: CallerHabit) -> None:
        super().__init__(habit.tone_hz, habit.words)
        self.habit = habit
        self.status = ""
        """The SIP status with which it was refused; empty while it lives and after an answer."""
        self.leg: Channel | None = None
        self.is_over = False

    def joins(self, leg: Channel) -> None:
        """The INVITE is in the switch."""
        super().joins(leg)
        self.leg = leg
        self.messages.append(f"INVITE sip:{self.habit.did}@127.0.0.1 SIP/2.0")
        if self.habit.patience_s < FOREVER_S:
            leg.switch.clock.after(self.habit.patience_s, self._gives_up)

    def turned_away(self, status: str) -> None:
        """The call is refused at once."""
        super().turned_away(status)
        self.is_over = True
        self.status = status

    def _gives_up(self) -> None:
        if self.leg is not None and self.leg.is_up and not self.leg.is_answered:
            self.hang_up()

    def on_early_media(self, leg: Channel) -> None:
        """Hear something before the answer."""
        self.messages.append("SIP/2.0 183 Session Progress")

    def on_ringing(self, leg: Channel) -> None:
        """Hear that somebody is rung."""
        self.messages.append("SIP/2.0 180 Ringing")

    def on_answer(self, leg: Channel) -> None:
        """Press the digits, and hang up after the talk time."""
        self.messages.append("SIP/2.0 200 OK")
        clock = leg.switch.clock
        for number, digit in enumerate(self.habit.digits, start=1):
            clock.after(0.2 * number, partial(self.press, digit))
        if self.habit.talk_s < FOREVER_S:
            clock.after(self.habit.talk_s, self.hang_up)

    def on_refer(self, leg: Channel, address: str) -> None:
        """Take it (202), and tell by NOTIFY how the number has answered."""
        super().on_refer(leg, address)
        if self.habit.refer:
            leg.set("sip_refer_status_code", "202")
            status = self.habit.refer.partition(" ")[0]
            leg.switch.clock.after(0.2, lambda: leg.set("sip_refer_target_status_code", status))

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """The call is over: refused, ended by BYE, or by the caller."""
        super().on_end(leg, is_ours)
        self.is_over = True
        if leg.answered_us == 0:
            self.status = hangup_causes.status_of(leg.cause)
            self.messages.append(f"SIP/2.0 {self.status}")
        elif not is_ours:
            self.messages.append("BYE sip:person@127.0.0.1 SIP/2.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneHabit:
    """How a telephone behaves when it is called.

    Attributes:
        answer_s: how long it rings.
        talk_s: from its answer to its hang-up.
        refusal: a SIP status such as ``486 Busy Here`` with which it refuses, after `answer_s`.
        moved_to: the user of its contact in a refusal such as ``302 Moved Temporarily``.
        is_silent: it never says anything to an INVITE.
        early_media: it sends sound before it answers (183 and no 180).
        skips_ringing: it answers without having said that it rings.
        digits: pressed after the answer, one each 0.2 s.
    """

    answer_s: float = 0.0
    talk_s: float = FOREVER_S
    tone_hz: int = 0
    refusal: str = ""
    moved_to: str = "agent"
    is_silent: bool = False
    early_media: bool = False
    skips_ringing: bool = False
    digits: str = ""


class Telephone(FarEnd):
    """A telephone, or a number behind a trunk: called any number of times."""

    def __init__(self, habit: PhoneHabit, port: int) -> None:
        super().__init__(habit.tone_hz)
        self.habit = habit
        self.port = port
        self.is_dead = False

    @property
    def contact(self) -> str:
        """What `originate` dials to ring it."""
        return f"sofia/internal/1000@127.0.0.1:{self.port}"

    def kill(self) -> None:
        """Cut its power: no SIP message is sent."""
        self.is_dead = True

    def invited(self, leg: Channel, number: str, invite: str) -> None:
        """It is called."""
        self.joins(leg)
        self.messages.append(invite)
        if self.is_dead or self.habit.is_silent:
            return
        frame = leg.switch.settings.frame_s
        if not self.habit.skips_ringing:
            leg.switch.clock.after(frame, lambda: self._rings(leg))
        if self.habit.answer_s < FOREVER_S:
            leg.switch.clock.after(self.habit.answer_s + 2 * frame, lambda: self._decides(leg))

    def _is_ringing(self, leg: Channel) -> bool:
        return leg.is_up and leg.answered_us == 0 and not self.is_dead

    def _rings(self, leg: Channel) -> None:
        if not self._is_ringing(leg):
            return
        self.messages.append(
            "SIP/2.0 183 Session Progress" if self.habit.early_media else "SIP/2.0 180 Ringing"
        )
        leg_states.rings(leg.switch, leg, early_media=self.habit.early_media)
        if leg.is_true("sip_auto_answer"):
            self.messages.append("NOTIFY sip:agent@127.0.0.1 SIP/2.0\nEvent: talk")
            self.on_talk(leg)

    def _decides(self, leg: Channel) -> None:
        if not self._is_ringing(leg):
            return
        if self.habit.refusal:
            self.refuse(leg, self.habit.refusal)
        else:
            self._answers(leg)

    def refuse(self, leg: Channel, status: str) -> None:
        """Refuse with a SIP status."""
        self.messages.append(f"SIP/2.0 {status}")
        leg_states.refused(leg.switch, leg, status, self.habit.moved_to)

    def _answers(self, leg: Channel) -> None:
        self.messages.append("SIP/2.0 200 OK")
        leg_states.answer(leg.switch, leg)
        for number, digit in enumerate(self.habit.digits, start=1):
            leg.switch.clock.after(0.2 * number, partial(self.press, digit))
        if self.habit.talk_s < FOREVER_S:
            leg.switch.clock.after(
                self.habit.talk_s, lambda: leg_states.far_end_hangs_up(leg.switch, leg)
            )

    def on_talk(self, leg: Channel) -> None:
        """It was asked to answer by itself."""
        if self._is_ringing(leg):
            self._answers(leg)

    def answer(self) -> None:
        """Answer the ringing legs now."""
        for leg in list(self.legs):
            if self._is_ringing(leg):
                self._answers(leg)

    def _puts_down(self, leg: Channel) -> None:
        if self._is_ringing(leg):
            self.refuse(leg, "486 Busy Here")
        else:
            super()._puts_down(leg)

    def on_end(self, leg: Channel, is_ours: bool) -> None:
        """The switch, or this telephone, has ended it."""
        super().on_end(leg, is_ours)
        if not is_ours:
            verb = "BYE" if leg.answered_us else "CANCEL"
            self.messages.append(f"{verb} sip:agent@127.0.0.1:{self.port} SIP/2.0")
            if leg.cause == "LOSE_RACE":
                self.messages.append('Reason: SIP;cause=200;text="Call completed elsewhere"')
