"""No value from outside is ever more than a value to FreeSWITCH's parsers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from adapters.freeswitch.protocol import command_lines, quoting
from adapters.freeswitch.protocol.dial_strings import (
    NO_REDIRECTION,
    LegToDial,
    braces,
    contact,
    dial_string,
    originate_argument,
)
from adapters.freeswitch.protocol.errors import Unrepresentable
from tests.unit.freeswitch import switch_parsers as switch
from tests.unit.freeswitch.evil import anything, names, printable

LEG = "4dd0f5a8-0000-4000-8000-000000000001"


def on_the_wire(name: str, argument: str) -> str:
    """The argument as the API function gets it, sent by both ways of sending."""
    alone = switch.packets(command_lines.api(name, argument).wire)
    beside = switch.packets(command_lines.bgapi(name, argument, "job-1").wire)
    assert len(alone) == len(beside) == 1
    assert beside[0].headers == {"job-uuid": "job-1"}
    calls = [switch.api_call(alone[0]), switch.api_call(beside[0])]
    assert calls[0] == calls[1]
    assert calls[0][0] == name
    return calls[0][1]


def quoted_or_refused(quote: Callable[[], str]) -> str:
    try:
        return quote()
    except Unrepresentable:
        assume(False)
        raise AssertionError from None


@given(anything)
def test_a_word_stays_one_word(value: str) -> None:
    word = quoted_or_refused(lambda: quoting.api_word("word", value))
    argument = quoted_or_refused(lambda: on_the_wire("uuid_display", f"{LEG} {word} after"))
    assert switch.separated(argument, " ", 5) == [LEG, value, "after"]
    assert switch.separated(word, " ", 2) == [value]


@given(anything)
def test_the_value_of_setvar_arrives(value: str) -> None:
    quoted = quoted_or_refused(lambda: quoting.setvar_value("x", value))
    argument = quoted_or_refused(lambda: on_the_wire("uuid_setvar", f"{LEG} x {quoted}"))
    assert switch.setvar(argument) == (LEG, "x", value)


@given(st.dictionaries(names, anything, min_size=1, max_size=4))
def test_the_values_of_setvar_multi_arrive(values: dict[str, str]) -> None:
    assume(not any(name.lower() == "_body" for name in values))
    pairs = []
    for name, value in values.items():
        quote = partial(quoting.setvar_multi_value, name, value)
        pairs.append(f"{name}={quoted_or_refused(quote)}")
    line = f"{LEG} {';'.join(pairs)}"
    argument = quoted_or_refused(lambda: on_the_wire("uuid_setvar_multi", line))
    expected = {name: value for name, value in values.items() if value}
    assert switch.setvar_multi(argument) == (LEG, expected)


@given(
    st.dictionaries(names, anything, max_size=4),
    st.lists(st.dictionaries(names, anything, max_size=3), min_size=1, max_size=3),
)
def test_the_variables_of_an_originate_arrive(
    together: dict[str, str], each: list[dict[str, str]]
) -> None:
    legs = [LegToDial(f"user/100{n}@example.com", own) for n, own in enumerate(each)]
    argument = quoted_or_refused(lambda: originate_argument(legs, together, "park"))
    dialled = switch.originate(quoted_or_refused(lambda: on_the_wire("originate", argument)))
    born = {name: value for name, value in together.items() if value} | NO_REDIRECTION
    assert dialled.variables == born
    assert dialled.legs == [
        (leg.contact, {name: value for name, value in leg.variables.items() if value})
        for leg in legs
    ]
    assert dialled.application == ("park", "")


@given(anything, anything)
def test_a_dial_string_survives_being_the_argument_of_bridge(first: str, second: str) -> None:
    leg = LegToDial("sofia/internal/sip:1000@[::1]:5062;fs_path=x", {"leg_name": second})

    def bridge() -> bytes:
        return command_lines.execute(LEG, "bridge", dial_string([leg], {"a": first}), "e").wire

    try:
        wire = bridge()
    except Unrepresentable:
        assume(False)
    [packet] = switch.packets(wire)
    name, argument = switch.executed(packet)
    assert name == "bridge"
    dialled = switch.dial(argument)
    assert dialled.variables == ({"a": first} if first else {})
    assert dialled.legs == [(leg.contact, {"leg_name": second} if second else {})]


@given(anything)
def test_an_argument_of_an_application_arrives(value: str) -> None:
    try:
        command = command_lines.execute(LEG, "speak", value, "event-1", event_lock=True)
    except Unrepresentable:
        assume(False)
    [packet] = switch.packets(command.wire)
    assert packet.command == f"sendmsg {LEG}"
    assert packet.headers["event-uuid"] == "event-1"
    assert packet.headers["event-lock"] == "true"
    assert switch.executed(packet) == ("speak", value)


@given(names, anything, anything)
def test_a_header_of_an_event_arrives(name: str, value: str, body: str) -> None:
    assume("\0" not in body)
    try:
        wire = command_lines.send_event("acd::note", {name: value}, body).wire
    except (Unrepresentable, UnicodeEncodeError):
        assume(False)
    [packet] = switch.packets(wire)
    assert packet.command == "sendevent CUSTOM"
    assert packet.headers.get(name.lower(), "") == value
    assert packet.body == body


@given(anything, st.sampled_from(["x", "caller_id_name", "sip_h_X-Name"]))
@example("ARRAY::::", "x")
def test_text_for_display_can_go_everywhere(text: str, name: str) -> None:
    shown = quoting.display_text(text)
    assert len(shown) <= 128
    quoting.setvar_value(name, shown)
    quoting.setvar_multi_value(name, shown)
    quoting.header_value(name, shown)
    quoting.application_argument("argument", shown)
    braces({name: shown})
    argument = originate_argument([LegToDial("user/1", {name: shown})], {name: shown}, "park")
    wire = command_lines.bgapi("originate", argument, "j").wire
    dialled = switch.originate(switch.api_call(switch.packets(wire)[0])[1])
    assert dialled.variables.get(name, "") == shown
    command_lines.execute(LEG, "speak", f"unload {shown}", "e")


@given(printable)
def test_text_for_display_keeps_what_is_harmless(text: str) -> None:
    assume(not any(piece in text for piece in ("{", "}", "[", "]", "ARRAY::", "\x85")))
    assume("mod_event_socket" not in text)
    assert quoting.display_text(text) == text.strip(" ")[:128].rstrip(" ")


@given(anything)
def test_a_path_is_one_path(path: str) -> None:
    absolute = f"/sounds/{path}"
    checked = quoted_or_refused(lambda: quoting.file_path("sound", absolute))
    assert checked == absolute
    assert switch.for_application(quoting.application_argument("file", checked)) == absolute
    word = quoting.api_word("file", checked)
    assert switch.separated(f"{LEG} start {word} 60", " ", 5)[2] == absolute


@pytest.mark.parametrize(
    "value",
    [
        "a\nb", "a\r\nb", "a\0b", "\x7f", "${caller_id}", "$${domain}", "$\\{x}", "$\\\\{x}",
        "${system(reboot)}", "ARRAY::a|:b", "ARRAY::", "\ud800",
    ],
)  # fmt: skip
def test_what_a_variable_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(Unrepresentable):
        quoting.setvar_value("x", value)
    with pytest.raises(Unrepresentable):
        braces({"x": value})


@pytest.mark.parametrize("value", ["}", "{", "}{", "a}b", "[", "]["])
def test_brackets_that_do_not_pair_up_are_refused(value: str) -> None:
    with pytest.raises(Unrepresentable, match="do not pair up"):
        dial_string([LegToDial("user/1", {"x": value})], {"x": value})


@pytest.mark.parametrize("value", ["%[a=b]c", "%:[a=b]c", "%é["])
def test_variables_for_an_application_are_refused(value: str) -> None:
    with pytest.raises(Unrepresentable, match="begins like variables"):
        quoting.application_argument("argument", value)


@pytest.mark.parametrize(
    "name", ["", "a b", "a=b", "a,b", "a[0]", "_body", "_BODY", "1a", "a\n", "é", "x" * 129]
)
def test_names_of_variables(name: str) -> None:
    with pytest.raises(Unrepresentable):
        quoting.variable_name(name)


@pytest.mark.parametrize(
    "text",
    [
        "user/1000@example.com", "sofia/gateway/trunk-1/+85212345678", "loopback/9196/default",
        "sofia/internal/sip:1000@[2001:db8::1]:5060;transport=tcp", "verto.rtc/1008@example.com",
        "null/agent-1", "error/user_busy", "user/%23123",
    ],
)  # fmt: skip
def test_contacts_that_can_be_dialled(text: str) -> None:
    assert contact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "user", "/x", "user/", "user/1,user/2", "user/1|user/2", "user/1:_:user/2",
        "{a=b}user/1", "[a=b]user/1", "<a=b>user/1", "user/1 ", "user/'1'", "user/${x}",
        "user/1[", "user/1]", "user/1\n", "user/1\\", "^^:user/1",
        "loopback/app=system:reboot", "loopback/APP=bridge:user/1", "loopback-a/app=park",
    ],
)  # fmt: skip
def test_contacts_that_are_more_than_one(text: str) -> None:
    with pytest.raises(Unrepresentable):
        contact(text)


@pytest.mark.parametrize("number", ["", "-bleg", "1 2", "1,2", "1;2", "${x}", "1\n", "x" * 65, "é"])
def test_numbers_that_cannot_be_dialled(number: str) -> None:
    with pytest.raises(Unrepresentable):
        quoting.dial_number("number", number)


@pytest.mark.parametrize("number", ["100", "+85212345678", "*97", "#1", "sales.desk", "a-b_c"])
def test_numbers_that_can_be_dialled(number: str) -> None:
    assert quoting.dial_number("number", number) == number


@pytest.mark.parametrize(
    "path",
    [
        "x.wav", "", "/a/../b", "/a::b", "/a@@5", "/a!b", "/a'b", '/a"b', "/a\\b", "/${x}",
        "/a\n", "/a ", "/http://x", "say:hello",
    ],
)  # fmt: skip
def test_paths_that_mean_more(path: str) -> None:
    with pytest.raises(Unrepresentable):
        quoting.file_path("sound", path)


def test_limits_of_a_dial_string() -> None:
    with pytest.raises(Unrepresentable, match="0 legs"):
        dial_string([])
    with pytest.raises(Unrepresentable, match="129 legs"):
        dial_string([LegToDial("user/1")] * 129)
    with pytest.raises(Unrepresentable, match="1025 of them"):
        braces({f"v{n}": "x" for n in range(1025)})


def test_the_argument_of_an_originate_ends_at_its_parenthesis() -> None:
    legs = [LegToDial("user/1")]
    assert switch.originate(originate_argument(legs, {}, "playback", "/a b.wav")).application == (
        "playback",
        "/a b.wav",
    )
    with pytest.raises(Unrepresentable, match="parenthesis"):
        originate_argument(legs, {}, "playback", "/a).wav")


@pytest.mark.parametrize("word", ["", "-all", "a b", "'a'", "a;b", "^^,"])
def test_bare_words(word: str) -> None:
    with pytest.raises(Unrepresentable):
        quoting.bare_word("word", word)
    assert quoting.bare_word("word", "both") == "both"


def test_messages_do_not_repeat_the_value() -> None:
    with pytest.raises(Unrepresentable) as caught:
        quoting.setvar_value("x", "secret name ${x}")
    assert "secret" not in str(caught.value)
    assert caught.value.place == "variable x"


def test_a_header_keeps_no_leading_space() -> None:
    with pytest.raises(Unrepresentable, match="begins with a space"):
        quoting.header_value("X", " a")
    assert quoting.header_value("X", "a ") == "a "
