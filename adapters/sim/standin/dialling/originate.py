"""`originate`: legs that the switch makes, how their ends answer or fail, and what then runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from adapters.sim.standin.calls import applications, leg_states, transfer
from adapters.sim.standin.core import hangup_causes
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.text_parsing import (
    BadDialString,
    Dialled,
    Leg,
    Variables,
    dial_string,
    separated,
)
from adapters.sim.standin.dialling import channel_creation, contacts, endpoints

Done = Callable[[str], None]

USAGE: Final = (
    "-USAGE: <call url> <exten>|&<application_name>(<app_args>) [<dialplan>] [<context>] "
    "[<cid_name>] [<cid_num>] [<timeout_sec>]\n"
)
_DEFAULT_TIMEOUT_S: Final = 60


def originate(switch: SwitchCore, argument: str, done: Done) -> None:
    """The API command; `done` gets what it prints, when it has ended."""
    words = separated(argument, " ", 10)
    if not 2 <= len(words) <= 7:
        done(USAGE)
        return

    def ended(printed: str) -> None:
        outcome = printed.split()
        done(printed)
        if outcome[0] == "+OK":
            _run(switch, switch.channels[outcome[1]], words[1:])

    limit_s = _DEFAULT_TIMEOUT_S
    if len(words) == 7 and words[6].isdigit():
        limit_s = int(words[6])
    dial(switch, words[0], None, ended, _who_calls(words[4:6]), limit_s)


def _who_calls(words: list[str]) -> Variables:
    """The caller's name and number, in the words after the context."""
    names = ("origination_caller_id_name", "origination_caller_id_number")
    return {name: word for name, word in zip(names, words, strict=False) if word != "undef"}


def _run(switch: SwitchCore, leg: Channel, words: list[str]) -> None:
    """Run the application on the leg that was reached, or enter the dialplan."""
    _flip(leg)
    leg.hits_dialplan = True
    if words[0].startswith("&"):
        name, _, inner = words[0][1:].partition("(")
        inner = inner.rpartition(")")[0] if ")" in inner else inner
        applications.run_actions(switch, leg, ((name.rstrip(")"), inner),))
    elif len(words) > 1 and words[1].lower() == "inline":
        leg.caller["Caller-Dialplan"] = "inline"
        applications.run_actions(switch, leg, transfer.inline(words[0]))
    else:
        transfer.enter(switch, leg, words[0], words[2] if len(words) > 2 else "default")


def _flip(leg: Channel) -> None:
    """Make the leg a caller: caller and callee of its profile change places."""
    profile = leg.caller
    number = profile.get("Caller-Caller-ID-Number", "")
    leg.set("pre_transfer_caller_id_number", number)
    leg.set("channel_cid_flipped", "yes")
    callee = profile.pop("Caller-Callee-ID-Name", "")
    profile["Caller-Caller-ID-Name"] = callee
    profile["Caller-Caller-ID-Number"] = profile.get("Caller-Callee-ID-Number", "")
    profile["Caller-Callee-ID-Number"] = number


def dial(
    switch: SwitchCore,
    text: str,
    caller: Channel | None,
    done: Done,
    who_calls: Variables | None = None,
    limit_s: int = _DEFAULT_TIMEOUT_S,
) -> None:
    """Dial, for a leg (`bridge`) or without one; `done` gets `+OK uuid` or `-ERR CAUSE`.

    Variables of the dial string take precedence over `who_calls` and `limit_s`.
    """
    try:
        dialled = dial_string(text)
    except BadDialString:
        done("-ERR DESTINATION_OUT_OF_ORDER\n")
        return
    dialled.variables = (who_calls or {}) | dialled.variables
    Origination(switch, dialled, caller, done, limit_s).begin()


