"""Intake: from a caller's leg to a call with a tenant, a customer, a priority and a target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, TypeAlias

from acdengine.commands import RejectCall
from acdengine.engine.admission import Admission
from acdengine.engine.call_pickup import CallPickup
from acdengine.engine.callbacks import Callbacks
from acdengine.engine.caller_identity import identify, may_call
from acdengine.engine.destinations import Destinations
from acdengine.engine.part import Handlers, Part
from acdengine.engine.phones import Phones
from acdengine.engine.records import Call
from acdengine.engine.state import EngineState
from acdengine.engine.teardown import Teardown
from acdengine.engine.waiting import Waiting
from acdengine.events import CallArrived, CallBlocked
from acdengine.facts import CallRefused, CallStarted, CallTurnedBusy
from acdengine.plan import Plan, Tenant
from acdengine.requests import CallbackRequested
from queues.targets import Target, ToFlow, ToQueue
from routing.policy import Customer
from routing.rules import CallAttributes, Route, apply_rules

#: Whose a call is, and where it goes unless a rule says otherwise.
Found: TypeAlias = tuple[Tenant | None, Target | None]
_NOWHERE: Final[Found] = (None, None)


class NumberBook:
    """Dialled numbers of all tenants: exact ones, and prefixes, the longest first."""

    def __init__(self, plan: Plan) -> None:
        self._exact: dict[str, tuple[Tenant, Target]] = {}
        prefixes: list[tuple[str, Tenant, Target]] = []
        for tenant in plan.tenants.values():
            for number, target in tenant.numbers.items():
                if number.endswith("*"):
                    prefixes.append((number[:-1], tenant, target))
                else:
                    self._exact[number] = (tenant, target)
        self._prefixes = sorted(prefixes, key=lambda line: (-len(line[0]), line[0]))

    def find(self, dnis: str) -> Found:
        """The tenant and the default target of a dialled number."""
        found = self._exact.get(dnis)
        if found is None:
            for prefix, tenant, target in self._prefixes:
                if dnis.startswith(prefix):
                    return tenant, target
        return found or _NOWHERE


class Intake(Part):
    """Routes new calls."""

    def __init__(
        self,
        state: EngineState,
        admission: Admission,
        callbacks: Callbacks,
        waiting: Waiting,
        teardown: Teardown,
        destinations: Destinations,
        phones: Phones,
        pickup: CallPickup,
    ) -> None:
        self._state = state
        self._phones = phones
        self._pickup = pickup
        self._admission = admission
        self._callbacks = callbacks
        self._waiting = waiting
        self._teardown = teardown
        self._destinations = destinations
        self.read_plan(state.plan)

    def restored(self) -> None:
        """How many calls each tenant has, and agents' telephones have with the centre."""
        state = self._state
        for call in state.calls.values():
            counts, agent_id = state.calls_of_tenant, call.caller.from_agent_id
            counts[call.tenant_id] = counts.get(call.tenant_id, 0) + 1
            if agent_id:
                state.calling[agent_id] = state.calling.get(agent_id, 0) + 1

    def check(self) -> Iterator[str]:
        """The counts of tenants' calls and of calls from agents' telephones."""
        state = self._state
        by_tenant = Counter(call.tenant_id for call in state.calls.values())
        callers = (call.caller.from_agent_id for call in state.calls.values())
        calling = Counter(agent_id for agent_id in callers if agent_id)
        if calling != state.calling:
            yield f"agents call the centre themselves: {dict(calling)}, counted {state.calling}"
        for tenant_id, count in state.calls_of_tenant.items():
            if count != by_tenant[tenant_id]:
                yield f"tenant {tenant_id} counts {count} calls, has {by_tenant[tenant_id]}"

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            CallArrived: self.arrived,
            CallBlocked: self.blocked,
            CallbackRequested: self.callback_requested,
        }

    def read_plan(self, plan: Plan) -> None:
        """Use the numbers and rules of this plan from now on."""
        self._numbers = NumberBook(plan)
        self._customers = {
            f"{customer.tenant_id}/{customer.customer_id}": customer
            for customer in plan.customers.values()
        }
        self._state.remembering = {
            tenant.tenant_id: True
            for tenant in plan.tenants.values()
            if any(rule.then.last_agent_score for rule in tenant.rules)
        }

    def arrived(self, event: CallArrived) -> None:
        """Route a new call; one that is known already is a repetition."""
        state = self._state
        call_id = event.call_id
        if call_id in state.calls or call_id in state.ended:
            state.count("late_events")
            return
        if event.telephone and self._pickup.dialled(event):
            return
        tenant, target = self._tenant_of(event)
        if tenant is None:
            self._refuse_unknown(event)
            return
        call = self.new_call(event, tenant)
        if event.telephone and not may_call(state, event, tenant):
            self._refuse(call, "not_allowed")
            return
        customer = self._customer_of(event, call) if self._customers else None
        node = state.nodes.get(event.node_id)
        if state.draining or tenant.max_calls is not None or (node is not None and node.draining):
            refusal = self._limit(tenant) or ("draining" if node and node.draining else "")
            if refusal:
                self._refuse(call, refusal)
                return
        route = self._route(call, tenant, customer, target)
        self._equip(call, event, customer, route)
        if route.reject:
            self._refuse(call, route.reject)
            return
        if route.target is None:
            self._refuse(call, "unallocated_number")
            return
        caller = call.caller
        state.tell_call(
            call,
            CallStarted(
                state.stamp, call.call_id, call.tenant_id, caller.ani, call.dnis, call.trunk_id,
                caller.customer_id, call.priority, ", ".join(route.rules), caller.direction,
                caller.from_agent_id, caller.withheld,
            ),
        )  # fmt: skip
        self._destinations.route_to(call, route.target)

    def tenant_of(self, event: CallArrived) -> Tenant | None:
        """The tenant of a call, by its trunk group or the number dialled."""
        return self._tenant_of(event)[0]

    def _tenant_of(self, event: CallArrived) -> Found:
        state = self._state
        trunks = state.plan.trunks
        trunk = trunks.get(event.trunk_id) if trunks else None
        found = self._numbers.find(event.dnis)
        if trunk is not None and trunk.tenant_id:
            tenant = state.plan.tenants[trunk.tenant_id]
            found = tenant, found[1] if found[0] is tenant else None
        wanted = event.wanted_queue or event.wanted_flow
        return self._wanted(event, wanted, found) if wanted else found

    def _wanted(self, event: CallArrived, name: str, found: Found) -> Found:
        """Where the dialplan wants a call, if there is such a queue or flow where the call belongs;
        the number dialled may be unassigned where its tenant is named."""
        state = self._state
        plan, tenant = state.plan, found[0]
        full = name if "/" in name or tenant is None else f"{tenant.tenant_id}/{name}"
        owner = plan.tenants.get(full.partition("/")[0])
        if event.wanted_queue:
            is_known = full in plan.queues and full in state.queues
        else:
            is_known = full in plan.flows or full in plan.ivr_flows
        if owner is None or not is_known or tenant not in (None, owner):
            kind = "queues" if event.wanted_queue else "flows"
            state.count(f"wanted_{kind}_unknown")
            return found
        return owner, ToQueue(full) if event.wanted_queue else ToFlow(full)

    def _customer_of(self, event: CallArrived, call: Call) -> Customer | None:
        """The customer that the dialplan names, else the one with the number that calls."""
        if not self._customers:
            return None
        customer = None
        if event.customer_id:
            customer = self._customers.get(f"{call.tenant_id}/{event.customer_id}")
            if customer is None:
                self._state.count("named_customers_unknown")
        if customer is None:
            customer = self._state.plan.customers.get(f"{call.tenant_id}/{call.caller.known_by}")
        call.caller.customer_id = customer.customer_id if customer is not None else ""
        return customer

    def new_call(self, event: CallArrived, tenant: Tenant) -> Call:
        """A call of a tenant, entered and counted, not yet routed."""
        state = self._state
        serial = state.serial = state.serial + 1
        call_id, tenant_id = event.call_id, tenant.tenant_id
        call = Call(
            call_id, tenant_id, serial, event.leg_id, identify(state, event, tenant), event.dnis,
            event.trunk_id, event.node_id, state.now_us,
        )  # fmt: skip
        state.calls[call_id] = call
        counts = state.calls_of_tenant
        counts[tenant_id] = counts.get(tenant_id, 0) + 1
        if call.caller.from_agent_id:
            self._phones.calls(call.caller.from_agent_id, 1)
        return call

    def found(self, event: CallArrived, tenant: Tenant) -> Call:
        """Enter a call found on the switch. Tenant and routing are worked out as on arrival; its
        state comes from the switch."""
        call = self.new_call(event, tenant)
        customer = self._customer_of(event, call)
        self._equip(call, event, customer, self._route(call, tenant, customer, None))
        return call

    def _limit(self, tenant: Tenant) -> str:
        state = self._state
        if state.draining:
            return "draining"
        limit = tenant.max_calls
        if limit is not None and state.calls_of_tenant[tenant.tenant_id] > limit:
            return "tenant_limit"
        return ""

    def _route(
        self,
        call: Call,
        tenant: Tenant,
        customer: Customer | None,
        target: Target | None,
    ) -> Route:
        caller = call.caller
        blacklisted = caller.known_by in tenant.blacklist or (
            customer is not None and customer.blacklisted
        )
        rules = tenant.rules
        if not rules:
            return Route(target, "blacklisted" if blacklisted else "")
        attributes = CallAttributes(
            caller.known_by, call.dnis, call.trunk_id, customer, blacklisted, self._state.now_us,
            caller.withheld,
        )  # fmt: skip
        return apply_rules(
            rules, attributes, target, self._state.plan.hours, self._state.held_hours
        )

    def _equip(
        self, call: Call, event: CallArrived, customer: Customer | None, route: Route
    ) -> None:
        """Priority, credit, skills and preferred agents: from the switch, customer and rules."""
        call.priority = event.priority + route.priority
        call.boost_us = route.boost_us
        preferred = route.preferred
        skills = self._known(event.skills, call.tenant_id) if event.skills else event.skills
        if route.skills:
            skills = _highest(skills, route.skills)
        if customer is not None and customer.skills:
            skills = _highest(skills, customer.skills)
        if skills:
            call.skills = tuple(sorted(skills.items()))
        if customer is not None and customer.preferred:
            preferred = {**customer.preferred, **preferred}
        if route.last_agent_score:
            last = self._state.last_agent.get(f"{call.tenant_id}/{call.caller.known_by}")
            if last is not None:
                preferred = {**preferred, last: max(route.last_agent_score, preferred.get(last, 0))}
        if preferred:
            call.preferred = tuple(
                sorted(preferred.items(), key=lambda scored: (-scored[1], scored[0]))
            )

    def _known(self, skills: dict[str, int], tenant_id: str) -> dict[str, int]:
        """The skills that the dialplan asks for, but for those that the tenant does not have: no
        agent could ever take the call."""
        known = self._state.tenant(tenant_id).skills
        if known is None or all(skill in known for skill in skills):
            return skills
        self._state.count("wanted_skills_unknown")
        return {skill: level for skill, level in skills.items() if skill in known}

    def _refuse(self, call: Call, cause: str) -> None:
        state = self._state
        state.tell_call(
            call,
            CallRefused(
                state.now_us, call.call_id, call.tenant_id, call.caller.ani, call.dnis,
                call.trunk_id, cause,
            ),
        )  # fmt: skip
        self._teardown.hang_up(call, "refused", cause)

    def _refuse_unknown(self, event: CallArrived) -> None:
        """Reject a call to a number that is not assigned. Without a tenant there is no call."""
        state = self._state
        state.facts.append(
            CallRefused(
                state.now_us, event.call_id, "", "" if event.withheld else event.ani, event.dnis,
                event.trunk_id, "unallocated_number",
            )
        )  # fmt: skip
        state.commands.append(RejectCall(event.call_id, "unallocated_number"))

    def blocked(self, event: CallBlocked) -> None:
        """Handles `CallBlocked`: a caller met busy. There is no call, only a fact."""
        state = self._state
        state.facts.append(
            CallTurnedBusy(state.now_us, event.trunk_id, event.ani, event.dnis, event.cause)
        )

    def callback_requested(self, event: CallbackRequested) -> None:
        """Enters a callback for a customer who is not connected."""
        state = self._state
        queue = state.queues.get(event.queue_id)
        if queue is None or event.call_id in state.calls or event.call_id in state.ended:
            state.answer(event, "no such queue" if queue is None else "this call is known already")
            return
        refusal = self._admission.refusal(queue)
        if refusal is not None:
            state.answer(event, f"the queue takes no call: {refusal}")
            return
        tenant = state.plan.tenants[queue.policy.tenant_id]
        arrival = CallArrived(
            event.at_us, event.call_id, "", event.number, "", "", skills={}, priority=0
        )
        call = self.new_call(arrival, tenant)
        call.queue_id, call.queue = queue.queue_id, queue
        problem = self._limit(tenant) or self._admission.callback_problem(call, event.number)
        call.queue_id, call.queue = "", None
        if problem:
            del state.calls[call.call_id]
            state.calls_of_tenant[tenant.tenant_id] -= 1
            state.answer(event, problem)
            return
        state.tell_call(
            call,
            CallStarted(
                state.now_us,
                call.call_id,
                call.tenant_id,
                call.caller.ani,
                "",
                "",
                "",
                0,
                "callback",
            ),
        )
        self._waiting.join(call, queue)
        self._callbacks.place(call, event.number, event.not_before_us)
        state.answer(event)


def _highest(skills: dict[str, int], more: dict[str, int]) -> dict[str, int]:
    """The skills of both, each at its higher level."""
    return skills | {skill: max(level, skills.get(skill, 0)) for skill, level in more.items()}
