"""Reads the live channels of a switch, after connecting and after any loss of events.

`show channels` is a table that FreeSWITCH writes with a delay of up to 200 ms, so it is asked a
little later than that, and each leg in it is asked for again by `uuid_dump`: one that is dead is
not there. What events told meanwhile wins.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from acdengine.events import SwitchSynced
from acdengine.live_legs import LiveCall, LiveLine
from adapters.freeswitch.legs.leg_table import AgentLeg, CallerLeg, ExternalLeg, Legs, LineLeg
from adapters.freeswitch.media.player import MARK
from adapters.freeswitch.media.sounds import STREAM
from adapters.freeswitch.protocol.channel_fields import (
    AGENT_VARIABLE,
    AHEAD_VARIABLE,
    BOND_VARIABLE,
    BOX_VARIABLE,
    CALL_VARIABLE,
    CALLER_VARIABLE,
    COLLECT_VARIABLE,
    CONSULT_VARIABLE,
    CUSTOMER_VARIABLE,
    END_KEYS_VARIABLE,
    FALLBACK_VARIABLE,
    HIDES_KEYS_VARIABLE,
    KNOWN_VARIABLE,
    LINE_VARIABLE,
    MESSAGE_VARIABLE,
    OFFER_VARIABLE,
    OUTSIDE_VARIABLE,
    PARTY_VARIABLE,
    PLACE_VARIABLE,
    PRIORITY_VARIABLE,
    QUEUE_VARIABLE,
    SILENCE,
    SKILLS_VARIABLE,
    STAYS,
    TRUNK_VARIABLE,
    UNSET_KEYS,
    ChannelFields,
    Place,
    read_place,
)
from adapters.freeswitch.protocol.errors import CommandRefused, MalformedEvent
from adapters.freeswitch.protocol.event_reader import HeaderValue, json_headers
from adapters.freeswitch.protocol.identifiers import call_of_offer, is_callers_uuid
from adapters.freeswitch.protocol.quoting import is_leg_uuid, leg_uuid
from adapters.freeswitch.resync.compared_tables import ComparedTables
from adapters.freeswitch.translation.caller_identity import identity_of, is_for_the_centre
from adapters.freeswitch.translation.changes_during_resync import ReadingChanges
from adapters.freeswitch.translation.dialplan_hints import Hints, read_hints
from adapters.freeswitch.translation.telephone_consultations import address
from adapters.freeswitch.trunks.trunk_groups import Way
from adapters.freeswitch.wire.awaited_commands import Sender, api

#: A new leg is in FreeSWITCH's table after 96 to 198 ms, as measured.
_TABLE_DELAY_S: Final = 0.3
_LIMIT_S: Final = 10.0
_NO_CONSULTS: Final[Mapping[str, tuple[str, str]]] = {}
#: Names and headers of what an event tells in text.
_FIELDS: Final = {
    one.name: one.encode_name for one in structs.fields(ChannelFields) if one.type is str
}
_OWN: Final = (AGENT_VARIABLE, LINE_VARIABLE, CUSTOMER_VARIABLE, OUTSIDE_VARIABLE, PARTY_VARIABLE)
#: `transfer_disposition` of a leg that a telephone's REFER with Replaces has joined with another.
_JOINED_BY_REFER: Final = "bridge"
_BRIDGED: Final = ("CS_SOFT_EXECUTE", "CS_EXCHANGE_MEDIA", "CS_HIBERNATE")


@dataclass(frozen=True, slots=True)
class Dump:
    """One leg, as `uuid_dump` tells of it."""

    headers: dict[str, HeaderValue]

    @property
    def fields(self) -> ChannelFields:
        """The same as an event would tell it."""
        known = {name: self.text(header) for name, header in _FIELDS.items()}
        return ChannelFields(**known)  # type: ignore[arg-type]

    @property
    def way(self) -> Way:
        """By what it came, or goes out."""
        is_inbound = self.text("Call-Direction") == "inbound"
        return Way(
            self.variable(TRUNK_VARIABLE),
            self.variable("sip_gateway") or self.variable("sip_gateway_name"),
            self.variable("freetdm_span_name"),
            self.variable("freetdm_span_number"),
            self.text("Caller-Network-Addr") if is_inbound else "",
            self.variable("sofia_profile_name"),
        )

    def hints(self, leg_id: str) -> Hints:
        """What the dialplan knew of the caller."""
        return read_hints(
            leg_id,
            self.variable(SKILLS_VARIABLE),
            self.variable(PRIORITY_VARIABLE),
            self.variable(KNOWN_VARIABLE),
            self.variable(QUEUE_VARIABLE),
        )

    def text(self, name: str) -> str:
        """A header's value; empty when it is not there."""
        value = self.headers.get(name, "")
        return value if isinstance(value, str) else ""

    def variable(self, name: str) -> str:
        """A channel variable's value; empty when it is not set."""
        return self.text(f"variable_{name}")

    @property
    def is_bridged(self) -> bool:
        """Whether it is joined with another leg."""
        return self.text("Channel-State") in _BRIDGED

    @property
    def is_held(self) -> bool:
        """Whether its telephone is on hold, by order or by its own key."""
        return self.text("Channel-Call-State") == "HELD"

    @property
    def is_answered(self) -> bool:
        """Whether it is answered."""
        return self.text("Answer-State") == "answered"

    @property
    def is_early(self) -> bool:
        """Whether what is played is heard on it before it is answered."""
        return self.text("Answer-State") == "early"

    @property
    def music(self) -> str:
        """The music that plays; empty where that is not known for certain.

        FreeSWITCH names the application that began last, and its response once it has ended: of
        music below a prompt that is over it tells nothing.
        """
        argument = self.variable("current_application_data")
        if self.variable("current_application") != "playback" or not argument.startswith(STREAM):
            return ""
        return "" if self.variable("current_application_response") else argument

    @property
    def is_idle(self) -> bool:
        """Whether nothing plays on a parked leg."""
        # A break leaves the name of its mark behind.
        return self.variable("current_application") in ("park", MARK.application)

    @property
    def is_parked(self) -> bool:
        """Whether an agent's leg may be bridged: nothing plays on it, or a prompt, which FreeSWITCH
        plays out of `park` and goes back to it without a word."""
        is_prompt = self.variable("current_application") == "playback"
        return not self.is_bridged and (self.is_idle or is_prompt)

    @property
    def is_recording_message(self) -> bool:
        """Whether a message is being spoken on it."""
        played = self.variable("current_application_data")
        return bool(self.variable(MESSAGE_VARIABLE)) and played.startswith(SILENCE)

    @property
    def is_reading_keys(self) -> bool:
        """Whether the switch reads sensitive keys on it."""
        is_reading = self.variable("current_application") == "play_and_get_digits"
        return is_reading and bool(self.variable(COLLECT_VARIABLE))

    @property
    def offer_id(self) -> str:
        """The offer that it is the leg of: on a nailed-up line the one that it serves."""
        if self.variable(LINE_VARIABLE) or self.variable(OFFER_VARIABLE):
            return self.variable(OFFER_VARIABLE)
        return self.text("Unique-ID") if self.call_id else ""

    @property
    def call_id(self) -> str:
        """The call whose offer it is the leg of; mostly the leg's own name tells."""
        if self.variable(LINE_VARIABLE) or not self.variable(AGENT_VARIABLE):
            return self.variable(CALL_VARIABLE)
        return self.variable(CALL_VARIABLE) or call_of_offer(self.text("Unique-ID"))

    @property
    def is_agents(self) -> bool:
        """Whether it is the leg of an offer."""
        return bool(self.offer_id)

    @property
    def is_own(self) -> bool:
        """Whether it was made by order, or is an agent's."""
        return any(self.variable(name) for name in _OWN)

    @property
    def is_callers(self) -> bool:
        """Whether it is a caller's leg, the engine's already or parked for it, or that of a
        customer who was rung back."""
        if self.variable(CUSTOMER_VARIABLE):
            return self.is_answered
        fields = self.fields
        if fields.agent_id or fields.watched:
            return False
        if not is_callers_uuid(self.text("Unique-ID")):
            return False
        if self.variable(CALLER_VARIABLE) or self.variable(PLACE_VARIABLE):
            return True
        return self.is_idle and is_for_the_centre(fields)