class Origination:
    """One dial string under way."""

    def __init__(
        self,
        switch: SwitchCore,
        dialled: Dialled,
        caller: Channel | None,
        done: Done,
        limit_s: int,
    ) -> None:
        self._switch = switch
        has_own = any(leg.contact.startswith("user/") for group in dialled.groups for leg in group)
        self._limit_s = _DEFAULT_TIMEOUT_S if has_own else limit_s
        self._variables = dialled.variables
        self._groups = list(dialled.groups)
        self._caller = caller
        self._done: Done | None = done
        self._ringing: list[Channel] = []
        self._cause = "NORMAL_CLEARING"
        self._timer: asyncio.Handle | None = None
        self._is_won = False

    @property
    def caller(self) -> Channel | None:
        """The leg that it dials for; None: a program."""
        return self._caller

    def begin(self) -> None:
        """Dial the first group, or the next when that has failed."""
        if not self._groups:
            self._end(f"-ERR {self._cause}\n")
            return
        group = self._groups.pop(0)
        self._limit()
        for leg in group:
            cause = self._dial(leg)
            if cause:
                self._cause = cause
        if not self._ringing and not self._is_won:
            self.begin()

    def _limit(self) -> None:
        """Limits are whole seconds of the epoch: a second counts as soon as it has begun."""
        text = self._variables.get("originate_timeout", "")
        seconds = int(text) if text.isdigit() else self._limit_s
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._after_whole_seconds(seconds, self._timed_out)

    def _after_whole_seconds(self, seconds: int, act: Callable[[], None]) -> asyncio.Handle:
        clock = self._switch.clock
        left_s = seconds - clock.now_us() % 1_000_000 / 1e6
        return clock.after(max(left_s, 0.001), act)

    def _timed_out(self) -> None:
        self._groups.clear()
        self._cause = "NO_ANSWER"
        for channel in list(self._ringing):
            leg_states.hang_up(self._switch, channel, "NO_ANSWER")

    def _dial(self, leg: Leg) -> str:
        """Create one leg; returns the cause where that fails, else an empty string."""
        switch = self._switch
        variables = self._headers() | self._variables | leg.variables
        contact = contacts.resolve(switch, leg.contact)
        if isinstance(contact, contacts.Failure):
            return contact.cause
        if "outbound" in switch.paused:
            return "DESTINATION_OUT_OF_ORDER"
        if "null_hangup_cause" in variables and contact.endpoint == "null":
            return variables["null_hangup_cause"]
        uuid = variables.get("origination_uuid", "")
        if not uuid or uuid in switch.channels:
            uuid = switch.new_uuid()
        channel = channel_creation.outgoing(switch, uuid, contact, variables, self._caller)
        switch.originations[uuid] = self
        self._ringing.append(channel)
        limit = leg.variables.get("leg_timeout", "")
        if limit.isdigit():
            self._after_whole_seconds(int(limit), lambda: self._leg_timed_out(channel))
        endpoints.ring(switch, channel, contact)
        return ""

    def _headers(self) -> Variables:
        """SIP headers that the caller's leg came with: `bridge` hands them on."""
        if self._caller is None:
            return {}
        known = self._caller.variables.items()
        own = ((name.removeprefix("variable_"), value) for name, value in known)
        return {name: value for name, value in own if name.startswith("sip_h_")}

    def _leg_timed_out(self, channel: Channel) -> None:
        if channel in self._ringing and channel.answered_us == 0:
            leg_states.hang_up(self._switch, channel, "ALLOTTED_TIMEOUT")

    # -- what the legs tell --------------------------------------------------------------------

    def rings(self, channel: Channel, is_early_media: bool) -> None:
        """The far end rings, or sends sound."""
        if self._caller is not None and self._caller.far_end is not None:
            self._caller.far_end.on_ringing(self._caller)
        is_enough = (
            not _is_true(self._variables, "ignore_early_media")
            if is_early_media
            else _is_true(self._variables, "return_ring_ready")
        )
        if is_enough:
            self._won(channel)

    def answered(self, channel: Channel) -> None:
        """The far end answered."""
        self._won(channel)

    def ended(self, channel: Channel) -> None:
        """A leg is down."""
        if channel not in self._ringing:
            return
        self._ringing.remove(channel)
        self._switch.originations.pop(channel.uuid, None)
        if self._is_won:
            return
        if self._cause != "NO_ANSWER":
            self._cause = channel.cause
        if not self._ringing:
            self._switch.next_frame(channel, self.begin)

    def _won(self, channel: Channel) -> None:
        if self._is_won or channel not in self._ringing:
            return
        self._is_won = True
        switch = self._switch
        losers = [other for other in self._ringing if other is not channel]
        self._ringing.clear()
        for one in (channel, *losers):
            switch.originations.pop(one.uuid, None)
        for loser in losers:
            switch.next_frame(loser, partial(leg_states.hang_up, switch, loser, "LOSE_RACE"))
        switch.next_frame(channel, lambda: self._succeeded(channel))

    def _succeeded(self, channel: Channel) -> None:
        if channel.is_up:
            self._end(f"+OK {channel.uuid}\n")
        else:
            self._end(f"-ERR {channel.cause}\n")

    def _end(self, printed: str) -> None:
        done, self._done = self._done, None
        if self._timer is not None:
            self._timer.cancel()
        if done is not None:
            done(printed)


def _is_true(variables: dict[str, str], name: str) -> bool:
    return variables.get(name, "").lower() in ("true", "yes", "on", "1")


def uuid_kill(switch: SwitchCore, argument: str) -> str:
    """The API command; what it prints."""
    words = argument.split()
    if not words:
        return "-USAGE: <uuid> [cause]\n"
    leg = switch.living(words[0])
    if leg is None:
        return "-ERR No such channel!\n"
    cause = hangup_causes.known(words[1]) if len(words) > 1 else "NORMAL_CLEARING"
    leg_states.hang_up(switch, leg, cause)
    return "+OK\n"
