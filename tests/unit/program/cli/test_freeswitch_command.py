"""`acdengine freeswitch config`: what it writes, never overwrites, and never shows."""

from __future__ import annotations

import stat
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from acdengine.__main__ import app
from adapters.freeswitch.setup.config_files import SECRETS_FILE, secrets_of

ROOT = Path(__file__).parents[4]
SMALL = ROOT / "config" / "freeswitch-centre.yaml"
SETTINGS = """
switches:
  fs1:
    password: ${env:ESL}
    setup:
      overflow: number
      overflow_number: +4930777
      gateways:
        carrier: {proxy: 192.0.2.5, username: acd, password: "${env:CARRIER}", registers: true}
        second: {proxy: "sip.example.com:5080"}
trunks: {line: {tenant: globex}}
sounds: {music: {default: moh}, tenants: {globex: {language: de, music: {default: bank}}}}
tenants:
  acme:
    numbers: {+4930555100: {queue: q}}
    rules: [{name: r, when: {dnis: +4930888*}, then: {to: {queue: q}}}]
    dial_allow: [+49]
    pickup_code: "*8"
    queues: {q: {}}
    agents:
      alice: {name: "A <b> & 'c' \\"d\\" ${x}", queues: [q], contact: user/alice@acme.example}
      bob: {queues: [q], contact: sofia/gateway/carrier/+4930123}
  globex:
    queues: {q: {announcements: {music: default}}}
    agents: {dora: {queues: [q], contact: user/dora@globex.example}}
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ESL", "esl-secret-word")
    monkeypatch.setenv("CARRIER", "carrier-secret-word")
    path = tmp_path / "acd.yaml"
    path.write_text(SETTINGS)
    return path


def write(settings: Path, output: Path, *more: str) -> Result:
    order = ["freeswitch", "config", "--config", str(settings), "--output", str(output), *more]
    return CliRunner().invoke(app, order)


def test_the_shipped_folder_is_what_the_shipped_settings_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACDENGINE_FREESWITCH_PASSWORD", "left-out")
    assert write(SMALL, tmp_path, "--without-secrets").exit_code == 0
    made = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.xml")}
    shipped = ROOT / "config" / "freeswitch"
    kept = {path.relative_to(shipped): path.read_text() for path in shipped.rglob("*.xml")}
    assert kept == made, "run: make pages"
    assert Path(SECRETS_FILE) not in kept


def test_passwords_stand_in_one_closed_file_and_nowhere_else(
    settings: Path, tmp_path: Path
) -> None:
    done = write(settings, tmp_path / "conf")
    assert done.exit_code == 0
    secret = tmp_path / "conf" / SECRETS_FILE
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    values = secrets_of(secret.read_text())
    assert values["acd_esl_password"] == "esl-secret-word"
    assert values["acd_gateway_password:carrier"] == "carrier-secret-word"
    phones = [values[f"acd_phone_password:{who}"]
              for who in ("alice@acme.example", "dora@globex.example")]  # fmt: skip
    assert min(map(len, phones)) >= 20
    assert phones[0] != phones[1]
    others = [path for path in (tmp_path / "conf").rglob("*.xml") if path != secret]
    text = done.output + "".join(path.read_text() for path in others)
    assert [value for value in values.values() if value in text] == []


def test_written_again_everything_stays_as_it_is(settings: Path, tmp_path: Path) -> None:
    write(settings, tmp_path / "conf")
    before = (tmp_path / "conf" / SECRETS_FILE).read_text()
    assert write(settings, tmp_path / "conf").exit_code == 0
    assert (tmp_path / "conf" / SECRETS_FILE).read_text() == before


def test_a_file_that_somebody_changed_is_shown_and_kept(settings: Path, tmp_path: Path) -> None:
    write(settings, tmp_path / "conf")
    edited = tmp_path / "conf" / "dialplan" / "acd_overflow.xml"
    edited.write_text(edited.read_text().replace("180 200 5", "60 200 5"))
    kept = edited.read_text()
    settings.write_text(settings.read_text().replace("dora", "dina"))
    done = write(settings, tmp_path / "conf")
    assert done.exit_code == 1
    assert "60 200 5" in done.output
    # What changed among the passwords is told by name.
    assert "+acd_phone_password:dina@globex.example" in done.output
    assert "esl-secret-word" not in done.output
    assert edited.read_text() == kept
    assert "dina" not in (tmp_path / "conf" / SECRETS_FILE).read_text()
    assert write(settings, tmp_path / "conf", "--force").exit_code == 0
    assert edited.read_text() != kept


def test_another_password_of_the_socket_is_a_difference_and_not_shown(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(settings, tmp_path / "conf")
    monkeypatch.setenv("ESL", "another-secret")
    done = write(settings, tmp_path / "conf")
    assert done.exit_code == 1
    assert "passwords differ" in done.output
    assert "secret" not in done.output.replace("acd_secrets", "")


def test_a_secret_file_that_was_open_is_closed(settings: Path, tmp_path: Path) -> None:
    write(settings, tmp_path / "conf")
    secret = tmp_path / "conf" / SECRETS_FILE
    secret.chmod(0o644)
    write(settings, tmp_path / "conf")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_password_given_by_hand_is_kept(settings: Path, tmp_path: Path) -> None:
    write(settings, tmp_path / "conf")
    secret = tmp_path / "conf" / SECRETS_FILE
    given = secrets_of(secret.read_text())["acd_phone_password:alice@acme.example"]
    secret.write_text(secret.read_text().replace(given, "given-by-hand"))
    assert write(settings, tmp_path / "conf").exit_code == 0
    assert "given-by-hand" in secret.read_text()


def test_the_settings_are_all_there(settings: Path, tmp_path: Path) -> None:
    write(settings, tmp_path)
    text = {path.name: path.read_text() for path in tmp_path.rglob("*.xml")
            if path.parent.name != "lang"}  # fmt: skip
    assert r"^(?:\+4930555100|\+4930888[0-9A-Za-z+*#._-]{0,32})\z" in text["acd_public.xml"]
    # All calls of a trunk group are Globex's, whatever was dialled.
    assert "acd_globex" in text["acd_public.xml"]
    both = "sofia/gateway/carrier/+4930777|sofia/gateway/second/+4930777"
    assert both in text["acd_overflow.xml"]
    assert r"^(?:\+49)[0-9]{1,30}\z" in text["acd_agents.xml"]
    code = r"\*8[0-9A-Za-z+*#._-]{0,32}"
    assert rf"^(?:{code}|\+4930555100|" in text["acd_agents.xml"]
    assert code not in text["acd_public.xml"]
    assert "globex" not in text["acd_agents.xml"]
    directory = ElementTree.fromstring(text["acd.xml"])
    assert [user.get("id") for user in directory.iter("user")] == ["alice", "dora"]
    names = [one.get("value") for one in directory.iter("variable")
             if one.get("name") == "effective_caller_id_name"]  # fmt: skip
    assert names[0] == "A <b> & 'c' \"d\" $(x)"
    assert "192.0.2.5/32" in text["acl.conf.xml"]
    assert "mod_say_en" in text["modules.conf.xml"]
    assert "mod_say_de" in text["modules.conf.xml"]
    spoken = ElementTree.fromstring((tmp_path / "lang" / "acd.xml").read_text())
    assert {one.get("name"): one.get("sound-prefix") for one in spoken} == {
        "en": "$${sounds_dir}/en/us/callie", "de": "$${sounds_dir}/de",
    }  # fmt: skip
    assert 'name="moh" path="$${sounds_dir}/music/moh"' in text["local_stream.conf.xml"]
    assert 'name="bank"' in text["local_stream.conf.xml"]


def test_other_switches_are_known_by_their_addresses(settings: Path, tmp_path: Path) -> None:
    more = """switches:
  fs2: {port: 8022, password: "${env:ESL}", sip_address: "192.0.2.7:5080"}
  fs3: {port: 8023, password: "${env:ESL}", sip_address: fs3.example.com}
