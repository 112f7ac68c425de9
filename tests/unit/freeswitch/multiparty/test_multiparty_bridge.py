"""Calls with more than two legs: one step at a time, and never one on the heels of another."""

from __future__ import annotations

import pytest

from acdengine.commands import (
    AskToAccept,
    Bridge,
    CancelRing,
    DialParty,
    EndParty,
    JoinAll,
    JoinConsult,
    OpenLine,
    RingAgent,
    Supervise,
)
from acdengine.events import (
    AllJoined,
    AnyEvent,
    CallBridged,
    CallerHungUp,
    ConsultJoined,
    OfferEnded,
    PartyAnswered,
    PartyEnded,
    SupervisionSet,
)
from acdengine.plan import DialRoute, DialWay
from tests.unit.freeswitch.desk import Desk
from tests.unit.freeswitch.evil import CONTROLS, PIECES
from tests.unit.freeswitch.switch_parsers import originate

S = 1_000_000
PLAIN = ("uuid_setvar", "playback")


class Trio(Desk):
    """Caller c and agent a talk; b is another agent who is being consulted."""

    def __init__(self) -> None:
        super().__init__()
        self.caller()
        self.orders.execute([_ring("a", "anna")])
        self.on_end[-1]("+OK a\n")
        self.parks("a")
        self.hear("CHANNEL_ANSWER", "a")
        self.bridges("c", "a")
        self.orders.execute([_ring("b", "ben", consult=True)])
        self.drain()

    def steps(self, *commands: object) -> list[str]:
        """What the switch is told, without variables and music."""
        if commands:
            self.orders.execute(commands)  # type: ignore[arg-type]
        sent, self.said = self.drain()
        return [line for line in sent if not line.startswith(PLAIN)]

    def parks(self, *legs: str, answered: bool = True) -> None:
        for leg in legs:
            state = "answered" if answered else "ringing"
            self.hear("CHANNEL_PARK", leg, answer_state=state)

    def bridges(self, one: str, other: str) -> None:
        self.hear("CHANNEL_BRIDGE", one, bridge_a_id=one, bridge_b_id=other)

    def answers(self, leg: str) -> None:
        """A consulted agent's telephone is answered."""
        self.on_end[-1](f"+OK {leg}\n")
        self.parks(leg, answered=False)
        self.hear("CHANNEL_ANSWER", leg)

    def down(self, leg: str) -> None:
        self.hear("CHANNEL_HANGUP", leg, hangup_cause="NORMAL_CLEARING")
        self.hear("CHANNEL_HANGUP_COMPLETE", leg, hangup_cause="NORMAL_CLEARING")

    def private(self) -> None:
        """a and b talk alone."""
        self.steps(JoinConsult("c", "a", "b", "default"))
        self.parks("c", "a")
        self.answers("b")
        self.steps(JoinConsult("c", "a", "b", "default"))
        self.bridges("a", "b")
        self.steps()

    def joined(self) -> None:
        """All three talk."""
        self.private()
        self.steps(JoinAll("c", "a", "b"))
        self.parks("a", "b")
        self.bridges("c", "a")
        self.answer("+OK\n")
        self.steps()


def _ring(offer_id: str, name: str, *, consult: bool = False) -> RingAgent:
    return RingAgent(offer_id, "c", f"t/{name}", f"user/{name}", 20 * S, consult=consult)


def test_caller_and_agent_are_parted_and_the_agents_joined_once_the_other_is_there() -> None:
    desk = Trio()
    assert desk.steps(JoinConsult("c", "a", "b", "default")) == [
        "uuid_transfer c -both park inline"
    ]
    assert desk.steps(JoinConsult("c", "a", "b", "default")) == [], "that is under way"
    desk.hear("CHANNEL_PARK", "c", answer_state="answered")
    sent, _ = desk.drain()
    assert "playback local_stream://moh" in sent, "the caller hears music"
    desk.parks("a")
    assert any(line.startswith("playback tone_stream") for line in desk.drain()[0])
    desk.answers("b")
    assert not [line for line in desk.steps() if "uuid_bridge" in line], "not by itself"
    assert desk.steps(JoinConsult("c", "a", "b", "default")) == ["uuid_bridge a b"]
    desk.bridges("a", "b")
    desk.steps()
    assert desk.said == [ConsultJoined(0, "c", "b")]
    assert desk.steps(JoinConsult("c", "a", "b", "default")) == []
    assert desk.said == [ConsultJoined(0, "c", "b")], "a repeated order is answered"


