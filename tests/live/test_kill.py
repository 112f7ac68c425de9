"""The daemon is killed with a hundred callers waiting and fifty in conversation, and begun again.

Nobody is asked to wait for it: agents hang up, callers leave and telephones ring all the while, and
the moment of the kill is drawn. The seed of a failure is in the test's name.
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.live.esl_peer import EslPeer
from tests.live.freeswitch_config import SwitchOptions
from tests.live.freeswitch_instance import FreeSwitchInstance
from tests.live.live_legs import Leg, live_legs
from tests.live.sipp_calls import Caller, Phone, Sipp, SippWorld
from tests.live.test_daemon import ready, until
from tests.unit.program.daemon_process import DaemonProcess

AGENTS: Final = 50
QUEUE: Final = "t%2Fsales"
Facts = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many there are, and how long things take.

    Attributes:
        kills: of one seed.
        busy_s: in which people act before a kill, and again after it.
        dead_s: at most, until the daemon is begun again.
    """

    waiting: int = 100
    agents: int = AGENTS
    kills: int = 5
    busy_s: float = 0.6
    dead_s: float = 1.0


@pytest.fixture
def size() -> Size:
    """Of the scene."""
    return Size()


@pytest.fixture(params=[1, 2, 3, 4])
def seed(request: pytest.FixtureRequest) -> int:
    """Of what people do, and when the daemon is killed."""
    drawn: int = request.param
    return drawn


SETTINGS = """
daemon:
  control:
    rate_per_s: 10000
    rate_burst: 10000
    tokens:
      tests: {{ role: admin, token: "${{env:ACDENGINE_TEST_TOKEN}}" }}
  log: {{ file: var/log.jsonl }}
  facts: {{ file: var/facts.jsonl }}
  journal: {{ folder: "{journal}" }}
  privacy: {{ masked: [] }}
switches:
  fs1: {{ port: {port}, password: "${{file:{folder}/password}}" }}
sounds: {{ folder: {sounds}, music: {{ default: moh }} }}
tenants:
  t:
    numbers: {{ "*": {{ queue: sales }} }}
    wrap_up: {{ default: {{ mode: none }} }}
    misses: {{ default: {{ limit: 0, rejected: {{}}, busy: {{}}, unreachable: {{}} }} }}
    queues:
      sales: {{}}
    agents:
{agents}
"""


def settings(
    folder: Path,
    switch: FreeSwitchInstance,
    phones: list[Sipp],
    journal: bool,
    count: int = AGENTS,
) -> str:
    """Agents at telephones that answer after a moment, so that some are ringing at any time."""
    (folder / "password").write_text(switch.esl_password)
    agents = "\n".join(
        f'      a{number:02}: {{ queues: [sales], contact: "'
        f'sofia/internal/a{number:02}@127.0.0.1:{phones[number % len(phones)].port}" }}'
        for number in range(count)
    )
    return SETTINGS.format(
        port=switch.esl_port,
        folder=folder,
        sounds=switch.sounds,
        journal="var/journal" if journal else "",
        agents=agents,
    )


@dataclass
class Busy:
    """What people did, so that what is missing afterwards is known to be their doing.

    Attributes:
        left: callers who hung up.
        freed: agents' legs that were hung up.
    """

    left: dict[str, None]
    freed: dict[str, None]


