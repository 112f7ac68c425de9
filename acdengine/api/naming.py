"""Names in requests: what they mean must exist in the tenant, as in the settings.

A name that means nothing is answered with 422, the nearest name there is, and the others as far as
the token sees them.
"""

from __future__ import annotations

from collections.abc import Iterable

from acdengine.api.authorisation import Rights
from acdengine.api.problems import Refused, unfit
from acdengine.engine.dial_rules import is_dialled
from acdengine.plan import Tenant
from acdengine.settings.suggest import did_you_mean, one_of


class Names:
    """The names that requests about one tenant may use."""

    def __init__(self, rights: Rights, tenant_id: str) -> None:
        self._rights = rights
        self._tenant_id = tenant_id

    @property
    def _tenant(self) -> Tenant:
        return self._rights.state.tenant(self._tenant_id)

    def want_queue(self, field: str, queue_id: str) -> None:
        """A queue of the tenant that the settings have.

        Raises:
            Refused: it is none (422).
        """
        state = self._rights.state
        queue = state.queues.get(queue_id)
        is_own = queue is not None and queue.policy.tenant_id == self._tenant_id
        if not is_own or queue_id not in state.plan.queues:
            seen = [
                name
                for name in state.plan.queues
                if (known := state.queues.get(name)) is not None
                and known.policy.tenant_id == self._tenant_id
                and self._rights.sees_queue(known)
            ]
            raise self._unknown(field, "queue", queue_id, seen)

    def want_agent(self, field: str, agent_id: str) -> None:
        """An agent of the tenant that the settings have.

        Raises:
            Refused: it is none (422).
        """
        state = self._rights.state
        agent = state.agents.get(agent_id)
        is_own = agent is not None and agent.tenant_id == self._tenant_id
        if not is_own or agent_id not in state.plan.agents:
            seen = [
                name
                for name, who in state.agents.items()
                if who.tenant_id == self._tenant_id and self._rights.sees_agent(who)
            ]
            raise self._unknown(field, "agent", agent_id, seen)

    def want_flow(self, field: str, flow_id: str) -> None:
        """A flow of the tenant.

        Raises:
            Refused: it is none (422).
        """
        own = f"{self._tenant_id}/"
        plan = self._rights.state.plan
        flows = [name for name in (*plan.flows, *plan.ivr_flows) if name.startswith(own)]
        if flow_id not in flows:
            raise self._unknown(field, "flow", flow_id, flows)

    def want_box(self, field: str, box: str) -> None:
        """A voicemail box that the settings of the tenant name.

        Raises:
            Refused: it is none (422).
        """
        boxes = self._tenant.boxes
        own = f"{self._tenant_id}/"
        if boxes is None and box.startswith(own) and box != own:
            return
        if box not in (boxes or ()):
            raise self._unknown(field, "box", box, boxes or ())

    def want_skills(self, field: str, skills: Iterable[str]) -> None:
        """Skills of the tenant.

        Raises:
            Refused: one of them is none (422).
        """
        known = self._tenant.skills
        for skill in skills:
            if known is not None and skill not in known:
                raise self._unknown(field, "skill", skill, known)

    def want_reason(self, field: str, reason: str) -> None:
        """A reason that the tenant's agents can give for not being ready.

        Raises:
            Refused: it is none (422).
        """
        reasons = self._tenant.not_ready_reasons
        if reason not in reasons:
            raise self._unknown(field, "reason", reason, reasons)

    def want_number(self, field: str, number: str) -> None:
        """A number that can be dialled; whether it may be is for the engine to say.

        Raises:
            Refused: it is none (422).
        """
        if not is_dialled(number):
            raise unfit(
                field, f"'{number}' is no number that can be dialled",
                "digits, in international form + and 7 to 15 of them, such as +49301234567",
            )  # fmt: skip

    def _unknown(self, field: str, what: str, name: str, known: Iterable[str]) -> Refused:
        listed = sorted(known)
        problem = f"no such {what}: {name}{did_you_mean(name, listed)}"
        return unfit(field, problem, one_of(listed) or f"a {what} of the tenant")