def test_a_step_of_which_nothing_is_heard_is_taken_again_later() -> None:
    desk = Trio()
    order = JoinConsult("c", "a", "b", "default")
    assert desk.steps(order) == ["uuid_transfer c -both park inline"]
    desk.now_s = 1.0
    assert desk.steps(order) == []
    desk.now_s = 2.5
    assert desk.steps(order) == ["uuid_transfer c -both park inline"]


def test_a_step_under_way_is_awaited_for_two_seconds_whatever_is_wanted_next() -> None:
    desk = Trio()
    desk.now_s = 100.0
    asked = JoinConsult("c", "a", "b", "default")
    assert desk.steps(asked) == ["uuid_transfer c -both park inline"]
    desk.now_s = 101.9
    assert desk.steps(Bridge("c", "a")) == [], "the step for the consult is still under way"
    desk.now_s = 102.0
    assert desk.steps(asked) == ["uuid_transfer c -both park inline"]
    desk.now_s = 103.9
    assert desk.steps(asked) == [], "and so is the one that was taken again"
    desk.now_s = 104.0
    assert desk.steps(asked) == ["uuid_transfer c -both park inline"]


def test_a_bridge_of_which_nothing_is_heard_is_ordered_again() -> None:
    desk = Trio()
    desk.now_s = 100.0
    asked = JoinConsult("c", "a", "b", "default")
    desk.steps(asked)
    desk.parks("c", "a")
    desk.answers("b")
    assert desk.steps(asked) == ["uuid_bridge a b"]
    desk.now_s = 101.9
    assert desk.steps(asked) == []
    desk.now_s = 102.0
    assert desk.steps(asked) == ["uuid_bridge a b"]


def test_a_leg_whose_partner_has_hung_up_is_not_waited_for_longer_than_two_seconds() -> None:
    desk = Trio()
    desk.private()
    desk.now_s = 100.0
    desk.down("b")
    assert desk.steps(Bridge("c", "a")) == []
    desk.now_s = 101.9
    assert desk.steps(Bridge("c", "a")) == []
    desk.now_s = 102.0
    assert desk.steps(Bridge("c", "a")) == ["uuid_bridge c a"]


def test_a_bridge_that_is_refused_is_not_waited_for() -> None:
    desk = Trio()
    asked = JoinConsult("c", "a", "b", "default")
    desk.steps(asked)
    desk.parks("c", "a")
    desk.answers("b")
    assert desk.steps(asked) == ["uuid_bridge a b"]
    desk.answer("-ERR Invalid uuid\n")
    assert desk.steps(asked) == ["uuid_bridge a b"]


def test_a_consulted_agent_whose_end_was_ordered_is_bridged_with_nobody() -> None:
    desk = Trio()
    asked = JoinConsult("c", "a", "b", "default")
    desk.steps(asked)
    desk.parks("c", "a")
    desk.answers("b")
    assert desk.steps(CancelRing("b"), asked) == ["uuid_kill b"]


def test_hearing_that_is_refused_is_tried_again() -> None:
    desk = Trio()
    desk.private()
    desk.steps(JoinAll("c", "a", "b"))
    desk.parks("a", "b")
    desk.bridges("c", "a")
    first = desk.steps()
    desk.answer("-ERR no such channel\n")
    assert not [event for event in desk.drain()[1] if isinstance(event, AllJoined)]
    again = desk.steps(JoinAll("c", "a", "b"))
    assert again
    assert again[-1] == first[-1]


