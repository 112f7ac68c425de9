"""A leg sent elsewhere: through the dialplan, or to applications named inline."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from adapters.sim.standin import applications, bridging, legs
from adapters.sim.standin.channel import Channel
from adapters.sim.standin.reading import separated
from adapters.sim.standin.settings import Actions

if TYPE_CHECKING:
    from adapters.sim.standin.switch import StandIn

_TRANSFER_USAGE: Final = "-USAGE: <uuid> [-bleg|-both] <dest-exten> [<dialplan>] [<context>]\n"
_FORCED: Final = "inline:"
_GONE: Final = "-ERR No such channel!\n"


def inline(text: str) -> Actions:
    """`park` or `set:a=b,park`: applications and their arguments."""
    pairs = (piece.partition(":") for piece in separated(text, ","))
    return tuple((name, argument) for name, _, argument in pairs if name)


def run_actions(switch: StandIn, leg: Channel, actions: Actions) -> None:
    """Run applications on a leg, one after the other; at their end it is hung up."""
    switch.actions[leg.uuid] = deque(actions)
    legs.goes(switch, leg, "CS_EXECUTE")
    next_action(switch, leg)


def next_action(switch: StandIn, leg: Channel) -> None:
    """The application that a leg ran has ended: the next one, or the end of the leg."""
    if not leg.is_up or leg.partner is not None or leg.joining is not None or leg.stack:
        return
    waiting = switch.actions.get(leg.uuid)
    if waiting:
        name, argument = waiting.popleft()
        applications.begin(switch, leg, name, argument)
    elif leg.state != "CS_PARK":
        legs.hang_up(switch, leg, "NORMAL_CLEARING")


def enter(switch: StandIn, leg: Channel, number: str, context: str) -> None:
    """The dialplan: where a number leads."""
    leg.caller["Caller-Destination-Number"] = number
    leg.caller["Caller-Dialplan"] = "XML"
    legs.goes(switch, leg, "CS_ROUTING")
    actions = switch.route(leg, number, context)
    if actions:
        run_actions(switch, leg, actions)
    else:
        legs.hang_up(switch, leg, "NO_ROUTE_DESTINATION")


def move(switch: StandIn, leg: Channel, words: list[str]) -> None:
    """Send a leg to a number, or to applications: `[destination, dialplan, context]`."""
    if not leg.is_up:
        return
    switch.actions.pop(leg.uuid, None)
    leg.stamp("Channel-Transfer", switch.clock.told_us())
    if leg.partner is not None:
        bridging.part(switch, leg)
    legs.unwind(switch, leg)
    forced = leg.get("force_transfer_dialplan") if len(words) == 1 else ""
    if forced.startswith(_FORCED):
        # Applications with a text of their own: the number is not looked at.
        leg.caller["Caller-Dialplan"] = forced
        run_actions(switch, leg, inline(forced.removeprefix(_FORCED)))
    elif len(words) > 1 and words[1].lower() == "inline":
        leg.caller["Caller-Dialplan"] = "inline"
        run_actions(switch, leg, inline(words[0]))
    else:
        enter(switch, leg, words[0], words[2] if len(words) > 2 else "public")


def _soon(switch: StandIn, leg: Channel, words: list[str]) -> None:
    switch.next_frame(leg, lambda: move(switch, leg, words))


def referred(switch: StandIn, leg: Channel, refer_to: str) -> None:
    """The far end has pressed its transfer key: a REFER without Replaces sends the partner on."""
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


def uuid_transfer(switch: StandIn, argument: str) -> str:
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


def uuid_dual_transfer(switch: StandIn, argument: str) -> str:
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


def uuid_park(switch: StandIn, argument: str) -> str:
    """The API command; what it prints."""
    leg = switch.living(argument.strip())
    if leg is None:
        return _GONE
    _soon(switch, leg, ["park", "inline"])
    return "+OK\n"


def _both(
    switch: StandIn, one: Channel, other: Channel, first: list[str], second: list[str]
) -> None:
    def part() -> None:
        if one.partner is other and one.is_up and other.is_up:
            # Both are wanted elsewhere: neither is left alone.
            bridging.unbridge(switch, one, other)
            move(switch, one, first)
            _soon(switch, other, second)

    switch.next_frame(one, part)