def legs_listed(printed: str) -> list[str]:
    """The uuids in what `show channels as json` printed.

    Raises:
        MalformedEvent: it is not what FreeSWITCH prints.
    """
    try:
        rows = json.loads(printed, strict=False).get("rows", [])
        return [str(row["uuid"]) for row in rows]
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise MalformedEvent(f"the table of channels cannot be read: {error!r}") from None


async def read_core(sender: Sender) -> str:
    """Which process the switch is: another after each start.

    Raises:
        EslError: the switch did not answer.
    """
    return (await api(sender, "global_getvar", "core_uuid", _LIMIT_S)).strip()


async def read_dumps(
    sender: Sender, known: Callable[[], list[str]], changes: ReadingChanges
) -> dict[str, Dump]:
    """Every live leg by its uuid: those of the table, and those known besides.

    Args:
        sender: to the switch.
        known: tells which legs are known, also of those that come up meanwhile.
        changes: legs with an event meanwhile, which are read again.

    Raises:
        EslError: the switch did not answer.
    """
    await asyncio.sleep(_TABLE_DELAY_S)
    listed = legs_listed(await api(sender, "show", "channels as json", _LIMIT_S))
    dumps: dict[str, Dump | None] = {}
    unread = list(dict.fromkeys([*listed, *known()]))
    # Until nothing has come up or changed while the last of it was read.
    while unread:
        for leg_id in unread:
            changes.touched.pop(leg_id, None)
            dumps[leg_id] = await read_dump(sender, leg_id)
        unread = list(
            dict.fromkeys([*changes.touched, *(one for one in known() if one not in dumps)])
        )
    return {leg_id: dump for leg_id, dump in dumps.items() if dump is not None}


