"""Builds dial strings for `originate` and `bridge`: the contact and variables of the new leg.

    {caller_id=...,acd_call_id=...}[leg_timeout=20]user/1000,[leg_timeout=20]user/1001

FreeSWITCH cuts such a string apart in five passes, each of which takes a layer of quotes and
backslashes away: on `:_:`, braces, `|`, commas, brackets, and `name=value`. The layers are put on
here in the opposite order.

Sources: `switch_ivr_originate` and `switch_ivr_enterprise_originate` (switch_ivr_originate.c),
`switch_event_create_brackets` (switch_event.c), `originate_function` (mod_commands.c).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from adapters.freeswitch.protocol.channel_fields import PARKS, TRANSFERS_VARIABLE
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import (
    api_word,
    application_argument,
    backslashed,
    display_text,
    function_name,
    names_module,
    setvar_value,
    variable_name,
    variable_text,
)

#: FreeSWITCH reads no more variables in one pair of braces.
MAX_VARIABLES: Final = 1024
#: FreeSWITCH calls no more legs at once.
MAX_LEGS: Final = 128

_CONTACT: Final = re.compile(r"[a-z][a-z0-9_.]*/[A-Za-z0-9_.+*#@:/;=?&~!%\[\]-]+")
_RUNS: Final = re.compile("loopback(-[ab])?/app=", re.IGNORECASE)
_ENTERPRISE: Final = ":_:"
_SAFE_VALUE: Final = re.compile(r"([A-Za-z0-9_.@+*#/-]|:(?![:_]))+")
#: A dial string of which no word is cut, and no character has to be protected.
_ONE_WORD: Final = re.compile(r"[A-Za-z0-9_.@+*#/:,=;?&~!%{}\[\]-]+")
#: Telephones are few; of so many it is kept that they can be dialled.
_KEPT: Final = 4096
_NO_VARIABLES: Final[Mapping[str, str]] = {}
#: What stands for a word that is not given.
_NONE: Final = "undef"
#: Dialplan and context, unused where an application is named.
_NO_DIALPLAN: Final = "0 0"
#: Endpoints that dial by themselves, within the time that `originate` is given. Others, such as
#: `user/`, have another dial string dialled, which knows of the variable only.
_OWN_TIME: Final = ("null/", "sofia/", "loopback/")


class Shown(NamedTuple):
    """Who calls, as the telephones are to show it; empty where that is not told."""

    name: str = ""
    number: str = ""


_NOT_SHOWN: Final = Shown()
#: What is shown in place of a number that is withheld (RFC 3323 §4.1.1.3). Without a number
#: FreeSWITCH would show ten zeros.
WITHHELD_NAME: Final = "Anonymous"
WITHHELD_NUMBER: Final = "anonymous"
#: With it, privacy is asked for on the leg: `privacy=full` of Remote-Party-ID, or `Privacy: id`.
WITHHELD: Final[Mapping[str, str]] = {"origination_privacy": "hide_name:hide_number"}
#: On every leg that is dialled: a far end that answers 300 to 305 has refused. FreeSWITCH would
#: call the contact that it names, again and again, and wherever that is: no list of allowed numbers
#: is asked, and nothing ends a loop.
#: Source: `sofia_handle_sip_r_invite` of sofia.c. Nor does a caller who sends such a leg on (REFER)
#: have anything dialled.
NO_REDIRECTION: Final = {"outbound_redirect_fatal": "true", TRANSFERS_VARIABLE: PARKS}


def shown_name(text: str) -> str:
    """A name for a telephone's display, of which FreeSWITCH drops nothing.

    It takes a caller's name for an address, and of `Support: Ann`, `Ann/Bob` and `ann@home` shows
    ` Ann`, `Bob` and `ann`. Source: `switch_sanitize_number`, as `sofia_outgoing_channel` uses it.
    """
    text = display_text(text)
    if ":" in text or "/" in text or "@" in text:
        text = text.replace(": ", " - ").replace(":", "-").replace("/", "-").replace("@", " at ")
    return text


class LegToDial(msgspec.Struct, frozen=True):
    """One leg of a dial string: a contact, and the variables of this leg alone."""

    contact: str
    variables: Mapping[str, str] = _NO_VARIABLES


@lru_cache(_KEPT)
def contact(text: str) -> str:
    """A contact string: `user/1000@example.com`, `sofia/gateway/trunk/0851234`, `loopback/9196`.

    Letters, digits and the characters of SIP addresses; nothing that ends a leg, is expanded, or
    runs an application (`loopback/app=...`; `channel_outgoing_channel` in mod_loopback.c).
    """
    is_plain = _CONTACT.fullmatch(text) and not names_module(text)
    if not is_plain or _ENTERPRISE in text or _RUNS.match(text):
        raise Unrepresentable("contact", "it is no contact that can be dialled")
    _balanced("contact", text, "[", "]")
    return text


def dial_string(legs: Sequence[LegToDial], variables: Mapping[str, str] = _NO_VARIABLES) -> str:
    """What `originate` calls: all legs at once, `variables` set on each of them.

    It is one word: pass it through `api_word` for `originate`, or through `application_argument`
    for `bridge`. A variable whose value is empty is not set: FreeSWITCH does not tell them apart.
    """
    if not 0 < len(legs) <= MAX_LEGS:
        raise Unrepresentable("dial string", f"{len(legs)} legs, not 1 to {MAX_LEGS}")
    if len(legs) == 1 and not legs[0].variables:
        return braces(variables) + contact(legs[0].contact)
    # A comma apart from each leg; `|` would call one after the other.
    together = ",".join([backslashed(_leg(leg), "',") for leg in legs])
    return braces(variables) + backslashed(together, "'|")


def braces(variables: Mapping[str, str]) -> str:
    """`{name=value,...}`: variables for every leg of a dial string, or of a file's name."""
    if not variables:
        return ""
    if len(variables) > MAX_VARIABLES:
        raise Unrepresentable("variables", f"{len(variables)} of them, over {MAX_VARIABLES}")
    return "{" + ",".join([_in_braces(name, value) for name, value in variables.items()]) + "}"


