"""Switches of the settings: how they are reached, what they play, what a reload does with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from acdengine.engine import Engine
from acdengine.events import CallArrived, SwitchSynced
from acdengine.facts import CallEnded
from acdengine.plan import Plan, Tenant
from acdengine.program.switches.live_switches import LiveSwitches
from acdengine.program.switches.metrics import SwitchMetrics
from acdengine.program.switches.settings import connections_of, sounds_of
from acdengine.requests import DrainRequested
from acdengine.runtime.clock import UtcClock
from acdengine.runtime.loop import Runtime
from acdengine.settings.compile import load_plan
from acdengine.settings.difference import Change
from acdengine.settings.errors import SettingsError
from acdengine.settings.sounds import SoundsSettings, TenantSoundsSettings
from acdengine.settings.switches import SwitchSettings
from acdengine.settings.whole import Settings
from adapters.freeswitch.media.sounds import Part, Sounds
from queues.policy import QueuePolicy
from queues.targets import ToQueue

EVERYTHING = Path(__file__).parents[1] / "settings" / "everything.yaml"
#: Nothing listens on the discard port.
NOWHERE: dict[str, Any] = {"port": 9, "password": "${env:FS1}"}


def whole(**switches: dict[str, Any]) -> Settings:
    return Settings(switches={name: SwitchSettings(**about) for name, about in switches.items()})


def runtime() -> Runtime:
    queue = QueuePolicy(queue_id="t/q", tenant_id="t", name="q")
    tenant = Tenant(tenant_id="t", numbers={"*": ToQueue("t/q")})
    return Runtime(Engine(Plan(tenants={"t": tenant}, queues={"t/q": queue})), UtcClock())


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


def test_how_a_switch_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts: list[str | None] = []

    def context(cafile: str | None = None) -> None:
        contexts.append(cafile)

    monkeypatch.setattr("ssl.create_default_context", context)
    settings, _ = load_plan([EVERYTHING])
    connection = connections_of(settings.switches, {"FS1": "secret"})["fs1"]
    assert (connection.host, connection.port) == ("fs1.example", 8022)
    assert (connection.user, connection.domain) == ("acd", "acd.example")
    assert (connection.password, connection.tls_name) == ("secret", "tunnel.example")
    assert (connection.open_limit_s, connection.first_wait_s, connection.longest_wait_s) == (
        6, 0.5, 20,
    )  # fmt: skip
    assert (connection.link.quiet_s, connection.link.answer_s) == (3, 4)
    assert contexts == ["ca.pem"]
    assert "secret" not in repr(connection)


def test_all_passwords_that_are_missing_are_told_at_once() -> None:
    both = whole(a={"password": "${env:A}"}, b={"port": 1, "password": "${file:/no/such}"})
    with pytest.raises(SettingsError) as caught:
        connections_of(both.switches, {})
    assert [problem.path for problem in caught.value.problems] == [
        "switches.a.password", "switches.b.password",
    ]  # fmt: skip


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    settings = whole(a={"password": "${env:A}", "tls": {"ca_file": str(tmp_path / "none.pem")}})
    with pytest.raises(SettingsError, match="ca_file"):
        connections_of(settings.switches, {"A": "x"})


def test_a_tenant_has_its_own_sounds_where_it_says_so() -> None:
    sounds = sounds_of(load_plan([EVERYTHING])[0].sounds)
    acme = sounds.of("acme")
    assert sounds.parts("greeting") == (Part("playback", "/sounds/hello.wav"),)
    assert sounds.parts("beep") == (Part("playback", "/other/beep.wav"),)
    assert sounds.parts("bye") == (Part("playback", "/sounds/bye.wav"),)
    assert acme.parts("greeting") == (Part("playback", "/sounds/acme/greeting.wav"),)
    assert acme.parts("bye") == (Part("playback", "/sounds/acme/bye.wav"),)
    assert (sounds.stream("vip"), acme.stream("vip")) == (
        "local_stream://vip",
        "local_stream://moh_vip",
    )
    assert acme.stream("default") == sounds.stream("default") == "local_stream://moh"
    assert sounds.parts("position:3") == (Part("say", "de number pronounced 3"),)
    assert acme.parts("position:3") == (Part("say", "en number pronounced 3"),)
    assert sounds.of("globex") is sounds


def test_a_tenant_without_a_folder_shares_that_of_all() -> None:
    settings = SoundsSettings(
        folder="/s",
        prompts={"a": "x.wav"},
        tenants={"t": TenantSoundsSettings(prompts={"b": "y.wav"})},
    )
    sounds = sounds_of(settings).of("t")
    assert sounds.parts("a") == (Part("playback", "/s/x.wav"),)
    assert sounds.parts("b") == (Part("playback", "/s/y.wav"),)


def test_without_a_folder_an_unknown_prompt_is_left_out() -> None:
    assert Sounds().parts("greeting") == ()


async def test_a_switch_that_is_not_there_is_reported_and_tried_again() -> None:
    live = LiveSwitches(acd := runtime(), {"FS1": "x"})
    acd.start()
    live.start(whole(fs1={**NOWHERE, "retry_first_s": 0.05}))
    (view,) = live.views()
    assert (view.name, view.state, view.calls) == ("fs1", "connecting", 0)
    assert live.not_ready() == "no switch can be used: fs1 is connecting"
    await until(lambda: live.views()[0].state == "down")
    assert "fs1 is down (" in live.not_ready()
    metrics = SwitchMetrics(live)
    (switch,) = live
    await until(lambda: switch.node.connection.statistics.failed_tries > 1)
    text = metrics.render()
    assert 'acdengine_switch_connected{switch="fs1"} 0' in text
    assert 'acdengine_switch_command_seconds_count{switch="fs1"} 0' in text
    await live.stop()
    assert live.not_ready() == ""
    assert 'switch="fs1"' not in metrics.render()
    await acd.stop()


async def test_a_reload_adds_changes_and_lets_go(tmp_path: Path) -> None:
    environ = {"FS1": "x"}
    live = LiveSwitches(acd := runtime(), environ)
    acd.start()
    live.start(whole(a=NOWHERE))
    wanted = whole(a={**NOWHERE, "port": 10}, b={**NOWHERE, "draining": True})
    assert live.differences(wanted) == [
        Change("switch", "a", "changed", ("port 9 -> 10",)),
        Change("switch", "b", "added"),
    ]
    live.reload(wanted)
    assert live.differences(wanted) == []
    assert [switch.connection.port for switch in live] == [10, 9]
    assert [view.draining for view in live.views()] == [False, True]
    environ["FS1"] = "y"
    assert live.differences(wanted) == [
        Change("switch", "a", "changed", ("password",)),
        Change("switch", "b", "changed", ("password",)),
    ]
    live.reload(wanted)
    assert [switch.node.connection.settings.password for switch in live] == ["y", "y"]
    only = whole(a={**NOWHERE, "port": 10})
    assert live.differences(only) == [Change("switch", "b", "drained")]
    live.reload(only)
    assert live.differences(only) == []
    await until(lambda: [view.name for view in live.views()] == ["a"])
    await live.stop()
    await acd.stop()


async def test_a_switch_with_calls_is_kept_until_they_have_ended() -> None:
    live = LiveSwitches(acd := runtime(), {"FS1": "x"})
    acd.start()
    live.start(whole(a=NOWHERE))
    acd.post(CallArrived(0, "c", "c", "1", "2", "pstn", node_id="a"))
    acd.turn()
    live.reload(whole())
    (view,) = live.views()
    assert (view.draining, view.calls) == (True, 1)
    live.reload(whole(a=NOWHERE))
    assert [view.draining for view in live.views()] == [False]
    await live.stop()
    await acd.stop()


async def test_sounds_are_changed_in_place() -> None:
    live = LiveSwitches(acd := runtime(), {"FS1": "x"})
    acd.start()
    settings = whole(a=NOWHERE)
    live.start(settings)
    louder = settings.model_copy(update={"sounds": SoundsSettings(folder="/s")})
    assert live.differences(louder) == [Change("sounds", "", "changed")]
    live.reload(louder)
    assert live.differences(louder) == []
    await live.stop()
    await acd.stop()


async def test_calls_of_a_switch_that_the_settings_no_longer_name_end() -> None:
    acd = runtime()
    told: list[Any] = []

    class Ends:
        def take(self, seq: int, facts: Any) -> None:
            told.extend(fact.outcome for fact in facts if isinstance(fact, CallEnded))

    acd.add_sink(Ends())
    acd.post(CallArrived(0, "old", "old", "1", "2", "pstn", node_id="gone"))
    acd.post(CallArrived(0, "new", "new", "1", "2", "pstn", node_id="a"))
    acd.turn()
    live = LiveSwitches(acd, {"FS1": "x"})
    acd.start()
    live.start(whole(a=NOWHERE))
    acd.turn()
    assert list(acd.state.calls) == ["new"]
    assert len(told) == 1
    await live.stop()
    await acd.stop()


async def test_the_settings_word_on_draining_is_passed_on_once() -> None:
    live = LiveSwitches(acd := runtime(), {"FS1": "x"})
    acd.start()
    live.start(whole(a={**NOWHERE, "draining": True}))
    (switch,) = live
    acd.post(SwitchSynced(0, "a", (), ()))
    acd.turn()

    def is_draining() -> bool:
        return acd.state.nodes["a"].draining

    switch.node.listener.on_reach()
    acd.turn()
    assert is_draining()
    # Whoever takes calls again by hand is not overruled by the next reconnect, but by a reload.
    acd.post(DrainRequested(0, node_id="a", on=False))
    switch.node.listener.on_reach()
    acd.turn()
    assert not is_draining()
    live.reload(whole(a=NOWHERE))
    live.reload(whole(a={**NOWHERE, "draining": True}))
    acd.turn()
    assert is_draining()
    await live.stop()
    await acd.stop()


async def test_screens_hear_of_calls_where_the_settings_want_it() -> None:
    live = LiveSwitches(acd := runtime(), {"FS1": "x"})
    acd.start()
    live.start(whole(a={**NOWHERE, "callcenter_events": True}))
    (switch,) = live
    before = switch.node.health.commands
    acd.post(CallArrived(0, "c", "c", "1", "2", "pstn", node_id="elsewhere"))
    acd.turn()
    assert switch.node.health.commands == before + 2, "joined, and how many wait"
    live.reload(whole(a=NOWHERE))
    before = switch.node.health.commands
    acd.post(CallArrived(0, "d", "d", "1", "2", "pstn", node_id="elsewhere"))
    acd.turn()
    assert switch.node.health.commands == before
    await live.stop()
    await acd.stop()


async def test_where_nobody_listens_the_switch_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.freeswitch.monitoring.switch_loss.REFUSED_S", 0.05)
    live = LiveSwitches(acd := runtime(), {"FS1": "x"})
    acd.start()
    live.start(whole(a=NOWHERE))
    await until(lambda: "a" in acd.state.nodes and acd.state.nodes["a"].lost)
    await live.stop()
    await acd.stop()
