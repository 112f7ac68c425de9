"""Callers who are handed over to their trunk by REFER (RFC 3515): off the switch.

`uuid_deflect` sends REFER, and takes the leg down whatever comes of it, unless
`sip_refer_continue_after_reply` is set. With it the leg stays, and variables of the leg tell first
how REFER was answered and then, from NOTIFY, how the number was. Source: `mod_sofia.c`
(`SWITCH_MESSAGE_INDICATE_DEFLECT`), `sofia.c` (`sofia_handle_sip_r_refer`, the NOTIFY of `refer`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from acdengine.commands import ReferCaller
from acdengine.events import AnyEvent, NumberAnswered, NumberEnded
from adapters.freeswitch.legs.leg_table import CallerLeg, Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply

_NUMBER: Final = re.compile(r"\+?[0-9]{1,32}")
_AGAIN_S: Final = 0.25
#: A number that has not answered by then is not reached.
_LOOKS: Final = int(60 / _AGAIN_S)
_REFER_STATUS: Final = "sip_refer_status_code"
_TARGET_STATUS: Final = "sip_refer_target_status_code"
#: SIP status of the number to the engine's word.
_CAUSES: Final = {
    404: "unallocated_number",
    408: "no_answer",
    480: "no_answer",
    484: "unallocated_number",
    486: "busy",
    487: "no_answer",
    600: "busy",
    603: "rejected",
    604: "unallocated_number",
}


class ReferredCallers:
    """Callers of one node whose trunk has been asked for a number.

    Args:
        legs: the table.
        wire: to the switch.
        later: calls something after so many seconds.
        report: takes the engine's events.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        later: Callable[[float, Callable[[], object]], object],
        report: Callable[[AnyEvent], None],
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._later = later
        self._report = report
        #: Calls to their orders, while these are under way.
        self._orders: dict[str, ReferCaller] = {}

    def refer(self, command: ReferCaller, caller: CallerLeg) -> None:
        """Ask the trunk; nothing when that is under way."""
        call_id, number = command.call_id, command.number
        if call_id in self._orders:
            return
        allow = command.allow
        if not allow or not number.startswith(allow) or not _NUMBER.fullmatch(number):
            self._report(NumberEnded(0, call_id, False, "not_allowed", command.attempt))
            return
        self._orders[call_id] = command
        caller.player.music("")
        uuid = leg_uuid(call_id)
        variables = f"sip_refer_continue_after_reply=true;{_REFER_STATUS}=;{_TARGET_STATUS}="
        self._wire.tell(api("uuid_setvar_multi", f"{uuid} {variables}"))
        address = command.to.replace("{number}", number)
        self._wire.tell(api("uuid_deflect", f"{uuid} {address}"))
        self._soon(command, _LOOKS)

    def _soon(self, command: ReferCaller, looks: int) -> None:
        self._later(_AGAIN_S, lambda: self._look(command, looks))

    def _is_over(self, command: ReferCaller) -> bool:
        """Whether the caller is gone, or another order has come meanwhile."""
        if self._orders.get(command.call_id) is not command:
            return True
        if command.call_id not in self._legs.callers:
            del self._orders[command.call_id]
            return True
        return False

    def _look(self, command: ReferCaller, looks: int) -> None:
        """Look how the number was answered, or else REFER itself."""
        if self._is_over(command):
            return
        uuid = leg_uuid(command.call_id)

        def of_number(outcome: Reply | EslError) -> None:
            status = _status(outcome)
            if status >= 200:
                self._ended(command, status)
            else:
                self._wire.tell(api("uuid_getvar", f"{uuid} {_REFER_STATUS}"), of_refer)

        def of_refer(outcome: Reply | EslError) -> None:
            if _status(outcome) >= 300:
                self._over(command, "refused")
            elif looks <= 1:
                self._over(command, "no_answer")
            else:
                self._soon(command, looks - 1)

        self._wire.tell(api("uuid_getvar", f"{uuid} {_TARGET_STATUS}"), of_number)

    def _ended(self, command: ReferCaller, status: int) -> None:
        if status >= 300:
            self._over(command, _CAUSES.get(status, "failed"))
        elif not self._is_over(command):
            self._report(NumberAnswered(0, command.call_id, command.attempt))
            self._over(command, "normal", answered=True)

    def _over(self, command: ReferCaller, cause: str, *, answered: bool = False) -> None:
        if not self._is_over(command):
            del self._orders[command.call_id]
            ended = NumberEnded(0, command.call_id, answered, cause, command.attempt)
            self._report(ended)


def _status(outcome: Reply | EslError) -> int:
    """The SIP status in a variable; 0 where it is not set yet."""
    text = outcome.text.strip() if isinstance(outcome, Reply) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) == 3 else 0
