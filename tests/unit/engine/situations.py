"""Every situation that a call, an offer, a callback or an agent can be in, reached by a story.

The full matrix of situations and events (`test_matrix.py`) starts from these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from acdengine import commands as cmd
from acdengine import events as ev
from acdengine import requests as rq
from acdengine.plan import Flow, Plan
from queues.policy import (
    Announcements,
    CallbackPolicy,
    PreferredRule,
    QueuePolicy,
    RecordingPolicy,
    StaffRule,
)
from queues.targets import ToAgent, ToCallback, ToFlow, ToNumber, ToQueue, ToVoicemail
from routing.policy import AgentProfile, MissPolicy, MissRule, WrapUpPolicy
from tests.unit.engine.scene import S, Scene, agent, centre, queue

QUEUES: Final = ("a", "all", "more", "back", "few")


class Subject(Struct):
    """Whom the events of the matrix are about."""

    call_id: str = "c1"
    offer_id: str = "c1-1"
    agent_id: str = "t/anna"
    file: str = "f.wav"
    party_id: str = "c1-2"
    line_id: str = "line-0"


def _lines() -> list[QueuePolicy]:
    keys = {"1": (ToCallback(), ToQueue("t/few"))}
    spoken = Announcements(greeting="hello", position=True, first_after_us=30 * S)
    confirmed = CallbackPolicy(confirm_prompt="we-call-you")
    rules = (PreferredRule(min_score=1, wait_us=600 * S),)
    return [
        queue(
            "a",
            recording=RecordingPolicy(mode="on_request"),
            callback=confirmed,
            exit_keys=keys,
            announcements=spoken,
            resume_us=60 * S,
        ),
        queue("all", strategy="ring_all", callback=CallbackPolicy(), exit_keys=keys),
        queue("more", strategy="ring_progressively", preferred=rules, leave_staff=StaffRule()),
        queue("back", callback=CallbackPolicy(mode="customer_first"), exit_keys=keys),
        queue("few", max_conversations=1, when_full=(ToVoicemail("t/box"),)),
    ]


def plan(*without: str) -> Plan:
    """The plan of all situations, or what is left of it."""
    flows = {"t/flow": Flow(flow_id="t/flow", prompts=("one", "two"), then=ToQueue("t/a"))}
    lines = [line for line in _lines() if line.name not in without]
    names = [line.name for line in lines]
    patient = MissPolicy(limit=2, no_answer=MissRule(delay_us=30 * S))
    agents: list[AgentProfile] = [
        agent("anna", *names, misses=patient, wrap_up=WrapUpPolicy(mode="timed")),
        agent("ben", *names, wrap_up=WrapUpPolicy(mode="forced")),
        agent("cora", *names, wrap_up=WrapUpPolicy(mode="mandatory")),
        agent("dora", *names, wrap_up=WrapUpPolicy(mode="optional")),
        agent("emma", *names, misses=patient, nailed_up=True),
    ]
    return centre(
        *lines,
        *(one for one in agents if one.name not in without),
        flows=flows,
        numbers={
            "flow": ToFlow("t/flow"),
            "box": ToVoicemail("t/box"),
            "out": ToNumber("0123"),
            "direct": ToAgent("t/anna", 300 * S, names[0]) if names else ToVoicemail("t/box"),
        },
    )


SITUATIONS: Final[dict[str, Callable[[], tuple[Scene, Subject]]]] = {}


def situation(
    story: Callable[[Scene], Subject | None],
) -> Callable[[Scene], Subject | None]:
    """Keep a story under its name."""

    def tell() -> tuple[Scene, Subject]:
        scene = Scene(plan())
        subject = story(scene) or Subject()
        scene.ignored = ()
        return scene, subject

    SITUATIONS[story.__name__] = tell
    return story


# -- calls -------------------------------------------------------------------------------------


@situation
def nothing_at_all(scene: Scene) -> None:
    scene.sign_in("anna")


@situation
def in_a_flow(scene: Scene) -> None:
    scene.call("c1", "flow", node_id="east")


@situation
def waiting(scene: Scene) -> None:
    scene.call("c1", "a", node_id="east")
    scene.call("c2", "a")


@situation
def waiting_for_one_agent(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c0", "a")
    scene.answers("anna")
    scene.call("c1", "direct")


@situation
def waiting_in_a_full_queue(scene: Scene) -> None:
    scene.ready("anna", "ben")
    scene.call("c0", "few")
    scene.answers("anna")
    scene.call("c1", "few")


@situation
def waiting_without_staff(scene: Scene) -> None:
    scene.call("c1", "more")


@situation
def ringing_one(scene: Scene) -> None:
    scene.ready("anna", "ben")
    scene.call("c1", "a", node_id="east")


@situation
def ringing_all(scene: Scene) -> None:
    scene.ready("anna", "ben", "cora")
    scene.call("c1", "all", node_id="east")


@situation
def ringing_more(scene: Scene) -> None:
    scene.ready("anna", "ben", "cora")
    scene.call("c1", "more")
    scene.wait(12)


@situation
def connecting(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.Bridge,)
    scene.answers("anna")


@situation
def talking(scene: Scene) -> None:
    scene.ready("anna", "ben")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")


@situation
def talking_with_more_to_come(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "few")
    scene.call("c2", "few")
    scene.answers("anna")
    scene.not_ready("anna")


@situation
def held(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    scene.ask(rq.HoldRequested(scene.now_us, call_id="c1"))


def _recorded(scene: Scene) -> str:
    """c1 talks and is to be recorded; the file."""
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    scene.ask(rq.RecordingStartRequested(scene.now_us, call_id="c1"))
    return scene.live("c1").recording


@situation
def recording_ordered(scene: Scene) -> Subject:
    return Subject(file=_recorded(scene))


@situation
def recorded(scene: Scene) -> Subject:
    file = _recorded(scene)
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    return Subject(file=file)


@situation
def recording_paused(scene: Scene) -> Subject:
    file = _recorded(scene)
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    scene.ask(rq.RecordingPauseRequested(scene.now_us, call_id="c1"))
    return Subject(file=file)


@situation
def recording_stopping(scene: Scene) -> Subject:
    file = _recorded(scene)
    scene.feed(ev.RecordingBegan(scene.now_us, "c1", file))
    scene.caller_hangs_up("c1")
    return Subject(file=file)


@situation
def leaving_a_message(scene: Scene) -> None:
    scene.call("c1", "box")


@situation
def outside(scene: Scene) -> None:
    scene.call("c1", "out")


@situation
def ending(scene: Scene) -> None:
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.HangUpCall,)
    scene.ask(rq.WithdrawRequested(scene.now_us, call_id="c1"))


@situation
def refused(scene: Scene) -> None:
    scene.ask(rq.DrainRequested(scene.now_us))
    scene.ignored = (cmd.RejectCall,)
    scene.call("c1", "a")


@situation
def ended(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.talk("anna", 10)


# -- offers ------------------------------------------------------------------------------------


@situation
def caller_gone_and_the_phone_not_confirmed_down(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.ignored = (cmd.CancelRing,)
    scene.caller_hangs_up("c1")


@situation
def rang_out_and_the_phone_not_confirmed_down(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ignored = (cmd.CancelRing,)
    scene.wait(20)


@situation
def talked_and_the_phone_not_confirmed_down(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.answers("anna")
    scene.ignored = (cmd.CancelRing,)
    request = rq.TransferRequested(scene.now_us, call_id="c1", target=ToQueue("t/all"))
    scene.ask(request)


@situation
def too_late_for_a_call_that_another_answered(scene: Scene) -> Subject:
    scene.ready("anna", "ben")
    scene.call("c1", "all")
    scene.ignored = (cmd.CancelRing,)
    scene.answers("anna")
    return Subject(offer_id="c1-2", agent_id="t/ben")


# -- consults and parties ----------------------------------------------------------------------


def _consults(scene: Scene, **whom: str) -> None:
    """Anna talks with the caller of c1 and asks somebody; cora has another conversation."""
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    scene.ready("ben")
    scene.wait(5)
    assert scene.ask(rq.ConsultRequested(scene.now_us, call_id="c1", **whom)) == ""


@situation
def consult_ringing(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")


@situation
def consult_ringing_seen_from_the_other_side(scene: Scene) -> Subject:
    _consults(scene, queue_id="t/all")
    return Subject(offer_id="c1-2", agent_id="t/ben")


@situation
def consult_private(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")


@situation
def consult_private_and_not_confirmed(scene: Scene) -> Subject:
    _consults(scene, agent_id="t/ben")
    scene.ignored = (cmd.JoinConsult,)
    scene.answers("ben")
    return Subject(offer_id="c1-2", agent_id="t/ben")


@situation
def consult_aside(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ask(rq.ConsultSwapRequested(scene.now_us, call_id="c1"))


@situation
def consult_joined(scene: Scene) -> None:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))


@situation
def consult_joined_seen_from_the_other_side(scene: Scene) -> Subject:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ignored = (cmd.JoinAll,)
    scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))
    return Subject(offer_id="c1-2", agent_id="t/ben")


@situation
def consult_of_a_number_ringing(scene: Scene) -> None:
    _consults(scene, number="0777")


@situation
def consult_of_a_number_private(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))


@situation
def consult_of_a_number_joined(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))
    scene.ask(rq.ConsultJoinRequested(scene.now_us, call_id="c1"))


@situation
def consulted_number_not_confirmed_down(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.ignored = (cmd.EndParty,)
    scene.ask(rq.ConsultReturnRequested(scene.now_us, call_id="c1"))


@situation
def passed_on_and_not_confirmed(scene: Scene) -> Subject:
    _consults(scene, agent_id="t/ben")
    scene.answers("ben")
    scene.ignored = (cmd.Bridge, cmd.CancelRing)
    scene.ask(rq.ConsultCompleteRequested(scene.now_us, call_id="c1"))
    return Subject(offer_id="c1-2", agent_id="t/ben")


@situation
def passed_on_to_a_number(scene: Scene) -> None:
    _consults(scene, number="0777")
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))
    scene.ask(rq.ConsultCompleteRequested(scene.now_us, call_id="c1"))


def _supervised(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")
    request = rq.SuperviseRequested(scene.now_us, call_id="c1", contact="sip:boss", by="boss")
    assert scene.ask(request) == ""


@situation
def supervisor_ringing(scene: Scene) -> None:
    _supervised(scene)


@situation
def supervised(scene: Scene) -> None:
    _supervised(scene)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))


@situation
def supervised_and_not_confirmed(scene: Scene) -> None:
    _supervised(scene)
    scene.ignored = (cmd.Supervise,)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))


@situation
def taken_over(scene: Scene) -> None:
    _supervised(scene)
    scene.feed(ev.PartyAnswered(scene.now_us, "c1-2", "east"))
    scene.ask(rq.TakeOverRequested(scene.now_us, call_id="c1"))


# -- callbacks ---------------------------------------------------------------------------------


def _asks_for_a_callback(scene: Scene, dnis: str = "all") -> None:
    scene.call("c1", dnis, node_id="east")
    scene.presses("c1", "1")


@situation
def callback_being_confirmed(scene: Scene) -> None:
    _asks_for_a_callback(scene, "a")


@situation
def callback_whose_leg_is_not_down(scene: Scene) -> None:
    scene.ignored = (cmd.HangUpCall,)
    _asks_for_a_callback(scene)


@situation
def callback_waiting(scene: Scene) -> None:
    _asks_for_a_callback(scene)


@situation
def callback_ringing_the_agent(scene: Scene) -> None:
    _asks_for_a_callback(scene)
    scene.ready("anna")


@situation
def callback_ringing_the_customer(scene: Scene) -> None:
    _asks_for_a_callback(scene)
    scene.ready("anna")
    scene.answers("anna")


@situation
def callback_ringing_the_customer_first(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.ready("anna")


@situation
def callback_held_back(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.call("c2", "back")
    scene.presses("c2", "1")
    scene.call("c3", "back")
    scene.presses("c3", "1")
    scene.ready("anna")


@situation
def callback_resting_until_the_next_try(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.ready("anna")
    scene.customer_misses("c1")


@situation
def callback_reached_and_waiting(scene: Scene) -> None:
    _asks_for_a_callback(scene, "back")
    scene.ready("anna")
    scene.not_ready("anna")
    scene.customer_answers("c1")


@situation
def callback_reached_and_connecting(scene: Scene) -> None:
    _asks_for_a_callback(scene)
    scene.ready("anna")
    scene.answers("anna")
    scene.ignored = (cmd.Bridge,)
    scene.customer_answers("c1")


# -- agents ------------------------------------------------------------------------------------


@situation
def agent_on_a_break(scene: Scene) -> None:
    scene.ready("anna")
    scene.not_ready("anna")


@situation
def agent_ready(scene: Scene) -> None:
    scene.ready("anna", "ben")


@situation
def agent_after_a_missed_offer(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "a")
    scene.misses("anna")


@situation
def agent_without_a_phone(scene: Scene) -> None:
    scene.ready("anna")
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "unregistered"))
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "busy"))


def _after_a_call(scene: Scene, name: str) -> Subject:
    scene.ready(name)
    scene.call("c1", "a")
    scene.talk(name, 30)
    scene.call("c2", "a")
    return Subject(agent_id=f"t/{name}")


@situation
def agent_in_timed_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "anna")


@situation
def agent_in_forced_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "ben")


@situation
def agent_in_mandatory_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "cora")


@situation
def agent_who_may_want_wrap_up(scene: Scene) -> Subject:
    return _after_a_call(scene, "dora")


@situation
def agent_signed_out(scene: Scene) -> None:
    scene.call("c1", "a")


# -- lines of nailed-up agents -----------------------------------------------------------------


def _nailed_up(scene: Scene, up: bool = True) -> Subject:
    scene.ready("emma")
    line_id = scene.agent("emma").line_id
    if up:
        scene.takes_up_line("emma")
    return Subject(agent_id="t/emma", line_id=line_id)


@situation
def line_being_dialled(scene: Scene) -> Subject:
    scene.call("c1", "a")
    return _nailed_up(scene, up=False)


@situation
def agent_ready_on_a_line(scene: Scene) -> Subject:
    return _nailed_up(scene)


@situation
def talking_on_a_line(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.call("c1", "a")
    return subject


@situation
def line_that_waits_to_be_dialled_again(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.line_ends("emma", "lost")
    return subject


@situation
def line_that_the_agent_hung_up(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.line_ends("emma")
    return subject


@situation
def line_of_an_agent_who_signed_out(scene: Scene) -> Subject:
    subject = _nailed_up(scene)
    scene.ignored = (cmd.CloseLine,)
    scene.sign_out("emma")
    return subject


# -- settings ----------------------------------------------------------------------------------


@situation
def queue_on_its_way_out(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "all")
    scene.call("c2", "all")
    scene.reload(plan("all"))


@situation
def agent_on_the_way_out(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "all")
    scene.answers("anna")
    scene.reload(plan("anna"))


@situation
def everything_on_its_way_out(scene: Scene) -> None:
    scene.ready("anna")
    scene.call("c1", "all")
    scene.call("c2", "back")
    scene.presses("c2", "1")
    scene.answers("anna")
    scene.reload(Plan())


@situation
def talking_through_another_node(scene: Scene) -> None:
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "registered", "west"))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.answers("anna")


@situation
def ringing_on_a_node_that_is_drained(scene: Scene) -> None:
    scene.feed(ev.PhoneChanged(scene.now_us, "t/anna", "registered", "east"))
    scene.feed(ev.SwitchSynced(scene.now_us, "east", (), ()))
    scene.ready("anna")
    scene.call("c1", "a", node_id="east")
    scene.ask(rq.DrainRequested(scene.now_us, node_id="east"))
