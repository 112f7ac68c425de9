"""What AGI scripts of one tenant reach: its prompts, queues, numbers, boxes, agents."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import structlog

from acdengine.agi.host import DialPlace
from acdengine.plan import Plan, Tenant
from acdengine.prompts import AnyPrompt, SoundPrompt
from acdengine.requests import (
    MoveRequested,
    NotReadyRequested,
    QueuesChangeRequested,
    ReadyRequested,
    Request,
)
from acdengine.runtime.rate_limited_log import RateLimitedLog
from queues.targets import ToVoicemail
from routing.policy import Assignment

_log = structlog.get_logger("acdengine.agi")

_NUMBER: Final = re.compile(r"[0-9+*#]{1,32}")
_FILE: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_. -]{0,100}")
#: Formats of recordings that scripts name, and the one that is written for them.
_FORMATS: Final = dict.fromkeys(("wav", "wav49", "gsm", "ulaw", "alaw", "sln", "g722"), "wav")
#: Who asks, in the facts.
BY: Final = "agi"

Ask = Callable[[Request], Awaitable[str]]


class TenantHost:
    """The centre for the scripts of one call: a `ScriptHost`.

    Args:
        plan: the settings in force.
        tenant_id: whose call it is.
        call_id: the call.
        has_prompt: whether there is a prompt of this name.
        ask: hands a request to the engine, and gives what is wrong with it, empty for nothing.
        nested: runs another script on the leg.
        places: of the settings: ``CONTEXT,EXTENSION,PRIORITY``, or less from the right, to what is
            there.
        log: of lines that scripts cause.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        tenant_id: str,
        call_id: str,
        has_prompt: Callable[[str], bool],
        ask: Ask,
        nested: Callable[[str, Sequence[str]], Awaitable[str]],
        places: Mapping[str, str],
        log: RateLimitedLog,
    ) -> None:
        self._plan = plan
        self._tenant_id = tenant_id
        self._call_id = call_id
        self._has_prompt = has_prompt
        self._ask = ask
        self._nested = nested
        self._places = places
        self._log = log

    @property
    def _tenant(self) -> Tenant:
        return self._plan().tenants[self._tenant_id]

    def prompt(self, name: str, language: str) -> AnyPrompt | None:
        """The prompt of a sound's name: as it is, or by its last part."""
        for known in (name, name.rpartition("/")[2]):
            if known and self._has_prompt(known):
                return SoundPrompt(known)
        return None

    def recording(self, name: str, form: str) -> str:
        """A file of its own folder; folders in the name are left out."""
        file = name.rpartition("/")[2]
        written = _FORMATS.get(form.lower())
        if written is None or not _FILE.fullmatch(file):
            return ""
        return f"{self._tenant_id}/scripts/{file}.{written}"

    def queue(self, name: str) -> str:
        """The tenant's queue of this name."""
        queue_id = f"{self._tenant_id}/{name}"
        return queue_id if queue_id in self._plan().queues else ""

    def destination(self, technology: str, address: str) -> DialPlace | None:
        """The number of ``TRUNK/NUMBER``, ``NUMBER@TRUNK``, ``NUMBER`` or ``NUMBER@CONTEXT``; the
        way out is the tenant's, whatever trunk is named."""
        number = address.rpartition("/")[2].partition("@")[0]
        if not _NUMBER.fullmatch(number):
            return None
        tenant = self._tenant
        return DialPlace(number, tenant.dial_allow, tenant.dial)

    def place(self, context: str, extension: str, priority: str) -> str:
        """What the settings have at a place: the most exact of theirs."""
        for key in (f"{context},{extension},{priority}", f"{context},{extension}", context):
            if (found := self._places.get(key)) is not None:
                return found
        return ""

    def music(self, name: str) -> str:
        """The music of this name; the switch knows which there are."""
        return name if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name) else ""

    async def voicemail(self, box: str) -> bool:
        """Send the call to a box of the tenant's."""
        full, boxes = f"{self._tenant_id}/{box}", self._tenant.boxes
        if boxes is not None and full not in boxes:
            return False
        target = ToVoicemail(full)
        request = MoveRequested(at_us=0, call_id=self._call_id, target=target, by=BY)
        return not await self._ask(request)

    async def queue_staff(self, action: str, queue: str, interface: str, reason: str) -> str:
        """Change an agent's queues, or make them ready or not ready.

        A pause is for all queues: an agent here is ready or not.
        """
        if queue and not self.queue(queue):
            return "NOSUCHQUEUE"
        agent_id = self._agent_at(interface)
        if not agent_id:
            self.told("agi interface is no agent's telephone", {"interface": interface[:64]})
            return "MEMBERALREADY" if action == "add" else "NOTFOUND"
        if action in ("pause", "unpause"):
            return await self._pause(agent_id, action, reason)
        return await self._assign(agent_id, action, self.queue(queue))

    def _agent_at(self, interface: str) -> str:
        """The agent of ``TECHNOLOGY/USER``, by the user of the contact in the settings."""
        user = interface.rpartition("/")[2].partition("@")[0]
        for agent in self._plan().agents.values():
            contact = agent.contact.rpartition("/")[2].partition("@")[0]
            if agent.tenant_id == self._tenant_id and contact == user:
                return agent.agent_id
        return ""

    async def _pause(self, agent_id: str, action: str, reason: str) -> str:
        if action == "unpause":
            problem = await self._ask(ReadyRequested(at_us=0, agent_id=agent_id, by=BY))
            return "UNPAUSED" if not problem else "NOTFOUND"
        reasons = self._tenant.not_ready_reasons
        known = reason if reason in reasons else reasons[0]
        problem = await self._ask(
            NotReadyRequested(at_us=0, agent_id=agent_id, reason=known, by=BY)
        )
        return "PAUSED" if not problem else "NOTFOUND"

    async def _assign(self, agent_id: str, action: str, queue_id: str) -> str:
        queues = dict(self._plan().agents[agent_id].queues)
        if action == "add":
            if queue_id in queues:
                return "MEMBERALREADY"
            queues[queue_id] = Assignment()
        elif queues.pop(queue_id, None) is None:
            return "NOTINQUEUE"
        request = QueuesChangeRequested(at_us=0, agent_id=agent_id, queues=queues, by=BY)
        problem = await self._ask(request)
        done = "ADDED" if action == "add" else "REMOVED"
        return done if not problem else "NOSUCHQUEUE"

    async def nested(self, request: str, arguments: Sequence[str]) -> str:
        """Run another script on the same leg."""
        return await self._nested(request, arguments)

    def told(self, what: str, fields: Mapping[str, str]) -> None:
        """A line of the log, of each kind and call one in ten seconds."""
        more = {f"agi_{key}"[:40]: value[:200] for key, value in fields.items()}
        self._log.say(_log.info, (what, self._call_id), what, call_id=self._call_id, **more)