def test_back_to_the_caller() -> None:
    desk = Trio()
    desk.private()
    assert desk.steps(Bridge("c", "a"), CancelRing("b")) == [
        "uuid_transfer a -both park inline",
        "uuid_kill b",
    ]
    desk.down("b")
    assert desk.steps() == [], "the agent's leg is not parked yet"
    desk.parks("a")
    assert desk.steps() == ["uuid_bridge c a"]
    desk.bridges("c", "a")
    desk.steps()
    assert desk.said == [CallBridged(0, "c", "a")], "told once"


def test_a_leg_whose_partner_has_hung_up_is_not_touched_before_it_is_parked() -> None:
    desk = Trio()
    desk.private()
    desk.down("b")
    assert OfferEnded(0, "b", "hangup") in desk.drain()[1]
    assert desk.steps(Bridge("c", "a")) == []
    desk.parks("a")
    assert desk.steps() == ["uuid_bridge c a"]


def test_the_caller_is_left_to_the_consulted_agent() -> None:
    desk = Trio()
    desk.private()
    assert desk.steps(Bridge("c", "b"), CancelRing("a")) == [
        "uuid_transfer b -both park inline",
        "uuid_kill a",
    ]
    desk.down("a")
    desk.parks("b")
    assert desk.steps() == ["uuid_bridge c b"]
    desk.bridges("c", "b")
    desk.drain()
    assert desk.steps(Bridge("c", "b")) == []
    assert desk.said == [CallBridged(0, "c", "b")], "from now on an agent like any other"


def test_all_three_hear_each_other_without_a_break_when_one_comes_or_goes() -> None:
    desk = Trio()
    desk.private()
    assert desk.steps(JoinAll("c", "a", "b")) == ["uuid_transfer a -both park inline"]
    desk.parks("a", "b")
    assert desk.steps() == ["uuid_bridge c a"]
    desk.bridges("c", "a")
    sent, _ = desk.drain()
    assert sent == [
        "uuid_setvar_multi b eavesdrop_whisper_aleg=true;eavesdrop_whisper_bleg=true",
        "uuid_transfer b eavesdrop:a,park inline",
    ]
    desk.answer("+OK\n")
    assert desk.drain()[1] == [AllJoined(0, "c", "b")]
    assert desk.steps(JoinAll("c", "a", "b")) == []
    assert desk.said == [AllJoined(0, "c", "b")]
    assert desk.steps(CancelRing("b"), Bridge("c", "a")) == ["uuid_kill b"]
    assert desk.said == [CallBridged(0, "c", "a")], "they were together all the time"


def test_the_agent_leaves_a_conference() -> None:
    desk = Trio()
    desk.joined()
    desk.down("a")
    assert desk.steps(Bridge("c", "b")) == [], "neither is parked yet"
    desk.parks("c", "b")
    assert desk.steps() == ["uuid_bridge c b"]


def test_a_refused_bridge_leaves_the_caller_alone() -> None:
    desk = Trio()
    desk.private()
    desk.steps(Bridge("c", "a"))
    desk.parks("a", "b")
    assert desk.steps() == ["uuid_bridge c a"]
    desk.answer("-ERR Invalid uuid\n")
    assert desk.legs.callers["c"].bridging == ""


@pytest.mark.parametrize(
    ("command", "report"),
    [
        (JoinConsult("x", "x-1", "x-2", ""), [CallerHungUp, OfferEnded, OfferEnded, PartyEnded]),
        (JoinAll("x", "x-1", "x-2"), [CallerHungUp, OfferEnded, OfferEnded, PartyEnded]),
        (JoinAll("c", "a", "x-2"), [OfferEnded, PartyEnded]),
        (Supervise("x-1", "c", "a", "barge"), [PartyEnded]),
    ],
)
def test_what_is_missing_is_reported(command: object, report: list[type[AnyEvent]]) -> None:
    desk = Trio()
    assert desk.steps(command) == []
    assert [type(event) for event in desk.said] == report


