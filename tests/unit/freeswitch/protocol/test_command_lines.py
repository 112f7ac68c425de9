"""Each command is one packet, exactly as FreeSWITCH documents it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.freeswitch.protocol import command_lines as lines
from adapters.freeswitch.protocol.command_lines import Command, EventFormat, ReplyKind
from adapters.freeswitch.protocol.errors import Unrepresentable
from tests.unit.freeswitch import switch_parsers as switch

COMMANDS = [
    (lines.auth("ClueCon"), b"auth ClueCon\n\n"),
    (lines.userauth("acd", "example.com", "a:b@c"), b"userauth acd@example.com:a:b@c\n\n"),
    (lines.api("status"), b"api status\n\n"),
    (lines.api("show", "channels as json"), b"api show channels as json\n\n"),
    (lines.bgapi("status", "", "j-1"), b"bgapi status\nJob-UUID: j-1\n\n"),
    (lines.bgapi_unwaited("status", "", "j-1"), b"api bgapi uuid:j-1 status\n\n"),
    (
        lines.execute("leg-1", "playback", "/a.wav", "e-1"),
        (
            b"sendmsg leg-1\ncall-command:execute\nexecute-app-name:playback\nEvent-UUID:e-1\n"
            b"execute-app-arg:/a.wav\n\n"
        ),
    ),
    (
        lines.execute("leg-1", "playback", "/a b.wav", "e-1"),
        (
            b"sendmsg leg-1\ncall-command:execute\nexecute-app-name:playback\nEvent-UUID:e-1\n"
            b"Content-Type:text/plain\nContent-Length:8\n\n/a b.wav"
        ),
    ),
    (
        lines.execute(None, "park", "", "e-1"),
        b"sendmsg\ncall-command:execute\nexecute-app-name:park\nEvent-UUID:e-1\n\n",
    ),
    (
        lines.hangup("leg-1", "USER_BUSY"),
        b"sendmsg leg-1\ncall-command: hangup\nhangup-cause: USER_BUSY\n\n",
    ),
    (
        lines.subscribe(EventFormat.JSON, ["HEARTBEAT", "CHANNEL_PARK"], ["sofia::register"]),
        b"event json HEARTBEAT CHANNEL_PARK CUSTOM sofia::register\n\n",
    ),
    (lines.subscribe(EventFormat.PLAIN, ["ALL"]), b"event plain ALL\n\n"),
    (lines.unsubscribe(["CHANNEL_PARK"]), b"nixevent CHANNEL_PARK\n\n"),
    (lines.unsubscribe([], ["a::b"]), b"nixevent CUSTOM a::b\n\n"),
    (lines.add_filter("Unique-ID", "leg-1"), b"filter Unique-ID leg-1\n\n"),
    (lines.delete_filter("Unique-ID", "leg-1"), b"filter delete Unique-ID leg-1\n\n"),
    (lines.delete_filter("all"), b"filter delete all\n\n"),
    (lines.connect(), b"connect\n\n"),
    (lines.myevents(EventFormat.JSON), b"myevents json\n\n"),
    (lines.linger(), b"linger\n\n"),
    (lines.linger(10), b"linger 10\n\n"),
    (lines.no_linger(), b"nolinger\n\n"),
    (lines.resume(), b"resume\n\n"),
    (lines.log("WARNING"), b"log WARNING\n\n"),
    (lines.leave(), b"exit\n\n"),
    (
        lines.send_event("callcenter::info", {"CC-Queue": "sales"}, "body\n"),
        (
            b"sendevent CUSTOM\nEvent-Subclass: callcenter::info\nCC-Queue: sales\n"
            b"Content-Length: 5\n\nbody\n"
        ),
    ),
]


@pytest.mark.parametrize(("command", "wire"), COMMANDS, ids=lambda value: repr(value)[:40])
def test_what_is_sent(command: Command, wire: bytes) -> None:
    assert command.wire == wire
    assert len(switch.packets(wire)) == 1


def test_commands_one_behind_the_other_stay_apart() -> None:
    stream = b"".join(wire for _, wire in COMMANDS)
    assert len(switch.packets(stream)) == len(COMMANDS)


REFUSED: list[Callable[[], object]] = [
    lambda: lines.auth("a\n\napi shutdown"),
    lambda: lines.auth("a\0"),
    lambda: lines.userauth("a@b", "c", "d"),
    lambda: lines.userauth("a", "c:d", "e"),
    lambda: lines.userauth("", "c", "d"),
    lambda: lines.userauth("a", "", "d"),
    lambda: lines.api("status\n\napi shutdown"),
    lambda: lines.api("a b"),
    lambda: lines.api("uuid_dump", "x\r\nJob-UUID: y"),
    lambda: lines.bgapi("status", "", "a b"),
    lambda: lines.execute("leg 1", "park", "", "e"),
    lambda: lines.execute("leg", "park::x", "", "e"),
    lambda: lines.execute("leg", "park", "a\nb", "e"),
    lambda: lines.execute("leg", "park", "", "e\n"),
    lambda: lines.execute_quoted("leg", "park", "a\0", "e"),
    lambda: lines.hangup("leg", "normal clearing"),
    lambda: lines.subscribe(EventFormat.JSON, []),
    lambda: lines.subscribe(EventFormat.JSON, ["CUSTOM", "CHANNEL_PARK"]),
    lambda: lines.subscribe(EventFormat.JSON, ["A B"]),
    lambda: lines.subscribe(EventFormat.JSON, [], ["a b"]),
    lambda: lines.add_filter("delete", "all"),
    lambda: lines.add_filter("Unique-ID", "/x"),
    lambda: lines.add_filter("Unique-ID", "-x"),
    lambda: lines.add_filter("Unique ID", "x"),
    lambda: lines.linger(0),
    lambda: lines.log("WARNING 1"),
    lambda: lines.send_event("a b", {}),
    lambda: lines.send_event("a::b", {"Content-Length": "5"}),
    lambda: lines.send_event("a::b", {"_body": "5"}),
    lambda: lines.send_event("a::b", {"A[1]": "5"}),
    lambda: lines.send_event("a::b", {"A": "ARRAY::5"}),
    lambda: lines.send_event("a::b", {"A": "a\nb"}),
]


@pytest.mark.parametrize("build", REFUSED)
def test_what_is_never_sent(build: Callable[[], object]) -> None:
    with pytest.raises(Unrepresentable):
        build()


@pytest.mark.parametrize("words", ["unload mod_event_socket", "MOD_EVENT_SOCKET x Reload"])
def test_words_that_unload_the_event_socket_are_never_sent(words: str) -> None:
    with pytest.raises(Unrepresentable, match="unload its event socket"):
        lines.api("uuid_setvar", f"leg caller_name '{words}'")
    with pytest.raises(Unrepresentable, match="unload its event socket"):
        lines.send_event("a::b", {"Name": words})
    # In a body they are only words.
    assert switch.packets(lines.execute("leg", "speak", words, "e").wire)[0].body == words


@pytest.mark.parametrize("argument", ["ARRAY::a", "ARRAY::", " a", "a" * 27, "a:b c", "${a}"])
def test_arguments_that_a_header_would_change_or_that_are_long_are_in_the_body(
    argument: str,
) -> None:
    [packet] = switch.packets(lines.execute_quoted("leg", "speak", argument, "e").wire)
    assert packet.body == argument
    assert packet.headers["content-type"] == "text/plain"


def test_a_command_has_a_limit() -> None:
    lines.api("x", "y" * (lines.MAX_COMMAND_BYTES - 8))
    with pytest.raises(Unrepresentable, match="over 262144"):
        lines.api("x", "y" * (lines.MAX_COMMAND_BYTES - 7))


def test_what_blocks_the_link_says_so() -> None:
    assert lines.api("originate", "null/a &park()").may_block
    assert not lines.api("uuid_kill", "a").may_block
    assert not lines.api("status").may_block
    assert lines.api("status").reply is ReplyKind.API
    assert lines.execute(None, "park", "", "e").may_block
    assert not lines.execute("leg", "park", "", "e").may_block
    assert not lines.bgapi("originate", "x", "j").may_block


def test_a_password_is_never_shown() -> None:
    for command in (lines.auth("hunter2"), lines.userauth("acd", "example.com", "hunter2")):
        assert "hunter2" not in repr(command)
        assert "hunter2" not in str(command)
    with pytest.raises(Unrepresentable) as caught:
        lines.auth("hunter2\n")
    assert "hunter2" not in str(caught.value)
    assert repr(lines.hangup("leg-1", "USER_BUSY")) == "<Command b'sendmsg leg-1'>"