def originate_argument(
    legs: Sequence[LegToDial],
    variables: Mapping[str, str],
    application: str,
    argument: str = "",
    *,
    shown: Shown = _NOT_SHOWN,
    limit_s: int = 0,
) -> str:
    """The argument of `originate`.

    What has a word of its own is not set by a variable: FreeSWITCH does that by itself, and has
    less to read.

    Args:
        legs: whom to call.
        variables: of each of them.
        application: what then runs on the leg.
        argument: of the application.
        shown: who calls.
        limit_s: how long they may ring; 0: FreeSWITCH's 60 seconds.
    """
    time = ""
    if limit_s:
        if _keep_own_time(legs):
            time = str(limit_s)
        else:
            variables = {**variables, "originate_timeout": str(limit_s)}
    name, number = shown
    if _NONE in (name.lower(), number.lower()):
        # A word that would be taken for none.
        own = {"origination_caller_id_name": name, "origination_caller_id_number": number}
        variables = {**variables, **own}
        name = number = ""
    called = dial_string(legs, {**variables, **NO_REDIRECTION})
    if not _ONE_WORD.fullmatch(called):
        called = api_word("dial string", called)
    line = f"{called} {_on_the_leg(application, argument)}"
    if not (name or number or time):
        return line
    # They become variables, and have to be fit for that.
    name = setvar_value("origination_caller_id_name", name) if name else _NONE
    number = setvar_value("origination_caller_id_number", number) if number else _NONE
    return f"{line} {_NO_DIALPLAN} {name} {number} {time}".rstrip(" ")


def _keep_own_time(legs: Sequence[LegToDial]) -> bool:
    for leg in legs:  # noqa: SIM110 - compiled, a generator costs more
        if not leg.contact.startswith(_OWN_TIME):
            return False
    return True


def _on_the_leg(application: str, argument: str) -> str:
    function_name(application)
    if not argument:
        return f"&{application}"
    if ")" in argument:
        raise Unrepresentable(f"argument of {application}", "a closing parenthesis")
    inner = application_argument(f"argument of {application}", argument)
    return api_word("application", f"&{application}({inner})")


def _leg(leg: LegToDial) -> str:
    # Each variable in brackets of its own: FreeSWITCH counts quotes inside a pair of brackets to
    # see which commas are inside a value, and miscounts those with a backslash.
    brackets = [
        "[" + backslashed(_pair(name, value, "[", "]"), "'") + "]"
        for name, value in leg.variables.items()
    ]
    return "".join(brackets) + contact(leg.contact)


def _in_braces(name: str, value: str) -> str:
    """`name=value` as it stands between braces: as it is, where no character is special."""
    if _SAFE_VALUE.fullmatch(value):
        return f"{variable_name(name)}={value}"
    return backslashed(_pair(name, value, "{", "}"), "',")


def _pair(name: str, value: str, opening: str, closing: str) -> str:
    """`name=value` as it stands after the brackets around it are gone."""
    place = f"variable {name}"
    _balanced(place, variable_text(place, value), opening, closing)
    return f"{variable_name(name)}={_value(value)}"


def _value(value: str) -> str:
    if _SAFE_VALUE.fullmatch(value):
        return value
    # `=` need not be quoted in a value, but `origination_nested_vars=true` anywhere in the string
    # switches a check off. And `:_:` would begin another string: quotes in it break the sequence.
    return "'" + backslashed(value, "'=").replace(":_", ":''_") + "'"


def _balanced(place: str, text: str, opening: str, closing: str) -> None:
    """FreeSWITCH finds the end of brackets by counting them, quoted or not."""
    if opening not in text and closing not in text:
        return
    depth = 0
    for character in text:
        depth += (character == opening) - (character == closing)
        if depth < 0:
            break
    if depth:
        raise Unrepresentable(place, f"{opening} and {closing} do not pair up")
