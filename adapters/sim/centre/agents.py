"""Agents: when they come, how fast they answer, how long they talk, what they do after it."""

from __future__ import annotations

from collections.abc import Callable

from acdengine.centre_facts import AgentStateChanged
from acdengine.events import AnyEvent, PhoneChanged
from acdengine.requests import (
    HoldRequested,
    NotReadyRequested,
    ReadyRequested,
    RetrieveRequested,
    SignInRequested,
    SignOutRequested,
    TransferRequested,
    WrapUpEndRequested,
    WrapUpExtendRequested,
    WrapUpRequested,
)
from adapters.sim.centre.agent_groups import GroupDraws
from adapters.sim.centre.caller_scripts import ScriptedTalk
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.exchange_interfaces import Exchange
from adapters.sim.centre.legs import BRIDGED, RINGING, AgentLeg, Caller, LineLeg, SimulatedAgent
from adapters.sim.draws.random_streams import Streams
from adapters.sim.scenarios.scenario import AgentGroup, Scenario
from routing.agent import ENGINE_REASONS, REASON_LINE_DOWN

_S = 1_000_000
#: How long an agent whose transfer failed goes on talking.
_AFTER_REFUSED_TRANSFER_US = 10 * _S
_EXTENSION_US = 30 * _S
#: How long a telephone takes to fail.
_FAILS_US = _S // 10
#: States in which an agent is with no call.
_FREE = ("ready", "not_ready")


