"""Lines of nailed-up agents: one leg that stays parked between calls, and is bridged with each.

An offer on a line has no leg of its own. It is told as answered at once, the agent hears a beep
(and the whisper) and is joined; when the conversation is over the line is parked again
(`park_after_bridge`), and only then is the offer told as ended. So the engine's offers are on a
line what they are on a ringing telephone. Which offer a line serves is written on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from acdengine.commands import AnyCommand, CloseLine, OpenLine, RingAgent
from acdengine.events import (
    AnyEvent,
    LineCause,
    LineClosed,
    LineOpened,
    OfferAnswered,
    OfferEnded,
)
from adapters.freeswitch.agents.agent_originate import GRACE_S, auto_answer_variables, ring_limit_s
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.hangup_watch import watch_agents
from adapters.freeswitch.legs.leg_table import AgentLeg, Legs, LineLeg
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.protocol.channel_fields import (
    AGENT_VARIABLE,
    CALL_VARIABLE,
    CONSULT_VARIABLE,
    HOLD_MUSIC_VARIABLE,
    LINE_VARIABLE,
    OFFER_VARIABLE,
    STAYS,
    WATCHED_VARIABLE,
    ChannelFields,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.dial_strings import LegToDial, originate_argument
from adapters.freeswitch.protocol.errors import EslError, Unrepresentable
from adapters.freeswitch.protocol.hangup_causes import cause_of_job, end_of_offer
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_multi_value, variable_name
from adapters.freeswitch.protocol.reply_matching import Reply

#: Announces a call on a line; it takes a quarter of a second.
BEEP: Final = Part("playback", "tone_stream://%(200,50,880)")
_SHOWN_NAME: Final = "acdengine"
#: Without a number FreeSWITCH shows ten zeros.
_SHOWN_NUMBER: Final = "line"
_LEAVING: Final = ("CHANNEL_HANGUP", "CHANNEL_HANGUP_COMPLETE")


class NailedUpLines:
    """The lines of one node.

    Args:
        node_id: of the switch.
        legs: the table.
        wire: to the switch.
        bridging: joins them with callers.
        together: parts them.
        report: takes the engine's events.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        wire: Wire,
        bridging: Bridging,
        together: MultipartyBridge,
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._node_id = node_id
        self._legs = legs
        self._wire = wire
        self._bridging = bridging
        self._together = together
        self._report = report

    # -- lines ---------------------------------------------------------------------------------

    def commands(self) -> dict[type[AnyCommand], Callable[..., None]]:
        """The commands that are executed here."""
        return {OpenLine: self.open, CloseLine: self.close}

    def open(self, command: OpenLine) -> None:
        """Dial the agent's telephone, and keep it."""
        known = self._legs.lines.get(command.line_id)
        if known is not None:
            if known.is_told:
                self._report(LineOpened(0, known.line_id, self._node_id))
            return
        line = LineLeg(command.line_id, command.agent_id, is_dialling=True)
        limit_s = ring_limit_s(command.timeout_us)
        variables = {
            "origination_uuid": leg_uuid(command.line_id),
            LINE_VARIABLE: "true",
            AGENT_VARIABLE: command.agent_id,
            WATCHED_VARIABLE: "true",
            "ignore_early_media": "true",
            "originate_timeout": str(limit_s),
            **STAYS,
            "origination_caller_id_name": _SHOWN_NAME,
            "origination_caller_id_number": _SHOWN_NUMBER,
            **auto_answer_variables(command.auto_answer),
        }
        try:
            argument = originate_argument([LegToDial(command.contact)], variables, "park")
        except Unrepresentable:
            self._report(LineClosed(0, command.line_id, "unreachable"))
            return
        self._legs.lines[line.line_id] = line

        def ended(printed: str | EslError) -> None:
            self._dialled(line, printed)

        self._wire.dial(argument, ended, limit_s + GRACE_S)

    def _dialled(self, line: LineLeg, printed: str | EslError) -> None:
        line.is_dialling = False
        if isinstance(printed, EslError):
            return  # reading through the switch will tell
        if not printed.startswith("+OK"):
            self._closed(line, end_of_offer(cause_of_job(printed)).cause)
            return
        born = printed.removeprefix("+OK").strip()
        if born != line.line_id:
            # The identity was taken: FreeSWITCH has given the leg another one.
            self._wire.tell(api("uuid_kill", leg_uuid(born)))
            self._closed(line, "failed")
        elif line.is_closing:
            self._wire.tell(api("uuid_kill", leg_uuid(line.line_id)))

    def close(self, command: CloseLine) -> None:
        """Take a line down, with the conversation on it."""
        line = self._legs.lines.get(command.line_id)
        if line is not None:
            line.is_closing = True

        def replied(outcome: Reply | EslError) -> None:
            if not isinstance(outcome, Reply) or not outcome.is_refusal:
                return
            if line is None:
                self._report(LineClosed(0, command.line_id, "hangup"))
            elif not line.is_dialling:
                self._closed(line, "hangup")

        self._wire.tell(api("uuid_kill", leg_uuid(command.line_id)), replied)

    def _closed(self, line: LineLeg, cause: LineCause) -> None:
        if self._legs.lines.pop(line.line_id, None) is None:
            return
        # The line first: the end of the offer frees the agent, who must not be called on this line.
        self._report(LineClosed(0, line.line_id, cause))
        agent = self._legs.agents.get(line.offer_id)
        if agent is not None:
            self._over(agent)

    # -- offers on them ------------------------------------------------------------------------

    def ring(self, command: RingAgent, music: str) -> None:
        """Nothing rings: the offer is answered, as soon as it is on the line."""
        line = self._legs.lines.get(command.line_id)
        if line is None or not line.is_told:
            self._report(LineClosed(0, command.line_id, "lost"))
            self._report(OfferEnded(0, command.offer_id, "unreachable"))
            return
        if line.offer_id in self._legs.agents:
            self._report(OfferEnded(0, command.offer_id, "busy"))
            return
        agent = AgentLeg(
            command.offer_id,
            command.call_id,
            command.agent_id,
            progress="ready",
            is_answer_reported=True,
            before=(BEEP,),
            is_consult=command.consult,
            line_id=line.line_id,
        )
        if agent.is_consult:
            watch_agents(self._legs, self._wire, command.call_id)
        self._legs.agents[agent.offer_id] = agent
        line.offer_id = agent.offer_id
        consult = "true" if agent.is_consult else ""
        self._write(line, agent.offer_id, agent.call_id, consult, music)
        self._report(OfferAnswered(0, agent.offer_id, self._node_id))

    def cancel(self, agent: AgentLeg) -> None:
        """Take the caller off the line. The offer is over when the line is parked again."""
        line = self._legs.lines.get(agent.line_id)
        caller = self._legs.callers.get(agent.call_id)
        is_again = agent.is_cancelled
        agent.take_order("end_ordered")
        is_bridging = caller is not None and caller.bridging == agent.offer_id
        if line is None:
            self._over(agent)
        elif is_bridging and not is_again:
            return  # a transfer now would end both legs: it comes after the bridge
        elif line.is_bridged and caller is None and not is_again:
            return  # the line is on its way back by itself
        elif line.is_bridged or is_bridging or self._together.is_eavesdropping(agent.offer_id):
            self._together.take_off(agent.call_id, agent.offer_id)
        else:
            if agent.hearing:
                self._wire.tell(api("uuid_break", f"{leg_uuid(line.line_id)} all"))
            self._over(agent)

    def _over(self, agent: AgentLeg) -> None:
        if self._legs.agents.pop(agent.offer_id) is None:
            return
        line = self._legs.lines.get(agent.line_id)
        if line is not None:
            line.offer_id = ""
            self._write(line, "", "")
        caller = self._legs.callers.get(agent.call_id)
        if caller is not None and caller.bridging == agent.offer_id:
            self._bridging.apart(caller)
        self._bridging.look(agent.call_id)
        self._report(OfferEnded(0, agent.offer_id, "hangup"))

    def _write(
        self, line: LineLeg, offer_id: str, call_id: str, consult: str = "", music: str = ""
    ) -> None:
        """Which offer the line serves, for an engine that loses its memory."""
        pairs = ";".join(
            f"{variable_name(name)}={setvar_multi_value(name, value)}"
            for name, value in (
                (OFFER_VARIABLE, offer_id),
                (CALL_VARIABLE, call_id),
                (CONSULT_VARIABLE, consult),
                *(((HOLD_MUSIC_VARIABLE, music),) if music else ()),
            )
        )
        self._wire.tell(api("uuid_setvar_multi", f"{leg_uuid(line.line_id)} {pairs}"))

    # -- events --------------------------------------------------------------------------------

    def take(self, fields: ChannelFields) -> None:
        """Handles each event before the others: what is for a line in service is
        from here on for the offer that it serves."""
        if not self._legs.lines:
            return
        names = self._legs.offer_on
        leg_id, one, other = fields.unique_id, fields.bridge_a_id, fields.bridge_b_id
        offer_id, first, second = names(leg_id), names(one), names(other)
        if fields.event_name == "CHANNEL_BRIDGE":
            self._bridged(one)
            self._bridged(other)
        elif fields.event_name in _LEAVING:
            self._caller_left(leg_id)
        line = self._legs.lines.get(leg_id)
        if line is not None:
            self._heard_of(line, fields)
        fields.unique_id, fields.bridge_a_id, fields.bridge_b_id = offer_id, first, second

    def _caller_left(self, call_id: str) -> None:
        """A caller who goes while being joined with a line leaves it deaf: FreeSWITCH neither
        parks the second leg of such a bridge nor ends it."""
        caller = self._legs.callers.get(call_id)
        agent = self._legs.agents.get(caller.bridging) if caller is not None else None
        line = self._legs.lines.get(agent.line_id) if agent is not None else None
        if line is not None and not line.is_bridged:
            line.advance("bridged")  # it is on its way back from there
            self._wire.tell(api("uuid_transfer", f"{leg_uuid(line.line_id)} park inline"))

    def _heard_of(self, line: LineLeg, fields: ChannelFields) -> None:
        if fields.event_name == "CHANNEL_PARK":
            self._parked(line)
        elif fields.event_name == "CHANNEL_ANSWER":
            line.advance("answered")
            self._up(line)
        elif fields.event_name == "CHANNEL_HANGUP_COMPLETE":
            self._closed(line, _cause(line, fields.hangup_cause))

    def _up(self, line: LineLeg) -> None:
        # Not before it is parked: see `bridging`.
        if line.state == "idle" and not line.is_told and not line.is_closing:
            line.is_told = True
            self._report(LineOpened(0, line.line_id, self._node_id))

    def _parked(self, line: LineLeg) -> None:
        line.advance("parked")
        self._up(line)
        agent = self._legs.agents.get(line.offer_id)
        if agent is not None and agent.is_cancelled:
            self._over(agent)

    def _bridged(self, leg_id: str) -> None:
        line = self._legs.lines.get(leg_id)
        if line is None:
            return
        line.advance("bridged")
        agent = self._legs.agents.get(line.offer_id)
        if agent is not None and agent.is_cancelled:
            self._together.take_off(agent.call_id, agent.offer_id)


def _cause(line: LineLeg, hangup_cause: str) -> LineCause:
    """Why a line is down: an agent who hangs up clears it normally."""
    if not line.is_answered:
        return "hangup" if line.is_closing else end_of_offer(hangup_cause).cause
    return "hangup" if line.is_closing or hangup_cause == "NORMAL_CLEARING" else "lost"
