"""Flows: callers in IVR flows, from step to step, and where a flow sends them.

The interpreter (`acdengine.ivr`) decides; this part gives it the reports of the switch, gives its
orders to the switch, and says where the call goes on: `Destinations` sends it there, and brings it
back where the flow wants that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from acdengine.commands import PlayMusic, StopPrompt
from acdengine.engine.agent_calls import AgentCalls
from acdengine.engine.file_names import caller_part, file_name
from acdengine.engine.flow_ends import tell_flow_left
from acdengine.engine.flow_orders import (
    ask_order,
    collect_order,
    id_of,
    play_order,
    record_order,
    script_order,
)
from acdengine.engine.flow_places import FlowPlaces
from acdengine.engine.part import Handlers, Part, Share, Shares
from acdengine.engine.records import Call, IvrCall, is_in_flow
from acdengine.engine.state import EngineState
from acdengine.flow_facts import (
    CallTagged,
    FlowEntered,
    FlowStepLeft,
    FlowVersionChanged,
    SurveyAnswered,
)
from acdengine.ivr.effects import (
    AnyEffect,
    ChangeAgent,
    CheckPin,
    Collect,
    FlowEnded,
    GoTo,
    HangUp,
    HttpRequest,
    LeaveQueue,
    Music,
    PlaceCallback,
    Play,
    Record,
    RunScript,
    ScoreGiven,
    SendWebhook,
    StepLeft,
    StopPlay,
    TagCall,
    Wake,
    WriteLog,
)
from acdengine.ivr.expressions.values import Values
from acdengine.ivr.inputs import (
    AnyInput,
    HttpAnswered,
    InputEnded,
    PinChecked,
    PlayFinished,
    ReachEnded,
    Recorded,
    ScriptEnded,
    TimePassed,
)
from acdengine.ivr.interpreter import Interpreter
from acdengine.ivr.nodes.deciding import customer_values
from acdengine.ivr.program import programs_of
from acdengine.ivr.turn import AgentSeen, QueueState
from acdengine.ivr.versions import Served, UnknownVersion
from acdengine.plan import Plan
from acdengine.requests import FlowLiveRequested, FlowTrialRequested, Request
from acdengine.service_commands import StopScript, TellSystem, WriteLogLine
from acdengine.speech_input import SpeechInput
from queues.policy import SECOND_US, WORKING
from queues.targets import Target, ToHangup, describe
from routing.policy import Customer, Hold, Hours

_NO_TRIAL: Final = "no version is tried"
#: What the switch never reports as over is taken as over.
_GUARD_US: Final = 120 * SECOND_US
#: The same of the daemon: beyond the time that a request or script has.
_SERVICE_GUARD_US: Final = 5 * SECOND_US
#: A PIN is checked within this time, others that are checked before it included.
_PIN_US: Final = 20 * SECOND_US


class Onward(Struct, frozen=True):
    """Where a flow sends its call, and what the call is given for it."""

    target: Target
    skills: dict[str, int] = {}
    priority: int = 0
    credit_us: int = 0
    preferred: dict[str, int] = {}
    #: The flow has said that it is over, and has no word on the call.
    is_over: bool = False
    #: The ticket of a queue beside which the flow goes on, and what it wants done then.
    beside: int = 0
    rest: tuple[AnyEffect, ...] = ()


def _onward(effect: GoTo | HangUp | FlowEnded, rest: list[AnyEffect]) -> Onward:
    """Where an effect sends the call; what follows it is for a flow that goes on meanwhile."""
    if isinstance(effect, GoTo):
        return Onward(
            effect.target, effect.skills, effect.priority, effect.credit_us, effect.preferred,
            beside=effect.ticket if effect.waits else 0, rest=tuple(rest),
        )  # fmt: skip
    if isinstance(effect, HangUp):
        return Onward(ToHangup(cause=effect.cause))
    return Onward(ToHangup(), is_over=True)


class CentreWorld:
    """What flows may ask of the centre."""

    def __init__(self, state: EngineState, agents: AgentCalls) -> None:
        self._state = state
        self._agents = agents

    def agent(self, agent_id: str) -> AgentSeen | None:
        """An agent as one who calls hears of it."""
        return self._agents.seen(agent_id)

    def hours(self, hours_id: str) -> Hours | None:
        """Opening hours of the plan."""
        return self._state.plan.hours.get(hours_id)

    def held(self, hours_id: str) -> Hold | None:
        """How opening hours are held open or closed by hand."""
        return self._state.held_hours.get(hours_id)

    def customer(self, tenant_id: str, number: str) -> Customer | None:
        """The customer of a number."""
        return self._state.plan.customers.get(f"{tenant_id}/{number}")

    def queue_state(self, queue_id: str) -> QueueState:
        """A queue as it is now; an empty one where the settings have it no longer."""
        state = self._state
        queue = state.queues.get(queue_id)
        if queue is None:
            return QueueState()
        staff = sum(agent.state in WORKING for agent in state.agents_of.get(queue_id, {}).values())
        return QueueState(
            len(queue.calls),
            state.newcomer_estimate_us(queue),
            staff,
            queue.service_level.value(state.now_us),
        )


class Flows(Part):
    """Takes calls through flows."""

    def __init__(self, state: EngineState, agents: AgentCalls, places: FlowPlaces) -> None:
        self._state = state
        self._agents = agents
        self._places = places
        self._versions = state.flow_versions
        self._interpreter = Interpreter(CentreWorld(state, agents))
        #: Versions that the interpreter has.
        self._ready: dict[str, bool] = {}

    def shares(self) -> Shares:
        """The versions of flows."""
        served = self._versions.served
        return {
            "flow_versions": Share(dict[str, Served], lambda: served, served.update, dict),
        }

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {FlowLiveRequested: self.make_live, FlowTrialRequested: self.try_version}

    # -- versions ------------------------------------------------------------------------------

    def read_plan(self, plan: Plan, by: str = "settings", percent: int = 100) -> None:
        """Take in the flows of a plan; old versions with no caller in them are dropped.

        ``percent``: of the callers of a flow that there is already who get what is new.
        """
        self._versions.publish(plan.ivr_flows, self._state.now_us, by, percent)
        self._tell_changes()
        calls = self._state.calls.values()
        used = {call.ivr.run.version: True for call in calls if call.ivr is not None}
        for version in self._versions.forget(used.__contains__):
            self._interpreter.remove(version)
            self._ready.pop(version, None)

    def make_live(self, event: FlowLiveRequested) -> None:
        """Give all callers one version from now on."""
        versions, flow_id, version = self._versions, event.flow_id, event.version
        served = versions.served.get(flow_id)
        if served is not None and served.live == version and not served.trial:
            self._state.answer(event, "that version is live already")
            return
        self._change(event, lambda at_us: versions.make_live(flow_id, version, at_us, event.by))

    def try_version(self, event: FlowTrialRequested) -> None:
        """Give a share of the callers one version from now on."""
        versions, flow_id, percent = self._versions, event.flow_id, event.percent
        served = versions.served.get(flow_id)
        version = event.version
        if not percent:
            tried = served.trial if served is not None else ""
            if not tried or version not in ("", tried):
                self._state.answer(event, "no such version is tried" if tried else _NO_TRIAL)
                return
            version = tried
        elif served is not None and version == served.live:
            self._state.answer(event, "that version is live already")
            return
        self._change(
            event, lambda at_us: versions.share(flow_id, version, percent, at_us, event.by)
        )

    def _change(self, event: Request, change: Callable[[int], None]) -> None:
        problem = ""
        try:
            change(self._state.now_us)
        except UnknownVersion as unknown:
            problem = str(unknown)
        self._tell_changes()
        self._state.answer(event, problem)

    def _tell_changes(self) -> None:
        """Tell what was done to versions. What an engine begins with is no change: there was no
        event yet, and so no time."""
        state = self._state
        changes = self._versions.take_changes()
        if not state.now_us:
            return
        for flow_id, change in changes:
            state.facts.append(
                FlowVersionChanged(
                    state.now_us, flow_id, change.version, change.what, change.percent, change.by
                )
            )

    # -- what happens to a call ----------------------------------------------------------------

    def begin(self, call: Call, flow_id: str) -> Onward | None:
        """A call comes into a flow; returns where it goes on at once, if it does."""
        caller = call.caller
        known = self._versions.version_for(flow_id, caller.known_by or call.call_id)
        self._have(known.flow_id, known.version)
        customer = self._state.plan.customers.get(f"{call.tenant_id}/{caller.known_by}")
        values: Values = {
            "caller.number": caller.ani,
            "caller.name": caller.name,
            "call.dialled": call.dnis,
            "call.id": call.call_id,
            **customer_values(customer),
        }
        run, effects = self._interpreter.start(
            call.call_id, known.version, flow_id, values, self._state.now_us
        )
        call.ivr = IvrCall(run, flow_id, entered_us=self._state.now_us)
        is_trial = known.version == self._versions.served[flow_id].trial
        self._state.tell_call(
            call,
            FlowEntered(self._state.now_us, call.call_id, flow_id, known.version, is_trial),
        )
        return self._carry_out(call, call.ivr, effects)

    def give(self, call: Call, given: AnyInput) -> Onward | None:
        """Something is reported to a call's flow; returns where the call goes on, if it does."""
        ivr = call.ivr
        if ivr is None:
            return None
        self._have(ivr.flow_id, ivr.run.version)
        effects = self._interpreter.handle(ivr.run, given, self._state.now_us)
        return self._carry_out(call, ivr, effects)

    def takes(self, call: Call, outcome: str) -> bool:
        """Whether the flow that has sent a call away wants it back when it comes back so."""
        ivr = call.ivr
        if ivr is None or not ivr.run.reaching:
            return False
        self._have(ivr.flow_id, ivr.run.version)
        return self._interpreter.takes(ivr.run, outcome)

    def overdue(self, call: Call) -> Onward | None:
        """Handles the deadline of a step: its time is over, or the switch has not reported the end
        of an order."""
        ivr = call.ivr
        pending = ivr.run.pending if ivr is not None else None
        if ivr is None or pending is None:
            return None
        if pending.due_us and pending.due_us <= self._state.now_us:
            pending.due_us = 0
            return self.give(call, TimePassed(pending.ticket))
        self._state.count("overdue_prompts")
        over: dict[str, AnyInput] = {
            "play": PlayFinished(pending.ticket),
            "collect": InputEnded(pending.ticket, "noinput"),
            "record": Recorded(pending.ticket),
            "http": HttpAnswered(pending.ticket, problem="timeout"),
            "script": ScriptEnded(pending.ticket, "timeout"),
            "pin": PinChecked(pending.ticket, "failed"),
        }
        return self.give(call, over[ivr.awaits]) if ivr.awaits else None

    def resume(self, call: Call) -> Onward | None:
        """The adapter restarted: repeat the present order, without what the caller has heard."""
        ivr = call.ivr
        if ivr is None:
            return None
        self._have(ivr.flow_id, ivr.run.version)
        effects = self._interpreter.resume(ivr.run, self._state.now_us)
        return self._carry_out(call, ivr, effects)

    def go_on_beside(self, call: Call, onward: Onward) -> Onward | None:
        """The call waits in the queue that its flow has sent it to: the flow goes on beside it,
        unless the call has come back and gone there again meanwhile."""
        ivr = call.ivr
        if ivr is None or ivr.run.reaching != onward.beside or not is_in_flow(call):
            return None
        self._places.music(call, ivr)
        return self._carry_out(call, ivr, list(onward.rest))

    def beside_due(self, call: Call) -> Onward | None:
        """A step of a flow beside a queue is due, or the agent who cut it off has gone again."""
        ivr = call.ivr
        if ivr is not None and ivr.is_cut:
            ivr.is_cut = False
            return self.resume(call)
        return self.overdue(call)

    def _have(self, flow_id: str, version: str) -> None:
        if version not in self._ready:
            flows = self._versions.find(flow_id, version).flows
            self._interpreter.add(version, programs_of(flows.values()))
            self._ready[version] = True

    # -- what a flow wants ---------------------------------------------------------------------

    def _carry_out(self, call: Call, ivr: IvrCall, effects: list[AnyEffect]) -> Onward | None:
        for place, effect in enumerate(effects):
            if isinstance(effect, GoTo | HangUp | FlowEnded):
                onward = _onward(effect, effects[place + 1 :])
                tell_flow_left(self._state, call, describe(onward.target))
                if isinstance(onward.target, ToHangup):
                    call.ivr = None
                return onward
            if isinstance(effect, PlaceCallback):
                outcome = self._places.place_callback(call, ivr, effect.queue_id, effect.number)
                return self.give(call, ReachEnded(effect.ticket, outcome))
            if isinstance(effect, ChangeAgent):
                return self.give(call, self._agents.change(call, effect))
            if isinstance(effect, CheckPin):
                answer = self._agents.check_pin(call, effect)
                if answer is not None:
                    return self.give(call, answer)
                ivr.awaits, ivr.limit_us = "pin", _PIN_US
            self._order(call, ivr, effect)
        if call.state == "waiting" and not ivr.run.floor and call.callback is None:
            self._places.wait_on(call, ivr)
        elif is_in_flow(call):
            self._arm(call, ivr)
        return None

    def _order(self, call: Call, ivr: IvrCall, effect: AnyEffect) -> None:
        state = self._state
        if isinstance(effect, Play):
            if ivr.awaits != "http":
                # Else it is played until the answer comes.
                ivr.awaits = "play"
            state.commands.append(play_order(call.call_id, effect))
        elif isinstance(effect, Collect):
            ivr.awaits = "collect"
            speech = self._speech(call, ivr, effect)
            ivr.limit_us = 0
            if speech is not None:
                spoken_us = speech.longest_us + speech.silence_us + speech.answer_us
                ivr.limit_us = _GUARD_US + effect.rules.first_digit_us + spoken_us
            state.commands.append(collect_order(call.call_id, effect, call.typed, speech))
        elif isinstance(effect, Record):
            ivr.awaits = "record"
            state.commands.append(record_order(call.call_id, effect, self._file(call)))
        elif isinstance(effect, HttpRequest):
            ivr.awaits, ivr.limit_us = "http", effect.total_us + _SERVICE_GUARD_US
            state.commands.append(ask_order(call.call_id, call.tenant_id, effect))
        elif isinstance(effect, RunScript):
            ivr.awaits, ivr.limit_us = "script", effect.total_us + _SERVICE_GUARD_US
            language = ivr.run.language
            state.commands.append(script_order(call.call_id, call.tenant_id, language, effect))
        elif isinstance(effect, StopPlay):
            state.commands.append(StopPrompt(call.call_id))
        elif isinstance(effect, Music):
            state.commands.append(PlayMusic(call.call_id, effect.music))
        elif isinstance(effect, Wake):
            self._places.music(call, ivr)
        elif isinstance(effect, LeaveQueue):
            self._places.leave_queue(call)
        else:
            self._tell(call, ivr, effect)

    def _speech(self, call: Call, ivr: IvrCall, effect: Collect) -> SpeechInput | None:
        """What is listened for beside keys, where the tenant has a recogniser."""
        recogniser = self._state.tenant(call.tenant_id).systems.recogniser
        if recogniser is None or not effect.phrases or effect.sensitive:
            return None
        return recogniser.listens_for(call.tenant_id, effect.phrases, ivr.run.language)

    def _tell(self, call: Call, ivr: IvrCall, effect: AnyEffect) -> None:
        state = self._state
        now = state.now_us
        if isinstance(effect, StepLeft):
            ivr.awaits, ivr.limit_us = "", 0
            state.tell_call(
                call,
                FlowStepLeft(
                    now, call.call_id, effect.flow_id, ivr.run.version, effect.step, effect.way,
                    effect.detail,
                ),
            )  # fmt: skip
        elif isinstance(effect, TagCall):
            call.tags = {**(call.tags or {}), **effect.tags}
            for name, value in effect.tags.items():
                state.tell_call(call, CallTagged(now, call.call_id, name, value))
        elif isinstance(effect, SendWebhook):
            state.commands.append(TellSystem(call.call_id, call.tenant_id, effect.url, effect.data))
        elif isinstance(effect, WriteLog):
            state.commands.append(WriteLogLine(call.call_id, effect.level, effect.message))
        elif isinstance(effect, ScoreGiven):
            state.tell_call(
                call,
                SurveyAnswered(
                    now, call.call_id, effect.survey, effect.question, effect.score, effect.scale
                ),
            )

    def _file(self, call: Call) -> str:
        policy = self._state.tenant(call.tenant_id).messages
        fields = {
            "tenant": call.tenant_id,
            "caller": caller_part(call.caller.ani, policy.mask_caller),
            "call_id": call.call_id,
        }
        name = "{tenant}/flows/{time}_{caller}_{call_id}"
        return f"{file_name(name, fields, self._state.now_us)}.wav"

    def _arm(self, call: Call, ivr: IvrCall) -> None:
        """Set the call's deadline: the end of its step, or the time by which the switch must have
        reported."""
        pending = ivr.run.pending
        due_us = pending.due_us if pending is not None else 0
        due_us = due_us or self._state.now_us + (ivr.limit_us or _GUARD_US)
        if call.state == "waiting":
            ivr.due_us = due_us
            self._state.arm_waiting(call)
        else:
            self._state.arm_call(call, due_us)

    def stop_script(self, call: Call) -> None:
        """End the script of a call that has gone elsewhere."""
        pending = call.ivr.run.pending if call.ivr is not None else None
        if pending is not None:
            self._state.commands.append(StopScript(call.call_id, id_of(pending.ticket)))

    def heard(self, call: Call, ivr: IvrCall) -> None:
        """The switch is still working on the order: set its deadline again."""
        self._arm(call, ivr)
