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
from acdengine.speech_input import Recognised, SpeechInput
from adapters.freeswitch.call_parts import CallContext, CallMedia, CallParts
from adapters.freeswitch.leg_events import as_much_as_needed
from adapters.freeswitch.legs.leg_table import AgentLeg, Legs
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.protocol.channel_fields import (
    NEVER_IN,
    NO_KEYS,
    PASSED_OVER,
    ChannelFields,
    LegFields,
)
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, EVENT_JSON, Codec, Frame
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.translation.caller_legs import OVERTAKEN_S
from adapters.freeswitch.translation.event_dispatch import EventDispatch
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks, TrunkMap, TrunkUse

REPLAY = Path(__file__).parents[2] / "replay" / "esl"
#: As `FreeSwitchNode` reads.
READER = EventReader(ChannelFields, PASSED_OVER, LegFields, NEVER_IN)
FIELDS = msgspec.structs.fields(ChannelFields)
SOUNDS = Sounds(
    music={"default": "moh"},
    prompts={"greeting": "/s/greeting.wav", "position": "/s/position.wav"},
)

#: The orders by which everything that a caller hears is ended.
BROKEN: Final = ["uuid_break c all", "unset acd_broken"]


#: How long the adapter waits for events that may still come.
_EVENT_WAITS_S: Final = (OVERTAKEN_S, 1.0)


class AskedRecogniser:
    """Writes down what it is asked; a test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[SpeechInput, str]] = []
        self.discarded: list[str] = []
        self.answer: Callable[[Recognised], None] = lambda _: None

    def ask(
        self, call_id: str, speech: SpeechInput, path: str, then: Callable[[Recognised], None]
    ) -> None:
        self.asked.append((speech, path))
        self.answer = then

    def discard(self, path: str) -> None:
        self.discarded.append(path)


class Desk:
    """The parts of one node without a switch."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.reported: list[AnyEvent] = []
        self.sent: list[str] = []
        self.on_reply: list[Callable[[Reply | EslError], None] | None] = []
        self.on_end: list[Callable[[str | EslError], None]] = []
        self.legs = Legs()
        self.groups: dict[str, TrunkGroup] = {}
        self.use = TrunkUse(lambda: self.groups, lambda: round(self.now_s * 1_000_000))
        self.trunks = NodeTrunks("n1", self.use, TrunkMap())
        #: What is to be done later.
        self.later: list[Callable[[], object]] = []
        #: Whether the adapter's waits for events that may still come are held as well; else they
        #: are over at once.
        self.holds_waits = False
        self.secrets = SensitiveValues(lambda: self.now_s)
        #: Contacts that are several telephones.
        self.several: list[str] = []
        context = CallContext(
            "n1", self.legs, self, self.reported.append, lambda: self.now_s, self._later
        )
        self.recogniser = AskedRecogniser()
        media = CallMedia(TenantSounds(SOUNDS), Storage("/rec"), self.secrets, self.recogniser)
        self.parts = CallParts(
            context, self.trunks, media, lambda contact: contact in self.several, lambda: None
        )
        self.orders = self.parts.executor
        self.places = self.parts.places
        self.tables = self.parts.tables
        self.dispatch = EventDispatch(self.parts.before, self.parts.handlers)

    def _later(self, delay_s: float, action: Callable[[], object]) -> None:
        if delay_s not in _EVENT_WAITS_S or self.holds_waits:
            self.later.append(action)
        else:
            action()

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
        self.dispatch.take(as_much_as_needed(event, self.legs, self.parts.rejoined.is_sudden))
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
