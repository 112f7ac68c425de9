"""A leg sent elsewhere: through the dialplan, or to applications named inline."""

from __future__ import annotations

from typing import Final

from adapters.sim.standin.calls import applications, bridging, leg_states
from adapters.sim.standin.core.channel import Channel
from adapters.sim.standin.core.standin_settings import Actions
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.text_parsing import separated

_TRANSFER_USAGE: Final = "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
_FORCED: Final = "inline:"
#: In the address of a REFER: the call that is to be replaced.
_REPLACES: Final = "?Replaces="
_GONE: Final = "-ERR No such channel!\n"


def inline(text: str) -> Actions:
    """`park` or `set:a=b,park`: applications and their arguments."""
    pairs = (piece.partition(":") for piece in separated(text, ","))
    return tuple((name, argument) for name, _, argument in pairs if name)


def enter(switch: SwitchCore, leg: Channel, number: str, context: str) -> None:
    """The dialplan: where a number leads."""
    leg.caller["Caller-Destination-Number"] = number
    leg.caller["Caller-Dialplan"] = "XML"
    leg_states.goes(switch, leg, "CS_ROUTING")
    actions = switch.route(leg, number, context)
    if actions:
        applications.run_actions(switch, leg, actions)
    else:
        leg_states.hang_up(switch, leg, "NO_ROUTE_DESTINATION")


def move(switch: SwitchCore, leg: Channel, words: list[str]) -> None:
    """Send a leg to a number, or to applications: `[destination, dialplan, context]`."""
    if not leg.is_up:
        return
    switch.actions.pop(leg.uuid, None)
    now = switch.clock.told_us()
    leg.stamp("Channel-Transfer", now)
    if leg.partner is not None:
        bridging.part(switch, leg)
    applications.unwind(switch, leg)
    forced = leg.get("force_transfer_dialplan") if len(words) == 1 else ""
    dialplan = words[1] if len(words) > 1 else forced or "XML"
    context = words[2] if len(words) > 2 else leg.caller.get("Caller-Context", "")
    leg.caller["Caller-Transfer-Source"] = (
        f"{now // 1_000_000}:{switch.new_uuid()}:bl_xfer:{words[0]}/{context}/{dialplan}"
    )
    if forced.startswith(_FORCED):
        # Applications with a text of their own: the number is not looked at.
        leg.caller["Caller-Dialplan"] = forced
        applications.run_actions(switch, leg, inline(forced.removeprefix(_FORCED)))
    elif len(words) > 1 and words[1].lower() == "inline":
        leg.caller["Caller-Dialplan"] = "inline"
        applications.run_actions(switch, leg, inline(words[0]))
    else:
        enter(switch, leg, words[0], words[2] if len(words) > 2 else "public")


def _soon(switch: SwitchCore, leg: Channel, words: list[str]) -> None:
    switch.next_frame(leg, lambda: move(switch, leg, words))


def referred(switch: SwitchCore, leg: Channel, refer_to: str) -> None:
    """The far end has pressed its transfer key: a REFER without Replaces sends the partner on, one
    with it joins the partner with that of the call that it names."""
    _, is_attended, replaced = refer_to.partition(_REPLACES)
    consultation = switch.living(replaced.partition(">")[0].partition("%3B")[0])
    if is_attended:
        if consultation is not None:
            _attended(switch, leg, consultation, refer_to)
        return
    number = refer_to.partition("sip:")[2].partition("@")[0]
    partner = leg.partner
    leg.set("transfer_disposition", "recv_replace")
    leg.set("transfer_destination", f"blind:{number}")
    leg.set("transfer_to", f"blind:{number if partner is None else partner.uuid}")
    if partner is None:
        leg.set("endpoint_disposition", "ATTENDED_TRANSFER_ERROR")
        return
    leg.set("endpoint_disposition", "BLIND_TRANSFER")
    partner.set("sip_refer_to", refer_to)
    _soon(switch, partner, [number])


def _attended(switch: SwitchCore, leg: Channel, consultation: Channel, refer_to: str) -> None:
    """Source: `sofia_handle_sip_i_refer` of mod_sofia."""
    ours, theirs = leg.partner, consultation.partner
    leg.set("transfer_disposition", "recv_replace")
    leg.set("refer_uuid", consultation.uuid)
    consultation.set("transfer_disposition", "replaced")
    concerned = (leg, consultation, ours, theirs)
    if any(one is not None and one.is_true("deny_refer_requests") for one in concerned):
        return
    if ours is None:
        leg.set("endpoint_disposition", "ATTENDED_TRANSFER_ERROR")
    elif any(one.caller is consultation for one in switch.originations.values()):
        # It still rings: who was consulted is joined at the answer.
        consultation.set("endpoint_disposition", "ATTENDED_TRANSFER")
        consultation.set("transfer_to", f"satt:{ours.uuid}")
        consultation.set("holding_uuid", ours.uuid)
        if consultation.far_end is not None:
            consultation.far_end.on_end(consultation, False)
        _soon(switch, ours, ["park", "inline"])
    elif theirs is not None:
        leg.set("transfer_to", f"att:{theirs.uuid}")
        theirs.set("transfer_disposition", "bridge")
        consultation.set("endpoint_disposition", "ATTENDED_TRANSFER")
        consultation.set("park_timeout", "2:attended_transfer")
        bridging.join(switch, ours, theirs)
    else:
        ours.set("sip_refer_to", refer_to)
        _soon(switch, ours, [consultation.caller["Caller-Destination-Number"]])
        leg_states.hang_up(switch, consultation, "ATTENDED_TRANSFER")


def uuid_transfer(switch: SwitchCore, argument: str) -> str:
    """The API command; what it prints."""
    words = separated(argument, " ")
    if len(words) < 2:
        return _TRANSFER_USAGE
    leg = switch.living(words[0])
    if leg is None:
        return _GONE
    which, rest = "", words[1:]
    if rest[0] in ("-bleg", "-both"):
        which, rest = rest[0], rest[1:]
    if not rest:
        return _TRANSFER_USAGE
    partner = leg.partner
    if which == "-both" and partner is not None:
        _both(switch, leg, partner, rest, rest)
    elif which == "-bleg":
        if partner is not None:
            _soon(switch, partner, rest)
    else:
        _soon(switch, leg, rest)
    return "+OK\n"


def uuid_dual_transfer(switch: SwitchCore, argument: str) -> str:
    """The API command: `A-destination/dialplan B-destination/dialplan`."""
    words = separated(argument, " ")
    leg = switch.living(words[0]) if words else None
    if leg is None:
        return _GONE
    if len(words) < 3:
        return "-USAGE: <uuid> <A-dest-exten>[/<A-dialplan>][/<A-context>] <B-dest-exten>\n"
    if leg.partner is None:
        _soon(switch, leg, words[1].split("/"))
    else:
        _both(switch, leg, leg.partner, words[1].split("/"), words[2].split("/"))
    return "+OK\n"


def uuid_park(switch: SwitchCore, argument: str) -> str:
    """The API command; what it prints."""
    leg = switch.living(argument.strip())
    if leg is None:
        return _GONE
    _soon(switch, leg, ["park", "inline"])
    return "+OK\n"


def _both(
    switch: SwitchCore, one: Channel, other: Channel, first: list[str], second: list[str]
) -> None:
    def part() -> None:
        if one.partner is other and one.is_up and other.is_up:
            # Both are wanted elsewhere: neither is left alone.
            bridging.unbridge(switch, one, other)
            move(switch, one, first)
            _soon(switch, other, second)

    switch.next_frame(one, part)
