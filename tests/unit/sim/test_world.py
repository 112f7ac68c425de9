"""Callers and agents with the engine between them: what they are told to do, they do."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TypeVar, get_args

import pytest
from msgspec import structs

from acdengine import facts
from acdengine.base_messages import Fact
from acdengine.centre_facts import AgentStateChanged
from acdengine.conversation_facts import CallTransferred, ConversationEnded
from acdengine.engine import Engine
from acdengine.plan import Plan, Tenant, TrunkGroup
from acdengine.planning.erlang import erlang_b
from adapters.sim.centre.simulated_world import World, with_readers
from adapters.sim.draws.arrivals import RateProfile, Retrials
from adapters.sim.draws.distributions import Constant, Distribution, Exponential, Never
from adapters.sim.draws.random_streams import Streams
from adapters.sim.draws.timetable import Timetable
from adapters.sim.runs.call_figures import Figures
from adapters.sim.runs.measures import Measures
from adapters.sim.runs.simulation import estimates, replicate, run
from adapters.sim.runs.virtual_time import run_virtual
from adapters.sim.scenarios.scenario import (
    AgentGroup,
    AgentManners,
    Breaks,
    CallbackManners,
    CallType,
    KeyPress,
    Leaving,
    Opening,
    Scenario,
    ServiceTarget,
)
from adapters.sim.scenarios.switch_latencies import NO_LATENCY, USUAL
from queues.policy import CallbackPolicy, QueuePolicy
from queues.targets import ToCallback, ToQueue, ToVoicemail
from routing.policy import AgentProfile, Assignment, WrapUpPolicy

S = 1_000_000
MINUTE = 60 * S
HOUR = 60 * MINUTE
FactT = TypeVar("FactT", bound=Fact)


def every(value: Distribution) -> Timetable[Distribution]:
    return Timetable.always(value)


def plan(agents: int = 3, wrap_up: WrapUpPolicy | None = None, lines: int = 100) -> Plan:
    queue = QueuePolicy(
        queue_id="t/q",
        tenant_id="t",
        name="q",
        callback=CallbackPolicy(),
        exit_keys={"1": (ToVoicemail("t/box"),), "2": (ToCallback(),)},
    )
    return Plan(
        tenants={"t": Tenant(tenant_id="t", numbers={"100": ToQueue("t/q")}, dial_allow=("49",))},
        queues={"t/q": queue},
        agents={
            f"t/a{number}": AgentProfile(
                agent_id=f"t/a{number}",
                tenant_id="t",
                name="a",
                queues={"t/q": Assignment()},
                wrap_up=wrap_up or WrapUpPolicy(mode="none"),
            )
            for number in range(agents)
        },
        trunks={"trunk": TrunkGroup(trunk_id="trunk", channels=lines)},
    )


CALLS = CallType("sales", RateProfile.constant(1 / 30), "100", ("trunk",), every(Constant(60 * S)))


def scenario(
    the_plan: Plan | None = None,
    calls: CallType = CALLS,
    manners: AgentManners | None = None,
    number: Timetable[int] | None = None,
    hours: float = 1,
    opening: Opening | None = None,
) -> Scenario:
    the_plan = plan() if the_plan is None else the_plan
    group = AgentGroup("team", tuple(the_plan.agents), number, manners or AgentManners())
    return Scenario(
        "test",
        the_plan,
        (calls,),
        (group,),
        horizon_us=int(hours * HOUR),
        latencies=NO_LATENCY,
        opening=opening,
    )


class Played:
    """A scenario played once, with all its facts."""

    def __init__(self, played: Scenario) -> None:
        self.told: list[facts.AnyFact] = []
        self.world = World(played, Streams(1))
        measures = Measures(self.world.agenda, played)
        self.world.callers.on_arrival = measures.arrived
        self.world.callers.on_busy = measures.met_busy
        readers = with_readers(
            dict.fromkeys(get_args(facts.AnyFact), (self.told.append,)),
            measures.readers(),
            self.world.readers(),
        )
        self.world.begin()
        end_us = played.origin_us + played.horizon_us + played.run_out_us
        run_virtual(Engine(played.plan), self.world, readers, end_us)
        measures.finish()
        self.figures: Figures = measures.figures()["total"]["all"]
        self.group: Figures = measures.figures()["groups"]["team"]

    def of(self, kind: type[FactT]) -> list[FactT]:
        return [fact for fact in self.told if isinstance(fact, kind)]

    def states(self, state: str) -> list[AgentStateChanged]:
        return [fact for fact in self.of(AgentStateChanged) if fact.state == state]


# -- callers --------------------------------------------------------------------------------------


def test_callers_without_patience_hang_up_and_others_wait() -> None:
    hasty = Played(scenario(plan(agents=0), replace(CALLS, patience=every(Constant(7 * S)))))
    ends = hasty.of(facts.CallLeftQueue)
    assert len(ends) == hasty.figures["offered"] == hasty.figures["abandoned"]
    assert {fact.waited_us for fact in ends} == {7 * S}
    patient = Played(scenario(plan(agents=0)))
    assert patient.figures["unfinished"] == patient.figures["offered"] != 0


def test_patience_is_over_when_an_agent_answers() -> None:
    played = Played(scenario(plan(agents=20), replace(CALLS, patience=every(Constant(7 * S)))))
    assert played.figures["answered"] == played.figures["offered"]
    assert {fact.talked_us for fact in played.of(ConversationEnded)} == {60 * S}


def test_who_met_busy_or_gave_up_rings_again_so_often_and_no_more() -> None:
    again = Retrials(1.0, Constant(5 * S), most=2)
    calls = replace(CALLS, patience=every(Constant(7 * S)), retrials=again)
    gave_up = Played(scenario(plan(agents=0), calls))
    assert Counter(Counter(f.ani for f in gave_up.of(facts.CallStarted)).values()).keys() == {3}
    busy = Played(scenario(plan(lines=0), calls))
    assert Counter(Counter(f.ani for f in busy.of(facts.CallTurnedBusy)).values()).keys() == {3}
    assert busy.figures["blocked"] == busy.figures["attempts"] != 0


def test_nobody_rings_again_who_was_served() -> None:
    calls = replace(CALLS, retrials=Retrials(1.0, Constant(S), most=9))
    played = Played(scenario(plan(agents=20), calls))
    assert max(Counter(f.ani for f in played.of(facts.CallStarted)).values()) == 1


def test_keys_lead_where_the_queue_says() -> None:
    pressed = replace(CALLS, keys=(KeyPress("1", Constant(5 * S)),))
    played = Played(scenario(plan(agents=0), pressed))
    stored = played.of(facts.MessageStored)
    assert len(stored) == played.figures["offered"] == played.figures["left"]
    seldom = replace(CALLS, keys=(KeyPress("1", Constant(5 * S), 0.3),))
    part = Played(scenario(plan(agents=0), seldom)).figures
    assert part["left"] is not None
    assert part["offered"] is not None
    assert 0 < part["left"] < part["offered"]


@pytest.mark.parametrize("answers", [0.0, 1.0])
def test_customers_who_are_rung_back(answers: float) -> None:
    calls = replace(
        CALLS,
        keys=(KeyPress("2", Constant(5 * S)),),
        callback=CallbackManners(answers, Constant(6 * S)),
    )
    played = Played(scenario(plan(agents=1), calls, hours=0.5))
    placed = len(played.of(facts.CallbackPlaced))
    assert placed > 10
    assert len(played.of(facts.CallbackReached)) == placed * answers
    rung = Counter(fact.call_id for fact in played.of(facts.CallbackDialled))
    assert set(rung.values()) == {1 if answers else 3}


def test_customers_who_ask_on_the_web() -> None:
    calls = replace(CALLS, callback_queue="t/q", callback=CallbackManners(1.0, Constant(S)))
    played = Played(scenario(plan(agents=5), calls))
    assert len(played.of(facts.CallbackPlaced)) == played.figures["offered"]
    assert played.figures["answered"] == played.figures["offered"]
    assert {fact.rule for fact in played.of(facts.CallStarted)} == {"callback"}


def test_who_leaves_whatever_happens_leaves_a_conversation_too() -> None:
    played = Played(scenario(plan(agents=20), replace(CALLS, leaves=Constant(9 * S))))
    assert {fact.talked_us for fact in played.of(ConversationEnded)} == {9 * S}


def test_particular_callers_ring_with_their_numbers() -> None:
    calls = replace(CALLS, known=("4911", "4922"), known_share=0.5)
    numbers = Counter(f.ani for f in Played(scenario(plan(agents=20), calls)).of(facts.CallStarted))
    assert numbers["4911"] > 10
    assert numbers["4922"] > 10
    assert sum(numbers.values()) > numbers["4911"] + numbers["4922"] + 10


# -- agents ---------------------------------------------------------------------------------------


def test_agents_come_and_go_by_the_timetable() -> None:
    number = Timetable((0, 20 * MINUTE, 40 * MINUTE), (1, 3, 0))
    played = Played(scenario(number=number, calls=replace(CALLS, arrivals=RateProfile.constant(0))))
    origin = played.world.scenario.origin_us
    came = [(f.agent_id, f.at_us - origin) for f in played.states("ready")]
    assert came == [("t/a0", 0), ("t/a1", 20 * MINUTE), ("t/a2", 20 * MINUTE)]
    assert {f.at_us - origin for f in played.states("logged_out")} == {40 * MINUTE}
    assert played.group["agents"] == pytest.approx((20 + 3 * 20) / 60)


def test_who_goes_home_finishes_the_call() -> None:
    number = Timetable((0, 20 * MINUTE), (3, 0))
    calls = replace(CALLS, service=every(Constant(30 * MINUTE)))
    played = Played(scenario(calls=calls, number=number))
    assert {fact.talked_us for fact in played.of(ConversationEnded)} == {30 * MINUTE}
    assert len(played.states("logged_out")) == 3


def test_phones_that_are_not_answered_in_time_or_turned_away() -> None:
    slow = Played(scenario(manners=AgentManners(answer=Constant(21 * S), back=Constant(MINUTE))))
    assert {fact.outcome for fact in slow.of(facts.OfferClosed)} == {"no_answer"}
    assert {fact.lasted_us for fact in slow.states("ready") if fact.by} >= {MINUTE}
    never = Played(scenario(manners=AgentManners(misses=1.0)))
    assert {fact.rang_us for fact in never.of(facts.OfferClosed)} == {20 * S}
    rejecting = Played(scenario(manners=AgentManners(answer=Constant(3 * S), rejects=1.0)))
    ends = rejecting.of(facts.OfferClosed)
    assert {(fact.outcome, fact.rang_us) for fact in ends} == {("rejected", 3 * S)}


def test_wrap_up_is_ended_by_agents_or_by_its_policy() -> None:
    policy = WrapUpPolicy(mode="timed", time_us=40 * S)
    quick = Played(scenario(plan(wrap_up=policy), manners=AgentManners(wrap_up=Constant(15 * S))))
    slow = Played(scenario(plan(wrap_up=policy)))

    def lasted(played: Played) -> set[int]:
        told = played.of(AgentStateChanged)
        return {fact.lasted_us for fact in told if fact.before == "wrap_up"}

    assert lasted(quick) == {15 * S}
    assert lasted(slow) == {40 * S}


def test_wrap_up_is_asked_for_and_extended() -> None:
    policy = WrapUpPolicy(mode="on_request", time_us=40 * S)
    manners = AgentManners(asks_wrap_up=1.0, extends=1.0)
    told = Played(scenario(plan(wrap_up=policy), manners=manners)).states("ready")
    after = {(fact.before, fact.lasted_us) for fact in told if fact.before == "wrap_up"}
    # The extension is asked for at once, so that both stretches are one.
    assert after == {("wrap_up", 70 * S)}


def test_breaks_are_taken_and_ended() -> None:
    breaks = Breaks(Constant(10 * MINUTE), Constant(3 * MINUTE))
    played = Played(
        scenario(
            calls=replace(CALLS, arrivals=RateProfile.constant(0)),
            manners=AgentManners(breaks=breaks),
            number=Timetable((0, 59 * MINUTE), (3, 0)),
        )
    )
    rested = [fact for fact in played.states("ready") if fact.before == "not_ready"]
    assert {fact.lasted_us for fact in rested} == {0, 3 * MINUTE}
    assert len([fact for fact in rested if fact.lasted_us]) == 3 * 5


def test_holds_make_conversations_longer() -> None:
    manners = AgentManners(holds=1.0, hold=Constant(20 * S))
    ends = Played(scenario(manners=manners)).of(ConversationEnded)
    assert {(fact.talked_us, fact.held_us) for fact in ends} == {(60 * S, 20 * S)}


@pytest.mark.parametrize(("hangs_up", "by"), [(0.0, "caller"), (1.0, "agent")])
def test_who_ends_a_conversation(hangs_up: float, by: str) -> None:
    ends = Played(scenario(manners=AgentManners(hangs_up=hangs_up))).of(ConversationEnded)
    assert {fact.ended_by for fact in ends} == {by}


def test_transfers_lead_on() -> None:
    manners = AgentManners(transfers=1.0, transfer_to=(ToVoicemail("t/box"),))
    played = Played(scenario(manners=manners))
    assert len(played.of(facts.MessageStored)) == len(played.of(CallTransferred)) != 0


def test_a_transfer_that_is_refused_does_not_keep_caller_and_agent_together() -> None:
    manners = AgentManners(transfers=1.0, transfer_to=(ToQueue("t/nowhere"),))
    ends = Played(scenario(manners=manners)).of(ConversationEnded)
    assert {fact.talked_us for fact in ends} == {70 * S}


def test_phones_that_are_lost_come_back() -> None:
    manners = AgentManners(loses_phone=Constant(10 * MINUTE), phone_lost=Constant(MINUTE))
    quiet = replace(CALLS, arrivals=RateProfile.constant(0))
    played = Played(scenario(calls=quiet, manners=manners))
    lost = [fact for fact in played.states("not_ready") if fact.reason == "phone-unregistered"]
    back = [fact for fact in played.states("ready") if fact.lasted_us == MINUTE]
    assert len(lost) >= len(back) > 10


def test_conversations_last_as_long_as_the_agents_group_needs() -> None:
    calls = replace(CALLS, service_by_group={"team": every(Constant(90 * S))})
    ends = Played(scenario(calls=calls)).of(ConversationEnded)
    assert {fact.talked_us for fact in ends} == {90 * S}


# -- the end of the day ---------------------------------------------------------------------------


def closing(at_closing: str) -> Played:
    """Open for half an hour, far too few agents, who go home when it closes."""
    hours = Opening(0, 30 * MINUTE, at_closing)  # type: ignore[arg-type]
    number = Timetable((0, 30 * MINUTE), (1, 0))
    calls = replace(CALLS, arrivals=RateProfile((0, 1_800 * S), (1 / 30, 0.0)))
    return Played(scenario(calls=calls, number=number, opening=hours))


def test_who_waits_at_closing_is_served_by_agents_who_stay() -> None:
    played = closing("serve")
    assert played.figures["answered"] == played.figures["offered"]
    last = played.of(facts.CallEnded)[-1]
    (home,) = played.states("logged_out")
    origin = played.world.scenario.origin_us
    assert home.at_us >= last.at_us - 60 * S > origin + 40 * MINUTE


def test_who_waits_at_closing_is_sent_away() -> None:
    played = closing("send_away")
    origin = played.world.scenario.origin_us
    sent = [fact for fact in played.of(facts.CallLeftQueue) if fact.reason == "withdrawn"]
    assert {fact.at_us - origin for fact in sent} == {30 * MINUTE}
    assert len(sent) == played.figures["left"] != 0
    (home,) = played.states("logged_out")
    assert home.at_us - origin <= 31 * MINUTE


# -- what planners say ------------------------------------------------------------------------


def test_callers_who_balk_hang_up_where_they_would_wait_and_only_there() -> None:
    balking = replace(CALLS, arrivals=RateProfile.constant(1 / 20), balks=1.0)
    played = Played(scenario(plan(agents=2), balking))
    left = played.of(facts.CallLeftQueue)
    assert left
    assert all((fact.reason, fact.waited_us) == ("abandoned", 0) for fact in left)
    connected = {fact.call_id for fact in played.of(facts.CallConnected)}
    assert connected
    assert len(connected) + len(left) == played.figures["offered"]
    some = Played(scenario(plan(agents=2), replace(balking, balks=0.3)))
    gone, waited = len(some.of(facts.CallLeftQueue)), some.figures["queued"] or 0
    assert 0 < gone < waited - len(connected) // 2


@pytest.mark.slow
def test_balking_agrees_with_the_formula_of_a_loss_system() -> None:
    """When every caller balks, no call waits: Erlang B says how many are lost."""
    rate, service = RateProfile.constant(1 / 20), every(Exponential(60.0 * S))
    calls = replace(CALLS, arrivals=rate, balks=1.0, service=service)
    runs = replicate(scenario(plan(agents=4, lines=1000), calls, hours=20), 20)
    lost = estimates(runs, confidence=0.99)["total"]["all"]["p_abandon"]
    assert lost.contains(erlang_b(4, 3.0))


def test_a_type_may_have_a_service_level_of_its_own() -> None:
    patient = replace(CALLS, arrivals=RateProfile.constant(1 / 18), target=ServiceTarget(120 * S))
    one = run(replace(scenario(plan(agents=3), patient, hours=4), target=ServiceTarget(0)), 3)
    level = one.ratios["call_types"]["sales"]["service_level"]
    strict = run(replace(scenario(plan(agents=3), replace(patient, target=None), hours=4),
                         target=ServiceTarget(0)), 3)  # fmt: skip
    assert level.part > strict.ratios["call_types"]["sales"]["service_level"].part > 0
    assert one.ratios["total"]["all"]["service_level"].part == level.part
    assert one.digest == strict.digest


BUSY = replace(CALLS, arrivals=RateProfile.constant(1 / 5), service=every(Constant(300 * S)))


def dropped(leaving: Leaving) -> Played:
    """Four agents, all talking; after 20 minutes two are to be at work."""
    steps = Timetable((0, 20 * MINUTE), (4, 2))
    busy = scenario(plan(agents=4, lines=50), BUSY, number=steps)
    (group,) = busy.groups
    return Played(replace(busy, groups=(replace(group, leaving=leaving),)))


def left_at(played: Played) -> list[tuple[str, int]]:
    after_us = played.world.scenario.origin_us + 20 * MINUTE
    out = [fact for fact in played.states("logged_out") if fact.at_us >= after_us]
    return [(fact.agent_id, fact.at_us - after_us) for fact in out]


def test_who_goes_when_fewer_are_needed() -> None:
    finish, attrition, at_once = dropped("finish"), dropped("attrition"), dropped("at_once")
    assert [name for name, _ in left_at(finish)] == ["t/a2", "t/a3"]
    assert all(after_us > 0 for _, after_us in left_at(finish))
    # Conversations began 5 s apart and take turns, so the first to end belong to others.
    assert {name for name, _ in left_at(attrition)} != {"t/a2", "t/a3"}
    assert max(us for _, us in left_at(attrition)) < max(us for _, us in left_at(finish))
    assert left_at(at_once) == [("t/a2", 0), ("t/a3", 0)]
    cut = [fact for fact in at_once.of(ConversationEnded) if fact.talked_us < 300 * S]
    assert len(cut) == 2
    assert not [fact for fact in attrition.of(ConversationEnded) if fact.talked_us < 300 * S]


# -- runs -----------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_run_and_another_another() -> None:
    random = structs.replace(plan(), seed=5)
    tested = replace(scenario(random), latencies=USUAL)
    first, second, other = run(tested, 7), run(tested, 7), run(tested, 8)
    assert first == second
    assert first.digest != other.digest != run(tested, 7, replication=1).digest


def test_callers_do_not_depend_on_agents() -> None:
    """Common random numbers: the same people come, whoever answers."""
    calls = replace(CALLS, patience=every(Constant(20 * S)))
    few, many = (Played(scenario(plan(agents=count), calls)) for count in (1, 9))
    came = [[(f.at_us, f.ani) for f in p.of(facts.CallStarted)] for p in (few, many)]
    assert came[0] == came[1] != []
    assert few.figures["abandoned"] != many.figures["abandoned"]


def test_endless_waits_do_not_keep_a_run_from_ending() -> None:
    calls = replace(CALLS, patience=every(Never()))
    played = Played(scenario(plan(agents=0), calls))
    assert played.world.agenda.now_us <= played.world.scenario.origin_us + 5 * HOUR
