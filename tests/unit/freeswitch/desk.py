"""An adapter's parts on a wire that only writes down: what is sent, and what the engine hears."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from acdengine.events import AnyEvent
from acdengine.plan import TrunkGroup
from acdengine.runtime.sensitive_values import SensitiveValues
from adapters.freeswitch.agents.nailed_up_lines import NailedUpLines
from adapters.freeswitch.dialling.callback_customers import CallbackCustomers
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.dialling.redirected_offers import RedirectedOffers
from adapters.freeswitch.dialling.third_parties import ThirdParties
from adapters.freeswitch.inputs.inputs import Inputs
from adapters.freeswitch.inputs.leg_tools import LegTools
from adapters.freeswitch.inputs.leg_variables import LegVariables
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.holding import Holding
from adapters.freeswitch.legs.legs import AgentLeg, Legs
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.protocol.channel_fields import (
    NO_KEYS,
    PASSED_OVER,
    ChannelFields,
    LegFields,
)
from adapters.freeswitch.protocol.codec import API_RESPONSE, EVENT_JSON, Codec, Frame
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.replies import Reply
from adapters.freeswitch.recordings.recording import Recorder
from adapters.freeswitch.recordings.storage import Storage
from adapters.freeswitch.recordings.voicemail import Voicemail
from adapters.freeswitch.switch_events import as_much_as_needed
from adapters.freeswitch.translation.command_executor import CommandExecutor
from adapters.freeswitch.translation.event_translator import EventTranslator
from adapters.freeswitch.trunks.trunk_capacity import TrunkCapacity
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkMap, TrunkUse

REPLAY = Path(__file__).parents[2] / "replay" / "esl"
#: As `FreeSwitchNode` reads.
READER = EventReader(ChannelFields, PASSED_OVER, LegFields)
FIELDS = msgspec.structs.fields(ChannelFields)
SOUNDS = Sounds(
    music={"default": "moh"},
    prompts={"greeting": "/s/greeting.wav", "position": "/s/position.wav"},
)

#: The orders by which everything that a caller hears is ended.
BROKEN: Final = ["uuid_break c all", "unset acd_broken"]


class Desk:
    """The parts of one node without a switch."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.reported: list[AnyEvent] = []
        self.sent: list[str] = []
        self.on_reply: list[Callable[[Reply | EslError], None] | None] = []
        self.on_end: list[Callable[[str | EslError], None]] = []
        self.legs = Legs()
        bridging = Bridging(self.legs, self, self.reported.append, lambda: self.now_s)
        self.groups: dict[str, TrunkGroup] = {}
        self.use = TrunkUse(lambda: self.groups, lambda: round(self.now_s * 1_000_000))
        self.trunks = NodeTrunks("n1", self.use, TrunkMap())
        self.translation = EventTranslator(
            "n1", self.legs, self, bridging, self.trunks, self.reported.append
        )
        #: What is to be done later.
        self.later: list[Callable[[], object]] = []
        capacity = TrunkCapacity(self.legs, self.trunks, lambda: self.now_s)
        dialler = Dialler(self, capacity, lambda _, action: self.later.append(action))
        variables = LegVariables(self, self.reported.append)
        self.outside = ExternalCalls(
            self.legs, self, dialler, bridging, lambda _: SOUNDS, self.reported.append,
            variables.fit,
        )  # fmt: skip
        self.customers = CallbackCustomers(
            "n1", self.legs, dialler, self.translation.new_caller, self.reported.append
        )
        self.messages = Voicemail(
            self.legs, self, Storage("/rec"), lambda _: SOUNDS, self.reported.append
        )
        self.parties = ThirdParties("n1", self.legs, self, dialler, self.reported.append)
        self.together = MultipartyBridge(
            self.legs, self, bridging, lambda _: SOUNDS, self.reported.append, lambda: self.now_s
        )
        self.parties.on_hearing = self.together.hears
        self.recorder = Recorder(self.legs, self, Storage("/rec"), self.reported.append)
        self.translation.finished_also = lambda *what: (
            self.messages.finished(*what) or self.inputs.finished(*what)
        )
        self.translation.began_also = lambda *what: self.inputs.began(*what)
        self.translation.pressed_also = lambda *what: self.inputs.press(*what)
        self.translation.is_recorded = lambda leg: self.inputs.is_recording(leg)
        nailed_up = NailedUpLines(
            "n1", self.legs, self, bridging, self.together, self.reported.append
        )
        self.translation.before = nailed_up.take
        self.holding = Holding(
            self.legs,
            self,
            lambda _: SOUNDS,
            lambda: self.now_s,
            lambda _, action: self.later.append(action),
            self.reported.append,
        )
        self.secrets = SensitiveValues(lambda: self.now_s)
        tools = LegTools(
            self.legs,
            self,
            lambda _: SOUNDS,
            Storage("/rec"),
            self.secrets,
            self.reported.append,
            lambda: self.now_s,
            lambda _, action: self.later.append(action),
        )
        self.inputs = Inputs(tools, variables)
        self.translation.tell_also(
            self.outside.hearing, self.customers.hearing, self.together.hearing,
            self.parties.hearing, self.messages.hearing, self.recorder.hearing,
            self.holding.hearing, self.inputs.hearing,
        )  # fmt: skip
        self.orders = CommandExecutor(
            self.legs, self, self.translation, bridging, self.outside, self.customers,
            self.messages, self.parties, self.together, nailed_up, self.recorder, self.holding,
            RedirectedOffers(capacity), self.inputs, SOUNDS, self.reported.append,
        )  # fmt: skip

    def tell(
        self, command: Command, on_reply: Callable[[Reply | EslError], None] | None = None
    ) -> None:
        self.sent.append(shown(command))
        self.on_reply.append(on_reply)

    def dial(self, argument: str, on_end: Callable[[str | EslError], None], limit_s: float) -> None:
        self.sent.append(f"originate {argument}")
        self.on_end.append(on_end)

    def new_uuid(self) -> str:
        return f"run-{len(self.sent)}"

    def new_id(self) -> str:
        return f"run-{len(self.sent)}"

    def answer(self, text: str, at: int = -1) -> None:
        """The switch answers one of the commands."""
        replied = self.on_reply[at]
        assert replied is not None
        replied(Reply(text, Frame(API_RESPONSE, b"", text.encode())))

    def hear(self, name: str, leg: str, **fields: str) -> None:
        """The switch sends an event."""
        told = ChannelFields(event_name=name, unique_id=leg, **fields)  # type: ignore[arg-type]
        headers = {one.encode_name: getattr(told, one.name) for one in FIELDS}
        # Behind all others, as FreeSWITCH does.
        behind = [one for one in headers if one.startswith("Application-")]
        last = {"Application": "any"} | {one: headers.pop(one) for one in behind}
        document = json.dumps({**headers, **last}, separators=(",", ":")).encode()
        event = READER.read(Frame(EVENT_JSON, b"", document))
        self.translation.take(
            as_much_as_needed(event, self.legs, self.translation.rejoined.is_sudden)
        )
        self.trunks.heard(event, leg)

    def drain(self) -> tuple[list[str], list[AnyEvent]]:
        """What was sent and reported since the last time."""
        drained = list(self.sent), list(self.reported)
        self.sent.clear()
        self.reported.clear()
        return drained

    def caller(self, call_id: str = "c") -> None:
        """A caller who has been answered."""
        self.hear(
            "CHANNEL_PARK",
            call_id,
            direction="inbound",
            answer_state="answered",
            end_keys=NO_KEYS,
        )
        self.drain()

    def agent(self, offer_id: str = "a", call_id: str = "c") -> AgentLeg:
        """An agent whose telephone rings."""
        leg = AgentLeg(offer_id, call_id, "t/anna")
        self.legs.agents[offer_id] = leg
        return leg


def shown(command: Command) -> str:
    """A command in short: an application by its name and argument."""
    text = command.wire.decode()
    if name := re.search("execute-app-name:(.*)", text):
        told = re.search("execute-app-arg:(.*)", text)
        return f"{name[1]} {told[1] if told else text.split(chr(10) * 2, 1)[1]}"
    return text.strip().removeprefix("api ")


def frames(name: str) -> list[Frame]:
    """All that a recorded connection received."""
    return list(Codec().feed((REPLAY / f"{name}.bin").read_bytes()))


def recorded(name: str) -> Iterator[ChannelFields]:
    """The events of a recording."""
    for frame in frames(name):
        if frame.content_type == EVENT_JSON:
            yield READER.read(frame).fields
