"""Whom flows may ask."""

from __future__ import annotations

import asyncio

import pytest

from acdengine.flow_services.addresses import (
    AddressRefused,
    AllowedHosts,
    CheckedResolver,
    is_public,
)

ALLOWED = AllowedHosts(
    hosts=["crm.example", "*.shop.example", "api.example:8443", "[2001:db8::1]:81"],
    private=["10.0.0.5:8080", "intranet"],
)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("crm.example", 443),
        ("CRM.example.", 80),
        ("a.b.shop.example", 443),
        ("api.example", 8443),
        ("10.0.0.5", 8080),
        ("2001:db8::1", 81),
        ("intranet", 80),
    ],
)
def test_these_may_be_asked(host: str, port: int) -> None:
    ALLOWED.check(host, port)


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("crm.example", 8080),
        ("evil-crm.example", 443),
        ("crm.example.evil", 443),
        ("shop.example", 443),
        ("evilshop.example", 443),
        ("api.example", 443),
        ("10.0.0.5", 80),
        ("127.0.0.1", 80),
        ("", 80),
    ],
)
def test_these_may_not(host: str, port: int) -> None:
    with pytest.raises(AddressRefused):
        ALLOWED.check(host, port)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1",
        "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_a_name_of_this_machine_is_refused_unless_it_may_be_private() -> None:
    with pytest.raises(AddressRefused, match="localhost is in a private network"):
        asyncio.run(CheckedResolver(AllowedHosts(["localhost"])).resolve("localhost", 80))
    found = asyncio.run(
        CheckedResolver(AllowedHosts(private=["localhost"])).resolve("localhost", 80)
    )
    assert "127.0.0.1" in [place["host"] for place in found]
