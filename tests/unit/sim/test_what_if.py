"""What callers and agents did, from rows; figures of a day; calls that went elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from acdengine.events import CallArrived
from acdengine.records.projector import Projector
from acdengine.records.rows import AgentStateRow, CallRow, SegmentRow
from acdengine.requests import CallbackRequested
from acdengine.service_commands import AskSystem, RunScript, WriteLogLine
from acdengine.service_events import SystemAnswered
from adapters.sim.centre.caller_scripts import ScriptedAnswer, ScriptedTalk
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.what_if.day_figures import ALL, ALL_AGENTS, day_figures
from adapters.sim.what_if.moved_calls import counted_changes, moved_calls
from adapters.sim.what_if.people_from_rows import Details, recorded_day
from adapters.sim.what_if.recorded_database import presences_from_talks, read_database
from adapters.sim.what_if.recorded_day import AgentManner, KeyPress, RecordedDay, Rows
from adapters.sim.what_if.recorded_systems import RecordedSystems
from queues.policy import QueuePolicy, ServiceLevelPolicy
from queues.targets import ToQueue

S = 1_000_000
Q = "acme/sales"


def call(call_id: str, at_s: int, **fields: object) -> CallRow:
    row = CallRow(
        1, at_s, 0, call_id, "acme", "inbound", "+491", "100", "line", "", "", False, 0, "",
        at_s * S, first_queue_id=Q, last_queue_id=Q,
    )  # fmt: skip
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def segment(kind: str, call_id: str, from_s: float, to_s: float, **fields: object) -> SegmentRow:
    row = SegmentRow(1, int(from_s), 0, call_id, "acme", kind, Q, "", "", round(from_s * S))
    row.ended_at_us = round(to_s * S)
    for name, value in fields.items():
        setattr(row, name, value)
    return row


def state(
    agent_id: str, name: str, from_s: int, to_s: int | None, reason: str = ""
) -> AgentStateRow:
    end_us = None if to_s is None else to_s * S
    return AgentStateRow(1, from_s, 0, agent_id, "acme", name, reason, from_s * S, end_us)


ANSWERED = call(
    "c1", 100, ended_at_us=400 * S, outcome="answered", ended_by="caller", queued_at_us=110 * S,
    answered_at_us=150 * S, last_agent_id="acme/a1", waited_us=40 * S,
)  # fmt: skip
GAVE_UP = call(
    "c2", 200, ended_at_us=260 * S, outcome="abandoned", ended_by="caller", queued_at_us=205 * S,
    waited_us=55 * S,
)  # fmt: skip
IN_MENU = call(
    "c3", 300, ended_at_us=312 * S, outcome="abandoned", ended_by="caller", first_queue_id="",
    last_queue_id="",
)  # fmt: skip
BUSY = call("", 350, ended_at_us=350 * S, outcome="blocked", first_queue_id="", last_queue_id="")
SEGMENTS = [
    segment("queue_wait", "c1", 110, 150, outcome="answered", waited_us=40 * S),
    segment("offer", "c1", 145, 150, outcome="connected", agent_id="acme/a1", rang_us=5 * S),
    segment("offer", "c1", 120, 140, outcome="no_answer", agent_id="acme/a1"),
    segment("talk", "c1", 150, 300, outcome="transferred", agent_id="acme/a1"),
    segment("transfer", "c1", 300, 300, outcome="blind", agent_id="acme/a1", target="queue acme/b"),
    segment("wrap_up", "c1", 300, 330, agent_id="acme/a1", active_us=30 * S),
    segment("talk", "c1", 320, 400, outcome="agent", agent_id="acme/a2"),
    segment("queue_wait", "c2", 205, 260, outcome="abandoned", waited_us=55 * S),
]
STATES = [
    state("acme/a1", "logged_out", 0, 50),
    state("acme/a1", "not_ready", 50, 60, "signed-in"),
    state("acme/a1", "ready", 60, 145),
    state("acme/a1", "talking", 145, 300),
    state("acme/a1", "not_ready", 300, 500, "lunch"),
    state("acme/a1", "ready", 500, 600),
    state("acme/a1", "logged_out", 600, None),
]


def day(details: Details | None = None) -> RecordedDay:
    rows = Rows([ANSWERED, GAVE_UP, IN_MENU, BUSY], SEGMENTS, STATES)
    return recorded_day("rows", rows, 0, 1000 * S, details)


def details() -> Details:
    arrivals = {
        one.call_id: CallArrived(
            one.started_at_us, one.call_id, "leg", "+491", "100", "line", skills={"french": 5}
        )
        for one in (ANSWERED, GAVE_UP, IN_MENU)
    }
    return Details(
        arrivals=arrivals,
        answers={"c1": [ScriptedAnswer("1", 2 * S)]},
        presses={"c2": [KeyPress("9", 3 * S, in_queue=True)]},
    )


def test_a_journal_has_callers_from_their_arrival_on() -> None:
    found = {one.call_id or "busy": one for one in day(details()).calls}
    answered, gave_up, in_menu = found["c1"], found["c2"], found["c3"]
    assert (answered.at_us, answered.waited_us, answered.gave_up) == (100 * S, 40 * S, False)
    assert answered.arrival.skills == {"french": 5}
    assert answered.answers == (ScriptedAnswer("1", 2 * S),)
    assert answered.talks == (
        ScriptedTalk(150 * S, 30 * S, ToQueue("acme/b")),
        ScriptedTalk(80 * S, 0, agent_ends=True),
    )
    assert (gave_up.waited_us, gave_up.gave_up) == (55 * S, True)
    assert gave_up.presses == (KeyPress("9", 3 * S, in_queue=True),)
    assert gave_up.left_after_us is None
    assert in_menu.left_after_us == 12 * S
    assert [one.is_blocked for one in found.values()] == [False, False, False, True]


def test_records_have_callers_from_their_first_queue_on() -> None:
    found = day()
    assert [(one.call_id, one.at_us) for one in found.calls if not one.is_blocked] == [
        ("c1", 110 * S), ("c2", 205 * S),
    ]  # fmt: skip
    assert found.calls[0].arrival.wanted_queue == Q
    assert found.left_out == {"never in a queue": 1}


def test_agents_do_what_they_did_of_their_own_accord() -> None:
    (agent,) = day().agents
    assert agent.agent_id == "acme/a1"
    assert agent.actions == (
        (50 * S, "sign_in", ""),
        (60 * S, "ready", ""),
        (300 * S, "not_ready", "lunch"),
        (500 * S, "ready", ""),
        (600 * S, "sign_out", ""),
    )
    assert agent.manner == AgentManner((5 * S,), missed=1)


def test_callbacks_of_web_forms_are_asked_for_again() -> None:
    wish = CallbackRequested(90 * S, call_id="c1", queue_id=Q, number="+492")
    told = Details(callbacks={"c1": wish}, rung={"c1": [None, 4 * S]})
    found = day(told)
    assert found.calls[0].callback == wish
    assert found.calls[0].rung == (None, 4 * S)
    assert found.left_out == {"began before the journal": 2}


# -- figures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("abandons", "level"), [("all", 1 / 4), ("late_only", 1 / 3), ("answered", 1 / 2)]
)
def test_figures_of_a_queue_by_hand(abandons: str, level: float) -> None:
    """Answered after 10 and 40 s, given up after 15 and 55 s, sent away after 100 s."""
    waits = [
        segment("queue_wait", "a", 10, 20, outcome="answered", waited_us=10 * S),
        segment("queue_wait", "b", 10, 50, outcome="answered", waited_us=40 * S),
        segment("queue_wait", "c", 10, 25, outcome="abandoned", waited_us=15 * S),
        segment("queue_wait", "d", 10, 65, outcome="abandoned", waited_us=55 * S),
        segment("queue_wait", "e", 10, 110, outcome="max_wait", waited_us=100 * S),
        segment("queue_wait", "f", 2000, 2001, outcome="answered", waited_us=S),
        segment("talk", "a", 20, 30, agent_id="acme/a1"),
    ]
    policy = QueuePolicy(
        queue_id=Q, tenant_id="acme", name="Sales",
        service_level=ServiceLevelPolicy(threshold_us=20 * S, abandons=abandons),  # type: ignore[arg-type]
    )  # fmt: skip
    found = day_figures(Rows([], waits, STATES), {Q: policy}, 0, 1000 * S)
    for name in (Q, ALL):
        ratios = {figure: one.value for figure, one in found.queues[name].ratios().items()}
        assert ratios == {
            "offered": 5, "answered": 2, "abandoned": 2, "left": 1,
            "service_level": pytest.approx(level), "asa_s": 25, "mean_wait_s": 44, "p_abandon": 0.5,
        }  # fmt: skip
    agent = found.agents["acme/a1"].ratios()
    assert agent["occupancy"].part == 155 * S
    assert agent["occupancy"].whole == (155 + 85 + 100) * S
    assert agent["signed_in_h"].value == pytest.approx(550 / 3600)
    assert found.agents[ALL_AGENTS].answered == 1


def test_states_are_cut_off_at_the_edges() -> None:
    found = day_figures(Rows([], [], STATES), {}, 100 * S, 200 * S)
    assert found.agents["acme/a1"].states_us == {"ready": 45 * S, "talking": 55 * S}


# -- calls that went elsewhere --------------------------------------------------------------------


def test_calls_that_went_elsewhere_by_the_largest_change() -> None:
    other = call("c2", 200, outcome="answered", ended_at_us=1, last_agent_id="acme/a1")
    agent = call("c1", 100, outcome="answered", ended_at_us=1, last_agent_id="acme/a7")
    queue = call("c4", 50, outcome="answered", ended_at_us=1, last_queue_id="acme/b")
    was = call("c4", 50, outcome="answered", ended_at_us=1)
    same = call("c5", 1, outcome="answered", ended_at_us=1)
    found = moved_calls(
        [ANSWERED, GAVE_UP, was, same, IN_MENU], [agent, other, queue, same], {"c1": "because"}
    )
    assert [(one.change, one.call_id) for one in found] == [
        ("outcome", "c2"), ("queue", "c4"), ("agent", "c1"),
    ]  # fmt: skip
    assert found[2].was == "answered, acme/sales, acme/a1, after 40 s"
    assert found[2].why == "because"
    assert counted_changes(found) == {"outcome": 1, "queue": 1, "agent": 1}


# -- agents of histories --------------------------------------------------------------------------


def test_agents_of_whom_only_talks_are_known_are_there_between_them() -> None:
    minute = 60
    talks = [
        segment("talk", "a", 0, 5 * minute, agent_id="acme/a1"),
        segment("talk", "b", 20 * minute, 25 * minute, agent_id="acme/a1"),
        segment("talk", "c", 90 * minute, 95 * minute, agent_id="acme/a1"),
    ]
    found = [(one.state, one.started_at_us // S // minute) for one in presences_from_talks(talks)]
    assert found == [("ready", 0), ("logged_out", 25), ("ready", 90), ("logged_out", 95)]


# -- systems --------------------------------------------------------------------------------------


def ask(ask_id: str) -> AskSystem:
    return AskSystem(
        "c1", ask_id, "acme", "GET", "https://x", {}, "", {}, {}, S, 5 * S, 0, 1000, ""
    )


def test_systems_answer_what_they_answered() -> None:
    agenda = EventSchedule(0)
    told: list[Any] = []
    systems = RecordedSystems(agenda, told.append)
    systems.expect("c1", [(SystemAnswered(7, "c1", "old", 200, "{}"), 2 * S)])
    assert systems.take([ask("q1"), WriteLogLine("c1", "info", "x")]) == []
    agenda.step()
    assert told == [SystemAnswered(2 * S, "c1", "q1", 200, "{}")]
    systems.take([ask("q2"), RunScript("c1", "s1", "acme", "x.agi", (), (), S)])
    agenda.step()
    agenda.step()
    assert told[1] == SystemAnswered(2 * S, "c1", "q2", problem="unreachable")
    assert (told[2].script_id, told[2].status) == ("s1", "notfound")


# -- a database -----------------------------------------------------------------------------------


def test_rows_of_a_database_are_read_as_they_were_written(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    from acdengine.records.database import RecordsDatabase, engine_of
    from acdengine.records.migrating import migrate
    from tests.unit.records.history import of_a_busy_day

    engine = engine_of(f"sqlite:///{tmp_path}/records.db")
    migrate(engine)
    database = RecordsDatabase(engine)
    place = database.open_source("one", is_simulated=False)
    projector = Projector(place.source_id)
    facts = of_a_busy_day()
    for seq, told in facts:
        projector.take(seq, 0, told)
    drained = projector.drain()
    database.write(drained, place)
    first_us = min(fact.at_us for _, told in facts for fact in told)
    found = read_database(engine, first_us, first_us + 86_400 * S)
    assert len(found.rows.calls) == len(drained.new["calls"])
    assert len(found.rows.segments) == len(drained.new["segments"])
    assert len(found.calls) > 5
    assert [agent.agent_id for agent in found.agents]
    assert "sqlite" in found.name
