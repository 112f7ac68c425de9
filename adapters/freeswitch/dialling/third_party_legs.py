"""Numbers outside that are consulted, and supervisors: legs of their own beside the conversation.

A supervisor's leg runs `eavesdrop` on the agent's, from a transfer whose second step is `park`: so
it waits again when there is nothing more to be heard, and its mode is changed by another transfer.
The supervisor's own keys do nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import AnyCommand, DialParty, EndParty, Supervise
from acdengine.events import AnyEvent, PartyAnswered, PartyEnded, SupervisionSet
from acdengine.modes import SupervisionMode
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.legs.hangup_watch import watch_agents
from adapters.freeswitch.legs.inter_node_routes import TelephoneRoutes, Way
from adapters.freeswitch.legs.leg_table import ExternalLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    PARTY_VARIABLE,
    WATCHED_VARIABLE,
    ChannelFields,
    Hearing,
)
from adapters.freeswitch.protocol.command_lines import Command, api
from adapters.freeswitch.protocol.dial_strings import LegToDial, Shown, originate_argument
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.hangup_causes import cause_of_job, end_of_caller, end_of_offer
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply

_SECOND_US: Final = 1_000_000
#: FreeSWITCH's own answer to `originate` comes so long after the time that it was given.
_GRACE_S: Final = 5
#: What a supervisor's telephone shows: without a number FreeSWITCH shows ten zeros.
_SUPERVISION: Final = Shown("Supervision", "supervision")
#: Whether a supervisor who eavesdrops on an agent's leg is heard by its far end (the caller), and
#: by the agent. Measured: docs/freeswitch-behaviour.md §3.
_HEARD: Final[dict[SupervisionMode, tuple[bool, bool]]] = {
    "listen": (False, False),
    "whisper_agent": (False, True),
    "whisper_caller": (True, False),
    "barge": (True, True),
}


class ThirdParties:
    """Parties on one node.

    Args:
        node_id: of the switch.
        legs: the table.
        wire: to the switch.
        dialler: dials numbers.
        routes: how telephones are reached.
        report: takes the engine's events.
        on_eavesdropping: called with the supervisor's leg and the agent's when one begins.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        wire: Wire,
        dialler: Dialler,
        routes: TelephoneRoutes,
        report: Callable[[AnyEvent], None],
        on_eavesdropping: Callable[[str, str], None],
    ) -> None:
        self._node_id = node_id
        self._legs = legs
        self._wire = wire
        self._dialler = dialler
        self._routes = routes
        self._report = report
        self._on_eavesdropping = on_eavesdropping
        #: After the handlers of the other parts.
        self.hearing: Hearing = {
            "CHANNEL_PARK": self._parked,
            "CHANNEL_HANGUP_COMPLETE": self._down,
        }

    # -- the engine's orders -------------------------------------------------------------------

    def commands(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """The commands that are executed here."""
        return {DialParty: self.dial, EndParty: self.end, Supervise: self.supervise}

    def dial(self, command: DialParty) -> None:
        """Dial a party, unless that is under way."""
        if command.party_id in self._legs.parties:
            return
        caller = self._legs.callers.get(command.call_id)
        route = command.route
        leg = ExternalLeg(
            command.party_id,
            command.call_id,
            command.number,
            ways=route.ways,
            limit_s=-(-command.timeout_us // _SECOND_US),
            shown_number=route.caller_number or (caller.ani if caller is not None else ""),
            shown_name=route.caller_name or (caller.name if caller is not None else ""),
            is_withheld=caller is not None and caller.is_withheld and not route.caller_number,
            variables={PARTY_VARIABLE: command.call_id},
        )
        watch_agents(self._legs, self._wire, command.call_id)
        self._legs.parties[leg.leg_id] = leg
        if command.number:
            self._dialler.dial(leg, command.allow, lambda cause: self._dialled(leg, cause))
        else:
            self._ring(leg, self._routes.way(command.contact, command.node_id, leg.leg_id))

    def _ring(self, leg: ExternalLeg, way: Way) -> None:
        """Ring a telephone. Who listens to whom is not shown on it, nor any caller's number."""
        try:
            born = {
                "origination_uuid": leg_uuid(leg.leg_id),
                "ignore_early_media": "true",
                "originate_timeout": str(leg.limit_s),
                WATCHED_VARIABLE: "true",
                **leg.variables,
                **{name: value for name, value in way.variables.items() if value},
            }
            argument = originate_argument(
                [LegToDial(way.contact)], born, "park", shown=_SUPERVISION
            )
        except Unrepresentable:
            self._over(leg, "unreachable")
            return
        leg.is_dialling = True
        limit_s = leg.limit_s + _GRACE_S
        self._wire.dial(argument, lambda printed: self._rung(leg, printed), limit_s)

    def _rung(self, leg: ExternalLeg, printed: str | EslError) -> None:
        leg.is_dialling = False
        if isinstance(printed, EslError):
            # Whether it rings is not known: reading through the switch will tell.
            return
        born = printed.removeprefix("+OK").strip()
        if not printed.startswith("+OK"):
            self._over(leg, end_of_offer(cause_of_job(printed)).cause)
        elif born != leg.leg_id:
            # The identity was taken: FreeSWITCH has given the leg another one.
            self._wire.tell(api("uuid_kill", leg_uuid(born)))
            self._over(leg, "failed")
        elif leg.is_cancelled:
            self._wire.tell(api("uuid_kill", leg_uuid(leg.leg_id)))
        else:
            leg.advance("answered")
            self._there(leg)

    def _dialled(self, leg: ExternalLeg, cause: str) -> None:
        if cause:
            self._over(leg, cause)
        else:
            self._there(leg)

    def _there(self, leg: ExternalLeg) -> None:
        if leg.progress == "ready" and not leg.is_known and not leg.is_cancelled:
            leg.is_known = True
            self._report(PartyAnswered(0, leg.leg_id, self._node_id))

    def end(self, command: EndParty) -> None:
        """Take a leg down, ringing or answered."""
        leg = self._legs.parties.get(command.party_id)
        if leg is not None:
            self._dialler.cancel(leg, lambda: self._over(leg, "cancelled"))
            return

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and outcome.is_refusal:
                self._report(PartyEnded(0, command.party_id, "cancelled"))

        self._wire.tell(api("uuid_kill", leg_uuid(command.party_id)), replied)

    def _over(self, leg: ExternalLeg, cause: str) -> None:
        if self._legs.parties.pop(leg.leg_id, None) is not None:
            self._report(PartyEnded(0, leg.leg_id, cause))

    def supervise(self, command: Supervise) -> None:
        """Have a supervisor hear an agent's leg, and be heard as the mode says."""
        leg = self._legs.parties.get(command.party_id)
        if leg is None:
            self._report(PartyEnded(0, command.party_id, "cancelled"))
            return
        if command.offer_id not in self._legs.agents or not leg.is_parked:
            return

        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and not outcome.is_refusal:
                self._on_eavesdropping(command.party_id, command.offer_id)
                self._report(SupervisionSet(0, command.party_id, command.mode))

        flags, transfer = eavesdrop(
            leg.leg_id, self._legs.uuid_of(command.offer_id), *_HEARD[command.mode]
        )
        self._wire.tell(flags)
        self._wire.tell(transfer, replied)

    def found(self) -> None:
        """Reports the parties that a comparison has found answered."""
        for leg in list(self._legs.parties.values()):
            self._there(leg)

    # -- what the switch tells -----------------------------------------------------------------

    def _parked(self, fields: ChannelFields) -> None:
        leg = self._legs.parties.get(fields.unique_id)
        if leg is not None and fields.answer_state == "answered":
            leg.advance("parked")
            leg.advance("answered")
            self._there(leg)

    def _down(self, fields: ChannelFields) -> None:
        leg = self._legs.parties.get(fields.unique_id)
        if leg is not None and not leg.is_dialling:
            self._over(leg, end_of_caller(fields.hangup_cause))


def eavesdrop(leg_id: str, on: str, heard_by_other: bool, heard: bool) -> tuple[Command, Command]:
    """The commands that have a leg hear another one and whom that talks with.

    Args:
        leg_id: whose leg it is that hears.
        on: the leg that is heard.
        heard_by_other: whether the one at the far end of that leg hears back.
        heard: whether the one on that leg does.
    """
    flags = ";".join(
        f"eavesdrop_whisper_{leg}={'true' if on_it else 'false'}"
        for leg, on_it in (("aleg", heard_by_other), ("bleg", heard))
    )
    name = leg_uuid(leg_id)
    return (
        api("uuid_setvar_multi", f"{name} {flags}"),
        api("uuid_transfer", f"{name} eavesdrop:{leg_uuid(on)},park inline"),
    )
