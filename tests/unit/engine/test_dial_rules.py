"""Numbers to be dialled: what is one."""

from __future__ import annotations

import pytest

from acdengine.engine.dial_rules import dial_problem, is_dialled
from acdengine.plan import Tenant


@pytest.mark.parametrize("number", ["+49301234567", "+2905123", "0301234567", "112", "10"])
def test_a_whole_number_is_one(number: str) -> None:
    assert is_dialled(number)


@pytest.mark.parametrize(
    "number",
    [
        "", "+", "+49", "+493012", "+49*21#", "*21*1#", "0171,1", "0171;x=1", "anna",
        "+4930123456789012", "0" * 33, "٣٤٥", "+49 30 1234567", "0171\n", "++49301234567",
    ],
)  # fmt: skip
def test_anything_else_is_none(number: str) -> None:
    assert not is_dialled(number)


def test_what_may_not_be_dialled_is_said_first() -> None:
    tenant = Tenant(tenant_id="t", dial_allow=("+49",))
    assert dial_problem(tenant, "+331") == "this number may not be dialled"
    assert dial_problem(tenant, "+49") == "this is no number that can be dialled"
    assert dial_problem(tenant, "+49301234567") == ""
    assert dial_problem(Tenant(tenant_id="t"), "+49301234567") == "this number may not be dialled"