def test_a_nailed_up_agent_asks_and_is_asked_on_the_line() -> None:
    desk = Desk()
    desk.caller()
    for line_id, name in (("la", "anna"), ("lb", "ben")):
        desk.orders.execute([OpenLine(line_id, f"t/{name}", f"user/{name}", 20 * S)])
        desk.on_end[-1](f"+OK {line_id}\n")
        desk.hear("CHANNEL_ANSWER", line_id)
        desk.hear("CHANNEL_PARK", line_id, answer_state="answered")
    for line_id, offer_id, consult in (("la", "a", False), ("lb", "b", True)):
        order = RingAgent(offer_id, "c", "t/x", "", 20 * S, consult=consult, line_id=line_id)
        desk.orders.execute([order])
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="la")
    desk.drain()
    desk.orders.execute([JoinConsult("c", "a", "b", "default")])
    for leg_id in ("c", "la"):
        desk.hear("CHANNEL_PARK", leg_id, answer_state="answered")
    assert "uuid_bridge la lb" in desk.drain()[0]
    desk.hear("CHANNEL_BRIDGE", "la", bridge_a_id="la", bridge_b_id="lb")
    assert desk.drain()[1] == [ConsultJoined(0, "c", "b")]
    desk.orders.execute([JoinAll("c", "a", "b")])
    assert desk.drain()[0][-1] == "uuid_transfer la -both park inline"
    for leg_id in ("la", "lb"):
        desk.hear("CHANNEL_PARK", leg_id, answer_state="answered")
    desk.hear("CHANNEL_BRIDGE", "c", bridge_a_id="c", bridge_b_id="la")
    assert desk.drain()[0][-1] == "uuid_transfer lb eavesdrop:la,park inline"


# -- parties -----------------------------------------------------------------------------------

#: What a party's leg may be born with.
BORN = {
    "origination_uuid", "acd_number", "acd_watched", "acd_party", "ignore_early_media",
    "originate_timeout",
    "origination_caller_id_number", "origination_caller_id_name", "outbound_redirect_fatal",
    "force_transfer_dialplan",
}  # fmt: skip
ROUTE = DialRoute(ways=(DialWay(contact="sofia/gateway/out/{number}"),), caller_number="030")


def dial(number: str = "", contact: str = "", party_id: str = "p") -> DialParty:
    return DialParty(party_id, "c", number, contact, 30 * S, ("0",), ROUTE)


def supervised() -> Trio:
    """A supervisor's telephone has been answered."""
    desk = Trio()
    desk.steps(dial(contact="user/9"))
    desk.on_end[-1]("+OK p\n")
    desk.parks("p")
    desk.steps()
    return desk


def test_a_party_is_there_when_it_has_answered_and_waits() -> None:
    desk = Trio()
    (sent,) = desk.steps(dial(contact="user/9"))
    dialled = originate(sent.removeprefix("originate "))
    assert [called for called, _ in dialled.legs] == ["user/9"]
    assert dialled.variables["origination_uuid"] == "p"
    assert dialled.variables["acd_party"] == "c"
    assert "caller_id" not in sent, "who listens to whom is nobody's business"
    assert desk.steps(dial(contact="user/9")) == [], "a repeated order rings once"
    desk.on_end[-1]("+OK p\n")
    assert desk.drain()[1] == []
    desk.parks("p")
    desk.parks("p")
    assert desk.drain()[1] == [PartyAnswered(0, "p", "n1")]


@pytest.mark.parametrize(
    ("printed", "cause"),
    [("-ERR USER_BUSY\n", "busy"), ("-ERR NO_ANSWER\n", "no_answer"), ("+OK other\n", "failed")],
)
def test_a_party_that_is_not_reached(printed: str, cause: str) -> None:
    desk = Trio()
    desk.steps(dial(contact="user/9"))
    desk.on_end[-1](printed)
    assert desk.drain()[1] == [PartyEnded(0, "p", cause)]


def test_a_party_is_taken_down_at_any_stage() -> None:
    desk = supervised()
    assert desk.steps(EndParty("p")) == ["uuid_kill p ORIGINATOR_CANCEL"]
    desk.down("p")
    assert desk.drain()[1] == [PartyEnded(0, "p")]
    assert desk.steps(EndParty("p")) == ["uuid_kill p"]
    desk.answer("-ERR No such channel!\n")
    assert desk.drain()[1] == [PartyEnded(0, "p", "cancelled")]


