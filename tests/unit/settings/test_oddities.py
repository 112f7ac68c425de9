"""What is odd about settings that can be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.plan import Plan
from acdengine.settings.centre import load_centre
from acdengine.settings.emptied import emptied
from acdengine.settings.errors import SettingsError

ACME = """\
tenants:
  acme:
    skills: [german, klingon]
    numbers: { "1": { queue: sales } }
    queues:
      sales: {SALES}
    teams:
      front: { queues: [sales], contact: "user/{agent}@a.example", skills: { german: 3 } }
    agents:
      anna: { team: front }
      ben: { team: front, skills: { klingon: 1 } }
"""


EACH = ", expected a telephone for each, such as user/{agent}@DOMAIN"
OF_TEAM = "f.yaml:8:42 tenants.acme.teams.front.contact: is the contact of acme/anna, acme/ben"
MANY = "is the contact of acme/x1, acme/x2, acme/x3 and 6 more"
UNMET = "requirement: no agent of this queue meets"
SECRET = "daemon: { control: { tokens: { t: { role: admin, token: '${env:T}' } } } }\n"


def odd(folder: Path, text: str, **environ: str) -> list[str]:
    file = folder / "f.yaml"
    file.write_text(text)
    found = load_centre([file], environ).odd
    return [str(problem).removeprefix(f"{folder}/") for problem in found]


def test_nothing_is_odd_about_a_centre_as_it_should_be(tmp_path: Path) -> None:
    assert odd(tmp_path, ACME.replace("{SALES}", "{ requirement: german >= 3 }")) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            '"user/{agent}@a.example"', "user/1",
            [OF_TEAM + EACH],
        ),
        (
            "anna: { team: front }", "anna: { team: front, contact: user/ben@a.example }",
            [OF_TEAM + EACH],
        ),
        (
            "ben: { team: front, skills: { klingon: 1 } }",
            "x{1..9}: { queues: [sales], contact: user/9, skills: { klingon: 1 } }",
            [f'f.yaml:11:44 tenants.acme.agents."x{{1..9}}".contact: {MANY}{EACH}'],
        ),
        (
            "{SALES}", "{}\n      lonely: {}",
            ["f.yaml:7:7 tenants.acme.queues.lonely: no agent serves this queue",
             "f.yaml:7:7 tenants.acme.queues.lonely: nothing of the tenant leads to 'lonely'"],
        ),
        (
            "{SALES}", "{ requirement: klingon >= 5 }",
            [f"f.yaml:6:29 tenants.acme.queues.sales.{UNMET} 'klingon >= 5'"],
        ),
        (
            "{SALES}",
            "{ steps: [{ expires_s: 5 }, { requirement: klingon >= 2 }] }",
            [f"f.yaml:6:57 tenants.acme.queues.sales.steps.1.{UNMET} 'klingon >= 2'"],
        ),
        (
            "    agents:", "      ghosts: {}\n    agents:\n      idle: {}",
            ["f.yaml:9:7 tenants.acme.teams.ghosts: no agent is of the team 'ghosts'",
             "f.yaml:11:7 tenants.acme.agents.idle: 'idle' serves no queue, expected sales"],
        ),
        (
            "    agents:", "    flows: { f: { then: { queue: sales } } }\n    agents:",
            ["f.yaml:9:14 tenants.acme.flows.f: nothing of the tenant leads to 'f'"],
        ),
        (
            "tenants:", SECRET + "tenants:",
            ["f.yaml:1:57 daemon.control.tokens.t.token: the environment variable T is not set"],
        ),
        (
            "tenants:", 'switches: { a: { password: "${file:/x/x}" } }\ntenants:',
            ["f.yaml:1:28 switches.a.password: /x/x cannot be read: No such file or directory"],
        ),
        (
            "klingon: 1 } }\n", "klingon: 1 } }",
            ["f.yaml:11:1: the last line has no end: the file may be cut off"],
        ),
    ],
)  # fmt: skip
def test_what_is_odd_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, told: list[str]
) -> None:
    text = ACME.replace(before, after, 1).replace("{SALES}", "{}")
    assert odd(tmp_path, text) == told


def test_the_dialplan_of_an_asterisk_leads_to_queues_and_flows(tmp_path: Path) -> None:
    text = ACME.replace("{SALES}", "{}\n      more: {}").replace(
        "    agents:", "    flows: { f: { then: { queue: sales } } }\n    agents:"
    )
    text = text.replace("queues: [sales]", "queues: [sales, more]")
    assert [line.partition(": ")[2] for line in odd(tmp_path, text)] == [
        "nothing of the tenant leads to 'more'", "nothing of the tenant leads to 'f'",
    ]  # fmt: skip
    served = "daemon: { fastagi: { enabled: true, asterisks: { pbx: {} } } }\n"
    assert odd(tmp_path, served + text) == []


def test_ivr_flows_and_places_of_scripts_lead_to_queues(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    flow = "flow: 1\nsteps: { to: { queue: first } }\n"
    (tmp_path / "flows" / "main.yaml").write_text(flow)
    text = f"""\