class Scene:
    """A switch with callers, and the daemon that is killed."""

    def __init__(
        self,
        switch: FreeSwitchInstance,
        esl: EslPeer,
        sipp: SippWorld,
        folder: Path,
        size: Size,
        *,
        journal: bool,
    ) -> None:
        phones = [sipp.phone(Phone(answer_ms=ms)) for ms in (20, 200, 600)]
        self.switch = switch
        self.esl = esl
        self.folder = folder
        self.size = size
        self.journal = journal
        self.settings = settings(folder, switch, phones, journal, size.agents)
        self.daemon = self._begin()

    def _begin(self) -> DaemonProcess:
        daemon = DaemonProcess(self.folder, settings=self.settings).started()
        until(lambda: ready(daemon))
        return daemon

    def close(self) -> None:
        self.daemon.__exit__()

    def begin_again(self) -> None:
        self.daemon = self._begin()

    def kill(self) -> None:
        self.daemon.process.kill()
        self.daemon.end()

    def end(self) -> Facts:
        """The daemon ends in good order: all that it has told."""
        self.daemon.process.send_signal(signal.SIGTERM)
        self.daemon.end()
        return self.daemon.lines("var/facts.jsonl")

    def fill(self, sipp: SippWorld) -> None:
        """So many call as are to wait and to talk, and all are in the queue."""
        count = self.size.waiting + self.size.agents
        sipp.call(self.switch.trunk_port, Caller("5001"), calls=count, per_s=200)
        until(lambda: len(self.line()) == count)

    def work(self) -> None:
        for number in range(self.size.agents):
            agent = f"/v1/agents/t/a{number:02}"
            state = self.daemon.control("GET", agent)["state"]
            if state == "logged_out":
                self.daemon.control("POST", f"{agent}/sign-in", {})
                self.daemon.control("POST", f"{agent}/ready", {})

    def line(self) -> list[str]:
        """Who waits, in the order of service."""
        page = self.daemon.control("GET", f"/v1/queues/{QUEUE}/calls?limit=500")
        return [call["call_id"] for call in page["items"]]

    def talking(self) -> dict[str, str]:
        """Callers in conversation, with their agents."""
        page = self.daemon.control("GET", "/v1/calls?state=talking&limit=500")
        return {call["call_id"]: call["agent_id"] for call in page["items"]}

    def agents(self) -> dict[str, str]:
        """The state of every agent."""
        page = self.daemon.control("GET", "/v1/agents?limit=500")
        return {agent["agent_id"]: agent["state"] for agent in page["items"]}

    def legs(self) -> dict[str, Leg]:
        return live_legs(self.esl)

    def settle(self) -> None:
        """Until every agent talks and switch and engine agree on who does."""

        def agreed() -> bool:
            talking, legs = self.talking(), self.legs()
            bridged = {leg.leg_id for leg in legs.values() if leg.is_caller and leg.is_bridged}
            # The table of legs is written late: an agent's may be bridged and not be listed yet.
            partners = {leg.call_id for leg in legs.values() if leg.agent_id and leg.is_bridged}
            return len(talking) == self.size.agents and set(talking) == bridged == partners

        try:
            until(agreed, 40)
        except AssertionError:
            talking, legs = self.talking(), self.legs()
            print(Counter(self.agents().values()), "talking", len(talking), "legs", len(legs))
            print("bridged", sum(leg.is_bridged for leg in legs.values()))
            print(*(leg for leg in legs.values() if leg.agent_id and not leg.is_bridged), sep="\n")
            raise


def be_busy(scene: Scene, draw: random.Random, most: int) -> Busy:
    """Some agents hang up and some callers leave, for a moment."""
    done = Busy({}, {})
    legs = scene.legs()
    agents = [leg.leg_id for leg in legs.values() if leg.agent_id and leg.is_bridged]
    callers = [leg.leg_id for leg in legs.values() if leg.is_caller and not leg.is_bridged]
    draw.shuffle(agents)
    draw.shuffle(callers)
    for _ in range(draw.randrange(most + 1)):
        if draw.random() < 0.8 and agents:
            leg_id, table = agents.pop(), done.freed
        elif callers:
            leg_id, table = callers.pop(), done.left
        else:
            continue
        if scene.esl.api(f"uuid_kill {leg_id}").startswith("+OK"):
            table[leg_id] = None
        time.sleep(draw.uniform(0, scene.size.busy_s / (most + 1)))
    return done


@pytest.fixture
def switch(
    new_freeswitch: Callable[[SwitchOptions], FreeSwitchInstance],
) -> FreeSwitchInstance:
    made = new_freeswitch(SwitchOptions(log_level="warning"))
    made.start()
    return made


def hear_music(scene: Scene, call_ids: list[str]) -> None:
    """All of them, and nothing else, but for those who are joined with an agent just now."""
    silent: list[Leg] = []
    for _ in range(2):
        legs = scene.legs()
        silent = [
            legs[call_id]
            for call_id in call_ids
            if call_id in legs and not legs[call_id].is_bridged
            and not legs[call_id].hears("local_stream://moh")
        ]  # fmt: skip
        if not silent:
            return
        time.sleep(0.3)
    raise AssertionError(silent)


def replace_callers(scene: Scene, sipp: SippWorld) -> None:
    """As many wait as at the beginning."""
    wanted = scene.size.waiting + scene.size.agents
    missing = wanted - sum(leg.is_caller for leg in scene.legs().values())
    if missing > 0:
        sipp.call(scene.switch.trunk_port, Caller("5001"), calls=missing, per_s=200)
    until(lambda: len(scene.line()) + len(scene.talking()) >= wanted, 40)


