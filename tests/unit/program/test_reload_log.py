"""What the log says of a reload names changes, and no caller's number."""

from __future__ import annotations

from msgspec import structs

from acdengine.plan import Plan, Tenant
from acdengine.program.daemon.backend import as_logged
from acdengine.settings.difference import differences
from queues.policy import QueuePolicy
from routing.policy import Customer

_NUMBERS = ("4930111222333", "4930444555666", "4930777888999")


def test_numbers_of_customers_and_of_the_blacklist_are_in_no_log() -> None:
    one, other, third = _NUMBERS
    tenant = Tenant(tenant_id="acme", blacklist=(one,))
    queue = QueuePolicy(queue_id="acme/q", tenant_id="acme", name="Q")
    old = Plan(tenants={"acme": tenant}, queues={"acme/q": queue})
    new = Plan(
        tenants={"acme": structs.replace(tenant, blacklist=(other,), name="Acme")},
        queues={"acme/q": structs.replace(queue, name="R")},
        customers={f"acme/{third}": Customer(customer_id="miller", tenant_id="acme")},
    )
    changes = differences(old, new)
    assert all(any(number in str(change) for change in changes) for number in _NUMBERS)
    assert [as_logged(change) for change in changes] == [
        "tenant acme changed: name, blacklist",
        'queue acme/q changed: name "Q" -> "R"',
        "customer acme/*** added",
    ]
