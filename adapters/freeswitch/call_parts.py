"""The parts of a node that handle calls, built from the bottom up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from acdengine.events import AnyEvent
from acdengine.runtime.sensitive_values import SensitiveValues
from adapters.freeswitch.agents.nailed_up_lines import NailedUpLines
from adapters.freeswitch.agents.pickup_legs import PickupLegs
from adapters.freeswitch.commands.agent_routes import AgentRoutes
from adapters.freeswitch.commands.bridge_commands import BridgeCommands
from adapters.freeswitch.commands.caller_commands import CallerCommands
from adapters.freeswitch.commands.command_executor import CommandExecutor
from adapters.freeswitch.commands.offer_commands import OfferCommands
from adapters.freeswitch.commands.playback_commands import PlaybackCommands
from adapters.freeswitch.commands.queue_places import QueuePlaces
from adapters.freeswitch.commands.service_commands import ServiceCommands
from adapters.freeswitch.commands.telephone_ringing import TelephoneRinging
from adapters.freeswitch.dialling.callback_customers import CallbackCustomers
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.dialling.redirected_offers import RedirectedOffers
from adapters.freeswitch.dialling.referred_callers import ReferredCallers
from adapters.freeswitch.dialling.third_party_legs import ThirdParties
from adapters.freeswitch.flow_steps.script_variables import LegVariables
from adapters.freeswitch.flow_steps.step_context import (
    KeepsSecrets,
    NoRecogniser,
    RecognisesUtterances,
    StepContext,
)
from adapters.freeswitch.flow_steps.step_control import StepControl
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.channel_variables import ChannelVariables
from adapters.freeswitch.legs.holding import Holding
from adapters.freeswitch.legs.inter_node_routes import TelephoneRoutes
from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.media.tenant_sounds import TenantSounds
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.recordings.conversation_recording import Recorder
from adapters.freeswitch.recordings.recording_folder import Storage
from adapters.freeswitch.recordings.voicemail import Voicemail
from adapters.freeswitch.resync.compared_tables import ComparedTables
from adapters.freeswitch.resync.comparison import ExternalLegs
from adapters.freeswitch.translation.agent_offers import AgentOffers
from adapters.freeswitch.translation.caller_intake import CallerIntake
from adapters.freeswitch.translation.caller_legs import CallerLegs
from adapters.freeswitch.translation.changes_during_resync import ReadingChanges
from adapters.freeswitch.translation.event_translator import EventTranslator
from adapters.freeswitch.translation.rejoined_callers import RejoinedCallers
from adapters.freeswitch.trunks.trunk_capacity import TrunkCapacity
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks


@dataclass(frozen=True, slots=True)
class CallContext:
    """What nearly every part of a node needs.

    Attributes:
        node_id: the engine's name of the switch.
        legs: the adapter's table.
        wire: sends commands.
        report: takes the engine's events.
        monotonic_s: a clock that is never set.
        later: calls something after so many seconds.
    """

    node_id: str
    legs: Legs
    wire: Wire
    report: Callable[[AnyEvent], None]
    monotonic_s: Callable[[], float]
    later: Callable[[float, Callable[[], object]], object]


@dataclass(frozen=True, slots=True)
class CallMedia:
    """What calls hear, and where the switch keeps what they leave.

    Attributes:
        sounds: names of music and prompts.
        storage: where the switch writes recordings and messages.
        secrets: keeps the digits of sensitive collections.
        recogniser: understands recorded utterances.
    """

    sounds: TenantSounds = field(default_factory=lambda: TenantSounds(Sounds()))
    storage: Storage = field(default_factory=Storage)
    secrets: KeepsSecrets = field(default_factory=lambda: SensitiveValues(time.monotonic))
    recogniser: RecognisesUtterances = field(default_factory=NoRecogniser)


class CallParts:
    """Translates the events of one node for the engine, and executes the engine's commands.

    Args:
        context: of the node.
        trunks: trunk groups of the node.
        media: sounds, recordings and messages.
        are_several: whether a contact is several telephones.
        on_adopted: called when a leg has become an agent's.

    Attributes:
        executor: executes commands.
        before: called first with each event, in order.
        handlers: tables of event handlers, in order.
        places: the `FactSink` of queue places.
        routes: how telephones are reached.
        variables: channel variables of flows and scripts.
        rejoined: callers whom FreeSWITCH bridges with other legs by itself.
        tables: what a comparison reads into.
        external: the other tables of legs.
    """

    def __init__(
        self,
        context: CallContext,
        trunks: NodeTrunks,
        media: CallMedia,
        are_several: Callable[[str], bool],
        on_adopted: Callable[[], None],
    ) -> None:
        node_id, legs, wire, report = context.node_id, context.legs, context.wire, context.report
        monotonic_s, later = context.monotonic_s, context.later
        sounds, storage = media.sounds, media.storage
        written = ChannelVariables(wire)
        bridging = Bridging(legs, wire, report, monotonic_s)
        holding = Holding(legs, wire, sounds, monotonic_s, later, report)
        capacity = TrunkCapacity(legs, trunks, monotonic_s)
        # What callers do alone: flows, messages, recordings.
        voicemail = Voicemail(legs, wire, storage, sounds, report)
        recorder = Recorder(legs, wire, storage, report)
        self.variables = LegVariables(wire, report)
        inputs = StepControl(_tools(context, media), self.variables)
        callers = CallerLegs(legs, wire, bridging, inputs, voicemail, report, later)
        # Calls with numbers outside, and with more than two legs.
        self.routes = TelephoneRoutes()
        dialler = Dialler(wire, capacity, later)
        outside = ExternalCalls(legs, wire, dialler, bridging, sounds, report, self.variables.fit)
        customers = CallbackCustomers(node_id, legs, dialler, callers.new, report)
        multiparty = MultipartyBridge(legs, wire, bridging, sounds, report, monotonic_s)
        parties = ThirdParties(node_id, legs, wire, dialler, self.routes, report, multiparty.hears)
        nailed_up = NailedUpLines(node_id, legs, wire, bridging, multiparty, report)
        # Events of the switch.
        offers = AgentOffers(node_id, legs, wire, bridging, report, later)
        rejoined = RejoinedCallers(legs, wire, report, offers.over, later, on_adopted)
        changes = ReadingChanges()
        intake = CallerIntake(node_id, wire, trunks, callers, changes, report)
        translation = EventTranslator(legs, bridging, intake, offers, callers, rejoined, report)
        self.before = (changes.take, offers.several.take, nailed_up.take)
        self.handlers = (
            translation.hearing, outside.hearing, customers.hearing, multiparty.hearing,
            parties.hearing, voicemail.hearing, recorder.hearing, holding.hearing, inputs.hearing,
            rejoined.consultations.hearing,
        )  # fmt: skip
        # Commands of the engine.
        routes = AgentRoutes(self.routes, RedirectedOffers(capacity), are_several)
        telephones = TelephoneRinging(legs, wire, offers, bridging, routes, report)
        pickup = PickupLegs(legs, wire, report)
        tables = (
            CallerCommands(callers, written).commands(),
            PlaybackCommands(callers, inputs, sounds, report).commands(),
            ServiceCommands(
                callers, inputs, outside, ReferredCallers(legs, wire, later, report), voicemail,
                holding,
            ).commands(),
            OfferCommands(legs, telephones, nailed_up, pickup, sounds).commands(),
            BridgeCommands(
                legs, callers, bridging, multiparty, inputs, sounds, report
            ).commands(),
            inputs.commands(), recorder.commands(), customers.commands(), parties.commands(),
            nailed_up.commands(), rejoined.commands(),
        )  # fmt: skip
        self.executor = CommandExecutor(tables, legs, report)
        self.places = QueuePlaces(legs, wire, written)
        self.rejoined = rejoined
        self.tables = ComparedTables(legs, callers, offers, trunks, changes, rejoined)
        self.external = ExternalLegs(legs, outside, customers, parties, multiparty)


def _tools(context: CallContext, media: CallMedia) -> StepContext:
    """What steps of flows use."""
    return StepContext(
        context.legs, context.wire, media.sounds, media.storage, media.secrets, media.recogniser,
        context.report, context.monotonic_s, context.later,
    )  # fmt: skip
