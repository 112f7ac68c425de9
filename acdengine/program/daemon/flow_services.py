"""What flows ask beyond the switch, carried out by the daemon: HTTP, webhooks, scripts, the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Final

import structlog
from msgspec import structs

from acdengine.agi.database import AgiDatabase
from acdengine.agi.local_scripts import ScriptLimits
from acdengine.agi.runner import ScriptCount, ScriptRules, ScriptRunner
from acdengine.commands import AnyCommand
from acdengine.engine.records import Call
from acdengine.flow_services.addresses import AllowedHosts
from acdengine.flow_services.http_client import FlowHttp, SecretValues
from acdengine.flow_services.scripts import TenantScripts
from acdengine.ivr.effects import HttpRequest, SendWebhook
from acdengine.ivr.effects import RunScript as ScriptEffect
from acdengine.ivr.inputs import HttpAnswered
from acdengine.leg_sessions.port import LegIdentity
from acdengine.leg_sessions.session import ScriptLeg, ScriptLegs
from acdengine.plan import Systems
from acdengine.runtime.loop import Runtime
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.service_commands import (
    AskSystem,
    CheckPin,
    RunScript,
    StopScript,
    TellSystem,
    WriteLogLine,
)
from acdengine.service_events import PinChecked, ScriptEnded, SystemAnswered
from acdengine.settings.daemon import ScriptsSettings

_log = structlog.get_logger("acdengine.flows")

_US: Final = 1_000_000
_NO_SYSTEMS: Final = Systems()


class _TenantServices:
    """One tenant's HTTP client and scripts, by the systems that its settings allow.

    The scripts are there from the first on: what they lack (their database) is no matter of HTTP.
    """

    def __init__(self, systems: Systems, http: FlowHttp) -> None:
        self.systems = systems
        self.http = http
        self.scripts: TenantScripts | None = None


class FlowServices:
    """Carries out the commands of flows that are for no switch: a `Port`.

    Args:
        runtime: whose engine's flows they are.
        legs: the callers' legs that scripts get.
        secrets: sensitive digits.
        settings: what scripts may use.
        has_prompt: whether there is a prompt of this name, of a tenant.
        is_pin: whether this is the PIN of an agent; called in a thread, since it takes its time.
    """

    def __init__(
        self,
        runtime: Runtime,
        legs: ScriptLegs,
        secrets: SecretValues,
        settings: ScriptsSettings,
        has_prompt: Callable[[str, str], bool],
        is_pin: Callable[[str, str], bool],
    ) -> None:
        self._runtime = runtime
        self._legs = legs
        self._secrets = secrets
        self._settings = settings
        self._has_prompt = has_prompt
        self._is_pin = is_pin
        #: One PIN at a time: a hash takes a fifth of a second of one core.
        self._one_pin = asyncio.Lock()
        self._lines = RateLimitedLog()
        self._tenants: dict[str, _TenantServices] = {}
        self._databases: dict[str, AgiDatabase] = {}
        #: Scripts of tenants that run now; those begun under earlier settings count too.
        self._counts: dict[str, ScriptCount] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        #: The scripts under way, by call: the id, and the leg.
        self._running: dict[str, tuple[str, ScriptLeg]] = {}

    def execute(self, commands: Sequence[AnyCommand]) -> None:
        """Begin to carry the commands out. A defect in one does not concern the others."""
        for command in commands:
            try:
                self._execute(command)
            except Exception:  # noqa: BLE001 - a defect costs one step of one call
                call_id = getattr(command, "call_id", "")
                _log.exception("a flow's order failed by a defect", call_id=call_id)

    def _execute(self, command: AnyCommand) -> None:
        if isinstance(command, AskSystem):
            self._begin(self._ask(command))
        elif isinstance(command, RunScript):
            self._begin(self._run(command))
        elif isinstance(command, CheckPin):
            self._begin(self._check_pin(command))
        elif isinstance(command, StopScript):
            self._stop_script(command)
        elif isinstance(command, TellSystem):
            webhook = SendWebhook(command.url, command.data)
            self._services(command.tenant_id).http.tell(webhook)
        elif isinstance(command, WriteLogLine):
            write = {"warning": _log.warning, "error": _log.error}
            self._lines.say(
                write.get(command.level, _log.info),
                (command.call_id, command.message),
                "flow log",
                call_id=command.call_id,
                text=command.message,
            )

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- HTTP ----------------------------------------------------------------------------------

    async def _ask(self, command: AskSystem) -> None:
        request = HttpRequest(
            0, command.method, command.url, command.headers, command.body, command.data,
            command.secrets, command.connect_us, command.total_us, command.retries,
            command.limit_bytes, command.idempotency_key,
        )  # fmt: skip
        answer = HttpAnswered(0, problem="invalid")
        try:
            http = self._services(command.tenant_id).http
            answer = await http.ask(command.call_id, request)
        except Exception:  # noqa: BLE001 - a defect costs one step of one call
            # The flow takes its way for errors, instead of waiting for nothing.
            _log.exception("a flow's request failed by a defect", call_id=command.call_id)
        self._runtime.post(
            SystemAnswered(
                0, command.call_id, command.ask_id, answer.status, answer.body, answer.problem
            )
        )

    async def _check_pin(self, command: CheckPin) -> None:
        """Compare the digits with the agent's; they are in no event and no log."""
        typed = self._secrets.redeem(command.call_id, command.secret)
        is_right, is_gone = False, typed is None
        try:
            if typed is not None:
                async with self._one_pin:
                    is_right = await asyncio.to_thread(self._is_pin, command.agent_id, typed)
        except Exception:  # noqa: BLE001 - a defect costs one step of one call
            is_gone = True
            # Without the values: the digits are among them.
            _log.error("a PIN could not be checked, by a defect", call_id=command.call_id)
        self._runtime.post(
            PinChecked(0, command.call_id, command.check_id, command.agent_id, is_right, is_gone)
        )

    # -- scripts -------------------------------------------------------------------------------

    async def _run(self, command: RunScript) -> None:
        ended = ScriptEnded(0, command.call_id, command.script_id, "failure")
        try:
            ended = await self._script(command)
        except Exception:  # noqa: BLE001 - a defect costs one step of one call
            # The flow takes its way for errors, instead of waiting for nothing.
            _log.exception("agi script failed by a defect", call_id=command.call_id)
        _log.info("agi script ended", call_id=command.call_id, script=command.script,
                  status=ended.status)  # fmt: skip
        self._runtime.post(ended)

    async def _script(self, command: RunScript) -> ScriptEnded:
        """Run a script on the caller's leg, and give the leg back."""
        ended = ScriptEnded(0, command.call_id, command.script_id, "hangup")
        call = self._runtime.state.calls.get(command.call_id)
        port = self._runtime.port_of(command.call_id)
        if call is None or port is None:
            return ended
        scripts = self._scripts(command.tenant_id)
        leg = self._legs.open(port, _identity(call), {})
        if call.typed is not None:
            leg.type_ahead(call.typed.keys, call.typed.heard)
        self._running[command.call_id] = command.script_id, leg
        try:
            ended = await self._run_on(leg, scripts, command)
        except Exception:
            await leg.stop()
            raise
        finally:
            self._legs.close(leg)
            if self._running.get(command.call_id) == (command.script_id, leg):
                del self._running[command.call_id]
        typed, heard = leg.typed_ahead
        return structs.replace(ended, typed=typed, heard=heard)

    async def _run_on(
        self, leg: ScriptLeg, scripts: TenantScripts, command: RunScript
    ) -> ScriptEnded:
        effect = ScriptEffect(
            0, command.script, command.arguments, command.variables, command.total_us
        )
        try:
            async with asyncio.timeout(command.total_us / _US) as limit:
                leg.on_away = _without_waiting(limit)
                told, place = await scripts.run(leg, effect, command.language)
        except TimeoutError:
            await leg.stop()
            return ScriptEnded(0, command.call_id, command.script_id, "timeout")
        return ScriptEnded(
            0, command.call_id, command.script_id, told.status, told.variables, place
        )

    def _stop_script(self, command: StopScript) -> None:
        script_id, leg = self._running.get(command.call_id, ("", None))
        if leg is not None and script_id == command.script_id:
            leg.end("moved")

    # -- tenants -------------------------------------------------------------------------------

    def _services(self, tenant_id: str) -> _TenantServices:
        """Those of a tenant; made again when its settings have changed."""
        tenant = self._runtime.state.plan.tenants.get(tenant_id)
        systems = _NO_SYSTEMS if tenant is None else tenant.systems
        known = self._tenants.get(tenant_id)
        if known is not None and known.systems == systems:
            return known
        if known is not None:
            self._begin(known.http.close())
        allowed = AllowedHosts(systems.hosts, systems.private_hosts)
        http = FlowHttp(allowed, self._secrets, time.monotonic)
        made = self._tenants[tenant_id] = _TenantServices(systems, http)
        return made

    def _scripts(self, tenant_id: str) -> TenantScripts:
        """The scripts of a tenant.

        Raises:
            OSError, sqlite3.Error: their database cannot be opened.
        """
        services = self._services(tenant_id)
        if services.scripts is None:
            services.scripts = self._made_scripts(tenant_id, services.systems)
        return services.scripts

    def _made_scripts(self, tenant_id: str, systems: Systems) -> TenantScripts:
        settings = self._settings
        folders = [Path(systems.script_folder)] if systems.script_folder else []
        rules = ScriptRules(
            folders=folders,
            hosts=systems.script_hosts,
            at_once=settings.at_once,
            limits=ScriptLimits(
                settings.memory_mb * 1024 * 1024, settings.processor_s, settings.processes,
                user=settings.user,
            ),
            environment={"AST_AGI_DIR": systems.script_folder} if folders else {},
        )  # fmt: skip
        database = self._databases.get(tenant_id)
        if database is None:
            path = Path(settings.database)
            database = self._databases[tenant_id] = AgiDatabase(path, tenant_id)
        return TenantScripts(
            ScriptRunner(
                rules,
                lambda: time.monotonic_ns() // 1_000,
                lambda: int(time.time()),
                self._counts.setdefault(tenant_id, ScriptCount()),
            ),
            database,
            lambda: self._runtime.state.plan,
            self._has_prompt,
            self._runtime.request,
            {place: place for place in systems.places},
        )

    async def stop(self) -> None:
        """End what is under way: scripts, requests, webhooks."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for services in self._tenants.values():
            await services.http.close()
        for database in self._databases.values():
            database.close()


def _without_waiting(limit: asyncio.Timeout) -> Callable[[bool], None]:
    """Has the time of a script stand still while its caller is in a queue."""
    loop = asyncio.get_running_loop()
    left_s = 0.0

    def on_away(is_away: bool) -> None:
        nonlocal left_s
        due_s = limit.when()
        if is_away and due_s is not None:
            left_s = due_s - loop.time()
            limit.reschedule(None)
        elif not is_away and due_s is None:
            limit.reschedule(loop.time() + left_s)

    return on_away


def _identity(call: Call) -> LegIdentity:
    caller = call.caller
    return LegIdentity(
        call.call_id, caller.ani, call.dnis, caller.name, call.trunk_id, call.tenant_id,
        caller.withheld, call.answered,
    )  # fmt: skip
