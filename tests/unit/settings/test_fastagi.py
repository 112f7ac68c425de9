"""Settings of the Asterisks that hand calls over."""

from __future__ import annotations

import pytest

from acdengine.settings.whole import Settings
from tests.unit.settings.test_checks import told

HEAD = "trunks: {pbx: {}}\ntenants: {acme: {}}\ndaemon: {fastagi: {enabled: true, asterisks: "


def problems(asterisks: str) -> list[str]:
    return [line.partition("daemon.fastagi.")[2] for line in told(f"{HEAD}{asterisks}}}}}")]


@pytest.mark.parametrize(
    ("asterisks", "expected"),
    [
        ("{a: {trunk: pbx}}", []),
        ("{a: {addresses: [10.0.0.0/8]}, b: {addresses: [192.0.2.1, '2001:db8::/32']}}", []),
        ("{}", ["asterisks: names none, expected the Asterisk that hands calls over"]),
        (
            "{a: {trunk: pbc}}",
            [
                "asterisks.a.trunk: there is no trunk group 'pbc' (did you mean 'pbx'?), "
                + "expected pbx"
            ],
        ),
        (
            "{a: {addresses: [10.0.0.1/8]}}",
            [
                "asterisks.a.addresses.0: is no network: 10.0.0.1/8 has host bits set, "
                + "expected an address, or a network with its prefix"
            ],
        ),
        (
            "{a: {addresses: [10.0.0.0/8]}, b: {addresses: [10.1.0.0/16]}}",
            [
                "asterisks.b.addresses.0: 10.1.0.0/16 is an address of 'a' too, "
                + "expected addresses of one only"
            ],
        ),
        (
            "{a: {telephone: 'PJSIP/{user},30'}}",
            [
                "asterisks.a.telephone: 'PJSIP/{user},30' does not fit, "
                + "expected what Dial is given, with {user} in it, such as PJSIP/{user}"
            ],
        ),
        (
            "{a: {context: 'x^y'}}",
            [
                "asterisks.a.context: 'x^y' does not fit, "
                + "expected the name of a context of the dialplan"
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(asterisks: str, expected: list[str]) -> None:
    assert problems(asterisks) == expected


def test_a_name_is_a_switchs_or_an_asterisks() -> None:
    found = told(
        "switches: {a: {password: '${env:X}'}}\n"
        + "tenants: {acme: {}}\ndaemon: {fastagi: {asterisks: {a: {}}}}"
    )
    assert [line.partition("asterisks.")[2] for line in found] == [
        "a: is the name of a switch already, expected another name"
    ]


@pytest.mark.parametrize(("enabled", "has_real_calls"), [(True, True), (False, False)])
def test_calls_are_real_where_an_asterisk_hands_them_over(
    enabled: bool, has_real_calls: bool
) -> None:
    settings = Settings.model_validate(
        {"daemon": {"fastagi": {"enabled": enabled, "asterisks": {"a": {}}}}}
    )
    assert settings.has_real_calls == has_real_calls