tenants:
  acme:
    numbers: {{ "1": {{ flow: main }} }}
    ivr: {{ folder: {tmp_path}/flows }}
    agi: {{ places: {{ "ivr,1": {{ queue: second }} }} }}
    queues: {{ first: {{}}, second: {{}}, third: {{}} }}
    agents: {{ anna: {{ queues: [first, second, third], contact: user/1@a.example }} }}
"""
    (told,) = odd(tmp_path, text)
    assert told.endswith("nothing of the tenant leads to 'third'")


def test_a_short_token_is_odd_and_one_that_is_there_is_not(tmp_path: Path) -> None:
    text = 'daemon: { metrics: { token: "${env:T}" } }\n' + ACME.replace("{SALES}", "{}")
    assert odd(tmp_path, text, T="x" * 16) == []
    (told,) = odd(tmp_path, text, T="x" * 15)
    assert "daemon.metrics.token: is too short" in told


def test_agents_lent_by_a_step_or_named_by_a_number_are_not_idle(tmp_path: Path) -> None:
    lent = ACME.replace("{SALES}", "{ steps: [{ add_teams: [spare] }] }").replace(
        "    agents:", "      spare: {}\n    agents:\n      sam: { team: spare }"
    )
    assert odd(tmp_path, lent) == []
    own = ACME.replace("{SALES}", "{}").replace("    agents:", "    agents:\n      sam: {}")
    named = own.replace('"1": {', '"2": { agent: sam, backup: sales }, "1": {')
    assert odd(tmp_path, named) == []


@pytest.mark.parametrize(
    "contact", ["hello world", "user/1,user/2", "user/{x}", "[a=b]user/1", "1"]
)
def test_a_contact_that_cannot_be_dialled_is_a_mistake(tmp_path: Path, contact: str) -> None:
    text = ACME.replace("{SALES}", "{}").replace("user/{agent}@a.example", contact)
    with pytest.raises(SettingsError, match="expected a contact such as"):
        odd(tmp_path, text)


def test_a_centre_needs_tenants_unless_it_says_that_there_are_none(tmp_path: Path) -> None:
    assert odd(tmp_path, "tenants: {}\n") == []
    with pytest.raises(SettingsError, match="there are no tenants"):
        odd(tmp_path, "daemon: {}\n")
    with pytest.raises(SettingsError, match="holds no settings"):
        odd(tmp_path, "# all is cut off\n")


@pytest.mark.parametrize(
    ("after", "told"),
    [
        (ACME, ""),
        ("tenants: {}\n", "no tenants, no queues, no agents"),
        ("tenants: { acme: { queues: { a: {} } } }\n", "no agents, acme no numbers"),
        (
            "tenants: { acme: {}, b: { queues: { q: {} }, agents: { x: {} } } }\n",
            "acme no numbers, acme no queues, acme no agents",
        ),
    ],
)
def test_what_a_change_would_leave_nothing_of(tmp_path: Path, after: str, told: str) -> None:
    plans = []
    for text in (ACME, after):
        (tmp_path / "f.yaml").write_text(text.replace("{SALES}", "{}"))
        plans.append(load_centre([tmp_path / "f.yaml"], {}).plan)
    wish = f"these settings leave {told}; force it if that is meant" if told else ""
    assert emptied(plans[0], plans[1]) == wish


def test_switches_that_all_go() -> None:
    assert "no switches" in emptied(Plan(), Plan(), ["fs1"], {})
    assert emptied(Plan(), Plan(), ["fs1"], {"fs2": 1}) == ""


@pytest.mark.parametrize(
    ("sounds", "told"),
    [
        ("{}", "sounds.speech.cache: texts of the flow acme/main are read out by nothing"),
        (
            "{ speech: { cache: /speech, command: [espeak-nonesuch] } }",
            "sounds.speech.command: espeak-nonesuch is not installed: texts of the flow acme/main",
        ),
        ("{ speech: { cache: /speech, command: [sh] } }", ""),
        ("{ speech_engine: flite }", ""),
    ],
)
def test_texts_of_flows_that_nothing_reads_out_are_told(
    tmp_path: Path, sounds: str, told: str
) -> None:
    (tmp_path / "flows").mkdir()
    flow = "flow: 1\nsteps: { hi: { play: { text: Hello }, next: bye }, bye: { hangup: normal } }\n"
    (tmp_path / "flows" / "main.yaml").write_text(flow)
    tenant = f"tenants: {{ acme: {{ ivr: {{ folder: {tmp_path}/flows }} }} }}\n"
    switch = 'switches: { fs1: { kind: freeswitch, host: fs1.example, password: "${env:T}" } }\n'
    lines = [
        line
        for line in odd(tmp_path, f"{tenant}{switch}sounds: {sounds}\n", T="x")
        if "text" in line
    ]
    assert len(lines) == bool(told)
    assert told in "".join(lines)
    assert odd(tmp_path, f"{tenant}sounds: {sounds}\n") == [], "simulated callers need no sound"


RECOGNISER = """\
switches: {{ fs1: {{ password: "${{env:T}}", recordings: {{ folder: {folder} }} }} }}
tenants:
  acme:
    numbers: {{ "1": {{ flow: menu }} }}
    http: {{ hosts: [{hosts}] }}
    ivr:
      folder: {flows}
      recogniser:
        http:
          url: "https://speech.example/x"
          headers: {{ Authorization: "Bearer ${{env:S}}" }}