def test_a_number_is_dialled_by_the_tenants_ways_and_only_where_it_may_be() -> None:
    desk = Trio()
    (sent,) = desk.steps(dial(number="0301"))
    dialled = originate(sent.removeprefix("originate "))
    assert [called for called, _ in dialled.legs] == ["sofia/gateway/out/0301"]
    assert desk.steps(dial(number="1301", party_id="q")) == []
    assert desk.said == [PartyEnded(0, "q", "not_allowed")]


def test_a_supervisors_mode_is_set_and_confirmed() -> None:
    desk = supervised()
    desk.orders.execute([Supervise("p", "c", "a", "whisper_agent")])
    assert desk.drain()[0] == [
        "uuid_setvar_multi p eavesdrop_whisper_aleg=false;eavesdrop_whisper_bleg=true",
        "uuid_transfer p eavesdrop:a,park inline",
    ]
    desk.answer("+OK\n")
    assert desk.drain()[1] == [SupervisionSet(0, "p", "whisper_agent")]


def test_a_supervisor_takes_over() -> None:
    desk = supervised()
    desk.orders.execute([Supervise("p", "c", "a", "listen")])
    desk.answer("+OK\n")
    assert desk.steps(Bridge("c", "p"), CancelRing("a"))[-2:] == [
        "uuid_transfer c -both park inline",
        "uuid_kill a",
    ]
    desk.down("a")
    desk.parks("c")
    assert desk.steps() == [], "the supervisor's leg is about to park by itself"
    desk.parks("p")
    assert desk.steps() == ["uuid_bridge c p"]
    desk.bridges("c", "p")
    desk.steps()
    assert desk.said == [CallBridged(0, "c", "p")]


@pytest.mark.parametrize("piece", [*PIECES, *CONTROLS])
def test_odd_contacts_and_numbers_are_refused_or_stay_what_they_are(piece: str) -> None:
    text = f"{piece} {piece}"
    desk = Trio()
    desk.legs.callers["c"].name = text
    desk.legs.callers["c"].ani = text
    desk.orders.execute([dial(contact=text), dial(number="0" + text, party_id="q")])
    sent, said = desk.drain()
    assert sent == ["uuid_setvar a acd_watched true"] * 2
    assert said == [PartyEnded(0, "p", "unreachable"), PartyEnded(0, "q", "not_allowed")]
    desk.orders.execute([dial(number="0301", party_id="r")])
    _, line = desk.drain()[0]
    dialled = originate(line.removeprefix("originate "))
    assert [called for called, _ in dialled.legs] == ["sofia/gateway/out/0301"]
    assert dialled.variables["acd_party"] == "c"
    assert set(dialled.variables) <= BORN, "a name adds no variable"


def test_the_legs_of_a_conversation_that_others_join_tell_that_they_are_leaving() -> None:
    desk = Trio()
    desk.orders.execute([dial(contact="user/9")])
    (told, dialled), _ = desk.drain()
    assert told == "uuid_setvar a acd_watched true"
    assert originate(dialled.removeprefix("originate ")).variables["acd_watched"] == "true"


def test_a_consulted_agent_who_has_yet_to_press_a_key_is_not_joined() -> None:
    desk = Desk()
    desk.caller("c")
    for offer_id in ("c-1", "c-2"):
        desk.agent(offer_id)
        desk.hear("CHANNEL_PARK", offer_id, direction="outbound", answer_state="answered")
        desk.hear("CHANNEL_ANSWER", offer_id, direction="outbound")
    desk.drain()
    desk.orders.execute([JoinConsult("c", "c-1", "c-2", "default", accepted=False)])
    assert not [line for line in desk.drain()[0] if line.startswith("uuid_bridge")]
    desk.orders.execute([AskToAccept("c-2", "c", "1", ("greeting",))])
    assert desk.legs.agents["c-2"].is_asked
    desk.drain()
    desk.orders.execute([JoinConsult("c", "c-1", "c-2", "default")])
    assert "uuid_bridge c-1 c-2" in desk.drain()[0]
    assert not desk.legs.agents["c-2"].is_asked
