"""Functions of the dialplan that scripts read and set, such as ``CALLERID(num)``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import quote, unquote

from acdengine.agi.commands.channel import caller_id_of
from acdengine.agi.commands.speaking import LARGEST_TIME, moment_in
from acdengine.agi.commands.words import whole_or
from acdengine.agi.script_call import ScriptCall

Reader = Callable[[ScriptCall, str], Awaitable[str | None]]
Writer = Callable[[ScriptCall, str, str], Awaitable[None]]
#: A script hangs up no call later than after so many seconds.
_LONGEST_S: Final = 1e7


async def call_function(call: ScriptCall, name: str, arguments: str) -> str | None:
    """The value of a function; None where there is none of that name, which is told once."""
    reader = READERS.get(name)
    if reader is None:
        call.host.told("agi function is not known", {"function": name[:64]})
        return None
    return await reader(call, arguments)


async def write_function(call: ScriptCall, name: str, arguments: str, value: str) -> None:
    """Set a function; one that cannot be set is told, and nothing changes."""
    writer = WRITERS.get(name)
    if writer is None:
        call.host.told("agi function cannot be set", {"function": name[:64]})
        return
    await writer(call, arguments, value)


# -- the caller and the leg ----------------------------------------------------------------


async def _caller_id(call: ScriptCall, what: str) -> str | None:
    """``CALLERID(num|name|all|ani|dnid|rdnis|pres|name-pres|num-pres|num-valid|name-valid)``. The
    number and name that are set are shown to those whom the script dials, unless the tenant's
    settings show another.
    """
    caller = call.caller
    parts = {
        "num": caller.number,
        "ani": caller.number,
        "ani-num": caller.number,
        "name": caller.name,
        "all": caller.whole,
        "pres": str(caller.presentation),
        "num-pres": str(caller.presentation),
        "name-pres": str(caller.presentation),
        "dnid": call.request.dialled,
        "rdnis": call.request.redirected_from,
        "num-valid": "1" if caller.number else "0",
        "name-valid": "1" if caller.name else "0",
    }
    return parts.get(_long_name(what))


def _long_name(what: str) -> str:
    plain = what.strip().lower()
    return "num" if plain in ("number", "ani", "ani-num") else plain


async def _set_caller_id(call: ScriptCall, what: str, value: str) -> None:
    kind = _long_name(what)
    if kind == "num":
        call.caller.number = value[:80]
    elif kind == "name":
        call.caller.name = value[:80]
    elif kind == "all":
        call.caller.name, call.caller.number = caller_id_of(value[:200])
    elif kind in ("pres", "num-pres", "name-pres"):
        hidden = not value.lower().startswith(("allowed", "0"))
        call.caller.presentation = 32 if hidden else 0
    else:
        call.host.told("agi part of CALLERID cannot be set", {"part": what[:64]})


async def _channel(call: ScriptCall, what: str) -> str | None:
    """``CHANNEL(name|uniqueid|language|musicclass|channeltype|accountcode|context|exten|state|userfield|
    audioreadformat|audiowriteformat|audionativeformat|videonativeformat|hangupsource)``. Set:
    language, musicclass, accountcode, userfield.
    """
    parts = {
        "name": call.request.channel,
        "uniqueid": call.request.unique_id,
        "language": call.language,
        "musicclass": call.music,
        "channeltype": call.request.technology,
        "accountcode": _own(call, "CHANNEL(accountcode)", call.request.account),
        "context": call.place.context,
        "exten": call.place.extension,
        "state": {4: "Ring", 6: "Up"}.get(call.state, "Down"),
        "userfield": _own(call, "CHANNEL(userfield)"),
        "audioreadformat": "ulaw",
        "audiowriteformat": "ulaw",
        "audionativeformat": "(ulaw)",
        "videonativeformat": "(nothing)",
        "hangupsource": "",
    }
    return parts.get(what.strip().lower())


async def _set_channel(call: ScriptCall, what: str, value: str) -> None:
    kind = what.strip().lower()
    if kind == "language":
        call.language = value[:16]
    elif kind == "musicclass":
        call.music = value[:64]
    elif kind in ("userfield", "accountcode"):
        call.variables.write(f"CHANNEL({kind})", value)
    else:
        call.host.told("agi part of CHANNEL cannot be set", {"part": what[:64]})


async def _set_timeout(call: ScriptCall, what: str, value: str) -> None:
    kind = what.strip().lower()
    if kind == "absolute":
        try:
            seconds = float(value)
        except ValueError:
            call.host.told("agi time is no number", {"value": value[:40]})
            return
        call.hang_up_after(seconds if 0 < seconds < _LONGEST_S else 0)
    else:
        call.variables.write(f"TIMEOUT({kind})", value)


async def _timeout(call: ScriptCall, what: str) -> str | None:
    """``TIMEOUT(absolute|digit|response)``: absolute hangs up in so many seconds, digit is how long
    GET OPTION waits; response does nothing.
    """
    return call.variables.read(f"TIMEOUT({what.strip().lower()})") or "0"


async def _redirecting(call: ScriptCall, what: str) -> str | None:
    """``REDIRECTING(from-num|from-name)``; what is set is the script's own."""
    kind = what.strip().lower()
    given = call.request.redirected_from if kind == "from-num" else ""
    return _own(call, f"REDIRECTING({kind})", given)