async def read_dump(sender: Sender, leg_id: str) -> Dump | None:
    """One leg; None when it is not there, or cannot be named.

    Raises:
        EslError: the switch did not answer.
    """
    if not is_leg_uuid(leg_id):
        return None  # nothing can be done with it
    try:
        printed = await api(sender, "uuid_dump", f"{leg_uuid(leg_id)} json", _LIMIT_S)
    except CommandRefused:
        return None
    return Dump(json_headers(printed.encode()))


def synced(
    node_id: str,
    dumps: dict[str, Dump],
    tables: ComparedTables,
    core: str = "",
    asking: Mapping[str, tuple[str, str]] = _NO_CONSULTS,
) -> SwitchSynced:
    """Bring the table of legs to what is live, and tell the engine.

    Args:
        node_id: of the switch.
        dumps: of all legs that were live a moment ago.
        tables: of the node.
        core: the process that the switch is.
        asking: calls whose agent consults, with both legs.
    """
    legs, went = tables.legs, tables.changes.went
    live = {leg_id: dump for leg_id, dump in dumps.items() if leg_id not in went}
    lines = settle_lines(legs, live)
    # Of several telephones that ring for one offer the one that has answered counts.
    rung = sorted(live.values(), key=lambda dump: dump.is_answered)
    agents = {dump.offer_id: dump for dump in rung if dump.is_agents}
    _settle_agents(legs, agents)
    for dump in live.values():
        if not dump.is_own:
            tables.rejoined.consultations.read(dump.fields)
    for call_id in [call_id for call_id in legs.callers if call_id not in live]:
        del legs.callers[call_id]
    partners = {dump.call_id: offer_id for offer_id, dump in agents.items() if dump.is_bridged}
    calls = [
        _with_consult(
            _live_call(leg_id, dump, agents, partners.get(leg_id, ""), tables, live),
            asking.get(leg_id),
            agents,
        )
        for leg_id, dump in live.items()
        if leg_id in legs.callers or (dump.is_callers and not tables.trunks.is_turned_away(leg_id))
    ]
    tables.trunks.read({leg_id: dump.way for leg_id, dump in live.items()})
    return SwitchSynced(
        0, node_id, tuple(calls), tuple(legs.agents), tuple(legs.parties), core=core, lines=lines
    )


def settle_lines(legs: Legs, live: dict[str, Dump]) -> tuple[LiveLine, ...]:
    """Bring the lines of nailed-up agents to what is live; those that are, or are being dialled."""
    for line_id in [line_id for line_id in legs.lines if line_id not in live]:
        if not legs.lines[line_id].is_dialling:
            del legs.lines[line_id]
    for line_id, dump in live.items():
        if not dump.variable(LINE_VARIABLE):
            continue
        line = legs.lines.setdefault(line_id, LineLeg(line_id, dump.variable(AGENT_VARIABLE)))
        line.found(is_answered=dump.is_answered, is_bridged=dump.is_bridged)
        line.offer_id = dump.offer_id
        line.telephone = address(dump.text("Channel-Presence-ID"))
    return tuple(
        LiveLine(line.line_id, line.agent_id, line.is_answered) for line in legs.lines.values()
    )


def _with_consult(
    call: LiveCall, asking: tuple[str, str] | None, agents: Mapping[str, Dump]
) -> LiveCall:
    """The call as its agent's, though the agent may be talking with a consulted party."""
    if asking is None:
        return call
    offer_id, consult_id = asking
    agent_id = agents[offer_id].variable(AGENT_VARIABLE) if offer_id in agents else ""
    return structs.replace(call, offer_id=offer_id, agent_id=agent_id, consult_id=consult_id)


