"""What a script reaches besides its own leg: prompts, files, the centre, the dialplan's places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from acdengine.plan import DialRoute
from acdengine.prompts import AnyPrompt


@dataclass(frozen=True)
class DialPlace:
    """Whom ``Dial(TECHNOLOGY/…)`` means: a number, whom it may be, and the way out."""

    number: str
    allow: Sequence[str]
    route: DialRoute


class ScriptHost(Protocol):
    """The centre, as far as a script of one tenant may know it."""

    def prompt(self, name: str, language: str) -> AnyPrompt | None:
        """The prompt that a sound's name stands for, such as ``custom/hello``; None: no such."""

    def recording(self, name: str, form: str) -> str:
        """The file, below the switch's folder of recordings, that ``NAME.FORM`` stands for; empty
        where there may be none such."""

    def queue(self, name: str) -> str:
        """The id of the tenant's queue of this name; empty: there is none."""

    def destination(self, technology: str, address: str) -> DialPlace | None:
        """Whom to dial for ``TECHNOLOGY/ADDRESS``; None: no such."""

    def place(self, context: str, extension: str, priority: str) -> str:
        """Where the settings send a call that a script has put there, such as ``queue sales``;
        empty: nowhere."""

    def music(self, name: str) -> str:
        """The music of this class; empty: there is none."""

    async def voicemail(self, box: str) -> bool:
        """Hand the caller to a voicemail box; False: there is no such box."""

    async def queue_staff(self, action: str, queue: str, interface: str, reason: str) -> str:
        """``add``, ``remove``, ``pause`` or ``unpause`` the agent of a telephone in a queue (empty:
        in all). Returns Asterisk's word for what came of it: ``ADDED``, ``MEMBERALREADY``,
        ``REMOVED``, ``NOTINQUEUE``, ``PAUSED``, ``UNPAUSED``, ``NOTFOUND``, ``NOSUCHQUEUE``."""

    async def nested(self, request: str, arguments: Sequence[str]) -> str:
        """Run another script on the same leg; returns its ``AGISTATUS``."""

    def told(self, what: str, fields: Mapping[str, str]) -> None:
        """Take what a script tells: VERBOSE, UserEvent, or what it asked for and is not here."""
