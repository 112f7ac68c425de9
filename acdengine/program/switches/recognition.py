"""Recorded utterances of all switches: the HTTP clients and recognisers of their tenants."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from acdengine.flow_services.addresses import AllowedHosts
from acdengine.flow_services.http_client import FlowHttp, SecretValues
from acdengine.flow_services.recognition import UtteranceRecogniser
from acdengine.plan import Plan, Systems
from acdengine.speech_input import HttpRecogniser


class Recognition:
    """Recognises utterances as the plan says.

    Args:
        plan: as it is now.
        secrets: sensitive digits, of which a recogniser gets none.
        environ: where secrets of recognisers may be.

    Attributes:
        utterances: asks the recognisers.
    """

    def __init__(
        self, plan: Callable[[], Plan], secrets: SecretValues, environ: Mapping[str, str]
    ) -> None:
        self._plan = plan
        self._secrets = secrets
        self._clients: dict[str, tuple[Systems, FlowHttp]] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self.utterances = UtteranceRecogniser(self._recogniser_of, self._client_of, environ)

    def _systems_of(self, tenant_id: str) -> Systems:
        tenant = self._plan().tenants.get(tenant_id)
        return tenant.systems if tenant is not None else Systems()

    def _recogniser_of(self, tenant_id: str) -> HttpRecogniser | None:
        recogniser = self._systems_of(tenant_id).recogniser
        return recogniser.http if recogniser is not None else None

    def _client_of(self, tenant_id: str) -> FlowHttp:
        """The client of a tenant; made again when its settings have changed."""
        systems = self._systems_of(tenant_id)
        known = self._clients.get(tenant_id)
        if known is not None and known[0] == systems:
            return known[1]
        if known is not None:
            closing = asyncio.get_running_loop().create_task(known[1].close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
        allowed = AllowedHosts(systems.hosts, systems.private_hosts)
        client = FlowHttp(allowed, self._secrets, time.monotonic)
        self._clients[tenant_id] = (systems, client)
        return client

    async def stop(self) -> None:
        """End what is under way."""
        await self.utterances.stop()
        await asyncio.gather(*self._closing)
        for _, client in self._clients.values():
            await client.close()
