"""Applications that send the call somewhere, or end it."""

from __future__ import annotations

import re
from typing import Final

from msgspec import structs

from acdengine.agi.applications.arguments import argument, arguments_of, seconds_of
from acdengine.agi.script_call import ScriptCall
from acdengine.leg_sessions.port import DialOutcome, LegGone
from acdengine.plan import DialRoute

#: Cause of `DialOutcome` to DIALSTATUS and the cause of Q.850 in HANGUPCAUSE.
_STATUS: Final = {
    "normal": ("ANSWER", 16),
    "busy": ("BUSY", 17),
    "no_answer": ("NOANSWER", 19),
    "rejected": ("BUSY", 21),
    "unallocated_number": ("CHANUNAVAIL", 1),
    "unreachable": ("CHANUNAVAIL", 20),
    "congestion": ("CONGESTION", 34),
    "trunk_failed": ("CHANUNAVAIL", 38),
    "trunk_busy": ("CONGESTION", 34),
    "no_route": ("CHANUNAVAIL", 3),
    "not_allowed": ("CHANUNAVAIL", 57),
}
_NUMBER: Final = re.compile(r"\+?[0-9]{1,32}")
_DEFAULT_RING_S: Final = 60.0
#: Outcome of a queue to QUEUESTATUS, for those after which the script goes on.
_QUEUE_STATUS: Final = {
    "timeout": "TIMEOUT", "full": "FULL", "no_staff": "JOINEMPTY", "drained": "JOINUNAVAIL",
}  # fmt: skip


async def dial(call: ScriptCall, text: str) -> int:
    """Dial(TECHNOLOGY/ADDRESS&…[,SECONDS][,OPTIONS]).

    Of several addresses the next is dialled where the one before was not reached. Sets DIALSTATUS,
    DIALEDTIME, ANSWEREDTIME, DIALEDPEERNUMBER, DIALEDPEERNAME and HANGUPCAUSE. The new leg has the
    variables that were set as ``_NAME`` and ``__NAME``, of the names that the switch's settings let
    legs have. Options are told in the log and do nothing.
    """
    arguments = arguments_of(text)
    seconds = seconds_of(argument(arguments, 1)) or _DEFAULT_RING_S
    if argument(arguments, 2):
        call.host.told("agi options of Dial do nothing", {"options": argument(arguments, 2)[:64]})
    for variable in ("DIALEDPEERNUMBER", "DIALEDPEERNAME"):
        call.variables.write(variable, "")
    outcome: DialOutcome | None = None
    for address in argument(arguments, 0).split("&"):
        technology, _, where = address.partition("/")
        place = call.host.destination(technology, where)
        if place is None:
            call.host.told("agi address is not known", {"address": technology[:16]})
            continue
        call.variables.write("DIALEDPEERNUMBER", place.number)
        call.variables.write("DIALEDPEERNAME", address)
        outcome = await call.session.dial(
            place.number,
            allow=place.allow,
            route=_shown(call, place.route),
            timeout_us=int(seconds * 1_000_000),
            variables=call.variables.inherited(),
        )
        if outcome.is_answered:
            break
    _dialled(call, outcome)
    return 0


def _shown(call: ScriptCall, route: DialRoute) -> DialRoute:
    """The route with the caller's number and name as the script has set them, unless the tenant
    shows a number of its own."""
    number = call.caller.number
    is_set = (number, call.caller.name) != (call.request.number, call.request.name)
    if route.caller_number or not is_set or not _NUMBER.fullmatch(number):
        return route
    return structs.replace(route, caller_number=number, caller_name=call.caller.name)


def _dialled(call: ScriptCall, outcome: DialOutcome | None) -> None:
    if outcome is None:
        status, cause, rang_s, talked_s = "CHANUNAVAIL", 3, 0, 0
    else:
        status, cause = _STATUS.get(outcome.cause, ("CHANUNAVAIL", 31))
        status = "ANSWER" if outcome.is_answered else status
        talked_s = outcome.talked_us // 1_000_000
        rang_s = outcome.rang_us // 1_000_000
    call.variables.write("DIALSTATUS", status)
    call.variables.write("ANSWEREDTIME", str(talked_s) if talked_s else "")
    call.variables.write("DIALEDTIME", str(rang_s + talked_s))
    call.hang_up_cause = str(cause)


