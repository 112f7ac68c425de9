"""Steps that decide at once: if, switch, set, hours, lookup, queue_state, split."""

from __future__ import annotations

from hashlib import blake2b

from acdengine.ivr.definition import (
    HoursStep,
    IfStep,
    LookupStep,
    QueueStateStep,
    SetStep,
    ShareStep,
    SwitchStep,
)
from acdengine.ivr.expressions.compiling import Kinds, compile_expression, compile_template
from acdengine.ivr.expressions.values import Value, Values, as_text
from acdengine.ivr.turn import Node, Turn
from queues.policy import SECOND_US
from routing.calendar import is_open, next_open_us
from routing.policy import Customer


class IfNode(Node):
    """A condition; a missing one is false."""

    def __init__(self, step: IfStep, kinds: Kinds) -> None:
        super().__init__()
        self._holds = compile_expression(step.condition, kinds).evaluate
        self._then = step.then
        self._otherwise = step.otherwise

    def enter(self, turn: Turn) -> str:
        if self._holds(turn.variables, turn.run.call):
            return turn.leave("then", self._then)
        return turn.leave("else", self._otherwise)


class SwitchNode(Node):
    """A value and its ways."""

    def __init__(self, step: SwitchStep, kinds: Kinds) -> None:
        super().__init__()
        self._value = compile_expression(step.value, kinds).evaluate
        self._ways = {case.value: (f"case {as_text(case.value)}", case.then) for case in step.cases}
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        found = self._ways.get(self._value(turn.variables, turn.run.call))
        if found is None:
            return turn.leave("else", self._next)
        way, to = found
        return turn.leave(way, to)


class SetNode(Node):
    """Works out variables, one after the other."""

    def __init__(self, step: SetStep, kinds: Kinds) -> None:
        super().__init__()
        self._values = [
            (name, compile_expression(text, kinds).evaluate) for name, text in step.values.items()
        ]
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        variables, call = turn.variables, turn.run.call
        for name, evaluate in self._values:
            variables[name] = evaluate(variables, call)
        return turn.leave("next", self._next)


class HoursNode(Node):
    """Whether it is open; opening hours that are gone from the settings are closed."""

    def __init__(self, step: HoursStep) -> None:
        super().__init__()
        self._step = step

    def enter(self, turn: Turn) -> str:
        step = self._step
        hours = turn.world.hours(step.hours_id)
        held = turn.world.held(step.hours_id)
        is_now = hours is not None and is_open(hours, turn.at_us)
        if held is not None:
            is_now = held.is_open
        if step.next_open:
            due_us = next_open_us(hours, turn.at_us, held) if hours is not None else None
            turn.variables[step.next_open] = None if due_us is None else due_us // SECOND_US
        return turn.leave("open", step.open) if is_now else turn.leave("closed", step.closed)


def customer_values(customer: Customer | None) -> Values:
    """What expressions read of a customer."""
    if customer is None:
        return {
            "customer.known": False,
            "customer.id": "",
            "customer.name": "",
            "customer.vip": 0,
            "customer.blacklisted": False,
        }
    return {
        "customer.known": True,
        "customer.id": customer.customer_id,
        "customer.name": customer.name,
        "customer.vip": customer.vip_level,
        "customer.blacklisted": customer.blacklisted,
    }


class LookupNode(Node):
    """Finds the customer of a number."""

    def __init__(self, step: LookupStep, kinds: Kinds) -> None:
        super().__init__()
        self._number = compile_template(step.number, kinds).evaluate
        self._step = step

    def enter(self, turn: Turn) -> str:
        number = self._number(turn.variables, turn.run.call)
        customer = turn.world.customer(turn.tenant_id, number)
        turn.run.call.update(customer_values(customer))
        if customer is None:
            return turn.leave("unknown", self._step.unknown)
        return turn.leave("found", self._step.found)


class QueueStateNode(Node):
    """Reads what a queue is like."""

    def __init__(self, step: QueueStateStep) -> None:
        super().__init__()
        self._step = step

    def enter(self, turn: Turn) -> str:
        step = self._step
        state = turn.world.queue_state(step.queue_id)
        estimate_us = state.estimate_us
        told: list[tuple[str, Value]] = [
            (step.waiting, state.waiting),
            (step.estimate_s, None if estimate_us is None else estimate_us // SECOND_US),
            (step.staff, state.staff),
            (step.service_level, state.service_level),
        ]
        for name, value in told:
            if name:
                turn.variables[name] = value
        return turn.leave("next", step.next)


def place_of(name: str, caller: str) -> int:
    """Which of 100 equal parts a caller is in: the same for the same name, whenever it is asked."""
    digest = blake2b(f"{name}\0{caller}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 100


class ShareNode(Node):
    """Parts callers by share."""

    def __init__(self, step: ShareStep) -> None:
        super().__init__()
        self._name = step.name
        self._shares = step.shares
        self._next = step.next

    def enter(self, turn: Turn) -> str:
        caller = as_text(turn.run.call.get("caller.number")) or turn.run.call_id
        place = place_of(self._name, caller)
        for percent, to in self._shares:
            if place < percent:
                return turn.leave(f"to {to}", to)
            place -= percent
        return turn.leave("else", self._next)
