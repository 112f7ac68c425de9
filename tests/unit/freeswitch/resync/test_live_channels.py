"""What is live on a switch, read after a restart of ours, and what callers hear meanwhile."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from acdengine.commands import AnswerCall, Bridge, PlayMusic, PlayPrompt, StopPrompt
from acdengine.events import AnyEvent, OfferAnswered, PromptFinished, SwitchSynced
from adapters.freeswitch.protocol.channel_fields import STAYS_TEXT
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, Frame
from adapters.freeswitch.protocol.reply_matching import OnReply, Reply, Waiting
from adapters.freeswitch.resync.live_channels import Dump, read_core, read_dumps, synced
from tests.unit.freeswitch.desk import BROKEN, Desk, shown

MUSIC = "local_stream://moh"


def caller(plays: str = "", argument: str = "", response: str = "") -> dict[str, str]:
    """A caller's answered leg on which this application was begun last."""
    told = {
        "Call-Direction": "inbound",
        "Answer-State": "answered",
        "Channel-State": "CS_EXECUTE",
        "variable_acd_caller": "true",
        "variable_playback_terminators": "none",
        "variable_acd_place": "7:0:0:t/sales",
        "variable_current_application": plays,
        "variable_current_application_data": argument,
        "variable_current_application_response": response,
    }
    return {name: value for name, value in told.items() if value}


def agent(answer_state: str) -> dict[str, str]:
    return {
        "Call-Direction": "outbound",
        "Answer-State": answer_state,
        "Channel-State": "CS_EXECUTE",
        "variable_acd_call": "c",
        "variable_acd_agent_id": "t/anna",
        "variable_current_application": "park",
    }


NAMED_BY = "variable_acd_call"


def read(desk: Desk, **legs: dict[str, str]) -> SwitchSynced:
    dumps = {name: Dump({"Unique-ID": name, **headers}) for name, headers in legs.items()}
    return synced("n1", dumps, desk.tables, "core")


def test_music_that_plays_goes_on_untouched() -> None:
    desk = Desk()
    event = read(desk, c=caller("playback", MUSIC))
    assert event.core == "core"
    assert event.calls[0].forgotten
    desk.orders.execute([PlayMusic("c", "default")])
    assert desk.sent == []


def test_music_that_was_taken_up_can_be_stopped_and_changed() -> None:
    desk = Desk()
    read(desk, c=caller("playback", MUSIC))
    desk.orders.execute([PlayMusic("c", "other")])
    assert desk.drain()[0] == BROKEN
    desk.hear("CHANNEL_EXECUTE_COMPLETE", "c", application_uuid="theirs", application_data=MUSIC)
    assert desk.drain()[0] == ["playback local_stream://other"]
    desk.orders.execute([StopPrompt("c")])
    assert desk.drain()[0] == BROKEN


@pytest.mark.parametrize(
    ("plays", "argument", "response"),
    [
        ("playback", "/s/greeting.wav", ""),
        ("playback", "/s/greeting.wav", "FILE PLAYED"),
        ("playback", MUSIC, "FILE NOT FOUND"),
        ("say", "en number pronounced 3", ""),
    ],
)
def test_where_it_is_not_known_what_plays_the_leg_is_parked_afresh(
    plays: str, argument: str, response: str
) -> None:
    desk = Desk()
    read(desk, c=caller(plays, argument, response))
    assert desk.drain()[0] == ["uuid_transfer c park inline"]
    desk.orders.execute([PlayMusic("c", "default")])
    assert desk.drain()[0] == []
    desk.hear("CHANNEL_PARK", "c")
    assert desk.drain()[0] == [f"playback {MUSIC}"]


@pytest.mark.parametrize("mark", ["acd_caller", "acd_place"])
def test_a_caller_who_hears_something_is_known_by_either_mark(mark: str) -> None:
    told = caller("playback", MUSIC)
    marked = {name: value for name, value in told.items() if not name.startswith("variable_acd_")}
    assert read(Desk(), c=marked).calls == ()
    event = read(Desk(), c=marked | {f"variable_{mark}": "true"})
    assert [call.call_id for call in event.calls] == ["c"]