"""
    settings.write_text(settings.read_text().replace("switches:\n", more, 1))
    assert write(settings, tmp_path, "--switch", "fs1").exit_code == 0
    public = (tmp_path / "dialplan" / "acd_public.xml").read_text()
    assert r'"network_addr" expression="^(?:192\.0\.2\.7)\z"' in public
    # Whoever may send calls as a trunk is a list here, so the other switch has to be in it.
    assert "192.0.2.7/32" in (tmp_path / "autoload_configs" / "acl.conf.xml").read_text()


def test_what_is_wrong_is_told_and_nothing_is_written(
    settings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARRIER")
    done = write(settings, tmp_path / "conf")
    assert done.exit_code == 1
    assert "switches.fs1.setup.gateways.carrier.password: the environment" in done.output
    assert not (tmp_path / "conf").exists()
    monkeypatch.setenv("ESL", "${x}")
    monkeypatch.setenv("CARRIER", "c")
    assert "acd_esl_password" in write(settings, tmp_path / "conf").output
    assert not (tmp_path / "conf").exists()


@pytest.mark.parametrize(
    ("switches", "more", "said"),
    [
        ("{}", (), "name no switch"),
        ("{a: {password: '${env:ESL}'}, b: {port: 8022, password: '${env:ESL}'}}", (), "which one"),
        ("{a: {password: '${env:ESL}'}}", ("--switch", "x"), "no switch x"),
    ],
)
def test_it_must_be_clear_which_switch_is_meant(
    settings: Path, tmp_path: Path, switches: str, more: tuple[str, ...], said: str
) -> None:
    settings.write_text(f"switches: {switches}\n")
    done = write(settings, tmp_path / "conf", *more)
    assert done.exit_code == 2
    assert said in done.output
