"""Hosts and scripts of flows that the tenant's settings do not have: told where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.settings.errors import SettingsError
from acdengine.settings.flows.library import load_flows
from acdengine.settings.flows.references import References
from acdengine.settings.systems import AgiSystems, covers

FLOW = """flow: 1
languages: [en]
steps:
  ask: {http: "https://crm.example/orders/{caller.number}", next: far}
  far: {http: "https://evil.example:8443/x", next: tell}
  tell: {webhook: "http://169.254.169.254/latest", next: run}
  run: {agi: lookup.agi, next: fast}
  fast: {agi: "agi://scripts.example/score"}
  end: {hangup: normal}
"""


def problems(folder: Path, known: References, *, draft: bool = False) -> list[str]:
    (folder / "main.yaml").write_text(FLOW)
    try:
        load_flows([folder], tenant="t", known=known, draft=draft)
    except SettingsError as error:
        return [str(one).removeprefix(str(folder / "main.yaml")) for one in error.problems]
    return []


def test_all_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "lockup.agi").touch()
    known = References(
        http_hosts=("crm.example",),
        agi=AgiSystems(folder=str(scripts), hosts=["other.example:4573"]),
    )
    (tmp_path / "flows").mkdir()
    found = problems(tmp_path / "flows", known)
    host = "is no host that flows may ask, expected crm.example"
    assert found[:2] == [
        f":5:15 steps.far.http: 'evil.example:8443' {host}",
        f":6:19 steps.tell.webhook: '169.254.169.254' {host}",
    ]
    assert found[2].startswith(f":7:14 steps.run.agi: there is no script 'lookup.agi' in {scripts}")
    assert found[2].endswith("(did you mean 'lockup.agi'?), expected lockup.agi")
    server = "is no FastAGI server of the settings, expected other.example:4573"
    assert found[3:] == [f":8:15 steps.fast.agi: 'scripts.example' {server}"]


def test_nothing_configured_is_said(tmp_path: Path) -> None:
    found = "\n".join(problems(tmp_path, References(http_hosts=(), agi=AgiSystems())))
    assert found.count("expected it among hosts of the tenant's http") == 3
    assert "there is no folder of scripts, expected folder of the tenant's agi" in found
    assert "expected it among hosts of the tenant's agi" in found


def test_what_is_allowed_and_a_draft_pass(tmp_path: Path) -> None:
    known = References(
        http_hosts=("crm.example", "*.example:8443", "169.254.169.254"),
        agi=AgiSystems(folder="/nowhere", hosts=["scripts.example"]),
    )
    assert problems(tmp_path, known) == []
    assert problems(tmp_path, References(http_hosts=(), agi=AgiSystems()), draft=True) == []
    assert problems(tmp_path, References()) == []


@pytest.mark.parametrize(
    ("allowed", "name", "port", "found"),
    [
        ("crm.example", "crm.example", 443, True),
        ("crm.example", "crm.example", 8080, False),
        ("crm.example:8080", "crm.example", 8080, True),
        ("*.crm.example", "a.crm.example", 443, True),
        ("*.crm.example", "crm.example", 443, False),
        ("*.crm.example", "evilcrm.example", 443, False),
        ("[2001:db8::1]:8080", "2001:db8::1", 8080, True),
    ],
)
def test_which_hosts_a_pattern_covers(allowed: str, name: str, port: int, found: bool) -> None:
    assert covers(allowed, name, port) == found
