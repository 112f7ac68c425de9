"""Every command of the engine with hostile values in every field, and what it does to the wire.

What goes to the switch is read back with `switch_parsers`, which knows nothing of how it was
written. Its *shape* is what FreeSWITCH would do: which function or application, on how many words,
which variables are set. A value that could change that has become more than a value.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable
from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from acdengine import commands as cmd
from acdengine.plan import DialRoute, DialWay, TrunkGroup
from adapters.freeswitch.legs.inter_node_routes import OtherNodes
from adapters.freeswitch.protocol.command_lines import Command, bgapi
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, Frame
from adapters.freeswitch.protocol.reply_matching import Reply
from tests.unit.freeswitch import switch_parsers
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.evil import anything

Shape = tuple[str, ...]

KINDS: Final[tuple[type[cmd.Command], ...]] = typing.get_args(cmd.SwitchCommand)

_ROUTE: Final = DialRoute(ways=(DialWay(contact="sofia/gateway/carrier/{number}"),))
#: What has to be under way for a command to have anything to do.
BEFORE: Final[dict[type[cmd.Command], list[cmd.AnyCommand]]] = {
    cmd.StopPrompt: [cmd.PlayPrompt("c", "1", "greeting")],
    cmd.StopCollect: [cmd.Collect("c", "1", is_sensitive=True)],
    cmd.StopRecord: [cmd.RecordCaller("c", "1", "t/sales/one.wav")],
    cmd.CancelDial: [cmd.DialCustomer("cb", "0123", 20_000_000, ("0",), _ROUTE)],
    cmd.Supervise: [cmd.DialParty("p", "c", "", "user/1001@acd.test", 20_000_000)],
}

#: Values that mean something, by the field's name, so that a command goes as far as it can.
BENIGN: Final[dict[str, list[str]]] = {
    "call_id": ["c", "cb"],
    "offer_id": ["a", "b", "new-1"],
    "consult_id": ["b", "p"],
    "party_id": ["p", "q"],
    "line_id": ["", "l"],
    "leg_id": ["", "d"],
    "agent_id": ["t/anna"],
    "node_id": ["", "n1", "west"],
    "contact": ["", "user/1000@acd.test", "sofia/gateway/carrier/{number}"],
    "number": ["0123", ""],
    "allow": ["0"],
    "gateway": ["carrier"],
    "trunk_id": ["pstn"],
    "music": ["default", ""],
    "prompt": ["greeting", "position:3", "estimate:90"],
    "whisper": ["", "greeting"],
    "prompts": ["greeting", "position:3"],
    "key": ["1", "#"],
    "keys": ["12w#"],
    "variables": ["plain"],
    "cause": ["normal", "busy"],
    "box": ["t/sales"],
    "file": ["t/sales/one.wav", ""],
    "caller_number": ["", "0777"],
    "caller_name": ["", "Acme"],
    "end_keys": ["#", ""],
    "queue_id": ["t/sales"],
    "collect_id": ["1"],
    "record_id": ["1"],
    "name": ["flow_x", "greeting"],
    "value": ["12", "2026-12-01"],
    "options": ["1", "12"],
    "terminators": ["#", ""],
    "language": ["", "en"],
    "currency": ["EUR"],
    "typed": ["", "1"],
    "module": ["", "test"],
    "grammar": ["menu-{language}"],
}
EVIL: Final = st.one_of(
    anything,
    st.sampled_from(
        [
            "x\n\napi shutdown\n\n", "x\r\nexecute-app-name: system\r\n\r\n", "${system(id)}",
            "$${base_dir}", "'; api system id '", "a' &system(id) '", "]{x=y}[", ",loopback/9",
            "|sofia/gateway/evil/1", ":_:loopback/1", "^^:a=b:c=d", "&park() x", "x" * 5_000,
            "../../etc/passwd", "/etc/passwd", "system::id", "file@@1", "a!b", "tone_stream://x",
            "\ud800", "a\x00b", "origination_uuid=c", "{origination_nested_vars=true}x",
        ]
    ),
)  # fmt: skip


def values(name: str, kind: Any, hostile: bool) -> st.SearchStrategy[Any]:
    """Values for a field of that name and type."""
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return st.sampled_from(typing.get_args(kind))
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*[values(name, one, hostile) for one in typing.get_args(kind)])
    if origin is tuple:
        return st.lists(values(name, typing.get_args(kind)[0], hostile), max_size=2).map(tuple)
    if origin is dict:
        keys = EVIL if hostile else st.sampled_from(["Topic"])
        return st.dictionaries(keys, values(name, str, hostile), max_size=2)
    if kind is str:
        benign = st.sampled_from(BENIGN.get(name, ["plain"]))
        return st.one_of(benign, EVIL, EVIL) if hostile else benign
    if kind is bool:
        return st.booleans()
    if kind is float:
        return st.just(5.0)
    if kind is int:
        return st.sampled_from([0, 1, 20_000_000])
    if kind is type(None):
        return st.none()
    return structs(kind, hostile)


def structs(kind: type[Any], hostile: bool) -> st.SearchStrategy[Any]:
    """Commands, or parts of them, with every field drawn."""
    hints = typing.get_type_hints(kind)
    fields = [field.name for field in msgspec.structs.fields(kind)]
    return st.builds(kind, **{name: values(name, hints[name], hostile) for name in fields})


class Wiretap(Desk):
    """A desk at which every command is kept as it would go to the switch."""

    def __init__(self) -> None:
        self.wires: list[bytes] = []
        super().__init__()
        self.groups["pstn"] = TrunkGroup(trunk_id="pstn")
        self.parts.routes.use(OtherNodes("n1", lambda: {"west": "10.0.0.2:5080"}))

    def tell(
        self, command: Command, on_reply: Callable[[Reply | EslError], None] | None = None
    ) -> None:
        self.wires.append(command.wire)
        self.on_reply.append(on_reply)

    def dial(self, argument: str, on_end: Callable[[str | EslError], None], limit_s: float) -> None:
        self.wires.append(bgapi("originate", argument, "job").wire)
        self.on_end.append(on_end)

    def new_uuid(self) -> str:
        return f"run-{len(self.wires)}"

    def new_id(self) -> str:
        return f"run-{len(self.wires)}"

    def people(self, ani: str, name: str, dnis: str, *, talking: bool) -> None:
        """A caller, and two agents who have answered; one of them talks with the caller, or not."""
        self.hear(
            "CHANNEL_PARK", "c", direction="inbound", answer_state="answered",
            caller_number=ani, caller_name=name, destination_number=dnis,
        )  # fmt: skip
        for offer_id in ("a", "b"):
            leg = self.agent(offer_id)
            leg.progress = "ready"
        if talking:
            self.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="a")

    def go_on(self) -> None:
        """The switch says yes to everything, and what was dialled is parked, answered, joined."""
        for _ in range(3):
            replies, self.on_reply = self.on_reply, []
            for replied in replies:
                if replied is not None:
                    replied(Reply("+OK", Frame(API_RESPONSE, b"", b"+OK")))
            ends, self.on_end = self.on_end, []
            for wire, ended in zip(dialled(self.wires), ends, strict=False):
                ended(f"+OK {wire}\n")
            for leg_id in [*self.legs.agents, *self.legs.outside, "q", "l", "new-1"]:
                for name in ("CHANNEL_PARK", "CHANNEL_ANSWER"):
                    self.hear(name, leg_id, answer_state="answered")
            self.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid=f"run-{len(self.wires)}")
            later, self.later = self.later, []
            for action in later:
                action()


def dialled(wires: list[bytes]) -> list[str]:
    """The identities of the legs that were dialled, in order."""
    found = [re.search(rb"origination_uuid=([A-Za-z0-9-]+)", wire) for wire in wires]
    return [match[1].decode() for match in found if match is not None]


def shape(wire: bytes) -> Shape:
    """What FreeSWITCH would do with it, but for the values.

    Raises:
        AssertionError: it is more than one command, or one that is misread.
    """
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", wire), "a control character"
    (packet,) = switch_parsers.packets(wire)
    if packet.command.startswith("sendmsg "):
        if packet.headers.get("call-command") == "hangup":
            return ("hangup", *sorted(packet.headers))
        application, _ = switch_parsers.executed(packet)
        headers = sorted(name for name in packet.headers if not name.startswith("content-"))
        return ("execute", application, *headers)
    name, argument = switch_parsers.api_call(packet)
    if name == "originate":
        return _originate(argument)
    if name == "uuid_setvar":
        _, variable, _ = switch_parsers.setvar(argument)
        return ("uuid_setvar", variable)
    if name == "uuid_setvar_multi":
        return ("uuid_setvar_multi", *sorted(switch_parsers.setvar_multi(argument)[1]))
    words = switch_parsers.separated(argument, " ", 64)
    return (name, str(len(words)))


_OWN_HEADER: Final = re.compile("sip_h_X-ACD-[A-Za-z0-9_.-]{1,128}", re.I)


def _originate(argument: str) -> Shape:
    """One leg to a contact, and the application; variables one by one, see `variables_of`."""
    done = switch_parsers.originate(argument)
    ((contact, own),) = done.legs
    assert re.fullmatch(r"[a-z]+/[^,|{}<>'\" ]+", contact), contact
    assert not own
    return ("originate", done.application[0])


def variables_of(wire: bytes) -> list[str]:
    """The variables that a dialled leg is born with, but for the headers that anybody may name."""
    (packet,) = switch_parsers.packets(wire)
    if not packet.command.startswith("bgapi originate "):
        return []
    done = switch_parsers.originate(switch_parsers.api_call(packet)[1])
    return [name for name in done.variables if not _OWN_HEADER.fullmatch(name)]