class SimulatedAgents:
    """All agents of a simulation.

    Args:
        agenda: the time.
        report: takes what agents ask for, and what becomes of their phones.
        switch: what their phones are on.
        scenario: who they are; their profiles are in its plan.
        streams: where their draws come from.
    """

    def __init__(
        self,
        agenda: EventSchedule,
        report: Callable[[AnyEvent], None],
        switch: Exchange,
        scenario: Scenario,
        streams: Streams,
    ) -> None:
        self._agenda = agenda
        self._report = report
        self._switch = switch
        self._origin_us = scenario.origin_us
        self._horizon_us = scenario.horizon_us
        self._groups = scenario.groups
        self.agents: dict[str, SimulatedAgent] = {}
        for group in scenario.groups:
            draws = GroupDraws(group, streams)
            for agent_id in group.agents:
                self.agents[agent_id] = SimulatedAgent(agent_id, draws)
        #: Groups that shrink by attrition to the number of agents who are still to go.
        self._surplus: dict[str, int] = {}
        #: While set, agents stay: calls that wait at closing are served first.
        self.staying = False
        self._going: list[SimulatedAgent] = []

    def begin(self) -> None:
        """Put arrivals and leaving of all agents on the agenda, by their groups' timetables."""
        for group in self._groups:
            if group.number is None:
                self._staff((group, len(group.agents)))
                continue
            for at_us, number in group.number.changes(self._horizon_us):
                what = (group, number)
                if at_us:
                    self._agenda.at(self._origin_us + at_us, self._staff, what)
                else:
                    self._staff(what)

    # -- coming and going ----------------------------------------------------------------------

    def _staff(self, what: tuple[AgentGroup, int]) -> None:
        """So many of a group are at work from now on."""
        group, number = what
        if group.leaving == "attrition":
            self._staff_by_attrition(group, number)
            return
        for place, agent_id in enumerate(group.agents):
            agent = self.agents[agent_id]
            if place < number:
                self.sign_in(agent)
            elif agent.at_work:
                self.sign_out(agent)
                if group.leaving == "at_once":
                    self._drop_call(agent)

    def _drop_call(self, agent: SimulatedAgent) -> None:
        """Hang up the agent's phone and line, unless the agent stays for the last callers."""
        leg = agent.leg
        if leg is None or agent.at_work:
            return
        if leg.line is not None:
            self._switch.lines.down(leg.line, "hangup")
        else:
            self._switch.phone_down(leg, "hangup")

    def _staff_by_attrition(self, group: AgentGroup, number: int) -> None:
        """The first of the list who are away come; of those at work the free ones go, from the end
        of the list, and the rest as they become free (`_perhaps_leave`)."""
        agents = [self.agents[agent_id] for agent_id in group.agents]
        at_work = sum(agent.at_work for agent in agents)
        for agent in agents:
            if at_work < number and not agent.at_work:
                self.sign_in(agent)
                at_work += 1
        for agent in reversed(agents):
            if at_work > number and agent.at_work and agent.state in _FREE:
                self.sign_out(agent)
                at_work -= 1
        self._surplus[group.name] = max(0, at_work - number)

    def _perhaps_leave(self, agent: SimulatedAgent) -> None:
        """An agent of an overstaffed group becomes free and may leave; an agent who asks
        before the call ends is given no other."""
        surplus = self._surplus.get(agent.group.name, 0)
        if surplus and agent.at_work:
            self._surplus[agent.group.name] = surplus - 1
            self.sign_out(agent)

    def sign_in(self, agent: SimulatedAgent) -> None:
        """Come to work, ready for calls; no effect on an agent who is at work."""
        if agent in self._going:
            self._going.remove(agent)
        if agent.at_work:
            return
        agent.at_work = True
        agent.shifts += 1
        self._log_in(agent)
        agenda, draws = self._agenda, agent.group
        if draws.break_every is not None:
            agenda.after(draws.break_every(), self._take_break, (agent, agent.shifts))
        agenda.after(draws.loses_phone(), self._lose_phone, (agent, agent.shifts))

    def _log_in(self, agent: SimulatedAgent) -> None:
        now = self._agenda.now_us
        agent_id = agent.agent_id
        self._report(SignInRequested(now, agent_id=agent_id, by=agent_id))
        self._report(ReadyRequested(now, agent_id=agent_id, by=agent_id))

    def sign_out(self, agent: SimulatedAgent) -> None:
        """Go home, after the present call if any; no effect on an agent who is gone."""
        if not agent.at_work:
            return
        if self.staying:
            if agent not in self._going:
                self._going.append(agent)
            return
        agent.at_work = False
        agent_id = agent.agent_id
        self._report(SignOutRequested(self._agenda.now_us, agent_id=agent_id, by=agent_id))

    def go_home(self) -> None:
        """Those who stayed for the last callers go."""
        self.staying = False
        going, self._going = self._going, []
        for agent in going:
            self.sign_out(agent)

    def come_back(self) -> None:
        """All agents at work sign in again, to an engine that has lost its state."""
        for agent in self.agents.values():
            agent.state, agent.reason = "logged_out", ""
            agent.changes += 1
            if agent.at_work:
                self._log_in(agent)

    def _take_break(self, what: tuple[SimulatedAgent, int]) -> None:
        agent, shift = what
        draws = agent.group
        breaks = draws.manners.breaks
        if breaks is None or draws.break_every is None or not agent.at_work:
            return
        if agent.shifts == shift:
            now, agent_id = self._agenda.now_us, agent.agent_id
            self._report(
                NotReadyRequested(now, agent_id=agent_id, reason=breaks.reason, by=agent_id)
            )
            self._agenda.after(draws.break_every(), self._take_break, what)

    def _lose_phone(self, what: tuple[SimulatedAgent, int]) -> None:
        agent, shift = what
        if agent.shifts != shift or not agent.registered:
            return
        agent.registered = False
        if agent.line is not None:
            self._switch.lines.down(agent.line, "lost")
        self._report(PhoneChanged(self._agenda.now_us, agent.agent_id, "unregistered"))
        self._agenda.after(agent.group.phone_lost(), self._find_phone, what)

    def _find_phone(self, what: tuple[SimulatedAgent, int]) -> None:
        agent, _ = what
        agent.registered = True
        self._report(PhoneChanged(self._agenda.now_us, agent.agent_id, "registered"))
        self._agenda.after(agent.group.loses_phone(), self._lose_phone, what)

    # -- the phone -----------------------------------------------------------------------------

    def find(self, agent_id: str) -> SimulatedAgent | None:
        """The agent whose phone is rung."""
        return self.agents.get(agent_id)

    def rings(self, leg: AgentLeg, timeout_us: int, auto_answer: bool) -> None:
        """The phone rings: answer, turn away, or let it ring."""
        draws = leg.agent.group
        if auto_answer or draws.prompt:
            self._switch.take_up(leg)
            return
        manners = draws.manners
        choice = draws.random()
        answer_us = draws.answer()
        agenda = self._agenda
        if choice < manners.misses or answer_us >= timeout_us:
            agenda.after(timeout_us, self._misses, leg)
        elif choice < manners.misses + manners.rejects:
            agenda.after(answer_us, self._rejects, leg)
        elif choice < manners.misses + manners.rejects + manners.fails:
            agenda.after(_FAILS_US, self._fails, leg)
        else:
            agenda.after(answer_us, self._switch.take_up, leg)

    def presses(self, leg: AgentLeg) -> bool:
        """Whether it is the agent who has answered, and not a voicemail, which presses no key."""
        share = leg.agent.group.manners.voicemail
        return not share or leg.agent.group.random() >= share

    def line_rings(self, line: LineLeg, timeout_us: int, auto_answer: bool) -> None:
        """The phone rings for the line: taken up as for a call, or not at all."""
        draws = line.agent.group
        answer_us = 0 if auto_answer or draws.prompt else draws.answer()
        if answer_us < timeout_us:
            self._agenda.after(answer_us, self._switch.lines.take_up, line)
        else:
            self._agenda.after(timeout_us, self._misses_line, line)

    def _misses_line(self, line: LineLeg) -> None:
        if line.state == RINGING:
            self._switch.lines.down(line, "no_answer")

    def _misses(self, leg: AgentLeg) -> None:
        if leg.state == RINGING:
            self._switch.phone_down(leg, "no_answer")

    def _rejects(self, leg: AgentLeg) -> None:
        if leg.state == RINGING:
            self._switch.phone_down(leg, "rejected")

    def _fails(self, leg: AgentLeg) -> None:
        if leg.state == RINGING:
            self._switch.phone_down(leg, "failed")

    def leg_down(self, leg: AgentLeg) -> None:
        """The phone is free again; what comes of it the desk will show."""

    # -- conversations -------------------------------------------------------------------------

    def talking(self, leg: AgentLeg, caller: Caller) -> None:
        """A caller is on the line: talk, perhaps with a hold, then end it."""
        if caller.script is not None:
            self._talk_by_script(leg, caller.script.talk())
            return
        draws = leg.agent.group
        kind = caller.kind
        talk_us = caller.service_us
        if kind.service_by_group:
            own = kind.service_by_group.get(draws.name)
            if own is not None:
                talk_us = own(self._agenda.now_us - self._origin_us)()
        manners = draws.manners
        agenda = self._agenda
        what = (leg, leg.conversations)
        if manners.asks_wrap_up and draws.random() < manners.asks_wrap_up:
            agenda.after(talk_us // 3, self._ask_for_wrap_up, what)
        if manners.holds and draws.random() < manners.holds:
            hold_us = draws.hold()
            agenda.after(talk_us // 2, self._hold, what)
            agenda.after(talk_us // 2 + hold_us, self._retrieve, what)
            talk_us += hold_us
        agenda.after(talk_us, self._talked, what)

    def _talk_by_script(self, leg: AgentLeg, talk: ScriptedTalk) -> None:
        leg.agent.wrap_up_us = talk.wrap_up_us
        self._agenda.after(talk.talk_us, self._scripted_over, ((leg, leg.conversations), talk))

    def _scripted_over(self, what: tuple[tuple[AgentLeg, int], ScriptedTalk]) -> None:
        conversation, talk = what
        if not self._talks(conversation):
            return
        leg = conversation[0]
        if talk.passes_to is not None:
            self._report(
                TransferRequested(
                    self._agenda.now_us, call_id=leg.call_id, target=talk.passes_to,
                    by=leg.agent.agent_id,
                )
            )  # fmt: skip
            self._agenda.after(_AFTER_REFUSED_TRANSFER_US, self._end, conversation)
        elif talk.agent_ends and leg.line is None:
            self._switch.phone_down(leg, "hangup")
        elif leg.caller is not None:
            self._switch.hang_up(leg.caller)

    def _talks(self, what: tuple[AgentLeg, int]) -> bool:
        leg, conversation = what
        return leg.state == BRIDGED and leg.conversations == conversation

    def _ask_for_wrap_up(self, what: tuple[AgentLeg, int]) -> None:
        if self._talks(what):
            agent_id = what[0].agent.agent_id
            self._report(WrapUpRequested(self._agenda.now_us, agent_id=agent_id, by=agent_id))

    def _hold(self, what: tuple[AgentLeg, int]) -> None:
        if self._talks(what):
            leg = what[0]
            self._report(
                HoldRequested(self._agenda.now_us, call_id=leg.call_id, by=leg.agent.agent_id)
            )

    def _retrieve(self, what: tuple[AgentLeg, int]) -> None:
        if self._talks(what):
            leg = what[0]
            self._report(
                RetrieveRequested(self._agenda.now_us, call_id=leg.call_id, by=leg.agent.agent_id)
            )

    def _talked(self, what: tuple[AgentLeg, int]) -> None:
        if not self._talks(what):
            return
        leg = what[0]
        draws = leg.agent.group
        manners = draws.manners
        if manners.transfers and draws.random() < manners.transfers:
            place = int(draws.random() * len(manners.transfer_to))
            self._report(
                TransferRequested(
                    self._agenda.now_us, call_id=leg.call_id, target=manners.transfer_to[place],
                    by=leg.agent.agent_id,
                )
            )  # fmt: skip
            self._agenda.after(_AFTER_REFUSED_TRANSFER_US, self._end, what)
        else:
            self._end(what)

    def _end(self, what: tuple[AgentLeg, int]) -> None:
        if not self._talks(what):
            return
        leg = what[0]
        draws = leg.agent.group
        self._perhaps_leave(leg.agent)
        if draws.manners.hangs_up and draws.random() < draws.manners.hangs_up:
            if leg.line is not None:
                self._switch.lines.down(leg.line, "hangup")
            else:
                self._switch.phone_down(leg, "hangup")
        elif leg.caller is not None:
            self._switch.hang_up(leg.caller)

    # -- the desk ------------------------------------------------------------------------------

    def state_changed(self, fact: AgentStateChanged) -> None:
        """The desk shows another state: wrap up, come back from a break or from missed calls."""
        agent = self.agents.get(fact.agent_id)
        if agent is None:
            return
        agent.changes += 1
        state = agent.state = fact.state
        agent.reason = fact.reason
        if state in _FREE:
            self._perhaps_leave(agent)
        if state == "wrap_up":
            self._wrap_up(agent, fact.before == "wrap_up")
        elif state == "not_ready":
            self._rest(agent)

    def _wrap_up(self, agent: SimulatedAgent, extended: bool) -> None:
        draws = agent.group
        agenda = self._agenda
        if agent.wrap_up_us is not None:
            wrap_up_us, agent.wrap_up_us = agent.wrap_up_us, None
            agenda.after(wrap_up_us, self._end_wrap_up, (agent, agent.changes))
        elif draws.wrap_up is not None:
            agenda.after(draws.wrap_up(), self._end_wrap_up, (agent, agent.changes))
        extends = draws.manners.extends
        if extends and not extended and draws.random() < extends:
            agent_id = agent.agent_id
            self._report(
                WrapUpExtendRequested(
                    agenda.now_us, agent_id=agent_id, by_us=_EXTENSION_US, by=agent_id
                )
            )

    def _end_wrap_up(self, what: tuple[SimulatedAgent, int]) -> None:
        agent, changes = what
        if agent.changes == changes:
            agent_id = agent.agent_id
            self._report(WrapUpEndRequested(self._agenda.now_us, agent_id=agent_id, by=agent_id))

    def _rest(self, agent: SimulatedAgent) -> None:
        """End a break after its length, and a pause for missed calls after a while. The engine ends
        the states that it set for a time, but not the one after a line that was hung up."""
        if agent.reason in ENGINE_REASONS and agent.reason != REASON_LINE_DOWN:
            return
        draws = agent.group
        breaks = draws.manners.breaks
        length = draws.back
        if breaks is not None and agent.reason == breaks.reason and draws.break_length is not None:
            length = draws.break_length
        self._agenda.after(length(), self._be_ready, (agent, agent.changes))

    def _be_ready(self, what: tuple[SimulatedAgent, int]) -> None:
        agent, changes = what
        if agent.changes == changes and agent.at_work:
            agent_id = agent.agent_id
            self._report(ReadyRequested(self._agenda.now_us, agent_id=agent_id, by=agent_id))
