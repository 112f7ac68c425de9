"""Dials a number outside by one gateway after the other, until it answers or the callee refuses.

Nothing is dialled that does not begin as the tenant allows, whatever its origin, and nothing but
digits, whatever it begins with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from acdengine.plan import DialWay
from adapters.freeswitch.legs.leg_table import ExternalLeg
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    NUMBER_VARIABLE,
    TRUNK_VARIABLE,
    WATCHED_VARIABLE,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.dial_strings import (
    WITHHELD,
    WITHHELD_NAME,
    WITHHELD_NUMBER,
    LegToDial,
    originate_argument,
    shown_name,
)
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.hangup_causes import cause_of_job, end_of_outside
from adapters.freeswitch.protocol.quoting import dial_number, leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.trunks.trunk_capacity import TrunkCapacity

_NUMBER: Final = re.compile(r"\+?[0-9]{1,32}")
#: Where the number belongs in a gateway's contact.
_PLACE: Final = "{number}"
#: FreeSWITCH's own answer to `originate` comes so long after the time that it was given.
_GRACE_S: Final = 5
_AGAIN_S: Final = 0.05

#: What became of a leg: the engine's word where it failed, empty when it has been answered.
Done = Callable[[str], None]


class Dialler:
    """Dials on one node.

    Args:
        wire: to the switch.
        lines: how many legs there may be.
        later: calls something after so many seconds.
    """

    def __init__(
        self,
        wire: Wire,
        lines: TrunkCapacity,
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        self._wire = wire
        self._lines = lines
        self._later = later

    def dial(self, leg: ExternalLeg, allow: tuple[str, ...], done: Done) -> None:
        """Dial a leg's number by the first way that there is.

        Args:
            leg: with its number and the ways left to it.
            allow: how the number may begin.
            done: called once, perhaps at once, unless the connection is lost meanwhile.
        """
        if not allow or not leg.number.startswith(allow) or not _NUMBER.fullmatch(leg.number):
            done("not_allowed")
            return
        self._next(leg, "no_route", done)

    def _next(self, leg: ExternalLeg, cause: str, done: Done) -> None:
        """Go on with the next way; report why it came to nothing where there is none."""
        while leg.ways:
            way, leg.ways = leg.ways[0], leg.ways[1:]
            try:
                argument = _argument(leg, way)
            except Unrepresentable:
                cause = "failed"
                continue
            if self._lines.take(way):
                cause = "trunk_busy"
                continue
            leg.trunk_id = way.trunk_id
            leg.is_dialling = True
            self._wire.dial(
                argument, lambda printed: self._over(leg, printed, done), leg.limit_s + _GRACE_S
            )
            return
        leg.trunk_id = ""
        done(cause)

    def _over(self, leg: ExternalLeg, printed: str | EslError, done: Done) -> None:
        """`originate` has ended."""
        leg.is_dialling = False
        if isinstance(printed, EslError):
            # Whether it rings is not known: reading through the switch will tell.
            return
        if not printed.startswith("+OK"):
            end = end_of_outside(cause_of_job(printed))
            if leg.is_cancelled:
                done("cancelled")
            elif end.fault == "callee":
                done(end.cause)
            else:
                self._again(leg, end.cause, done)
            return
        born = printed.removeprefix("+OK").strip()
        if born != leg.leg_id:
            # The identity was taken: FreeSWITCH has given the leg another one.
            self._wire.tell(api("uuid_kill", leg_uuid(born)))
            done("failed")
        elif leg.is_cancelled:
            self._wire.tell(api("uuid_kill", leg_uuid(leg.leg_id)))
            done("cancelled")
        else:
            leg.advance("answered")
            done("")

    def _again(self, leg: ExternalLeg, cause: str, done: Done) -> None:
        """Dial the next gateway, once the leg's uuid is free."""

        def replied(free: bool) -> None:
            if leg.is_cancelled:
                done("cancelled")
            elif free:
                self._next(leg, cause, done)
            else:
                done(cause)

        if leg.ways:
            self.when_free(leg.leg_id, replied)
        else:
            done(cause)

    def cancel(self, leg: ExternalLeg, gone: Callable[[], None]) -> None:
        """Take a leg down, ringing or answered.

        Args:
            leg: the leg; its end is reported to the part that dialled it.
            gone: called where there is nothing that could be taken down.
        """
        leg.take_order("end_ordered")

        def replied(outcome: Reply | EslError) -> None:
            if not isinstance(outcome, Reply) or not outcome.is_refusal:
                return
            if leg.is_dialling:
                # The order was faster than `originate`, which takes a moment to make the leg.
                self._later(_AGAIN_S, lambda: self.cancel(leg, gone) if leg.is_dialling else None)
            else:
                gone()

        self._wire.tell(api("uuid_kill", f"{leg_uuid(leg.leg_id)} ORIGINATOR_CANCEL"), replied)

    def when_free(self, leg_id: str, then: Callable[[bool], None], tries: int = 20) -> None:
        """Ask until no leg has this identity: FreeSWITCH would give a new one another. A leg that
        was hung up is there for some milliseconds more."""

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, EslError):
                then(False)
            elif outcome.text.strip() != "true":
                then(True)
            elif tries > 1:
                self._later(_AGAIN_S, lambda: self.when_free(leg_id, then, tries - 1))
            else:
                then(False)

        self._wire.tell(api("uuid_exists", leg_uuid(leg_id)), replied)


def _argument(leg: ExternalLeg, way: DialWay) -> str:
    """The argument of `originate`.

    Raises:
        Unrepresentable: no leg can be dialled so.
    """
    number = dial_number("number outside", leg.number)
    variables: Mapping[str, str] = {
        "origination_uuid": leg_uuid(leg.leg_id),
        NUMBER_VARIABLE: number,
        TRUNK_VARIABLE: way.trunk_id,
        # Ringing tones and announcements of the network are no answer. So the leg is parked only
        # once it is answered, and may be bridged from then on.
        "ignore_early_media": "true",
        "originate_timeout": str(leg.limit_s),
        WATCHED_VARIABLE: "true",
        "origination_caller_id_number": _caller_number(leg.shown_number),
        "origination_caller_id_name": shown_name(leg.shown_name),
        **leg.variables,
    }
    if leg.is_withheld:
        variables = {
            **variables,
            **WITHHELD,
            "origination_caller_id_number": WITHHELD_NUMBER,
            "origination_caller_id_name": shown_name(leg.shown_name) or WITHHELD_NAME,
        }
    contact = way.contact.replace(_PLACE, number)
    return originate_argument(
        [LegToDial(contact)], {name: value for name, value in variables.items() if value}, "park"
    )


def _caller_number(number: str) -> str:
    """The number to be shown; none where the caller has withheld it, or it is none."""
    try:
        return dial_number("caller", number) if number else ""
    except Unrepresentable:
        return ""
