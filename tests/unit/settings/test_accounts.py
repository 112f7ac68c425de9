"""The file of accounts: what may stand in it, and how it is changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from acdengine.settings.accounts import AccountSettings, changing, read_accounts
from acdengine.settings.compile import plan_of_documents
from acdengine.settings.credentials import Access, read_credentials
from acdengine.settings.errors import SettingsError
from acdengine.settings.passwords import HASH_OF_NO_PASSWORD
from acdengine.settings.whole import Settings
from acdengine.settings.yaml_source import parse

HASH = HASH_OF_NO_PASSWORD


def settings(file: Path) -> Settings:
    text = f"""
daemon:
  control:
    accounts_file: {file}
    tokens:
      wall: {{ role: read_only, token: "${{env:WALL}}" }}
tenants:
  acme:
    queues: {{ sales: {{}} }}
    teams: {{ front: {{}} }}
    agents: {{ alice: {{ queues: [sales] }} }}
"""
    return plan_of_documents([parse(text, "acd.yaml")])[0]


def alice(role: str = "agent", **more: object) -> AccountSettings:
    fields = {"role": role, "tenant": "acme", "agent": "alice", "password_hash": HASH, **more}
    return AccountSettings.model_validate(fields)


def test_without_a_file_there_are_no_accounts(tmp_path: Path) -> None:
    assert read_accounts(settings(tmp_path / "accounts.yaml")) == {}
    assert read_accounts(Settings()) == {}


def test_what_is_written_is_read_and_only_its_owner_may(tmp_path: Path) -> None:
    file = tmp_path / "var" / "accounts.yaml"
    centre = settings(file)
    with changing(centre) as accounts:
        accounts["alice"] = alice()
        accounts["010"] = alice("supervisor", teams=["front"], agent=None)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_accounts(centre) == accounts
    assert [path.name for path in file.parent.iterdir()] == ["accounts.yaml"]
    found = read_credentials(centre, {"WALL": "a wall of the tests"}).account("010")
    assert found is not None
    assert found.access == Access("010", "supervisor", "acme", ("acme/front",))
    assert HASH not in repr(found)


def test_the_mode_of_a_file_that_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text("accounts: {}\n")
    file.chmod(0o640)
    with changing(settings(file)) as accounts:
        accounts["alice"] = alice()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (alice(agent="alcie"), "accounts.alice.agent: there is no agent 'alcie'"),
        (alice(tenant="acne"), "accounts.alice.tenant: there is no tenant 'acne'"),
        (alice(agent=None), "accounts.alice: says no agent"),
        (
            alice("supervisor", teams=["fornt"]),
            "there is no team 'fornt' in acme (did you mean 'front'?)",
        ),
        (alice("read_only"), "accounts.alice.agent: has no meaning for read_only"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    tmp_path: Path, account: AccountSettings, told: str
) -> None:
    file = tmp_path / "accounts.yaml"
    with changing(settings(file)) as accounts:
        accounts["bob"] = alice()
    before = file.read_bytes()
    with pytest.raises(SettingsError) as caught, changing(settings(file)) as accounts:
        accounts["alice"] = account
    assert told in str(caught.value)
    assert str(caught.value).startswith(str(file))
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["accounts.yaml"]


def test_the_name_of_a_token_is_none_for_an_account(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="wall: is the name of a token already"):  # noqa: SIM117
        with changing(settings(tmp_path / "accounts.yaml")) as accounts:
            accounts["wall"] = alice()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("accounts: { alice: { role: agent } }", "accounts.alice.password_hash: is missing"),
        (
            "accounts: { alice: { role: admin, password_hash: open sesame } }",
            "accounts.yaml:1:50 accounts.alice.password_hash: is no hash of a password",
        ),
        ("accounts: [a]", "accounts.yaml:1:11 accounts: "),
        ("users: {}", "users: is not a known key"),
        ("accounts: { 'a b': { role: admin } }", "a name of letters, digits and _ . - @"),
    ],
)
def test_a_wrong_file_says_where_it_is_wrong(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "accounts.yaml"
    file.write_text(text + "\n")
    with pytest.raises(SettingsError) as caught:
        read_credentials(settings(file), {"WALL": "a wall of the tests"})
    assert told in str(caught.value)
    assert "open sesame" not in str(caught.value)