async def _set_redirecting(call: ScriptCall, what: str, value: str) -> None:
    call.variables.write(f"REDIRECTING({what.strip().lower()})", value)


async def _detail(call: ScriptCall, what: str) -> str | None:
    """``CDR(src|dst|clid|accountcode|userfield|uniqueid|channel|…)``; what is set is the script's
    own, and in no record of the call."""
    given = {
        "src": call.caller.number,
        "dst": call.request.extension,
        "clid": call.caller.whole,
        "channel": call.request.channel,
        "uniqueid": call.request.unique_id,
        "accountcode": _own(call, "CHANNEL(accountcode)", call.request.account),
        "userfield": _own(call, "CHANNEL(userfield)"),
    }
    kind = what.partition(",")[0].strip().lower()
    return _own(call, f"CDR({kind})", given.get(kind, ""))


async def _set_detail(call: ScriptCall, what: str, value: str) -> None:
    call.variables.write(f"CDR({what.partition(',')[0].strip().lower()})", value)


def _own(call: ScriptCall, name: str, given: str = "") -> str:
    """What the script has set, or what was so before it."""
    kept = call.variables.read(name)
    return given if kept is None else kept


async def _header(call: ScriptCall, arguments: str) -> str | None:
    """``PJSIP_HEADER(read,NAME)``, ``SIP_HEADER(NAME)``: the leg's variable ``sip_h_NAME``, where
    the switch's settings let scripts read it.
    """
    name = arguments.split(",")[1 if arguments.lower().startswith("read") else 0 :][:1]
    return await call.session.read_variable(f"sip_h_{name[0].strip()}") if name else None


# -- the database and tables ----------------------------------------------------------------


async def _database(call: ScriptCall, path: str) -> str | None:
    """``DB(FAMILY/KEY)``; sets DB_RESULT."""
    family, slash, key = path.partition("/")
    value = call.database.get(family, key) if slash else None
    call.variables.write("DB_RESULT", value or "")
    return value or ""


async def _database_exists(call: ScriptCall, path: str) -> str | None:
    """``DB_EXISTS(FAMILY/KEY)``: 1 or 0; sets DB_RESULT."""
    family, slash, key = path.partition("/")
    value = call.database.get(family, key) if slash else None
    call.variables.write("DB_RESULT", value or "")
    return "1" if value is not None else "0"


async def _database_delete(call: ScriptCall, path: str) -> str | None:
    """``DB_DELETE(FAMILY/KEY)``: the value that it had."""
    value = await _database(call, path)
    family, _, key = path.partition("/")
    call.database.delete(family, key)
    return value


async def _set_database(call: ScriptCall, path: str, value: str) -> None:
    family, slash, key = path.partition("/")
    if not slash or not call.database.put(family, key, value):
        call.host.told("agi database key is not kept", {"key": path[:64]})


async def _hash(call: ScriptCall, arguments: str) -> str | None:
    """``HASH(NAME,KEY)``: one field of a table of the script."""
    return call.variables.read(_hash_key(arguments)) or ""


async def _set_hash(call: ScriptCall, arguments: str, value: str) -> None:
    call.variables.write(_hash_key(arguments), value)


def _hash_key(arguments: str) -> str:
    name, _, key = arguments.partition(",")
    return f"~HASH~{name.strip()}~{key.strip()}~"


# -- texts ----------------------------------------------------------------------------------


async def _length(call: ScriptCall, text: str) -> str | None:
    """``LEN(TEXT)``: how many characters."""
    return str(len(text))


async def _upper(call: ScriptCall, text: str) -> str | None:
    """``TOUPPER(TEXT)``."""
    return text.upper()


async def _lower(call: ScriptCall, text: str) -> str | None:
    """``TOLOWER(TEXT)``."""
    return text.lower()


