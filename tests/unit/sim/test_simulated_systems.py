"""Systems that flows of a simulated centre ask: what they answer, how fast, and how they fail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from acdengine.commands import AnswerCall
from acdengine.events import AnyEvent
from acdengine.service_commands import AskSystem, CheckPin, RunScript, WriteLogLine
from acdengine.service_events import PinChecked, ScriptEnded, SystemAnswered
from acdengine.settings.errors import SettingsError
from adapters.sim.centre.event_schedule import EventSchedule
from adapters.sim.centre.simulated_systems import SimulatedSystems
from adapters.sim.draws.distributions import NEVER_US, Constant
from adapters.sim.runs.simulation import run
from adapters.sim.scenarios.scenario import SimulatedSystem, SystemAnswer
from adapters.sim.scenarios.scenario_file import load_scenario
from adapters.sim.scenarios.systems import systems_beside
from tests.unit.sim.test_scenario_settings import CENTRE, SCENARIO, written

S = 1_000_000
ORDERS = SimulatedSystem(
    "https://crm.example/orders/*", (SystemAnswer(200, "{}"),), Constant(2 * S)
)


def ask(url: str, total_s: int = 5, limit: int = 100) -> AskSystem:
    return AskSystem(
        "c1", "flow-1", "t", "GET", url, {}, "", {}, {}, S, total_s * S, 0, limit, ""
    )  # fmt: skip


class Centre:
    """Systems on an agenda."""

    def __init__(self, *systems: SimulatedSystem) -> None:
        self.agenda = EventSchedule(0)
        self.told: list[AnyEvent] = []
        self.systems = SimulatedSystems(self.agenda, systems, Random(1), self.told.append)

    def answer(self, command: AskSystem) -> SystemAnswered:
        assert self.systems.take([command]) == []
        while self.agenda.next_us() < NEVER_US:
            self.agenda.step()
        answer = self.told.pop()
        assert isinstance(answer, SystemAnswered)
        return answer


def test_an_address_that_fits_is_answered_when_its_time_has_come() -> None:
    answer = Centre(ORDERS).answer(ask("https://crm.example/orders/7"))
    assert answer == SystemAnswered(2 * S, "c1", "flow-1", 200, "{}")


def test_what_takes_longer_than_the_step_waits_is_a_time_out() -> None:
    answer = Centre(ORDERS).answer(ask("https://crm.example/orders/7", total_s=1))
    assert (answer.at_us, answer.problem) == (S, "timeout")


def test_what_fits_no_address_is_unreachable() -> None:
    assert Centre(ORDERS).answer(ask("https://other.example/orders/7")).problem == "unreachable"
    assert Centre().answer(ask("https://crm.example/orders/7")).problem == "unreachable"


def test_an_answer_that_is_too_large_is_none() -> None:
    answer = Centre(ORDERS).answer(ask("https://crm.example/orders/7", limit=1))
    assert (answer.status, answer.problem) == (200, "too_large")


def test_answers_by_weight_and_failures_by_probability() -> None:
    answers = (SystemAnswer(200, "{}", 3), SystemAnswer(404, "", 1))
    centre = Centre(SimulatedSystem("https://a/*", answers, Constant(0), 0.2, "invalid"))
    told = Counter(
        (answer.status, answer.problem)
        for answer in (centre.answer(ask("https://a/1")) for _ in range(2_000))
    )
    assert told[0, "invalid"] == pytest.approx(400, abs=80)
    assert told[200, ""] == pytest.approx(1_200, abs=120)
    assert told[404, ""] == pytest.approx(400, abs=80)


def test_scripts_are_not_there_pins_are_wrong_and_the_switch_gets_the_rest() -> None:
    centre = Centre()
    answer = AnswerCall("c1")
    rest = centre.systems.take(
        [
            RunScript("c1", "flow-1", "t", "a.agi", (), (), S),
            CheckPin("c1", "flow-2", "t/ann", "token"),
            WriteLogLine("c1", "info", "text"),
            answer,
        ]
    )
    assert rest == [answer]
    while centre.agenda.next_us() < NEVER_US:
        centre.agenda.step()
    assert centre.told == [
        ScriptEnded(0, "c1", "flow-1", "notfound"),
        PinChecked(0, "c1", "flow-2", "t/ann", is_right=False),
    ]


FLOW = """
flow: 1
variables: {state: text}
steps:
  ask: {http: "https://crm.example/orders/7", save: {state: status}, on_error: lost}
  found: {if: "state == 'shipped'", then: queue, else: lost}
  queue: {queue: calls}
  lost: {hangup: normal}
"""


@pytest.mark.parametrize(("systems", "served"), [(True, True), (False, False)])
def test_a_flow_of_a_scenario_asks_its_systems(tmp_path: Path, systems: bool, served: bool) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.yaml").write_text(FLOW)
    text = SCENARIO
    if systems:
        text += "systems: [{url: 'https://crm.example/*', answers: [{json: {status: shipped}}]}]\n"
    more = f"    http: {{ hosts: [crm.example] }}\n    ivr: {{ folder: {tmp_path}/flows }}\n"
    centre = CENTRE.replace("{ queue: calls } }", "{ flow: main } }")
    centre = centre.replace("    wrap_up:", f"{more}    wrap_up:")
    scenario = load_scenario(written(tmp_path, text, centre)).scenario
    result = run(scenario)
    assert ((result.figures["call_types"]["calls"]["answered"] or 0) > 0) == served


def test_systems_of_a_day_stand_beside_its_profile(tmp_path: Path) -> None:
    profile = tmp_path / "day.csv"
    assert systems_beside(profile) == ()
    file = tmp_path / "day.systems.yaml"
    file.write_text("systems: [{url: https://a/*, latency: 1, answers: [{body: x}]}]")
    (system,) = systems_beside(profile)
    assert (system.url, system.answers) == ("https://a/*", (SystemAnswer(200, "x"),))
    file.write_text("systems: [{url: https://a/*, answers: [{body: x, json: {}}]}]")
    with pytest.raises(SettingsError, match="says json and body"):
        systems_beside(profile)
