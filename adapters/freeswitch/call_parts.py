"""The parts of a node that handle calls, connected with each other."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.events import AnyEvent
from adapters.freeswitch.agents.nailed_up_lines import NailedUpLines
from adapters.freeswitch.dialling.callback_customers import CallbackCustomers
from adapters.freeswitch.dialling.dialler import Dialler
from adapters.freeswitch.dialling.external_calls import ExternalCalls
from adapters.freeswitch.dialling.redirected_offers import RedirectedOffers
from adapters.freeswitch.dialling.third_parties import ThirdParties
from adapters.freeswitch.inputs.inputs import Inputs
from adapters.freeswitch.inputs.leg_tools import KeepsSecrets, LegTools
from adapters.freeswitch.inputs.leg_variables import LegVariables
from adapters.freeswitch.legs.bridging import Bridging
from adapters.freeswitch.legs.holding import Holding
from adapters.freeswitch.legs.internode import OtherNodes
from adapters.freeswitch.legs.legs import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.media.sounds import Sounds
from adapters.freeswitch.multiparty.multiparty_bridge import MultipartyBridge
from adapters.freeswitch.recordings.recording import Recorder
from adapters.freeswitch.recordings.storage import Storage
from adapters.freeswitch.recordings.voicemail import Voicemail
from adapters.freeswitch.resync.comparison import ExternalLegs
from adapters.freeswitch.switch_events import later
from adapters.freeswitch.translation.command_executor import CommandExecutor
from adapters.freeswitch.translation.event_translator import EventTranslator
from adapters.freeswitch.trunks.trunk_capacity import TrunkCapacity
from adapters.freeswitch.trunks.trunk_groups import NodeTrunks


class CallParts:
    """Translates the events of one node for the engine, and executes the engine's commands.

    Args:
        node_id: the engine's name of the switch.
        legs: the adapter's table.
        wire: sends commands.
        trunks: trunk groups of the node.
        sounds: names of music and prompts.
        storage: where the switch writes recordings and messages.
        report: takes the engine's events.
        monotonic_s: a clock that is never set.
        tenant_of: the tenant of a call; empty where it is not known.
        secrets: keeps digits of sensitive collections.
    """

    def __init__(
        self,
        node_id: str,
        legs: Legs,
        wire: Wire,
        trunks: NodeTrunks,
        sounds: Sounds,
        storage: Storage,
        report: Callable[[AnyEvent], None],
        monotonic_s: Callable[[], float],
        tenant_of: Callable[[str], str],
        secrets: KeepsSecrets,
    ) -> None:
        bridging = Bridging(legs, wire, report, monotonic_s)
        translation = self.translation = EventTranslator(
            node_id, legs, wire, bridging, trunks, report
        )
        translation.later = later
        capacity = TrunkCapacity(legs, trunks, monotonic_s)
        dialler = Dialler(wire, capacity, later)
        self.variables = LegVariables(wire, report)
        outside = ExternalCalls(
            legs, wire, dialler, bridging, self._sounds_of, report, self.variables.fit
        )
        customers = CallbackCustomers(node_id, legs, dialler, translation.new_caller, report)
        voicemail = Voicemail(legs, wire, storage, self._sounds_of, report)
        parties = self._parties = ThirdParties(node_id, legs, wire, dialler, report)
        multiparty = MultipartyBridge(legs, wire, bridging, self._sounds_of, report, monotonic_s)
        parties.on_hearing = multiparty.hears
        recorder = Recorder(legs, wire, storage, report)
        holding = Holding(legs, wire, self._sounds_of, monotonic_s, later, report)
        tools = LegTools(legs, wire, self._sounds_of, storage, secrets, report, monotonic_s, later)
        inputs = Inputs(tools, self.variables)
        translation.tell_also(
            outside.hearing, customers.hearing, multiparty.hearing, parties.hearing,
            voicemail.hearing, recorder.hearing, holding.hearing, inputs.hearing,
        )  # fmt: skip
        translation.finished_also = lambda *what: (
            voicemail.finished(*what) or inputs.finished(*what)
        )
        translation.began_also = inputs.began
        translation.pressed_also = inputs.press
        translation.is_recorded = inputs.is_recording
        nailed_up = NailedUpLines(node_id, legs, wire, bridging, multiparty, report)
        translation.before = nailed_up.take
        self.external = ExternalLegs(legs, outside, customers, parties, multiparty)
        self.executor = CommandExecutor(
            legs, wire, translation, bridging, outside, customers, voicemail, parties, multiparty,
            nailed_up, recorder, holding, RedirectedOffers(capacity), inputs, sounds,
            report, tenant_of,
        )  # fmt: skip

    def _sounds_of(self, call_id: str) -> Sounds:
        return self.executor.sounds_of(call_id)

    def use_others(self, others: OtherNodes) -> None:
        """Set how telephones of other nodes are reached."""
        self.executor.others = self._parties.others = others