def test_what_keeps_a_caller_who_loses_the_agent_is_read_from_the_leg() -> None:
    desk = Desk()
    stays = {
        "variable_park_after_bridge": "true", "variable_uuid_bridge_park_on_cancel": "true",
        "variable_force_transfer_dialplan": "inline:park",
        "variable_deny_refer_requests": "true",
        "Answer-State": "ringing",
    }  # fmt: skip
    read(desk, b=caller("park") | stays, c=caller("park") | {"Answer-State": "ringing"})
    desk.orders.execute([AnswerCall("b"), AnswerCall("c")])
    setting = f"uuid_setvar_multi c {STAYS_TEXT}"
    mark = "uuid_setvar {} acd_caller true".format
    assert desk.sent == [mark("b"), "uuid_answer b", setting, mark("c"), "uuid_answer c"]


def test_a_leg_on_which_nothing_plays_is_left_alone() -> None:
    desk = Desk()
    read(desk, c=caller("park"))
    assert desk.sent == []
    desk.orders.execute([PlayMusic("c", "default")])
    assert desk.drain()[0] == [f"playback {MUSIC}"]


def test_music_whose_order_was_lost_with_the_connection_begins_again() -> None:
    desk = Desk()
    desk.caller()
    desk.orders.execute([PlayMusic("c", "default")])
    desk.drain()
    assert not read(desk, c=caller("park")).calls[0].forgotten
    assert desk.drain()[0] == ["uuid_transfer c park inline"]
    desk.hear("CHANNEL_PARK", "c")
    assert desk.drain()[0] == [f"playback {MUSIC}"]


def test_a_prompt_is_over_when_its_caller_is_found_in_conversation() -> None:
    desk = Desk()
    desk.caller()
    desk.orders.execute([PlayPrompt("c", "1", "greeting")])
    talking = {"Channel-State": "CS_EXCHANGE_MEDIA"}
    event = read(
        desk,
        c=caller("playback", "/s/greeting.wav") | {"Channel-State": "CS_SOFT_EXECUTE"},
        a=agent("answered") | talking,
    )
    assert event.calls[0].offer_id == "a"
    assert desk.reported == [PromptFinished(0, "c", "1")]


class Switch:
    """Answers the questions of a reading from a table that changes meanwhile."""

    def __init__(self, legs: dict[str, dict[str, str]]) -> None:
        self.legs = legs
        self.asked: list[str] = []
        self.on_dump: Callable[[str], None] = lambda leg_id: None

    def send(self, command: Command, on_reply: OnReply | None = None) -> Waiting:
        asked = shown(command)
        self.asked.append(asked)
        if asked.startswith("show"):
            rows = [{"uuid": leg_id} for leg_id in self.legs]
            text = json.dumps({"row_count": len(rows), "rows": rows})
        elif asked.startswith("global_getvar"):
            text = "core-1"
        else:
            leg_id = asked.split()[1]
            leg = self.legs.get(leg_id)
            text = json.dumps({"Unique-ID": leg_id, **leg}) if leg else "-ERR No such channel!\n"
            self.on_dump(leg_id)
        assert on_reply is not None
        on_reply(Reply(text, Frame(API_RESPONSE, b"", text.encode())))
        return Waiting(command, on_reply, 0.0)

    def start_job(
        self,
        name: str,
        argument: str,
        on_end: Callable[[str | EslError], None],
        limit_s: float,
    ) -> str:
        raise AssertionError(name)


async def reading(desk: Desk, switch: Switch, monkeypatch: pytest.MonkeyPatch) -> SwitchSynced:
    monkeypatch.setattr("adapters.freeswitch.resync.live_channels._TABLE_DELAY_S", 0)
    desk.tables.changes.begin()

    def known() -> list[str]:
        return [*desk.legs.callers, *desk.legs.agents, *(desk.tables.changes.came or {})]

    async with asyncio.timeout(20):
        dumps = await read_dumps(switch, known, desk.tables.changes)
        return synced("n1", dumps, desk.tables, await read_core(switch))


