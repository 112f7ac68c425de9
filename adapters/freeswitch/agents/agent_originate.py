"""Builds the argument of `originate` for an agent's leg: uuid, time limits, caller ID, headers."""

from __future__ import annotations

from typing import Final

from acdengine.commands import RingAgent, ShownCaller
from acdengine.screen_pop import ScreenPop
from adapters.freeswitch.legs.inter_node_routes import Way
from adapters.freeswitch.legs.leg_table import CallerLeg
from adapters.freeswitch.protocol.channel_fields import (
    AGENT_VARIABLE,
    CALL_VARIABLE,
    CONSULT_VARIABLE,
    HOLD_MUSIC,
    HOLD_MUSIC_VARIABLE,
    OFFER_VARIABLE,
    WATCHED_VARIABLE,
)
from adapters.freeswitch.protocol.dial_strings import (
    WITHHELD,
    WITHHELD_NAME,
    WITHHELD_NUMBER,
    LegToDial,
    Shown,
    originate_argument,
    shown_name,
)
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.identifiers import call_of_offer
from adapters.freeswitch.protocol.quoting import dial_number, display_text, leg_uuid
from routing.policy import AutoAnswer

_SECOND_US: Final = 1_000_000
#: FreeSWITCH's own limits are later than the engine's by so much: they are for an engine that died.
GRACE_S: Final = 3
#: `sip_h_` makes a header of a variable, on the INVITE as it is.
_HEADER: Final = "sip_h_"
#: What makes a telephone see a variable, where that is not by SIP: `set_call_params` of mod_verto
#: hands such variables to the browser; behind `null/` there is nobody to see any.
_SEEN_AS: Final = {"verto.rtc": "verto_h_", "verto": "verto_h_", "null": ""}

#: Sources: `sofia_glue_do_invite` for FreeSWITCH's own way; RFC 3261 §20.4 and §20.9, and the
#: makers' handbooks, for what the telephones look for in the headers.
_AUTO_ANSWER: Final[dict[AutoAnswer, tuple[str, str]]] = {
    "standard": ("sip_auto_answer", "true"),
    "call_info": (f"{_HEADER}Call-Info", "<sip:localhost>;answer-after=0"),
    "alert_info": (
        f"{_HEADER}Alert-Info",
        "<http://localhost>;info=alert-autoanswer;delay=0",
    ),
}


def ring_limit_s(timeout_us: int) -> int:
    """After how many seconds FreeSWITCH itself is to give a ringing leg up."""
    return -(-timeout_us // _SECOND_US) + GRACE_S


def ring_argument(
    command: RingAgent,
    caller: CallerLeg | None,
    way: Way | None = None,
    *,
    is_watched: bool = False,
    music: str = HOLD_MUSIC,
    several: bool = False,
) -> str:
    """The argument of `originate` that rings an agent.

    Args:
        command: the engine's.
        caller: the caller's leg, where this node knows it.
        way: to the telephone, where it is not simply the contact.
        is_watched: whether it is to be told when the leg begins to end.
        music: what the caller hears when the agent presses the telephone's hold key.
        several: whether several telephones are to ring at once (`several_phones`).

    Raises:
        Unrepresentable: the contact is none, or the ids are none.
    """
    limit_s = ring_limit_s(command.timeout_us)
    contact = command.contact if way is None else way.contact
    variables = {AGENT_VARIABLE: command.agent_id, "ignore_early_media": "1"}
    if several:
        variables |= {OFFER_VARIABLE: command.offer_id, CALL_VARIABLE: command.call_id}
    else:
        # The leg's own name is the offer's.
        variables = {"origination_uuid": leg_uuid(command.offer_id), **variables}
        # The leg is parked while it rings, so that it may be bridged the moment it is answered.
        variables["return_ring_ready"] = "1"
        # Of a leg that rings in park nothing else would take care if the engine died.
        variables["park_timeout"] = f"{limit_s}:NO_ANSWER"
        if call_of_offer(command.offer_id) != command.call_id:
            variables[CALL_VARIABLE] = command.call_id
    if command.consult:
        variables[CONSULT_VARIABLE] = "true"
    if is_watched:
        variables[WATCHED_VARIABLE] = "true"
    if music != HOLD_MUSIC:
        variables[HOLD_MUSIC_VARIABLE] = music
    if command.auto_answer:
        variables |= auto_answer_variables(command.auto_answer)
    if command.screen_pop is not None:
        variables |= screen_pop_variables(command.call_id, command.screen_pop, contact)
    if way is not None:
        variables |= way.variables
    shown = _shown(command.shown, caller)
    if shown.number == WITHHELD_NUMBER:
        variables |= WITHHELD
    return originate_argument([LegToDial(contact)], variables, "park", shown=shown, limit_s=limit_s)


def auto_answer_variables(way: AutoAnswer) -> dict[str, str]:
    """What tells a telephone to answer by itself."""
    if not way:
        return {}
    name, value = _AUTO_ANSWER[way]
    return {name: value}


def screen_pop_variables(call_id: str, shown: ScreenPop | None, contact: str) -> dict[str, str]:
    """The `X-ACD-` headers of the INVITE; all text in them is data."""
    prefix = _SEEN_AS.get(contact.partition("/")[0], _HEADER)
    if shown is None or not prefix:
        return {}
    headers = {
        "Call": call_id,
        "Queue": shown.queue_id,
        "ANI": shown.ani,
        "Name": shown.name,
        "DNIS": shown.dnis,
        "Customer": shown.customer_id,
        "Priority": str(shown.priority),
        "Waited": str(shown.waited_us // _SECOND_US),
    }
    known = {name.lower() for name in headers}
    own = {name: text for name, text in shown.extra.items() if name.lower() not in known}
    return {
        f"{prefix}X-ACD-{name}": shown_text
        for name, text in (own | headers).items()
        if (shown_text := display_text(text))
    }


def _shown(shown: ShownCaller | None, caller: CallerLeg | None) -> Shown:
    """Who calls, as the telephone is to show it."""
    if shown is None:
        if caller is None:
            return Shown()
        shown = ShownCaller(caller.name, caller.ani)
    name = shown_name(shown.name or shown.number)
    if not shown.number:
        return Shown(name or WITHHELD_NAME, WITHHELD_NUMBER)
    try:
        return Shown(name, dial_number("caller", shown.number))
    except Unrepresentable:
        return Shown(name)  # no number
