"""Tokens: read from where the settings say, kept as hashes, found by their bearers."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.settings.compile import plan_of_documents
from acdengine.settings.credentials import Access, Credentials, read_credentials
from acdengine.settings.errors import SettingsError
from acdengine.settings.yaml_source import parse

SECRET = "a-secret-of-sixteen-and-more"


def access(tokens: str, environ: dict[str, str]) -> Credentials:
    text = (
        "tenants: {acme: {agents: {bob: {}}, teams: {t: {}}}}\n"
        "daemon: {control: {tokens: {" + tokens + "}}}"
    )
    settings, _ = plan_of_documents([parse(text, "f")])
    assert SECRET not in repr(settings)
    return read_credentials(settings, environ)


def wrong(tokens: str, environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        access(tokens, environ)
    return [str(problem) for problem in caught.value.problems]


def test_a_token_gives_what_its_settings_say() -> None:
    known = access(
        "all: {role: admin, token: '${env:A}'},"
        "lead: {role: supervisor, tenant: acme, teams: [t], token: '${env:B}'},"
        "bob: {role: agent, tenant: acme, agent: bob, token: '${env:C}'}",
        {"A": SECRET, "B": SECRET + "b", "C": SECRET + "c\n"},
    )
    assert len(known) == 3
    assert known.find(SECRET) == Access("all", "admin")
    assert known.find(SECRET + "b") == Access("lead", "supervisor", "acme", ("acme/t",))
    assert known.find(SECRET + "c") == Access("bob", "agent", "acme", (), "acme/bob")
    assert known.find("") is None
    assert known.find(SECRET.upper()) is None
    assert known.find("\udcff") is None


def test_a_token_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"  {SECRET}\n")
    known = access(f"x: {{role: read_only, token: '${{file:{file}}}'}}", {})
    assert known.find(SECRET) == Access("x", "read_only")


def test_the_list_does_not_hold_the_token() -> None:
    known = access("x: {role: admin, token: '${env:A}'}", {"A": SECRET})
    assert SECRET not in repr(vars(known))


def test_all_that_is_wrong_is_told_without_a_token_in_it(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    found = wrong(
        "none: {role: admin, token: '${env:NONE}'},"
        "short: {role: admin, token: '${env:SHORT}'},"
        "first: {role: admin, token: '${env:TOKEN}'},"
        "second: {role: read_only, token: '${env:TOKEN}'},"
        f"gone: {{role: admin, token: '${{file:{tmp_path}/gone}}'}},"
        f"empty: {{role: admin, token: '${{file:{tmp_path}/empty}}'}},"
        f"bytes: {{role: admin, token: '${{file:{tmp_path}/bytes}}'}},"
        "endless: {role: admin, token: '${file:/dev/zero}'}",
        {"SHORT": "fifteen-letters", "TOKEN": SECRET},
    )
    where = "settings daemon.control.tokens"
    assert found == [
        f"{where}.none.token: the environment variable NONE is not set",
        f"{where}.short.token: is too short, expected 16 characters or more",
        f"{where}.second.token: is the token of 'first' already",
        f"{where}.gone.token: {tmp_path}/gone cannot be read: No such file or directory",
        f"{where}.empty.token: {tmp_path}/empty is empty",
        f"{where}.bytes.token: {tmp_path}/bytes is not text",
        f"{where}.endless.token: /dev/zero is too large for a secret",
    ]
    assert SECRET not in "".join(found)