async def test_an_answer_while_the_switch_is_read_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    switch = Switch({"c": caller("park"), "a": agent("ringing")})

    def answers(leg_id: str) -> None:
        if leg_id == "a" and switch.legs["a"]["Answer-State"] == "ringing":
            switch.legs["a"] = agent("answered")
            desk.hear("CHANNEL_ANSWER", "a", answer_state="answered")

    switch.on_dump = answers
    event = await reading(desk, switch, monkeypatch)
    assert event.offers == ("a",)
    assert desk.legs.agents["a"].is_answered
    assert switch.asked.count("uuid_dump a json") == 2


async def test_who_left_after_being_read_is_not_live(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    switch = Switch({"c": caller("park"), "d": caller("park")})

    def leaves(leg_id: str) -> None:
        if leg_id == "d":
            desk.hear("CHANNEL_HANGUP_COMPLETE", "c", hangup_cause="NORMAL_CLEARING")

    switch.on_dump = leaves
    event = await reading(desk, switch, monkeypatch)
    assert [call.call_id for call in event.calls] == ["d"]


async def test_who_arrives_after_the_table_was_read_is_live(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    switch = Switch({"c": caller("park")})

    def arrives(leg_id: str) -> None:
        if leg_id == "c":
            switch.legs["d"] = caller("park")
            desk.hear("CHANNEL_PARK", "d", direction="inbound", answer_state="ringing")

    switch.on_dump = arrives
    event = await reading(desk, switch, monkeypatch)
    assert [call.call_id for call in event.calls] == ["c", "d"]


def test_an_answer_is_told_once() -> None:
    desk = Desk()
    desk.caller()
    leg = desk.agent()
    desk.tables.offers.report_answer(leg)
    desk.tables.offers.report_answer(leg)
    told: list[AnyEvent] = [OfferAnswered(0, "a", "n1")]
    assert desk.reported == told


# -- legs whose own name tells their call ----------------------------------------------------------


def test_an_agents_leg_is_known_by_its_name() -> None:
    desk = Desk()
    named = {name: value for name, value in agent("ringing").items() if name != NAMED_BY}
    read(desk, **{"c": caller("park"), "c-2": named})
    leg = desk.legs.agents["c-2"]
    assert (leg.call_id, leg.agent_id) == ("c", "t/anna")
    assert desk.legs.offers_of("c") == [leg]


@pytest.mark.parametrize("name", ["4dd0f5a8-0000-4000-8000-000000000001", "c", "c-x"])
def test_the_other_side_of_an_agents_leg_is_neither_an_agents_nor_a_callers(name: str) -> None:
    """`loopback/` makes two legs of one, and both bear its variables."""
    desk = Desk()
    named = {name: value for name, value in agent("answered").items() if name != NAMED_BY}
    event = read(desk, **{name: named | {"Call-Direction": "inbound"}})
    assert not desk.legs.agents
    assert event.calls == ()


def test_a_line_that_serves_nobody_is_of_no_call() -> None:
    desk = Desk()
    named = {name: value for name, value in agent("answered").items() if name != NAMED_BY}
    read(desk, **{"c-2": named | {"variable_acd_line": "true"}})
    assert not desk.legs.agents
    assert list(desk.legs.lines) == ["c-2"]


def test_an_agents_leg_that_hears_a_prompt_is_parked_and_can_be_bridged() -> None:
    desk = Desk()
    hears = agent("answered") | {"variable_current_application": "playback"}
    read(desk, c=caller("park"), a=hears)
    desk.drain()
    desk.orders.execute([Bridge("c", "a")])
    assert desk.drain()[0] == ["uuid_bridge c a"]
    desk = Desk()
    read(desk, c=caller("park"), a=hears | {"Channel-State": "CS_EXCHANGE_MEDIA"})
    assert not desk.legs.agents["a"].is_parked
