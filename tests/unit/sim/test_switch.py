"""The simulated switch by itself: every command is answered, in every state of its leg."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine.live_legs import LiveLine
from acdengine.plan import TrunkGroup
from acdengine.trunks import trunks_of
from adapters.sim.centre.agent_groups import GroupDraws
from adapters.sim.centre.call_types import CallerKind
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.legs import AgentLeg, Caller, CallerLeg, LineLeg, SimulatedAgent
from adapters.sim.centre.simulated_switch import Switch
from adapters.sim.draws.arrivals import RateProfile
from adapters.sim.draws.distributions import Constant
from adapters.sim.draws.random_streams import Streams
from adapters.sim.draws.timetable import Timetable
from adapters.sim.scenarios.scenario import AgentGroup, CallType, Scenario
from adapters.sim.scenarios.switch_latencies import NO_LATENCY, Latencies
from tests.unit.engine.test_found_by_simulation import centre

S = 1_000_000
MS = 1_000
ALL_GONE = ["CallerHungUp", "OfferEnded", "OfferEnded", "PartyEnded"]


class Bench:
    """A switch between people who do nothing of their own accord."""

    def __init__(
        self, latencies: Latencies = NO_LATENCY, channels: int = 2, nodes: tuple[str, ...] = ("",)
    ) -> None:
        self.agenda = EventSchedule(10 * S)
        self.events: list[ev.AnyEvent] = []
        groups = [TrunkGroup(trunk_id=name, channels=channels) for name in ("t1", "t2")]
        self.switch = Switch(
            self.agenda, self.events.append, trunks_of(groups), latencies, Random(1), nodes
        )
        self.switch.people(self, self)
        streams = Streams(1)
        kind = CallType(
            "any", RateProfile.constant(1), "100", ("t1",), Timetable.always(Constant(S))
        )
        scenario = Scenario("bench", centre(), (kind,), (), horizon_us=S)
        self.kind = CallerKind(kind, 0, scenario, streams)
        draws = GroupDraws(AgentGroup("g", ("anna", "ben")), streams)
        self.agents = {name: SimulatedAgent(name, draws) for name in ("anna", "ben")}
        self.told: list[str] = []
        self.answers_us: int | None = 3 * S
        self.presses_keys = True

    def find(self, agent_id: str) -> SimulatedAgent | None:
        return self.agents.get(agent_id)

    def rings(self, leg: AgentLeg, timeout_us: int, auto_answer: bool) -> None:
        self.told.append(f"{leg.agent.agent_id} rings")

    def presses(self, leg: AgentLeg) -> bool:
        return self.presses_keys

    def line_rings(self, line: LineLeg, timeout_us: int, auto_answer: bool) -> None:
        self.told.append(f"{line.agent.agent_id}'s line rings")

    def talking(self, leg: AgentLeg | CallerLeg, caller: Caller | None = None) -> None:
        self.told.append("caller talks" if caller is None else "agent talks")

    def left_alone(self, leg: CallerLeg) -> None:
        self.told.append("caller alone")

    def leg_down(self, leg: AgentLeg | CallerLeg, by_centre: bool | None = None) -> None:
        who = "agent" if by_centre is None else "centre" if by_centre else "caller"
        self.told.append(f"down by {who}" if who != "agent" else "phone free")

    def asked(self, leg: CallerLeg, command: cmd.Collect) -> None:
        self.told.append(f"asked for {command.collect_id}")

    def rung_back(self, call_id: str) -> tuple[Caller, int | None]:
        return Caller(self.kind, "49", "100"), self.answers_us

    # -- the way of a call ---------------------------------------------------------------------

    def call(self, call_id: str = "c1", *trunks: str) -> CallerLeg | None:
        caller = Caller(self.kind, "49123", "100")
        caller.call_id = call_id
        return self.switch.arrive(caller, trunks or ("t1",), {}, 0)

    def do(self, *commands: cmd.AnyCommand) -> list[ev.AnyEvent]:
        """What the commands lead to at once."""
        self.events.clear()
        self.switch.execute(commands)
        return list(self.events)

    def wait(self, seconds: float) -> list[ev.AnyEvent]:
        """What happens meanwhile."""
        self.events.clear()
        self.agenda.run_until(self.agenda.now_us + round(seconds * S))
        return list(self.events)

    def ring(self, offer_id: str = "c1-1", agent: str = "anna") -> list[ev.AnyEvent]:
        call_id = offer_id.partition("-")[0]
        return self.do(cmd.RingAgent(offer_id, call_id, agent, "user/x", 20 * S))

    def talk(self) -> None:
        """Caller c1 and anna are together."""
        self.call()
        self.ring()
        self.switch.take_up(self.switch.agent_legs["c1-1"])
        self.do(cmd.Bridge("c1", "c1-1"))
        self.told.clear()


def kinds(events: list[ev.AnyEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


# -- the ordinary way ------------------------------------------------------------------------------


def test_a_call_from_ringing_to_hang_up() -> None:
    bench = Bench()
    bench.call()
    now = bench.agenda.now_us
    assert bench.events == [ev.CallArrived(now, "c1", "leg1", "49123", "100", "t1")]
    assert bench.ring() == []
    assert bench.told == ["anna rings"]
    bench.switch.take_up(bench.switch.agent_legs["c1-1"])
    assert bench.events == [ev.OfferAnswered(now, "c1-1")]
    assert bench.do(cmd.Bridge("c1", "c1-1")) == [ev.CallBridged(now, "c1", "c1-1")]
    assert bench.told[1:] == ["caller talks", "agent talks"]
    bench.events.clear()
    bench.switch.hang_up(bench.switch.caller_legs["c1"])
    assert bench.events == [ev.CallerHungUp(now, "c1", "normal")]
    assert bench.do(cmd.CancelRing("c1-1")) == [ev.OfferEnded(now, "c1-1", "hangup")]
    assert not bench.switch.caller_legs
    assert not bench.switch.agent_legs


def test_all_lines_busy() -> None:
    bench = Bench(channels=1)
    bench.call("c1", "t1", "t2")
    bench.call("c2", "t1", "t2")
    assert [event.trunk_id for event in bench.events if isinstance(event, ev.CallArrived)] == [
        "t1", "t2",
    ]  # fmt: skip
    assert bench.call("c3", "t1", "t2") is None
    assert bench.events[-1] == ev.CallBlocked(bench.agenda.now_us, "49123", "100", "t2", "channels")
    bench.do(cmd.HangUpCall("c1", "normal"))
    assert bench.call("c4", "t1", "t2") is not None


def test_the_agent_hangs_up_and_the_caller_stays() -> None:
    bench = Bench()
    bench.talk()
    bench.switch.agent_down(bench.switch.agent_legs["c1-1"], "hangup")
    assert kinds(bench.events[-1:]) == ["OfferEnded"]
    assert bench.told == ["phone free", "caller alone"]
    assert kinds(bench.do(cmd.HangUpCall("c1", "normal"))) == ["CallerHungUp"]
    assert bench.told[-1] == "down by centre"


def test_an_agents_leg_that_follows_the_caller() -> None:
    bench = Bench(Latencies(agent_leg_follows=1.0))
    bench.talk()
    bench.switch.hang_up(bench.switch.caller_legs["c1"])
    assert kinds(bench.wait(1)) == ["OfferEnded"]


# -- commands for what is no more ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "report"),
    [
        (cmd.HangUpCall("x", "normal"), ["CallerHungUp"]),
        (cmd.RejectCall("x", "busy"), ["CallerHungUp"]),
        (cmd.PlayPrompt("x", "1", "p"), ["CallerHungUp"]),
        (cmd.RecordMessage("x", "box", ""), ["CallerHungUp"]),
        (cmd.DialNumber("x", "49"), ["CallerHungUp"]),
        (cmd.CancelRing("x-1"), ["OfferEnded"]),
        (cmd.Bridge("x", "x-1"), ["OfferEnded", "PartyEnded"]),
        (cmd.EndParty("x-1"), ["PartyEnded"]),
        (cmd.AdoptAgentLeg("q", "x", "t/anna"), ["OfferEnded"]),
        (cmd.AdoptExternalLeg("q", "x", "0123"), ["NumberEnded"]),
        (cmd.Supervise("x-1", "x", "x-2", "barge"), ["PartyEnded"]),
        (cmd.JoinConsult("x", "x-1", "x-2", ""), ALL_GONE),
        (cmd.JoinAll("x", "x-1", "x-2"), ALL_GONE),
        (cmd.CancelDial("x"), ["CallbackFailed"]),
        (cmd.RingAgent("x-1", "x", "nobody", "", S), ["OfferEnded"]),
        (cmd.AnswerCall("x"), []),
        (cmd.PlayMusic("x", "m"), []),
        (cmd.StopPrompt("x"), []),
        (cmd.HoldCall("x", "m"), []),
        (cmd.RetrieveCall("x"), []),
        (cmd.Reply("r"), []),
    ],
)
def test_a_command_for_nothing(command: cmd.AnyCommand, report: list[str]) -> None:
    assert kinds(Bench().do(command)) == report


def test_a_bridge_without_a_caller_tells_that_the_caller_is_gone() -> None:
    bench = Bench()
    bench.ring()
    bench.switch.take_up(bench.switch.agent_legs["c1-1"])
    assert kinds(bench.do(cmd.Bridge("c1", "c1-1"))) == ["CallerHungUp", "BridgeFailed"]


@pytest.mark.parametrize(
    ("before", "command", "report"),
    [
        (Bench.talk, cmd.Bridge("c1", "c1-1"), ["CallBridged"]),
        (Bench.talk, cmd.RingAgent("c1-1", "c1", "anna", "", S), []),
        (Bench.ring, cmd.RingAgent("c1-1", "c1", "anna", "", S), []),
    ],
)
def test_a_command_repeated(
    before: Callable[[Bench], object], command: cmd.AnyCommand, report: list[str]
) -> None:
    bench = Bench()
    before(bench)
    assert kinds(bench.do(command)) == report


def test_an_agent_who_has_not_answered_cannot_be_bridged() -> None:
    bench = Bench()
    bench.call()
    bench.ring()
    assert kinds(bench.do(cmd.Bridge("c1", "c1-1"))) == ["BridgeFailed"]


@pytest.mark.parametrize(("trouble", "cause"), [("busy", "busy"), ("lost", "unreachable")])
def test_phones_that_cannot_be_rung(trouble: str, cause: str) -> None:
    bench = Bench()
    bench.agents["anna"].phone_busy = trouble == "busy"
    bench.agents["anna"].registered = trouble != "lost"
    assert bench.ring() == [ev.OfferEnded(bench.agenda.now_us, "c1-1", cause)]  # type: ignore[arg-type]


def test_a_phone_that_rings_is_busy_for_others() -> None:
    bench = Bench()
    bench.ring("c1-1")
    assert [e.cause for e in bench.ring("c2-1") if isinstance(e, ev.OfferEnded)] == ["busy"]


# -- what is played, recorded, dialled -------------------------------------------------------------


def test_a_prompt_to_its_end_and_one_cut_short() -> None:
    bench = Bench(Latencies(prompt=Constant(4 * S)))
    bench.call()
    bench.do(cmd.PlayPrompt("c1", "1", "hello"))
    assert bench.wait(5) == [ev.PromptFinished(14 * S, "c1", "1")]
    bench.do(cmd.PlayPrompt("c1", "2", "hello"))
    bench.do(cmd.PlayPrompt("c1", "3", "better"))
    assert [e.prompt_id for e in bench.wait(5) if isinstance(e, ev.PromptFinished)] == ["3"]
    bench.do(cmd.PlayPrompt("c1", "4", "hello"))
    bench.do(cmd.StopPrompt("c1"))
    assert bench.wait(5) == []


def test_a_message_and_a_number_outside() -> None:
    bench = Bench(Latencies(message=Constant(9 * S), outside=Constant(60 * S), outside_answers=1.0))
    bench.call()
    bench.do(cmd.RecordMessage("c1", "box", "beep"))
    assert bench.wait(10) == [ev.MessageLeft(19 * S, "c1", "box/c1.wav", 9 * S)]
    bench.do(cmd.DialNumber("c1", "4930"))
    assert bench.wait(60) == [
        ev.NumberAnswered(27_500_000, "c1", 1),
        ev.NumberEnded(80 * S, "c1", True, "normal", 1),
    ]
    assert bench.told[-2:] == ["caller alone", "caller alone"]


def test_a_message_that_is_cut_off_is_none() -> None:
    bench = Bench(Latencies(message=Constant(9 * S)))
    bench.call()
    bench.do(cmd.RecordMessage("c1", "box", "beep"))
    bench.do(cmd.PlayMusic("c1", "default"))
    assert bench.wait(10) == []
    assert bench.told == ["caller alone"]


# -- callbacks -------------------------------------------------------------------------------------


def test_a_customer_who_answers_and_the_command_that_comes_twice() -> None:
    bench = Bench()
    dial = cmd.DialCustomer("c1", "49", 20 * S)
    assert bench.do(dial, dial) == []
    (answered,) = bench.wait(3)
    assert answered == ev.CallbackAnswered(13 * S, "c1", "leg1")
    assert bench.do(dial) == [answered]
    assert bench.do(cmd.CancelDial("c1")) == [answered]


@pytest.mark.parametrize("answers_us", [None, 21 * S])
def test_a_customer_who_does_not_answer_in_time(answers_us: int | None) -> None:
    bench = Bench()
    bench.answers_us = answers_us
    bench.do(cmd.DialCustomer("c1", "49", 20 * S))
    assert bench.wait(25) == [ev.CallbackFailed(30 * S, "c1", "no_answer")]


def test_a_customer_no_longer_rung() -> None:
    bench = Bench()
    bench.do(cmd.DialCustomer("c1", "49", 20 * S))
    assert kinds(bench.do(cmd.CancelDial("c1"))) == ["CallbackFailed"]
    assert bench.wait(25) == []


# -- latencies and the switch as a whole -----------------------------------------------------------


def test_commands_take_effect_in_their_order_after_their_latency() -> None:
    bench = Bench(Latencies(command=Constant(5 * MS), set_up=Constant(300 * MS)))
    bench.call()
    assert bench.ring() == []
    assert bench.switch.synced("").offers == ("c1-1",), "what is ordered belongs to the comparison"
    bench.do(cmd.CancelRing("c1-1"))
    assert bench.wait(0.01) == [ev.OfferEnded(10 * S + 5 * MS, "c1-1", "hangup")]
    assert bench.wait(1) == []
    assert bench.told == ["phone free"], "it was cancelled before it rang"
    assert bench.switch.synced("").offers == ()


def test_a_barrier_lies_behind_what_was_ordered() -> None:
    bench = Bench(Latencies(command=Constant(5 * MS)))
    bench.call()
    seen: list[int] = []
    bench.do(cmd.HangUpCall("c1", "normal"))
    bench.switch.barrier(lambda _: seen.append(len(bench.switch.caller_legs)))
    bench.wait(1)
    assert seen == [0]


def test_the_picture_of_a_node_and_its_loss() -> None:
    bench = Bench(nodes=("east", "west"))
    bench.talk()
    bench.call("c2", "t2")
    east, west = bench.switch.synced("east"), bench.switch.synced("west")
    assert [(live.call_id, live.offer_id, live.agent_id) for live in east.calls] == [
        ("c1", "c1-1", "anna")
    ]
    assert (east.offers, west.offers) == (("c1-1",), ())
    assert [live.call_id for live in west.calls] == ["c2"]
    bench.events.clear()
    bench.switch.lose_node("east")
    assert bench.events == []
    assert list(bench.switch.caller_legs) == ["c2"]
    assert bench.told == ["phone free", "down by centre"]
    assert bench.agents["anna"].leg is None


# -- whispers --------------------------------------------------------------------------------------


def whispered() -> Bench:
    """Anna has answered and hears a whisper of two seconds, caller c1 hears the music."""
    bench = Bench()
    bench.call()
    bench.ring()
    bench.switch.take_up(bench.switch.agent_legs["c1-1"])
    assert bench.do(WHISPER) == []
    assert bench.wait(1) == []
    return bench


WHISPER = cmd.Bridge("c1", "c1-1", "who-calls")


def test_an_agent_hears_a_whisper_once_and_then_the_caller() -> None:
    bench = whispered()
    assert bench.do(WHISPER) == []
    assert kinds(bench.wait(1)) == ["CallBridged"]
    assert bench.wait(5) == []
    assert kinds(bench.do(WHISPER)) == ["CallBridged"]


def test_nobody_is_joined_after_a_whisper_when_the_caller_has_gone() -> None:
    bench = whispered()
    bench.switch.hang_up(bench.switch.caller_legs["c1"])
    assert bench.wait(5) == []
    assert kinds(bench.do(cmd.CancelRing("c1-1"))) == ["OfferEnded"]


def test_nobody_is_joined_after_a_whisper_when_the_agent_has_gone() -> None:
    bench = whispered()
    bench.switch.agent_down(bench.switch.agent_legs["c1-1"], "hangup")
    assert bench.wait(5) == []


# -- keys that accept calls ------------------------------------------------------------------------

ASK = cmd.AskToAccept("c1-1", "c1", "1", ("press-one",))


def test_an_agent_hears_the_prompt_and_presses_the_key() -> None:
    bench = Bench()
    bench.call()
    bench.ring()
    bench.switch.take_up(bench.switch.agent_legs["c1-1"])
    bench.do(ASK)
    assert bench.do(ASK) == []
    assert bench.wait(1) == []
    assert bench.wait(1) == [ev.OfferKeyPressed(bench.agenda.now_us, "c1-1", "1")]
    assert kinds(bench.do(cmd.Bridge("c1", "c1-1"))) == ["CallBridged"]


def test_a_voicemail_presses_no_key() -> None:
    bench = Bench()
    bench.presses_keys = False
    bench.call()
    bench.ring()
    bench.switch.take_up(bench.switch.agent_legs["c1-1"])
    assert kinds(bench.do(ASK)) in ([], ["OfferAnswered"])
    assert bench.wait(60) == []


# -- legs that telephones have dialled -------------------------------------------------------------


def test_an_agent_who_has_dialled_the_leg_of_the_offer_has_answered_it() -> None:
    bench = Bench()
    bench.call()
    ring = cmd.RingAgent("c1-1", "c1", "anna", "user/x", 20 * S, leg_id="dialled")
    assert bench.do(ring) == [ev.OfferAnswered(bench.agenda.now_us, "c1-1", "")]
    assert bench.told == []
    assert kinds(bench.do(cmd.Bridge("c1", "c1-1"))) == ["CallBridged"]


# -- lines of nailed-up agents ---------------------------------------------------------------------


def on_the_line() -> Bench:
    """Anna has taken up the phone for her line."""
    bench = Bench()
    assert bench.do(cmd.OpenLine("line", "anna", "user/x", 30 * S)) == []
    bench.switch.lines.take_up(bench.switch.lines.legs["line"])
    assert bench.events == [ev.LineOpened(bench.agenda.now_us, "line")]
    return bench


def put_through(bench: Bench) -> list[ev.AnyEvent]:
    bench.call()
    return bench.do(
        cmd.RingAgent("c1-1", "c1", "anna", "user/x", 20 * S, line_id="line"),
        cmd.Bridge("c1", "c1-1"),
    )


def test_a_call_on_a_line_is_there_at_once_and_the_line_stays() -> None:
    bench = on_the_line()
    assert kinds(put_through(bench)) == ["OfferAnswered", "CallBridged"]
    assert kinds(bench.do(cmd.CancelRing("c1-1"))) == ["OfferEnded"]
    assert list(bench.switch.lines.legs) == ["line"]
    assert kinds(bench.do(cmd.CloseLine("line"))) == ["LineClosed"]
    assert kinds(bench.do(cmd.CloseLine("line"))) == ["LineClosed"]


def test_a_line_that_is_hung_up_ends_the_conversation_on_it() -> None:
    bench = on_the_line()
    put_through(bench)
    bench.events.clear()
    bench.switch.lines.down(bench.switch.lines.legs["line"], "hangup")
    assert kinds(bench.events) == ["LineClosed", "OfferEnded"]
    assert "caller alone" in bench.told


def test_a_line_that_is_not_there_takes_no_call() -> None:
    assert kinds(put_through(Bench()))[:2] == ["LineClosed", "OfferEnded"]


def test_a_phone_has_one_line() -> None:
    bench = on_the_line()
    [second] = bench.do(cmd.OpenLine("other", "anna", "user/x", 30 * S))
    assert second == ev.LineClosed(bench.agenda.now_us, "other", "busy")
    assert bench.do(cmd.OpenLine("line", "anna", "user/x", 30 * S)) == []


def test_a_phone_that_is_not_there_has_no_line() -> None:
    bench = Bench()
    bench.agents["anna"].registered = False
    [closed] = bench.do(cmd.OpenLine("line", "anna", "user/x", 30 * S))
    assert closed == ev.LineClosed(bench.agenda.now_us, "line", "unreachable")


def test_a_lost_node_has_lost_its_lines_and_one_that_is_there_shows_them() -> None:
    bench = on_the_line()
    assert bench.switch.synced("").lines == (LiveLine("line", "anna", answered=True),)
    bench.switch.lose_node("")
    assert bench.switch.synced("").lines == ()
    assert bench.agents["anna"].line is None