async def _is_null(call: ScriptCall, text: str) -> str | None:
    """``ISNULL(TEXT)``: 1 for an empty text, else 0."""
    return "0" if text else "1"


async def _exists(call: ScriptCall, text: str) -> str | None:
    """``EXISTS(TEXT)``: 0 for an empty text, else 1."""
    return "1" if text else "0"


async def _if(call: ScriptCall, text: str) -> str | None:
    """``IF(CONDITION?YES:NO)``: YES unless the condition is empty or 0."""
    condition, _, rest = text.partition("?")
    yes, _, no = rest.partition(":")
    return yes if condition.strip() not in ("", "0") else no


async def _filter(call: ScriptCall, text: str) -> str | None:
    """``FILTER(allowed,text)``: ranges such as ``0-9`` are known."""
    allowed, _, value = text.partition(",")
    kept: set[str] = set()
    place = 0
    while place < len(allowed):
        if place + 2 < len(allowed) and allowed[place + 1] == "-":
            first, last = sorted((ord(allowed[place]), ord(allowed[place + 2])))
            kept.update(chr(code) for code in range(first, min(last, first + 255) + 1))
            place += 3
        else:
            kept.add(allowed[place])
            place += 1
    return "".join(char for char in value if char in kept)


async def _cut(call: ScriptCall, text: str) -> str | None:
    """``CUT(variable,delimiter,field)``: one field or a range ``2-``, ``2-3``."""
    parts = text.split(",")
    if len(parts) < 3:
        return ""
    value = call.variables.read(parts[0].strip()) or ""
    pieces = value.split(parts[1] or "-")
    first, dash, last = parts[2].strip().partition("-")
    begin = whole_or(first, 1)
    end = whole_or(last, len(pieces)) if dash else begin
    return (parts[1] or "-").join(pieces[max(begin - 1, 0) : end])


async def _date_text(call: ScriptCall, text: str) -> str | None:
    """``STRFTIME([epoch][,zone][,format])``."""
    epoch, _, rest = text.partition(",")
    zone, _, form = rest.partition(",")
    seconds = whole_or(epoch.strip(), call.now_s(), LARGEST_TIME)
    moment, _ = moment_in(seconds, zone.strip())
    try:
        return moment.strftime(form or "%c")[:1_000]
    except ValueError:
        # A format that is no text.
        return ""


async def _quoted_uri(call: ScriptCall, text: str) -> str | None:
    """``URIENCODE(TEXT)``."""
    return quote(text, safe="")


async def _unquoted_uri(call: ScriptCall, text: str) -> str | None:
    """``URIDECODE(TEXT)``."""
    return unquote(text)


async def _base64(call: ScriptCall, text: str) -> str | None:
    """``BASE64_ENCODE(TEXT)``."""
    return base64.b64encode(text.encode(errors="surrogateescape")).decode()


async def _from_base64(call: ScriptCall, text: str) -> str | None:
    """``BASE64_DECODE(TEXT)``; empty where it is none."""
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""


async def _global(call: ScriptCall, name: str) -> str | None:
    """``GLOBAL(NAME)``: a variable of the tenant; it outlives calls and restarts."""
    return call.database.get("~global", name) or ""


async def _set_global(call: ScriptCall, name: str, value: str) -> None:
    call.database.put("~global", name, value)


#: Function to what reads it, and to what sets it.
READERS: Final[dict[str, Reader]] = {
    "BASE64_DECODE": _from_base64,
    "BASE64_ENCODE": _base64,
    "CALLERID": _caller_id,
    "CDR": _detail,
    "CHANNEL": _channel,
    "CUT": _cut,
    "DB": _database,
    "DB_DELETE": _database_delete,
    "DB_EXISTS": _database_exists,
    "EXISTS": _exists,
    "FILTER": _filter,
    "GLOBAL": _global,
    "HASH": _hash,
    "IF": _if,
    "ISNULL": _is_null,
    "LEN": _length,
    "PJSIP_HEADER": _header,
    "REDIRECTING": _redirecting,
    "SIP_HEADER": _header,
    "STRFTIME": _date_text,
    "TIMEOUT": _timeout,
    "TOLOWER": _lower,
    "TOUPPER": _upper,
    "URIDECODE": _unquoted_uri,
    "URIENCODE": _quoted_uri,
}
WRITERS: Final[dict[str, Writer]] = {
    "CALLERID": _set_caller_id,
    "CDR": _set_detail,
    "CHANNEL": _set_channel,
    "DB": _set_database,
    "GLOBAL": _set_global,
    "HASH": _set_hash,
    "REDIRECTING": _set_redirecting,
    "TIMEOUT": _set_timeout,
}
