"""Tenants whose telephones register in one domain."""

from __future__ import annotations

import pytest

from acdengine.settings.compile import plan_of_documents
from acdengine.settings.errors import SettingsError
from acdengine.settings.yaml_source import parse

SWITCH = 'switches: {a: {password: "${env:A}", setup: {gateways: {g: {proxy: 192.0.2.1}}}}}\n'


def told(first: str, second: str, switch: str = SWITCH) -> list[str]:
    try:
        plan_of_documents([parse(f"{switch}tenants:\n  acme: {first}\n  globex: {second}\n", "f")])
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


def tenant(allow: str, *, domain: str = "x.test", by_team: bool = False) -> str:
    contact = f'contact: "user/{{agent}}@{domain}"'
    who = f'agents: {{"7": {{{contact}}}}}'
    if by_team:
        who = f'teams: {{t: {{{contact}}}}}, agents: {{"1-3": {{team: t}}}}'
    return f"{{dial_allow: [{allow}], {who}}}"


def test_tenants_of_one_domain_may_not_dial_differently() -> None:
    [problem] = told(tenant('"+49"'), tenant('"+43"'))
    assert problem.startswith("f:4:")
    assert problem.partition(" ")[2] == (
        "tenants.globex.agents.7.contact: x.test is the domain of telephones of 'acme' already, "
        "which may dial other numbers (dial_allow), "
        "expected a domain of its own, or the same dial_allow"
    )


def test_the_contact_of_a_team_is_told_once() -> None:
    [problem] = told(tenant('"+49"', by_team=True), tenant("", by_team=True))
    assert "tenants.globex.teams.t.contact: x.test" in problem


@pytest.mark.parametrize(
    ("second", "switch"),
    [
        (tenant('"+43"', domain="y.test"), SWITCH),
        (tenant('"+49"'), SWITCH),
        (tenant('"+43"'), 'switches: {a: {password: "${env:A}"}}\n'),
        (tenant('"+43"'), ""),
    ],
    ids=["own domain", "same numbers", "nothing to dial through", "no switch"],
)
def test_what_shares_nothing_that_could_be_dialled_is_right(second: str, switch: str) -> None:
    assert told(tenant('"+49"'), second, switch) == []
