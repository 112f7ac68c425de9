"""Quotes values for FreeSWITCH: one function for each place in which a value can stand.

FreeSWITCH cuts a command apart several times, each time with other rules, and some applications
expand `${...}` in what they are given, running API functions on the way. A caller's name goes
through all that. Every function here takes the value as it is meant, and returns the text that
FreeSWITCH will read as exactly that value; or raises `Unrepresentable`, with the place and the
reason, where no text would do. What must go through whatever it holds, such as a caller's name,
is passed through `display_text` first.

Nowhere is accepted:

- control characters: a line end would end the command, and in a SIP header the header;
- `${`, also with backslashes between: FreeSWITCH refuses it in variables, expands it in arguments
  of applications, and expands variables inside variables, so that it would bite later;
- in variables, a leading `ARRAY::`, which FreeSWITCH reads as a list.

And a value that comes from a caller never holds the name of the event socket's own module: together
with `unload` or `reload` anywhere in a command FreeSWITCH would unload its event socket
(`parse_command` of mod_event_socket.c). Numbers and identities with it are none, texts have it
written apart.

Sources: `switch_separate_string` and `cleanup_separated_string` (switch_utils.c),
`switch_channel_expand_variables_check` (switch_channel.c), `switch_event_base_add_header`
(switch_event.c), `switch_core_session_exec`, `base_set` (mod_dptools.c). The parsers are modelled
in `tests/unit/freeswitch/switch_parsers.py`, against which every function is tested.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from adapters.freeswitch.protocol.errors import Unrepresentable

#: A word that no parser of FreeSWITCH changes, whatever cuts it.
_BARE: Final = re.compile(r"[A-Za-z0-9_.@+*#/][A-Za-z0-9_.:@+*#/-]*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_REFERENCE: Final = re.compile(r"\$\\*\{")
_EXPANDED_ESCAPE: Final = re.compile(r"\\[\\nst']")
_SCOPE_VARIABLES: Final = re.compile(r"%.?\[", re.DOTALL)
_ARRAY: Final = "ARRAY::"

_VARIABLE_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_FUNCTION_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_UUID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,127}")
_NUMBER: Final = re.compile(r"[0-9A-Za-z+*#_.][0-9A-Za-z+*#_.-]{0,63}")
_KEYS: Final = re.compile(r"[0-9A-D*#wW]{1,80}")
_CAUSE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,63}")

#: Names, and the uuids of the legs of the moment, come again and again: what was found fit is kept,
#: of so many.
_KEPT: Final = 4096

_MODULE: Final = re.compile("mod_event_socket", re.I)
_BRACKETS: Final = str.maketrans("{}[]", "()()")
#: A text in which `display_text` has nothing to change, as most names and numbers are.
_HARMLESS: Final = re.compile(r"[A-Za-z0-9+./@-]+(?: [A-Za-z0-9+./@-]+)*")


def plain_text(place: str, value: str) -> str:
    """The value, which must have no control character and no half of a surrogate pair."""
    if value.isprintable():
        return value  # neither of them is
    if found := _CONTROL.search(value):
        raise Unrepresentable(place, f"the control character {found[0]!r} at {found.start()}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Unrepresentable(
            place, f"half of a surrogate pair at {error.start}, which UTF-8 cannot spell"
        ) from None
    return value


def literal_text(place: str, value: str) -> str:
    """The value, which must be plain text that FreeSWITCH would not expand."""
    plain_text(place, value)
    if found := _REFERENCE.search(value):
        raise Unrepresentable(place, f"a reference to a variable, ${{, at {found.start()}")
    return value


def variable_text(place: str, value: str) -> str:
    """The value, which must be something that a channel variable can hold unchanged."""
    literal_text(place, value)
    if value.startswith(_ARRAY):
        raise Unrepresentable(place, f"it begins with {_ARRAY}, which makes it a list")
    return value


def display_text(text: str, max_chars: int = 128) -> str:
    """Text for people's eyes, such as a caller's name, so that it can go anywhere.

    Control characters become spaces, braces and brackets become parentheses, a leading `ARRAY::`
    loses its colons, the name of the event socket's module its underscores, and what is longer than
    `max_chars` characters is cut off. Everything else stays: quotes, backslashes, commas. The
    result is fit to be the value of every variable and the argument of every application.
    """
    if len(text) <= max_chars and _HARMLESS.fullmatch(text):
        return text
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    text = _CONTROL.sub(" ", text[:max_chars]).translate(_BRACKETS).strip(" ")
    text = _MODULE.sub("mod event socket", text)
    return "ARRAY" + text[len(_ARRAY) :].lstrip(":") if text.startswith(_ARRAY) else text


def bare_word(place: str, value: str) -> str:
    """A word where FreeSWITCH takes no quotes, or where a leading `-` would be an option.

    Letters, digits and `_ . : @ + * # / -`, not beginning with `-` or `:`.
    """
    if not _BARE.fullmatch(value):
        raise Unrepresentable(place, "it is no plain word")
    return value


def api_word(place: str, value: str) -> str:
    """One word among the words of an API command's argument, as `switch_separate_string` cuts it.

    For any place among the words; the last one may hold spaces like every other.
    """
    if _BARE.fullmatch(value):
        return value
    plain_text(place, value)
    return f"'{backslashed(value, chr(39))}'"


def backslashed(value: str, specials: str) -> str:
    """The value with a backslash before each backslash and each of the characters in `specials`."""
    value = value.replace("\\", "\\\\")
    for special in specials:
        value = value.replace(special, "\\" + special)
    return value


@lru_cache(_KEPT)
def variable_name(name: str) -> str:
    """A channel variable's name: letters, digits, `_ . -`. FreeSWITCH reads `[n]` as an index."""
    if not _VARIABLE_NAME.fullmatch(name) or name.lower() == "_body":
        raise Unrepresentable("variable name", f"{name[:40]!r} is none")
    return name