def kill_and_look(scene: Scene, sipp: SippWorld, draw: random.Random) -> None:
    """One kill, and all that must be so afterwards."""
    replace_callers(scene, sipp)
    scene.settle()
    line_before, talking_before, legs_before = scene.line(), scene.talking(), scene.legs()
    hear_music(scene, line_before)
    partners_before = {leg.call_id: leg.leg_id for leg in legs_before.values() if leg.agent_id}

    before = be_busy(scene, draw, most=8)
    time.sleep(draw.uniform(0, 0.1))
    scene.kill()
    if scene.journal:
        during = be_busy(scene, draw, most=3)
    else:
        # Without memory, a caller whose agent has left meanwhile is a caller who waits.
        during = Busy({}, {})
    time.sleep(draw.uniform(0, scene.size.dead_s))
    dead = scene.legs()
    left = {**before.left, **during.left}
    freed = {**before.freed, **during.freed}
    # Those whose agent hung up are let go by the engine; nobody else may go.
    let_go = {offer_id.rpartition("-")[0] for offer_id in freed}
    may_go = {*left, *let_go}
    gone = {call_id for call_id in (*line_before, *talking_before) if call_id not in dead}
    assert gone <= may_go
    hear_music(scene, [one for one in line_before if one in dead and one not in let_go])

    scene.begin_again()
    line = scene.line()
    legs = scene.legs()
    assert {call_id for call_id in (*line_before, *talking_before) if call_id not in legs} <= may_go
    if scene.journal:
        known = [call_id for call_id in line if call_id in line_before]
    else:
        known = [call_id for call_id in line if call_id not in let_go and call_id in line_before]
    assert known == [call_id for call_id in line_before if call_id in known], "order"
    # Conversations that nobody ended are the same ones.
    for call_id, offer_id in partners_before.items():
        if call_id in talking_before and offer_id not in freed and call_id not in left:
            assert legs[offer_id].is_bridged
            assert legs[call_id].is_bridged
    scene.work()
    scene.settle()
    hear_music(scene, scene.line())
    for call_id, agent_id in talking_before.items():
        if partners_before[call_id] not in freed:
            assert scene.talking()[call_id] == agent_id
    assert set(scene.agents().values()) == {"talking"}
    one_leg_each(scene.legs())


def one_leg_each(legs: dict[str, Leg]) -> None:
    """No agent has two telephones ringing or talking."""
    count = Counter(leg.agent_id for leg in legs.values() if leg.agent_id)
    assert [agent for agent, number in count.items() if number > 1] == []


def told_once(facts: Facts) -> None:
    """Every call's facts are whole, in order and there once; no agent has two calls."""
    stories: dict[str, list[str]] = {}
    busy: dict[str, str] = {}
    last = 0
    for fact in facts:
        assert fact["seq"] >= last
        last = fact["seq"]
        kind, call_id = fact["type"], fact.get("call_id", "")
        if call_id:
            stories.setdefault(call_id, []).append(kind)
        if kind == "OfferMade":
            assert fact["agent_id"] not in busy, fact
            busy[fact["agent_id"]] = fact["offer_id"]
        elif kind in ("OfferClosed", "ConversationEnded"):
            assert busy.pop(fact["agent_id"], "") == fact["offer_id"], fact
    assert not busy
    for call_id, kinds in stories.items():
        count = Counter(kinds)
        assert (count["CallStarted"], count["CallQueued"], count["CallEnded"]) == (1, 1, 1), call_id
        assert kinds[0] == "CallStarted"
        assert kinds[-1] == "CallEnded"
        # Each offer is either closed or became a conversation that ended.
        assert count["OfferMade"] == count["OfferClosed"] + count["ConversationEnded"], call_id
        assert count["CallConnected"] == count["ConversationEnded"] <= 1, call_id
        assert count["CallLeftQueue"] == 1 - count["CallConnected"], call_id


@contextmanager
def killed(
    switch: FreeSwitchInstance, sipp: SippWorld, folder: Path, size: Size, seed: int, journal: bool
) -> Iterator[Scene]:
    """A scene whose daemon has been killed as often as it is to be."""
    draw = random.Random(seed)
    with switch.esl() as esl:
        scene = Scene(switch, esl, sipp, folder, size, journal=journal)
        try:
            scene.fill(sipp)
            scene.work()
            for _ in range(size.kills):
                kill_and_look(scene, sipp, draw)
            yield scene
        finally:
            scene.close()


def test_the_daemon_is_killed_again_and_again(
    switch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path, size: Size, seed: int
) -> None:
    with killed(switch, sipp, tmp_path, size, seed, journal=True) as scene:
        scene.esl.api("hupall")
        until(lambda: not scene.line() and not scene.talking(), 40)
        facts = scene.end()
    told_once(facts)
    causes = Counter(fact["cause"] for fact in facts if fact["type"] == "CallEnded")
    assert "switch_lost" not in causes


def test_without_its_journal_the_daemon_finds_everybody_on_the_switch(
    switch: FreeSwitchInstance, sipp: SippWorld, tmp_path: Path, size: Size
) -> None:
    with killed(switch, sipp, tmp_path, size, seed=1, journal=False):
        pass  # it has been looked at after every kill
