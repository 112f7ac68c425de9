"""Telephones that tokens may name: written so that no pattern is wider than it looks."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from acdengine.api.telephones import is_known_phone
from acdengine.plan import Plan, Tenant
from acdengine.settings.tenants import TenantSettings


@pytest.mark.parametrize(
    "text", ["user/7", "user/*", "user/*@acme.example", "sofia/internal/7@192.0.2.1:5060"]
)
def test_patterns_that_can_be_written(text: str) -> None:
    assert TenantSettings(phones_allow=[text]).phones_allow == [text]


@pytest.mark.parametrize(
    "text",
    ["", "*", "user/", "sofia/*", "sofia/gateway/carrier/*", "loopback/*", "user/1,user/2",
     "user/1|2", "{a=b}user/1", "user/${x}", "user/7\n", "user/" + "7" * 200],
)  # fmt: skip
def test_patterns_that_would_allow_more(text: str) -> None:
    with pytest.raises(ValidationError):
        TenantSettings(phones_allow=[text])


@pytest.mark.parametrize(
    ("contact", "is_known"),
    [
        ("user/7", True), ("user/anna.b+1-x", True), ("user/", False),
        ("user/7@acme.example", False),
        ("user/7/8", False), ("user/7;x=1", False), ("user/*", False), ("user/7\n", False),
        ("user/7,user/8", False), ("loopback/7", False),
    ],
)  # fmt: skip
def test_a_star_stands_for_a_name_alone(contact: str, is_known: bool) -> None:
    plan = Plan(tenants={"acme": Tenant(tenant_id="acme", phones_allow=("user/*",))})
    assert is_known_phone(plan, "acme", contact) is is_known
    assert not is_known_phone(plan, "other", contact)
