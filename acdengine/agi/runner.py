"""Running scripts on legs, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from acdengine.agi.database import AgiDatabase
from acdengine.agi.dialogue import Dialogue
from acdengine.agi.environment import AgiRequest
from acdengine.agi.host import ScriptHost
from acdengine.agi.local_scripts import LocalScript, ScriptLimits, find_script
from acdengine.agi.network_scripts import NetworkScript, ScriptNotFound, network_path
from acdengine.agi.script_call import RINGING_IN, UP, ScriptCall
from acdengine.agi.script_link import ScriptLines, ScriptLink
from acdengine.leg_sessions.port import LegSession

#: What AGISTATUS can be.
RunStatus = Literal["SUCCESS", "FAILURE", "HANGUP", "NOTFOUND"]
#: Scripts within each other on one leg.
NESTED: Final = 4


@dataclass(frozen=True)
class ScriptRules:
    """Which scripts may run, and how much they may use.

    ``folders`` hold local programs; ``hosts`` are the FastAGI servers, ``HOST`` or ``HOST:PORT``.
    ``at_once`` counts over all legs; ``longest_s`` is a script's time from its start.
    """

    folders: Sequence[Path] = ()
    hosts: Sequence[str] = ()
    at_once: int = 200
    longest_s: float = 3_600.0
    limits: ScriptLimits = field(default_factory=ScriptLimits)
    #: ``AST_AGI_DIR`` and its like, as local programs are told them.
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ScriptCount:
    """How many scripts run now; several runners may share one count."""

    running: int = 0


class ScriptRunner:
    """Runs scripts by their address: ``agi://HOST/NAME``, or a program of the folders.

    Args:
        rules: which, and how much.
        clock_us: a clock that only goes forward, in microseconds.
        now_s: seconds since 1970.
        count: what ``at_once`` is held against; its own where there is none.
    """

    def __init__(
        self,
        rules: ScriptRules,
        clock_us: Callable[[], int],
        now_s: Callable[[], int],
        count: ScriptCount | None = None,
    ) -> None:
        self._rules = rules
        self._clock_us = clock_us
        self._now_s = now_s
        self._count = ScriptCount() if count is None else count

    @property
    def running(self) -> int:
        """How many scripts run now."""
        return self._count.running

    async def run(
        self,
        session: LegSession,
        host: ScriptHost,
        database: AgiDatabase,
        request: AgiRequest,
        variables: Mapping[str, str] | None = None,
    ) -> tuple[RunStatus, ScriptCall | None]:
        """Run the script of ``request`` until it ends, is told of its end, or its time is over.

        Returns its status, and what it has left behind: variables, and the place where the call
        goes on; None where it was not found. One script more than ``at_once`` fails at once.
        """
        if self._count.running >= self._rules.at_once:
            host.told("agi script is refused: too many run", {"script": request.request[:80]})
            return "FAILURE", None
        self._count.running += 1
        try:
            try:
                link, network = await self._open(request)
            except ScriptNotFound as problem:
                host.told("agi script is not found", {"problem": str(problem)[:200]})
                return "NOTFOUND", None
            return await self._serve(session, host, database, network, link, variables or {})
        finally:
            self._count.running -= 1

    async def _open(self, request: AgiRequest) -> tuple[ScriptLink, AgiRequest]:
        """The way to a script, and the request as the script is told it."""
        name = request.request
        if "://" not in name:
            path = find_script(name, self._rules.folders)
            folders = self._rules.environment
            link = await LocalScript.start(path, request.arguments, folders, self._rules.limits)
            return link, request
        path_of_network = network_path(name)
        parts = urlsplit(name)
        if not {parts.hostname, parts.netloc} & set(self._rules.hosts):
            raise ScriptNotFound(f"{parts.netloc!r} is none of the hosts of the settings")
        return await NetworkScript.open(name), replace(request, network_path=path_of_network)

    async def _serve(
        self,
        session: LegSession,
        host: ScriptHost,
        database: AgiDatabase,
        request: AgiRequest,
        link: ScriptLink,
        variables: Mapping[str, str],
    ) -> tuple[RunStatus, ScriptCall]:
        lines = ScriptLines(link)
        state = UP if session.identity.is_answered else RINGING_IN
        call = ScriptCall(
            session, host, database, request, lines, self._clock_us, self._now_s, state
        )
        for name, value in variables.items():
            call.variables.write(name, value)
        try:
            async with asyncio.timeout(self._rules.longest_s):
                return await Dialogue(call, link).run(), call
        except TimeoutError:
            host.told("agi script has run too long", {"script": request.request[:80]})
            return "FAILURE", call
