"""Applications of the dialplan that menus run (`menu-exec-app`), as steps of a flow."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from acdengine.program.installation.ivr_menus.sounds import Sounds

#: The queue of callers of an agent, which settings have to name.
BACKUP: Final = "name-a-queue"
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")
_NUMBER: Final = re.compile(r"\+?[0-9*#]+|.*\{.*\}.*")
_USER: Final = re.compile(r"user/([A-Za-z0-9_.-]+)(@.*)?")
_CAUSES: Final = {
    "": "normal", "NORMAL_CLEARING": "normal", "USER_BUSY": "busy", "CALL_REJECTED": "rejected",
}  # fmt: skip
_GIVEN: Final = re.compile(r"\$\{[^}]*\}|\$\$\{[^}]*\}")
#: `{}`, `[]` and `<>` before a dial string, with variables of the legs.
_LEG_VARIABLES: Final = re.compile(r"^(\{[^}]*\}|\[[^\]]*\]|<[^>]*>)+")


@dataclass(frozen=True, slots=True)
class Run:
    """What an entry runs, and where the caller is then.

    Attributes:
        step: of the flow, without what follows.
        returns: FreeSWITCH goes on in the menu afterwards.
    """

    step: dict[str, Any]
    returns: bool = True


class Applications:
    """Turns an application with its argument into a step.

    Args:
        sounds: what it plays.
        remark: told what has no counterpart, or has to be looked at.
    """

    def __init__(self, sounds: Sounds, remark: Callable[[str], None]) -> None:
        self._sounds = sounds
        self._remark = remark
        self._known: Mapping[str, Callable[[str, str], Run | None]] = {
            "transfer": self._transfer,
            "bridge": self._bridge,
            "callcenter": self._callcenter,
            "fifo": self._fifo,
            "voicemail": self._voicemail,
            "hangup": self._hangup,
            "playback": self._playback,
            "speak": self._speak,
            "sleep": self._sleep,
            "log": self._log,
        }

    def run(self, line: str, where: str) -> Run:
        """The step of `APPLICATION ARGUMENT`; `{…}` in the argument are expressions by now. What
        has no counterpart becomes a line of the log, so that its key is kept."""
        name, _, argument = line.strip().partition(" ")
        known = self._known.get(name, self._unknown)
        made = known(argument.strip(), where)
        if made is not None:
            return made
        self._remark(f"{where}: {line.strip()} has no counterpart; the flow writes a line of log")
        return Run({"log": _plain(f"not imported: {line.strip()}"), "level": "warning"})

    def _unknown(self, argument: str, where: str) -> Run | None:
        return None

    def _transfer(self, argument: str, where: str) -> Run | None:
        extension = argument.split(" ")[0]
        if not _NUMBER.fullmatch(extension) or _GIVEN.search(argument):
            return None
        self._remark(
            f"{where}: {argument} is an extension of the dialplan, and a number to be dialled here:"
            " a queue, agent or flow may be meant"
        )
        return Run({"number": extension}, returns=False)

    def _bridge(self, argument: str, where: str) -> Run | None:
        dialled = _LEG_VARIABLES.sub("", argument)
        if dialled != argument:
            self._remark(f"{where}: variables of the leg are left out: {argument}")
        if any(mark in dialled for mark in ",|:"):
            return None
        if user := _USER.fullmatch(dialled):
            self._remark(
                f"{where}: the agent {user[1]} needs a queue where callers wait; it is named"
                f" '{BACKUP}' here"
            )
            return Run({"agent": user[1], "backup": BACKUP})
        number = dialled.rpartition("/")[2].partition("@")[0]
        if "/" not in dialled or not _NUMBER.fullmatch(number) or _GIVEN.search(dialled):
            return None
        self._remark(f"{where}: {dialled} is dialled as the tenant's `dial` says: {number}")
        return Run({"number": number})

    def _queue(self, name: str, where: str) -> Run | None:
        queue = name.partition("@")[0]
        return Run({"queue": queue}, returns=False) if _NAME.fullmatch(queue) else None

    def _callcenter(self, argument: str, where: str) -> Run | None:
        return self._queue(argument, where)

    def _fifo(self, argument: str, where: str) -> Run | None:
        name, _, rest = argument.partition(" ")
        return self._queue(name, where) if rest.split(" ")[0] == "in" else None

    def _voicemail(self, argument: str, where: str) -> Run | None:
        words = argument.split()
        if len(words) != 3 or not _NAME.fullmatch(words[2]):
            return None
        return Run({"voicemail": words[2]})

    def _hangup(self, argument: str, where: str) -> Run | None:
        if argument not in _CAUSES:
            self._remark(f"{where}: the cause {argument} is told as a normal end")
        return Run({"hangup": _CAUSES.get(argument, "normal")}, returns=False)

    def _playback(self, argument: str, where: str) -> Run | None:
        items = self._sounds.items(argument, where)
        return Run({"play": items if len(items) > 1 else items[0]}) if items else None

    def _speak(self, argument: str, where: str) -> Run | None:
        text = _plain(argument.rpartition("|")[2])
        return Run({"play": {"text": text}}) if text else None

    def _sleep(self, argument: str, where: str) -> Run | None:
        if not re.fullmatch(r"[0-9]{1,7}", argument) or int(argument) < 100:
            return None
        return Run({"wait": int(argument) / 1000})

    def _log(self, argument: str, where: str) -> Run | None:
        text = _plain(argument.partition(" ")[2] or argument)
        return Run({"log": text}) if text else None


def _plain(text: str) -> str:
    """A text without expressions."""
    return _GIVEN.sub("", text).replace("{", "(").replace("}", ")").strip()