def _settle_agents(legs: Legs, live: dict[str, Dump]) -> None:
    for offer_id in [offer_id for offer_id in legs.agents if offer_id not in live]:
        if not legs.agents[offer_id].is_dialling:
            legs.agents.pop(offer_id)
    for offer_id, dump in live.items():
        call_id, agent_id = dump.call_id, dump.variable(AGENT_VARIABLE)
        leg = legs.agents.setdefault(offer_id, AgentLeg(offer_id, call_id, agent_id))
        if dump.variable(LINE_VARIABLE):
            leg.line_id = dump.text("Unique-ID")
        elif dump.variable(OFFER_VARIABLE):
            leg.rings_several = True
            if dump.is_answered:
                leg.answered_leg = dump.text("Unique-ID")
                legs.answered_legs[leg.answered_leg] = offer_id
        leg.found(
            is_answered=dump.text("Answer-State") == "answered",
            is_idle=dump.is_parked,
            bridges_itself=bool(dump.variable(AHEAD_VARIABLE)),
        )
        # The end of a sound may have been missed: nothing more is played to the agent.
        leg.before, leg.hearing = (), ""
        leg.telephone = address(dump.text("Channel-Presence-ID"))
        leg.is_consult = bool(dump.variable(CONSULT_VARIABLE))


def _live_call(
    leg_id: str,
    dump: Dump,
    agents: dict[str, Dump],
    offer_id: str,
    tables: ComparedTables,
    others: Mapping[str, Dump],
) -> LiveCall:
    legs = tables.legs
    known = legs.callers.get(leg_id)
    leg = known or tables.callers.new(leg_id, dump.variable(END_KEYS_VARIABLE) or UNSET_KEYS)
    if known is None and dump.is_reading_keys:
        leg.reads = dump.variable(COLLECT_VARIABLE)
        leg.hides_keys = dump.variable(HIDES_KEYS_VARIABLE) == "true"
    if dump.is_recording_message:
        leg.message, leg.box = dump.variable(MESSAGE_VARIABLE), dump.variable(BOX_VARIABLE)
    who = identity_of(dump.fields)
    leg.ani, leg.name, leg.is_withheld = who.shown_number, who.shown_name, who.withheld
    leg.dnis = dump.text("Caller-Destination-Number")
    leg.trunk_id = tables.trunks.group(dump.way)
    leg.is_answered = dump.text("Answer-State") == "answered"
    if not dump.is_bridged:
        offer_id = ""
    leg.has_fallback = bool(dump.variable(FALLBACK_VARIABLE))
    leg.stays = all(dump.variable(name) == value for name, value in STAYS.items())
    outside = legs.outside_of(leg_id)
    leg.bridging = ""
    leg.bridged_to = offer_id
    leg.is_held = bool(offer_id) and agents[offer_id].is_held
    bond = dump.variable(BOND_VARIABLE)
    if dump.is_bridged and not offer_id:
        leg.bridged_to = bond if bond in legs.parties else outside.leg_id if outside else ""
    moved = None
    if dump.is_bridged and not leg.bridged_to and bond in others:
        was_transferred = others[bond].variable("transfer_disposition") == _JOINED_BY_REFER
        moved = tables.rejoined.found_with(leg, bond, was_transferred)
    elif not dump.is_bridged:
        moved = tables.rejoined.found_parked(dump.fields)
    if leg.bridged_to:
        leg.player.off()
        leg.player.cut()
    elif (leg.is_answered or dump.is_early) and not (leg.message or leg.reads):
        # Those two nothing may cut off.
        if known is None and dump.music:
            leg.player.take_up(dump.music)
        if not leg.player.agrees(dump.music, dump.is_idle):
            tables.callers.renew(leg)
    is_heard = leg.is_answered or dump.is_early
    place = read_place(dump.variable(PLACE_VARIABLE)) if is_heard else Place()
    hints = dump.hints(leg_id)
    return LiveCall(
        leg_id, leg_id, who.number, leg.dnis, leg.trunk_id,
        queue_id=place.queue_id, queued_at_us=place.queued_at_us,
        priority=place.priority if place.queue_id else hints.priority, boost_us=place.boost_us,
        offer_id=offer_id,
        agent_id=agents[offer_id].variable(AGENT_VARIABLE) if offer_id else "",
        is_held=leg.is_held if offer_id else None,
        diverted_to=_diverted(leg, outside),
        early=dump.is_early,
        forgotten=known is None,
        skills=hints.skills, customer_id=hints.customer_id, wanted_queue=hints.queue_id,
        name=who.name, withheld=who.withheld, direction=who.direction, telephone=who.telephone,
        moved=moved,
    )  # fmt: skip


def _diverted(leg: CallerLeg, outside: ExternalLeg | None) -> str:
    """What a caller is busy with, in the engine's words."""
    if outside is not None:
        return f"number {outside.number}"
    return f"voicemail {leg.box}" if leg.message else ""
