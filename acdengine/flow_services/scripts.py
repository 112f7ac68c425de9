"""The ``agi`` step of flows: a script on the caller's leg, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final, Literal

from acdengine.agi.database import AgiDatabase
from acdengine.agi.environment import AgiRequest
from acdengine.agi.runner import NESTED, ScriptRunner
from acdengine.agi.script_call import ScriptCall
from acdengine.flow_services.script_host import Ask, TenantHost
from acdengine.ivr.effects import RunScript
from acdengine.ivr.inputs import ScriptEnded
from acdengine.leg_sessions.port import LegSession
from acdengine.plan import Plan
from acdengine.runtime.rate_limited_log import RateLimitedLog

#: Asterisk's version that scripts are told.
VERSION: Final = "20.0.0"
_STATUS: Final[dict[str, Literal["success", "failure", "notfound", "hangup"]]] = {
    "SUCCESS": "success",
    "FAILURE": "failure",
    "NOTFOUND": "notfound",
    "HANGUP": "hangup",
}


class TenantScripts:
    """Runs the scripts of one tenant's flows.

    Args:
        runner: runs them, within limits.
        database: the tenant's families and keys.
        plan: the settings in force.
        has_prompt: whether there is a prompt of this name, of a tenant.
        ask: hands a request to the engine, and gives what is wrong with it.
        places: of the settings, see `TenantHost`.
    """

    def __init__(
        self,
        runner: ScriptRunner,
        database: AgiDatabase,
        plan: Callable[[], Plan],
        has_prompt: Callable[[str, str], bool],
        ask: Ask,
        places: Mapping[str, str],
    ) -> None:
        self._runner = runner
        self._database = database
        self._plan = plan
        self._has_prompt = has_prompt
        self._ask = ask
        self._places = places
        self._log = RateLimitedLog()
        self._serial = 0

    async def run(
        self, session: LegSession, wanted: RunScript, language: str
    ) -> tuple[ScriptEnded, str]:
        """Run a script until it ends.

        Returns what the flow is told, and where the settings send the call for the place that the
        script has named (SET CONTEXT, Goto), empty where it has named none or none that they have.
        """
        status, call = await self._run(session, wanted.script, wanted.arguments, language, 0)
        if call is None:
            return ScriptEnded(wanted.ticket, _STATUS[status]), ""
        values = {name: call.variables.read(name) for name in wanted.variables}
        told = {name: value for name, value in values.items() if value is not None}
        place = call.place
        target = call.host.place(place.context, place.extension, place.priority)
        return ScriptEnded(wanted.ticket, _STATUS[status], told), target if place.is_set else ""

    async def _run(
        self,
        session: LegSession,
        script: str,
        arguments: Sequence[str],
        language: str,
        depth: int,
    ) -> tuple[str, ScriptCall | None]:
        host = self._host(session, language, depth)
        request = self._request(session, script, arguments, language)
        return await self._runner.run(session, host, self._database, request)

    def _host(self, session: LegSession, language: str, depth: int) -> TenantHost:
        async def nested(script: str, arguments: Sequence[str]) -> str:
            if depth + 1 >= NESTED:
                return "FAILURE"
            status, _ = await self._run(session, script, arguments, language, depth + 1)
            return status

        identity = session.identity
        run_nested: Callable[[str, Sequence[str]], Awaitable[str]] = nested
        has_prompt = partial(self._has_prompt, identity.tenant_id)
        return TenantHost(
            self._plan,
            identity.tenant_id,
            identity.call_id,
            has_prompt,
            self._ask,
            run_nested,
            self._places,
            self._log,
        )

    def _request(
        self, session: LegSession, script: str, arguments: Sequence[str], language: str
    ) -> AgiRequest:
        identity = session.identity
        self._serial += 1
        return AgiRequest(
            request=script,
            channel=f"PJSIP/{identity.trunk_id or 'trunk'}-{self._serial:08x}",
            unique_id=identity.call_id,
            version=VERSION,
            language=language or "en",
            number="" if identity.withheld else identity.ani,
            name="" if identity.withheld else identity.name,
            presentation=35 if identity.withheld else 0,
            dialled=identity.dnis,
            context=identity.tenant_id,
            extension=identity.dnis or "s",
            thread_id=self._serial,
            arguments=tuple(arguments),
        )
