"""How FreeSWITCH reads what it is sent: models of its parsers, for the tests of quoting.

Written from the behaviour of the functions named in each docstring. Where C would read past the end
of a string, or a value would do more than be a value, a model raises `Misread`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from adapters.sim.standin.core.text_parsing import (
    Variables,
    cleaned,
    commas_in_brackets,
    end_of_brackets,
    has_escaped_data,
    is_reference,
)


class Misread(AssertionError):
    """FreeSWITCH would do something else than take a value."""


# switch_utils.c: switch_separate_string, cleanup_separated_string, switch_find_end_paren


def separated(text: str, delimiter: str, most: int) -> list[str]:
    """`switch_separate_string`: at most `most` pieces; the last one may be an uncut rest."""
    if text.startswith("^^") and len(text) > 3:
        delimiter, text = text[2], text[3:]
    cut = _cut_at_blanks if delimiter == " " else _cut_at
    pieces = cut(text, delimiter, most)
    return [cleaned(piece, "" if delimiter == " " else delimiter) for piece in pieces]


def _cut_at(text: str, delimiter: str, most: int) -> list[str]:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        if len(pieces) == most - 1:
            return [*pieces, text[at:]]
        start, quoted = at, False
        while at < len(text):
            character = text[at]
            if character == "\\":
                at += 1
                if at == len(text):
                    raise Misread("reads past the end after a backslash")
            elif character == "'" and (quoted or "'" in text[at + 1 :]):
                quoted = not quoted
            elif character == delimiter and not quoted:
                break
            at += 1
        pieces.append(text[start:at])
        at += 1
    return pieces


def _cut_at_blanks(text: str, _: str, most: int) -> list[str]:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        if len(pieces) == most - 1:
            return [*pieces, text[at:]]
        start, quoted = at, False
        while at < len(text) and text[at] == " ":
            at += 1
        while at < len(text):
            character = text[at]
            if character == "\\":
                at += 1
                if at == len(text):
                    raise Misread("reads past the end after a backslash")
            elif character == "'":
                quoted = not quoted
            elif character == " " and not quoted:
                break
            at += 1
        pieces.append(text[start:at])
        while at < len(text) and text[at] == " ":
            at += 1
    return pieces


# switch_event.c and switch_channel.c: headers, variables, brackets, expansion


def add_header(headers: Variables, name: str, value: str) -> None:
    """`switch_event_base_add_header`, for an event without double names."""
    if name == "_body":
        raise Misread("becomes the event's body")
    if "[" in name:
        raise Misread("becomes one value of a list")
    headers.pop(name, None)
    if value.startswith("ARRAY::"):
        raise Misread("becomes a list")
    if value:
        headers[name] = value


def set_variable(variables: Variables, name: str, value: str) -> None:
    """`switch_channel_set_variable_var_check`, with the check on."""
    if is_reference(value):
        raise Misread("refused: it holds a reference to a variable")
    add_header(variables, name, value)


def read_brackets(text: str, opening: str, closing: str, delimiter: str, headers: Variables) -> str:
    """`switch_event_create_brackets`: variables into `headers`; what is behind the brackets."""
    end = end_of_brackets(text, opening, closing)
    if end < 0:
        raise Misread("no end of the brackets")
    inside, rest = text[1:end], text[end + 1 :]
    if inside.startswith("^^"):
        delimiter, inside = inside[2], inside[3:]
    if rest.startswith(" " + opening):
        raise Misread("goes on in the next brackets")
    for piece in separated(inside, delimiter, 1024):
        pair = separated(piece, "=", 2)
        if len(pair) == 2:
            add_header(headers, pair[0], pair[1])
    return rest


def expanded(text: str) -> str:
    """`switch_channel_expand_variables_check`; looking a variable up is a `Misread`."""
    if not is_reference(text) and not has_escaped_data(text):
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        literal_dollar = False
        if character == "\\":
            if following == "$":
                literal_dollar = True
                at += 1
                if text[at + 1 : at + 2] == "$":
                    at += 1
            elif following == "'":
                at += 2
                continue
            elif following == "\\":
                out.append("\\")
                at += 2
                continue
        if text[at] == "$" and not literal_dollar:
            if text[at + 1 : at + 2] == "$":
                at += 1
            if text[at + 1 : at + 2] == "{":
                raise Misread("a variable is looked up")
        out.append(text[at])
        at += 1
    return "".join(out)


# mod_event_socket.c: read_packet, parse_command; switch_loadable_module.c: switch_api_execute


@dataclass
class Packet:
    """One command as `read_packet` takes it off the wire."""

    command: str
    headers: Variables = field(default_factory=dict)
    body: str = ""


def packets(wire: bytes) -> list[Packet]:
    """All commands on the wire, as `read_packet` cuts them; the rest must be empty."""
    text = wire.decode()
    found = []
    while text := text.lstrip("\r\n"):
        end = _end_of_head(text)
        packet, body_bytes = _head(text[:end])
        rest = text[end:].encode()
        if len(rest) < body_bytes:
            raise Misread("waits for more body")
        packet.body = rest[:body_bytes].decode().split("\0")[0]
        text = rest[body_bytes:].decode()
        found.append(packet)
    return found


def _end_of_head(text: str) -> int:
    ends = 0
    for at, character in enumerate(text):
        if character == "\n":
            ends += 1
        elif character != "\r":
            ends = 0
        if ends == 2:
            return at + 1
    raise Misread("no end of the command")


def _head(head: str) -> tuple[Packet, int]:
    """The lines of a head. The command is matched against all of it, and cut off only then."""
    if "\0" in head:
        raise Misread("the string ends here")
    lowered = head.lower()
    if "mod_event_socket" in lowered and ("unload" in lowered or "reload" in lowered):
        raise Misread("unloads the event socket")
    lines = []
    rest = head
    while rest:
        at = rest.find("\r")
        at = at if at >= 0 else rest.find("\n")
        line, rest = (rest, "") if at < 0 else (rest[:at], rest[at:].lstrip("\r\n"))
        lines.append(line.split("\n")[0])
    packet = Packet(lines[0])
    body_bytes = 0
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            add_header(packet.headers, name.lower(), value.lstrip(" "))
            if name.lower() == "content-length":
                body_bytes = int(value)
    return packet, body_bytes


def api_call(packet: Packet) -> tuple[str, str]:
    """The name and the argument with which an API function is called."""
    verb, _, rest = packet.command.partition(" ")
    if verb not in ("api", "bgapi"):
        raise Misread(f"no API command: {verb}")
    name, _, argument = rest.partition(" ")
    return name, argument.strip("\r\n\t \v")


def setvar(argument: str) -> tuple[str, str, str]:
    """`uuid_setvar_function`: leg, name, value."""
    words = separated(argument, " ", 3)
    if len(words) == 2:
        words.append("")
    leg, name, value = words
    add_header({}, name, value)
    return leg, name, value


def setvar_multi(argument: str) -> tuple[str, Variables]:
    """`uuid_setvar_multi_function`: leg and variables."""
    leg, _, rest = argument.partition(" ")
    variables: Variables = {}
    for piece in separated(rest, ";", 64):
        name, _, value = piece.partition("=")
        set_variable(variables, name, value)
    return leg, variables


def executed(packet: Packet) -> tuple[str, str]:
    """`switch_ivr_parse_event` and `switch_core_session_exec`: application and its argument."""
    headers = packet.headers
    if headers["call-command"] != "execute":
        raise Misread("no execution")
    argument = headers.get("execute-app-arg", "")
    if not argument and headers.get("content-type") == "text/plain":
        argument = packet.body
    return headers["execute-app-name"], for_application(argument)


def for_application(argument: str) -> str:
    """What an application is given for an argument."""
    argument = expanded(argument)
    if argument[:1] == "%" and "[" in (argument[1:2], argument[2:3]):
        raise Misread("begins with variables for the application")
    return argument


# switch_ivr_originate.c, mod_commands.c: originate


@dataclass
class Dialled:
    """What `originate` would do."""

    variables: Variables
    legs: list[tuple[str, Variables]]
    application: tuple[str, str] = ("", "")


def originate(argument: str) -> Dialled:
    """`originate_function`."""
    words = separated(argument, " ", 10)
    if not 2 <= len(words) <= 7 or words[1][:1] != "&":
        raise Misread("not an application on a leg")
    dialled = dial(words[0], _who_calls(words[4:6]))
    name = words[1][1:].split(")")[0]
    name, _, inner = name.partition("(")
    dialled.application = (name, for_application(inner))
    return dialled


def _who_calls(words: list[str]) -> Variables:
    names = ("origination_caller_id_name", "origination_caller_id_number")
    told: Variables = {}
    for name, word in zip(names, words, strict=False):
        if word.lower() != "undef":
            add_header(told, name, word)
    return told


def dial(text: str, who_calls: Variables | None = None) -> Dialled:
    """`switch_ivr_originate`; `who_calls` of words of their own, after those of the dial string."""
    if ":_:" in text:
        raise Misread("another dial string begins")
    text = text.lstrip(" ")
    if "origination_nested_vars=true" in text.lower():
        raise Misread("switches the check of variables off")
    if text.startswith("<"):
        raise Misread("variables of all dial strings")
    variables: Variables = {}
    while text.startswith("{"):
        text = read_brackets(text, "{", "}", ",", variables)
    variables = {**(who_calls or {}), **variables}
    for value in variables.values():
        if is_reference(value):
            raise Misread("refused: it holds a reference to a variable")
    alternatives = separated(text.lstrip(" "), "|", 128)
    if len(alternatives) != 1:
        raise Misread("legs one after the other")
    legs = separated(commas_in_brackets(alternatives[0]), ",", 128)
    return Dialled(variables, [_leg(leg) for leg in legs])


def _leg(text: str) -> tuple[str, Variables]:
    text = text.lstrip(" ")
    variables: Variables = {}
    while text.startswith("["):
        end = end_of_brackets(text, "[", "]")
        text = text[:end].replace("\1", ",") + text[end:]
        text = read_brackets(text, "[", "]", "\2", variables)
    for value in variables.values():
        if is_reference(value):
            raise Misread("refused: it holds a reference to a variable")
    return text.lstrip(" "), variables