@lru_cache(_KEPT)
def function_name(name: str) -> str:
    """The name of an API command or of an application."""
    if not _FUNCTION_NAME.fullmatch(name):
        raise Unrepresentable("command or application name", f"{name[:40]!r} is none")
    return name


def names_module(text: str) -> bool:
    """Whether a text holds the name of the event socket's module, see above."""
    return _MODULE.search(text) is not None


@lru_cache(_KEPT)
def is_leg_uuid(uuid: str) -> bool:
    """Whether a leg can be named in a command. With `inbound-use-callid-as-uuid` in a SIP profile
    a leg's identity is the caller's Call-ID, which may be anything."""
    return _UUID.fullmatch(uuid) is not None and not names_module(uuid)


@lru_cache(_KEPT)
def leg_uuid(uuid: str) -> str:
    """The identity of a leg, a job or an execution."""
    if not is_leg_uuid(uuid):
        raise Unrepresentable("uuid", "it is no plain identity")
    return uuid


def dial_number(place: str, number: str) -> str:
    """A number or a SIP user's name: letters, digits and `+ * # _ . -`, at most 64."""
    if not _NUMBER.fullmatch(number) or names_module(number):
        raise Unrepresentable(place, "it is no number that can be dialled")
    return number


def dtmf_keys(keys: str) -> str:
    """Keys to be sent: digits, `* # A B C D` and the pauses `w` and `W`, at most 80."""
    if not _KEYS.fullmatch(keys):
        raise Unrepresentable("keys", "they are none")
    return keys


def hangup_cause(cause: str) -> str:
    """A hang-up cause by FreeSWITCH's name, such as `NORMAL_CLEARING`."""
    if not _CAUSE.fullmatch(cause):
        raise Unrepresentable("hang-up cause", f"{cause[:40]!r} is none")
    return cause


def setvar_value(name: str, value: str) -> str:
    """The value of `uuid_setvar <uuid> <name> <value>`."""
    if is_bare_value(value):
        return value
    return api_word(f"variable {name}", variable_text(f"variable {name}", value))


def is_bare_value(value: str) -> bool:
    """Whether it is the same in a header, and in `uuid_setvar_multi` without quotes, which that
    keeps."""
    return _BARE.fullmatch(value) is not None and not value.startswith(_ARRAY)


def setvar_multi_value(name: str, value: str) -> str:
    """The value of one `name=value` in `uuid_setvar_multi <uuid> <name>=<value>;...`."""
    return f"'{backslashed(variable_text(f'variable {name}', value), chr(39))}'"


def application_argument(place: str, value: str) -> str:
    """The whole argument of an application, so that expansion leaves it as it is."""
    if _BARE.fullmatch(value):
        return value
    literal_text(place, value)
    if _SCOPE_VARIABLES.match(value):
        raise Unrepresentable(place, "it begins like variables for the application, %[")
    return unexpanded(value)


def unexpanded(value: str) -> str:
    """What FreeSWITCH expands to the value. Only for values without a reference to a variable.

    FreeSWITCH takes backslashes away only where it finds one that means something to it, so that a
    value without such a one has to be left alone.
    """
    return backslashed(value, "$") if _EXPANDED_ESCAPE.search(value) else value


_UNFIT_FOR_FILES: Final = re.compile(r"::|://|@@|[!'\"\\]")


def file_path(place: str, path: str) -> str:
    """The absolute path of a sound or recording on the switch, before it is quoted for its place.

    FreeSWITCH reads more than a path in some names: `app::argument`, `file@@offset`, `a!b` and
    quotes. None of these, nor a `..`, is accepted.
    """
    literal_text(place, path)
    if not path.startswith("/"):
        raise Unrepresentable(place, "the path is not absolute")
    if found := _UNFIT_FOR_FILES.search(path):
        raise Unrepresentable(place, f"{found[0]!r} means something else to the switch")
    if path.endswith(" "):
        raise Unrepresentable(place, "the path ends in a space")
    if ".." in path.split("/"):
        raise Unrepresentable(place, "the path leads upwards, ..")
    return path


def header_value(name: str, value: str) -> str:
    """The value of a header line that is sent. FreeSWITCH takes leading spaces away."""
    variable_text(f"header {name}", value)
    if value.startswith(" "):
        raise Unrepresentable(f"header {name}", "it begins with a space")
    return value