"""


@pytest.mark.parametrize(
    ("hosts", "folder", "told"),
    [
        ("speech.example", "", []),
        ('"*.example:443"', "", []),
        ("crm.example", "", ["speech.example is none of the tenant's http.hosts"]),
        ("", "", ["speech.example is none of the tenant's http.hosts"]),
        ("speech.example", "/nowhere", ["/nowhere is no folder here"]),
    ],
)
def test_a_recogniser_that_would_understand_nothing_is_odd(
    tmp_path: Path, hosts: str, folder: str, told: list[str]
) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "menu.yaml").write_text(
        "flow: 1\nlanguages: [en]\nsteps: { end: { hangup: normal } }\n"
    )
    text = RECOGNISER.format(folder=folder or tmp_path, hosts=hosts, flows=tmp_path / "flows")
    found = odd(tmp_path, text, T="x", S="y")
    assert len(found) == len(told)
    for line, part in zip(found, told, strict=True):
        assert part in line


def test_a_secret_of_a_recogniser_that_is_not_there_is_odd(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "menu.yaml").write_text(
        "flow: 1\nlanguages: [en]\nsteps: { end: { hangup: normal } }\n"
    )
    text = RECOGNISER.format(folder=tmp_path, hosts="speech.example", flows=tmp_path / "flows")
    (line,) = odd(tmp_path, text, T="x")
    assert "the environment variable S is not set" in line