async def queue(call: ScriptCall, text: str) -> int:
    """Queue(NAME[,OPTIONS][,URL][,ANNOUNCEMENT][,SECONDS]): one of the tenant's, by the queue's own
    policy; sets QUEUESTATUS. Without an agent after SECONDS, and where the queue takes no call, the
    script goes on.

    After an agent's conversation the call is over, as in Asterisk without the option ``c``, and the
    script is told of a hang-up; so it is where the queue's policy sends the call elsewhere. The
    other arguments do nothing, which is told in the log.
    """
    arguments = arguments_of(text)
    queue_id = call.host.queue(argument(arguments, 0))
    if not queue_id:
        call.host.told("agi queue is not known", {"queue": argument(arguments, 0)[:64]})
        call.variables.write("QUEUESTATUS", "UNKNOWN")
        return 0
    ignored = [argument(arguments, place) for place in (1, 2, 3, 5, 6, 7, 8)]
    if any(ignored):
        call.host.told("agi arguments of Queue do nothing", {"queue": queue_id})
    seconds = seconds_of(argument(arguments, 4)) or 0
    outcome = await call.session.queue(queue_id, timeout_us=int(seconds * 1_000_000))
    call.variables.write("QUEUESTATUS", _QUEUE_STATUS.get(outcome, ""))
    return 0 if outcome in (*_QUEUE_STATUS, "refused") else -1


async def queue_staff(call: ScriptCall, text: str, action: str) -> int:
    """Add, remove, pause or unpause the agent of a telephone; sets Asterisk's status variable."""
    arguments = arguments_of(text)
    reason = argument(arguments, 3) if action == "pause" else ""
    word = await call.host.queue_staff(
        action, argument(arguments, 0), argument(arguments, 1), reason
    )
    variable = {"add": "AQMSTATUS", "remove": "RQMSTATUS", "pause": "PQMSTATUS"}
    call.variables.write(variable.get(action, "UPQMSTATUS"), word)
    return 0


async def add_to_queue(call: ScriptCall, text: str) -> int:
    """AddQueueMember(QUEUE,INTERFACE): the agent whose telephone it is; sets AQMSTATUS."""
    return await queue_staff(call, text, "add")


async def remove_from_queue(call: ScriptCall, text: str) -> int:
    """RemoveQueueMember(QUEUE,INTERFACE); sets RQMSTATUS."""
    return await queue_staff(call, text, "remove")


async def pause_in_queue(call: ScriptCall, text: str) -> int:
    """PauseQueueMember([QUEUE],INTERFACE[,OPTIONS][,REASON]): in all queues; sets PQMSTATUS."""
    return await queue_staff(call, text, "pause")


async def unpause_in_queue(call: ScriptCall, text: str) -> int:
    """UnpauseQueueMember([QUEUE],INTERFACE); sets UPQMSTATUS."""
    return await queue_staff(call, text, "unpause")


async def go_to(call: ScriptCall, text: str) -> int:
    """Goto([[CONTEXT,]EXTENSION,]PRIORITY): where the call goes on after the script."""
    arguments = [part.strip() for part in arguments_of(text, 3)]
    place = call.place
    if len(arguments) == 3:
        place.context = arguments[0]
    if len(arguments) >= 2:
        place.extension = arguments[-2]
    place.priority = arguments[-1] or "1"
    place.is_set = True
    return 0


async def voicemail(call: ScriptCall, text: str) -> int:
    """Voicemail(BOX[@CONTEXT][,OPTIONS]): the call is the box's then; sets VMSTATUS."""
    box = argument(arguments_of(text), 0).partition("@")[0].partition("&")[0]
    is_there = await call.host.voicemail(box)
    call.variables.write("VMSTATUS", "SUCCESS" if is_there else "FAILED")
    return 0


async def busy(call: ScriptCall, text: str) -> int:
    """Busy([SECONDS]): the caller's leg ends with the cause busy."""
    return await _ended(call, "busy")


async def congestion(call: ScriptCall, text: str) -> int:
    """Congestion([SECONDS]): the caller's leg ends with the cause congestion."""
    return await _ended(call, "congestion")


async def hang_up(call: ScriptCall, text: str) -> int:
    """Hangup([CAUSE])."""
    return await _ended(call, "normal")


async def _ended(call: ScriptCall, cause: str) -> int:
    try:
        await call.session.hang_up(cause)
    except LegGone:
        pass
    return -1


async def answer(call: ScriptCall, text: str) -> int:
    """Answer([DELAY])."""
    await call.answer()
    return 0
